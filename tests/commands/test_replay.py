"""`signalos replay`: a thousand posts through the rules in seconds, figures that add up, and every wrong input named."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from signalos_tui.journal import queries
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from tests.commands import history
from tests.commands.conftest import Inside
from tests.commands.history import History
from tests.commands.shell import (
    PATIENCE_S,
    SIGNALOS,
    drained,
    ended,
    environment,
    events,
    is_one_line,
    is_whole,
    reached,
    records,
    signalos,
    started,
    wait_until,
)

START = Decimal(10_000)


class Played(NamedTuple):
    """A replay that was kept: where, and what it printed."""

    folder: Path
    out: str


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> History:
    return history.written(tmp_path_factory.mktemp("thousand"), 1000)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> History:
    return history.written(tmp_path_factory.mktemp("few"), 80)


@pytest.fixture(scope="module")
def played(thousand: History, tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("played") / "data"
    answer = signalos("replay", thousand.export, "--prices", *thousand.prices, "--data", folder)
    assert (answer.code, answer.err) == (0, "")
    return Played(folder, answer.out)


# --- what comes out ---------------------------------------------------------------------------------------------------


def test_replay_when_of_a_thousand_posts_then_each_is_in_the_journal_once(played: Played, thousand: History) -> None:
    assert thousand.size == 1000
    received = [event.message for event in events(played.folder) if isinstance(event, e.MessageReceived)]
    assert len(received) == len({message.key for message in received}) == 1000
    texts = Counter(post.text for posts in thousand.posts.values() for post in posts)
    assert Counter(message.text for message in received) == texts
    assert is_whole(played.folder)


def test_replay_when_it_ends_then_the_legs_add_up_to_the_balance(played: Played) -> None:
    """What the rows say was won and lost, the legs' own records, and the broker's balance are one figure."""
    rows = queries.statistics(played.folder / "journal.db")
    by_rows = sum((row.profit for row in rows), Decimal(0))
    by_legs = sum(
        (x.profit for x in events(played.folder) if isinstance(x, e.LegClosed | e.LegReduced)),
        Decimal(0),
    )
    last = [x.account for x in events(played.folder) if isinstance(x, e.AccountRecorded)][-1]
    assert by_rows == by_legs == last.balance - START != 0
    assert f"balance {last.balance:.2f}  equity {last.equity:.2f} USD" in played.out
    assert printed(played, "all").result == by_rows


def test_replay_when_it_ends_then_every_printed_count_is_a_count_of_records(played: Played) -> None:
    found = events(played.folder)
    signals = {
        f"{x.key}#{signal.number}" for x in found if isinstance(x, e.MessageRead) for signal in x.reading.signals
    }
    outcome = {x.decision.signal: x.decision.outcome for x in found if isinstance(x, e.SignalDecided)}
    withdrawn = {x.signal for x in found if isinstance(x, e.SignalRejected)}
    outcomes = Counter(value for name, value in outcome.items() if name not in withdrawn)
    legs = [x.leg for x in found if isinstance(x, e.IntentRecorded)]
    total = printed(played, "all")
    assert total.posts == sum(isinstance(x, e.MessageReceived) for x in found) == 1000
    assert total.signals == len(signals) > 200
    assert total.traded == outcomes[DecisionOutcome.ACCEPTED] > 50
    assert total.held == outcomes[DecisionOutcome.HELD] > 10
    assert total.denied == outcomes[DecisionOutcome.DENIED] > 50
    assert total.legs == len(legs) == len(set(legs)) > 100
    assert total.signals == total.traded + total.held + total.denied + len(withdrawn)


def test_replay_when_it_ends_then_its_rows_are_the_journals_statistics(played: Played) -> None:
    rows = queries.statistics(played.folder / "journal.db")
    assert len(rows) == 8
    for row in rows:
        shown = printed(played, row.title)
        assert shown[:7] == (row.messages, row.signals, row.accepted, row.held, row.denied, row.legs, row.open_legs)
        assert shown.result == row.profit.quantize(Decimal("0.01"))
        assert f"{row.title}: {row.won} legs won, {row.lost} lost" in played.out
    sums = [sum(figures) for figures in zip(*(printed(played, row.title)[:8] for row in rows), strict=True)]
    assert sums == [*printed(played, "all")[:8]]


def test_replay_when_it_ends_then_the_last_line_of_the_summary_is_the_head_of_the_chain(played: Played) -> None:
    last = records(played.folder)[-1]
    assert isinstance(last.event, e.EngineStopped)
    assert last.event.reason == "the export is played"
    verified = signalos("journal", "verify", "--data", played.folder)
    head = re.search(r"head ([0-9a-f]{64})", verified.out)
    assert head is not None
    assert f"journal {last.seq} events, head {head[1]}\n" in played.out


def test_replay_when_played_again_then_the_same_journal_to_the_byte(few: History, tmp_path: Path) -> None:
    outs = [
        signalos("replay", few.export, "--prices", *few.prices, "--data", tmp_path / name, PYTHONHASHSEED=seed).out
        for name, seed in (("one", "1"), ("two", "2"))
    ]
    assert outs[0] == outs[1] != ""
    for name in ("one", "two"):
        assert signalos("journal", "export", tmp_path / f"{name}.jsonl", "--data", tmp_path / name).code == 0
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


class Row(NamedTuple):
    """A printed row."""

    posts: int
    signals: int
    traded: int
    held: int
    denied: int
    legs: int
    open: int
    result: Decimal
    r: Decimal


def printed(played: Played, name: str) -> Row:
    """The row of a channel, or of all."""
    line = next(line for line in played.out.splitlines() if re.match(rf"{re.escape(name)}\s+\d", line))
    cells = line.removeprefix(name).split()
    return Row(*map(int, cells[:7]), *map(Decimal, cells[7:]))  # type: ignore[arg-type]


# --- who looks --------------------------------------------------------------------------------------------------------


def test_replay_when_somebody_looks_then_a_bar_runs_to_the_end(few: History) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*SIGNALOS, "replay", str(few.export), "--prices", *map(str, few.prices)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment(),
    ) as process:
        os.close(theirs)
        shown = drained(ours)
        assert process.stdout is not None
        out = process.stdout.read()
        assert process.wait(PATIENCE_S) == 0
    os.close(ours)
    bars = shown.decode().replace("\r\n", "").split("\r")[1:]
    assert [bar for bar in bars if not re.fullmatch(r"\[#* *\] \d+ of 80 posts", bar)] == []
    assert bars[-1] == f"[{'#' * 40}] 80 of 80 posts"
    assert b"\r" not in out


def test_replay_when_interrupted_then_what_was_played_is_told_and_kept(thousand: History, tmp_path: Path) -> None:
    with started("replay", thousand.export, "--prices", *thousand.prices, "--data", tmp_path / "data") as process:
        wait_until(process, lambda: reached(tmp_path / "data", 300))
        answer = ended(process, signal.SIGINT)
    assert answer.code == 130
    assert answer.err == "signalos: interrupted\n"
    last = records(tmp_path / "data")[-1]
    assert last.event == e.EngineStopped("SIGINT")
    assert f"journal {last.seq} events" in answer.out
    assert is_whole(tmp_path / "data")


# --- prices that do not fit -------------------------------------------------------------------------------------------


def test_replay_when_the_prices_are_of_another_market_then_nothing_is_traded_and_it_says_why(
    few: History, tmp_path: Path
) -> None:
    cable = next(path for path in few.prices if "NZDUSD" in path.name)
    answer = signalos("replay", few.export, "--prices", cable, "--data", tmp_path / "data")
    assert answer.code == 0
    assert "prices of NZDUSD\n" in answer.out
    rows = queries.statistics(tmp_path / "data" / "journal.db")
    assert sum(row.legs for row in rows) == 0
    assert sum(row.signals for row in rows) > 10
    reasons = Counter(
        reason.code
        for x in events(tmp_path / "data")
        if isinstance(x, e.SignalDecided)
        for reason in x.decision.reasons[:1]
    )
    assert reasons["symbol"] > 10
    assert re.search(r"held or denied for: .*symbol \d+", answer.out)


def test_replay_when_the_prices_end_before_the_posts_then_the_rest_is_denied_for_its_quote(
    few: History, tmp_path: Path
) -> None:
    prices = []
    for path in few.prices:
        prices.append(tmp_path / path.name)
        prices[-1].write_text("".join(path.read_text().splitlines(keepends=True)[:4]))  # until 08:02
    answer = signalos("replay", few.export, "--prices", *prices, "--data", tmp_path / "data")
    assert answer.code == 0
    assert re.search(r"held or denied for: .*quote \d+", answer.out)


def test_replay_when_prices_are_years_apart_then_every_signal_is_denied_for_want_of_a_price(
    few: History, tmp_path: Path
) -> None:
    prices = []
    for path in few.prices:
        prices.append(tmp_path / path.name)
        prices[-1].write_text(path.read_text().replace("2026-", "2019-"))
    answer = signalos("replay", few.export, "--prices", *prices, "--data", tmp_path / "data")
    assert answer.code == 0
    rows = queries.statistics(tmp_path / "data" / "journal.db")
    assert sum(row.legs for row in rows) == 0
    assert sum(row.signals for row in rows) > 10


# --- what is wrong is named -------------------------------------------------------------------------------------------


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "XAUUSD_M1.csv"
    path.write_text("time,open,high,low,close\n2026-01-05 08:00:00,4150,4151,4149,4150\n")
    return path


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "result.json"
    post = {"id": 1, "type": "message", "date_unixtime": "1767600000", "text": "gold buy now sl 4140 tp 4160"}
    path.write_text(json.dumps({"name": "Gold", "id": 7, "messages": [post]}))
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is damaged"),
        ("{", "is damaged"),
        ("\x00\xff\x1b[2J", "is damaged"),
        ("[1, 2]", "not an export of Telegram Desktop"),
        ("{}", 'neither "messages" nor "chats"'),
        ('{"id": 7, "messages": []}', "holds no messages"),
        ('{"id": 7, "messages": [{"id": 1, "date_unixtime": "x", "text": ""}]}', "field date"),
        ("<html></html>", "an export in HTML"),
    ],
)
def test_replay_when_the_export_is_garbage_then_one_line_says_what(
    inside: Inside, tmp_path: Path, prices: Path, content: str, said: str
) -> None:
    export = tmp_path / "result.json"
    export.write_text(content, encoding="latin-1")
    answer = inside("replay", export, "--prices", prices)
    assert answer.code == 1
    assert answer.out == ""
    assert is_one_line(answer.err)
    assert said in answer.err
    assert "result.json" in answer.err
    assert "\x1b" not in answer.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"time,open,high,low,close\n", "a header and no rows"),
        (b"\x00\x01\x02garbage\x1b]0;x\x07", "XAUUSD_M1.csv"),
        (b"time,open,high,low,close\nyesterday,1,2,3,4\n", "line 2: the time was 'yesterday'"),
        (b"time,open,high,low,close\n2026-01-05 08:00:00,1,2,nan,1\n", "line 2"),
        (b"time,open,high,low,close\n2026-01-05 08:00:00,4150,4140,4149,4150\n", "line 2"),
        (b"hello\n", "no three columns"),
    ],
)
def test_replay_when_the_prices_are_garbage_then_one_line_says_where(
    inside: Inside, tmp_path: Path, export: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "XAUUSD_M1.csv"
    path.write_bytes(content)
    answer = inside("replay", export, "--prices", path, "--data", tmp_path / "data")
    assert answer.code == 1
    assert is_one_line(answer.err)
    assert said in answer.err
    assert "\x1b" not in answer.err


def test_replay_when_a_row_far_down_is_faulty_then_it_stops_there_and_the_journal_is_whole(
    inside: Inside, few: History, tmp_path: Path
) -> None:
    """What the first look at a file cannot see comes up while it is played: no half result is told as one."""
    gold = tmp_path / "XAUUSD_M1.csv"
    rows = next(path for path in few.prices if "XAUUSD" in path.name).read_text().splitlines()
    filler = [f"2026-01-05 {hour:02}:{minute:02}:00,1,1,1,1" for hour in range(9, 15) for minute in range(60)]
    gold.write_text("\n".join([*rows[:5], *filler, "2026-01-05 16:00:00,5,4,5,5", ""]))
    late = {"id": 2, "type": "message", "date_unixtime": "1767643200", "text": "good night"}  # 20:00
    early = {"id": 1, "type": "message", "date_unixtime": "1767600060", "text": "gold buy now sl 4140 tp 4160"}
    export = tmp_path / "result.json"
    export.write_text(json.dumps({"name": "Gold", "id": 7, "messages": [early, late]}))
    answer = inside("replay", export, "--prices", gold, "--data", tmp_path / "data")
    assert answer.code == 1
    assert answer.out == ""
    assert is_one_line(answer.err)
    assert "XAUUSD_M1.csv, line 366" in answer.err
    assert is_whole(tmp_path / "data")
    assert isinstance(events(tmp_path / "data")[-1], e.EngineStopped)


def test_replay_when_a_file_is_missing_then_it_is_named(
    inside: Inside, tmp_path: Path, prices: Path, export: Path
) -> None:
    for arguments in ((tmp_path / "no.json", prices), (export, tmp_path / "XAUUSD.csv"), (tmp_path, prices)):
        if arguments[0] == tmp_path:
            export.unlink()
        answer = inside("replay", arguments[0], "--prices", arguments[1])
        assert answer.code == 1
        assert is_one_line(answer.err)
        assert "No such file or directory" in answer.err


def test_replay_when_a_file_does_not_say_its_symbol_then_it_says_how_to_name_it(
    inside: Inside, tmp_path: Path, export: Path
) -> None:
    path = tmp_path / "bars.csv"
    path.write_text("time,open,high,low,close\n2026-01-05 08:00:00,4150,4151,4149,4150\n")
    answer = inside("replay", export, "--prices", path)
    assert (answer.code, is_one_line(answer.err)) == (1, True)
    assert f"SYMBOL={path}" in answer.err
    assert inside("replay", export, "--prices", f"XAUUSD={path}").code == 0


def test_replay_when_the_time_zone_is_unknown_then_it_says_so(inside: Inside, export: Path, prices: Path) -> None:
    answer = inside("replay", export, "--prices", prices, "--timezone", "Mars/Olympus")
    assert (answer.code, is_one_line(answer.err)) == (1, True)
    assert "Mars/Olympus" in answer.err


def test_replay_when_the_folder_has_a_journal_then_it_is_left_as_it_was(
    inside: Inside, tmp_path: Path, export: Path, prices: Path
) -> None:
    assert inside("demo", "--headless", "--minutes", "0.2", "--data", tmp_path / "data").code == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    answer = inside("replay", export, "--prices", prices, "--data", tmp_path / "data")
    assert (answer.code, is_one_line(answer.err)) == (1, True)
    assert "holds a journal already. A replay begins anew: name an empty folder" in answer.err
    assert {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()} == before


def test_replay_when_no_prices_are_named_then_the_call_was_wrong(inside: Inside, export: Path) -> None:
    answer = inside("replay", export)
    assert answer.code == 2
    assert "--prices" in answer.err
    assert "Traceback" not in answer.err


def test_replay_when_no_folder_is_named_then_nothing_is_left_behind(tmp_path: Path, export: Path, prices: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert signalos("replay", export, "--prices", prices, TMPDIR=str(scratch)).code == 0
    assert list(scratch.iterdir()) == []
