"""`Journal`: the open journal of a running engine.

Opening it is the first step of recovery: take the lock, bring the schema up to date, check the end of the chain, raise the
generation, compare with the note beside it. Everything that could mean a damaged or older journal is said, not repaired.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from signalos_tui.durable import sync_folder
from signalos_tui.errors import JournalFailed, JournalUnusable
from signalos_tui.journal import reading
from signalos_tui.journal.codec import Head, genesis
from signalos_tui.journal.connection import (
    VERIFY,
    WAL_ALARM,
    connect_reader,
    connect_writer,
    grow_log,
    guarded,
    remedy_to_open,
)
from signalos_tui.journal.ledger import Answer, Group, Ledger
from signalos_tui.journal.lock import Lock, doubts
from signalos_tui.journal.note import Note, NoteFile, disagreement, read_note
from signalos_tui.journal.rows import Recalled
from signalos_tui.journal.schema import migrate
from signalos_tui.journal.writer import Writer
from signalos_tui.model.commands import Outcome
from signalos_tui.model.events import EngineArmed, Event, Record
from signalos_tui.model.ids import ChannelId, LegId, Magic, MessageKey

CERTAIN_AGAIN = "It is compared with what was acknowledged before the next write"


class Journal:
    """The append-only log and its projections. Made by `Journal.open`.

    generation: raised by one at each open. mismatch: the journal or the note beside it went back in time, `mismatch_reason`
    says how; nothing posted before this start may be sent for the first time (R9). It stays for as long as this is open, and
    over restarts until an `EngineArmed` was written: until one recovery was completed. salt: the install salt of the magics.
    is_threaded: commits run in a thread of their own; where they do not, nothing else may leave the caller's thread either.
    """

    def __init__(
        self, lock: Lock, ledger: Ledger, note: NoteFile, *, salt: bytes, mismatch: str, threaded: bool
    ) -> None:
        """For `open` only."""
        self._lock = lock
        self._ledger = ledger
        self._note = note
        self._reader: sqlite3.Connection | None = None
        self._closed = False
        self._unrecovered = bool(mismatch)
        self._doubts = doubts(ledger.path)
        self.path = ledger.path
        self.salt = salt
        self.generation = note.note.generation
        self.mismatch_reason = mismatch
        self.mismatch = bool(mismatch)
        self._writer = Writer(self._commit, f"journal {ledger.path.name}") if threaded else None
        self.is_threaded = threaded

    @classmethod
    def open(cls, path: Path, *, salt: bytes | None = None, threaded: bool = True, holder: str = "") -> Journal:
        """Open the journal at `path`, or begin one.

        salt: for a new journal, else made; it must be that of an existing one. threaded: commits run in a thread of their
        own and are shared; False keeps everything on the calling thread. holder: how the lock names us to others.
        Raises JournalUnusable: held by another process, from a newer program, damaged, not a journal, not writable.
        """
        path = Path(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = Lock(path, holder)
        except OSError as error:
            raise JournalUnusable(f"the journal {path} cannot be opened: {error}", remedy_to_open(error)) from error
        try:
            with guarded(path):
                return cls._open_locked(path, lock, salt, threaded=threaded)
        except OSError as error:
            lock.release()
            raise JournalUnusable(f"the journal {path} cannot be opened: {error}", remedy_to_open(error)) from error
        except BaseException:
            lock.release()
            raise

    @classmethod
    def _open_locked(cls, path: Path, lock: Lock, salt: bytes | None, *, threaded: bool) -> Journal:
        note, mismatch = _note_of(path)
        if note is not None and path.exists() and path.stat().st_size == 0:
            raise JournalUnusable(f"the journal {path} is empty, it had reached record {note.seq}", VERIFY)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = connect_writer(path, create=True)
        try:
            migrate(connection)
            salt = _salt_of(connection, salt, note)
            ledger = Ledger(path, connection, salt)
            head = ledger.place.head
            generation = int(_meta(connection, "generation") or 0)
            mismatch = mismatch or disagreement(
                note, generation, head.seq, _hash_at(connection, note.seq, salt) if note else None
            )
            generation = max(generation, note.generation if note else 0) + 1
            connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('generation', ?)", (generation,))
            if threaded:
                grow_log(connection)
            file = NoteFile(path, Note(generation, head.seq, head.hash, salt.hex(), bool(mismatch)))
            sync_folder(path.parent)
        except BaseException:
            connection.close()
            raise
        return cls(lock, ledger, file, salt=salt, mismatch=mismatch, threaded=threaded)

    # --- writing --------------------------------------------------------------------------------------------------

    async def append(self, events: Sequence[Event], at: int) -> list[Record]:
        """Write events as one group with consecutive numbers; they are durable when this returns. at: ms UTC.

        The records hold the events as they read back from disk. Raises JournalFailed (the disk) or JournalConflict (they
        contradict the journal); then none of them is in the journal. Giving up the wait does not take them back.
        """
        if self._writer is None or not events or self._closed:
            return self.append_now(events, at)
        return await self._writer.append(Group(tuple(events), at))

    def append_now(self, events: Sequence[Event], at: int) -> list[Record]:
        """The same, blocking the calling thread."""
        if not events:
            return []
        if self._closed:
            raise JournalFailed("the journal is closed", "Nothing can be written after the end of the engine")
        group = Group(tuple(events), at)
        if self._writer is not None:
            return self._writer.append_and_wait(group)
        answer = self._commit([group])[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def save_snapshot(self, seq: int, blob: bytes) -> None:
        """Keep the state as it was after record `seq`; the last two are kept. Raises JournalFailed, JournalConflict."""
        if self._closed:
            raise JournalFailed("the journal is closed", "Nothing can be written after the end of the engine")
        if self._writer is None:
            self._ledger.save_snapshot(seq, blob)
        else:
            await self._writer.call(lambda: self._ledger.save_snapshot(seq, blob))

    def _commit(self, groups: Sequence[Group]) -> list[Answer]:
        answers = self._ledger.commit(groups)
        if self._unrecovered and any(_is_armed(answer) for answer in answers):
            self._unrecovered = False
        head = self._ledger.place.head
        if head.seq != self._note.note.seq:
            self._note.advance(head.seq, head.hash, quarantined=self._unrecovered)
        return answers

    # --- reading --------------------------------------------------------------------------------------------------

    @property
    def head(self) -> Head:
        """The last durable record."""
        return self._ledger.place.head

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the owner should know about where and how the journal lies."""
        found = list(self._doubts)
        if self.mismatch:
            found.append(f"quarantine: {self.mismatch_reason}")
        size = self.log_bytes
        if size > WAL_ALARM:
            found.append(
                f"the journal's log has grown to {size >> 20} MB: a program reads the journal and does not end"
            )
        if self._note.fault:
            found.append(self._note.fault)
        return tuple(found)

    @property
    def log_bytes(self) -> int:
        """The size of the write-ahead log; it is some MB unless a reader holds it."""
        with contextlib.suppress(OSError):
            return self.path.with_name(f"{self.path.name}-wal").stat().st_size
        return 0

    @property
    def snapshot(self) -> tuple[int, bytes] | None:
        """The newest snapshot (record number, state) that belongs to this journal and is whole."""
        with guarded(self.path):
            return reading.snapshot(self._read())

    def tail(self, after: int) -> Iterator[Record]:
        """The records after `after`, read piece by piece, each checked against the chain. Raises JournalUnusable."""
        with guarded(self.path):
            yield from reading.tail(self._read(), after, self.salt)

    def cursors(self) -> dict[ChannelId, int]:
        """The highest post number of every channel. Raises JournalFailed while the file holds what may be taken back."""
        self._require_certain()
        with guarded(self.path):
            return reading.cursors(self._read())

    def cursor(self, channel: ChannelId) -> int | None:
        """The highest post number of one channel. Raises JournalFailed while the file holds what may be taken back."""
        self._require_certain()
        with guarded(self.path):
            return reading.cursor(self._read(), channel)

    def message_content(self, key: MessageKey) -> tuple[str, int] | None:
        """The content hash and the revision of a known post. Raises JournalFailed while that may be taken back."""
        self._require_certain()
        with guarded(self.path):
            return reading.message_content(self._read(), key)

    def is_deleted(self, key: MessageKey) -> bool:
        """Whether a known post was withdrawn. Raises JournalFailed while that may be taken back."""
        self._require_certain()
        with guarded(self.path):
            return reading.is_deleted(self._read(), key)

    def recalled(self, key: MessageKey) -> Recalled | None:
        """What a post was and what was made of it; None when it was never read here: unknown, or only imported.

        For posts that are long out of view. Raises JournalFailed while that may be taken back, JournalUnusable.
        """
        self._require_certain()
        with guarded(self.path):
            return reading.recalled(self._read(), key)

    def magic_owner(self, magic: Magic) -> LegId | None:
        """The leg a magic was given to."""
        with guarded(self.path):
            return reading.magic_owner(self._read(), magic)

    def answer_of(self, key: str) -> Outcome | None:
        """What a command was answered, by its key. None also while the answer may be taken back: then it is asked anew."""
        if self._is_ahead():
            return None
        with guarded(self.path):
            return reading.answer_of(self._read(), key)

    def _require_certain(self) -> None:
        if self._is_ahead():
            raise JournalFailed("the last write failed and may have reached the disk", CERTAIN_AGAIN)

    def _is_ahead(self) -> bool:
        # A commit can reach the disk and report failure. It is taken back before the next write; until then nobody may find
        # what it wrote and take it for known.
        if self._closed or not self._ledger.is_doubtful:
            return False
        with guarded(self.path):
            return reading.last(self._read()) > self._ledger.place.seq

    def _read(self) -> sqlite3.Connection:
        if self._reader is None:
            self._reader = connect_reader(self.path)
        return self._reader

    def close(self) -> None:
        """Write what was handed over, sync the note, give up the lock. Closing twice does no harm."""
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            self._writer.close()
        if self._reader is not None:
            self._reader.close()
        self._ledger.close()
        self._note.close()
        self._lock.release()


def _is_armed(answer: Answer) -> bool:
    return isinstance(answer, list) and any(isinstance(record.event, EngineArmed) for record in answer)


def _note_of(path: Path) -> tuple[Note | None, str]:
    try:
        return read_note(path), ""
    except (msgspec.MsgspecError, ValueError) as error:
        return None, f"the note beside the journal cannot be read: {error}"


def _meta(connection: sqlite3.Connection, name: str) -> Any:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def _hash_at(connection: sqlite3.Connection, seq: int, salt: bytes) -> str | None:
    if seq == 0:
        return genesis(salt).hex()
    row = connection.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
    return bytes(row[0]).hex() if row else None


def _salt_of(connection: sqlite3.Connection, given: bytes | None, note: Note | None) -> bytes:
    stored = _meta(connection, "salt")
    if stored is None:
        if connection.execute("SELECT count(*) FROM (SELECT 1 FROM events LIMIT 1)").fetchone()[0]:
            raise JournalUnusable("the journal has lost its salt", VERIFY)
        # A journal that was lost leaves its salt in the note: what is open at the broker keeps its magics.
        stored = given or (bytes.fromhex(note.salt) if note else secrets.token_bytes(16))
        connection.execute("INSERT INTO meta (name, value) VALUES ('salt', ?)", (stored,))
    if given is not None and given != stored:
        raise JournalUnusable("the salt given is not the journal's", "Use the salt it was begun with")
    return bytes(stored)
