"""What the owner's rules do to trades under way: break-even and trailing after a target, near targets on a netting account.

A rule is a debt. What cannot be done now, because the price has come back or the broker says no, is owed until it is done, the
trade has ended, or somebody has moved the stops meanwhile: what a hand did last holds.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.engine.desk import Desk
from signalos_tui.engine.jobs import Jobs
from signalos_tui.engine.managing import Managing
from signalos_tui.engine.venue import Venue
from signalos_tui.execute import manager
from signalos_tui.execute.manager import Market, Wish
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import Trade
from signalos_tui.model.events import (
    ActionIntended,
    ActionSettled,
    CloseRefused,
    Event,
    NoticeRaised,
    Record,
    Severity,
    TargetReached,
    TradingStateChanged,
    TrailSet,
)
from signalos_tui.model.ids import LegId, SignalId
from signalos_tui.model.orders import ActionKind, LegAction
from signalos_tui.state import signal_of

TARGETS, TRAILING = "rule: targets", "rule: trailing"
LOOK_AGAIN_S = 1.0
"""How soon what is owed is held against the price again."""
TOLD_AFTER_MS = 2_000
"""A price that is only a moment behind its own deal is not worth a word."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 15, 600
"""How long a leg is left in peace after the broker refused it something: twice as long each time."""

Stops = dict[LegId, Decimal | None]


class Owed(Struct):
    """A target that is still to be followed. since: ms UTC, when that was first found not to be possible, 0 so far never.

    stops: where the rules have left the stops of its legs; one that is elsewhere was moved by somebody else.
    """

    stops: Stops
    since: int = 0
    is_told: bool = False


class ByRule:
    """Follows targets, trails, and keeps the targets that a netted position does not carry."""

    def __init__(self, desk: Desk, venue: Venue, managing: Managing, pulse_s: float) -> None:
        """pulse_s: how often trailing stops and kept targets are held against the price."""
        self._desk = desk
        self._venue = venue
        self._managing = managing
        self._pulse_s = pulse_s
        # Beside what manages: following waits for whoever decides, and a close must not wait with it.
        self._jobs = Jobs("following", desk, self._follow, lambda signal: f"targets of {signal}")
        self._owed: dict[SignalId, Owed] = {}
        self._timers: dict[SignalId, asyncio.TimerHandle] = {}
        self._asked: dict[tuple[LegId, int], str] = {}
        self._refused: dict[LegId, tuple[int, int]] = {}
        desk.listen(self._heard)

    def _heard(self, record: Record) -> None:
        event = record.event
        if isinstance(event, TargetReached):
            self._owe(event.signal)
        elif isinstance(event, ActionIntended) and event.by in (TARGETS, TRAILING):
            self._asked_for(event.action, event.by)
        elif isinstance(event, ActionSettled):
            self._settled(event, record.at)
        elif isinstance(event, CloseRefused):
            self._pause(event.leg, record.at)
        elif isinstance(event, TradingStateChanged):
            self._jobs.ask(*self._owed)

    def _owe(self, signal: SignalId) -> None:
        self._owed[signal] = Owed({})
        self._jobs.ask(signal)

    def _asked_for(self, action: LegAction, by: str) -> None:
        if action.kind is not ActionKind.PROTECT:
            return
        self._asked[action.leg, action.number] = by
        owed = self._owed.get(signal_of(action.leg))
        if owed is not None:
            owed.stops[action.leg] = action.stop

    def _settled(self, event: ActionSettled, at: int) -> None:
        by = self._asked.pop((event.leg, event.number), None)
        if by is None:
            return
        if event.ok:
            self._refused.pop(event.leg, None)
            return
        signal, pause_s = signal_of(event.leg), self._pause(event.leg, at)
        if by == TARGETS:
            self._owed.setdefault(signal, Owed({}))
            self._again(signal, pause_s)
        owed = self._owed.get(signal)
        if owed is not None:  # that stop is where it was before
            owed.stops.update(_stops(self._desk.state.trades.get(signal)))

    def _pause(self, leg: LegId, at: int) -> int:
        times = self._refused.get(leg, (0, 0))[1]
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S << min(times, 10))
        self._refused[leg] = (at + pause_s * 1000, times + 1)
        return pause_s

    def _again(self, signal: SignalId, after_s: float) -> None:
        earlier = self._timers.pop(signal, None)
        if earlier is not None:
            earlier.cancel()
        self._timers[signal] = asyncio.get_running_loop().call_later(after_s, self._jobs.ask, signal)

    def recover(self) -> None:
        """Owe what a target before the end left undone: where the stops are still as planned."""
        for trade in self._desk.state.live_trades:
            if trade.reached and all(leg.stop == leg.plan.stop for leg in trade.open_legs):
                self._owe(trade.signal)

    async def run(self) -> None:
        """Follow targets, until cancelled. What breaks for one trade is told, and tried again; the others go on."""
        self._jobs.ask(*self._owed)  # a failure before may have left something undone
        await self._jobs.run()

    async def pulse(self) -> None:
        """Trail and keep targets, until cancelled."""
        while True:
            await self.trail()
            await self.keep_targets()
            await asyncio.sleep(self._pulse_s)

    # --- after a target -------------------------------------------------------------------------------------------

    async def _follow(self, signal: SignalId) -> None:
        owed, trade = self._owed.get(signal), self._desk.state.trades.get(signal)
        if owed is None or trade is None or not trade.is_live:
            self._forget(signal)
            return
        market = await self._managing.market(trade.symbol)
        async with self._desk.lock:
            trade = self._desk.state.trades.get(signal)
            if self._is_halted or trade is None:  # what waits for a halt to end is asked for then
                return
            wish = self._after_target(trade, market, owed)
            allowed = self._allowed(wish)
            events = self._managing.intended(allowed, TARGETS)
            is_done = allowed == wish and not wish.missed and (wish.actions or wish.is_so or not wish.text)
            if not is_done and not wish.actions:
                events += self._waiting(trade, owed, wish.text)
            if market is not None:
                events += self._trails(trade, market)
            await self._desk.record(*events)
            if self._owed.get(signal) is not owed:
                return  # another target was reached meanwhile
            if is_done:
                self._forget(signal)
            else:
                owed.stops = _stops(self._desk.state.trades.get(signal)) | owed.stops
                self._again(signal, LOOK_AGAIN_S)

    def _forget(self, signal: SignalId) -> None:
        self._owed.pop(signal, None)
        timer = self._timers.pop(signal, None)
        if timer is not None:
            timer.cancel()

    def _after_target(self, trade: Trade, market: Market | None, owed: Owed) -> Wish:
        if any(leg.levels[0] != owed.stops.get(leg.id, leg.levels[0]) for leg in trade.open_legs):
            return Wish((), "The stops were moved since", is_so=True)
        if market is None:
            return Wish((), f"{trade.symbol} has no price at the terminal")
        return manager.after_target(trade, market, _last_target(trade), self._managing.settings(trade))

    def _trails(self, trade: Trade, market: Market) -> list[Event]:
        manage, number = self._managing.settings(trade), _last_target(trade)
        if not manage.trail_after_target or number < manage.trail_after_target or trade.trail is not None:
            return []
        return [TrailSet(trade.signal, manager.trail_distance(trade, market.spec, manage))]

    def _waiting(self, trade: Trade, owed: Owed, why: str) -> list[Event]:
        now = self._desk.clock.now()
        owed.since = owed.since or now
        if owed.is_told or now - owed.since < TOLD_AFTER_MS:
            return []
        owed.is_told = True
        text = f"{trade.side} {trade.symbol}: break-even after target {_last_target(trade)} waits. {why}"
        remedy = "It is set as soon as it can be; until then the stops stay where they are"
        return [NoticeRaised(Severity.WARNING, "break-even-waits", text, remedy)]

    # --- with every price -----------------------------------------------------------------------------------------

    async def trail(self) -> None:
        """Let the stops of trailing trades follow their price."""
        for trade in self._desk.state.live_trades:
            if self._is_halted:
                return
            if trade.trail is None or not trade.open_legs:
                continue
            market = await self._managing.market(trade.symbol)
            async with self._desk.lock:
                now = self._desk.state.trades[trade.signal]
                if market is not None and now.trail is not None:
                    wish = self._allowed(manager.trail(now, market, now.trail))
                    await self._desk.record(*self._managing.intended(wish, TRAILING))

    async def keep_targets(self) -> None:
        """On a netting account the position carries the furthest target only; the nearer ones are kept here, while we run."""
        if not self._venue.is_netting:
            return
        for trade in self._desk.state.live_trades:
            if self._is_halted:
                return
            market = await self._managing.market(trade.symbol) if manager.keeps_targets(trade) else None
            if market is None:
                continue
            async with self._desk.lock:
                wish = self._allowed(manager.kept_targets(self._desk.state.trades[trade.signal], market))
                await self._desk.record(*self._managing.intended(wish, TARGETS))

    def _allowed(self, wish: Wish) -> Wish:
        # What was refused a moment ago would be refused again.
        now = self._desk.clock.now()
        return replace(wish, actions=tuple(a for a in wish.actions if now >= self._refused.get(a.leg, (0, 0))[0]))

    @property
    def _is_halted(self) -> bool:
        return self._desk.state.trading is TradingState.HALTED


def _stops(trade: Trade | None) -> Stops:
    return {leg.id: leg.levels[0] for leg in trade.open_legs} if trade is not None else {}


def _last_target(trade: Trade) -> int:
    return max(trade.reached, default=0)
