"""Carries out a request that passed every check, durable before the answer leaves."""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import answers
from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.symbol_rules import expiry_of
from signalos_tui.execute.structs import OrderSendResult, RequestEcho, TradeOrder


def execute(dealer: Dealer, market: Market, echo: RequestEcho, request_id: int) -> OrderSendResult:
    """Do what was asked; the books are durable when this returns."""
    result = _carry_out(dealer, market, echo, request_id)
    dealer.settle(market)
    return result


def _carry_out(dealer: Dealer, market: Market, echo: RequestEcho, request_id: int) -> OrderSendResult:
    match echo.action:
        case mt.TRADE_ACTION_DEAL if echo.position:
            return _close(dealer, market, echo, request_id)
        case mt.TRADE_ACTION_DEAL:
            return _open(dealer, market, echo, request_id)
        case mt.TRADE_ACTION_PENDING:
            return _place(dealer, market, echo, request_id)
        case mt.TRADE_ACTION_SLTP:
            return _protect(dealer, market, echo, request_id)
        case mt.TRADE_ACTION_CLOSE_BY:
            return _close_by(dealer, market, echo, request_id)
        case mt.TRADE_ACTION_MODIFY:
            return _modify(dealer, market, echo, request_id)
        case _:
            dealer.end_order(dealer.book.orders[echo.order], mt.ORDER_STATE_CANCELED)
            return answers.done(echo, request_id, order=echo.order)


def _price(dealer: Dealer, market: Market, side: int) -> float:
    # Instant execution fills at the quote or not at all; market execution at whatever the price has become.
    price = market.opening(side)
    is_instant = market.spec.trade_exemode <= mt.SYMBOL_TRADE_EXECUTION_INSTANT
    return price if is_instant else dealer.slipped(market, price, side)


def _open(dealer: Dealer, market: Market, echo: RequestEcho, request_id: int) -> OrderSendResult:
    price = _price(dealer, market, echo.type)
    order = _ordered(dealer, market, echo, price)
    deal = dealer.open(market, order, price)
    dealer.accept(order.ticket, echo, price, opens=True)
    return answers.executed(deal, echo, market, request_id)


def _close(dealer: Dealer, market: Market, echo: RequestEcho, request_id: int) -> OrderSendResult:
    price = _price(dealer, market, echo.type)
    order = replace(_ordered(dealer, market, echo, price), sl=0.0, tp=0.0)
    deal = dealer.close(dealer.book.holdings[echo.position], order, price)
    dealer.end_order(order, mt.ORDER_STATE_FILLED, deal.position_id)
    dealer.accept(order.ticket, echo, price, opens=False)
    return answers.executed(deal, echo, market, request_id)


def _ordered(dealer: Dealer, market: Market, echo: RequestEcho, price: float) -> TradeOrder:
    order = dealer.order_for(echo, market.rounded(price))
    return replace(order, sl=market.rounded(echo.sl), tp=market.rounded(echo.tp))


def _place(dealer: Dealer, market: Market, echo: RequestEcho, request_id: int) -> OrderSendResult:
    order = replace(
        _ordered(dealer, market, echo, echo.price),
        price_stoplimit=market.rounded(echo.stoplimit),
        time_expiration=expiry_of(echo, dealer.server_now),
    )
    dealer.book.place(order)
    dealer.accept(order.ticket, echo, order.price_open, opens=True)
    return answers.done(echo, request_id, order=order.ticket, volume=echo.volume)


def _modify(dealer: Dealer, market: Market, echo: RequestEcho, request_id: int) -> OrderSendResult:
    order = replace(
        dealer.book.orders[echo.order],
        price_open=market.rounded(echo.price),
        sl=market.rounded(echo.sl),
        tp=market.rounded(echo.tp),
        price_stoplimit=market.rounded(echo.stoplimit),
        type_time=echo.type_time,
        time_expiration=expiry_of(echo, dealer.server_now),
    )
    dealer.book.place(order)
    return answers.done(echo, request_id, order=order.ticket)


def _protect(dealer: Dealer, market: Market, echo: RequestEcho, request_id: int) -> OrderSendResult:
    holding, now = dealer.book.holdings[echo.position], dealer.server_now
    position = replace(
        holding.position,
        sl=market.rounded(echo.sl),
        tp=market.rounded(echo.tp),
        time_update=now // 1000,
        time_update_msc=now,
    )
    dealer.book.hold(replace(holding, position=position))
    return answers.done(echo, request_id)


def _close_by(dealer: Dealer, market: Market, echo: RequestEcho, request_id: int) -> OrderSendResult:
    # Both are closed at the opening price of the second, so the whole result falls on the first.
    first, second = dealer.book.holdings[echo.position], dealer.book.holdings[echo.position_by]
    price, volume = second.position.price_open, min(first.position.volume, second.position.volume)
    order = dealer.order_for(replace(echo, type=mt.ORDER_TYPE_CLOSE_BY, volume=volume, symbol=market.name), price)
    order = replace(order, position_by_id=second.position.identifier)
    deal = dealer.close(first, order, price, mt.DEAL_ENTRY_OUT_BY)
    dealer.close(second, order, price, mt.DEAL_ENTRY_OUT_BY)
    dealer.end_order(order, mt.ORDER_STATE_FILLED, first.position.identifier)
    dealer.accept(order.ticket, replace(echo, volume=volume, symbol=market.name), price, opens=False)
    return answers.executed(deal, echo, market, request_id)
