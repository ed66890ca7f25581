"""Which posts an event talks about: what makes the whole history of one signal a single look-up.

Every id of a signal, an update or a leg begins with the key of its post, so the post is the one thing to remember.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.ids import LegId, MessageKey, SignalId, UpdateId, message_of


def post_of(subject: SignalId | UpdateId | LegId) -> MessageKey:
    """The post a signal, an update or a leg comes from."""
    return message_of(SignalId(subject))


def _of_leg(event: Any) -> tuple[MessageKey, ...]:
    return (post_of(event.leg),)


def _of_signal(event: Any) -> tuple[MessageKey, ...]:
    return (post_of(event.signal),)


def _of_message(event: Any) -> tuple[MessageKey, ...]:
    return (event.message.key,)


def _of_key(event: Any) -> tuple[MessageKey, ...]:
    return (event.key,)


def _of_decided_update(event: e.UpdateDecided) -> tuple[MessageKey, ...]:
    decision = event.decision
    return (post_of(decision.update), *(post_of(signal) for signal in decision.signals))


def _of_command(event: e.CommandAnswered) -> tuple[MessageKey, ...]:
    match event.command:
        case c.Approve(subject=subject) | c.Reject(subject=subject):
            return (post_of(subject),)
        case c.PauseChannel() | c.ResumeChannel() | c.StopTrading() | c.SetTradingState():
            return ()
        case command:
            return (post_of(command.signal),)


_POSTS: dict[type, Callable[[Any], tuple[MessageKey, ...]]] = {
    **dict.fromkeys((e.MessageReceived, e.MessageEdited), _of_message),
    **dict.fromkeys((e.MessageDeleted, e.MessageRead), _of_key),
    **dict.fromkeys((e.SignalRejected, e.TargetReached, e.TrailSet), _of_signal),
    **dict.fromkeys(
        (
            e.IntentRecorded,
            e.LegSending,
            e.LegSent,
            e.LegPlaced,
            e.LegOpened,
            e.LegRejected,
            e.LegUnknown,
            e.LegUnfilled,
            e.LegExpired,
            e.LegCancelled,
            e.ActionSettled,
            e.LegProtected,
            e.LegReduced,
            e.LegClosed,
        ),
        _of_leg,
    ),
    e.SignalDecided: lambda event: (post_of(event.decision.signal),),
    e.UpdateDecided: _of_decided_update,
    e.UpdateRejected: lambda event: (post_of(event.update),),
    e.ActionIntended: lambda event: (post_of(event.action.leg),),
    e.CommandAnswered: _of_command,
}


def posts_of(event: e.Event) -> tuple[MessageKey, ...]:
    """The posts an event talks about, each once; () for those about the engine, the account or a channel."""
    find = _POSTS.get(type(event))
    if find is None:
        return ()
    posts = find(event)
    return posts if len(posts) < 2 else tuple(dict.fromkeys(posts))
