"""Carries out a request that passed every check, durable before the answer leaves."""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import fills
from signalos_tui.execute.paper.answers import Answers
from signalos_tui.execute.paper.checks import held_for
from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.paper.market_orders import deal_now, promise
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.symbol_rules import expiry_of
from signalos_tui.execute.structs import OrderSendResult, RequestEcho, TradeOrder


def execute(dealer: Dealer, market: Market, echo: RequestEcho, answers: Answers) -> OrderSendResult:
    """Do what was asked; the books are durable when this returns."""
    result = _carry_out(dealer, market, echo, answers)
    dealer.settle(market)
    return result


def _carry_out(dealer: Dealer, market: Market, echo: RequestEcho, answers: Answers) -> OrderSendResult:
    match echo.action:
        case mt.TRADE_ACTION_DEAL:
            return _deal(dealer, market, echo, answers)
        case mt.TRADE_ACTION_PENDING:
            return _place(dealer, market, echo, answers)
        case mt.TRADE_ACTION_SLTP:
            return _protect(dealer, market, echo, answers)
        case mt.TRADE_ACTION_CLOSE_BY:
            return _close_by(dealer, market, echo, answers)
        case mt.TRADE_ACTION_MODIFY:
            return _modify(dealer, market, echo, answers)
        case _:
            order = dealer.book.orders[echo.order]
            dealer.end_order(order, mt.ORDER_STATE_CANCELED)
            return answers.done(echo, order=echo.order)


def _deal(dealer: Dealer, market: Market, echo: RequestEcho, answers: Answers) -> OrderSendResult:
    manner = dealer.manner()
    if manner.requotes:
        return answers.refused(mt.TRADE_RETCODE_REQUOTE, echo, market)
    order = _ordered(dealer, market, echo, market.opening(echo.type))
    if echo.position:
        held = dealer.book.holdings[echo.position]
        order = replace(order, sl=0.0, tp=0.0, position_id=held.position.identifier)
    if manner.placed_ms is not None:
        promise(dealer, order, manner)
        dealer.accept(order.ticket, echo, order.price_open, opens=not echo.position)
        return answers.placed(echo, market, order.ticket)
    deal = deal_now(dealer, market, order, manner)
    if deal is None:
        return answers.refused(mt.TRADE_RETCODE_REJECT, echo, market)
    dealer.accept(order.ticket, echo, deal.price, opens=not echo.position)
    return answers.executed(deal, echo, market, is_bare=manner.is_bare)


def _ordered(dealer: Dealer, market: Market, echo: RequestEcho, price: float) -> TradeOrder:
    order = dealer.order_for(echo, market.asked(price))
    return replace(order, sl=market.asked(echo.sl), tp=market.asked(echo.tp))


def _place(dealer: Dealer, market: Market, echo: RequestEcho, answers: Answers) -> OrderSendResult:
    order = replace(
        _ordered(dealer, market, echo, echo.price),
        price_stoplimit=market.asked(echo.stoplimit),
        time_expiration=expiry_of(echo, dealer.server_now),
    )
    dealer.book.place(order)
    dealer.accept(order.ticket, echo, order.price_open, opens=True)
    return answers.done(echo, order=order.ticket, volume=echo.volume, market=market)


def _modify(dealer: Dealer, market: Market, echo: RequestEcho, answers: Answers) -> OrderSendResult:
    order = replace(
        dealer.book.orders[echo.order],
        price_open=market.asked(echo.price),
        sl=market.asked(echo.sl),
        tp=market.asked(echo.tp),
        price_stoplimit=market.asked(echo.stoplimit),
        type_time=echo.type_time,
        time_expiration=expiry_of(echo, dealer.server_now),
    )
    dealer.book.place(order)
    return answers.done(echo, order=order.ticket)


def _protect(dealer: Dealer, market: Market, echo: RequestEcho, answers: Answers) -> OrderSendResult:
    held, now = held_for(dealer, echo), dealer.server_now
    assert held is not None, "what has no position was refused by the checks"
    position = replace(
        held.position,
        sl=market.asked(echo.sl),
        tp=market.asked(echo.tp),
        time_update=now // 1000,
        time_update_msc=now,
    )
    dealer.book.hold(replace(held, position=position))
    return answers.done(echo)


def _close_by(dealer: Dealer, market: Market, echo: RequestEcho, answers: Answers) -> OrderSendResult:
    first, second = dealer.book.holdings[echo.position], dealer.book.holdings[echo.position_by]
    one, other = first.position, second.position
    volume = min(one.volume, other.volume)
    named = replace(echo, type=mt.ORDER_TYPE_CLOSE_BY, volume=volume, symbol=market.name)
    order = replace(
        dealer.order_for(replace(named, comment=f"#{one.ticket} by #{other.ticket}"), other.price_open),
        position_by_id=other.identifier,
    )
    deal = fills.close_by(dealer, first, second, order)
    dealer.end_order(order, mt.ORDER_STATE_FILLED, one.identifier)
    dealer.accept(order.ticket, named, deal.price, opens=False)
    return answers.executed(deal, echo, market, is_bare=False)
