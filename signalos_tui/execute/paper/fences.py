"""The nearest prices at which something happens on a market, so that all other quotes cost nothing.

A fence stands a hair inside its level, because quotes carry float noise; what really fires is decided on rounded prices.
"""

from __future__ import annotations

from math import inf

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.structs import TradeOrder, TradePosition


def fence_position(market: Market, position: TradePosition) -> None:
    """Watch for the stop and the target of a position on the side it is closed at."""
    hair = market.spec.point / 100
    if position.type == mt.POSITION_TYPE_BUY:
        if position.sl:
            market.bid_below = max(market.bid_below, position.sl + hair)
        if position.tp:
            market.bid_above = min(market.bid_above, position.tp - hair)
    else:
        if position.sl:
            market.ask_above = min(market.ask_above, position.sl - hair)
        if position.tp:
            market.ask_below = max(market.ask_below, position.tp + hair)


def fence_order(market: Market, order: TradeOrder) -> None:
    """Watch for the trigger of a waiting order on the side it opens at."""
    hair = market.spec.point / 100
    match order.type:
        case mt.ORDER_TYPE_BUY_LIMIT:
            market.ask_below = max(market.ask_below, order.price_open + hair)
        case mt.ORDER_TYPE_BUY_STOP | mt.ORDER_TYPE_BUY_STOP_LIMIT:
            market.ask_above = min(market.ask_above, order.price_open - hair)
        case mt.ORDER_TYPE_SELL_LIMIT:
            market.bid_above = min(market.bid_above, order.price_open - hair)
        case mt.ORDER_TYPE_SELL_STOP | mt.ORDER_TYPE_SELL_STOP_LIMIT:
            market.bid_below = max(market.bid_below, order.price_open + hair)
        case _:  # a market order that is not filled, or not to its end: any quote will do
            market.bid_below = inf
