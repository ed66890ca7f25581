"""What a post answers: the signals its chain of replies leads to, and whether anybody knows what stands at its end.

An answer to a call that is long out of view must not be taken for a follow-up that answers nothing: the one trade that happens
to be open is another one. So the chain is followed in view first and then in the journal, and where it ends at something nobody
has read (another chat's post, an imported one, a picture without words) that is told and not guessed at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from signalos_tui.journal.rows import Recalled
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState, SignalView
from signalos_tui.model.ids import MessageKey, SignalId
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict

REPLY_HOPS = 10

Recall = Callable[[MessageKey], Recalled | None]
"""What the journal has of a post that is out of view."""


class Answered(NamedTuple):
    """What a post answers. signals: of the posts it answers, nearest first; they may be out of view.

    is_known: False where there are none and the chain leads to something that may have been a call and was not read.
    """

    signals: tuple[SignalId, ...] = ()
    is_known: bool = True


def answered(state: DeskState, message: Message, recall: Recall) -> Answered:
    """Follow the chain of replies. recall may raise JournalFailed and JournalUnusable."""
    found: list[SignalId] = []
    seen: set[MessageKey] = {message.key}
    is_known = not message.answers_elsewhere
    answer = message.reply_to
    while answer is not None:
        key = MessageKey(f"{message.channel}/{answer}")
        said = _in_view(state, key) or recall(key) if key not in seen and len(seen) <= REPLY_HOPS else None
        if said is None:
            is_known = False
            break
        seen.add(key)
        answer = said.message.reply_to
        found += said.signals
        if answer is None:  # a follow-up that answered nothing speaks of the trades it was bound to
            found += said.followed
        is_known &= not said.message.answers_elsewhere and _is_remark(said)
    return Answered(tuple(dict.fromkeys(found)), is_known or bool(found))


def reply_signals(state: DeskState, message: Message) -> tuple[SignalId, ...]:
    """The signals in view of the posts a message answers, nearest first."""
    found = answered(state, message, lambda _: None).signals
    return tuple(sid for sid in found if sid in state.signals)


def is_part(key: MessageKey, view: SignalView) -> bool:
    """A post says a part of a call, though the call is another post's."""
    return any(part.key == key for part in view.parts)


def _in_view(state: DeskState, key: MessageKey) -> Recalled | None:
    post = state.posts.get(key)
    if post is None:
        return None
    signals = tuple(view.id for view in state.signals.values() if view.key == key or is_part(key, view))
    if not signals and post.reading is not None and post.reading.kind is ReadingKind.SIGNAL:
        return None  # a part of a call that is out of view itself: the journal knows which
    return Recalled(post.message, post.reading, signals, _followed(state, key))


def _followed(state: DeskState, key: MessageKey) -> tuple[SignalId, ...]:
    decisions = [view.decision for view in state.updates.values() if view.key == key]
    bound = [one.signals for one in decisions if one is not None and one.outcome is DecisionOutcome.ACCEPTED]
    return tuple(sid for signals in bound for sid in signals)


def _is_remark(said: Recalled) -> bool:
    # It was read, and is certainly no call: an answer to it says no more about a trade than one that answers nothing.
    if said.signals or said.message.service:
        return True
    if said.reading is None or not (said.message.text.strip() or said.message.media is None):
        return False
    return not _may_be_a_call(said.reading)


def _may_be_a_call(reading: Reading) -> bool:
    return reading.kind is ReadingKind.SIGNAL or (
        reading.kind is ReadingKind.NOISE and reading.verdict is ReadingVerdict.HOLD
    )
