"""Netting accounts, leg by leg: which deals are whose, what they made, and which levels the shared position carries. Pure.

The one position of a symbol belongs to no leg, so nobody's identity is read from it. Who opened what is said by the deals'
magics; who closed what by the magics of the closing deals, each its own. Decision 0010. Reference: reliability R12, D15.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from signalos_tui.execute.deals import BY_THE_BROKER, closed_part, costs_of, is_rollover, reason_of
from signalos_tui.execute.structs import TradeDeal, TradePosition
from signalos_tui.execute.translate import decimal, side_of
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import ActionSettled, CloseDone, Event, LegOpened
from signalos_tui.model.ids import Ticket
from signalos_tui.model.orders import ActionKind, Closing, LegState
from signalos_tui.model.signals import Side


def opened(leg: LegView, deals: Sequence[TradeDeal]) -> LegOpened:
    """The leg as the deals that opened it say. Its target is the engine's to keep, its stop what was asked for."""
    volume, price = filled(deals)
    return LegOpened(
        leg=leg.id,
        position=Ticket(deals[0].position_id),
        volume=volume,
        price=price,
        asked=leg.plan.entry,
        stop=leg.plan.stop,
        target=leg.levels[1],
        adopted=leg.state is not LegState.PLACED and leg.state is not LegState.SENT,
    )


def opening_deals(leg: LegView, deals: Iterable[TradeDeal]) -> list[TradeDeal]:
    """The deals that opened a leg, oldest first: its magic, its symbol, its side, and no more than was asked for (D24)."""
    ours = (d for d in deals if d.magic == leg.magic and d.symbol == leg.symbol and side_of(d.type) is leg.side)
    found: list[TradeDeal] = []
    lots = Decimal(0)
    for deal in sorted((d for d in ours if not is_the_brokers(d)), key=when):
        lots += decimal(deal.volume)
        if lots > leg.plan.volume:
            break
        found.append(deal)
    return found


def position_of(leg: LegView, positions: Iterable[TradePosition]) -> TradePosition | None:
    """The account's one position of a leg's symbol."""
    return next((position for position in positions if position.symbol == leg.symbol), None)


def closed_by(leg: LegView, closing: Closing, deals: Sequence[TradeDeal], legs: Iterable[LegView]) -> list[Event]:
    """What the deals of one closing mean, in the moment its answer came: all of it is the leg's.

    deals: all of the position. legs: those that share it.
    """
    mine = [d for d in deals if is_of(d, closing)]
    counted = {ticket for one in legs for ticket in one.deals}
    volume = sum((decimal(d.volume) for d in mine), Decimal(0))
    if not mine or volume > leg.volume or any(d.ticket in counted for d in mine):
        return []  # that is more than a moment's work: it is left to the next comparison
    events: list[Event] = []
    left, costs = leg.volume, Decimal(0) if leg.deals else costs_of(opening_deals(leg, deals))
    for deal in sorted(mine, key=when):
        part = decimal(deal.volume)
        profit = decimal(deal.profit, 2) + costs_of([deal]) + costs
        events += closed_part(leg, deal, part, left, profit, reason_of(deal, leg.closing))
        left, costs = left - part, Decimal(0)
    if volume >= closing.volume:
        events += settled(leg, closing, volume, left)
    return events


def settled(leg: LegView, closing: Closing, volume: Decimal, left: Decimal) -> Iterator[Event]:
    """A closing deal has done all it will do. volume: lots it closed. left: lots of the leg that are open now."""
    yield CloseDone(leg.id, closing.number, closing.part, volume)
    action = next((a for a in leg.actions if a.number == closing.number), None)
    if left > 0 and action is not None and action.kind is ActionKind.REDUCE and left <= action.volume:
        yield ActionSettled(leg.id, closing.number, True, 0, "done")


def furthest(side: Side, targets: Iterable[Decimal | None]) -> Decimal | None:
    """The target the shared position carries: the furthest, none when one leg has none. The nearer ones the engine keeps."""
    found = list(targets)
    known = [target for target in found if target is not None]
    if len(known) < len(found) or not known:
        return None
    return max(known) if side is Side.BUY else min(known)


def guard(legs: Iterable[LegView]) -> Decimal | None:
    """The furthest target of the legs that are live."""
    live = [leg for leg in legs if leg.is_live]
    return furthest(live[0].side, [leg.levels[1] for leg in live]) if live else None


def filled(deals: Sequence[TradeDeal]) -> tuple[Decimal, Decimal]:
    """The lots that deals opened together, and their average price."""
    volume = sum((decimal(d.volume) for d in deals), Decimal(0))
    if len(deals) == 1:
        return volume, decimal(deals[0].price)
    worth = sum((decimal(d.volume) * decimal(d.price) for d in deals), Decimal(0))
    return volume, decimal(float(worth / volume))


def is_of(deal: TradeDeal, closing: Closing) -> bool:
    """A deal was made for this closing. A stop may inherit a magic from the position; it is the broker's all the same."""
    return deal.magic == closing.magic and not is_the_brokers(deal)


def is_the_brokers(deal: TradeDeal) -> bool:
    """Made by the broker itself: a stop, a target, a stop-out, a night."""
    return deal.reason in BY_THE_BROKER or is_rollover(deal)


def when(deal: TradeDeal) -> tuple[int, int]:
    """The order of deals in time."""
    return deal.time_msc, deal.ticket
