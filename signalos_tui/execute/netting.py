"""Netting accounts: what the one position that all legs of a trade share says about each of them. Pure.

The position belongs to nobody, so nothing is read from it but its volume and its levels. Who opened what is said by the deals'
magics; who closed what by the magics of the closing deals, each its own. A deal that carries none of ours (a stop, a target, a
stop-out, the owner's hand) closes what is not ours first, then our legs, near targets first, each with its share of the money.
Decision 0010. Reference: reliability R12, D15.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from signalos_tui.execute import constants as mt
from signalos_tui.execute.absences import Absences, unexplained
from signalos_tui.execute.deals import (
    BY_THE_BROKER,
    closed_part,
    costs_of,
    is_rollover,
    money_of,
    reason_of,
)
from signalos_tui.execute.look import Look
from signalos_tui.execute.structs import TradeDeal, TradeOrder, TradePosition
from signalos_tui.execute.translate import decimal, price_or_none, side_of
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import (
    ActionSettled,
    CloseDone,
    CloseUnfilled,
    Event,
    LegFilled,
    LegOpened,
    LegProtected,
    NoticeRaised,
    Severity,
)
from signalos_tui.model.ids import LegId, Magic, Ticket
from signalos_tui.model.orders import ActionKind, Closing, ClosingState, LegState
from signalos_tui.model.signals import Side

CENT = Decimal("0.01")
_NEVER = (0, 0)
_HELD = (LegState.OPEN, LegState.CLOSED)
_ENDED = (
    mt.ORDER_STATE_FILLED,
    mt.ORDER_STATE_CANCELED,
    mt.ORDER_STATE_REJECTED,
    mt.ORDER_STATE_EXPIRED,
)


def compare(
    legs: Sequence[LegView], seen: Look, absences: Absences, settle_ms: int, in_flight: frozenset[LegId]
) -> tuple[list[Event], frozenset[LegId]]:
    """What the positions and deals of a netting account say of the legs; the second part names the legs that is all about.

    A position with a leg whose answer is awaited is left alone as a whole: its deals cannot be shared out yet.
    """
    found: list[Event] = []
    shared: dict[LegId, None] = {}
    if not seen.is_clean:
        return found, frozenset(leg.id for leg in legs if leg.state in _HELD)
    for ticket in _tickets(legs, seen):
        members = [leg for leg in legs if _belongs(leg, ticket, seen)]
        shared.update(dict.fromkeys(leg.id for leg in members))
        if not any(leg.id in in_flight for leg in members):
            found += _Position(ticket, members, seen, absences, settle_ms).events()
    for leg in legs:
        found += _reversed(leg, seen, absences)
    return found, frozenset(shared)


def opened(leg: LegView, deals: Sequence[TradeDeal]) -> LegOpened:
    """The leg as the deals that opened it say. Its target is the engine's to keep, its stop what was asked for."""
    volume, price = _filled(deals)
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
    for deal in sorted((d for d in ours if not _is_the_brokers(d)), key=_when):
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
    mine = [d for d in deals if _is_of(d, closing)]
    counted = {ticket for one in legs for ticket in one.deals}
    volume = sum((decimal(d.volume) for d in mine), Decimal(0))
    if not mine or volume > leg.volume or any(d.ticket in counted for d in mine):
        return []  # that is more than a moment's work: it is left to the next comparison
    events: list[Event] = []
    left, costs = leg.volume, Decimal(0) if leg.deals else costs_of(opening_deals(leg, deals))
    for deal in sorted(mine, key=_when):
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


# --- one position -------------------------------------------------------------------------------------------------


class _Position:
    """One position, its deals from first to last, and the legs that share it."""

    def __init__(self, ticket: int, legs: list[LegView], seen: Look, absences: Absences, settle_ms: int) -> None:
        self._legs = sorted(legs, key=lambda leg: leg.number)
        self._seen = seen
        self._absences = absences
        self._settle_ms = settle_ms
        self._deals = sorted((d for d in seen.deals if d.position_id == ticket), key=_when)
        self._position = next((p for p in seen.positions if ticket in (p.identifier, p.ticket)), None)
        self._volumes = {leg.id: leg.volume for leg in legs}
        self._since: dict[LegId, tuple[int, int]] = {}
        self._unpaid = {leg.id: not leg.deals for leg in legs}
        self._owed = dict.fromkeys((leg.id for leg in legs), Decimal(0))
        self._counted = {deal for leg in legs for deal in leg.deals}
        self._openers = {leg.magic: leg for leg in legs}
        self._closers: dict[Magic, LegView] = {one.magic: leg for leg in legs for one in leg.closings}
        self._ended: dict[LegId, None] = {}

    def events(self) -> list[Event]:
        """All that is new."""
        found = [*self._opened(), *self._closed(), *self._settled()]
        if self._position is not None:
            found += self._levels(self._position)
        return [*found, *self._at_odds()]

    def _opened(self) -> Iterator[Event]:
        for leg in self._legs:
            deals = opening_deals(leg, self._deals)
            if not deals:
                continue
            self._since[leg.id] = _when(deals[0])
            self._absences.found(leg.id)
            volume, price = _filled(deals)
            if leg.state not in _HELD:
                yield opened(leg, deals)
                self._volumes[leg.id] = volume
            elif leg.is_open and volume > leg.opened:
                self._volumes[leg.id] += volume - leg.opened
                yield LegFilled(leg.id, self._volumes[leg.id], volume, price)

    def _closed(self) -> Iterator[Event]:
        net = Decimal(0)
        for deal in self._deals:
            if is_rollover(deal):
                self._charge(deal)
                continue
            lots = decimal(deal.volume) * side_of(deal.type).sign
            before, net = net, net + lots
            closes = min(abs(before), abs(lots)) if before * lots < 0 else Decimal(0)
            if closes and deal.ticket not in self._counted:
                yield from self._shared_out(deal, closes, abs(before))

    def _charge(self, deal: TradeDeal) -> None:
        # A night, charged to whoever held through it; booked with the next part, once.
        held = [
            leg for leg in self._legs if self._volumes[leg.id] > 0 and self._since.get(leg.id, _NEVER) <= _when(deal)
        ]
        lots = sum((self._volumes[leg.id] for leg in held), Decimal(0))
        for leg in held:
            if _when(deal) > self._paid_until(leg):
                self._owed[leg.id] += (money_of([deal]) * self._volumes[leg.id] / lots).quantize(CENT)

    def _paid_until(self, leg: LegView) -> tuple[int, int]:
        return max((_when(d) for d in self._deals if d.ticket in leg.deals), default=_NEVER)

    def _shared_out(self, deal: TradeDeal, closes: Decimal, open_before: Decimal) -> Iterator[Event]:
        # Whose it is by its magic comes first; of the rest what is not ours, then our legs, near targets first.
        mine = self._closers.get(Magic(deal.magic)) if not _is_the_brokers(deal) else None
        held = [leg for leg in self._legs if self._is_held(leg, deal)]
        parts: list[tuple[LegView, Decimal]] = []
        left = closes
        if mine is not None and mine in held:
            parts.append((mine, min(left, self._volumes[mine.id])))
            left -= parts[0][1]
        else:
            foreign = open_before - sum((self._volumes[leg.id] for leg in held), Decimal(0))
            left -= min(left, max(Decimal(0), foreign))
        for leg in held:
            if leg is not mine and left > 0:
                parts.append((leg, min(left, self._volumes[leg.id])))
                left -= parts[-1][1]
        money = decimal(deal.profit, 2) + costs_of([deal])
        given = Decimal(0)
        for place, (leg, part) in enumerate(parts, 1):
            is_last = place == len(parts) and sum((p for _, p in parts), Decimal(0)) == closes
            share = money - given if is_last else (money * part / closes).quantize(CENT)
            given += share
            reason = reason_of(deal, leg.closing if leg is mine else None)
            yield from closed_part(leg, deal, part, self._volumes[leg.id], share + self._costs(leg), reason)
            self._volumes[leg.id] -= part
            if not self._volumes[leg.id]:
                self._ended[leg.id] = None

    def _is_held(self, leg: LegView, deal: TradeDeal) -> bool:
        began = self._since.get(leg.id)
        is_there = began is None or began <= _when(deal)
        return is_there and self._volumes[leg.id] > 0 and side_of(deal.type) is not leg.side

    def _costs(self, leg: LegView) -> Decimal:
        # What opening it cost is booked with its first part, nights with the next.
        owed, self._owed[leg.id] = self._owed[leg.id], Decimal(0)
        if not self._unpaid[leg.id]:
            return owed
        self._unpaid[leg.id] = False
        return owed + costs_of(opening_deals(leg, self._deals))

    # --- closing deals --------------------------------------------------------------------------------------------

    def _settled(self) -> Iterator[Event]:
        for leg in self._legs:
            for closing in leg.closings:
                if closing.is_unsettled or closing.state is ClosingState.UNFILLED:
                    yield from self._fate(leg, closing)

    def _fate(self, leg: LegView, closing: Closing) -> Iterator[Event]:
        name = LegId(f"{leg.id}~{closing.number}.{closing.part}")
        done = sum((decimal(d.volume) for d in self._deals if _is_of(d, closing)), Decimal(0))
        order = next((o for o in self._seen.past_orders if o.magic == closing.magic), None)
        if done or order is not None:
            self._absences.found(name)
            is_all = done >= closing.volume or (order is not None and order.state in _ENDED and done >= _dealt(order))
            if is_all and (done or closing.is_unsettled):
                yield from settled(leg, closing, done, self._volumes[leg.id])
            if is_all and done and not closing.is_unsettled:
                yield _late(leg, done)
            return
        is_waiting = any(o.magic == closing.magic for o in self._seen.orders)
        waited = self._seen.at - closing.at
        if not closing.is_unsettled or is_waiting or not self._seen.has_history or waited <= self._settle_ms:
            return
        if self._absences.missed(name, self._seen):
            self._absences.found(name)
            text = f"the broker closed nothing for it in {waited // 1000} s; close it again if it is still to be closed"
            yield CloseUnfilled(leg.id, closing.number, closing.part, text)
            if leg.id not in self._ended and any(a.number == closing.number for a in leg.actions):
                yield ActionSettled(leg.id, closing.number, False, 0, text)

    # --- what the position itself says ----------------------------------------------------------------------------

    def _levels(self, position: TradePosition) -> Iterator[Event]:
        # One stop for all. Its target is the furthest leg's; one that is nobody's was set by hand, and is taken.
        stop, target = price_or_none(position.sl), price_or_none(position.tp)
        live = [leg for leg in self._legs if self._volumes[leg.id] > 0]
        known = {level for leg in self._legs for level in (leg.plan.target, leg.levels[1])}
        known |= {leg.target for leg in self._legs if leg.state in _HELD}
        last = furthest(live[0].side, [leg.levels[1] for leg in live]) if live else None
        for leg in live:
            was = leg.target if leg.is_open else leg.levels[1]
            goal = target if target not in known and was == last else was
            before = leg.stop if leg.is_open else leg.plan.stop
            if (stop, goal) != (before, was):
                yield LegProtected(leg.id, stop, goal, "at the terminal")

    def _at_odds(self) -> Iterator[Event]:
        ours = sum(self._volumes.values(), Decimal(0))
        position = self._position
        side = self._legs[0].side
        there = decimal(position.volume) if position is not None and side_of(position.type) is side else Decimal(0)
        first = next((leg for leg in self._legs if self._volumes[leg.id] > 0), None)
        if first is not None and there < ours:
            what = f"is part of a position that should be {ours:f} lots and is {there:f}; nothing more is closed of it"
            yield from unexplained(first, self._seen, self._absences, what)
        elif first is not None and there > ours:
            what = f"shares its position with {there - ours:f} lots that are not ours"
            yield from unexplained(first, self._seen, self._absences, what)


def _late(leg: LegView, volume: Decimal) -> Event:
    return NoticeRaised(
        Severity.ALARM,
        "late-close",
        f"a close of leg {leg.id} that had been given up was carried out after all, {volume:f} lots",
        "Compare the account with the desk before you close more",
    )


def _reversed(leg: LegView, seen: Look, absences: Absences) -> Iterator[Event]:
    # A close that came after its position had ended opened the opposite, without a stop: for a person to see at once.
    magics = {closing.magic for closing in leg.closings}
    for position in seen.positions if magics else ():
        if position.magic not in magics or side_of(position.type) is leg.side or position.ticket in absences.foreign:
            continue
        absences.foreign.add(position.ticket)
        yield NoticeRaised(
            Severity.ALARM,
            "reversed",
            f"the position of leg {leg.id} had ended when its close arrived: that opened {decimal(position.volume):f} lots"
            f" {side_of(position.type)} {position.symbol} without a stop, ticket {position.ticket}",
            "Close it at the terminal",
        )


# --- which is whose -----------------------------------------------------------------------------------------------


def _tickets(legs: Iterable[LegView], seen: Look) -> list[int]:
    # Every position our legs have to do with, by its identifier.
    found: dict[int, None] = {}
    for leg in legs:
        if (leg.is_open and leg.position is not None) or (leg.unsettled and leg.position is not None):
            found[leg.position] = None
        for deal in opening_deals(leg, seen.deals):
            found[deal.position_id] = None
    return list(found)


def _belongs(leg: LegView, ticket: int, seen: Look) -> bool:
    if leg.state in _HELD:
        return leg.position == ticket
    return any(deal.position_id == ticket for deal in opening_deals(leg, seen.deals))


def _filled(deals: Sequence[TradeDeal]) -> tuple[Decimal, Decimal]:
    volume = sum((decimal(d.volume) for d in deals), Decimal(0))
    if len(deals) == 1:
        return volume, decimal(deals[0].price)
    worth = sum((decimal(d.volume) * decimal(d.price) for d in deals), Decimal(0))
    return volume, decimal(float(worth / volume))


def _is_of(deal: TradeDeal, closing: Closing) -> bool:
    # A stop may inherit the magic of whatever touched the position last; it is the broker's all the same.
    return deal.magic == closing.magic and not _is_the_brokers(deal)


def _is_the_brokers(deal: TradeDeal) -> bool:
    return deal.reason in BY_THE_BROKER or is_rollover(deal)


def _dealt(order: TradeOrder) -> Decimal:
    return decimal(order.volume_initial) - decimal(order.volume_current)


def _when(deal: TradeDeal) -> tuple[int, int]:
    return deal.time_msc, deal.ticket
