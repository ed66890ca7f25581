"""The only door for front ends: look at the desk, ask for something, follow what happens.

The console, a remote bot, an HTTP API and the tests use this and nothing else, so none of them can do what another cannot.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from signalos_tui.model.commands import Command, CorrectReading, Outcome
from signalos_tui.model.decisions import Decision
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Record
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.lessons import Examined, Lesson, ReadingReport, Rehearsal
from signalos_tui.state import fold, fold_all

NEWEST = 2_000
"""So many posts are read again when a lesson is rehearsed."""

Progress = Callable[[int, int], None]


class Control(Protocol):
    """What every engine offers to every front end."""

    def snapshot(self) -> DeskState:
        """The desk now. Frozen: keep it, compare it, it will not change."""
        ...

    async def submit(self, command: Command) -> Outcome:
        """Ask for something. The same key asked twice acts once and is answered twice."""
        ...

    async def foresee(self, signal: SignalId) -> Decision | None:
        """What approving a held signal would decide with the prices of now; None where it is not held. It changes nothing."""
        ...

    async def examine(self, correction: CorrectReading) -> Examined:
        """What a correction would be, proven from the text or refused with reasons, and what it could teach."""
        ...

    async def rehearse(
        self, channel: ChannelId, lesson: Lesson, posts: int = NEWEST, progress: Progress | None = None
    ) -> Rehearsal:
        """What a lesson would change over the newest `posts` of a channel. It changes nothing by itself.

        progress: told how many posts were read and how many there are at most. Who cancels it ends it.
        """
        ...

    async def reading_report(self, channel: ChannelId | None = None, days: int = 0) -> tuple[ReadingReport, ...]:
        """How well channels are read, by title; days: only what was received in so many days, 0 for all there is."""
        ...

    def events(self, since: int) -> AsyncIterator[Record]:
        """Every record after `since`, then each as it happens (also those that are not journalled, seq 0).

        Raises bus.FellBehind when the reader is too slow: take a snapshot and ask again.
        """
        ...


class RecordedControl:
    """A desk that was recorded: pictures, snapshot tests and reviews look at it like at a living one.

    Commands are kept in `submitted` and answered with `answer`; nothing acts on them. What would be asked of a reader is
    answered with `foreseen`, `examined`, `rehearsal` and `reports`, where given. `play` feeds further records.
    """

    def __init__(
        self,
        records: Sequence[Record] = (),
        *,
        answer: Outcome | None = None,
        foreseen: Decision | None = None,
        examined: Examined | None = None,
        rehearsal: Rehearsal | None = None,
        reports: Sequence[ReadingReport] = (),
    ) -> None:
        self._records = list(records)
        self._state = fold_all(self._records)
        self._grown = asyncio.Event()
        self.answer = answer or Outcome(ok=True, text="recorded")
        self.foreseen = foreseen
        self.examined = examined
        self.rehearsal = rehearsal
        self.reports = tuple(reports)
        self.submitted: list[Command] = []

    def snapshot(self) -> DeskState:
        """The desk after every record so far."""
        return self._state

    async def submit(self, command: Command) -> Outcome:
        """Keep the command and give the prepared answer."""
        self.submitted.append(command)
        return self.answer

    async def foresee(self, signal: SignalId) -> Decision | None:
        """What was prepared."""
        return self.foreseen

    async def examine(self, correction: CorrectReading) -> Examined:
        """What was prepared, else the correction as it was made."""
        return self.examined or Examined(correction.reading)

    async def rehearse(
        self, channel: ChannelId, lesson: Lesson, posts: int = NEWEST, progress: Progress | None = None
    ) -> Rehearsal:
        """What was prepared, else that nothing would change."""
        return self.rehearsal or Rehearsal(channel, lesson)

    async def reading_report(self, channel: ChannelId | None = None, days: int = 0) -> tuple[ReadingReport, ...]:
        """What was prepared."""
        return tuple(report for report in self.reports if channel in (None, report.channel))

    async def play(self, records: Sequence[Record]) -> None:
        """Let more happen."""
        for record in records:
            self._records.append(record)
            self._state = fold(self._state, record)
        self._grown.set()

    async def events(self, since: int) -> AsyncIterator[Record]:
        """The records after `since`, then what `play` adds."""
        place = 0
        while True:
            while place < len(self._records):
                record = self._records[place]
                place += 1
                if record.seq == 0 or record.seq > since:
                    yield record
            self._grown.clear()
            await self._grown.wait()
