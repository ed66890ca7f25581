"""Correcting a reading and teaching its channel: what the two keys are about, and how the two dialogs follow each other.

A correction is sent first, for itself. Only then is the owner asked whether the channel should be read like this from now on;
that question is about the future of every post, so it has a dialog, a rehearsal and a yes of its own.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from signalos_tui.control import Progress
from signalos_tui.model import commands as c
from signalos_tui.model.desk import DeskState, Post
from signalos_tui.model.ids import ChannelId, MessageKey, SignalId, UpdateId
from signalos_tui.model.lessons import Examined, Lesson, Rehearsal, Suggestion
from signalos_tui.model.signals import Reading
from signalos_tui.ui.actions import Draft, Refusal, Selection, channel_meant
from signalos_tui.ui.screens.correct import CorrectScreen
from signalos_tui.ui.screens.teach import TeachScreen

if TYPE_CHECKING:
    from signalos_tui.ui.asking import Console


class Pointed(NamedTuple):
    """A post, and which of its signals or updates is meant, from 1."""

    key: MessageKey
    post: Post
    number: int


def pointed(state: DeskState, selection: Selection) -> Pointed | Refusal:
    """The post of what is selected, where its reading can still be corrected."""
    key, number = selection.post, 1
    subject = selection.subject or selection.trade
    if subject is not None:
        signal, update = state.signals.get(SignalId(subject)), state.updates.get(UpdateId(subject))
        if signal is not None:
            key, number = signal.key, signal.signal.number
        elif update is not None:
            key, number = update.key, update.update.number
    if key is None:
        return Refusal("No post is selected: choose a signal, or a post in Reading")
    post = state.posts.get(key)
    if post is None:
        return Refusal("That post is no longer in view; the journal still has it")
    if post.deleted_at is not None:
        return Refusal("That post was deleted by its channel: there is nothing left to correct")
    return Pointed(key, post, number)


def taught(state: DeskState, selection: Selection) -> ChannelId | Refusal:
    """The channel to be taught: the selected one, or that of what is selected."""
    channel = channel_meant(selection)
    if channel is None or channel not in state.channels:
        return Refusal("No channel is selected: choose one, or a signal of it")
    return channel


async def correct(app: Console, selection: Selection) -> tuple[Draft, ...] | Refusal:
    """Correct a reading; then offer to teach its channel what the correction shows."""
    found = pointed(app.state, selection)
    if isinstance(found, Refusal):
        return found
    revision = found.post.revision

    def command(reading: Reading) -> c.CorrectReading:
        return c.CorrectReading(
            key=app.new_key(), issued_at=app.clock.now(), message=found.key, revision=revision, reading=reading
        )

    async def examine(reading: Reading) -> Examined:
        return await app.control.examine(command(reading))

    correction = await app.push_screen_wait(CorrectScreen(found.key, found.number, examine, app.state, app.clock.now()))
    if correction is None:
        return ()
    outcome = await app.submit(command(correction.reading))
    if not outcome.ok or not correction.suggestions:
        return ()
    return await _teach(app, found.post.message.channel, correction.suggestions, chosen=True)


async def teach(app: Console, selection: Selection) -> tuple[Draft, ...] | Refusal:
    """Look at what a channel was taught, take something out of it, or teach it what its past suggests."""
    channel = taught(app.state, selection)
    if isinstance(channel, Refusal):
        return channel
    reports = await app.control.reading_report(channel)
    suggestions = tuple(suggestion for report in reports for suggestion in report.suggestions)
    return await _teach(app, channel, suggestions, chosen=False)


async def _teach(
    app: Console, channel: ChannelId, suggestions: tuple[Suggestion, ...], *, chosen: bool
) -> tuple[Draft, ...]:
    async def rehearse(lesson: Lesson, progress: Progress) -> Rehearsal:
        return await app.control.rehearse(channel, lesson, progress=progress)

    zone = ZoneInfo(app.config.console.timezone)
    screen = TeachScreen(channel, suggestions, rehearse, app.state, app.clock.now(), chosen=chosen, zone=zone)
    lesson = await app.push_screen_wait(screen)
    return () if lesson is None else (partial(c.TeachChannel, channel=channel, lesson=lesson),)
