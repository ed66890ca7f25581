"""Journal and broker compared: what is different becomes events. Pure: legs and a look go in, events come out.

This is the only way a leg's fate is learnt after it was sent, at start and for months: there is no other code for recovery. A
leg whose answer was lost is found here, or, after long and clean absence, given up; it is never sent again.
Reference: reliability 3.3 (states), R4 (evidence), R5 (times).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from signalos_tui.execute import constants as mt
from signalos_tui.execute import netting, sharing
from signalos_tui.execute.absences import Absences, unexplained
from signalos_tui.execute.deals import accounted, costs_of, is_rollover, money_of
from signalos_tui.execute.look import UNSETTLED, Look
from signalos_tui.execute.structs import TradeDeal, TradeOrder, TradePosition
from signalos_tui.execute.translate import decimal, price_or_none, side_of
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import (
    CloseUnknown,
    Event,
    LegCancelled,
    LegFilled,
    LegOpened,
    LegPlaced,
    LegProtected,
    LegUnfilled,
    LegUnknown,
    NoticeRaised,
    Severity,
)
from signalos_tui.model.ids import LegId, Magic, Ticket
from signalos_tui.model.orders import ENDED, ClosingState, LegState


def reconcile(
    legs: Iterable[LegView],
    seen: Look,
    absences: Absences,
    settle_ms: int,
    in_flight: frozenset[LegId] = frozenset(),
    name: sharing.Naming | None = None,
) -> list[Event]:
    """What the broker shows that the journal does not know yet.

    legs: also ended ones, for the sweep of orphans; on a netting account always those of a live trade. name: `sharing.compare`.
    settle_ms: how long after sending a leg may still appear. in_flight: legs
    whose request is being answered in this process right now; they are left alone.
    """
    found: list[Event] = []
    absences.looked(seen)
    legs = tuple(legs)
    shared: frozenset[LegId] = frozenset()
    if seen.is_netting:
        found, shared = sharing.compare(legs, seen, absences, settle_ms, in_flight, name)
    for leg in legs:
        if leg.id in in_flight or leg.id in shared or leg.state is LegState.INTENT:
            continue
        position, order = of(leg, seen)
        if position is not None or order is not None:
            absences.found(leg.id)
        found += _foreign(leg, seen, absences)
        if position is not None:
            found += _with_position(leg, position, seen, absences)
        elif order is not None:
            found += _with_order(leg, order, seen)
        elif leg.is_open or not _carries(leg.magic, seen):
            found += _not_there(leg, seen, absences, settle_ms)
    return found


def unsettled_at_start(legs: Iterable[LegView]) -> list[Event]:
    """What is found SENDING at boot may or may not be at the broker: it is UNKNOWN from here on (reference: 3.6)."""
    legs = tuple(legs)
    lost = "the engine ended while it was being sent"
    opening: list[Event] = [LegUnknown(leg.id, 0, lost) for leg in legs if leg.state is LegState.SENDING]
    closing: list[Event] = [
        CloseUnknown(leg.id, one.number, one.part, 0, lost)
        for leg in legs
        for one in leg.closings
        if one.state is ClosingState.SENDING
    ]
    return opening + closing


def of(leg: LegView, seen: Look) -> tuple[TradePosition | None, TradeOrder | None]:
    """The position and the pending order of a leg: what carries its magic and is what was asked for.

    A netted position is nobody's own: its magic says who added to it last, so it is never taken for a leg (D15).
    """
    positions = () if seen.is_netting else seen.positions
    return (
        next((p for p in positions if p.magic == leg.magic and _is_our_position(leg, p)), None),
        next((o for o in seen.orders if o.magic == leg.magic and _is_ours(leg, o)), None),
    )


def opened_as(leg: LegView, position: TradePosition) -> LegOpened:
    """The leg as its own position says (hedging)."""
    return LegOpened(
        leg=leg.id,
        position=Ticket(position.ticket),
        volume=decimal(position.volume),
        price=decimal(position.price_open),
        asked=leg.plan.entry,
        stop=price_or_none(position.sl),
        target=price_or_none(position.tp),
        adopted=leg.state is not LegState.PLACED and leg.state is not LegState.SENT,
    )


def _carries(magic: Magic, seen: Look) -> bool:
    positions = () if seen.is_netting else seen.positions
    return any(p.magic == magic for p in positions) or any(o.magic == magic for o in seen.orders)


# --- it is there --------------------------------------------------------------------------------------------------


def _with_position(leg: LegView, position: TradePosition, seen: Look, absences: Absences) -> Iterator[Event]:
    if leg.state is LegState.CLOSED:  # a view that lags behind the deals, unless it stays so
        yield from unexplained(leg, seen, absences, "was closed, and its position still stands at the broker")
        return
    if leg.state is not LegState.OPEN:
        yield opened_as(leg, position)
        return
    volume = decimal(position.volume)
    stop, target = price_or_none(position.sl), price_or_none(position.tp)
    if volume < leg.volume:
        yield from _parts(leg, seen)
    elif volume > leg.volume:
        yield from _grown(leg, position, seen)
    if stop != leg.stop or target != leg.target:
        yield LegProtected(leg.id, stop, target, "at the terminal")


def _grown(leg: LegView, position: TradePosition, seen: Look) -> Iterator[Event]:
    # Its order was filled in several deals (reference: reliability D8); without those deals it is a view that lags.
    deals = [
        d for d in seen.deals if d.position_id == leg.position and d.entry == mt.DEAL_ENTRY_IN and not is_rollover(d)
    ]
    opened = sum((decimal(d.volume) for d in deals), Decimal(0))
    if opened > leg.opened:
        yield LegFilled(leg.id, leg.volume + opened - leg.opened, opened, decimal(position.price_open))


def _with_order(leg: LegView, order: TradeOrder, seen: Look) -> Iterator[Event]:
    if leg.state is LegState.PLACED:
        stop, target = price_or_none(order.sl), price_or_none(order.tp)
        if seen.is_netting:  # it carries the target of the position it will join, not its own
            target = leg.target
        if stop != leg.stop or target != leg.target:
            yield LegProtected(leg.id, stop, target, "at the terminal")
    elif leg.state not in (LegState.OPEN, LegState.CLOSED) and order.type > mt.ORDER_TYPE_SELL:
        yield LegPlaced(leg.id, Ticket(order.ticket), adopted=leg.state is not LegState.SENT)


# --- it is not there ----------------------------------------------------------------------------------------------


def _not_there(leg: LegView, seen: Look, absences: Absences, settle_ms: int) -> Iterator[Event]:
    if not seen.is_clean or leg.state is LegState.CLOSED:
        return
    if leg.state is LegState.OPEN:
        parts = list(_parts(leg, seen))
        yield from parts
        if not parts:
            yield from unexplained(leg, seen, absences, "is gone from the broker, and no deal says how it ended")
        return
    opening = [d for d in netting.opening_deals(leg, seen.deals) if d.entry == mt.DEAL_ENTRY_IN]
    if opening:  # also of a leg that was given up: it was filled after all
        yield from _opened_and_gone(leg, opening, seen)
        return
    if leg.state in ENDED:
        return
    past = next((o for o in seen.past_orders if o.magic == leg.magic), None)
    if past is not None and past.state in _ENDED_ORDERS:
        yield LegCancelled(leg.id, _ENDED_ORDERS[past.state])
    elif past is None and leg.state in UNSETTLED and seen.has_history:
        waited = seen.at - (leg.sending_at or leg.intent_at)
        is_over = waited > settle_ms and seen.at - leg.intent_at > leg.ttl_ms
        if (is_over or leg.state is LegState.PLACED) and absences.missed(leg.id, seen):
            absences.found(leg.id)
            if leg.state is LegState.PLACED:
                yield LegCancelled(leg.id, "the order is no longer in the broker's book")
            else:
                yield LegUnfilled(leg.id, f"not at the broker {waited // 1000} s after it was sent; not sent again")


_ENDED_ORDERS = {
    mt.ORDER_STATE_CANCELED: "the order was removed",
    mt.ORDER_STATE_REJECTED: "the broker rejected the order when it was triggered",
    mt.ORDER_STATE_EXPIRED: "the order expired without being filled",
}


def _opened_and_gone(leg: LegView, opening: list[TradeDeal], seen: Look) -> Iterator[Event]:
    # It was filled and has ended already, all while we were not looking.
    opened = netting.opened(leg, opening)
    yield opened
    later = [d for d in seen.deals if d.position_id == opened.position and d not in opening]
    closing = [d for d in later if d.entry != mt.DEAL_ENTRY_IN and not is_rollover(d)]
    if closing:
        nights = money_of(d for d in later if is_rollover(d))
        yield from accounted(leg, closing, opened.volume, costs_of(opening) + nights)


def _parts(leg: LegView, seen: Look) -> Iterator[Event]:
    # Deals may be listed later than the position changes: what they do not yet explain waits for the next look.
    deals = sorted((d for d in seen.deals if d.position_id == leg.position), key=lambda d: (d.time_msc, d.ticket))
    until = max((d.time_msc for d in deals if d.ticket in leg.deals), default=0)
    nights = [d for d in deals if is_rollover(d) and d.time_msc > until]
    new = [d for d in deals if d.ticket not in leg.deals and not is_rollover(d)]
    closing = [d for d in new if d.entry != mt.DEAL_ENTRY_IN]
    opening = [d for d in new if d.entry == mt.DEAL_ENTRY_IN]
    yield from accounted(leg, closing, leg.volume, money_of(nights) + (Decimal(0) if leg.deals else costs_of(opening)))


# --- not ours -----------------------------------------------------------------------------------------------------


def _is_our_position(leg: LegView, position: TradePosition) -> bool:
    # A leg that was opened is its position and no other; before, it is whatever was asked for (reference: reliability D24).
    if leg.position is not None and leg.state in (LegState.OPEN, LegState.CLOSED):
        return leg.position in (position.ticket, position.identifier)
    return _is_ours(leg, position) and decimal(position.volume) <= leg.plan.volume


def _is_ours(leg: LegView, thing: TradePosition | TradeOrder) -> bool:
    return thing.symbol == leg.symbol and side_of(thing.type) is leg.side


def _foreign(leg: LegView, seen: Look, absences: Absences) -> Iterator[Event]:
    ours = of(leg, seen)
    things: tuple[TradePosition | TradeOrder, ...] = (*(() if seen.is_netting else seen.positions), *seen.orders)
    for thing in things:
        if thing.magic != leg.magic or thing in ours or thing.ticket in absences.foreign:
            continue
        if isinstance(thing, TradeOrder) and thing.type <= mt.ORDER_TYPE_SELL:
            continue  # a close of ours on its way
        absences.foreign.add(thing.ticket)
        yield NoticeRaised(
            Severity.ALARM,
            "foreign-magic",
            f"ticket {thing.ticket} {thing.symbol} carries the magic of leg {leg.id} and is something else",
            "Another program copies our orders; look at the account before trading on",
        )
