"""The books of a soak: what Telegram published, edited and deleted, and what stands in the journal, compared as it is written.

The truth is kept at the server, where things are done. The journal is read from its file, by another process than the one that
writes it. What the product shows or counts is never asked.

A change of a post has to be known when it was told over a connection that stood and had lost nothing, or when a comparison
that was answered has shown it. What neither says nobody can know, and it is counted.
"""

from __future__ import annotations

import sqlite3
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from signalos_tui.journal.codec import decode
from signalos_tui.model.events import MessageDeleted, MessageEdited, MessageReceived
from signalos_tui.model.ids import channel_of, number_of

KINDS = ("message-received", "message-edited", "message-deleted")
GRACE_S = 60.0
"""So long after it could be known a change may be on its way: a machine that is busy with other things is not wrong."""
GONE = -1
"""In the place of a revision: deleted."""


class Change(Struct):
    """Something done to a post that is not in the journal yet. revision: or GONE. could_be_known_at: 0 while it cannot.

    how: it could be known.
    """

    number: int
    revision: int
    could_be_known_at: float = 0.0
    how: str = "told"


class Gap(Struct):
    """Posts that nobody told the reader about. last: of them. since: from when on it can be asked for; 0 while it is away."""

    last: int
    size: int
    since: float
    how: str


class Closed(NamedTuple):
    """A gap that is in the journal. last: its last post, in words. took_s: since it could be asked for."""

    last: str
    how: str
    size: int
    took_s: float


class Shelf:
    """The truth and the journal of one channel."""

    def __init__(self, text_of: Callable[[int, int], str]) -> None:
        self.text_of = text_of
        self.given = 0
        self.there: list[int] = []
        """Numbers of the posts that stand, in order; only the newest."""
        self.reached = 0
        """The last number in the journal."""
        self.revisions: dict[int, int] = {}
        self.known: dict[int, int] = {}
        """The revision in the journal, where it is not the first one."""
        self.deleted: set[int] = set()
        self.known_deleted: set[int] = set()
        self.skipped: set[int] = set()
        """Posts that were deleted before the journal had them."""
        self.changes: list[Change] = []
        self.gaps: list[Gap] = []
        self.told: deque[tuple[int, float]] = deque()
        """Posts the reader was told of and that are not in the journal, and when."""
        self.has_lost = False
        """Something was not told since the client's count of events was last in order."""

    def missing(self) -> int:
        """Posts that stand and are not in the journal."""
        return sum(number > self.reached for number in self.there)


class Books:
    """All channels. wrong: what must not be, in words. record_of: for a channel id, its shelf."""

    def __init__(self, shelves: dict[str, Shelf]) -> None:
        self.shelves = shelves
        self.wrong: list[str] = []
        self.closed: list[Closed] = []
        self.delays: list[float] = []
        self.heard: list[float] = []
        """Seconds from a post the reader was told of to the journal."""
        self.seq = 0
        self.received = self.edits = self.deletions = 0
        self.late = 0
        """Posts that were looked for in vain, because they were deleted, and told of after that."""
        self.out_of_reach = 0
        """Changes no comparison showed."""

    # --- what is done at the server -------------------------------------------------------------------------------

    def published(self, shelf: Shelf, number: int) -> None:
        """A new post."""
        shelf.given = number
        insort(shelf.there, number)
        if len(shelf.there) > 1_200:
            del shelf.there[:-800]

    def edited(self, shelf: Shelf, number: int, known_at: float) -> int:
        """The next revision. known_at: when it was told so that it has to be known; 0 else."""
        shelf.revisions[number] = revision = shelf.revisions.get(number, 0) + 1
        shelf.changes.append(Change(number, revision, known_at))
        return revision

    def deleted(self, shelf: Shelf, numbers: Iterable[int], known_at: float) -> None:
        """Posts are gone."""
        for number in numbers:
            shelf.deleted.add(number)
            shelf.there.remove(number)
            shelf.changes.append(Change(number, GONE, known_at))

    def unsure(self, shelves: Iterable[Shelf]) -> None:
        """What was told may not have arrived: only a comparison shows it now."""
        for shelf in shelves:
            for change in shelf.changes:
                change.could_be_known_at = 0.0

    def compared(self, shelf: Shelf, numbers: list[int], now: float) -> None:
        """The newest posts were read; what was done to those in the journal has been seen."""
        if numbers:
            for change in shelf.changes:
                if min(numbers) <= change.number <= shelf.reached and not change.could_be_known_at:
                    change.could_be_known_at, change.how = now, "compared"

    # --- what is in the journal -----------------------------------------------------------------------------------

    def read(self, journal: sqlite3.Connection) -> bool:
        """Compare what was written since. Returns whether anything was."""
        last = journal.execute("SELECT max(seq) FROM events").fetchone()[0] or 0
        rows = journal.execute(
            f"SELECT seq, at, body FROM events WHERE seq > ? AND seq <= ? AND kind IN {KINDS} ORDER BY seq",
            (self.seq, last),
        ).fetchall()
        self.seq = max(self.seq, last)
        for _, at, body in rows:
            event = decode(body)
            match event:
                case MessageReceived(message=message):
                    self._received(self.shelves[message.channel], message.id, message.text, at / 1000)
                case MessageEdited(message=message):
                    self._edited(self.shelves[message.channel], message.id, message.text, at / 1000)
                case MessageDeleted(key=key):
                    self._deleted(self.shelves[channel_of(key)], number_of(key), at / 1000)
        return bool(rows)

    def _received(self, shelf: Shelf, number: int, text: str, at: float) -> None:
        self.received += 1
        if number in shelf.skipped:  # told of after all, by an update that waited its turn
            self.late += 1
            shelf.skipped.remove(number)
            shelf.known[number] = self._revision(shelf, number, text) or 0
            shelf.changes.append(Change(number, GONE))
            return
        if number <= shelf.reached:
            self.wrong.append(f"{_named(shelf, number)} is in the journal twice, or out of order")
            return
        for skipped in range(shelf.reached + 1, number):
            if skipped in shelf.deleted:
                shelf.skipped.add(skipped)
            else:
                self.wrong.append(f"{_named(shelf, skipped)} is not in the journal, and {number} is")
        shelf.reached = number
        while shelf.told and shelf.told[0][0] <= number:
            self.heard.append(max(0.0, at - shelf.told.popleft()[1]))
        revision = self._revision(shelf, number, text)
        if revision:
            shelf.known[number] = revision
        shelf.changes = [one for one in shelf.changes if not self._is_settled(shelf, one)]
        for gap in [gap for gap in shelf.gaps if gap.last <= number]:
            shelf.gaps.remove(gap)
            if gap.since:  # else it was on its way already when the reader was cut off
                self.closed.append(Closed(_named(shelf, gap.last), gap.how, gap.size, max(0.0, at - gap.since)))

    def _edited(self, shelf: Shelf, number: int, text: str, at: float) -> None:
        self.edits += 1
        before = shelf.known.get(number, 0)
        revision = self._revision(shelf, number, text)
        if revision == before:
            self.wrong.append(f"{_named(shelf, number)} says what it said, and that is in the journal as an edit")
        elif revision is not None and revision < before:
            self.wrong.append(f"{_named(shelf, number)} went back from revision {before} to {revision}")
        if revision is not None:
            shelf.known[number] = revision
        self._settle(shelf, number, at)

    def _deleted(self, shelf: Shelf, number: int, at: float) -> None:
        self.deletions += 1
        if number not in shelf.deleted:
            self.wrong.append(f"{_named(shelf, number)} stands, and is deleted in the journal")
        if number in shelf.known_deleted:
            self.wrong.append(f"{_named(shelf, number)} is deleted in the journal twice")
        shelf.known_deleted.add(number)
        self._settle(shelf, number, at)

    def _settle(self, shelf: Shelf, number: int, at: float) -> None:
        left = []
        for change in shelf.changes:
            if change.number != number or not self._is_settled(shelf, change):
                left.append(change)
            elif change.could_be_known_at:
                self.delays.append(max(0.0, at - change.could_be_known_at))
        shelf.changes = left

    def _is_settled(self, shelf: Shelf, change: Change) -> bool:
        if change.number > shelf.reached:
            return False
        if change.number in shelf.known_deleted or change.number in shelf.skipped:
            return True
        return change.revision != GONE and shelf.known.get(change.number, 0) >= change.revision

    def _revision(self, shelf: Shelf, number: int, text: str) -> int | None:
        newest = shelf.revisions.get(number, 0)
        for revision in range(newest, -1, -1):
            if shelf.text_of(number, revision) == text:
                return revision
        self.wrong.append(f"{_named(shelf, number)} never said {text[:80]!r}")
        return None

    # --- what should be there by now ------------------------------------------------------------------------------

    def overdue(self, now: float) -> Iterator[str]:
        """Changes that had to be known and are not, each told once."""
        for shelf in self.shelves.values():
            for change in shelf.changes:
                known_at = change.could_be_known_at
                if known_at and now - known_at > GRACE_S and change.number <= shelf.reached:
                    what = "its deletion" if change.revision == GONE else f"revision {change.revision}"
                    yield f"{_named(shelf, change.number)}: {what} ({change.how}) could be known since {_time(known_at)}"
                    change.could_be_known_at = 0.0

    def is_waiting(self) -> bool:
        """Something that has to come is not in the journal yet."""
        return any(
            shelf.missing() or any(change.could_be_known_at for change in shelf.changes)
            for shelf in self.shelves.values()
        )

    @property
    def never_given(self) -> int:
        """Posts that were deleted before anybody could read them."""
        return sum(
            len(shelf.skipped) + sum(number > shelf.reached for number in shelf.deleted)
            for shelf in self.shelves.values()
        )

    def end(self) -> None:
        """The last look: whatever is not there now never comes."""
        for shelf in self.shelves.values():
            for number in shelf.there:
                if number > shelf.reached:
                    self.wrong.append(f"{_named(shelf, number)} is not in the journal")
            for change in shelf.changes:
                self.out_of_reach += change.number <= shelf.reached


def connected(path: Path) -> sqlite3.Connection:
    """The journal, only to be read."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    connection.execute("SELECT 1 FROM events LIMIT 1")
    return connection


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S.%f}"[:-3]


def _named(shelf: Shelf, number: int) -> str:
    return f"post {number} of {shelf.text_of(number, 0).rpartition(' in ')[2].partition(',')[0]}"
