"""The disk is full, or may not be written: one line, an exit code, and a journal from which the next start goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from signalos_tui.errors import OperatorNeeded
from signalos_tui.execute.paper import PaperStore
from signalos_tui.execute.paper.book import Books
from signalos_tui.model import events as e
from signalos_tui.state import fold_all
from tests.commands.conftest import Inside
from tests.commands.shell import (
    SIGNALOS,
    SMALL_FILES,
    TINY_DISK,
    WITHOUT_PRIVILEGE,
    Answer,
    events,
    is_one_line,
    is_whole,
    ran,
    records,
)
from tests.execute.paper_kit import QUICK, Bench

DEMO = ("demo", "--headless", "--minutes", "30", "--data")
NOT_ALLOWED = 77
"""What `TINY_DISK` ends with where this machine gives nobody a file system of his own."""


def with_small_files(limit: int, *arguments: str | Path) -> Answer:
    """A command whose files cannot grow beyond a number of bytes."""
    return ran([sys.executable, "-c", SMALL_FILES, str(limit), *map(str, arguments)])


def on_a_disk_of(kilobytes: int, folder: Path, *arguments: str | Path) -> Answer:
    """A command with a folder on a disk of that size, really full in the end; small files where that cannot be had."""
    tiny = folder.with_name("disk")
    tiny.mkdir()
    command = [
        sys.executable,
        "-c",
        TINY_DISK,
        f"{kilobytes}k",
        str(tiny),
        str(folder),
        *map(str, arguments),
        str(tiny),
    ]
    answer = ran(command)
    if answer.code == NOT_ALLOWED:
        return with_small_files(kilobytes * 256, *arguments, folder)
    return answer


# --- full -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kilobytes", [64])
def test_demo_when_the_disk_is_full_from_the_start_then_it_says_so_and_begins_once_there_is_room(
    inside: Inside, tmp_path: Path, kilobytes: int
) -> None:
    folder = tmp_path / "data"
    answer = on_a_disk_of(kilobytes, folder, *DEMO)
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert "journal.db" in answer.err
    assert "full" in answer.err or "disk I/O error" in answer.err
    assert inside("demo", "--headless", "--minutes", "0.2", "--data", folder).code == 0
    assert is_whole(folder)


@pytest.mark.parametrize("kilobytes", [600, 6000])
def test_demo_when_the_disk_fills_up_then_it_stops_and_the_next_one_goes_on(
    inside: Inside, tmp_path: Path, kilobytes: int
) -> None:
    folder = tmp_path / "data"
    stopped_and_goes_on(inside, on_a_disk_of(kilobytes, folder, *DEMO), folder)


@pytest.mark.parametrize("limit", [120_000, 600_000])
def test_demo_when_a_file_can_grow_no_more_then_it_stops_and_the_next_one_goes_on(
    inside: Inside, tmp_path: Path, limit: int
) -> None:
    stopped_and_goes_on(inside, with_small_files(limit, *DEMO, tmp_path), tmp_path)


def stopped_and_goes_on(inside: Inside, answer: Answer, folder: Path) -> None:
    """It ended with one line; what it wrote is whole; with room again nothing is lost, doubled or contradicted."""
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert "full" in answer.err or "disk I/O error" in answer.err
    assert "room" in answer.err.lower() or "Free space" in answer.err
    assert is_whole(folder)
    before = records(folder)
    after = inside("demo", "--headless", "--minutes", "1", "--data", folder)
    assert (after.code, after.err) == (0, "")
    assert is_whole(folder)
    assert records(folder)[: len(before)] == before
    agrees_with_the_broker(folder)


def agrees_with_the_broker(folder: Path) -> None:
    """Every order was accepted once, and what is open is open on both sides."""
    found = events(folder)
    sent = [(x.leg, x.attempt) for x in found if isinstance(x, e.LegSending)]
    assert len(sent) == len(set(sent))
    books = kept_books(folder)
    accepted = [row.magic for row in books.truth if row.opens]
    assert len(accepted) == len(set(accepted)) > 0
    trades = fold_all(records(folder)).live_trades
    open_here = {leg.magic: leg.volume for trade in trades for leg in trade.open_legs}
    there = {holding.position.magic: holding.position.volume for holding in books.holdings}
    assert {magic: float(volume) for magic, volume in open_here.items()} == there


def kept_books(folder: Path) -> Books:
    store = PaperStore(folder / "paper.db")
    try:
        return store.load()
    finally:
        store.close()


def test_service_when_the_disk_is_full_then_it_ends_with_one_line_and_starts_once_there_is_room(
    inside: Inside, tmp_path: Path
) -> None:
    answer = with_small_files(110_000, "run", "--headless", "--data", tmp_path)
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert "journal.db" in answer.err
    assert inside("demo", "--headless", "--minutes", "0.2", "--data", tmp_path).code == 0
    assert is_whole(tmp_path)


async def test_paper_broker_when_a_commit_fails_then_it_shows_nothing_that_was_not_kept(tmp_path: Path) -> None:
    store = PaperStore(tmp_path / "paper.db")
    bench = Bench(QUICK, store)
    bench.quote("EURUSD", 1.1, 1.1002)
    acknowledged = [await bench.buy("EURUSD", 0.01) for _ in range(3)]
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    failed = ""
    while not failed:
        try:
            acknowledged.append(await bench.buy("EURUSD", 0.01))
        except OperatorNeeded as error:
            failed = error.text
    assert "paper.db cannot be written: database or disk is full" in failed
    for look in (bench.terminal.positions_get, bench.terminal.account_info, bench.terminal.orders_get):
        with pytest.raises(OperatorNeeded):
            await look()
    with pytest.raises(OperatorNeeded):
        bench.terminal.close()
    again = Bench(QUICK, PaperStore(tmp_path / "paper.db"))
    assert [position.ticket for position in await again.positions()] == acknowledged
    assert len(again.terminal.truth) == len(acknowledged)


# --- not writable, not readable ---------------------------------------------------------------------------------------


def unprivileged(*arguments: str | Path) -> Answer:
    """A command that has to respect the permissions of files, also where the tests run as root."""
    return ran([sys.executable, "-c", WITHOUT_PRIVILEGE, *SIGNALOS, *map(str, arguments)])


@pytest.fixture
def locked(inside: Inside, tmp_path: Path) -> Path:
    """A folder with a journal, which nobody may write to."""
    folder = tmp_path / "data"
    assert inside("demo", "--headless", "--minutes", "1", "--data", folder).code == 0
    for path in folder.iterdir():
        path.chmod(0o400)
    folder.chmod(0o500)
    return folder


@pytest.mark.parametrize("command", ["demo", "run"])
def test_engine_when_its_folder_may_not_be_written_then_it_names_it(locked: Path, command: str) -> None:
    before = records(locked)
    answer = unprivileged(command, "--headless", "--data", locked)
    assert (answer.code, answer.out) == (1, "")
    assert is_one_line(answer.err)
    assert str(locked) in answer.err
    assert "ermission" in answer.err
    assert records(locked) == before


def test_engine_when_no_folder_can_be_made_then_it_names_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    for command in ("demo", "run"):
        answer = unprivileged(command, "--headless", "--data", tmp_path / "data")
        assert (answer.code, answer.out) == (1, "")
        assert is_one_line(answer.err)
        assert str(tmp_path / "data") in answer.err
    tmp_path.chmod(0o700)


def test_journal_when_its_folder_may_not_be_written_then_it_can_still_be_read(locked: Path, tmp_path: Path) -> None:
    assert unprivileged("journal", "verify", "--data", locked).out.startswith("ok: ")
    assert unprivileged("journal", "tail", "-n", "1", "--data", locked).out.rstrip().endswith("the 1 minutes are over")
    assert unprivileged("journal", "export", tmp_path / "out.jsonl", "--data", locked).code == 0
    rebuild = unprivileged("journal", "rebuild", "--data", locked)
    assert (rebuild.code, is_one_line(rebuild.err)) == (1, True)


def test_doctor_when_the_folder_may_not_be_written_then_that_is_to_mend(locked: Path) -> None:
    answer = unprivileged("doctor", "--data", locked)
    assert answer.code == 3
    assert f"MEND data folder    {locked}" in answer.out
    assert f"Make {locked} writable" in answer.out
    assert "1 to mend" in answer.out


def test_configuration_when_it_may_not_be_read_then_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("")
    file.chmod(0)
    for command in (("config", "check", file), ("demo", "--headless", "--config", file)):
        answer = unprivileged(*command)
        assert (answer.code, is_one_line(answer.err)) == (1, True)
        assert f"{file} cannot be read" in answer.err
