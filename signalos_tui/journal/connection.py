"""How the file is opened: one connection that writes durably, and any number that only read.

Write-ahead log with `synchronous=FULL`: a commit that returned has been synced. The log file is grown once, ahead of use:
a commit then overwrites blocks that exist instead of extending a file, which halves its time.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from signalos_tui.errors import JournalUnusable

VERIFY = "Run `signalos journal verify`, then restore the newest backup that passes it"
"""The next step when a journal is damaged."""

BUSY_MS = 2_000
WAL_ALARM = 64 * 1024 * 1024
_SPILL = b"\x00" * 65_536
_SPILLS = 72  # a little more than the 1000 pages after which SQLite starts the log over


def _uri(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def decimal_add(left: str, right: str) -> str:
    """The exact sum of two decimals kept as text; SQL calls it to add up profits."""
    return str(Decimal(left) + Decimal(right))


def _text(raw: bytes) -> str:
    # A damaged byte is for the check of the chain to report, not for the driver to stumble over.
    return raw.decode("utf-8", "replace")


def connect_writer(path: Path, *, create: bool) -> sqlite3.Connection:
    """The connection that writes, in autocommit mode. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        _uri(path, "rwc" if create else "rw"),
        uri=True,
        isolation_level=None,
        check_same_thread=False,  # opened here, used by the writer thread alone
        timeout=BUSY_MS / 1000,
    )
    try:
        _look(connection)
        if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise sqlite3.OperationalError("no write-ahead log can be kept on this file system")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA cache_size = -16000")
        connection.text_factory = _text
        connection.create_function("decimal_add", 2, decimal_add, deterministic=True)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. Raises sqlite3.Error."""
    try:
        return _reader(_uri(path, "ro"))
    except sqlite3.OperationalError:
        # A journal at rest in a folder we may not write to: no writer can be there, so none has to be minded.
        if path.exists() and not path.with_name(f"{path.name}-wal").exists():
            return _reader(_uri(path, "ro") + "&immutable=1")
        raise


def _reader(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
    try:
        connection.text_factory = _text
        connection.execute("PRAGMA query_only = ON")
        _look(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turns whatever a damaged file makes of a reading into JournalUnusable.

    A changed byte can be a name that is not text, a number that is none, a state nobody knows: all of it is damage.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise JournalUnusable(f"the journal {path} cannot be read: {describe(error)}", remedy_to_open(error)) from error
    except (ValueError, TypeError, ArithmeticError) as error:
        raise JournalUnusable(f"the journal {path} is damaged: {error!r}", VERIFY) from error


def _look(connection: sqlite3.Connection) -> None:
    # Makes SQLite read the schema now. It quotes a damaged one in its message, in bytes that need not be text.
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except UnicodeDecodeError as error:
        raise sqlite3.DatabaseError("the schema of the file is damaged") from error


def grow_log(connection: sqlite3.Connection) -> None:
    """Make the write-ahead log as large as it gets between two checkpoints, without writing a record.

    A transaction larger than the page cache spills into the log and is rolled back; the bytes stay, as space.
    """
    connection.execute("PRAGMA cache_size = 16")
    try:
        connection.execute("BEGIN IMMEDIATE")
        for number in range(_SPILLS):
            connection.execute(
                'INSERT INTO snapshots (seq, blob, "check") VALUES (?, ?, ?)', (-1 - number, _SPILL, b"")
            )
        connection.execute("ROLLBACK")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("PRAGMA cache_size = -16000")


def describe(error: sqlite3.Error | OSError) -> str:
    """An error of the disk or of SQLite, with its symbolic name where it has one."""
    name = getattr(error, "sqlite_errorname", "")
    return f"{error} ({name})" if name else str(error)


def remedy(error: sqlite3.Error | OSError) -> str:
    """The next step after an error of the disk or of SQLite."""
    name = getattr(error, "sqlite_errorname", "")
    if "FULL" in name:
        return "Free space on that disk; writing goes on by itself"
    if "READONLY" in name or "CANTOPEN" in name or isinstance(error, PermissionError):
        return "Make the file and its folder writable"
    if "BUSY" in name or "LOCKED" in name:
        return "Close the program that holds the database"
    if "CORRUPT" in name or "NOTADB" in name or "SCHEMA" in name:
        return VERIFY
    return "Check the disk; the journal is opened anew and checked before the next write"


def remedy_to_open(error: sqlite3.Error | OSError) -> str:
    """The next step after an error that kept a journal from being opened: nobody goes on by himself then."""
    if getattr(error, "errno", None) == errno.ENOSPC or "FULL" in getattr(error, "sqlite_errorname", ""):
        return "Free space on that disk, then start again"
    return "Make its folder writable" if isinstance(error, OSError) else remedy(error)
