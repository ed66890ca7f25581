"""How the file is opened: one connection that writes durably, and any number that only read.

Write-ahead log with `synchronous=FULL`: a commit that returned has been synced. The log file is grown once, ahead of use:
a commit then overwrites blocks that exist instead of extending a file, which halves its time.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

BUSY_MS = 5_000
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
        connection.execute("PRAGMA journal_mode = WAL")
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
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


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
