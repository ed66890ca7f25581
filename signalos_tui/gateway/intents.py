"""The gateway's own memory of what it was asked to send: insert, call, record (reference: reliability R6, D13, D14).

An intent stands here, on the disk (synchronous = FULL), before the terminal hears of it. Found again without an outcome, it was
"attempted, unknown": the answer is that, and it is never called a second time. One file per account, one writer.
"""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct

from signalos_tui.durable import InPlace
from signalos_tui.errors import OperatorNeeded
from signalos_tui.execute.private import keep_private

FORMAT = 1
LATER = "~"
"""In the id of what is done to a leg after it was opened ("<leg>~<action>/<ms UTC>"). That is absolute and may be repeated long
after the journal's last line: it does not count as the newest, or every restart after a moved stop would be a quarantine."""
KEPT_MS = 180 * 24 * 3_600_000
"""Half a year; an intent that old is refused for its age alone."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS intent (
    id TEXT PRIMARY KEY, at INTEGER NOT NULL, asked INTEGER NOT NULL, request BLOB NOT NULL,
    recorded INTEGER, result BLOB, code INTEGER, text TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS intent_asked ON intent (asked);
CREATE TABLE IF NOT EXISTS seen (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
_RAISE = "INSERT INTO seen VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)"
# Counted from the newest row where that is older than now: a clock that is years ahead for a moment must not empty the store.
_FORGET = "DELETE FROM intent WHERE asked < min(?, (SELECT max(asked) FROM intent)) - ?"


class StoreLost(sqlite3.OperationalError):
    """The file at the store's place is not the one that was opened: what is written now is gone with this process."""


class Known(Struct, frozen=True):
    """What is known of an intent. outcome: the recorded answer, None when it was attempted and how it ended is not known."""

    is_same_request: bool
    outcome: tuple[msgspec.Raw, tuple[int, str]] | None


class IntentStore:
    """Every intent of one account that was ever called. Methods raise sqlite3.Error when the disk does not take it.

    The file may be removed or replaced under the open store, and the disk takes everything all the same: into a file that nobody
    finds again. So each insert looks whether the file is still at its place.
    """

    def __init__(self, path: Path, now: int) -> None:
        """Open or make it, and forget what is older than half a year. now: ms UTC. Raises OperatorNeeded."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            keep_private(path)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=2.0)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in (0, FORMAT):
                text = f"the intent store {path} has format {version}, this program knows {FORMAT}"
                raise OperatorNeeded(text, "Update the program")
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA user_version = {FORMAT}")
            self._db.execute(_FORGET, (now, KEPT_MS))
            self._path = path
            self._files = InPlace(path, path.with_name(f"{path.name}-wal"))
        except (sqlite3.Error, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            text = f"the intent store {path} cannot be used: {why}"
            raise OperatorNeeded(
                text, "Nothing is sent without it. Check the disk; a damaged store is never replaced"
            ) from None

    def known(self, intent: str, request: bytes) -> Known | None:
        """What is known of this intent; None when it was never called. request: encoded."""
        columns = "SELECT request, recorded, result, code, text FROM intent WHERE id = ?"
        row = self._db.execute(columns, (intent,)).fetchone()
        if row is None:
            return None
        mark, recorded, result, code, text = row
        outcome = None if recorded is None else (msgspec.Raw(result), (code, text))
        return Known(mark == _mark(request), outcome)

    def insert(self, intent: str, at: int, request: bytes, now: int) -> None:
        """Before the call. Raises sqlite3.IntegrityError: it stands here already; StoreLost: it would not be found again."""
        self._require_files()
        self._db.execute("BEGIN IMMEDIATE")
        try:
            columns = "INSERT INTO intent (id, at, asked, request) VALUES (?, ?, ?, ?)"
            self._db.execute(columns, (intent, at, now, _mark(request)))
            if LATER not in intent:
                self._db.execute(_RAISE, ("newest_intent_at", at))
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _require_files(self) -> None:
        try:
            gone = self._files.gone()
        except OSError:
            gone = self._path
        if gone is not None:
            text = f"{gone} was removed or replaced while the gateway ran"
            raise StoreLost(f"{text}. End the gateway, put the file back, and start it again")

    def record(self, intent: str, result: bytes, error: tuple[int, str], now: int) -> None:
        """After the call: what a second request for this intent will be told."""
        change = "UPDATE intent SET recorded = ?, result = ?, code = ?, text = ? WHERE id = ? AND recorded IS NULL"
        self._db.execute(change, (now, result, *error, intent))

    def raise_fence(self, fence: int) -> None:
        """Remember the highest generation of a journal that was let in as executor."""
        self._db.execute(_RAISE, ("fence", fence))

    @property
    def fence(self) -> int:
        """The highest generation seen; 0 for none."""
        return self._seen("fence")

    @property
    def newest_intent_at(self) -> int:
        """When the newest opening was intended that was ever to be sent, ms UTC; 0 for none (reference: reliability R9)."""
        return self._seen("newest_intent_at")

    def _seen(self, name: str) -> int:
        row = self._db.execute("SELECT value FROM seen WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _mark(request: bytes) -> bytes:
    return sha256(request).digest()
