"""What a deal does to positions: it opens, adds to, reduces, reverses or ends them.

On a hedging account every order has its own position and only a close that names one reduces it. On a netting account there is
one position a symbol: the same side adds at the weighted price and hands over its levels, the other side reduces, and what is
more than there was reverses (one deal INOUT; the position takes the order's ticket and keeps its identifier). Assumed: a
position that grows keeps its magic and comment, one that is reversed takes the order's. Every function books its deals and
leaves the order itself to the caller: one order may be filled in parts, or close two positions.
"""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.book import Holding
from signalos_tui.execute.paper.dealing import LOTS_DIGITS, Dealer
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.structs import RequestEcho, TradeDeal, TradeOrder, TradePosition

PRICE_DIGITS = 10
"""A weighted price has more digits than the instrument; these are enough to be exact to the cent."""


def fill(dealer: Dealer, market: Market, order: TradeOrder, price: float, volume: float) -> TradeDeal:
    """Make a deal of an order, or of a part of it. volume: lots."""
    side = order.type % 2
    if order.position_id:
        held = dealer.book.by_identifier(order.position_id)
        assert held is not None, "an order whose position is gone is rejected before it is filled"
        return reduce(dealer, held, order, price, volume)
    held = dealer.target(market, order)
    if held is None:
        return _open(dealer, market, order, price, volume)
    position = held.position
    if position.type == side:
        return _add(dealer, market, held, order, price, volume)
    if volume <= position.volume:
        return reduce(dealer, held, order, price, volume)
    return _reverse(dealer, market, held, order, price, volume)


def _deal(dealer: Dealer, order: TradeOrder, price: float, volume: float, entry: int, identifier: int) -> TradeDeal:
    now = dealer.server_now
    return TradeDeal(
        order=order.ticket,
        time=now // 1000,
        time_msc=now,
        type=order.type % 2,
        entry=entry,
        magic=order.magic,
        position_id=identifier,
        reason=order.reason,
        volume=volume,
        price=price,
        commission=dealer.cents(-dealer.settings.commission * volume) or 0.0,
        symbol=order.symbol,
        comment=order.comment,
    )


def _position(
    dealer: Dealer, order: TradeOrder, price: float, volume: float, identifier: int, side: int
) -> TradePosition:
    now = dealer.server_now
    return TradePosition(
        ticket=order.ticket,
        time=now // 1000,
        time_msc=now,
        time_update=now // 1000,
        time_update_msc=now,
        type=side,
        magic=order.magic,
        identifier=identifier,
        reason=order.reason,
        volume=volume,
        price_open=price,
        sl=order.sl,
        tp=order.tp,
        price_current=price,
        symbol=order.symbol,
        comment=order.comment,
    )


def _hold(dealer: Dealer, market: Market, position: TradePosition) -> None:
    margin = dealer.markets.margin(market, position.type, position.volume, position.price_open, is_held=True)
    dealer.book.hold(Holding(position, margin))


def _open(dealer: Dealer, market: Market, order: TradeOrder, price: float, volume: float) -> TradeDeal:
    deal = dealer.add_deal(_deal(dealer, order, price, volume, mt.DEAL_ENTRY_IN, order.ticket))
    _hold(dealer, market, _position(dealer, order, price, volume, order.ticket, order.type % 2))
    return deal


def _add(dealer: Dealer, market: Market, held: Holding, order: TradeOrder, price: float, volume: float) -> TradeDeal:
    position, now = held.position, dealer.server_now
    deal = dealer.add_deal(_deal(dealer, order, price, volume, mt.DEAL_ENTRY_IN, position.identifier))
    total = round(position.volume + volume, LOTS_DIGITS)
    cost = position.price_open * position.volume + price * volume
    levels = (
        order if dealer.settings.is_netting else position
    )  # the rest of an order finds levels that are newer than its own
    grown = replace(
        position,
        volume=total,
        price_open=round(cost / total, PRICE_DIGITS),
        sl=levels.sl,
        tp=levels.tp,
        time_update=now // 1000,
        time_update_msc=now,
    )
    margin = dealer.markets.margin(market, position.type, volume, price, is_held=True)
    dealer.book.hold(Holding(grown, held.margin + margin))
    return deal


def reduce(
    dealer: Dealer,
    held: Holding,
    order: TradeOrder,
    price: float,
    volume: float,
    *,
    entry: int = mt.DEAL_ENTRY_OUT,
    profit: float | None = None,
) -> TradeDeal:
    """End a position or a part of it; result and swap of that part go to the balance. profit: when it is not the price's."""
    position, now = held.position, dealer.server_now
    left = round(position.volume - volume, LOTS_DIGITS)
    swap = dealer.cents(position.swap * volume / position.volume) if left else position.swap
    result = dealer.result_of(held, price, volume) if profit is None else profit
    deal = _deal(dealer, order, price, volume, entry, position.identifier)
    deal = dealer.add_deal(replace(deal, type=1 - position.type, swap=swap, profit=result))
    if left:
        rest = replace(
            position,
            volume=left,
            swap=dealer.cents(position.swap - swap),
            time_update=now // 1000,
            time_update_msc=now,
        )
        dealer.book.hold(Holding(rest, held.margin * left / position.volume))
    else:
        dealer.book.let_go(position.ticket)
    return deal


def _reverse(
    dealer: Dealer, market: Market, held: Holding, order: TradeOrder, price: float, volume: float
) -> TradeDeal:
    position = held.position
    deal = _deal(dealer, order, price, volume, mt.DEAL_ENTRY_INOUT, position.identifier)
    result = dealer.result_of(held, price, position.volume)
    deal = dealer.add_deal(replace(deal, swap=position.swap, profit=result))
    dealer.book.let_go(position.ticket)
    rest = round(volume - position.volume, LOTS_DIGITS)
    _hold(dealer, market, _position(dealer, order, price, rest, position.identifier, 1 - position.type))
    return deal


def close_by(dealer: Dealer, first: Holding, second: Holding, order: TradeOrder) -> TradeDeal:
    """Close two opposite positions by one another, each at the other's opening price; the result falls on the first."""
    volume, one, other = order.volume_current, first.position, second.position
    deal = reduce(dealer, first, order, other.price_open, volume, entry=mt.DEAL_ENTRY_OUT_BY)
    reduce(dealer, second, order, one.price_open, volume, entry=mt.DEAL_ENTRY_OUT_BY, profit=0.0)
    return deal


def force_close(dealer: Dealer, held: Holding, reason: int, level: float, price: float, comment: str) -> None:
    """Close a position on the broker's own account: its stop, its target, or a stop-out. Magic is inherited."""
    position = held.position
    echo = RequestEcho(
        symbol=position.symbol,
        type=1 - position.type,
        volume=position.volume,
        magic=position.magic,
        comment=comment,
        type_filling=mt.ORDER_FILLING_IOC,
    )
    order = replace(dealer.order_for(echo, level), reason=reason)
    reduce(dealer, held, order, price, position.volume)
    dealer.end_order(order, mt.ORDER_STATE_FILLED, position.identifier)


def reopen(dealer: Dealer, market: Market, held: Holding, price: float, shifted: float) -> None:
    """Charge nights by closing a position and opening it anew at a shifted price: another ticket, the same identifier."""
    position, volume = held.position, held.position.volume
    echo = RequestEcho(symbol=position.symbol, type=1 - position.type, volume=volume, magic=position.magic)
    order = replace(dealer.order_for(echo, price), reason=mt.DEAL_REASON_ROLLOVER)
    reduce(dealer, held, order, price, volume)
    back = replace(order, type=position.type)
    dealer.add_deal(_deal(dealer, back, shifted, volume, mt.DEAL_ENTRY_IN, position.identifier))
    dealer.end_order(order, mt.ORDER_STATE_FILLED, position.identifier)
    opened = replace(position, ticket=order.ticket, price_open=shifted, price_current=shifted, swap=0.0)
    _hold(dealer, market, opened)
