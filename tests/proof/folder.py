"""A real journal and a real paper account in a folder, with a real SIGKILL at any of their writes."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Any

from signalos_tui.commands.places import JOURNAL, PAPER
from signalos_tui.execute.paper import PaperStore
from signalos_tui.journal import Journal
from tests.crash.fuse import Box
from tests.proof.disk import SALT
from tests.proof.process import Gone, Process

MEMORY = Path("/dev/shm")


def place() -> str | None:
    """A folder in memory for many small files, where there is one: a kill is about the process, not about the disk."""
    return str(MEMORY) if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None


class Fused(Process):
    """A process that really dies. box: memory in which whoever lit the fuse finds how far it came."""

    def __init__(self, dies_at: int, box: Box, now: Any) -> None:
        super().__init__(dies_at, self._die)
        self._box = box
        self._clock = now

    def point(self, name: str = "") -> None:
        """Pass one point, or die at it."""
        self._box.put(self.points + 1, 0, self._clock())
        super().point(name)

    def _die(self) -> None:
        if self._dies_at:
            os.kill(os.getpid(), signal.SIGKILL)


class Folder:
    """The files of one drill. template: an empty journal to begin with, None to begin from nothing."""

    def __init__(self, path: Path, template: Path | None = None) -> None:
        self.path = path
        self._journal: Journal | None = None
        if template is not None and not (path / JOURNAL).exists():
            for file in template.iterdir():
                shutil.copyfile(file, path / file.name)

    def open(self, process: Process) -> Journal:
        """The journal as a starting process opens it, with a point around everything it writes."""
        journal = self._journal = Journal.open(self.path / JOURNAL, threaded=False, salt=SALT, holder="proof")
        connection: Any = journal._ledger._connection
        fused: Any = _Connection(connection, process)
        journal._ledger._connection = fused
        advance = journal._note.advance

        def noted(*place: Any, **more: Any) -> None:
            process.point()
            advance(*place, **more)
            process.point()

        setattr(journal._note, "advance", noted)  # noqa: B010 (mypy: a method)
        return journal

    def store(self, process: Process) -> PaperStore:
        """The broker's books, with a point before and after each commit."""
        store = PaperStore(self.path / PAPER)
        commit = store.commit

        def fused() -> None:
            if store._db.in_transaction:
                process.point()
                commit()
                process.point()

        setattr(store, "commit", fused)  # noqa: B010 (mypy: a method)
        return store

    def leg_state(self, magic: object) -> str:
        """How a leg stands on disk, "" when it does not."""
        if self._journal is None:
            return ""
        row = self._journal._read().execute("SELECT state FROM legs WHERE magic = ?", (magic,)).fetchone()
        return str(row[0]) if row else ""

    def lose(self) -> None:
        """A process that died has written what it has written."""

    def copy(self) -> None:
        """No copies are taken here."""

    def restore(self) -> bool:
        """There is none."""
        return False

    def close(self) -> None:
        """In order."""
        if self._journal is not None:
            self._journal.close()


class _Connection:
    # The writer's connection, with a point before every statement that changes something, and after each commit.

    def __init__(self, inner: sqlite3.Connection, process: Process) -> None:
        self._inner = inner
        self._process = process

    def execute(self, sql: str, *values: Any) -> Any:
        if sql.startswith(("SELECT", "PRAGMA")):
            return self._inner.execute(sql, *values)
        self._process.point()
        result = self._inner.execute(sql, *values)
        if sql == "COMMIT":
            self._process.point()
        return result

    def executemany(self, sql: str, *values: Any) -> Any:
        self._process.point()
        return self._inner.executemany(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


__all__ = ["Folder", "Fused", "Gone", "place"]
