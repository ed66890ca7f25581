"""One position of a netting account and the legs that share it, compared with its deals from first to last. Pure.

Closing deals are given to whose magic they carry. The others (a stop, a target, a stop-out, the owner's hand) have closed
what is not ours first, then our legs, near targets first, each with its share of the money. What a position does not explain
is told, and nothing more is closed of it. Decision 0010. Reference: reliability R12, D15, D16, D17.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from signalos_tui.execute import constants as mt
from signalos_tui.execute.absences import Absences, unexplained
from signalos_tui.execute.deals import closed_part, costs_of, is_rollover, money_of, reason_of
from signalos_tui.execute.look import Look
from signalos_tui.execute.netting import filled, furthest, is_of, is_the_brokers, opened, opening_deals, settled, when
from signalos_tui.execute.structs import TradeDeal, TradeOrder, TradePosition
from signalos_tui.execute.translate import decimal, price_or_none, side_of
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import (
    ActionSettled,
    CloseUnfilled,
    Event,
    LegFilled,
    LegProtected,
    NoticeRaised,
    Severity,
)
from signalos_tui.model.ids import LegId, Magic, closing_id
from signalos_tui.model.orders import Closing, ClosingState, LegState

CENT = Decimal("0.01")
FORGOTTEN = 4
"""So many actions of a leg, and parts of each, are derived to find whose close a deal is that the journal does not know."""
Naming = Callable[[LegId], Magic]
"""The magic of a closing deal by its name; a pure function of the journal's salt."""
_NEVER = (0, 0)
_HELD = (LegState.OPEN, LegState.CLOSED)
CAME_TO_NOTHING = (mt.ORDER_STATE_CANCELED, mt.ORDER_STATE_REJECTED, mt.ORDER_STATE_EXPIRED)
_ENDED = (mt.ORDER_STATE_FILLED, *CAME_TO_NOTHING)


def compare(
    legs: Sequence[LegView],
    seen: Look,
    absences: Absences,
    settle_ms: int,
    in_flight: frozenset[LegId],
    name: Naming | None = None,
) -> tuple[list[Event], frozenset[LegId]]:
    """What the positions and deals of a netting account say of the legs; the second part names the legs that is all about.

    legs: with those of a trade all its others, also the ended ones. A position with a leg whose answer is awaited is left alone
    as a whole: its deals cannot be shared out yet. name: what the magic of a close is, also of one this journal does not know.
    """
    found: list[Event] = []
    shared: dict[LegId, None] = {}
    if not seen.is_clean:
        return found, frozenset(leg.id for leg in legs if leg.state in _HELD)
    for ticket in _tickets(legs, seen):
        members = [leg for leg in legs if _belongs(leg, ticket, seen)]
        shared.update(dict.fromkeys(leg.id for leg in members))
        if not any(leg.id in in_flight for leg in members):
            trades = {leg.signal for leg in members}
            position = _Position(ticket, members, seen, absences, settle_ms)
            position.knows([leg for leg in legs if leg.signal in trades], name)
            found += position.events()
    for leg in legs:
        found += _reversed(leg, seen, absences)
        if leg.id not in in_flight:
            found += _copied(leg, seen, absences)
    return found, frozenset(shared)


class _Position:
    """One position, its deals from first to last, and the legs that share it."""

    def __init__(self, ticket: int, legs: list[LegView], seen: Look, absences: Absences, settle_ms: int) -> None:
        self._legs = sorted(legs, key=lambda leg: leg.number)
        self._seen = seen
        self._absences = absences
        self._settle_ms = settle_ms
        self._deals = sorted((d for d in seen.deals if d.position_id == ticket), key=when)
        self._position = next((p for p in seen.positions if ticket in (p.identifier, p.ticket)), None)
        self._volumes = {leg.id: leg.volume for leg in legs}
        self._since: dict[LegId, tuple[int, int]] = {}
        self._unpaid = {leg.id: not leg.deals for leg in legs}
        self._owed = dict.fromkeys((leg.id for leg in legs), Decimal(0))
        self._counted = {deal for leg in legs for deal in leg.deals}
        self._closers: dict[Magic, LegView] = {one.magic: leg for leg in legs for one in leg.closings}
        self._kin: Sequence[LegView] = legs
        self._ended: dict[LegId, None] = {}

    def knows(self, kin: Sequence[LegView], name: Naming | None) -> None:
        """kin: every leg of the trade, also those that are not part of the position (yet, or never): it carries their target too.

        name: a journal that is older than the account does not know every close it sent; their magics can be derived.
        """
        self._kin = kin
        ours = {leg.magic for leg in kin} | self._closers.keys()
        strange = {
            Magic(d.magic)
            for d in self._deals
            if d.magic and d.magic not in ours and d.ticket not in self._counted and not is_the_brokers(d)
        }
        if name is not None and strange:
            derived = {name(closing_id(*one)): leg for leg in self._legs for one in _forgotten(leg)}
            self._closers |= {magic: derived[magic] for magic in strange if magic in derived}

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
            self._since[leg.id] = when(deals[0])
            self._absences.found(leg.id)
            volume, price = filled(deals)
            if leg.state not in _HELD:
                yield opened(leg, deals)
                self._volumes[leg.id] = volume
            elif leg.is_open and volume > leg.opened:
                self._volumes[leg.id] += volume - leg.opened
                yield LegFilled(leg.id, self._volumes[leg.id], volume, price)

    def _closed(self) -> Iterator[Event]:
        closings, net = self._new_closings()
        shares: dict[int, list[tuple[LegView, Decimal]]] = {deal.ticket: [] for deal, _ in closings}
        rest = dict(self._volumes)
        # Whose a deal is by its magic comes first.
        unmarked: list[tuple[TradeDeal, Decimal]] = []
        for deal, lots in closings:
            mine = self._closers.get(Magic(deal.magic)) if not is_the_brokers(deal) else None
            part = min(lots, rest[mine.id]) if mine is not None and side_of(deal.type) is not mine.side else Decimal(0)
            if mine is not None and part:
                shares[deal.ticket].append((mine, part))
                rest[mine.id] -= part
            if lots > part:
                unmarked.append((deal, lots - part))
        for deal, leg, part in self._taken(unmarked, rest, net):
            shares[deal.ticket].append((leg, part))
        lots_of = {deal.ticket: lots for deal, lots in closings}
        for deal in self._deals:
            if is_rollover(deal):
                self._charge(deal)
            elif deal.ticket in shares:
                yield from self._booked(deal, shares[deal.ticket], lots_of[deal.ticket])

    def _taken(
        self, unmarked: Sequence[tuple[TradeDeal, Decimal]], rest: dict[LegId, Decimal], net: Decimal
    ) -> Iterator[tuple[TradeDeal, LegView, Decimal]]:
        # Of what carries no magic of ours, that which is not ours was closed first: our legs give up only what the position no
        # longer has. rest: lots of each leg that are left, changed here. net: lots of the position now.
        ours = sum(rest.values(), Decimal(0))
        gone = max(Decimal(0), ours - max(Decimal(0), net * self._legs[0].side.sign))
        spared = max(Decimal(0), sum((lots for _, lots in unmarked), Decimal(0)) - gone)
        for deal, lots in unmarked:
            skipped = min(lots, spared)
            spared, left = spared - skipped, lots - skipped
            for leg in sorted(self._legs, key=lambda leg: (self._since.get(leg.id, _NEVER) > when(deal), leg.number)):
                part = min(left, rest[leg.id]) if side_of(deal.type) is not leg.side else Decimal(0)
                if part:
                    rest[leg.id] -= part
                    left -= part
                    yield deal, leg, part

    def _new_closings(self) -> tuple[list[tuple[TradeDeal, Decimal]], Decimal]:
        # Deals that closed something and were not counted yet, with the lots they closed; and the position's net lots now.
        found, net = [], Decimal(0)
        for deal in self._deals:
            lots = decimal(deal.volume) * side_of(deal.type).sign
            closes = min(abs(net), abs(lots)) if net * lots < 0 else Decimal(0)
            net += lots
            if closes and deal.ticket not in self._counted and not is_rollover(deal):
                found.append((deal, closes))
        return found, net

    def _charge(self, deal: TradeDeal) -> None:
        # A night, charged to whoever held through it; booked with the next part, once.
        held = [
            leg for leg in self._legs if self._volumes[leg.id] > 0 and self._since.get(leg.id, _NEVER) <= when(deal)
        ]
        lots = sum((self._volumes[leg.id] for leg in held), Decimal(0))
        for leg in held:
            if when(deal) > self._paid_until(leg):
                self._owed[leg.id] += (money_of([deal]) * self._volumes[leg.id] / lots).quantize(CENT)

    def _paid_until(self, leg: LegView) -> tuple[int, int]:
        return max((when(d) for d in self._deals if d.ticket in leg.deals), default=_NEVER)

    def _booked(self, deal: TradeDeal, parts: list[tuple[LegView, Decimal]], closes: Decimal) -> Iterator[Event]:
        # Each leg with its share of the money; the last one takes what rounding left.
        money, given = money_of([deal]), Decimal(0)
        is_whole = sum((part for _, part in parts), Decimal(0)) == closes
        for place, (leg, part) in enumerate(parts, 1):
            share = money - given if is_whole and place == len(parts) else (money * part / closes).quantize(CENT)
            given += share
            is_asked = self._closers.get(Magic(deal.magic)) is leg and not is_the_brokers(deal)
            reason = reason_of(deal, leg.closing if is_asked else None)
            yield from closed_part(leg, deal, part, self._volumes[leg.id], share + self._costs(leg), reason)
            self._volumes[leg.id] -= part
            if not self._volumes[leg.id]:
                self._ended[leg.id] = None

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
        done = sum((decimal(d.volume) for d in self._deals if is_of(d, closing)), Decimal(0))
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
        known = {level for leg in self._kin for level in (leg.plan.target, leg.levels[1])}
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


def _copied(leg: LegView, seen: Look, absences: Absences) -> Iterator[Event]:
    # Deals under a leg's magic that are not what was asked for: another symbol, side, or more lots (reference: D24).
    ours = opening_deals(leg, seen.deals)
    for deal in seen.deals:
        name = LegId(f"deal {deal.ticket}")
        if deal.magic != leg.magic or deal in ours or is_the_brokers(deal) or name in absences.told:
            continue
        absences.told.add(name)
        yield NoticeRaised(
            Severity.ALARM,
            "foreign-magic",
            f"deal {deal.ticket} {deal.symbol} carries the magic of leg {leg.id} and is something else",
            "Another program copies our orders; look at the account before trading on",
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


def _forgotten(leg: LegView) -> Iterator[tuple[LegId, int, int]]:
    # Closes of a leg that an older journal may not know: of what it intends, and of what it may have intended afterwards.
    first = min((action.number for action in leg.actions), default=leg.last_action + 1)
    for number in range(first, leg.last_action + 1 + FORGOTTEN):
        yield from ((leg.id, number, part) for part in range(1, 1 + FORGOTTEN))


def _dealt(order: TradeOrder) -> Decimal:
    return decimal(order.volume_initial) - decimal(order.volume_current)
