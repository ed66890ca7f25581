"""Eyes on the terminal: what became of our legs, what things cost now, when a day begins.

Reconciling is not a repair tool here, it is how the engine learns: at start, whenever the terminal says something changed, and
every so often in case it did not say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from signalos_tui.config import Config
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.managing import Managing
from signalos_tui.engine.venue import Venue
from signalos_tui.errors import Transient
from signalos_tui.execute.absences import Absences
from signalos_tui.execute.believing import unbelievable
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.look import Look, look
from signalos_tui.execute.reconcile import reconcile, unsettled_at_start
from signalos_tui.execute.structs import TradePosition
from signalos_tui.execute.terminal import note_of
from signalos_tui.execute.translate import decimal, figure, is_number
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import (
    AccountRecorded,
    DayStarted,
    Event,
    Mark,
    NoticeRaised,
    Pulsed,
    Severity,
    TradingStateChanged,
)
from signalos_tui.model.ids import LegId
from signalos_tui.model.market import Quote

FIRST_LOOKS = 15
BETWEEN_FIRST_LOOKS_S = 2.0
TAKEN = "another program trades this account now; end one of the two, then let trading go on"


class Watching:
    """Compares, prices and keeps the day."""

    def __init__(self, desk: Desk, venue: Venue, dispatcher: Dispatcher, managing: Managing, config: Config) -> None:
        self._desk = desk
        self._venue = venue
        self._dispatcher = dispatcher
        self._managing = managing
        self._config = config
        self._absences = Absences()
        self._looking = asyncio.Lock()
        self._zone = ZoneInfo(config.rules.timezone)
        self._balance: Decimal | None = None
        self._is_blind = False
        self._wrong: set[LegId] = set()

    # --- legs -----------------------------------------------------------------------------------------------------

    async def recover(self) -> tuple[int, int]:
        """Compare every leg with the broker before anything is sent (R10). Returns (compared, adopted).

        Raises Transient when the broker does not let itself be seen clearly.
        """
        await self._desk.record(*unsettled_at_start(_legs(self._desk.state)))
        for _ in range(FIRST_LOOKS):
            seen, events = await self.compare(sweep=True)
            if seen.is_clean:
                break
            await asyncio.sleep(BETWEEN_FIRST_LOOKS_S)
        else:
            raise Transient(f"The journal cannot be compared with the broker: {seen.why_not}", "Check the terminal")
        await self._account()
        adopted = sum(1 for event in events if getattr(event, "adopted", False))
        return len(_legs(self._desk.state)), adopted

    async def compare(self, *, sweep: bool = False) -> tuple[Look, list[Event]]:
        """Look at the broker and write down what is new. sweep: ended legs too. Returns the look and what was written."""
        async with self._looking:
            state = self._desk.state
            # A netted position is what all legs of its trade make it, the ended ones included.
            shared = {trade.signal for trade in state.live_trades} if self._venue.is_netting else set()
            legs = [leg for leg in _legs(state) if sweep or leg.is_live or leg.signal in shared]
            before = self._dispatcher.in_flight
            seen = await look(self._venue.terminal, legs, state.account_name, self._desk.clock.now(), sweep=sweep)
            # What was sent or answered while we looked is newer than the look.
            now = {leg.id: leg for leg in _legs(self._desk.state)}
            newer = frozenset(leg.id for leg in legs if now.get(leg.id) != leg)
            settle_ms = round(self._config.send.settle_s * 1000)
            wrong = unbelievable(legs, seen)
            busy = before | self._dispatcher.in_flight | newer | wrong.keys()
            events = reconcile(legs, seen, self._absences, settle_ms, busy, self._desk.magic)
            await self._desk.record(*events, *self._told(wrong))
            was_blind, self._is_blind = self._is_blind, not seen.is_clean
            if was_blind and seen.is_clean:
                self._managing.resume()  # what could not be done meanwhile is tried now, not at the next round
            return seen, events

    def _told(self, wrong: Mapping[LegId, str]) -> list[Event]:
        # Once for each leg: a deal stays in the history as it is.
        new = [leg for leg in wrong if leg not in self._wrong]
        self._wrong.update(new)
        remedy = "Look at it in the terminal; it is compared again when that shows something else"
        return [
            NoticeRaised(
                Severity.ALARM,
                "figures",
                f"{leg} is left alone: the terminal shows {wrong[leg]}, which cannot be",
                remedy,
            )
            for leg in new
        ]

    async def back(self) -> None:
        """The way to the terminal is open again: do what waited for it, then compare every leg, ended ones included."""
        self._managing.resume()
        await self.compare(sweep=True)

    async def run(self) -> None:
        """Compare whenever the terminal says so, at least every poll, until cancelled."""
        engine = self._config.engine
        swept = self._desk.clock.now()
        while True:
            await self._venue.terminal.changed(engine.poll_s)
            now = self._desk.clock.now()
            is_due = now - swept >= engine.reconcile_s * 1000
            if is_due:
                swept = now
                self._managing.resume()
                await self._held()
            if is_due or any(leg.is_live for leg in _legs(self._desk.state)):
                await self.compare(sweep=is_due)
            await self._account()

    async def _held(self) -> None:
        # R7: the right to send went to somebody else; what stands is still watched.
        note = await note_of(self._venue.terminal)
        if note is not None and not note.holds and self._desk.state.trading is not TradingState.HALTED:
            await self._desk.record(TradingStateChanged(TradingState.HALTED, TAKEN, "engine"))

    # --- prices ---------------------------------------------------------------------------------------------------

    async def pulse(self) -> None:
        """Give prices and floating results to whoever looks, until cancelled."""
        while True:
            await self.pulse_once()
            await asyncio.sleep(self._config.engine.pulse_s)

    async def pulse_once(self) -> None:
        """One pulse."""
        await self._venue.learn_clock()
        state = self._desk.state
        account = await self._venue.account()
        quotes: list[Quote] = []
        watched = _watched(state)
        for symbol in watched:
            quote = await self._venue.quote(symbol)
            if quote is not None:
                quotes.append(quote)
        positions = await self._venue.terminal.positions_get() or ()
        marks = _netted_marks(state, positions) if self._venue.is_netting else _marks(state, positions)
        described = (self._venue.spec(symbol) for symbol in watched)
        specs = tuple(spec for spec in described if spec is not None and state.specs.get(spec.name) != spec)
        self._desk.pulse(Pulsed(account, tuple(quotes), tuple(marks), specs))

    async def _account(self) -> None:
        # The day's first equity is what the day's loss is measured from; a changed balance is worth a line in the journal.
        account = await self._venue.account()
        if account is None:
            return
        state = self._desk.state
        today = datetime.fromtimestamp(self._desk.clock.now() / 1000, UTC).astimezone(self._zone).date().isoformat()
        events: list[Event] = []
        if today > state.day:  # a clock that steps back does not begin the day again
            events.append(DayStarted(today, account.equity))
        if self._balance != account.balance:
            self._balance = account.balance
            events.append(AccountRecorded(account))
        await self._desk.record(*events)


def _marks(state: DeskState, positions: Iterable[TradePosition]) -> list[Mark]:
    by_magic = {p.magic: p for p in positions}
    held = ((leg, by_magic.get(leg.magic)) for trade in state.live_trades for leg in trade.open_legs)
    marks = (_mark(leg, position, Decimal(1)) for leg, position in held if position is not None)
    return [mark for mark in marks if mark is not None]


def _netted_marks(state: DeskState, positions: Iterable[TradePosition]) -> list[Mark]:
    # Each leg has its share of the position they are all in.
    by_ticket = {p.identifier: (p, volume) for p in positions if (volume := figure(p.volume))}
    held = ((leg, by_ticket.get(leg.position or 0)) for trade in state.live_trades for leg in trade.open_legs)
    marks = (_mark(leg, one[0], leg.volume / one[1]) for leg, one in held if one is not None)
    return [mark for mark in marks if mark is not None]


def _mark(leg: LegView, position: TradePosition, share: Decimal) -> Mark | None:
    # Only for display: a leg whose figures cannot be has none, and the others have theirs.
    price, money = figure(position.price_current), position.profit + position.swap
    if price is None or not is_number(money):
        return None
    return Mark(leg.id, price, (decimal(money, 2) * share).quantize(Decimal("0.01")))


def _legs(state: DeskState) -> list[LegView]:
    return [leg for trade in state.trades.values() for leg in trade.legs]


def _watched(state: DeskState) -> tuple[str, ...]:
    # Symbols of live trades and of the signals in view that a screen may draw a price for.
    names = {trade.symbol: None for trade in state.live_trades}
    for view in list(state.signals.values())[-60:]:
        if view.decision is not None and view.decision.plan is not None:
            names[view.decision.plan.symbol] = None
    return tuple(names)
