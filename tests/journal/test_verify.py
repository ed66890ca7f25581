"""Damage: every flipped byte, cut, emptied, replaced or shortened file is found; projections are proved and rebuilt."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from signalos_tui.journal import Journal, JournalConflict, JournalUnusable
from signalos_tui.journal.note import note_path
from signalos_tui.journal.projections import PROJECTIONS
from signalos_tui.journal.verify import rebuild_projections, verify
from tests.journal import samples as s


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small journal with every projection filled and a snapshot."""
    path = tmp_path_factory.mktemp("sound") / "journal.db"
    journal = Journal.open(path, threaded=False, salt=b"0123456789abcdef")
    journal.append_now([s.followed()], s.AT)
    for number in range(1, 4):
        journal.append_now(s.life(number), s.AT + number)
    journal._ledger.save_snapshot(10, b"a state of the desk " * 8)
    journal.close()
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    for file in (sound, note_path(sound)):
        shutil.copy(file, tmp_path / file.name)
    return tmp_path / sound.name


def tamper(path: Path, *statements: str) -> None:
    """Change a journal with SQL, past its own guards."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP TRIGGER events_are_never_changed")
    connection.execute("DROP TRIGGER events_are_never_deleted")
    for statement in statements:
        connection.execute(statement)
    connection.close()


def content(path: Path) -> list[tuple[object, ...]]:
    """Everything a journal holds."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    rows = [
        (table, *row)
        for table in ("events", "snapshots", "meta", *PROJECTIONS)
        for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")
    ]
    connection.close()
    return rows


def test_verify_when_whole_then_it_says_how_far(path: Path) -> None:
    seen: list[tuple[int, int]] = []
    findings = verify(path, lambda done, total: seen.append((done, total)))
    assert findings.ok
    assert (findings.records, findings.head.seq, findings.generation, findings.first_bad) == (28, 28, 1, None)
    assert seen == [(28, 28)]


def test_verify_when_the_engine_is_writing_then_it_sees_one_consistent_state(path: Path) -> None:
    journal = Journal.open(path, threaded=False)
    journal.append_now(s.life(9), 1)
    assert verify(path).ok
    journal.append_now([s.notice()], 2)
    findings = verify(path)
    assert (findings.ok, findings.records) == (True, 38)
    journal.close()


def test_e6_verify_when_any_byte_of_the_events_is_flipped_then_it_is_found(path: Path) -> None:
    """Every stored field of every record, byte by byte of the records' own text."""
    raw = path.read_bytes()
    connection = sqlite3.connect(path)
    fields = [
        bytes(field) if isinstance(field, bytes) else str(field).encode()
        for row in connection.execute("SELECT body, hash FROM events")
        for field in row
    ]
    connection.close()
    choice = random.Random(3)
    for field in fields:
        where = raw.index(field) + choice.randrange(len(field))
        damaged = bytearray(raw)
        damaged[where] ^= 1 << choice.randrange(8)
        path.write_bytes(damaged)
        assert verify(path).first_bad is not None, (where, field)


def test_e6_verify_when_any_byte_of_the_file_is_flipped_then_it_is_found_or_says_nothing(path: Path) -> None:
    """What passes after a flip reads exactly as before it: the byte was in space nobody reads."""
    raw, whole = path.read_bytes(), content(path)
    choice = random.Random(11)
    found = 0
    for where in [*range(0, 100, 3), *choice.sample(range(100, len(raw)), 350)]:
        damaged = bytearray(raw)
        damaged[where] ^= 1 << choice.randrange(8)
        path.write_bytes(damaged)
        for extra in ("-wal", "-shm"):
            Path(f"{path}{extra}").unlink(missing_ok=True)
        findings = verify(path)
        found += not findings.ok
        assert not findings.ok or content(path) == whole, where
    assert found > 50


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_e6_verify_when_the_file_is_cut_then_it_is_found(path: Path, part: float) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * part)])
    assert not verify(path).ok


def test_verify_when_there_is_no_journal_then_it_says_so(tmp_path: Path) -> None:
    missing, empty, foreign, text = (tmp_path / name for name in ("missing", "empty", "foreign", "text"))
    empty.write_bytes(b"")
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    text.write_text("dear diary\n" * 500)
    words = {missing: "there is none", empty: "empty", foreign: "not a SignalOS journal", text: "not a database"}
    for path, word in words.items():
        found = verify(path).findings
        assert any(word in finding.text for finding in found), (path, found)


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("DELETE FROM events WHERE seq = 5", 5),
        ("DELETE FROM events WHERE seq < 4", 1),
        ("UPDATE events SET at = at + 1 WHERE seq = 7", 7),
        ("UPDATE events SET kind = 'leg-closed' WHERE seq = 8", 8),
        ("UPDATE events SET seq = 99 WHERE seq = 28", 28),
        ("UPDATE events SET seq = -1 WHERE seq = 1", 1),
        ("UPDATE events SET body = (SELECT body FROM events WHERE seq = 3) WHERE seq = 12", 12),
        ("UPDATE events SET body = 'text' WHERE seq = 12", 12),
        ("UPDATE events SET hash = zeroblob(32) WHERE seq = 28", 28),
        ("UPDATE meta SET value = x'00' WHERE name = 'salt'", 1),
    ],
)
def test_verify_when_a_record_was_tampered_with_then_the_first_bad_one_is_named(
    path: Path, statement: str, first_bad: int
) -> None:
    tamper(path, statement)
    findings = verify(path)
    assert findings.first_bad == first_bad
    assert findings.records == first_bad - 1


def test_verify_when_the_tail_was_deleted_then_the_note_gives_it_away(path: Path) -> None:
    tamper(path, "DELETE FROM events WHERE seq > 20", "DELETE FROM snapshots")
    rebuild_projections(path)
    (finding,) = verify(path).findings
    assert (finding.where, finding.text) == ("note", "the journal ends at record 20, it had reached 28")


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE legs SET profit = '1000' WHERE leg LIKE '%/2#1.1'", "legs"),
        ("DELETE FROM messages WHERE id = 2", "messages"),
        ("INSERT INTO mentions VALUES (1, 28)", "mentions"),
        ("UPDATE signals SET outcome = 'denied'", "signals"),
        ("DELETE FROM commands", "commands"),
        ("UPDATE channels SET title = 'Gold VIP '", "channels"),
    ],
)
def test_projection_when_it_disagrees_then_verify_says_so_and_rebuild_heals_it(
    path: Path, statement: str, table: str
) -> None:
    whole = content(path)
    tamper(path, statement)
    (finding,) = verify(path).findings
    assert finding.where == "projection"
    assert finding.text.startswith(f"{table} is not what the events say")
    assert rebuild_projections(path) == 28
    assert verify(path).ok
    assert content(path) == whole


def test_rebuild_when_the_chain_is_damaged_or_contradicts_itself_then_nothing_changes(path: Path) -> None:
    with pytest.raises(JournalUnusable, match="no journal"):
        rebuild_projections(path.with_name("other"))
    tamper(path, "UPDATE events SET at = 0 WHERE seq = 20")
    whole = content(path)
    with pytest.raises(JournalUnusable, match="record 20"):
        rebuild_projections(path)
    assert content(path) == whole


def test_rebuild_when_the_journal_is_in_use_then_it_is_refused(path: Path) -> None:
    journal = Journal.open(path, threaded=False)
    with pytest.raises(JournalUnusable, match="held by process"):
        rebuild_projections(path)
    journal.close()


def test_verify_when_events_contradict_one_another_then_it_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("signalos_tui.journal.ledger.apply", lambda *_, **__: None)
        journal = Journal.open(path, threaded=False)
        journal.append_now([s.received(1)], 1)
        journal.close()
    (finding,) = verify(path).findings
    assert "received before" in finding.text
    with pytest.raises(JournalConflict):
        rebuild_projections(path)


def test_snapshot_when_damaged_or_newer_than_the_journal_then_it_is_not_used(path: Path) -> None:
    tamper(path, "INSERT INTO snapshots VALUES (99, x'00', x'00')", "INSERT INTO snapshots VALUES (12, x'00', x'00')")
    texts = {finding.seq: finding.text for finding in verify(path).findings}
    assert "damaged" in texts[12]
    assert "newer than the journal" in texts[99]
    journal = Journal.open(path, threaded=False)
    found = journal.snapshot
    assert found is not None
    assert found[0] == 10
    journal.close()


def test_tail_when_a_record_is_damaged_then_what_is_before_it_is_read_and_then_it_stops(path: Path) -> None:
    tamper(path, "UPDATE events SET body = '{}' WHERE seq = 3", "PRAGMA user_version = 1")
    journal = Journal.open(path.with_name("fresh.db"), threaded=False)
    journal.path, journal.salt = path, b"0123456789abcdef"
    records = journal.tail(0)
    assert [next(records).seq, next(records).seq] == [1, 2]
    with pytest.raises(JournalUnusable, match="record 3"):
        next(records)
    journal.close()


@pytest.mark.parametrize("note", [b"", b"{}", None])
def test_verify_when_the_note_is_gone_or_damaged_then_it_says_so(path: Path, note: bytes | None) -> None:
    if note is None:
        note_path(path).unlink()
    else:
        note_path(path).write_bytes(note)
    (finding,) = verify(path).findings
    assert finding.where == "note"
