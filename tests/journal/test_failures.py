"""When the disk says no: full, read-only, failing syncs, a file that was moved; and that it goes on afterwards."""

from __future__ import annotations

import asyncio
import errno
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.journal import Journal, JournalFailed, JournalUnusable, store
from signalos_tui.journal.connection import connect_writer
from signalos_tui.journal.verify import verify
from signalos_tui.model import events as e
from tests.journal import samples as s

ROOM = "x" * 20_000


class Faulty:
    """A connection whose statements fail as told. after: the statement is carried out and fails all the same."""

    def __init__(self, connection: sqlite3.Connection, fails: Callable[[str], bool], *, after: bool = False) -> None:
        self.inner = connection
        self.fails = fails
        self.after = after

    def execute(self, sql: str, *values: Any) -> Any:
        bad = self.fails(sql)
        if bad and not self.after:
            raise sqlite3.OperationalError("disk I/O error")
        cursor = self.inner.execute(sql, *values)
        if bad:
            raise sqlite3.OperationalError("disk I/O error")
        return cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def break_disk(journal: Journal, fails: Callable[[str], bool], *, after: bool = False) -> None:
    """Let the open connection fail, and leave the next one whole."""
    ledger = journal._ledger
    assert ledger._connection is not None
    ledger._connection = Faulty(ledger._connection, fails, after=after)  # type: ignore[assignment]


def fill_disk(journal: Journal) -> Callable[[], None]:
    """Make the database as large as it may get, also when it is opened anew; returns what frees space."""
    ledger = journal._ledger
    assert ledger._connection is not None
    full = [True]
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0] + 1

    def connect(path: Path) -> sqlite3.Connection:
        connection = connect_writer(path, create=False)
        connection.execute(f"PRAGMA max_page_count = {pages if full[0] else 1_000_000}")
        return connection

    ledger._connect = connect
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    return lambda: full.__setitem__(0, False)


@pytest.mark.parametrize("threaded", [True, False])
async def test_e3_disk_when_full_then_nothing_is_written_and_it_goes_on_when_there_is_space(
    tmp_path: Path, threaded: bool
) -> None:
    journal = Journal.open(tmp_path / "journal.db", threaded=threaded)
    await journal.append([s.received(1)], 1)
    before = journal.head
    free = fill_disk(journal)
    for _ in range(3):
        with pytest.raises(JournalFailed, match="Free space"):
            await journal.append([s.received(2), s.notice(ROOM)], 2)
        assert journal.head == before
        assert journal.message_content(s.post(2).key) is None
    free()
    records = await journal.append([s.received(2), s.notice(ROOM)], 3)
    assert [record.seq for record in records] == [2, 3]
    journal.close()
    assert verify(tmp_path / "journal.db").ok


async def test_commit_when_it_fails_then_every_waiter_of_the_batch_is_told(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    break_disk(journal, lambda sql: sql == "COMMIT")
    answers = await asyncio.gather(*(journal.append([s.notice()], n) for n in range(20)), return_exceptions=True)
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    assert failed
    assert all(isinstance(answer, JournalFailed) for answer in failed)
    assert len(set(map(id, failed))) == len(failed)
    written = [record.seq for answer in answers if isinstance(answer, list) for record in answer]
    assert written == list(range(1, journal.head.seq + 1))
    await journal.append([s.notice()], 99)
    journal.close()
    assert verify(tmp_path / "journal.db").ok


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "SAVEPOINT batch", "COMMIT"])
def test_e3_any_statement_when_it_fails_then_the_group_is_out_and_the_next_is_in(
    tmp_path: Path, statement: str
) -> None:
    journal = Journal.open(tmp_path / "journal.db", threaded=False)
    journal.append_now(s.life(1), 1)
    break_disk(journal, lambda sql: sql == statement)
    with pytest.raises(JournalFailed, match="disk I/O error"):
        journal.append_now([s.received(2)], 2)
    assert journal.head.seq == len(s.life(1))
    assert journal.append_now([s.received(2)], 3)[0].seq == journal.head.seq
    journal.close()
    assert verify(tmp_path / "journal.db").ok


def test_e4_commit_when_it_reached_the_disk_but_reported_failure_then_it_is_taken_back(tmp_path: Path) -> None:
    """Nobody was told that it is written, and the engine acts on that: it must not come back after a restart."""
    journal = Journal.open(tmp_path / "journal.db", threaded=False)
    journal.append_now(s.life(1), 1)
    break_disk(journal, lambda sql: sql == "COMMIT", after=True)
    with pytest.raises(JournalFailed):
        journal.append_now([s.received(2), s.intended(2)], 2)
    (record,) = journal.append_now([s.received(3)], 3)
    assert record.seq == len(s.life(1)) + 1
    assert journal.message_content(s.post(2).key) is None
    assert journal.append_now([s.received(2)], 4)
    journal.close()
    assert verify(tmp_path / "journal.db").ok


def test_reopening_when_it_fails_too_then_it_is_tried_again_at_the_next_write(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db", threaded=False)
    break_disk(journal, lambda sql: sql == "COMMIT")
    connect = journal._ledger._connect

    def fails(_path: Path) -> sqlite3.Connection:
        raise sqlite3.OperationalError("unable to open database file")

    journal._ledger._connect = fails
    for _ in range(3):
        with pytest.raises(JournalFailed):
            journal.append_now([s.notice()], 1)
    journal._ledger._connect = connect
    assert journal.append_now([s.notice()], 2)[0].seq == 1
    journal.close()


async def test_snapshot_when_the_disk_fails_then_it_is_said_and_the_log_goes_on(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    await journal.append([s.notice()], 1)
    break_disk(journal, lambda sql: sql == "COMMIT")
    with pytest.raises(JournalFailed):
        await journal.save_snapshot(1, b"state")
    await journal.append([s.notice()], 2)
    await journal.save_snapshot(2, b"state")
    assert journal.snapshot == (2, b"state")
    journal.close()


def test_file_when_moved_away_then_nothing_is_written_into_the_void(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.notice()], 1)
    path.rename(tmp_path / "elsewhere.db")
    with pytest.raises(JournalFailed):
        journal.append_now([s.notice()], 2)
    shutil.copy(tmp_path / "elsewhere.db", path)
    with pytest.raises(JournalFailed, match="another file"):
        journal.append_now([s.notice()], 3)
    journal.close()


def test_log_when_removed_under_the_writer_then_refused_and_what_it_had_is_saved(tmp_path: Path) -> None:
    """A cleaner took it: every record went into a file that nobody finds again, and after a kill they were gone."""
    path = tmp_path / "journal.db"
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.notice("a"), s.notice("b")], 1)
    path.with_name("journal.db-wal").unlink()
    for _ in range(2):
        with pytest.raises(JournalFailed, match="was removed or replaced while it was written; nothing of it is lost"):
            journal.append_now([s.notice("c")], 2)
    copy = tmp_path / "as a killed process leaves it" / "journal.db"
    copy.parent.mkdir()
    for name in ("journal.db", "journal.db.head"):
        shutil.copy(path.with_name(name), copy.with_name(name))
    assert verify(copy).ok
    journal.close()
    again = Journal.open(path, threaded=False)
    assert again.head.seq == 2
    assert not again.mismatch
    again.append_now([s.notice("c")], 3)
    again.close()
    assert verify(path).ok


def test_log_when_replaced_under_the_writer_then_refused_and_not_mixed_with_the_other(tmp_path: Path) -> None:
    path, log = tmp_path / "journal.db", tmp_path / "journal.db-wal"
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.notice("a")], 1)
    before = path.read_bytes()
    shutil.copy(log, tmp_path / "copy")
    journal.append_now([s.notice("b")], 2)
    (tmp_path / "copy").replace(log)
    with pytest.raises(JournalFailed, match="what was written last may be lost"):
        journal.append_now([s.notice("c")], 3)
    assert path.read_bytes() == before or not log.exists()
    journal.close()


async def test_log_when_the_disk_failed_and_the_file_was_opened_anew_then_its_new_log_is_no_alarm(
    tmp_path: Path,
) -> None:
    journal = Journal.open(tmp_path / "journal.db")
    for number in range(3):
        break_disk(journal, lambda sql: sql == "COMMIT")
        with pytest.raises(JournalFailed):
            await journal.append([s.notice("failed")], number)
        await journal.append([s.notice()], number)
        await journal.append([s.notice()], number)
    assert journal.head.seq == 6
    journal.close()


def test_disk_when_records_vanish_after_a_failure_then_nothing_is_written_again(tmp_path: Path) -> None:
    """A file that no longer ends where it was acknowledged is a lost journal, whatever else it looks like."""
    path = tmp_path / "journal.db"
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.notice("a"), s.notice("b")], 1)
    break_disk(journal, lambda sql: sql == "COMMIT")
    with pytest.raises(JournalFailed):
        journal.append_now([s.notice("c")], 2)
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER events_are_never_deleted")
        connection.execute("DELETE FROM events WHERE seq = 2")
    connection.close()
    for _ in range(2):
        with pytest.raises(JournalFailed, match="acknowledged was record 2"):
            journal.append_now([s.notice("c")], 3)
    journal.close()


async def test_e5_database_when_another_program_holds_it_then_it_is_said_and_passes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path, threaded=False)
    assert journal._ledger._connection is not None
    journal._ledger._connection.execute("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalFailed, match="Close the program"):
        await journal.append([s.notice()], 1)
    other.execute("ROLLBACK")
    other.close()
    assert (await journal.append([s.notice()], 2))[0].seq == 1
    journal.close()


def test_e5_reader_when_it_stays_open_then_writing_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.notice("a")], 1)
    reader = sqlite3.connect(path)
    cursor = reader.execute("SELECT seq FROM events")
    break_disk(journal, lambda sql: sql == "COMMIT")
    with pytest.raises(JournalFailed):
        journal.append_now([s.notice("b")], 2)
    assert journal.append_now([s.notice("b")], 3)[0].seq == 2
    cursor.close()
    reader.close()
    journal.close()


def run(script: str, *arguments: object, expect: int = 0) -> str:
    """Run a script in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == expect, done.stderr
    return done.stdout


def test_e3_file_when_it_may_not_grow_then_the_group_fails_and_the_journal_is_whole(tmp_path: Path) -> None:
    """A real limit of the operating system on a real file: RLIMIT_FSIZE, met while the log is written."""
    path = tmp_path / "journal.db"
    out = run(
        """
        import resource, signal, sys
        from pathlib import Path
        from signalos_tui.journal import Journal, JournalFailed
        from tests.journal import samples as s

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        journal = Journal.open(Path(sys.argv[1]), threaded=False)
        journal.append_now([s.notice("kept")], 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
        failures = 0
        for turn in range(4):
            try:
                journal.append_now([s.notice("x" * 6_000_000)], 2)
            except JournalFailed:
                failures += 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(failures, journal.append_now([s.notice("y" * 6_000_000)], 3)[0].seq)
        journal.close()
        """,
        path,
    )
    assert out.split() == ["4", "2"]
    findings = verify(path)
    assert (findings.ok, findings.records) == (True, 2)


def _full() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorname = "SQLITE_FULL"
    return error


@pytest.mark.parametrize(
    ("name", "error"),
    [("connect_writer", _full()), ("Lock", OSError(errno.ENOSPC, "No space left on device"))],
    ids=["database", "lock"],
)
def test_open_when_the_disk_is_full_then_it_says_to_make_room_and_start_again(
    name: str, error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by hand on a small disk: it promised to go on by itself, or asked for a folder that may be written."""

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(store, name, fails)
    with pytest.raises(JournalUnusable) as caught:
        Journal.open(tmp_path / "journal.db", threaded=False)
    assert caught.value.remedy == "Free space on that disk, then start again"


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no write permission there (2026-11)")
def test_folder_when_it_may_not_be_written_then_it_is_refused_with_the_next_step(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    Journal.open(folder / "journal.db", threaded=False).close()
    for name in ("journal.db", "journal.db.lock", "journal.db.head"):
        (folder / name).chmod(0o444)
    folder.chmod(0o555)
    out = run(
        """
        import os, sys
        from pathlib import Path
        from signalos_tui.journal import Journal, JournalUnusable
        from signalos_tui.journal.queries import tail

        if os.geteuid() == 0:
            os.setuid(65534)  # permissions do not bind root
        try:
            Journal.open(Path(sys.argv[1]), threaded=False)
        except JournalUnusable as error:
            print(error)
        """,
        folder / "journal.db",
    )
    folder.chmod(0o755)
    assert "Make its folder writable" in out


def test_path_when_it_lies_in_a_file_then_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(JournalUnusable, match="cannot be opened"):
        Journal.open(tmp_path / "file" / "journal.db")


async def test_writer_when_it_meets_a_mistake_of_ours_then_waiters_hear_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(tmp_path / "journal.db")

    def broken(*_: object) -> list[e.Record]:
        raise RuntimeError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr(journal._ledger, "_transaction", broken)
        with pytest.raises(JournalFailed, match="a mistake"):
            await journal.append([s.notice()], 1)
    assert (await journal.append([s.notice()], 2))[0].seq == 1
    journal.close()


@pytest.mark.parametrize("threaded", [True, False])
async def test_what_a_failed_commit_left_on_the_disk_then_nobody_takes_it_for_known(
    tmp_path: Path, threaded: bool
) -> None:
    """It is taken back before the next write: who finds the post meanwhile and leaves it out would lose it for good."""
    journal = Journal.open(tmp_path / "journal.db", threaded=threaded)
    await journal.append([s.received(1)], 1)
    break_disk(journal, lambda sql: sql == "COMMIT", after=True)
    with pytest.raises(JournalFailed, match="disk I/O error"):
        await journal.append([s.received(2), s.answered("pressed")], 2)
    with pytest.raises(JournalFailed, match="may have reached"):
        journal.message_content(s.post(2).key)
    with pytest.raises(JournalFailed, match="may have reached"):
        journal.cursors()
    assert journal.answer_of("pressed") is None
    await journal.append([s.notice()], 3)
    assert journal.message_content(s.post(2).key) is None
    assert journal.cursors() == {s.post(1).channel: 1}
    journal.close()
