"""The rules a symbol sets for requests: volumes, filling, expiry, and where prices and levels may stand.

MQL5 Reference: Symbol Properties; Requirements and limitations in making trade operations. Functions named `_objection`
answer with a result code, 0 for none. Assumed: 10015 for a price off the symbol's ticks and 10016 for a level, or for a level
of a kind the symbol does not have.
"""

from __future__ import annotations

from math import isfinite

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.markets import HAIR, Market
from signalos_tui.execute.paper.server_time import DAY_MS
from signalos_tui.execute.structs import RequestEcho, SymbolInfo, TradeOrder, TradePosition

_DAY_SECONDS = DAY_MS // 1000
_EXPIRING = (mt.ORDER_TIME_SPECIFIED, mt.ORDER_TIME_SPECIFIED_DAY)
_STOP_LIMITS = (mt.ORDER_TYPE_BUY_STOP_LIMIT, mt.ORDER_TYPE_SELL_STOP_LIMIT)


def is_instant(spec: SymbolInfo) -> bool:
    """Whether a deal is made at the price that was asked for, or not at all."""
    return spec.trade_exemode <= mt.SYMBOL_TRADE_EXECUTION_INSTANT


def volume_fits(spec: SymbolInfo, volume: float, *, is_closing: bool = False) -> bool:
    """Whether a volume lies on the symbol's grid. What closes may be smaller than the smallest order, never larger."""
    if not isfinite(volume) or volume <= 0 or volume > spec.volume_max + HAIR:
        return False
    steps = volume / spec.volume_step
    if abs(steps - round(steps)) > HAIR:
        return False
    return is_closing or volume >= spec.volume_min - HAIR


def filling_fits(spec: SymbolInfo, filling: int) -> bool:
    """Whether a deal may be filled this way.

    Instant execution allows all, market execution what the mask has, exchange execution the mask and RETURN.
    """
    if is_instant(spec):
        return filling <= mt.ORDER_FILLING_BOC
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


def price_objection(market: Market, echo: RequestEcho) -> int:
    """Whether instant execution can be had: the market is within the deviation of the price that was asked for."""
    if not is_instant(market.spec):
        return 0
    slip = abs(market.opening(echo.type) - echo.price) / market.spec.point
    return mt.TRADE_RETCODE_REQUOTE if slip > echo.deviation + HAIR else 0


def stops_objection(market: Market, side: int, reference: float, sl: float, tp: float) -> int:
    """Whether levels stand on their sides of a price and far enough from it. side: 0 buy, 1 sell. 0.0 is no level."""
    spec, sl, tp = market.spec, market.asked(sl), market.asked(tp)
    room = max(spec.trade_stops_level, 1) * spec.point - HAIR * spec.point
    sign = 1 if side == mt.ORDER_TYPE_BUY else -1
    if sl and (sign * (reference - sl) < room or not spec.order_mode & mt.SYMBOL_ORDER_SL):
        return mt.TRADE_RETCODE_INVALID_STOPS
    if tp and (sign * (tp - reference) < room or not spec.order_mode & mt.SYMBOL_ORDER_TP):
        return mt.TRADE_RETCODE_INVALID_STOPS
    return 0 if market.is_on_grid(sl) and market.is_on_grid(tp) else mt.TRADE_RETCODE_INVALID_STOPS


def pending_objection(market: Market, kind: int, price: float, stoplimit: float, sl: float, tp: float) -> int:
    """Whether a waiting order stands on its side of the market and far enough from it, and its levels from its price."""
    spec, side = market.spec, kind % 2
    price, stoplimit = market.asked(price), market.asked(stoplimit)
    if price <= 0 or not market.is_on_grid(price) or not market.is_on_grid(stoplimit):
        return mt.TRADE_RETCODE_INVALID_PRICE
    is_limit = kind in (mt.ORDER_TYPE_BUY_LIMIT, mt.ORDER_TYPE_SELL_LIMIT)
    below = is_limit == (side == mt.ORDER_TYPE_BUY)
    if market.has_quote:
        distance = (market.opening(side) - price) * (1 if below else -1)
        if distance <= 0:
            return mt.TRADE_RETCODE_INVALID_PRICE
        if distance < spec.trade_stops_level * spec.point - HAIR * spec.point:
            return mt.TRADE_RETCODE_INVALID_STOPS
    if kind in _STOP_LIMITS:
        better = price - stoplimit if side == mt.ORDER_TYPE_BUY else stoplimit - price
        if stoplimit <= 0 or better <= 0:
            return mt.TRADE_RETCODE_INVALID_PRICE
        price = stoplimit
    return stops_objection(market, side, price, sl, tp)


def frozen_position(market: Market, position: TradePosition) -> int:
    """Whether the market is so near to a level of a position that nothing may be done to it any more."""
    room = market.spec.trade_freeze_level * market.spec.point
    price = market.closing(position.type)
    near = any(level and abs(price - level) <= room for level in (position.sl, position.tp))
    return mt.TRADE_RETCODE_FROZEN if room and near else 0


def frozen_order(market: Market, order: TradeOrder) -> int:
    """Whether the market is so near to a waiting order that nothing may be done to it any more."""
    room = market.spec.trade_freeze_level * market.spec.point
    near = order.type > mt.ORDER_TYPE_SELL and abs(market.opening(order.type % 2) - order.price_open) <= room
    return mt.TRADE_RETCODE_FROZEN if room and near else 0
