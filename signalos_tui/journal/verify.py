"""Proves that a journal is what was written: every byte of every record, every projection, every snapshot, and its age.

It reads one consistent state of the file, also while an engine writes it, streams through it once and says where the first
damage is. It never repairs; `rebuild` makes the projections anew once the chain is whole.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from signalos_tui.errors import JournalConflict, JournalUnusable
from signalos_tui.journal import reading
from signalos_tui.journal.codec import Head, Row, examine, genesis
from signalos_tui.journal.connection import connect_reader, connect_writer, decimal_add, guarded
from signalos_tui.journal.ledger import snapshot_check
from signalos_tui.journal.lock import Lock
from signalos_tui.journal.note import Note, disagreement, read_note
from signalos_tui.journal.projections import PROJECTIONS, apply, rebuild
from signalos_tui.journal.schema import MIGRATIONS, migrate, version
from signalos_tui.model.events import Record

Progress = Callable[[int, int], None]
"""Told how many records of how many are done."""


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong. where: file, record, projection, snapshot or note. seq: of the record, where there is one."""

    where: str
    text: str
    seq: int | None = None


class Findings(msgspec.Struct, frozen=True):
    """What verify saw. records: how many are whole, from the first. head: the last of them."""

    path: str
    records: int
    head: Head
    generation: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    @property
    def first_bad(self) -> int | None:
        """The number of the first damaged or missing record."""
        return next((finding.seq for finding in self.findings if finding.where == "record"), None)


def verify(path: Path, progress: Progress | None = None) -> Findings:
    """Check the journal at `path`, read-only. Never raises for what it finds, only finds."""
    return _Check(path, progress or (lambda _done, _all: None)).run()


def rebuild_projections(path: Path, holder: str = "journal rebuild") -> int:
    """Make every projection anew from the events, checking the chain on the way; the number of records.

    Raises JournalUnusable (held, damaged, not a journal) and JournalConflict (the events contradict one another); then
    nothing has changed.
    """
    if not path.is_file():
        raise JournalUnusable(f"there is no journal at {path}", "Name its folder with --data")
    lock = Lock(path, holder)
    try:
        with guarded(path), contextlib.closing(connect_writer(path, create=False)) as connection:
            migrate(connection)
            salt = connection.execute("SELECT value FROM meta WHERE name = 'salt'").fetchone()
            connection.execute("BEGIN IMMEDIATE")
            count = rebuild(connection, reading.tail(connection, 0, salt[0] if salt else b""))
            connection.execute("COMMIT")
            return count
    finally:
        lock.release()


class _Check:
    # One run of verify; collects findings as it goes.

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path = path
        self.progress = progress
        self.findings: list[Finding] = []
        self.head = Head(0, "")
        self.generation = 0

    def run(self) -> Findings:
        try:
            with guarded(self.path):
                self._file()
        except JournalUnusable as error:
            self._found("file", error.text)
        except OSError as error:
            self._found("file", str(error))
        return Findings(str(self.path), self.head.seq, self.head, self.generation, tuple(self.findings))

    def _found(self, where: str, text: str, seq: int | None = None) -> None:
        self.findings.append(Finding(where, text, seq))

    def _file(self) -> None:
        if not self.path.is_file():
            self._found("file", "there is none")
            return
        if self.path.stat().st_size == 0:
            self._found("file", "is empty (0 bytes)")
            return
        note = self._note()  # before the journal: a running engine may move both on meanwhile, the journal first
        with contextlib.closing(connect_reader(self.path)) as connection:
            connection.execute("BEGIN")
            if version(connection) == 0:
                self._found("file", "holds no journal")
                return
            for (text,) in connection.execute("PRAGMA integrity_check(5)").fetchall():
                if text != "ok":
                    self._found("file", text)
            with contextlib.closing(_scratch(version(connection))) as scratch:
                if self._chain(connection, scratch, note) and not self.findings:
                    self._projections(connection, scratch)
            self._snapshots(connection)

    def _note(self) -> Note | None:
        try:
            note = read_note(self.path)
        except (msgspec.MsgspecError, ValueError) as error:
            self._found("note", f"cannot be read: {error}")
            return None
        if note is None:
            self._found("note", "is missing")
        return note

    def _chain(self, connection: sqlite3.Connection, scratch: sqlite3.Connection, note: Note | None) -> bool:
        # Walks the events; what they project is collected in `scratch` on the way. False when the chain is broken.
        meta = dict(connection.execute("SELECT name, value FROM meta").fetchall())
        salt, generation = meta.get("salt"), meta.get("generation")
        if not isinstance(salt, bytes) or not isinstance(generation, int):
            self._found("file", "has lost its salt or generation")
            return False
        self.generation = generation
        self.head = Head(0, genesis(salt).hex())
        total = connection.execute("SELECT max(seq) FROM events").fetchone()[0] or 0
        noted = self.head.hash if note is not None and note.seq == 0 else None
        before, previous = genesis(salt), Row(0, 0, "", b"", b"")
        for page in _pages(reading.rows(connection, -(1 << 62))):
            records: list[Record] = []
            for row in page:
                event = examine(previous, row, before)
                if isinstance(event, str):
                    self._found("record", event, previous.seq + 1)
                    return False
                records.append(Record(row.seq, row.at, event))
                before, previous = row.hash, row
                self.head = Head(row.seq, row.hash.hex())
                if note is not None and row.seq == note.seq:
                    noted = self.head.hash
            self._project(scratch, records)
            self.progress(self.head.seq, total)
        if note is not None and (text := disagreement(note, generation, self.head.seq, noted)):
            self._found("note", text)
        return True

    def _project(self, scratch: sqlite3.Connection, records: list[Record]) -> None:
        try:
            apply(scratch, records)
        except JournalConflict as error:
            self._found("projection", f"the events contradict one another near record {records[-1].seq}: {error.text}")

    def _projections(self, connection: sqlite3.Connection, scratch: sqlite3.Connection) -> None:
        for table in PROJECTIONS:
            query = f"SELECT * FROM {table} ORDER BY 1, 2"  # noqa: S608 (our own table names)
            for found, wanted in zip_longest(connection.execute(query), scratch.execute(query)):
                if found != wanted:
                    self._found("projection", f"{table} is not what the events say at {_key(found, wanted)}")
                    break

    def _snapshots(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute(
            'SELECT s.seq, s.blob, s."check", e.hash FROM snapshots s LEFT JOIN events e ON e.seq = s.seq ORDER BY s.seq'
        )
        for seq, blob, check, record_hash in rows:
            if record_hash is None:
                self._found("snapshot", f"is newer than the journal, which ends at record {self.head.seq}", seq)
            elif not isinstance(blob, bytes) or snapshot_check(record_hash, blob) != check:
                self._found("snapshot", "is damaged or belongs to another journal; it will not be used", seq)


def _scratch(schema: int) -> sqlite3.Connection:
    # An unnamed database on disk: the same tables, made from the events alone. schema: of the journal, which an older program
    # may have written last.
    connection = sqlite3.connect("", isolation_level=None)
    connection.create_function("decimal_add", 2, decimal_add, deterministic=True)
    connection.execute("PRAGMA synchronous = OFF")
    migrate(connection, [step for step in MIGRATIONS if step.version <= schema])
    connection.execute("BEGIN")
    return connection


def _pages(rows: Iterator[Row]) -> Iterator[list[Row]]:
    page: list[Row] = []
    for row in rows:
        page.append(row)
        if len(page) == reading.PAGE:
            yield page
            page = []
    if page:
        yield page


def _key(found: tuple[Any, ...] | None, wanted: tuple[Any, ...] | None) -> str:
    row = wanted or found or ("",)
    return repr(row[0])
