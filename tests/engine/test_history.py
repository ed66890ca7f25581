"""Going through a channel's past beside a running engine: in a thread of its own, giving way, and stopping when told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.config import Config
from signalos_tui.engine import history as engine_history
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.history import History
from signalos_tui.engine.settings import Settings
from signalos_tui.journal import Journal
from signalos_tui.journal import history as journal_history
from signalos_tui.model import events as e
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.messages import Message
from tests.engine.kit import CALL, ROOM

T = TypeVar("T")

POSTS = 600
KNOWS = Lesson(words=(("stop", ("limes",)),))
ODD = "BUY EURUSD 1.0850\nLimes 1.0800\nTP1 1.0900"


def with_history(folder: Path, story: Callable[[Journal, History], Coroutine[Any, Any, T]]) -> T:
    """Run a story on a threaded journal with a past, in real time."""

    async def run() -> T:
        journal = Journal.open(folder / "journal.db")
        try:
            desk = Desk(journal, WallClock())
            posts = [Message(ROOM.id, n, n * 60_000, ODD if n % 2 else CALL) for n in range(1, POSTS + 1)]
            await desk.record(e.ChannelFollowed(ROOM), *(e.MessageReceived(post, post.content) for post in posts))
            return await story(journal, History(desk, Settings(desk, Config())))
        finally:
            journal.close()

    return asyncio.run(run())


def test_rehearsal_when_it_runs_then_the_loop_and_the_journal_go_on(tmp_path: Path) -> None:
    """Somebody else takes turns, and writes, while the past is read."""

    async def story(journal: Journal, history: History) -> None:
        turns, written = 0, 0
        told: list[tuple[int, int]] = []
        asked = history.rehearse(ROOM.id, KNOWS, POSTS, lambda done, total: told.append((done, total)))
        rehearsing = asyncio.ensure_future(asked)
        while not rehearsing.done():
            await journal.append([e.NoticeRaised(e.Severity.INFO, "test", "meanwhile")], turns)
            written += 1
            for _ in range(5):
                await asyncio.sleep(0)
                turns += 1
        rehearsal = rehearsing.result()
        assert rehearsal.posts == POSTS
        assert rehearsal.newly_acted == POSTS // 2
        assert len(rehearsal.changes) + rehearsal.more == POSTS // 2
        assert all(change.is_loud for change in rehearsal.changes)
        assert told == sorted(told)
        assert told[-1] == (POSTS, POSTS)
        assert written > 1
        assert turns > 5

    with_history(tmp_path, story)


def test_rehearsal_when_nobody_waits_any_more_then_it_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen was left: the thread ends at its next pause."""
    has_begun = threading.Event()

    def endless(*_: object) -> engine_history.Piece:
        while True:
            has_begun.set()
            yield

    monkeypatch.setattr(engine_history, "rehearsed", endless)

    async def story(journal: Journal, history: History) -> None:
        rehearsing = asyncio.ensure_future(history.rehearse(ROOM.id, KNOWS, POSTS))
        await asyncio.to_thread(has_begun.wait)
        rehearsing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rehearsing

    with_history(tmp_path, story)  # asyncio.run waits for its threads, so this ends only because the work did


def test_rehearsal_when_the_journal_is_damaged_then_it_says_so_and_nothing_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A problem in the answer, not an error in the console."""
    monkeypatch.setattr(journal_history, "decode", _broken)

    async def story(journal: Journal, history: History) -> None:
        rehearsal = await history.rehearse(ROOM.id, KNOWS, POSTS)
        assert "damaged at record" in rehearsal.problems[0].text
        assert await history.report(None, 0) == ()

    with_history(tmp_path, story)


def test_report_when_it_runs_in_a_thread_then_it_counts_the_same(tmp_path: Path) -> None:
    """What was never read counts as it would be read today."""

    async def story(journal: Journal, history: History) -> None:
        (report,) = await history.report(ROOM.id, 0)
        assert (report.posts, report.acted, report.held) == (POSTS, POSTS // 2, POSTS // 2)
        began = time.monotonic()
        (recent,) = await history.report(ROOM.id, 1)
        assert recent.posts == 0
        assert time.monotonic() - began < 5

    with_history(tmp_path, story)


def _broken(_: bytes) -> e.Event:
    raise ValueError("not an event")
