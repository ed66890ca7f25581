"""Whether a request may be executed: MetaTrader's checks in MetaTrader's order, each with its own result code.

`form` is what the terminal refuses before anything is sent: the shape of a request against the symbol and the last quote.
`substance` is what the trade server refuses with the quote it has when the request arrives: money, limits, market hours,
positions that are gone. Both answer with a result code, 0 for no objection (MQL5 Reference: Trade Server Return Codes).
"""

from __future__ import annotations

from math import isfinite

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.dealing import LOTS_DIGITS, Dealer
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.symbol_rules import (
    HAIR,
    expiry_fits,
    expiry_of,
    filling_fits,
    pending_filling_fits,
    pending_objection,
    stops_objection,
    volume_fits,
)
from signalos_tui.execute.structs import RequestEcho, TradeOrder, TradePosition

_SIDES = (mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL)


def form(dealer: Dealer, echo: RequestEcho) -> int:
    """The terminal's objection to a request, or 0."""
    if not all(map(isfinite, (echo.price, echo.stoplimit))) or echo.price < 0:
        return mt.TRADE_RETCODE_INVALID_PRICE
    if not all(isfinite(level) and level >= 0 for level in (echo.sl, echo.tp)):
        return mt.TRADE_RETCODE_INVALID_STOPS
    market = dealer.markets.of(echo.symbol)
    match echo.action:
        case mt.TRADE_ACTION_DEAL if market is not None:
            return _deal_form(dealer, market, echo)
        case mt.TRADE_ACTION_PENDING if market is not None:
            return _pending_form(dealer, market, echo)
        case mt.TRADE_ACTION_SLTP if echo.position:
            return 0
        case mt.TRADE_ACTION_MODIFY | mt.TRADE_ACTION_REMOVE if echo.order:
            return 0
        case mt.TRADE_ACTION_CLOSE_BY if echo.position and echo.position_by:
            return 0
        case _:
            return mt.TRADE_RETCODE_INVALID


def _deal_form(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    spec = market.spec
    if echo.type not in _SIDES:
        return mt.TRADE_RETCODE_INVALID_ORDER
    if not volume_fits(spec, echo.volume, is_closing=bool(echo.position)):
        return mt.TRADE_RETCODE_INVALID_VOLUME
    if not filling_fits(spec, echo.type_filling):
        return mt.TRADE_RETCODE_INVALID_FILL
    if spec.trade_exemode <= mt.SYMBOL_TRADE_EXECUTION_INSTANT and not echo.price:
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
    market = market_for(dealer, echo)
    if market is None:
        of_position = echo.action in (mt.TRADE_ACTION_SLTP, mt.TRADE_ACTION_CLOSE_BY)
        return mt.TRADE_RETCODE_POSITION_CLOSED if of_position else mt.TRADE_RETCODE_INVALID
    if market.is_disabled:
        return mt.TRADE_RETCODE_TRADE_DISABLED
    if not market.has_quote:
        return mt.TRADE_RETCODE_PRICE_OFF
    if with_hours and not market.is_open(dealer.now):
        return mt.TRADE_RETCODE_MARKET_CLOSED
    match echo.action:
        case mt.TRADE_ACTION_DEAL if echo.position:
            return _close_objection(dealer, market, echo)
        case mt.TRADE_ACTION_DEAL:
            return _open_objection(dealer, market, echo)
        case mt.TRADE_ACTION_PENDING:
            return _place_objection(dealer, market, echo)
        case mt.TRADE_ACTION_SLTP:
            return _levels_objection(market, dealer.book.holdings[echo.position].position, echo)
        case mt.TRADE_ACTION_CLOSE_BY:
            return _close_by_objection(dealer, market, echo)
        case mt.TRADE_ACTION_MODIFY:
            return _modify_objection(dealer, market, dealer.book.orders[echo.order], echo)
        case _:
            return _frozen_order(market, dealer.book.orders[echo.order])


def market_for(dealer: Dealer, echo: RequestEcho) -> Market | None:
    """The market a request is about; None when the position or order it names is gone."""
    if echo.action in (mt.TRADE_ACTION_DEAL, mt.TRADE_ACTION_PENDING):
        return dealer.markets.of(echo.symbol)
    if echo.action in (mt.TRADE_ACTION_SLTP, mt.TRADE_ACTION_CLOSE_BY):
        holding = dealer.book.holdings.get(echo.position)
        return dealer.market_of(holding) if holding else None
    order = dealer.book.orders.get(echo.order)
    return dealer.markets.of(order.symbol) if order else None


def _side_objection(market: Market, side: int) -> int:
    match market.spec.trade_mode:
        case mt.SYMBOL_TRADE_MODE_CLOSEONLY:
            return mt.TRADE_RETCODE_CLOSE_ONLY
        case mt.SYMBOL_TRADE_MODE_LONGONLY if side != mt.ORDER_TYPE_BUY:
            return mt.TRADE_RETCODE_LONG_ONLY
        case mt.SYMBOL_TRADE_MODE_SHORTONLY if side != mt.ORDER_TYPE_SELL:
            return mt.TRADE_RETCODE_SHORT_ONLY
        case _:
            return 0


def _volume_objection(dealer: Dealer, market: Market, side: int, volume: float) -> int:
    limit = market.spec.volume_limit
    is_over = bool(limit) and dealer.book.exposure(market.name)[side] + volume > limit + HAIR
    return mt.TRADE_RETCODE_LIMIT_VOLUME if is_over else 0


def _open_objection(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    price = market.opening(echo.type)
    slip = abs(price - echo.price) / market.spec.point
    if market.spec.trade_exemode <= mt.SYMBOL_TRADE_EXECUTION_INSTANT and slip > echo.deviation + HAIR:
        return mt.TRADE_RETCODE_REQUOTE
    objection = (
        _side_objection(market, echo.type)
        or stops_objection(market, echo.type, market.closing(echo.type), echo.sl, echo.tp)
        or _volume_objection(dealer, market, echo.type, echo.volume)
    )
    if objection:
        return objection
    is_affordable = dealer.margin_with(market, echo.type, echo.volume, price) <= dealer.equity()
    return 0 if is_affordable else mt.TRADE_RETCODE_NO_MONEY


def _close_objection(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    holding = dealer.book.holdings.get(echo.position)
    if holding is None:
        return mt.TRADE_RETCODE_POSITION_CLOSED
    position = holding.position
    if position.symbol != echo.symbol or position.type == echo.type:
        return mt.TRADE_RETCODE_INVALID
    left = round(position.volume - echo.volume, LOTS_DIGITS)
    if left < 0:
        return mt.TRADE_RETCODE_INVALID_CLOSE_VOLUME
    if 0 < left < market.spec.volume_min:
        return mt.TRADE_RETCODE_INVALID_VOLUME
    return _frozen_position(market, position)


def _place_objection(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    limit = dealer.settings.max_orders
    if limit and len(dealer.book.orders) >= limit:
        return mt.TRADE_RETCODE_LIMIT_ORDERS
    return (
        _side_objection(market, echo.type % 2)
        or pending_objection(market, echo.type, echo.price, echo.stoplimit, echo.sl, echo.tp)
        or _volume_objection(dealer, market, echo.type % 2, echo.volume)
    )


def _levels_objection(market: Market, position: TradePosition, echo: RequestEcho) -> int:
    sl, tp = market.rounded(echo.sl), market.rounded(echo.tp)
    if (sl, tp) == (position.sl, position.tp):
        return mt.TRADE_RETCODE_NO_CHANGES
    new_sl = sl if sl != position.sl else 0.0
    new_tp = tp if tp != position.tp else 0.0
    objection = stops_objection(market, position.type, market.closing(position.type), new_sl, new_tp)
    return objection or _frozen_position(market, position)


def _modify_objection(dealer: Dealer, market: Market, order: TradeOrder, echo: RequestEcho) -> int:
    if not expiry_fits(market.spec, echo.type_time, echo.expiration, dealer.server_now):
        return mt.TRADE_RETCODE_INVALID_EXPIRATION
    levels = [market.rounded(price) for price in (echo.price, echo.sl, echo.tp, echo.stoplimit)]
    is_same = levels == [order.price_open, order.sl, order.tp, order.price_stoplimit]
    if is_same and (echo.type_time, expiry_of(echo, dealer.server_now)) == (order.type_time, order.time_expiration):
        return mt.TRADE_RETCODE_NO_CHANGES
    objection = pending_objection(market, order.type, echo.price, echo.stoplimit, echo.sl, echo.tp)
    return objection or _frozen_order(market, order)


def _close_by_objection(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    other = dealer.book.holdings.get(echo.position_by)
    if other is None:
        return mt.TRADE_RETCODE_POSITION_CLOSED
    one = dealer.book.holdings[echo.position].position
    if not market.spec.order_mode & mt.SYMBOL_ORDER_CLOSEBY:
        return mt.TRADE_RETCODE_INVALID_ORDER
    fits = one.symbol == other.position.symbol and one.type != other.position.type
    return 0 if fits else mt.TRADE_RETCODE_INVALID


def _frozen_position(market: Market, position: TradePosition) -> int:
    room = market.spec.trade_freeze_level * market.spec.point
    price = market.closing(position.type)
    near = any(level and abs(price - level) <= room for level in (position.sl, position.tp))
    return mt.TRADE_RETCODE_FROZEN if room and near else 0


def _frozen_order(market: Market, order: TradeOrder) -> int:
    room = market.spec.trade_freeze_level * market.spec.point
    near = abs(market.opening(order.type % 2) - order.price_open) <= room
    return mt.TRADE_RETCODE_FROZEN if room and near else 0
