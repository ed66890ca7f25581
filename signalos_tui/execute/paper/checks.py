"""Whether a request may be executed: MetaTrader's checks in MetaTrader's order, each with its own result code.

`form` is what the terminal refuses before anything is sent: the shape of a request against the symbol and the last quote.
`substance` is what the trade server refuses with the quote it has when the request arrives: money, limits, market hours,
positions that are gone. Both answer with a result code, 0 for no objection (MQL5 Reference: Trade Server Return Codes).
"""

from __future__ import annotations

from math import isfinite

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.book import Holding
from signalos_tui.execute.paper.closing_checks import close_by_objection, close_objection
from signalos_tui.execute.paper.dealing import LOTS_DIGITS, Dealer
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.symbol_rules import (
    expiry_fits,
    expiry_of,
    filling_fits,
    frozen_order,
    frozen_position,
    is_instant,
    pending_filling_fits,
    pending_objection,
    price_objection,
    stops_objection,
    volume_fits,
)
from signalos_tui.execute.paper.trading_limits import new_objection
from signalos_tui.execute.structs import RequestEcho, TradeOrder, TradePosition

_SIDES = (mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL)
_DEALING = (mt.TRADE_ACTION_DEAL, mt.TRADE_ACTION_PENDING, mt.TRADE_ACTION_CLOSE_BY)


def form(dealer: Dealer, echo: RequestEcho) -> int:
    """The terminal's objection to a request, or 0."""
    if not all(map(isfinite, (echo.price, echo.stoplimit))) or echo.price < 0:
        return mt.TRADE_RETCODE_INVALID_PRICE
    if not all(isfinite(level) and level >= 0 for level in (echo.sl, echo.tp)):
        return mt.TRADE_RETCODE_INVALID_STOPS
    market = dealer.markets.of(echo.symbol)
    match echo.action:
        case mt.TRADE_ACTION_DEAL if market is not None:
            return _deal_form(market, echo)
        case mt.TRADE_ACTION_PENDING if market is not None:
            return _pending_form(dealer, market, echo)
        case mt.TRADE_ACTION_SLTP if echo.position or (market is not None and dealer.settings.is_netting):
            return 0
        case mt.TRADE_ACTION_MODIFY | mt.TRADE_ACTION_REMOVE if echo.order:
            return 0
        case mt.TRADE_ACTION_CLOSE_BY if echo.position and echo.position_by and not dealer.settings.is_netting:
            return 0
        case _:  # among them, assumed: closing by another where there is only one position a symbol
            return mt.TRADE_RETCODE_INVALID


def _deal_form(market: Market, echo: RequestEcho) -> int:
    spec = market.spec
    if echo.type not in _SIDES or not spec.order_mode & mt.SYMBOL_ORDER_MARKET:
        return mt.TRADE_RETCODE_INVALID_ORDER
    if not volume_fits(spec, echo.volume, is_closing=bool(echo.position)):
        return mt.TRADE_RETCODE_INVALID_VOLUME
    if not filling_fits(spec, echo.type_filling):
        return mt.TRADE_RETCODE_INVALID_FILL
    if is_instant(spec) and not echo.price:
        return mt.TRADE_RETCODE_INVALID_PRICE
    if echo.position or not market.has_quote:
        return 0
    return stops_objection(market, echo.type, market.closing(echo.type), echo.sl, echo.tp)


def _pending_form(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    spec = market.spec
    if echo.type <= mt.ORDER_TYPE_SELL or echo.type >= mt.ORDER_TYPE_CLOSE_BY:
        return mt.TRADE_RETCODE_INVALID_ORDER
    if not spec.order_mode & (1 << echo.type // 2):
        return mt.TRADE_RETCODE_INVALID_ORDER
    if not volume_fits(spec, echo.volume):
        return mt.TRADE_RETCODE_INVALID_VOLUME
    if not pending_filling_fits(spec, echo.type_filling):
        return mt.TRADE_RETCODE_INVALID_FILL
    if not expiry_fits(spec, echo.type_time, echo.expiration, dealer.server_now):
        return mt.TRADE_RETCODE_INVALID_EXPIRATION
    return pending_objection(market, echo.type, echo.price, echo.stoplimit, echo.sl, echo.tp)


def substance(dealer: Dealer, echo: RequestEcho, *, with_hours: bool = True) -> int:
    """The trade server's objection to a request, or 0. with_hours: False for `order_check`, which does not know them."""
    if dealer.settings.is_investor:
        return mt.TRADE_RETCODE_TRADE_DISABLED
    if not dealer.settings.experts_allowed:
        return mt.TRADE_RETCODE_SERVER_DISABLES_AT
    market = market_for(dealer, echo)
    if market is None:
        of_position = echo.action in (mt.TRADE_ACTION_SLTP, mt.TRADE_ACTION_CLOSE_BY)
        return mt.TRADE_RETCODE_POSITION_CLOSED if of_position else mt.TRADE_RETCODE_INVALID
    if market.is_disabled:
        return mt.TRADE_RETCODE_TRADE_DISABLED
    if not market.has_quote or (echo.action in _DEALING and not dealer.markets.is_priced(market)):
        return mt.TRADE_RETCODE_PRICE_OFF
    if with_hours and not market.is_open(dealer.now):
        return mt.TRADE_RETCODE_MARKET_CLOSED
    match echo.action:
        case mt.TRADE_ACTION_DEAL:
            return price_objection(market, echo) or _deal_objection(dealer, market, echo)
        case mt.TRADE_ACTION_PENDING:
            return new_objection(dealer, market, echo, echo.volume) or pending_objection(
                market, echo.type, echo.price, echo.stoplimit, echo.sl, echo.tp
            )
        case mt.TRADE_ACTION_SLTP:
            held = held_for(dealer, echo)
            return _levels_objection(market, held.position, echo) if held else mt.TRADE_RETCODE_POSITION_CLOSED
        case mt.TRADE_ACTION_CLOSE_BY:
            return close_by_objection(dealer, market, echo)
        case mt.TRADE_ACTION_MODIFY:
            return _modify_objection(dealer, market, dealer.book.orders[echo.order], echo)
        case _:
            return frozen_order(market, dealer.book.orders[echo.order])


def held_for(dealer: Dealer, echo: RequestEcho) -> Holding | None:
    """The position whose levels are to be changed: the one that is named, or the symbol's on a netting account."""
    if echo.position:
        return dealer.book.holdings.get(echo.position)
    market = dealer.markets.of(echo.symbol)
    return dealer.netted(market) if market else None


def market_for(dealer: Dealer, echo: RequestEcho) -> Market | None:
    """The market a request is about; None when the position or order it names is gone."""
    if echo.action in (mt.TRADE_ACTION_DEAL, mt.TRADE_ACTION_PENDING):
        return dealer.markets.of(echo.symbol)
    if echo.action in (mt.TRADE_ACTION_SLTP, mt.TRADE_ACTION_CLOSE_BY):
        held = held_for(dealer, echo)
        return dealer.market_of(held) if held else None
    order = dealer.book.orders.get(echo.order)
    return dealer.markets.of(order.symbol) if order else None


def _deal_objection(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    if echo.position:
        return close_objection(dealer, market, echo)
    fresh = dealer.opens(market, echo.type, echo.volume)
    if not fresh:
        held = dealer.netted(market)
        assert held is not None, "only the position of a netting account is reduced by what opens nothing"
        left = round(held.position.volume - echo.volume, LOTS_DIGITS)
        is_crumb = 0 < left < market.spec.volume_min
        return mt.TRADE_RETCODE_INVALID_VOLUME if is_crumb else frozen_position(market, held.position)
    objection = new_objection(dealer, market, echo, fresh) or stops_objection(
        market, echo.type, market.closing(echo.type), echo.sl, echo.tp
    )
    if objection:
        return objection
    is_affordable = dealer.affords(market, echo.type, echo.volume, market.opening(echo.type))
    return 0 if is_affordable else mt.TRADE_RETCODE_NO_MONEY


def _levels_objection(market: Market, position: TradePosition, echo: RequestEcho) -> int:
    sl, tp = market.asked(echo.sl), market.asked(echo.tp)
    if (sl, tp) == (position.sl, position.tp):
        return mt.TRADE_RETCODE_NO_CHANGES
    new_sl = sl if sl != position.sl else 0.0
    new_tp = tp if tp != position.tp else 0.0
    objection = stops_objection(market, position.type, market.closing(position.type), new_sl, new_tp)
    return objection or frozen_position(market, position)


def _modify_objection(dealer: Dealer, market: Market, order: TradeOrder, echo: RequestEcho) -> int:
    if order.type <= mt.ORDER_TYPE_SELL:  # a market order that is still being filled can only be removed
        return mt.TRADE_RETCODE_INVALID
    if not expiry_fits(market.spec, echo.type_time, echo.expiration, dealer.server_now):
        return mt.TRADE_RETCODE_INVALID_EXPIRATION
    levels = [market.asked(price) for price in (echo.price, echo.sl, echo.tp, echo.stoplimit)]
    is_same = levels == [order.price_open, order.sl, order.tp, order.price_stoplimit]
    if is_same and (echo.type_time, expiry_of(echo, dealer.server_now)) == (order.type_time, order.time_expiration):
        return mt.TRADE_RETCODE_NO_CHANGES
    objection = pending_objection(market, order.type, echo.price, echo.stoplimit, echo.sl, echo.tp)
    return objection or frozen_order(market, order)
