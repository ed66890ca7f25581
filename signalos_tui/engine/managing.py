"""Trades under way: intents to the dispatcher, targets and updates to actions, actions to the terminal.

What is wanted is written down before the terminal is asked; this module turns wishes of `execute.manager` into events and, once
they are on disk, hands the legs to the dispatcher. One worker per trade at a time, so legs go out in order.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.config import Config, Manage
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.venue import Venue
from signalos_tui.errors import JournalFailed
from signalos_tui.execute import manager
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.manager import Market, Wish
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import LegView, Trade
from signalos_tui.model.events import (
    ActionIntended,
    Event,
    IntentRecorded,
    NoticeRaised,
    Record,
    Severity,
    TargetReached,
    TrailSet,
)
from signalos_tui.model.ids import LegId, SignalId
from signalos_tui.model.orders import CloseReason, LegAction, LegState
from signalos_tui.model.signals import Update
from signalos_tui.state import find_leg, signal_of


class Managing:
    """Sends intents, follows targets, carries out actions."""

    def __init__(self, desk: Desk, venue: Venue, dispatcher: Dispatcher, config: Config) -> None:
        self._desk = desk
        self._venue = venue
        self._dispatcher = dispatcher
        self._config = config
        self._todo: dict[SignalId, None] = {}
        self._reached: dict[SignalId, None] = {}
        self._wake = asyncio.Event()
        desk.listen(self._heard)

    def _heard(self, record: Record) -> None:
        event = record.event
        if isinstance(event, IntentRecorded):
            self._enqueue(event.signal)
        elif isinstance(event, ActionIntended):
            self._enqueue(signal_of(event.action.leg))
        elif isinstance(event, TargetReached):
            self._reached[event.signal] = None
            self._enqueue(event.signal)

    def _enqueue(self, signal: SignalId) -> None:
        self._todo[signal] = None
        self._wake.set()

    def recover(self) -> None:
        """Take up every live trade after the start, also those that reached a target just before the end."""
        for trade in self._desk.state.live_trades:
            if trade.reached and all(leg.stop == leg.plan.stop for leg in trade.open_legs):
                self._reached[trade.signal] = None
                self._enqueue(trade.signal)
        self.resume()

    def resume(self) -> None:
        """Take up intents that wait and actions whose answer was lost."""
        for trade in self._desk.state.live_trades:
            if any(leg.state is LegState.INTENT or leg.actions for leg in trade.legs):
                self._enqueue(trade.signal)

    async def run(self) -> None:
        """Work on what is to be done, one task per trade, until cancelled."""
        working: dict[SignalId, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wake.wait()
                self._wake.clear()
                for signal in list(self._todo):
                    task = working.get(signal)
                    if task is None or task.done():
                        del self._todo[signal]
                        working[signal] = group.create_task(self._work(signal), name=f"trade {signal}")
                working = {s: t for s, t in working.items() if not t.done()}

    async def _work(self, signal: SignalId) -> None:
        try:
            await self._carry_out(signal)
        except JournalFailed:
            return  # the desk has halted; what was intended is taken up again when it can be written down
        if signal in self._todo:
            self._wake.set()

    async def _carry_out(self, signal: SignalId) -> None:
        trade = self._desk.state.trades.get(signal)
        if trade is None:
            return
        send = self._config.trading(trade.channel, self._title(trade), trade.symbol).send
        for leg in trade.legs:
            if leg.state is LegState.INTENT:
                await self._dispatcher.send(leg, send)
        await self._follow_targets(signal)
        for leg_id, number in [(leg.id, a.number) for leg in self._now(signal).legs for a in leg.actions]:
            found = self._action(leg_id, number)
            if found is not None:
                await self._dispatcher.act(*found, send)

    def _now(self, signal: SignalId) -> Trade:
        return self._desk.state.trades[signal]

    def _action(self, leg_id: LegId, number: int) -> tuple[LegView, LegAction] | None:
        leg = find_leg(self._desk.state, leg_id)
        actions = leg.actions if leg is not None and leg.is_live else ()
        return next(((leg, a) for a in actions if leg is not None and a.number == number), None)

    # --- by rule --------------------------------------------------------------------------------------------------

    async def _follow_targets(self, signal: SignalId) -> None:
        if signal not in self._reached or self._desk.state.trading is TradingState.HALTED:
            return
        trade = self._now(signal)
        market = await self.market(trade.symbol)
        if market is None:
            return
        manage = self.settings(trade)
        del self._reached[signal]
        number = max(trade.reached, default=0)
        wish = manager.after_target(trade, market, number, manage)
        events = self.intended(wish, "rule: targets")
        if manage.trail_after_target and number >= manage.trail_after_target and trade.trail is None:
            events.append(TrailSet(trade.signal, manager.trail_distance(trade, market.spec, manage)))
        await self._desk.record(*events)

    async def trail(self) -> None:
        """Let the stops of trailing trades follow their price."""
        if self._desk.state.trading is TradingState.HALTED:
            return
        for trade in self._desk.state.live_trades:
            if trade.trail is None or not trade.open_legs:
                continue
            market = await self.market(trade.symbol)
            if market is not None:
                await self._desk.record(*self.intended(manager.trail(trade, market, trade.trail), "rule: trailing"))

    # --- wishes as events -----------------------------------------------------------------------------------------

    async def update(self, update: Update, trade: Trade) -> list[Event]:
        """What an accepted update means for a trade."""
        market = await self.market(trade.symbol)
        if market is None:
            return [_not_done(trade, _priceless(trade))]
        wish = manager.for_update(update, trade, market, self.settings(trade))
        return self.intended(wish, "update") or [_not_done(trade, wish)]

    async def stop_to(self, trade: Trade, price: Decimal, text: str) -> list[Event]:
        """The stop of a trade to a price."""
        market = await self.market(trade.symbol)
        wish = manager.move_stop(trade, market, price, text) if market else _priceless(trade)
        return self.intended(wish, text) or [_not_done(trade, wish)]

    async def target_to(self, trade: Trade, price: Decimal, number: int, text: str) -> list[Event]:
        """One target of a trade to a price."""
        market = await self.market(trade.symbol)
        if market is None:
            return [_not_done(trade, _priceless(trade))]
        wish = manager.move_target(trade, market, price, number, text)
        return self.intended(wish, text) or [_not_done(trade, wish)]

    def cancelling(self, trade: Trade, text: str) -> list[Event]:
        """The removal of a trade's pending orders."""
        return self.intended(manager.cancel(trade, text, CloseReason.UPDATE), "source")

    def intended(self, wish: Wish, by: str) -> list[Event]:
        """The events that write a wish down. Its actions get the next numbers of their legs."""
        events: list[Event] = []
        last: dict[LegId, int] = {}
        for action in wish.actions:
            leg = find_leg(self._desk.state, action.leg)
            if leg is None or any(_is_same(action, other) for other in leg.actions):
                continue
            number = last.get(action.leg, leg.last_action) + 1
            last[action.leg] = number
            events.append(ActionIntended(replace(action, number=number), by))
        return events

    async def market(self, symbol: str) -> Market | None:
        """An instrument and its price, None without one."""
        spec, quote = await self._venue.instrument(symbol)
        return Market(spec, quote) if spec is not None and quote is not None else None

    def settings(self, trade: Trade) -> Manage:
        """The management rules of a trade."""
        return self._config.trading(trade.channel, self._title(trade), trade.symbol).manage

    def _title(self, trade: Trade) -> str:
        view = self._desk.state.channels.get(trade.channel)
        return view.channel.title if view else ""


def _is_same(one: LegAction, other: LegAction) -> bool:
    return replace(one, number=0, text="") == replace(other, number=0, text="")


def _priceless(trade: Trade) -> Wish:
    return Wish((), f"{trade.symbol} has no price at the terminal")


def _not_done(trade: Trade, wish: Wish) -> Event:
    severity = Severity.INFO if wish.is_so else Severity.WARNING
    return NoticeRaised(severity, "update-not-done", f"{trade.side} {trade.symbol}: nothing done. {wish.text}")
