"""Several accounts from the command line: each in its folder, shown under its name, the same for the same seed."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from signalos_tui.aside import aside
from signalos_tui.cli import app
from signalos_tui.clock import LoopClock, WallClock
from signalos_tui.collect.export import Export
from signalos_tui.collect.scripted import ScriptedSource
from signalos_tui.commands import session as session_module
from signalos_tui.commands.demo import ACCOUNTS, BEGINS, opened, settings_of
from signalos_tui.commands.fleet import FleetSession, routed
from signalos_tui.commands.places import folders
from signalos_tui.commands.run import _opened
from signalos_tui.commands.session import simulated
from signalos_tui.config import Config, load
from signalos_tui.errors import ConfigInvalid, JournalUnusable, SourceUnreadable
from signalos_tui.journal import Journal, queries
from signalos_tui.model import events as e
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel
from tests.commands.history import written


def called(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a demo with three accounts, and what it printed."""
    folder = tmp_path_factory.mktemp("accounts") / "data"
    return folder, called("demo", "--headless", "--minutes", "3", "--accounts", "3", "--data", folder)


def heads(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if line.startswith("journal ")]


def test_a_demo_of_several_accounts_then_each_has_its_folder_and_its_summary(kept: tuple[Path, str]) -> None:
    folder, printed = kept
    assert sorted(one.name for one in (folder / "accounts").iterdir()) == sorted(ACCOUNTS)
    assert not (folder / "journal.db").exists()
    assert [line for line in printed.splitlines() if line.startswith("demo, ")] == [
        f"demo, 3 minutes, seed 7, account {name}" for name in ACCOUNTS
    ]


def test_a_demo_of_several_accounts_when_run_again_then_the_same_chains(tmp_path: Path, kept: tuple[Path, str]) -> None:
    again = called("demo", "--headless", "--minutes", "3", "--accounts", "3", "--data", tmp_path / "data")
    assert heads(again) == heads(kept[1])
    assert len(set(heads(again))) == 3


def test_a_demo_then_accounts_read_the_same_posts_and_only_those_routed_to_them(kept: tuple[Path, str]) -> None:
    folder, _ = kept
    posts: dict[str, dict[str, str]] = {}
    for name, own in folders(folder).items():
        records = queries.tail(own / "journal.db", 1 << 30)
        received = [one.event.message for one in records if isinstance(one.event, e.MessageReceived)]
        posts[name] = {message.key: message.text for message in received}
    for name in ("prop", "small"):
        assert posts[name]
        assert {key.partition("/")[0] for key in posts[name]} <= set(ACCOUNTS[name]["channels"])
        assert posts[name].items() <= posts["main"].items()


def test_a_demo_that_goes_on_then_its_accounts_still_read_the_same_posts(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for _ in range(2):
        called("demo", "--headless", "--minutes", "2", "--accounts", "2", "--data", folder)
    texts: dict[str, dict[str, str]] = {}
    for name, own in folders(folder).items():
        records = queries.tail(own / "journal.db", 1 << 30)
        events = [one.event for one in records if isinstance(one.event, e.MessageReceived)]
        texts[name] = {event.message.key: event.message.text for event in events}
    shared = texts["prop"].keys() & texts["main"].keys()
    assert shared == texts["prop"].keys()
    assert {key: texts["prop"][key] for key in shared} == {key: texts["main"][key] for key in shared}


def test_a_folder_when_it_was_begun_otherwise_then_refused_before_anything_is_touched(
    tmp_path: Path, kept: tuple[Path, str]
) -> None:
    folder, _ = kept
    told = called("demo", "--headless", "--minutes", "1", "--data", folder, code=1)
    assert "holds the accounts main, prop, small" in " ".join(told.split())
    single = tmp_path / "single"
    called("demo", "--headless", "--minutes", "1", "--data", single)
    told = called("demo", "--headless", "--minutes", "1", "--accounts", "2", "--data", single, code=1)
    assert "holds the journal of one account without a name" in " ".join(told.split())
    assert not (single / "accounts").exists()


def test_journal_commands_then_each_account_or_the_named_one(tmp_path: Path, kept: tuple[Path, str]) -> None:
    folder, _ = kept
    whole = called("journal", "verify", "--data", folder)
    assert [line for line in whole.splitlines() if line.startswith("account")] == [
        f"account {name}:" for name in sorted(ACCOUNTS)
    ]
    assert called("journal", "verify", "--data", folder, "--account", "prop").count("ok: ") == 1
    assert "There are: main, prop, small" in " ".join(
        called("journal", "verify", "--data", folder, "--account", "x", code=1).split()
    )
    shown = called("journal", "show", "demo:aurum/2041#1", "--data", folder)
    assert shown.count("signal-decided") >= 3
    assert "nothing" in called("journal", "show", "demo:orbit/903#1", "--data", folder, code=1)
    one = tmp_path / "out.jsonl"
    assert "Say which" in called("journal", "export", one, "--data", folder, code=1)
    assert "records written" in called("journal", "export", one, "--data", folder, "--account", "small")
    assert called("journal", "tail", "-n", "3", "--data", folder, "--account", "main").count("\n") == 3
    assert called("journal", "rebuild", "--data", folder).count("rebuilt from") == 3


def test_report_and_doctor_then_each_account_under_its_name(kept: tuple[Path, str]) -> None:
    folder, _ = kept
    assert [line for line in called("parse", "report", "--data", folder).splitlines() if line[:7] == "account"] == [
        f"account {name}:" for name in sorted(ACCOUNTS)
    ]
    found = CliRunner().invoke(app, ["doctor", "--data", str(folder), "--account", "prop"]).output
    assert "prop journal" in found
    assert "small journal" not in found


def test_config_check_then_it_tells_of_each_account(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[accounts.main]\n[accounts.prop]\nenabled = false\nchannels = ['A', 'B']\n", encoding="utf-8")
    told = called("config", "check", file)
    assert "account main: on paper, every channel, risk 0.5 equity" in told
    assert "account prop: on paper, 2 channels, risk 0.5 equity, off" in told


# --- putting them together --------------------------------------------------------------------------------------------


def test_routes_when_no_channel_has_the_name_then_refused_with_those_there_are() -> None:
    async def work() -> None:
        clock = LoopClock(asyncio.get_running_loop(), BEGINS)
        source = ScriptedSource([Channel(ChannelId("tg:1"), "Gold VIP")], [], clock)
        config = Config(accounts={"main": {"channels": ["Gld VIP"]}})
        with pytest.raises(ConfigInvalid, match=r"accounts\.main\.channels names 'Gld VIP'") as caught:
            routed(config, "main", source)
        assert caught.value.remedy == "There are: Gold VIP"

    simulated(work)


def test_one_account_when_its_journal_is_held_then_the_others_trade_and_the_summary_says_why(tmp_path: Path) -> None:
    held = Journal.open(tmp_path / "accounts" / "prop" / "journal.db", threaded=False, holder="somebody else")

    async def work() -> FleetSession:
        clock = LoopClock(asyncio.get_running_loop(), BEGINS)
        session = opened(settings_of(Config(), 7, 2), tmp_path, clock, threaded=False, holder="test")
        assert isinstance(session, FleetSession)
        async with session.at_work() as running:
            await asyncio.sleep(90)
            assert session.control["main"].is_up
            assert "somebody else" in session.control["prop"].snapshot().trading_reason
            session.stop("over")
            await running
        return session

    try:
        session = simulated(work)
    finally:
        held.close()
    assert any(trade.was_opened for trade in session.sessions["main"].engine.snapshot().trades.values())
    assert "prop" not in session.sessions


async def test_accounts_in_real_time_then_both_run_and_end_in_order(tmp_path: Path) -> None:
    """The threaded way: journals are opened beside the loop, and every engine says its last word."""
    (tmp_path / "c.toml").write_text("[accounts.a]\n[accounts.b]\nchannels = ['demo:aurum']\n", encoding="utf-8")
    session = _opened(load(tmp_path / "c.toml", {}), tmp_path, "test")
    assert isinstance(session, FleetSession)
    async with session.at_work() as running:
        async with asyncio.timeout(20):
            while not all(berth.is_up for berth in session.control.values()):  # noqa: ASYNC110 (two engines, no one event)
                await asyncio.sleep(0.01)
        assert len(session.control["b"].snapshot().channels) <= 1
        session.stop("over")
        await running
    for name in ("a", "b"):
        (last,) = queries.tail(tmp_path / "accounts" / name / "journal.db", 1)
        assert isinstance(last.event, e.EngineStopped)
    assert session.clock.__class__ is WallClock


async def test_work_aside_when_nobody_wants_it_any_more_then_it_is_undone() -> None:
    begin, undone = threading.Event(), threading.Event()

    def work() -> int:
        begin.wait(10)
        return 7

    waiting = asyncio.create_task(aside(work, lambda result: undone.set() if result == 7 else None))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    begin.set()
    assert await asyncio.to_thread(undone.wait, 10)


async def test_work_aside_when_it_fails_then_its_error() -> None:
    def work() -> int:
        raise JournalUnusable("held", "End it")

    with pytest.raises(JournalUnusable, match="held"):
        await aside(work, print)


def test_folders_when_there_is_nothing_then_that_of_one_account(tmp_path: Path) -> None:
    assert folders(tmp_path) == {"": tmp_path}
    with pytest.raises(SourceUnreadable, match="no account 'main'"):
        folders(tmp_path, "main")


async def test_an_export_when_several_accounts_read_it_then_once_and_a_wrong_route_keeps_no_journal_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []

    def counted(path: Path) -> Export:
        read.append(path)
        return Export((Channel(ChannelId("tg:1"), "Gold VIP"),), ())

    monkeypatch.setattr(session_module, "read_export", counted)
    (tmp_path / "c.toml").write_text(
        "[source]\nkind = 'export'\npath = 'x.json'\n"
        "[accounts.a]\n[accounts.b]\nchannels = ['gold vip']\n[accounts.c]\nchannels = ['Gld']\n",
        encoding="utf-8",
    )
    session = _opened(load(tmp_path / "c.toml", {}), tmp_path, "test")
    assert isinstance(session, FleetSession)
    async with session.at_work() as running:
        async with asyncio.timeout(20):
            a, b, c = session.control.values()
            while not (a.is_up and b.is_up and c.trouble):  # noqa: ASYNC110 (three engines, no one event)
                await asyncio.sleep(0.01)
        assert "There are: Gold VIP" in c.snapshot().trading_reason
        session.stop("over")
        await running
    assert len(read) == 1
    Journal.open(tmp_path / "accounts" / "c" / "journal.db", threaded=False).close()


def test_a_replay_when_an_account_is_named_then_by_its_rules_and_on_its_paper_account(tmp_path: Path) -> None:
    past = written(tmp_path, 60)
    file = tmp_path / "config.toml"
    file.write_text("[accounts.small]\npaper = { balance = 321 }\nenabled = false\n", encoding="utf-8")
    prices = [word for path in past.prices for word in ("--prices", str(path))]
    told = called("replay", past.export, *prices, "--config", file, "--account", "small")
    assert "balance 321.00" in told
    refused = called("replay", past.export, *prices, "--config", file, "--account", "x", code=1)
    assert "There are: small" in " ".join(refused.split())
