"""What front ends ask, answered once per key: the owner's keys as events.

Every answer is written down with its command in the same group as what it caused; asked again, the same answer comes back. An
order that is older than a minute was meant for another moment and is refused (reference: reliability F1, F2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from signalos_tui.engine.choosing import Choosing
from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.kept_stop import KeptStop
from signalos_tui.engine.learning import Learning
from signalos_tui.engine.managing import Managing
from signalos_tui.errors import JournalFailed
from signalos_tui.execute import manager
from signalos_tui.execute.manager import Market, Wish
from signalos_tui.logs import logger
from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.decisions import Decision, DecisionOutcome
from signalos_tui.model.desk import DeskState, SignalView, Trade, UpdateView
from signalos_tui.model.events import (
    ChannelPaused,
    ChannelPolicySet,
    ChannelResumed,
    CommandAnswered,
    Event,
    NoticeRaised,
    Record,
    Severity,
    SignalDecided,
    SignalRejected,
    TradingStateChanged,
    TrailSet,
    UpdateRejected,
)
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.model.orders import CloseReason
from signalos_tui.model.shown import is_read, mark_of
from signalos_tui.model.signals import UpdateAction, in_one_line
from signalos_tui.narrate import policy_words

OLDEST_MS = 60_000
Answer = tuple[Outcome, list[Event]]

_log = logger("signalos.commanding")


class Commanding:
    """Answers commands. kept_stop: where a STOP lies that the journal does not have."""

    def __init__(
        self,
        desk: Desk,
        decider: Decider,
        managing: Managing,
        learning: Learning,
        choosing: Choosing,
        kept_stop: KeptStop,
    ) -> None:
        self.kept_stop = kept_stop
        self._desk = desk
        self._learning = learning
        self._choosing = choosing
        self._decider = decider
        self._managing = managing
        self._asking: dict[str, asyncio.Future[Outcome]] = {}
        desk.listen(self._heard)

    def _heard(self, record: Record) -> None:
        self.kept_stop.heard(record)

    async def take_up(self) -> None:
        """Stop as was asked before this start, if that was kept; before anything else of the start is written."""
        wish = self.kept_stop.wish
        if wish is not None:
            # Under a key of its own: the time it was asked is over, and it may have been answered once already.
            await self._stop(replace(wish, key=f"{wish.key}-{self._desk.state.seq}", issued_at=self._desk.clock.now()))

    async def submit(self, command: Command) -> Outcome:
        """The answer to a command; the same for the same key."""
        asked = self._asking.get(command.key)
        if asked is not None:
            return await asyncio.shield(asked)
        before = self._desk.journal.answer_of(command.key)
        if before is not None:
            return before
        answer = asyncio.ensure_future(self._answer(command))
        self._asking[command.key] = answer
        answer.add_done_callback(lambda _: self._asking.pop(command.key, None))
        return await asyncio.shield(answer)

    async def _answer(self, command: Command) -> Outcome:
        age = self._desk.clock.now() - command.issued_at
        if age > OLDEST_MS:
            return Outcome(False, f"This was asked {age // 1000} s ago and was not done: ask again")
        try:
            if isinstance(command, c.StopTrading):
                return await self._stop(command)
            async with self._desk.lock:
                outcome, events = await self._handled(command)
                await self._desk.record(*events, CommandAnswered(command, outcome))
        except JournalFailed as error:
            return Outcome(False, f"Not done: {error}")
        except Exception as error:  # noqa: BLE001 (the door: whoever asks gets an answer, whatever broke behind it)
            _log.error("command failed", command=type(command).__name__, error=f"{type(error).__name__}: {error}")
            return Outcome(False, f"Not done, it failed ({type(error).__name__}: {error}). Please report it")
        return outcome

    async def _handled(self, command: Command) -> Answer:
        handlers: dict[type[Any], Callable[[Any], Awaitable[Answer]]] = {
            c.Approve: self._approve,
            c.Reject: self._reject,
            c.CloseTrade: self._close,
            c.BreakEven: self._break_even,
            c.MoveStop: self._move_stop,
            c.MoveTarget: self._move_target,
            c.TrailStop: self._trail,
            c.CancelPending: self._cancel,
            c.PauseChannel: self._pause,
            c.ResumeChannel: self._resume,
            c.CorrectReading: self._learning.correct,
            c.TeachChannel: self._learning.teach,
            c.ChooseSymbol: self._choosing.choose,
            c.SetPolicy: self._set_policy,
            c.SetTradingState: self._set_state,
        }
        return await handlers[type(command)](command)

    # --- held signals and updates ---------------------------------------------------------------------------------

    async def _approve(self, command: c.Approve) -> Answer:
        state = self._desk.state
        update = state.updates.get(UpdateId(command.subject))
        if update is not None:
            return await self._approve_update(command, update.id)
        view = state.signals.get(SignalId(command.subject))
        post = state.posts.get(view.key) if view else None
        if view is None or post is None:
            return _no("That signal is no longer in view")
        if not view.is_waiting:
            return _no(f"That signal is not held, it is {view.rejected or view.outcome}")
        changed = _changed(command, view, state)
        if changed:
            return _no(changed)
        events = await self._decider.decide(view.signal, view.reading, post.message, state, by_owner=True)
        decision = next(event.decision for event in events if isinstance(event, SignalDecided))
        if decision.outcome is DecisionOutcome.ACCEPTED:
            return Outcome(True, f"Approved: {_planned(decision)}"), events
        why = in_one_line(decision.reasons) or "there is no plan for it"
        # It stays held, with what speaks against it now: what held it before was answered.
        still = SignalDecided(replace(decision, outcome=DecisionOutcome.HELD), view.price)
        return Outcome(False, f"Still not possible: {why}"), [still]

    async def foresee(self, signal: SignalId) -> Decision | None:
        """What approving a held signal would decide now; None where it is not held. It changes nothing."""
        state = self._desk.state
        view = state.signals.get(signal)
        post = state.posts.get(view.key) if view else None
        if view is None or post is None or not view.is_waiting:
            return None
        events = await self._decider.decide(view.signal, view.reading, post.message, state, by_owner=True)
        return next(event.decision for event in events if isinstance(event, SignalDecided))

    async def _approve_update(self, command: c.Approve, uid: UpdateId) -> Answer:
        state = self._desk.state
        view = state.updates[uid]
        post = state.posts.get(view.key)
        if not view.is_waiting or post is None:
            return _no(f"That update is not held, it is {view.rejected or view.outcome}")
        changed = _changed(command, view, state)
        if changed:
            return _no(changed)
        if view.update.action in (UpdateAction.CONDITIONAL, UpdateAction.REOPEN, UpdateAction.ADD):
            return _no("It leaves the choice to you: act on the trade itself with its keys")
        signals = view.decision.signals if view.decision else ()
        trades = [state.trades[s] for s in signals if s in state.trades and state.trades[s].is_live]
        if len(trades) != 1 and not view.update.everything:
            return _no(f"It fits {len(trades)} open trades: act on the one you mean with its keys")
        for trade in trades:
            unseen = await self._managing.out_of_sight(view.update, trade)
            if unseen is not None:  # it stays held, and is approved again when the terminal is back
                return _no(f"{unseen.text}. It stays held: approve it again when the terminal is back")
        events = await self._managing.followed(view.update, uid, trades, command.by)
        return Outcome(True, f"Approved: {view.update.action.replace('_', ' ')}"), events

    async def _reject(self, command: c.Reject) -> Answer:
        state = self._desk.state
        signal = state.signals.get(SignalId(command.subject))
        update = state.updates.get(UpdateId(command.subject))
        if signal is not None and signal.is_waiting:
            return Outcome(True, "Rejected"), [SignalRejected(signal.id, "rejected", command.by)]
        if update is not None and update.is_waiting:
            return Outcome(True, "Rejected"), [UpdateRejected(update.id, command.by)]
        return _no("Nothing is held under that name")

    # --- trades ---------------------------------------------------------------------------------------------------

    async def _on_trade(self, signal: SignalId, by: str, wish: Callable[[Trade, Market], Wish]) -> Answer:
        trade = self._desk.state.trades.get(signal)
        if trade is None or not trade.is_live:
            return _no("That trade is not open")
        market = await self._managing.market(trade.symbol)
        if market is None:
            return _no(f"{trade.symbol} has no price at the terminal: try again when quotes return")
        wished = wish(trade, market)
        events = self._managing.intended(wished, by)
        if wished.actions and not events:
            return Outcome(True, "That is being done already"), []
        return Outcome(bool(events), wished.text), events

    async def _close(self, command: c.CloseTrade) -> Answer:
        fraction = command.fraction
        if not 0 < fraction <= 1:
            return _no(f"The part to close was {fraction}, it must be above 0 and at most 1")
        text = "close" if fraction == 1 else f"close {fraction * 100:f} %"
        trade = self._desk.state.trades.get(command.signal)
        if trade is not None and trade.is_live and fraction == 1:  # needs no price
            wished = manager.close_all(trade, CloseReason.OWNER, text)
            return Outcome(True, wished.text), self._managing.intended(wished, command.by)
        return await self._on_trade(
            command.signal,
            command.by,
            lambda trade, market: manager.close(trade, market, fraction, CloseReason.OWNER, text),
        )

    async def _break_even(self, command: c.BreakEven) -> Answer:
        def wish(trade: Trade, market: Market) -> Wish:
            offset = self._managing.settings(trade).breakeven_offset_pips * market.spec.pip
            return manager.break_even(trade, market, offset, "break-even")

        return await self._on_trade(command.signal, command.by, wish)

    async def _move_stop(self, command: c.MoveStop) -> Answer:
        if not _is_price(command.price):
            return _no(f"The stop was {command.price}, it must be a price above 0")
        return await self._on_trade(
            command.signal, command.by, lambda t, m: manager.move_stop(t, m, command.price, "stop to")
        )

    async def _move_target(self, command: c.MoveTarget) -> Answer:
        if not _is_price(command.price):
            return _no(f"The target was {command.price}, it must be a price above 0")
        return await self._on_trade(
            command.signal,
            command.by,
            lambda t, m: manager.move_target(t, m, command.price, command.number, "target to"),
        )

    async def _trail(self, command: c.TrailStop) -> Answer:
        trade = self._desk.state.trades.get(command.signal)
        if trade is None or not trade.is_live:
            return _no("That trade is not open")
        if command.distance is not None and not _is_price(command.distance):
            return _no(f"The distance was {command.distance}, it must be above 0")
        text = "Trailing is off" if command.distance is None else f"The stop trails at {command.distance:f}"
        return Outcome(True, text), [TrailSet(trade.signal, command.distance)]

    async def _cancel(self, command: c.CancelPending) -> Answer:
        return await self._on_trade(command.signal, command.by, lambda t, m: manager.cancel(t, "cancel"))

    # --- channels and the switch ----------------------------------------------------------------------------------

    async def _pause(self, command: c.PauseChannel) -> Answer:
        view = self._desk.state.channels.get(command.channel)
        if view is None:
            return _no("That channel is not followed")
        if view.is_paused:
            return Outcome(True, f"{view.channel.title} is paused already"), []
        return Outcome(True, f"{view.channel.title} is paused"), [ChannelPaused(command.channel, command.by)]

    async def _resume(self, command: c.ResumeChannel) -> Answer:
        view = self._desk.state.channels.get(command.channel)
        if view is None:
            return _no("That channel is not followed")
        if not view.is_paused:
            return Outcome(True, f"{view.channel.title} is not paused"), []
        return Outcome(True, f"{view.channel.title} trades again"), [ChannelResumed(command.channel, command.by)]

    async def _set_policy(self, command: c.SetPolicy) -> Answer:
        # What was chosen stands above config.toml, so it is written down also where that says the same.
        state = self._desk.state
        view = state.channels.get(command.channel)
        if view is None:
            return _no("That channel is not followed")
        told = f"{view.channel.title}: {command.policy}. Its signals are {policy_words(command.policy, state.account)}"
        if view.policy is command.policy:
            return Outcome(True, f"{told}, as you chose before"), []
        return Outcome(True, told), [ChannelPolicySet(command.channel, command.policy, command.by)]

    async def _stop(self, command: c.StopTrading) -> Outcome:
        # The switch waits for nothing: it is thrown first, and if it cannot be written down it is thrown all the same.
        why = f"stopped by {command.by}"
        halt = TradingStateChanged(TradingState.HALTED, why, command.by)
        is_freeze = command.mode is c.StopMode.FREEZE
        outcome = Outcome(True, "Stopped. Open positions keep their stops and targets")
        try:
            await self._desk.record(halt, *([CommandAnswered(command, outcome)] if is_freeze else []))
        except JournalFailed as error:
            return self._stopped_unwritten(command, why, error)
        if is_freeze:
            return outcome
        # Nor do the closes wait for whoever is deciding: he may be waiting for a terminal that hangs.
        events: list[Event] = []
        for trade in self._desk.state.live_trades:
            events += self._managing.intended(manager.close_all(trade, CloseReason.FLATTEN, "flatten"), command.by)
        outcome = Outcome(True, "Stopped. Everything is being closed")
        try:
            await self._desk.record(*events, CommandAnswered(command, outcome))
        except JournalFailed as error:  # the stop itself is written down: it must not be told that nothing was done
            return Outcome(
                False, f"Stopped, but nothing was closed: it cannot be written down now ({error.text}). Press it again"
            )
        return outcome

    def _stopped_unwritten(self, command: c.StopTrading, why: str, error: JournalFailed) -> Outcome:
        # Kept beside the journal: where that has no room, a small file often has. The desk goes on trying to write it.
        is_freeze = command.mode is c.StopMode.FREEZE
        lost = self.kept_stop.keep(replace(command, mode=c.StopMode.FREEZE))
        more = "" if is_freeze else ". Nothing was closed: press it again"
        if not lost:
            self._desk.stay_halted(why)
            text = f"Stopped. The journal cannot be written now ({error.text}), so it is kept in a file beside it"
            return Outcome(is_freeze, f"{text}{more}")
        self._desk.stay_halted(why, f"{why}, not written down: this stop ends with this program")
        text = f"This stop ends with this program: it cannot be written down ({error.text}; {lost})"
        remedy = "Make room before you end it, or the next start may trade"
        self._desk.pulse(NoticeRaised(Severity.ALARM, "stop-unwritten", f"{text}. {remedy}"))
        return Outcome(False, f"Stopped for now. {text}. {remedy}{more}")

    async def _set_state(self, command: c.SetTradingState) -> Answer:
        state = self._desk.state
        if state.trading is command.state:
            return Outcome(True, f"Trading is {command.state} already"), []
        text = f"Trading is {command.state}"
        return Outcome(True, text), [TradingStateChanged(command.state, f"set by {command.by}", command.by)]


def _no(text: str) -> Answer:
    return Outcome(False, text), []


def _changed(command: c.Approve, view: SignalView | UpdateView, state: DeskState) -> str:
    """Why a yes is not to what stands there now; "" where it is."""
    if command.shown and command.shown != mark_of(view):
        return "It was edited meanwhile and is not what you saw: look at it again"
    return "" if is_read(view, state) else "It was edited and is being read again: look at it in a moment"


def _is_price(value: Decimal) -> bool:
    return value.is_finite() and value > 0


def _planned(decision: Decision) -> str:
    plan = decision.plan
    if plan is None:
        return ""
    lots = sum((leg.volume for leg in plan.legs), Decimal(0))
    return f"{plan.side} {lots:f} {plan.symbol}, risk {plan.risk:.2f}"
