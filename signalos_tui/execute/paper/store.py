"""The broker's books on disk: its own SQLite file, so that a killed console finds its paper trades as it left them.

This is the other side of the promise "never doubled, never lost": the journal is ours, this file is the broker's, and a crash
test compares the two. `truth` can only be added to. WAL with synchronous NORMAL: it survives the death of the process, which
is what it is for; a power cut may cost the last moments.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from signalos_tui.errors import OperatorNeeded, SourceUnreadable
from signalos_tui.execute.paper.book import Account, Books, Holding, TruthRow
from signalos_tui.execute.private import keep_private
from signalos_tui.execute.structs import TradeDeal, TradeOrder

FORMAT = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS holding (ticket INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS waiting (ticket INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS past (ticket INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS deal (ticket INTEGER PRIMARY KEY, position INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS truth (seq INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS quote (symbol TEXT PRIMARY KEY, at INTEGER NOT NULL, bid REAL NOT NULL, ask REAL NOT NULL);
CREATE TRIGGER IF NOT EXISTS truth_stays BEFORE UPDATE ON truth BEGIN SELECT RAISE(ABORT, 'truth is only added to'); END;
CREATE TRIGGER IF NOT EXISTS truth_lasts BEFORE DELETE ON truth BEGIN SELECT RAISE(ABORT, 'truth is only added to'); END;
"""

_encode = msgspec.json.encode
_Body = TypeVar("_Body", bound=Struct)


class PaperStore:
    """The books of a paper account in a file."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises SourceUnreadable when it is something else or locked."""
        self._path = path
        self.failure: OperatorNeeded | None = None
        try:
            keep_private(path)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=2.0)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in (0, FORMAT):
                text = f"The paper account {path} has format {version}, this program knows {FORMAT}"
                raise SourceUnreadable(text, "Update the program, or move the file away to start a new account.")
            self._db.executescript(_SCHEMA)
            self._db.execute(f"PRAGMA user_version = {FORMAT}")
        except (sqlite3.Error, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            text = f"The paper account {path} cannot be opened: {why}"
            raise SourceUnreadable(text, "End the other process that uses it, or move the file away.") from error

    def load(self) -> Books:
        """Everything that is kept."""
        account = self._bodies("account", Account)
        return Books(
            account=account[0] if account else None,
            holdings=self._bodies("holding", Holding),
            orders=self._bodies("waiting", TradeOrder),
            past_orders=self._bodies("past", TradeOrder),
            deals=self._bodies("deal", TradeDeal),
            truth=self.truth(),
            quotes=self.quotes(),
        )

    def truth(self) -> tuple[TruthRow, ...]:
        """Every order that was ever accepted, in the order of acceptance."""
        return self._bodies("truth", TruthRow)

    def quotes(self) -> tuple[tuple[str, int, float, float], ...]:
        """The last quotes: plain symbol, ms UTC, bid, ask. A market that is invented goes on from here."""
        return tuple(self._db.execute("SELECT symbol, at, bid, ask FROM quote ORDER BY symbol").fetchall())

    def _bodies(self, table: str, kind: type[_Body]) -> tuple[_Body, ...]:
        rows: Iterable[tuple[bytes]] = self._db.execute(f"SELECT body FROM {table} ORDER BY rowid")  # noqa: S608 - our names
        return tuple(msgspec.json.decode(body, type=kind) for (body,) in rows)

    # Changes: all of them wait for `commit`. Each raises OperatorNeeded when the disk says no, and from then on: what was
    # meant to be written together is taken back together, and nothing is built on it.

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        if self.failure is not None:
            raise self.failure
        try:
            yield
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()
            text = f"The paper account {self._path} cannot be written: {error}"
            self.failure = OperatorNeeded(text, "Make room on that disk, then start again")
            raise self.failure from error

    def _write(self, statement: str, *values: object) -> None:
        with self._writing():
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
            self._db.execute(statement, values)

    def keep_account(self, account: Account) -> None:
        """Money and the next numbers."""
        self._write("INSERT OR REPLACE INTO account VALUES (1, ?)", _encode(account))

    def keep_holding(self, holding: Holding) -> None:
        """A position as it is now."""
        self._write("INSERT OR REPLACE INTO holding VALUES (?, ?)", holding.position.ticket, _encode(holding))

    def drop_holding(self, ticket: int) -> None:
        """A position that is closed."""
        self._write("DELETE FROM holding WHERE ticket = ?", ticket)

    def keep_order(self, order: TradeOrder) -> None:
        """A waiting order as it is now."""
        self._write("INSERT OR REPLACE INTO waiting VALUES (?, ?)", order.ticket, _encode(order))

    def end_order(self, order: TradeOrder) -> None:
        """An order that waits no longer."""
        self._write("DELETE FROM waiting WHERE ticket = ?", order.ticket)
        self._write("INSERT INTO past VALUES (?, ?)", order.ticket, _encode(order))

    def add_deal(self, deal: TradeDeal) -> None:
        """A deal."""
        self._write("INSERT INTO deal VALUES (?, ?, ?)", deal.ticket, deal.position_id, _encode(deal))

    def add_truth(self, row: TruthRow) -> None:
        """An accepted order."""
        self._write("INSERT INTO truth (body) VALUES (?)", _encode(row))

    def keep_quotes(self, quotes: list[tuple[str, int, float, float]]) -> None:
        """The last quotes."""
        for quote in quotes:
            self._write("INSERT OR REPLACE INTO quote VALUES (?, ?, ?, ?)", *quote)

    def commit(self) -> None:
        """Make everything since the last commit durable."""
        if self._db.in_transaction:
            with self._writing():
                self._db.execute("COMMIT")

    def close(self) -> None:
        """Commit and let go of the file."""
        try:
            self.commit()
        finally:
            self._db.close()
