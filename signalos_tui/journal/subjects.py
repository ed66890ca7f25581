"""Whom an event talks about: what makes the whole history of one signal a single look-up.

Every id of a signal, an update or a leg begins with the key of its post, so the post is what the index remembers; which
signal of the post is meant is then read from the event.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.ids import MessageKey, SignalId, message_of

Subject = str
"""A message key, or the id of a signal, an update or a leg."""


def _of_leg(event: Any) -> tuple[Subject, ...]:
    return (event.leg,)


def _of_signal(event: Any) -> tuple[Subject, ...]:
    return (event.signal,)


def _of_message(event: Any) -> tuple[Subject, ...]:
    return (event.message.key,)


def _of_key(event: Any) -> tuple[Subject, ...]:
    return (event.key,)


def _of_command(event: e.CommandAnswered) -> tuple[Subject, ...]:
    match event.command:
        case c.Approve(subject=subject) | c.Reject(subject=subject):
            return (subject,)
        case c.CorrectReading(message=message):
            return (message,)
        case c.TeachChannel() | c.PauseChannel() | c.ResumeChannel() | c.StopTrading() | c.SetTradingState():
            return ()
        case c.ChooseSymbol() | c.SetPolicy():
            return ()
        case command:
            return (command.signal,)


_SUBJECTS: dict[type, Callable[[Any], tuple[Subject, ...]]] = {
    **dict.fromkeys((e.MessageReceived, e.MessageEdited, e.PostImported), _of_message),
    **dict.fromkeys((e.MessageDeleted, e.MessageRead, e.SecondReading, e.ReadingCorrected), _of_key),
    **dict.fromkeys((e.SignalRejected, e.TargetReached, e.TrailSet), _of_signal),
    **dict.fromkeys((e.IntentRecorded, e.LegSending, e.LegSent, e.LegPlaced, e.LegOpened, e.LegRejected), _of_leg),
    **dict.fromkeys((e.LegUnknown, e.LegUnfilled, e.LegExpired, e.LegCancelled, e.ActionSettled), _of_leg),
    **dict.fromkeys((e.LegProtected, e.LegReduced, e.LegClosed, e.LegFilled), _of_leg),
    **dict.fromkeys((e.CloseSending, e.CloseRefused, e.CloseUnknown, e.CloseDone, e.CloseUnfilled), _of_leg),
    e.PostsJoined: lambda event: (event.signal, *(part.key for part in event.parts)),
    e.SignalDecided: lambda event: (event.decision.signal,),
    e.UpdateDecided: lambda event: (event.decision.update, *event.decision.signals),
    e.UpdateRejected: lambda event: (event.update,),
    e.ActionIntended: lambda event: (event.action.leg,),
    e.CommandAnswered: _of_command,
}


def subjects_of(event: e.Event) -> tuple[Subject, ...]:
    """Whom an event talks about; () for those about the engine, the account or a channel."""
    find = _SUBJECTS.get(type(event))
    return find(event) if find else ()


def post_of(subject: Subject) -> MessageKey:
    """The post a subject comes from; a message key is its own."""
    return message_of(SignalId(subject)) or MessageKey(subject)


def posts_of(event: e.Event) -> tuple[MessageKey, ...]:
    """The posts an event talks about, each once."""
    subjects = subjects_of(event)
    if len(subjects) < 2:
        return (post_of(subjects[0]),) if subjects else ()
    return tuple(dict.fromkeys(map(post_of, subjects)))


def is_about(event: e.Event, signal: SignalId) -> bool:
    """Whether an event is about a signal: its post, the signal itself, or one of its legs."""
    own = (f"{signal}.", f"{signal}!")
    return any(s == signal or s.startswith(own) or s == message_of(signal) for s in subjects_of(event))
