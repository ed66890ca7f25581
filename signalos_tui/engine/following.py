"""What a channel says about its trades, followed where nothing is against it: bound, doubted, decided, done.

An update is never followed on a guess: which trade it means is certain or it is held, and so is whatever would cost more than
was agreed. One that takes back a call which waits takes it from the owner, so that he cannot approve what is called off.
"""

from __future__ import annotations

from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk, Draft
from signalos_tui.engine.edits import AFTER_REJECTION, SOURCE
from signalos_tui.engine.forwards import why_forwarded
from signalos_tui.engine.identity import is_same_update
from signalos_tui.engine.managing import Managing
from signalos_tui.engine.settings import Settings
from signalos_tui.evaluate.updates import doubt, stale
from signalos_tui.execute.manager import named_price
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome, UpdateDecision
from signalos_tui.model.desk import DeskState, Trade, UpdateView
from signalos_tui.model.events import SignalRejected, UpdateDecided, UpdateRejected
from signalos_tui.model.ids import SignalId, message_of, update_id
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reading, ReadingVerdict, Reason, Update, UpdateAction


class Following:
    """Follows the updates of posts."""

    def __init__(self, desk: Desk, decider: Decider, managing: Managing, settings: Settings) -> None:
        self._desk = desk
        self._decider = decider
        self._managing = managing
        self._settings = settings

    async def follow(
        self, draft: Draft, before: DeskState, message: Message, reading: Reading, known_call: SignalId | None = None
    ) -> None:
        """Decide every update of a reading. before: the desk without it. known_call: the call they add to, where it is known."""
        for update in reading.updates:
            uid = update_id(message.key, update.number)
            known = before.updates.get(uid)
            if known is not None and is_same_update(known.update, update) and not _is_taken_back(known):
                continue
            if update.action is UpdateAction.INFO:
                if known is not None and known.is_waiting:
                    draft.add(UpdateRejected(uid, SOURCE))
                continue
            binding = self._decider.binding(update, message, draft.state, known_call)
            outcome, reasons = binding.outcome, binding.reasons
            if outcome is DecisionOutcome.ACCEPTED:
                doubts = await self._doubts(draft.state, update, binding.signals, message, reading)
                if known is not None and known.decision is not None and (known.rejected or _is_asked(known.decision)):
                    doubts = (Reason(AFTER_REJECTION, "It was rejected before, and an edit changed it"), *doubts)
                outcome, reasons = (DecisionOutcome.HELD, doubts) if doubts else (outcome, reasons)
            if outcome is DecisionOutcome.ACCEPTED:
                trades = [draft.state.trades[sid] for sid in binding.signals]
                draft.add(*await self._managing.followed(update, uid, trades))
                continue
            draft.add(UpdateDecided(UpdateDecision(uid, outcome, binding.signals, reasons)))
            if update.action in (UpdateAction.CLOSE, UpdateAction.CANCEL):
                self._call_off(draft, update, message, reading)

    def _call_off(self, draft: Draft, update: Update, message: Message, reading: Reading) -> None:
        # The call it answers is not traded. If it waits for the owner, it is off the table.
        if reading.verdict is not ReadingVerdict.ACT:
            return
        answered = self._decider.answered(message, draft.state).signals
        for sid in answered:
            view = draft.state.signals.get(sid)
            if view is None or message_of(sid) != message_of(answered[0]) or not view.is_waiting:
                continue
            if update.symbol in (None, view.signal.symbol) and update.side in (None, view.signal.side):
                draft.add(SignalRejected(sid, f"post #{message.id} calls it off", SOURCE))

    async def _doubts(
        self, state: DeskState, update: Update, signals: tuple[SignalId, ...], message: Message, reading: Reading
    ) -> tuple[Reason, ...]:
        # Why an update is not followed without asking.
        if reading.verdict is not ReadingVerdict.ACT:
            return reading.reasons or (Reason("uncertain", "The reader is not certain of it"),)
        if state.trading is TradingState.HALTED:
            return (Reason("halted", "Trading is halted: only the owner's own commands are followed"),)
        if any(view.is_lost for view in state.updates.values() if view.key == message.key):
            return (Reason("edit_of_followed", "An edit put it in place of an update that was followed already"),)
        rules = self._settings.of(message.channel).rules
        passed_on = why_forwarded(message, rules)
        age = stale(message.edited_at or message.posted_at, self._desk.clock.now(), rules)
        unseen = [await self._managing.out_of_sight(update, state.trades[sid]) for sid in signals]
        levels = [await self._level_doubt(update, state.trades[sid]) for sid in signals]
        return tuple(dict.fromkeys(reason for reason in (passed_on, age, *unseen, *levels) if reason is not None))

    async def _level_doubt(self, update: Update, trade: Trade) -> Reason | None:
        if update.action not in (UpdateAction.MOVE_SL, UpdateAction.MOVE_TP):
            return None
        market = await self._managing.market(trade.symbol)
        price = named_price(update, trade, market.spec) if market is not None else None
        if market is None or price is None:
            return None  # then it is not done at all, and says so
        account = self._desk.state.account
        is_stop = update.action is UpdateAction.MOVE_SL
        return doubt(
            trade,
            market.quote,
            self._settings.of_trade(trade).rules,
            stop=price if is_stop else None,
            target=None if is_stop else price,
            currency=account.currency if account is not None else "",
        )


def _is_taken_back(view: UpdateView) -> bool:
    return view.rejected == f"rejected by {SOURCE}"


def _is_asked(decision: UpdateDecision) -> bool:
    return any(reason.code == AFTER_REJECTION for reason in decision.reasons)
