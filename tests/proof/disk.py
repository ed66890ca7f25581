"""A disk in memory with the product's own journal on it: copied, restored, full, failing, and lost with what was not committed.

The real ledger, schema, projections, chain and recovery run on a real SQLite; only the file below it is memory. All worlds of a
process share one connection: a world is a transaction that is never committed, so that the next finds the disk as new and
SQLite its statements prepared. BEGIN and COMMIT of the product become savepoints in it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from signalos_tui.journal import ledger, store
from signalos_tui.journal.connection import decimal_add
from signalos_tui.journal.note import Note
from signalos_tui.journal.schema import migrate
from signalos_tui.journal.store import Journal
from tests.proof.process import Process

SALT = bytes(range(16))
_SPILLED = "disk I/O error"


class Failure(NamedTuple):
    """Statements `first` to `last` (counted over all lives) fail. after: they are carried out and fail all the same."""

    first: int
    last: int
    text: str = _SPILLED
    after: bool = False


class Disk:
    """What survives a process. failures: when it says no. statements: that changed it so far."""

    def __init__(self, failures: tuple[Failure, ...] = ()) -> None:
        self.note: Note | None = None
        self.failures = failures
        self.statements = 0
        self.in_transaction = False
        self._copied: Note | None = None
        self._has_copy = False
        self._db = _blank()

    def open(self, process: Process) -> Journal:
        """The journal as a starting process opens it. Raises JournalUnusable."""
        self.lose()
        lock: Any = _Lock()
        where: Any = _Path(self, process)
        return Journal._open_locked(where, lock, SALT, threaded=False)

    def lose(self) -> None:
        """What was not committed is gone."""
        if self.in_transaction:
            self._db.execute("ROLLBACK TO tx")
            self._db.execute("RELEASE tx")
            self.in_transaction = False

    def leg_state(self, magic: object) -> str:
        """How a leg stands on disk, "" when it does not."""
        row = None if self.in_transaction else self._db.execute(_LEG, (magic,)).fetchone()
        return str(row[0]) if row else ""

    def copy(self) -> None:
        """Take a copy of the journal as it is now."""
        self.lose()
        self._db.execute("SAVEPOINT copied")
        self._has_copy = True

    def restore(self) -> bool:
        """Put the copy back; the note beside the journal stays as it is.

        False when nothing is lost by it that anybody had acted on: the note follows each commit before the commit is told.
        """
        self.lose()
        if not self._has_copy:
            return False
        self._db.execute("ROLLBACK TO copied")
        seq, generation = self._db.execute(_LAST).fetchone()
        return self.note is not None and (seq < self.note.seq or (generation or 0) < self.note.generation)

    def execute(self, process: Process, sql: str, values: Any, *, many: bool = False) -> Any:
        """One statement of a process."""
        word = sql[:6]
        if word in _READS:
            process.breathe()
            if sql.startswith("PRAGMA wal_checkpoint"):
                sql = "SELECT 0, 0, 0"  # there is no log to fold in
            return self._db.execute(sql, *values)
        process.breathe()
        self.statements += 1
        failure = next((f for f in self.failures if f.first <= self.statements <= f.last), None)
        if failure is not None and not failure.after:
            raise _error(failure)
        result = self._carried_out(process, word, sql, values, many=many)
        if failure is not None:
            raise _error(failure)
        return result

    def _carried_out(self, process: Process, word: str, sql: str, values: Any, *, many: bool) -> Any:
        if word == "COMMIT":
            process.point()
            self.in_transaction = False
            result = self._db.execute("RELEASE tx")
            process.point()
            return result
        if word == "BEGIN ":
            self.in_transaction = True
            return self._db.execute("SAVEPOINT tx")
        if sql == "ROLLBACK":
            return self.lose()
        return self._db.executemany(sql, *values) if many else self._db.execute(sql, *values)


_LAST = "SELECT (SELECT count(*) FROM events), (SELECT value FROM meta WHERE name = 'generation')"
_LEG = "SELECT state FROM legs WHERE magic = ?"
_READS = frozenset({"SELECT", "PRAGMA", "WITH R", "\nWITH "})


def _error(failure: Failure) -> sqlite3.Error:
    error = sqlite3.OperationalError(failure.text)
    error.sqlite_errorname = "SQLITE_FULL" if "full" in failure.text else "SQLITE_IOERR"
    return error


class _Handle:
    # The connection of one process.

    def __init__(self, disk: Disk, process: Process) -> None:
        self._disk = disk
        self._process = process

    @property
    def in_transaction(self) -> bool:
        return self._disk.in_transaction

    def execute(self, sql: str, *values: Any) -> Any:
        return self._disk.execute(self._process, sql, values)

    def executemany(self, sql: str, *values: Any) -> Any:
        return self._disk.execute(self._process, sql, values, many=True)

    def close(self) -> None:
        if not self._process.is_dead:
            self._disk.lose()


class _NoteFile:
    # The note beside the journal.

    def __init__(self, path: _Path, note: Note) -> None:
        self._path = path
        self.fault = ""
        self.note = path.disk.note = note

    def advance(self, seq: int, digest: str, *, quarantined: bool) -> None:
        self._path.process.point()
        self.note = Note(self.note.generation, seq, digest, self.note.salt, quarantined)
        self._path.disk.note = self.note

    def close(self) -> None:
        return


class _Path(os.PathLike[str]):
    # Where the journal is said to lie. As a file name it is the null device, which can be opened and holds nothing.

    class _Stat(NamedTuple):
        st_dev: int = 1
        st_ino: int = 1
        st_size: int = 1

    name = "journal.db"
    parent = Path(os.devnull).parent

    def __init__(self, disk: Disk, process: Process) -> None:
        self.disk = disk
        self.process = process

    def __fspath__(self) -> str:
        return os.devnull

    def exists(self) -> bool:
        return True

    def stat(self) -> _Stat:
        return _STAT

    def with_name(self, name: str) -> Path:
        return Path(os.devnull, name)


_STAT = _Path._Stat()


class _Lock:
    def release(self) -> None:
        return


@contextmanager
def in_memory() -> Iterator[None]:
    """While this holds, journals are opened on disks of this module."""

    def connect(path: _Path, **_: bool) -> _Handle:
        return _Handle(path.disk, path.process)

    changes: dict[str, Any] = {
        "connect_writer": connect,
        "connect_reader": connect,
        "read_note": lambda path: path.disk.note,
        "NoteFile": _NoteFile,
        "sync_folder": lambda _: None,
        "doubts": lambda _: (),
    }
    with patch.multiple(store, **changes), patch.object(ledger, "connect_writer", connect):
        yield


_CONNECTIONS: list[sqlite3.Connection] = []


def _blank() -> sqlite3.Connection:
    # The shared connection, as new.
    if not _CONNECTIONS:
        made = sqlite3.connect(":memory:", isolation_level=None, cached_statements=512)
        made.create_function("decimal_add", 2, decimal_add, deterministic=True)
        migrate(made)
        made.execute("PRAGMA cell_size_check = OFF")
        made.execute("BEGIN")
        _CONNECTIONS.append(made)
        return made
    (db,) = _CONNECTIONS
    db.execute("ROLLBACK")
    db.execute("BEGIN")
    return db
