"""What the owner corrects and teaches: proven from the text, checked, and written down before it counts.

A correction never trades. What was not traded is decided anew and waits for him; what was traded stays as it is, and the
correction is kept for the record. A lesson is for posts from then on.
"""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.decode.lessons import problems, remarks
from signalos_tui.decode.proof import CORRECTED, prove
from signalos_tui.decode.teaching import propose
from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk, Draft
from signalos_tui.engine.settings import Settings
from signalos_tui.model.commands import CorrectReading, Outcome, TeachChannel
from signalos_tui.model.decisions import DecisionOutcome, UpdateDecision
from signalos_tui.model.desk import Post
from signalos_tui.model.events import (
    ChannelTaught,
    Event,
    ReadingCorrected,
    SignalDecided,
    SignalRejected,
    SymbolsMatched,
    UpdateDecided,
    UpdateRejected,
)
from signalos_tui.model.ids import signal_id, update_id
from signalos_tui.model.lessons import Examined, Problem
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reading, Signal, Update, UpdateAction, in_one_line

NO_SUCH_CALL = "corrected: the post says no such thing"

Answer = tuple[Outcome, list[Event]]


class Learning:
    """Examines and takes corrections, takes lessons."""

    def __init__(self, desk: Desk, decider: Decider, settings: Settings) -> None:
        self._desk = desk
        self._decider = decider
        self._settings = settings

    # --- corrections ------------------------------------------------------------------------------------------------

    def examine(self, asked: CorrectReading) -> Examined:
        """What a correction would be, and what it could teach. It changes nothing."""
        found = self._proven(asked)
        if not isinstance(found, Reading):
            return Examined(None, found)
        message = self._desk.state.posts[asked.message].message
        lesson = self._settings.lesson(message.channel)
        return Examined(found, (), propose(message.text, found, lesson, self._settings.names))

    async def correct(self, asked: CorrectReading) -> Answer:
        """Take a correction. Held: `desk.lock`."""
        found = self._proven(asked)
        if not isinstance(found, Reading):
            return Outcome(False, "; ".join(problem.text for problem in found)), []
        draft = self._desk.draft()
        message = draft.state.posts[asked.message].message
        is_record_only = draft.state.was_acted_on(asked.message)
        draft.add(ReadingCorrected(asked.message, asked.revision, found, asked.by))
        if is_record_only:
            return Outcome(True, "Corrected for the record: what was done on it stays as it is"), draft.events
        self._withdraw(draft, message, found, asked.by)
        for signal in found.signals:
            await self._decide(draft, signal, found, message)
        for update in found.updates:
            self._bind(draft, update, message)
        return Outcome(True, _told(draft, message, found)), draft.events

    def _proven(self, asked: CorrectReading) -> Reading | tuple[Problem, ...]:
        post = self._desk.state.posts.get(asked.message)
        if post is None:
            return (Problem("", "That post is no longer in view: it can be seen in the journal, not corrected"),)
        why = _out_of_date(post, asked.revision)
        if why:
            return (Problem("", why),)
        found = prove(post.message.text, asked.reading, self._settings.profile(post.message.channel))
        if isinstance(found, Reading) and post.reading is not None:
            return replace(found, language=post.reading.language)
        return found

    def _withdraw(self, draft: Draft, message: Message, reading: Reading, by: str) -> None:
        # What waited, and is not in the post as the owner reads it, waits no longer.
        signals = {signal_id(message.key, signal.number) for signal in reading.signals}
        updates = {update_id(message.key, one.number) for one in reading.updates if one.action is not UpdateAction.INFO}
        for view in [one for one in draft.state.signals.values() if one.key == message.key]:
            if view.id not in signals and view.is_waiting:
                draft.add(SignalRejected(view.id, NO_SUCH_CALL, by))
        for seen in [one for one in draft.state.updates.values() if one.key == message.key]:
            if seen.id not in updates and seen.is_waiting:
                draft.add(UpdateRejected(seen.id, by))

    async def _decide(self, draft: Draft, signal: Signal, reading: Reading, message: Message) -> None:
        # All rules are asked, and shown. Whatever they say now, they are asked again when the owner approves; so only what no
        # order can be made of is denied at once.
        for event in await self._decider.decide(signal, reading, message, draft.state, asking=CORRECTED):
            if isinstance(event, SignalDecided):
                decision = event.decision
                if decision.outcome is not DecisionOutcome.HELD and decision.plan is not None:
                    reasons = (CORRECTED, *decision.reasons)
                    decision = replace(decision, outcome=DecisionOutcome.HELD, reasons=reasons)
                draft.add(replace(event, decision=decision))
            elif isinstance(event, SymbolsMatched):
                draft.add(event)

    def _bind(self, draft: Draft, update: Update, message: Message) -> None:
        if update.action is UpdateAction.INFO:
            return
        binding = self._decider.binding(update, message, draft.state)
        is_bound = binding.outcome is not DecisionOutcome.DENIED
        outcome = DecisionOutcome.HELD if is_bound else DecisionOutcome.DENIED
        reasons = (CORRECTED, *binding.reasons) if is_bound else binding.reasons
        uid = update_id(message.key, update.number)
        draft.add(UpdateDecided(UpdateDecision(uid, outcome, binding.signals, reasons)))

    # --- lessons ----------------------------------------------------------------------------------------------------

    async def teach(self, asked: TeachChannel) -> Answer:
        """Take a lesson. Held: `desk.lock`."""
        view = self._desk.state.channels.get(asked.channel)
        if view is None:
            return Outcome(False, "That channel is not followed"), []
        wrong = problems(asked.lesson)
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            return Outcome(False, f"{wrong[0].text}{more}"), []
        name, count = view.channel.title, asked.lesson.entries
        if asked.lesson == view.lesson:
            return Outcome(True, f"{name} is read so already"), []
        text = f"{name} is read with {count} thing{'s' * (count > 1)} taught, from the next post on"
        text = text if count else f"{name} is read as before: what was taught is forgotten"
        return (
            Outcome(True, ". ".join((text, *remarks(asked.lesson)))),
            [ChannelTaught(asked.channel, asked.lesson, asked.by)],
        )


def _out_of_date(post: Post, revision: int) -> str:
    if post.deleted_at is not None:
        return "That post was deleted"
    if post.message.service:
        return "That is a line of the platform, not a post"
    if post.reading is None:
        return "That post was not read yet: wait a moment"  # and then decided on, whatever was said of it before
    if post.revision != revision:
        return "The post was edited meanwhile: look at it as it is now, and correct that"
    return ""


def _told(draft: Draft, message: Message, reading: Reading) -> str:
    signals = [draft.state.signals[signal_id(message.key, one.number)] for one in reading.signals]
    held = sum(view.is_waiting for view in signals)
    held += sum(view.is_waiting for view in draft.state.updates.values() if view.key == message.key)
    if held:
        return (
            f"Corrected: {held} held, approve what you want done" if held > 1 else "Corrected: held, approve it or not"
        )
    denied = next((view.decision for view in signals if view.decision is not None), None)
    if denied is None:
        return "Corrected: there is nothing to do in it"
    return f"Corrected, but it cannot be traded: {in_one_line(denied.reasons)}"
