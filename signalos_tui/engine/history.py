"""Channels' pasts, gone through beside the running engine: what a lesson would change, how well channels are read.

The work is a generator that pauses after every few posts. With a journal that has a thread of its own it runs in another one,
and gives way at each pause; without (simulated time, where nothing may leave the loop) it runs on the loop, piece by piece.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from signalos_tui.control import Progress
from signalos_tui.decode.lessons import problems, remarks
from signalos_tui.decode.profile import profile_of
from signalos_tui.decode.rehearsing import Rehearsing
from signalos_tui.decode.reporting import DAY_MS, Reporting
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.settings import Settings
from signalos_tui.errors import SignalOSError
from signalos_tui.journal import history
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.lessons import Lesson, Problem, ReadingReport, Rehearsal

AT_ONCE = 4
"""Posts that are read between two pauses: a millisecond or two, so that the loop gets its turn in time."""

PAUSE_S = 0.0005

MOST_POSTS = 20_000
"""A rehearsal goes back so far at most."""

Piece = Iterator[None]


class History:
    """Answers what takes a look back."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self._desk = desk
        self._settings = settings

    async def rehearse(
        self, channel: ChannelId, lesson: Lesson, posts: int, progress: Progress | None = None
    ) -> Rehearsal:
        """What a lesson would change over the newest posts of a channel."""
        rehearsal = Rehearsal(channel, lesson, problems=problems(lesson), remarks=remarks_of(lesson))
        if rehearsal.problems:
            return rehearsal
        names = self._settings.names
        today = self._settings.profile(channel)
        taught = profile_of(self._settings.lesson(channel, lesson), names)
        rehearsing = Rehearsing(rehearsal, today, taught)
        posts = max(0, min(posts, MOST_POSTS))
        view = self._desk.state.channels.get(channel)
        total = min(posts, view.messages + view.imported if view is not None else 0)
        told = partial(_tell, progress, rehearsing, total) if progress is not None else None
        why = await self._worked(partial(rehearsed, self._desk.journal.path, rehearsing, channel, posts), told)
        return rehearsing.result() if not why else Rehearsal(channel, lesson, problems=(Problem("", why),))

    async def report(self, channel: ChannelId | None, days: int) -> tuple[ReadingReport, ...]:
        """How well channels are read, by title."""
        since = self._desk.clock.now() - days * DAY_MS if days > 0 else 0
        reportings = []
        for view in self._desk.state.channels.values():
            if channel in (None, view.channel.id):
                name, lesson = view.channel, self._settings.lesson(view.channel.id)
                reportings.append((name.id, Reporting(name.id, name.title, lesson, self._settings.names, since)))
        found: list[ReadingReport] = []
        await self._worked(partial(reported, self._desk.journal.path, reportings, found))
        return tuple(sorted(found, key=lambda report: (report.title.casefold(), report.channel)))

    async def _worked(self, work: Callable[[], Piece], told: Callable[[], None] | None = None) -> str:
        # Why it could not be done, "" when it was. told: called on the loop after every piece.
        try:
            if self._desk.journal.is_threaded:
                await _beside(work, told)
            else:
                for _ in work():
                    if told is not None:
                        told()
                    await asyncio.sleep(0)
        except SignalOSError as error:
            return str(error)
        return ""


def remarks_of(lesson: Lesson) -> tuple[str, ...]:
    """What should be known about a lesson, as far as it can be said."""
    return () if problems(lesson) else remarks(lesson)


def rehearsed(path: Path, rehearsing: Rehearsing, channel: ChannelId, posts: int) -> Piece:
    """Read the newest posts of a channel again, with pauses. Raises JournalUnusable."""
    for page in history.past(path, channel, posts):
        for place, post in enumerate(page, 1):
            rehearsing.take(post)
            if place % AT_ONCE == 0:
                yield
        yield


def reported(path: Path, reportings: list[tuple[ChannelId, Reporting]], found: list[ReadingReport]) -> Piece:
    """Count the posts of channels, with pauses. found: gets a report a channel. Raises JournalUnusable."""
    for channel, reporting in reportings:
        yield from _counted(path, channel, reporting)
        found.append(reporting.report())
        yield


def _counted(path: Path, channel: ChannelId, reporting: Reporting) -> Piece:
    for page in history.past(path, channel):
        for place, post in enumerate(page, 1):
            if not reporting.take(post):
                return
            if place % AT_ONCE == 0:
                yield
        yield


def _tell(progress: Progress, rehearsing: Rehearsing, total: int) -> None:
    progress(rehearsing.count, total)


async def _beside(work: Callable[[], Piece], told: Callable[[], None] | None) -> None:
    # In a thread; whoever stops waiting stops the work as well.
    stopped = threading.Event()
    loop = asyncio.get_running_loop()

    def tell() -> None:
        if told is not None and not stopped.is_set():
            told()

    try:
        await asyncio.to_thread(_through, work, stopped, partial(loop.call_soon_threadsafe, tell))
    finally:
        stopped.set()


def _through(work: Callable[[], Piece], stopped: threading.Event, tell: Callable[[], object]) -> None:
    pieces = work()
    try:
        for _ in pieces:
            if stopped.is_set():
                return
            tell()
            time.sleep(PAUSE_S)  # the loop's turn
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()  # here: the connection belongs to this thread
