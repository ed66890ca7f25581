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
from signalos_tui.execute.paper.server_time import DAY_MS
from signalos_tui.execute.structs import RequestEcho, SymbolInfo, TradeOrder, TradePosition

_HAIR = 1e-6
_DAY_SECONDS = DAY_MS // 1000
_SIDES = (mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL)
_EXPIRING = (mt.ORDER_TIME_SPECIFIED, mt.ORDER_TIME_SPECIFIED_DAY)
_STOP_LIMITS = (mt.ORDER_TYPE_BUY_STOP_LIMIT, mt.ORDER_TYPE_SELL_STOP_LIMIT)


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


def volume_fits(spec: SymbolInfo, volume: float, *, is_closing: bool = False) -> bool:
    """Whether a volume lies on the symbol's grid. Closing may exceed no limit but the position's own volume."""
    if not isfinite(volume) or volume <= 0:
        return False
    steps = volume / spec.volume_step
    if abs(steps - round(steps)) > _HAIR:
        return False
    return is_closing or spec.volume_min - _HAIR <= volume <= spec.volume_max + _HAIR


def filling_fits(spec: SymbolInfo, filling: int) -> bool:
    """Whether a deal may be filled this way.

    Instant execution allows all, market execution what the mask has, exchange execution the mask and RETURN.
    """
    if spec.trade_exemode <= mt.SYMBOL_TRADE_EXECUTION_INSTANT:
        return filling in (mt.ORDER_FILLING_FOK, mt.ORDER_FILLING_IOC, mt.ORDER_FILLING_RETURN)
    if filling == mt.ORDER_FILLING_RETURN:
        return spec.trade_exemode == mt.SYMBOL_TRADE_EXECUTION_EXCHANGE
    masks = {mt.ORDER_FILLING_FOK: mt.SYMBOL_FILLING_FOK, mt.ORDER_FILLING_IOC: mt.SYMBOL_FILLING_IOC}
    return bool(spec.filling_mode & masks.get(filling, 0))


def pending_filling_fits(spec: SymbolInfo, filling: int) -> bool:
    """Whether a waiting order may carry this filling mode: RETURN always, others as the mask says."""
    masks = {
        mt.ORDER_FILLING_FOK: mt.SYMBOL_FILLING_FOK,
        mt.ORDER_FILLING_IOC: mt.SYMBOL_FILLING_IOC,
        mt.ORDER_FILLING_BOC: mt.SYMBOL_FILLING_BOC,
    }
    return filling == mt.ORDER_FILLING_RETURN or bool(spec.filling_mode & masks.get(filling, 0))


def expiry_fits(spec: SymbolInfo, type_time: int, expiration: int, server_now: int) -> bool:
    """Whether an order may wait this long. expiration: server time, seconds. server_now: ms."""
    if type_time > mt.ORDER_TIME_SPECIFIED_DAY or not spec.expiration_mode & (1 << type_time):
        return False
    return type_time not in _EXPIRING or expiration * 1000 > server_now


def expiry_of(echo: RequestEcho, server_now: int) -> int:
    """When a waiting order ends: server time, seconds; 0 for never. Days end with their last second. server_now: ms."""
    match echo.type_time:
        case mt.ORDER_TIME_DAY:
            return (server_now // DAY_MS + 1) * _DAY_SECONDS - 1
        case mt.ORDER_TIME_SPECIFIED:
            return echo.expiration
        case mt.ORDER_TIME_SPECIFIED_DAY:
            return (echo.expiration // _DAY_SECONDS + 1) * _DAY_SECONDS - 1
        case _:
            return 0


def stops_objection(market: Market, side: int, reference: float, sl: float, tp: float) -> int:
    """Whether levels stand on their sides of a price and far enough from it. side: 0 buy, 1 sell. 0.0 is no level."""
    spec = market.spec
    room = max(spec.trade_stops_level, 1) * spec.point - _HAIR * spec.point
    sign = 1 if side == mt.ORDER_TYPE_BUY else -1
    if sl and sign * (reference - sl) < room:
        return mt.TRADE_RETCODE_INVALID_STOPS
    if tp and sign * (tp - reference) < room:
        return mt.TRADE_RETCODE_INVALID_STOPS
    return 0


def pending_objection(market: Market, kind: int, price: float, stoplimit: float, sl: float, tp: float) -> int:
    """Whether a waiting order stands on its side of the market and far enough from it, and its levels from its price."""
    spec, side = market.spec, kind % 2
    if price <= 0:
        return mt.TRADE_RETCODE_INVALID_PRICE
    is_limit = kind in (mt.ORDER_TYPE_BUY_LIMIT, mt.ORDER_TYPE_SELL_LIMIT)
    below = is_limit == (side == mt.ORDER_TYPE_BUY)
    if market.has_quote:
        distance = (market.opening(side) - price) * (1 if below else -1)
        if distance <= 0:
            return mt.TRADE_RETCODE_INVALID_PRICE
        if distance < spec.trade_stops_level * spec.point - _HAIR * spec.point:
            return mt.TRADE_RETCODE_INVALID_STOPS
    if kind in _STOP_LIMITS:
        better = price - stoplimit if side == mt.ORDER_TYPE_BUY else stoplimit - price
        if stoplimit <= 0 or better <= 0:
            return mt.TRADE_RETCODE_INVALID_PRICE
        price = stoplimit
    return stops_objection(market, side, price, sl, tp)


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
    is_over = bool(limit) and dealer.book.exposure(market.name)[side] + volume > limit + _HAIR
    return mt.TRADE_RETCODE_LIMIT_VOLUME if is_over else 0


def _open_objection(dealer: Dealer, market: Market, echo: RequestEcho) -> int:
    price = market.opening(echo.type)
    slip = abs(price - echo.price) / market.spec.point
    if market.spec.trade_exemode <= mt.SYMBOL_TRADE_EXECUTION_INSTANT and slip > echo.deviation + _HAIR:
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
