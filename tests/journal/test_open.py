"""Opening: one writer, the schema, the salt, the generation, and the note that tells an older journal."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from signalos_tui.journal import Journal, JournalUnusable
from signalos_tui.journal.connection import connect_writer
from signalos_tui.journal.lock import doubts
from signalos_tui.journal.note import Note, note_path, read_note
from signalos_tui.journal.schema import APPLICATION_ID, MIGRATIONS, Migration, migrate, version
from signalos_tui.journal.verify import verify
from signalos_tui.model import events as e
from tests.journal import samples as s

NEXT = MIGRATIONS[-1].version + 1


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "journal.db"


def write(path: Path, *events: e.Event) -> None:
    """Open, append, close."""
    journal = Journal.open(path, threaded=False)
    journal.append_now(events or [s.notice()], 1)
    journal.close()


# --- one writer ---------------------------------------------------------------------------------------------------


def test_open_when_another_process_has_it_then_its_pid_and_command_are_named(path: Path) -> None:
    script = """
    import sys
    from pathlib import Path
    from signalos_tui.journal import Journal
    journal = Journal.open(Path(sys.argv[1]), holder="signalos run --headless")
    print("open", flush=True)
    sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(JournalUnusable, match=rf"process {holder.pid} \(signalos run --headless\), since 20"):
            Journal.open(path)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        Journal.open(path).close()  # a killed holder leaves no lock behind


def test_open_when_this_process_has_it_then_it_is_refused_too(path: Path) -> None:
    journal = Journal.open(path, threaded=False)
    with pytest.raises(JournalUnusable, match=f"process {os.getpid()}, since"):
        Journal.open(path)
    journal.close()
    Journal.open(path).close()


@pytest.mark.skipif(sys.platform == "win32", reason="no permission bits there (2026-11)")
def test_files_when_made_then_only_the_owner_may_read_them(path: Path) -> None:
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.notice()], 1)
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name
    journal.close()


def test_import_when_fcntl_is_missing_then_the_package_still_loads() -> None:
    script = """
    import asyncio, subprocess, sys
    sys.modules["fcntl"] = None
    sys.platform = "win32"
    import tempfile, types
    from pathlib import Path
    locked = []
    locking = lambda file, how, size: locked.append((how, size))
    sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, LK_UNLCK=0, locking=locking)
    from signalos_tui.journal.lock import Lock
    Lock(Path(tempfile.mkdtemp()) / "journal.db", "test").release()
    assert locked == [(2, 1), (0, 1)], locked
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


@pytest.mark.parametrize(
    ("where", "mounts", "word"),
    [
        ("/mnt/share/journal.db", "/dev/sda / ext4 rw 0 0\nhost:/x /mnt/share nfs4 rw 0 0\n", "nfs4"),
        ("/mnt/c/journal.db", "/dev/sda / ext4 rw 0 0\nC: /mnt/c 9p rw 0 0\n", "9p"),
        ("/mnt/a b/journal.db", "/dev/sda / ext4 rw 0 0\n//host/x /mnt/a\\040b cifs rw 0 0\n", "cifs"),
        ("/home/me/OneDrive - Me/journal.db", "/dev/sda / ext4 rw 0 0\n", "OneDrive"),
    ],
)
def test_e9_doubts_when_the_folder_is_not_local_then_they_say_so(where: str, mounts: str, word: str) -> None:
    (text,) = doubts(Path(where), mounts)
    assert word in text


def test_doubts_when_the_disk_is_local_then_there_are_none() -> None:
    mounts = "host:/x /mnt/share nfs4 rw 0 0\n/dev/sda / ext4 rw 0 0\nbroken\n"
    assert doubts(Path("/home/me/journal.db"), mounts) == ()


# --- the file and its schema --------------------------------------------------------------------------------------


def test_e8_open_when_the_schema_is_newer_then_it_is_refused_and_untouched(path: Path) -> None:
    write(path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(JournalUnusable, match=r"schema 99, this program knows up to 2\. Start the newer"):
        Journal.open(path)
    assert path.read_bytes() == before


def test_open_when_it_is_another_database_then_it_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    with pytest.raises(JournalUnusable, match="not a SignalOS journal"):
        Journal.open(path)


def test_e6_open_when_it_is_no_database_then_it_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"dear diary\n" * 1000)
    with pytest.raises(JournalUnusable, match="not a database"):
        Journal.open(path)


def test_e6_open_when_the_last_record_is_damaged_then_it_says_where(path: Path) -> None:
    write(path, s.notice("first"), s.notice("a word to be changed"))
    raw = path.read_bytes()
    assert raw.count(b"a word to be changed") == 1
    path.write_bytes(raw.replace(b"a word to be changed", b"a word to be chAnged"))
    with pytest.raises(JournalUnusable, match="damaged at record 2"):
        Journal.open(path)
    Path(f"{path}.lock").unlink()  # nothing holds it: the refusal let go of the lock
    with pytest.raises(JournalUnusable, match="damaged at record 2"):
        Journal.open(path)


def test_e6_open_when_the_file_is_empty_but_was_not_then_it_is_refused(path: Path) -> None:
    write(path)
    path.write_bytes(b"")
    with pytest.raises(JournalUnusable, match="is empty, it had reached record 1"):
        Journal.open(path)


def test_connection_when_it_writes_then_every_commit_is_synced(path: Path) -> None:
    """Durability hangs on two settings and nothing else; neither may be lost by accident."""
    for threaded in (True, False):
        journal = Journal.open(path, threaded=threaded)
        connection = journal._ledger._connection
        assert connection is not None
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        journal.close()


def test_log_when_threaded_then_it_is_grown_before_the_first_record_and_the_file_is_not(path: Path) -> None:
    journal = Journal.open(path)
    grown = journal.log_bytes
    assert grown > 1_000 * 4096
    assert path.stat().st_size < 200_000
    journal.append_now([s.notice()], 1)
    assert journal.log_bytes == grown
    journal.close()
    assert verify(path).ok


def test_migrations_when_applied_then_each_is_one_step(path: Path) -> None:
    path.parent.mkdir()
    connection = connect_writer(path, create=True)
    assert migrate(connection) == 0
    assert version(connection) == MIGRATIONS[-1].version
    assert migrate(connection) == MIGRATIONS[-1].version
    assert connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    broken = (*MIGRATIONS, Migration(NEXT, ("CREATE TABLE extra (a)", "CREATE TABLE meta (a)")))
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, broken)
    assert version(connection) == MIGRATIONS[-1].version
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'extra'").fetchone()[0] == 0
    connection.close()


def test_migration_when_it_changes_a_projection_then_it_is_made_anew_from_the_events(path: Path) -> None:
    write(path, *s.life(1))
    connection = connect_writer(path, create=False)
    connection.execute("DELETE FROM legs")
    migrate(connection, (*MIGRATIONS, Migration(NEXT, ("CREATE TABLE extra (a)",), rebuild=True)))
    assert connection.execute("SELECT state, profit FROM legs").fetchall() == [("closed", "42.35")]
    connection.close()


@pytest.mark.parametrize("statement", [0, 1, 2])
def test_e8_migration_when_killed_inside_then_the_old_schema_stands_and_the_next_start_finishes(
    path: Path, statement: int
) -> None:
    write(path, *s.life(1))
    script = """
    import os, signal, sys
    from pathlib import Path
    from signalos_tui.journal.connection import connect_writer
    from signalos_tui.journal.schema import MIGRATIONS, Migration, migrate
    steps = ["CREATE TABLE extra (a)", "INSERT INTO extra SELECT seq FROM events", "ALTER TABLE meta ADD COLUMN more"]
    if len(sys.argv) > 2:
        steps.insert(int(sys.argv[2]) + 1, "SELECT die()")
    connection = connect_writer(Path(sys.argv[1]), create=False)
    connection.execute("PRAGMA cache_size = 1")
    connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
    migrate(connection, (*MIGRATIONS, Migration(MIGRATIONS[-1].version + 1, tuple(steps))))
    connection.close()
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(path)]
    assert subprocess.run([*command, str(statement)], check=False).returncode == -signal.SIGKILL
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == MIGRATIONS[-1].version
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'extra'").fetchone()[0] == 0
    connection.close()
    assert verify(path).ok
    subprocess.run(command, check=True)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM extra").fetchone()[0] == len(s.life(1))
    connection.close()


# --- salt, generation, going back in time -------------------------------------------------------------------------


def test_generation_when_opened_again_then_it_grows_by_one_in_both_files(path: Path) -> None:
    for expected in (1, 2, 3):
        journal = Journal.open(path, threaded=False)
        assert (journal.generation, journal.mismatch, journal.warnings) == (expected, False, ())
        journal.append_now([s.notice()], 1)
        journal.close()
        note = read_note(path)
        assert note is not None
        assert (note.generation, note.seq) == (expected, expected)


def test_salt_when_not_given_then_it_is_made_once(path: Path) -> None:
    first = Journal.open(path, threaded=False)
    first.close()
    again = Journal.open(path, threaded=False)
    assert again.salt == first.salt
    assert len(again.salt) >= 16
    again.close()
    with pytest.raises(JournalUnusable, match="salt"):
        Journal.open(path, salt=b"another one")


def test_e7_journal_when_an_older_copy_is_put_back_then_it_is_a_mismatch(path: Path, tmp_path: Path) -> None:
    write(path)
    shutil.copy(path, tmp_path / "backup")
    write(path)
    shutil.copy(tmp_path / "backup", path)
    journal = Journal.open(path, threaded=False)
    assert journal.mismatch
    assert "it had reached 2" in journal.warnings[0]
    assert journal.generation == 3
    journal.close()


def test_e7_journal_when_a_copy_of_this_very_run_is_put_back_after_a_kill_then_it_is_a_mismatch(
    path: Path, tmp_path: Path
) -> None:
    """The note follows every commit, so that even records of the same generation are missed."""
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.notice("a")], 1)
    assert journal._ledger._connection is not None
    journal._ledger._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, tmp_path / "backup")
    journal.append_now([s.notice("b")], 2)
    killed_note = note_path(path).read_bytes()
    journal.close()
    shutil.copy(tmp_path / "backup", path)
    note_path(path).write_bytes(killed_note)
    assert "had reached 2" in verify(path).findings[0].text
    again = Journal.open(path, threaded=False)
    assert again.mismatch
    again.close()


def test_journal_when_its_history_was_replaced_then_it_is_a_mismatch(path: Path) -> None:
    write(path, s.notice("a"))
    note = note_path(path).read_bytes()
    path.unlink()
    note_path(path).unlink()
    write(path, s.notice("b"))
    note_path(path).write_bytes(note)
    journal = Journal.open(path, threaded=False)
    assert "record 1 is not the one that was written" in journal.warnings[0]
    journal.close()


def test_e7_journal_when_it_is_lost_then_the_new_one_keeps_the_salt_and_is_a_mismatch(path: Path) -> None:
    write(path)
    lost = Journal.open(path, threaded=False)
    lost.close()
    path.unlink()
    journal = Journal.open(path, threaded=False)
    assert (journal.mismatch, journal.salt, journal.generation) == (True, lost.salt, 3)
    journal.close()


@pytest.mark.parametrize("content", [None, b"", b"not json", b'{"generation":1}'])
def test_note_when_it_is_missing_or_damaged_then_it_is_a_mismatch(path: Path, content: bytes | None) -> None:
    write(path)
    if content is None:
        note_path(path).unlink()
    else:
        note_path(path).write_bytes(content)
    journal = Journal.open(path, threaded=False)
    assert journal.mismatch
    journal.close()


def test_mismatch_when_recovery_was_not_completed_then_the_next_start_still_knows(path: Path) -> None:
    write(path)
    note_path(path).unlink()
    for _ in range(2):
        journal = Journal.open(path, threaded=False)
        assert journal.mismatch
        journal.append_now([s.notice("recovering")], 2)
        journal.close()
    journal = Journal.open(path, threaded=False)
    journal.append_now([e.EngineArmed(0, 0)], 3)
    assert journal.mismatch  # of this run; what was posted before it stays unsent
    journal.close()
    armed = Journal.open(path, threaded=False)
    assert not armed.mismatch
    armed.close()


def test_start_when_killed_between_its_two_files_then_that_is_no_mismatch(path: Path) -> None:
    write(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
    connection.close()
    journal = Journal.open(path, threaded=False)
    assert not journal.mismatch
    journal.close()


def test_note_when_it_cannot_be_written_then_the_records_count_and_the_owner_is_warned(path: Path) -> None:
    journal = Journal.open(path, threaded=False)
    journal._note._file.close()
    journal._note._file = note_path(path).open("rb", buffering=0)
    assert journal.append_now([s.notice()], 1)[0].seq == 1
    assert "could not be written" in journal.warnings[0]
    journal.close()
    Journal.open(path, threaded=False).close()


def test_e5_log_when_it_has_grown_then_the_owner_is_warned(path: Path) -> None:
    journal = Journal.open(path, threaded=False)
    before = journal.warnings
    with Path(f"{path}-wal").open("r+b") as log:
        log.truncate(100 << 20)
    assert [*before, *journal.warnings] == [journal.warnings[-1]]
    assert "100 MB" in journal.warnings[-1]
    journal.close()


def test_note_when_read_then_it_is_one_sector(path: Path) -> None:
    write(path)
    assert note_path(path).stat().st_size == 512
    assert isinstance(read_note(path), Note)
