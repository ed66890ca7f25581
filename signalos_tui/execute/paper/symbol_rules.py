"""The rules a symbol sets for requests: volumes, filling, expiry, and where prices and levels may stand.

MQL5 Reference: Symbol Properties; Requirements and limitations in making trade operations. Functions named `_objection`
answer with a result code, 0 for none.
"""

from __future__ import annotations

from math import isfinite

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.server_time import DAY_MS
from signalos_tui.execute.structs import RequestEcho, SymbolInfo

HAIR = 1e-6
"""What float noise may amount to, in points, lots or steps."""

_DAY_SECONDS = DAY_MS // 1000
_EXPIRING = (mt.ORDER_TIME_SPECIFIED, mt.ORDER_TIME_SPECIFIED_DAY)
_STOP_LIMITS = (mt.ORDER_TYPE_BUY_STOP_LIMIT, mt.ORDER_TYPE_SELL_STOP_LIMIT)


def volume_fits(spec: SymbolInfo, volume: float, *, is_closing: bool = False) -> bool:
    """Whether a volume lies on the symbol's grid. Closing may exceed no limit but the position's own volume."""
    if not isfinite(volume) or volume <= 0:
        return False
    steps = volume / spec.volume_step
    if abs(steps - round(steps)) > HAIR:
        return False
    return is_closing or spec.volume_min - HAIR <= volume <= spec.volume_max + HAIR


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
    room = max(spec.trade_stops_level, 1) * spec.point - HAIR * spec.point
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
        if distance < spec.trade_stops_level * spec.point - HAIR * spec.point:
            return mt.TRADE_RETCODE_INVALID_STOPS
    if kind in _STOP_LIMITS:
        better = price - stoplimit if side == mt.ORDER_TYPE_BUY else stoplimit - price
        if stoplimit <= 0 or better <= 0:
            return mt.TRADE_RETCODE_INVALID_PRICE
        price = stoplimit
    return stops_objection(market, side, price, sl, tp)
