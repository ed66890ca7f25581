"""Orders on their way through the dealing desk: at once, in part, or promised and dealt later.

A market order that is not finished waits in the books like a pending one, with a market order's type; the next quote (or, when it
was promised, its moment) takes it up again. After a restart promises are forgotten and such orders are dealt at the next quote.
"""

from __future__ import annotations

from math import floor

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import fills
from signalos_tui.execute.paper.dealing import LOTS_DIGITS, Dealer
from signalos_tui.execute.paper.manners import PLAIN, Manner
from signalos_tui.execute.paper.markets import HAIR, Market
from signalos_tui.execute.paper.symbol_rules import is_instant
from signalos_tui.execute.structs import TradeDeal, TradeOrder


def deal_now(dealer: Dealer, market: Market, order: TradeOrder, manner: Manner) -> TradeDeal | None:
    """Fill a market order as far as there is a counterpart; None when nothing of it is filled, then it is rejected.

    Assumed: that code 10006 is what a FOK order without enough of a counterpart is answered.
    """
    price = _price(dealer, market, order.type % 2, manner)
    return deal_at(dealer, market, replace(order, price_open=price), manner, price)


def deal_at(dealer: Dealer, market: Market, order: TradeOrder, manner: Manner, price: float) -> TradeDeal | None:
    """Fill an order at a price as far as there is a counterpart; None when nothing of it is filled, then it is rejected."""
    volume = _available(market, order, manner)
    if not volume:
        dealer.end_order(order, mt.ORDER_STATE_REJECTED)
        return None
    deal = fills.fill(dealer, market, order, price, volume)
    left = round(order.volume_current - volume, LOTS_DIGITS)
    rest = replace(order, volume_current=left, state=mt.ORDER_STATE_PARTIAL if left else mt.ORDER_STATE_FILLED)
    if not left:
        dealer.end_order(rest, mt.ORDER_STATE_FILLED, deal.position_id)
    elif order.type_filling == mt.ORDER_FILLING_RETURN:
        dealer.book.place(rest)
    else:  # assumed: like an order that was filled in part and removed (MQL5 book: Order properties)
        dealer.end_order(rest, mt.ORDER_STATE_CANCELED, deal.position_id)
    return deal


def promise(dealer: Dealer, order: TradeOrder, manner: Manner) -> None:
    """Take an order in without dealing it yet."""
    assert manner.placed_ms is not None, "only an order that is dealt later is promised"
    dealer.book.place(order)
    dealer.promised[order.ticket] = (dealer.now + manner.placed_ms, manner)


def take_up(dealer: Dealer, market: Market, order: TradeOrder) -> None:
    """Go on with a market order that waits; one whose position is gone or too small, or without money, is rejected."""
    _, manner = dealer.promised.pop(order.ticket, (0, PLAIN))
    if manner.cancels:
        dealer.end_order(order, mt.ORDER_STATE_CANCELED)
        return
    held = dealer.book.by_identifier(order.position_id) if order.position_id else None
    if order.position_id:
        is_sound = held is not None and held.position.volume >= order.volume_current - HAIR
    else:
        is_sound = dealer.affords(market, order.type, order.volume_current, market.opening(order.type))
    if is_sound:
        deal_now(dealer, market, order, manner)
    else:
        dealer.end_order(order, mt.ORDER_STATE_REJECTED)


def _price(dealer: Dealer, market: Market, side: int, manner: Manner) -> float:
    # Instant execution fills at the quote or not at all; market execution at whatever the price has become.
    price = market.opening(side)
    if is_instant(market.spec) and manner.slippage is None:
        return price
    return dealer.slipped(market, price, side, manner.slippage)


def _available(market: Market, order: TradeOrder, manner: Manner) -> float:
    volume, step = order.volume_current, market.spec.volume_step
    if manner.fraction >= 1.0:
        return volume
    if order.type_filling in (mt.ORDER_FILLING_FOK, mt.ORDER_FILLING_BOC):
        return 0.0
    found = round(floor(volume * manner.fraction / step + HAIR) * step, LOTS_DIGITS)
    # What is left of the order or of its position has to be an order's size again.
    least = market.spec.volume_min
    return found if found >= least and round(volume - found, LOTS_DIGITS) >= least else 0.0
