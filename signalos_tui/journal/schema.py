"""The tables, and the ordered migrations that lead to them.

Each migration is one transaction, version number included: a process killed inside leaves the old schema or the new one,
never something between. A file from a newer program is refused, not guessed at.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from signalos_tui.errors import JournalUnusable
from signalos_tui.journal.projections import rebuild

APPLICATION_ID = 0x5349_4F53  # "SIOS", at byte 68 of the file


class Migration(NamedTuple):
    """One step. rebuild: the projections changed shape and are made anew from the events in the same transaction."""

    version: int
    statements: tuple[str, ...]
    rebuild: bool = False


KEEP_RECORDS = """
CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END
"""

FIRST = Migration(
    1,
    (
        # Names and values of the file itself: salt, generation.
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID",
        """CREATE TABLE events (
            seq  INTEGER PRIMARY KEY,
            at   INTEGER NOT NULL,
            kind TEXT NOT NULL,
            body BLOB NOT NULL,
            hash BLOB NOT NULL
        )""",
        """CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END""",
        KEEP_RECORDS,
        # "check" binds a snapshot to the record it was taken at, so that it cannot outlive a journal that went back.
        'CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, blob BLOB NOT NULL, "check" BLOB NOT NULL)',
        "CREATE TABLE channels (channel TEXT PRIMARY KEY, title TEXT NOT NULL, provider TEXT NOT NULL) WITHOUT ROWID",
        # Keyed by the record that brought it: rows of fifty channels arrive side by side, and a commit writes few pages.
        """CREATE TABLE messages (
            first_seq INTEGER PRIMARY KEY,
            channel   TEXT NOT NULL,
            id        INTEGER NOT NULL,
            content   TEXT NOT NULL,
            revision  INTEGER NOT NULL,
            deleted   INTEGER NOT NULL,
            at        INTEGER NOT NULL,
            UNIQUE (channel, id)
        )""",
        # outcome: read, accepted, held, denied or rejected. reasons: their codes, one a line.
        """CREATE TABLE signals (
            signal  TEXT PRIMARY KEY,
            channel TEXT NOT NULL,
            at      INTEGER NOT NULL,
            symbol  TEXT NOT NULL,
            side    TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reasons TEXT NOT NULL DEFAULT '',
            profit  TEXT NOT NULL DEFAULT '0'
        )""",
        # attempt: the last one sent. action: the number of the last one intended.
        """CREATE TABLE legs (
            leg       TEXT PRIMARY KEY,
            magic     INTEGER NOT NULL UNIQUE,
            signal    TEXT NOT NULL,
            state     TEXT NOT NULL,
            symbol    TEXT NOT NULL,
            side      TEXT NOT NULL,
            volume    TEXT NOT NULL,
            remaining TEXT NOT NULL,
            risk      TEXT NOT NULL,
            profit    TEXT NOT NULL DEFAULT '0',
            attempt   INTEGER NOT NULL DEFAULT 0,
            action    INTEGER NOT NULL DEFAULT 0,
            opened_at INTEGER,
            closed_at INTEGER
        )""",
        "CREATE INDEX legs_by_signal ON legs (signal)",
        "CREATE TABLE commands (key TEXT PRIMARY KEY, at INTEGER NOT NULL, outcome BLOB NOT NULL)",
        # post: the first_seq of its message. Later records that talk about it; the message itself is not repeated.
        "CREATE TABLE mentions (post INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (post, seq)) WITHOUT ROWID",
    ),
)

LESSONS = Migration(2, ("ALTER TABLE channels ADD COLUMN lesson BLOB",))
"""What a channel was taught last. No earlier record says anything of it, so nothing has to be made anew."""

MIGRATIONS: tuple[Migration, ...] = (FIRST, LESSONS)


def version(connection: sqlite3.Connection) -> int:
    """The schema a file has; 0 for an empty one. Raises JournalUnusable when it is not a journal or from a newer program."""
    found = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if owner != APPLICATION_ID and not (empty and owner == 0):
        raise JournalUnusable("the file is a database, but not a SignalOS journal", "Name another file with --data")
    known = MIGRATIONS[-1].version
    if found > known:
        raise JournalUnusable(
            f"the journal has schema {found}, this program knows up to {known}",
            "Start the newer SignalOS that wrote it; an older one would not understand its records",
        )
    return found


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Bring a file to the last of `migrations`; the version it had before. connection: in autocommit mode."""
    before = version(connection)
    for step in migrations:
        if step.version <= before:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in step.statements:
                connection.execute(statement)
            if step.rebuild:
                rebuild(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
            connection.execute(f"PRAGMA user_version = {step.version:d}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return before
