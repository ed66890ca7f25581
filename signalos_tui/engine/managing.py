"""Trades under way: intents to the dispatcher, updates to actions, actions to the terminal.

What is wanted is written down before the terminal is asked; this module turns wishes of `execute.manager` into events and, once
they are on disk, hands the legs to the dispatcher. A trade has one worker that sends its legs, in order, and one that manages
what stands: a call that hangs must not keep the other legs from being closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from msgspec.structs import replace

from signalos_tui.config import Manage, Send
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.jobs import Jobs
from signalos_tui.engine.permitting import kept_back
from signalos_tui.engine.settings import Settings
from signalos_tui.engine.venue import Venue
from signalos_tui.execute import manager
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.manager import Market, Wish
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import NOTHING_DONE, DecisionOutcome, UpdateDecision
from signalos_tui.model.desk import LegView, Trade
from signalos_tui.model.events import (
    ActionIntended,
    ChannelPaused,
    ChannelPolicySet,
    ChannelUnfollowed,
    CloseDone,
    Event,
    IntentRecorded,
    LegOpened,
    LegPlaced,
    NoticeRaised,
    Record,
    Severity,
    TradingStateChanged,
    UpdateDecided,
)
from signalos_tui.model.ids import LegId, SignalId, UpdateId
from signalos_tui.model.orders import ActionKind, CloseReason, LegAction, LegState
from signalos_tui.model.signals import Reason, Update, UpdateAction
from signalos_tui.state import find_leg, signal_of

UNSEEN = "terminal_unseen"
"""Why an update waits for the owner: it could not be carried out when it came."""

Work = Literal["send", "manage"]
Job = tuple[SignalId, Work]


class Managing:
    """Sends intents, carries out actions."""

    def __init__(
        self, desk: Desk, venue: Venue, dispatcher: Dispatcher, settings: Settings, quote_age_s: float
    ) -> None:
        """quote_age_s: so old may the price be that a level is held against."""
        self._desk = desk
        self._venue = venue
        self._dispatcher = dispatcher
        self._settings = settings
        self._quote_age_s = quote_age_s
        self._jobs = Jobs("managing", desk, self._work, lambda job: f"{job[1]} {job[0]}")
        desk.listen(self._heard)

    def _heard(self, record: Record) -> None:
        event = record.event
        if isinstance(event, IntentRecorded):
            self._enqueue(event.signal)
        elif isinstance(event, ActionIntended):
            self._enqueue(signal_of(event.action.leg))
        elif isinstance(event, LegOpened | LegPlaced | CloseDone):
            # It may have been wished closed before it was there, or more is to be closed than one deal did.
            self._enqueue(signal_of(event.leg))
        elif isinstance(event, TradingStateChanged):
            self._switched(event.state)
        elif isinstance(event, ChannelPolicySet | ChannelPaused | ChannelUnfollowed):
            _keep_back(self._dispatcher, self._desk, self._venue, self._settings)
            self.resume()

    def _switched(self, state: TradingState) -> None:
        if state is TradingState.HALTED:
            waiting = [
                leg for trade in self._desk.state.live_trades for leg in trade.legs if leg.state is LegState.INTENT
            ]
            self._dispatcher.withdraw([leg.id for leg in waiting], "trading was stopped before it was sent")
        self.resume()

    def _enqueue(self, signal: SignalId) -> None:
        self._jobs.ask((signal, "send"), (signal, "manage"))

    def recover(self) -> None:
        """Take up every live trade after the start."""
        for trade in self._desk.state.live_trades:
            for leg in trade.legs:
                # Whether these were sent before the end is not known.
                self._dispatcher.doubt(leg.id, [a.number for a in leg.actions if a.kind is ActionKind.REDUCE])
        _keep_back(self._dispatcher, self._desk, self._venue, self._settings)
        self.resume()

    def resume(self) -> None:
        """Take up intents that wait and actions whose answer was lost."""
        for trade in self._desk.state.live_trades:
            if any(leg.state is LegState.INTENT or leg.actions for leg in trade.legs):
                self._enqueue(trade.signal)

    async def run(self) -> None:
        """Work on what is to be done, until cancelled. A job that breaks is told, and taken up again; the others go on."""
        self.resume()  # a failure before may have left something undone
        await self._jobs.run()

    async def _work(self, job: Job) -> None:
        signal, work = job
        match work:
            case "send":
                await self._send(signal)
            case "manage":
                await self._manage(signal)

    async def _send(self, signal: SignalId) -> None:
        trade = self._desk.state.trades.get(signal)
        for leg in trade.legs if trade else ():
            if trade is not None and leg.state is LegState.INTENT:
                await self._dispatcher.send(leg, self._sending(trade))
                sent = find_leg(self._desk.state, leg.id)
                if sent is not None and sent.actions:  # wished for while its answer was out
                    self._jobs.ask((signal, "manage"))

    async def _manage(self, signal: SignalId) -> None:
        if signal not in self._desk.state.trades:
            return
        trade = self._now(signal)
        for leg_id, number in [(leg.id, a.number) for leg in trade.legs for a in leg.actions]:
            found = self._action(leg_id, number)
            if found is not None:
                await self._dispatcher.act(*found, self._sending(trade))

    def _sending(self, trade: Trade) -> Send:
        return self._settings.of_trade(trade).send

    def _now(self, signal: SignalId) -> Trade:
        return self._desk.state.trades[signal]

    def _action(self, leg_id: LegId, number: int) -> tuple[LegView, LegAction] | None:
        # Only what stands at the broker can be managed; a wish for the rest waits until it does.
        leg = find_leg(self._desk.state, leg_id)
        actions = leg.actions if leg is not None and leg.state in (LegState.OPEN, LegState.PLACED) else ()
        return next(((leg, a) for a in actions if leg is not None and a.number == number), None)

    # --- wishes as events -----------------------------------------------------------------------------------------

    async def out_of_sight(self, update: Update, trade: Trade) -> Reason | None:
        """Why an update cannot be done for a trade right now: the terminal is not seen, or has no price of now."""
        terminal = await self._venue.terminal.terminal_info()
        if terminal is None or not terminal.connected:
            return Reason(UNSEEN, "The terminal cannot be seen, so nothing was done")
        market = await self.market(trade.symbol)
        if market is None:
            return Reason(UNSEEN, f"{trade.symbol} has no price at the terminal, so nothing was done")
        age_s = (self._desk.clock.now() - market.quote.at) / 1000
        # What ends a trade asks for no price; a level is held against one.
        if update.action in (UpdateAction.CLOSE, UpdateAction.CANCEL) or age_s <= self._quote_age_s:
            return None
        return Reason(UNSEEN, f"The price of {trade.symbol} is too old to act on, so nothing was done")

    async def followed(self, update: Update, uid: UpdateId, trades: Sequence[Trade], by: str = "rules") -> list[Event]:
        """What accepting an update writes down: the decision, a reason for each trade it changes nothing of, and the rest."""
        events: list[Event] = []
        reasons: list[Reason] = []
        for trade in trades:
            market = await self.market(trade.symbol)
            wish = _priceless(trade)
            if market is not None:
                wish = manager.for_update(update, trade, market, self.settings(trade))
            meant = self.intended(wish, "update", trade)
            if not meant:
                reasons.append(Reason(NOTHING_DONE, wish.text))
            events += meant or [_not_done(trade, wish)]
        signals = tuple(trade.signal for trade in trades)
        decision = UpdateDecision(uid, DecisionOutcome.ACCEPTED, signals, tuple(reasons), by)
        return [UpdateDecided(decision), *events]

    async def stop_to(self, trade: Trade, price: Decimal, text: str) -> list[Event]:
        """The stop of a trade to a price."""
        market = await self.market(trade.symbol)
        wish = manager.move_stop(trade, market, price, text) if market else _priceless(trade)
        return self.intended(wish, text, trade) or [_not_done(trade, wish)]

    async def target_to(self, trade: Trade, planned: Decimal, price: Decimal, text: str) -> list[Event]:
        """The target of a trade that was planned at one price to another."""
        market = await self.market(trade.symbol)
        wish = (
            manager.move_planned_target(trade, market, planned, price, text)
            if market is not None
            else _priceless(trade)
        )
        return self.intended(wish, text, trade) or [_not_done(trade, wish)]

    def cancelling(self, trade: Trade, text: str) -> list[Event]:
        """The removal of a trade's pending orders."""
        return self.intended(manager.cancel(trade, text, CloseReason.UPDATE), "source", trade)

    def intended(self, wish: Wish, by: str, trade: Trade | None = None) -> list[Event]:
        """The events that write a wish down. Its actions get the next numbers of their legs.

        trade: as earlier events of the same group will leave it; None when there are none. Held: `desk.lock`.
        """
        events: list[Event] = []
        last: dict[LegId, int] = {}
        for action in wish.actions:
            leg = _leg_of(trade, action.leg) if trade else find_leg(self._desk.state, action.leg)
            if leg is None or _is_wished(action, leg):
                continue
            number = last.get(action.leg, leg.last_action) + 1
            last[action.leg] = number
            events.append(ActionIntended(replace(action, number=number), by))
        if events and wish.missed:
            events.append(
                NoticeRaised(Severity.WARNING, "update-not-complete", wish.text, "Look at the trade again in a moment")
            )
        return events

    async def market(self, symbol: str) -> Market | None:
        """An instrument and its price, None without one."""
        spec, quote = await self._venue.instrument(symbol)
        return Market(spec, quote, self._venue.is_netting) if spec is not None and quote is not None else None

    def settings(self, trade: Trade) -> Manage:
        """The management rules of a trade."""
        return self._settings.of_trade(trade).manage


def _keep_back(dispatcher: Dispatcher, desk: Desk, venue: Venue, settings: Settings) -> None:
    for leg, why in kept_back(
        desk.state, venue.seen, settings.permit, lambda trade: settings.of_trade(trade).enabled
    ).items():
        dispatcher.withdraw([leg], why)


def _leg_of(trade: Trade, leg: LegId) -> LegView | None:
    return next((one for one in trade.legs if one.id == leg), None)


def _is_wished(action: LegAction, leg: LegView) -> bool:
    # Of changes of levels only the last one counts: A, B, A ends with A.
    same = [other for other in leg.actions if other.kind is action.kind]
    asked = same[-1:] if action.kind is ActionKind.PROTECT else same
    return any(replace(action, number=0, text="") == replace(other, number=0, text="") for other in asked)


def _priceless(trade: Trade) -> Wish:
    return Wish((), f"{trade.symbol} has no price at the terminal")


def _not_done(trade: Trade, wish: Wish) -> Event:
    severity = Severity.INFO if wish.is_so else Severity.WARNING
    return NoticeRaised(severity, "update-not-done", f"{trade.side} {trade.symbol}: nothing done. {wish.text}")
