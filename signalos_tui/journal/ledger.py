"""The one writer of the file: chains, projects and commits groups of events, several groups in one transaction.

A group is in the journal whole or not at all. After any failure of the disk the connection is not trusted again: it is
closed, and before the next write the file is opened anew, its log is folded into it and its tail is compared with what was
acknowledged. A sync that failed is never simply repeated: the operating system may have forgotten what it could not write.

A file or its log that is removed or replaced under us takes every write and keeps none. So each write looks for both first.
"""

from __future__ import annotations

import contextlib
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from signalos_tui.durable import InPlace
from signalos_tui.errors import JournalConflict, JournalFailed, JournalUnusable, SignalOSError
from signalos_tui.journal.codec import HASH_BYTES, Head, Row, encode, examine, genesis, link
from signalos_tui.journal.connection import VERIFY, connect_writer, describe, remedy
from signalos_tui.journal.projections import apply, rebuild
from signalos_tui.journal.schema import KEEP_RECORDS
from signalos_tui.model.events import Event, Record, kind_of

TAIL = 256
"""How many of the last records are checked whenever the file is opened."""

_SNAPSHOTS_KEPT = 2
_INSERT = "INSERT INTO events (seq, at, kind, body, hash) VALUES (?, ?, ?, ?, ?)"

Answer = list[Record] | SignalOSError
"""What became of a group: its records, or why it is not in the journal."""


class Group(NamedTuple):
    """Events that are written together or not at all. at: ms UTC, the time of each."""

    events: Sequence[Event]
    at: int


class Place(NamedTuple):
    """The end of the chain, with the hash as it is chained on."""

    seq: int
    hash: bytes

    @property
    def head(self) -> Head:
        """The same for others to read."""
        return Head(self.seq, self.hash.hex())


class _Staged(NamedTuple):
    # Groups as they would be written after `Place`: rows of the table, records of each group, the new end.

    rows: list[Row]
    records: list[list[Record]]
    place: Place


def check_tail(connection: sqlite3.Connection, salt: bytes, count: int = TAIL) -> Place:
    """The end of the chain, after looking at the last `count` records. Raises JournalUnusable where one is damaged."""
    newest = connection.execute(
        "SELECT seq, at, kind, body, hash FROM events ORDER BY seq DESC LIMIT ?", (count + 1,)
    ).fetchall()
    rows = [Row(*row) for row in reversed(newest)]
    if not rows:
        return Place(0, genesis(salt))
    first, previous = rows[0], None
    if first.seq == 1:
        before = genesis(salt)
    elif len(rows) > count:
        before, previous, rows = first.hash, first, rows[1:]
    else:
        raise JournalUnusable(f"records 1 to {first.seq - 1} are missing", VERIFY)
    for row in rows:
        found = examine(previous, row, before)
        if isinstance(found, str):
            raise JournalUnusable(f"the journal is damaged at record {row.seq}: {found}", VERIFY)
        before, previous = row.hash, row
    return Place(rows[-1].seq, rows[-1].hash)


class Ledger:
    """The writing side. Used by one thread at a time; the caller sees to that."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        salt: bytes,
        connect: Callable[[Path], sqlite3.Connection] | None = None,
    ) -> None:
        """connection: open, migrated. connect: how to open the file anew after a failure; never creates it."""
        self.path = path
        self._salt = salt
        self._connect = connect or (lambda where: connect_writer(where, create=False))
        self._connection: sqlite3.Connection | None = connection
        self.place = check_tail(connection, salt)
        self._log = path.with_name(f"{path.name}-wal")
        self._file, self._beside = InPlace(path), InPlace(self._log)
        self._lost: JournalUnusable | None = None

    def commit(self, groups: Sequence[Group]) -> list[Answer]:
        """Write the groups in their order, durably; one answer a group. Never raises for a disk or a bad group."""
        try:
            connection = self._usable()
            answers, place = self._transaction(connection, groups)
        except (sqlite3.Error, OSError, JournalUnusable) as error:
            failure = self._failed(error)
            return [JournalFailed(failure.text, failure.remedy) for _ in groups]
        self.place = place
        return answers

    def save_snapshot(self, seq: int, blob: bytes) -> None:
        """Keep the state at a record; only the last two are kept. Raises JournalFailed, JournalConflict."""
        try:
            connection = self._usable()
            row = connection.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
            if row is None:
                raise JournalConflict(f"no record {seq} to take a snapshot at, the last is {self.place.seq}")
            with _atomically(connection):
                connection.execute(
                    'INSERT OR REPLACE INTO snapshots (seq, blob, "check") VALUES (?, ?, ?)',
                    (seq, blob, snapshot_check(row[0], blob)),
                )
                connection.execute(
                    "DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT ?)",
                    (_SNAPSHOTS_KEPT,),
                )
        except (sqlite3.Error, OSError, JournalUnusable) as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Give the file back; the log is folded into it where that is possible."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    # --- one transaction ------------------------------------------------------------------------------------------

    def _transaction(self, connection: sqlite3.Connection, groups: Sequence[Group]) -> tuple[list[Answer], Place]:
        with _atomically(connection):
            connection.execute("SAVEPOINT batch")
            try:
                staged = _stage(self.place, groups)
                self._insert(connection, staged)
            except JournalConflict as conflict:
                connection.execute("ROLLBACK TO batch")
                if len(groups) == 1:
                    return [conflict], self.place
                answers, place = self._one_by_one(connection, groups)
            else:
                answers, place = list(staged.records), staged.place
        return answers, place

    def _one_by_one(self, connection: sqlite3.Connection, groups: Sequence[Group]) -> tuple[list[Answer], Place]:
        # Somebody's group contradicts the journal: the others must not suffer for it.
        answers: list[Answer] = []
        place = self.place
        for group in groups:
            connection.execute("SAVEPOINT one")
            try:
                staged = _stage(place, [group])
                self._insert(connection, staged, singly=True)
            except JournalConflict as conflict:
                connection.execute("ROLLBACK TO one")
                answers.append(conflict)
            else:
                answers.extend(staged.records)
                place = staged.place
            connection.execute("RELEASE one")
        return answers, place

    def _insert(self, connection: sqlite3.Connection, staged: _Staged, *, singly: bool = False) -> None:
        connection.executemany(_INSERT, staged.rows)
        for records in staged.records if singly else [[r for group in staged.records for r in group]]:
            apply(connection, records, singly=singly)

    # --- failure and return ---------------------------------------------------------------------------------------

    @property
    def is_doubtful(self) -> bool:
        """A write failed, and the file was not opened anew since: it may hold what nobody was told is written."""
        return self._connection is None

    def _failed(self, error: Exception) -> JournalFailed:
        self.close()
        if isinstance(error, SignalOSError):
            return JournalFailed(error.text, error.remedy)
        assert isinstance(error, sqlite3.Error | OSError)
        return JournalFailed(f"the journal {self.path} could not be written: {describe(error)}", remedy(error))

    def _usable(self) -> sqlite3.Connection:
        if self._lost is not None:
            raise self._lost
        if self._file.gone() is not None:
            what = "another file stands" if self.path.exists() else "there is no file any more"
            raise JournalUnusable(f"{what} where the journal was: {self.path}", "Put it back and restart")
        if self._connection is not None and self._beside.gone() is not None:
            self._lost = self._log_lost(self._connection)
            raise self._lost
        if self._connection is None:
            connection = self._connect(self.path)
            try:
                self._recover(connection)
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
                raise
            self._connection = connection
            self._beside = InPlace(self._log)  # closing took the log away, opening made another one
        return self._connection

    def _log_lost(self, connection: sqlite3.Connection) -> JournalUnusable:
        # It is written no more: on a log made anew, nothing says what was in the old one. That one is still open here, so what it
        # has is saved into the file; not where another log stands in its place, which would be read over it.
        text, saved = f"the journal's log {self._log} was removed or replaced while it was written", False
        if not self._log.exists():
            with contextlib.suppress(sqlite3.Error):
                busy, frames, folded = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
                saved = not busy and frames == folded
        what = "nothing of it is lost" if saved else "what was written last may be lost, which the next start finds out"
        return JournalUnusable(
            f"{text}; {what}", "Leave the files beside the journal alone. End SignalOS, start it again"
        )

    def _recover(self, connection: sqlite3.Connection) -> None:
        # Folding the log into the file writes and syncs every committed page afresh: no sync is taken on trust. The next
        # commit starts the log over, and with it goes what a failed one may have left there.
        busy, frames, folded = connection.execute("PRAGMA wal_checkpoint(FULL)").fetchone()
        if busy and frames != folded:
            raise JournalUnusable("the journal's log is held by a reader", "Close the program that reads the journal")
        found = check_tail(connection, self._salt)
        if found.seq > self.place.seq:
            found = self._take_back(connection)
        if found != self.place:
            raise JournalUnusable(
                f"the journal ends at record {found.seq}, acknowledged was record {self.place.seq}",
                "Do not trade on; run `signalos journal verify`",
            )

    def _take_back(self, connection: sqlite3.Connection) -> Place:
        # A commit that reported failure, yet reached the disk. Nobody was told it was written, so it was not.
        with _atomically(connection):
            connection.execute("DROP TRIGGER events_are_never_deleted")
            connection.execute("DELETE FROM events WHERE seq > ?", (self.place.seq,))
            connection.execute(KEEP_RECORDS)
            rebuild(connection)
        return check_tail(connection, self._salt)


@contextlib.contextmanager
def _atomically(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def _stage(place: Place, groups: Sequence[Group]) -> _Staged:
    rows: list[Row] = []
    records: list[list[Record]] = []
    seq, before = place
    for events, at in groups:
        mine: list[Record] = []
        for event in events:
            seq += 1
            body, reading = encode(event)
            try:
                before = link(before, seq, at, body)
            except struct.error as error:
                raise JournalConflict(f"{at!r} is not a time: {error}", "Times are whole ms since 1970") from error
            rows.append(Row(seq, at, kind_of(event), body, before))
            mine.append(Record(seq, at, reading))
        records.append(mine)
    return _Staged(rows, records, Place(seq, before))


def snapshot_check(record_hash: bytes, blob: bytes) -> bytes:
    """What binds a snapshot to its record, and tells a damaged one."""
    return blake2b(record_hash + blob, digest_size=HASH_BYTES).digest()
