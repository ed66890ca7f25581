"""The note beside the journal: how far it had come, so that a journal put back from a backup gives itself away.

An older journal does not know what was sent after it was copied, and would send it again (reference: reliability R9). The
generation, raised at every start, stands in both files; the note also names the last record that was written. It is
rewritten in place after every commit and synced now and then: always behind the journal, never ahead of what is durable.
It repeats the install salt, so that a lost journal does not also lose the identity of what is open at the broker.

What this cannot see is both files put back together, a snapshot of the whole machine say; the gateway's own record can.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from signalos_tui.durable import sync_folder

_SIZE = 512  # one sector: written whole or not at all
_SYNC_EVERY = 256


class Note(msgspec.Struct, frozen=True):
    """generation, seq, hash: of the journal when it was written. salt: hex. quarantined: a mismatch was seen and recovery
    has not been completed since.
    """

    generation: int
    seq: int
    hash: str
    salt: str
    quarantined: bool = False


def note_path(path: Path) -> Path:
    """Where the note of the journal at `path` lies."""
    return path.with_name(f"{path.name}.head")


def read_note(path: Path) -> Note | None:
    """The note of the journal at `path`; None when there is none. Raises ValueError when it cannot be read."""
    try:
        raw = note_path(path).read_bytes()
    except FileNotFoundError:
        return None
    return msgspec.json.decode(raw, type=Note)


def disagreement(note: Note | None, generation: int, seq: int, hash_then: str | None) -> str:
    """How note and journal disagree, "" when they do not.

    generation, seq: the journal's, before this start. hash_then: of the journal's record at `note.seq`, None without one.
    """
    if note is None:
        return "the note beside the journal is missing" if seq else ""
    if note.seq > seq:
        return f"the journal ends at record {seq}, it had reached {note.seq}"
    if hash_then != note.hash:
        return f"record {note.seq} is not the one that was written"
    if generation not in (note.generation, note.generation + 1):  # one more: killed between the two writes of a start
        return f"the journal is at generation {generation}, the note beside it at {note.generation}"
    if note.quarantined:
        return "the journal went back in time, and recovery was not completed since"
    return ""


class NoteFile:
    """The open note. A failure to write it never fails a commit: it is remembered in `fault`."""

    def __init__(self, path: Path, note: Note) -> None:
        """Write `note` beside the journal at `path`, durably. Raises OSError."""
        where = note_path(path)
        self.note = note
        self.fault = ""
        descriptor = os.open(where, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        self._file = os.fdopen(descriptor, "r+b", buffering=0)
        self._writes = 0
        self._write(note)
        os.fsync(self._file.fileno())
        sync_folder(where.parent)

    def advance(self, seq: int, digest: str, *, quarantined: bool) -> None:
        """Note the new end of the journal."""
        self.note = Note(self.note.generation, seq, digest, self.note.salt, quarantined)
        self._writes += 1
        try:
            self._write(self.note)
            if self._writes % _SYNC_EVERY == 0:
                os.fsync(self._file.fileno())
        except OSError as error:
            self.fault = f"the note beside the journal could not be written: {error}"

    def close(self) -> None:
        """Sync and close."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            self.fault = f"the note beside the journal could not be written: {error}"
        self._file.close()

    def _write(self, note: Note) -> None:
        self._file.seek(0)
        self._file.write(msgspec.json.encode(note).ljust(_SIZE - 1) + b"\n")
