"""`signalos journal`: damage is found and placed, records are read and exported, also while an engine writes them."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
from pathlib import Path

import msgspec
import pytest

from signalos_tui.journal import queries
from signalos_tui.model.events import Record
from tests.commands.conftest import Inside
from tests.commands.shell import ended, is_one_line, is_whole, reached, records, signalos, started, wait_until


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo of two minutes."""
    folder = tmp_path_factory.mktemp("sound")
    assert signalos("demo", "--headless", "--minutes", "2", "--data", folder).code == 0
    return folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(sound, tmp_path / "data"))


def changed(folder: Path, seq: int) -> None:
    """Change one byte within the body of a record, past everything that guards it."""
    body = sqlite3.connect(folder / "journal.db").execute("SELECT body FROM events WHERE seq = ?", (seq,)).fetchone()[0]
    whole = (folder / "journal.db").read_bytes()
    assert whole.count(body) == 1
    place = whole.index(body) + len(body) // 2
    (folder / "journal.db").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])


# --- verify -----------------------------------------------------------------------------------------------------------


def test_verify_when_whole_then_it_says_how_far_and_which_head(inside: Inside, sound: Path) -> None:
    answer = inside("journal", "verify", "--data", sound)
    assert (answer.code, answer.err) == (0, "")
    count = records(sound)[-1].seq
    assert answer.out.startswith(f"ok: {count} records, head ")


def test_verify_when_a_byte_flipped_then_the_record_is_named_and_the_code_is_three(
    inside: Inside, folder: Path
) -> None:
    changed(folder, 57)
    answer = inside("journal", "verify", "--data", folder)
    assert (answer.code, answer.err) == (3, "")
    lines = answer.out.splitlines()
    assert lines[0].startswith("fault: record 57: ")
    assert "-> Do not trade on it: restore the newest backup that verifies" in answer.out
    assert lines[-1] == "1 fault; records 1 to 56 are whole"


def test_engine_when_a_byte_flipped_then_it_does_not_start(inside: Inside, folder: Path) -> None:
    last = records(folder)[-1].seq
    changed(folder, last - 3)
    answer = inside("demo", "--headless", "--data", folder)
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert f"record {last - 3}" in answer.err
    assert "signalos journal verify" in answer.err


def test_verify_when_a_table_was_changed_then_rebuild_makes_it_right(inside: Inside, folder: Path) -> None:
    with sqlite3.connect(folder / "journal.db") as connection:
        connection.execute("UPDATE signals SET profit = '1000000'")
    answer = inside("journal", "verify", "--data", folder)
    assert answer.code == 3
    assert "fault: projection: signals" in answer.out
    assert "-> Make the tables anew from the records: signalos journal rebuild" in answer.out
    assert inside("journal", "rebuild", "--data", folder).code == 0
    assert inside("journal", "verify", "--data", folder).code == 0


def test_verify_when_the_note_is_gone_then_that_is_a_fault(inside: Inside, folder: Path) -> None:
    (folder / "journal.db.head").unlink()
    answer = inside("journal", "verify", "--data", folder)
    assert answer.code == 3
    assert "fault: note: is missing" in answer.out
    assert "compared with the broker" in answer.out


@pytest.mark.parametrize("content", [b"", b"garbage" * 1000, b"SQLite format 3\x00" + b"\x1b" * 5000])
def test_verify_when_the_file_is_no_journal_then_that_is_a_fault(
    inside: Inside, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "journal.db").write_bytes(content)
    answer = inside("journal", "verify", "--data", tmp_path)
    assert answer.code == 3
    assert answer.out.startswith("fault: ")
    assert "no record is whole" in answer.out
    assert [line for line in answer.out.splitlines() if not line.isprintable()] == []


def test_verify_when_the_file_was_cut_then_that_is_a_fault(inside: Inside, folder: Path) -> None:
    whole = (folder / "journal.db").read_bytes()
    (folder / "journal.db").write_bytes(whole[: len(whole) // 2])
    answer = inside("journal", "verify", "--data", folder)
    assert answer.code == 3
    assert answer.out.startswith("fault: ")


# --- none there -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("verify",), ("tail",), ("rebuild",), ("export", "out.jsonl")])
def test_journal_when_there_is_none_then_one_line_says_so_and_none_is_made(
    inside: Inside, tmp_path: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = inside("journal", *command, "--data", tmp_path / "nothere")
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert f"there is no journal at {tmp_path / 'nothere' / 'journal.db'}. Name its folder with --data" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_journal_when_no_folder_is_named_then_it_is_the_users_own(inside: Inside, tmp_path: Path) -> None:
    answer = inside("journal", "verify")
    assert answer.code == 1
    assert str(tmp_path / "home" / "data" / "signalos" / "journal.db") in answer.err


# --- export and tail --------------------------------------------------------------------------------------------------


def test_export_when_written_then_it_is_every_record(inside: Inside, sound: Path, tmp_path: Path) -> None:
    answer = inside("journal", "export", tmp_path / "out.jsonl", "--data", sound)
    found = records(sound)
    assert answer == (0, f"{len(found)} records written to {tmp_path / 'out.jsonl'}\n", "")
    lines = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Record) for line in lines] == found


def test_export_when_the_journal_is_damaged_then_it_stops_there_and_says_so(inside: Inside, folder: Path) -> None:
    changed(folder, 57)
    answer = inside("journal", "export", folder / "out.jsonl", "--data", folder)
    assert answer.code == 3
    assert "56 records written" in answer.out
    assert "fault: the journal is damaged at record 57" in answer.out
    assert len((folder / "out.jsonl").read_text().splitlines()) == 56


@pytest.mark.parametrize("out", ["nothere/out.jsonl", "."])
def test_export_when_it_cannot_be_written_then_it_is_named(
    inside: Inside, sound: Path, tmp_path: Path, out: str
) -> None:
    answer = inside("journal", "export", tmp_path / out, "--data", sound)
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert str(tmp_path / out) in answer.err


def test_tail_when_asked_for_lines_then_the_last_ones_in_words(inside: Inside, sound: Path) -> None:
    answer = inside("journal", "tail", "-n", "150", "--data", sound)
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    found = records(sound)[-150:]
    assert [int(line.split()[0]) for line in lines] == [record.seq for record in found]
    assert lines[-1].endswith("engine-stopped         engine stopped: the 2 minutes are over")
    assert re.search(r"demo:\w+ #", answer.out) is None, "channels are called by their titles"
    assert re.search(r"signal-decided .* #\d+: (accepted|held|denied)", answer.out)


def test_tail_when_asked_for_json_then_the_last_records_as_exported(inside: Inside, sound: Path) -> None:
    answer = inside("journal", "tail", "-n", "30", "--jsonl", "--data", sound)
    assert answer.out.isascii()
    read = [msgspec.json.decode(line, type=Record) for line in answer.out.splitlines()]
    assert read == records(sound)[-30:]
    assert [json.loads(line)["seq"] for line in answer.out.splitlines()] == [record.seq for record in read]


def test_tail_when_more_is_asked_for_than_there_is_then_all_of_it(inside: Inside, sound: Path) -> None:
    answer = inside("journal", "tail", "-n", "100000", "--data", sound)
    assert len(answer.out.splitlines()) == records(sound)[-1].seq
    assert inside("journal", "tail", "-n", "0", "--data", sound).code == 2


# --- beside a running engine ------------------------------------------------------------------------------------------


def test_journal_when_an_engine_writes_it_then_it_is_read_and_not_rebuilt(inside: Inside, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with started("demo", "--headless", "--minutes", "600", "--speed", "30", "--data", data) as process:
        wait_until(process, lambda: reached(data, 100))
        assert inside("journal", "verify", "--data", data).code == 0
        assert inside("journal", "export", tmp_path / "out.jsonl", "--data", data).code == 0
        assert len(inside("journal", "tail", "-n", "5", "--data", data).out.splitlines()) == 5
        assert sum(row.messages for row in queries.statistics(data / "journal.db")) > 5
        rebuild = inside("journal", "rebuild", "--data", data)
        assert (rebuild.code, is_one_line(rebuild.err)) == (1, True)
        assert f"held by process {process.pid} (signalos demo --headless)" in rebuild.err
        assert ended(process, signal.SIGTERM).code == 0
    exported = [msgspec.json.decode(line, type=Record) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert exported == records(data)[: len(exported)]
    assert is_whole(data)
