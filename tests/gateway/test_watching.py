"""Watching while somebody follows symbols: a terminal that has gone is noticed and opened again, and so is one that hangs."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from signalos_tui.gateway.settings import PAPER, Guards
from signalos_tui.link.messages import Follow, Ticked
from tests.gateway.kit import QUICK, FakeTerminal, Probe, gateway, inside, settings, until

EVERYTHING = ("account_info", "positions_get", "symbol_info_tick")


async def followed(probe: Probe) -> None:
    """Follow, and see that quotes come."""
    await probe.health("ok")
    probe.say(Follow(("EURUSD",)))
    await probe.hear(Ticked)


@pytest.mark.parametrize("gone", [EVERYTHING, ("positions_get",), ("symbol_info_tick",)], ids=" ".join)
async def test_terminal_when_it_answers_nothing_at_once_then_noticed_and_opened_again(
    terminal: FakeTerminal, tmp_path: Path, gone: tuple[str, ...]
) -> None:
    """Closed while its symbols are followed. A look at ticks alone must not make up for the looks that failed."""
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await followed(probe)
        before = running.worker
        terminal.trouble(**dict.fromkeys(gone, "none"))
        assert "IPC send failed (-10001)" in (await probe.health("no terminal")).text
        terminal.trouble()
        await probe.health("ok")
        assert running.worker != before
        terminal.set(ticks={"EURUSD": [1.2, 1.2001, 2]})
        while (await probe.hear(Ticked)).ticks["EURUSD"]["bid"] != 1.2:
            pass  # the first one after the opening is the old one
        assert (await probe.send("leg/1")).result["retcode"] == 10009


async def test_terminal_when_it_stays_away_then_tried_again_with_growing_pauses(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    slow = msgspec.structs.replace(QUICK, pause_s=0.1, longest_pause_s=60.0)
    async with gateway(settings(tmp_path, times=slow)) as running, inside(running) as probe:
        await followed(probe)
        terminal.trouble(**dict.fromkeys(EVERYTHING, "none"))
        await probe.health("no terminal")
        loop = asyncio.get_running_loop()
        at = []
        for number in (2, 3, 4):
            await until(lambda n=number: len(terminal.opened) >= n)  # type: ignore[misc]
            at.append(loop.time())
        assert at[2] - at[1] > 0.4  # 0.1, 0.2 and 0.4 s


async def test_terminal_when_a_followed_symbol_is_not_known_then_it_is_not_lost(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.health("ok")
        probe.say(Follow(("NOTHING",)))
        await asyncio.sleep(0.5)
        assert running.gateway.keeper.state.state == "ok"
        assert len(terminal.opened) == 1


async def test_worker_when_a_look_takes_long_then_told_before_it_is_killed(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    times = msgspec.structs.replace(QUICK, read_s=15.0, silent_s=0.3)
    async with gateway(settings(tmp_path, times=times)) as running, inside(running) as probe:
        await followed(probe)
        before = running.worker
        os.kill(before, signal.SIGSTOP)
        assert (await probe.health("hung")).text == "it has not answered for 0.3 s"
        assert running.worker == before
        os.kill(before, signal.SIGCONT)
        await probe.health("ok")
        assert running.worker == before
        assert len(terminal.opened) == 1
        assert (await probe.send("leg/1")).result["retcode"] == 10009


def paper_of(folder: Path, **changes: Any) -> Any:
    """A gateway to the paper terminal, its books in `folder`."""
    paper = {"settings": {"latency_ms": [0, 1]}, "store": str(folder / "paper.db"), "seed": 1, "pace": 1.0}
    times = msgspec.structs.replace(QUICK, send_s=10, read_s=10)
    return settings(folder, module=PAPER, paper=paper, guards=Guards(), times=times, **changes)


async def test_paper_terminal_when_its_disk_refuses_then_told_and_it_works_again_afterwards(tmp_path: Path) -> None:
    """The books refuse every write until the trigger is gone, as a full disk does until there is room."""
    async with gateway(paper_of(tmp_path)) as running, inside(running, account="") as probe:
        await probe.health("ok")
        probe.say(Follow(("EURUSD",)))
        tick = (await probe.hear(Ticked)).ticks["EURUSD"]
        books = sqlite3.connect(tmp_path / "paper.db", isolation_level=None, timeout=5)
        try:
            books.execute("CREATE TRIGGER full BEFORE INSERT ON truth BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
            answer = await probe.send("leg/1", symbol="EURUSD", price=tick["ask"], sl=0.0, deviation=100)
            assert answer.result is None
            await probe.health("no terminal")
            books.execute("DROP TRIGGER full")
        finally:
            books.close()
        await probe.health("ok")
        tick = (await probe.hear(Ticked)).ticks["EURUSD"]
        answer = await probe.send("leg/2", symbol="EURUSD", price=tick["ask"], sl=0.0, deviation=100)
        assert answer.result["retcode"] == 10009
        assert len((await probe.call("positions_get")).result) == 1


async def test_log_when_an_order_is_filled_then_it_tells_the_brokers_code(
    terminal: FakeTerminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr("signalos_tui.gateway.sending._log.info", lambda _text, **facts: told.append(facts))
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.send("leg/1")
        await probe.send("leg/1")
        await probe.send("", 0)
        terminal.trouble(before_order_send="none")
        await probe.send("leg/2")
    assert told[0] == {"intent": "leg/1", "retcode": 10009}
    assert told[1] == told[0]
    assert "retcode" not in told[2]
    assert told[3] == {"intent": "leg/2", "code": -10001, "why": "IPC send failed"}
