"""The link to the terminal: a hung or dead worker is replaced, another account is never served, and everybody hears of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from signalos_tui.clock import WallClock
from signalos_tui.gateway.calling import Worker, WorkerGone
from signalos_tui.gateway.dump import dump_symbols
from signalos_tui.gateway.local import is_ours
from signalos_tui.gateway.pipe import OPEN, Ask
from signalos_tui.gateway.settings import Guards
from signalos_tui.gateway.worker import Desk
from signalos_tui.link.messages import (
    ORDER_SEND,
    PAGE,
    REFUSED_BY_GATEWAY,
    WORKER_LOST,
    Answer,
    Call,
    Changed,
    Follow,
    Ticked,
)
from tests.gateway import fake_mt5
from tests.gateway.kit import DEAL, FOREVER, QUICK, FakeTerminal, gateway, inside, settings, until

IPC_TIMEOUT, NO_IPC = -10005, -10004


async def test_worker_when_opened_then_with_path_account_and_password_and_let_go_in_order(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    made = settings(tmp_path)
    async with gateway(made):
        pass
    asked, ended = terminal.opened
    assert asked["path"] == made.terminal
    assert (asked["login"], asked["server"], asked["password"]) == (4711, "Fake-Demo", made.password.reveal())
    assert ended == "shutdown"


async def test_worker_when_stopped_then_reads_time_out_health_says_hung_and_it_is_replaced(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.health("ok")
        before = running.worker
        os.kill(before, signal.SIGSTOP)
        answer = await probe.call("account_info")
        assert answer.result is None
        assert answer.error[0] in (IPC_TIMEOUT, NO_IPC)
        assert (await probe.health("hung")).text
        await probe.health("ok")
        assert running.worker != before
        with pytest.raises(ProcessLookupError):
            os.kill(before, 0)
        assert (await probe.call("account_info")).result["login"] == 4711


async def test_worker_when_killed_then_replaced_and_the_client_stays(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.health("ok")
        os.kill(running.worker, signal.SIGKILL)
        await probe.health("no terminal")
        await probe.health("ok")
        assert (await probe.send("leg/1")).result["retcode"] == 10009


async def test_call_when_it_hangs_then_it_alone_is_lost_and_the_next_ones_are_answered(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.trouble(symbol_info="hang")
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        assert (await probe.call("symbol_info", symbol="EURUSD")).error[0] == IPC_TIMEOUT
        terminal.trouble()
        await probe.health("hung")
        await probe.health("ok")
        assert (await probe.call("symbol_info", symbol="EURUSD")).result["digits"] == 5


async def test_order_when_it_hangs_then_lost_within_its_limit_and_accepted_at_most_once(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.trouble(after_order_send="hang")
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        answer = await probe.send("leg/1")
        assert answer.error[0] == WORKER_LOST
        assert "may have traded" in answer.error[1]
        assert len(terminal.accepted) == 1


async def test_terminal_when_it_cannot_be_opened_then_tried_again_with_pauses(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.set(opens=False)
    async with gateway(settings(tmp_path), is_served=False) as running:
        await until(lambda: len(terminal.opened) >= 3)
        state = running.gateway.keeper.state
        assert state.state == "no terminal"
        assert "MetaTrader 5 x64 not found (-10003)" in state.text
        terminal.set(opens=True)
        await running.until_serving()


async def test_terminal_when_it_stops_answering_then_opened_again(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.health("ok")
        terminal.trouble(positions_get="none")
        await probe.health("no terminal")
        terminal.trouble()
        await probe.health("ok")
        assert len([line for line in terminal.opened if line != "shutdown"]) >= 2


async def test_terminal_when_the_broker_cannot_be_reached_then_said_so_and_not_opened_again(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        await probe.health("ok")
        terminal.set(connected=False)
        await probe.health("not connected")
        assert (await probe.call("positions_get")).result == []
        terminal.set(connected=True)
        await probe.health("ok")
        assert len(terminal.opened) == 1


async def test_terminal_when_it_logs_in_to_another_account_then_nothing_of_that_is_told(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        terminal.set(login=666, positions=[{"ticket": 1}])
        for _ in range(20):  # before the gateway has noticed, and after
            answer = await probe.call("positions_get")
            assert answer.result is None
            assert answer.error[0] in (NO_IPC, IPC_TIMEOUT)
        await probe.health("other account")
        assert (await probe.send("leg/1")).error[0] < -20000
        terminal.set(login=4711, positions=[])
        await probe.health("ok")
        assert (await probe.call("positions_get")).result == []
        assert terminal.accepted == []


async def test_worker_when_something_prints_then_the_frames_are_not_broken(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.trouble(symbol_info="print")
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        assert (await probe.call("symbol_info", symbol="EURUSD")).result["digits"] == 5


async def test_ticks_when_followed_then_the_last_one_at_once_and_every_new_one(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        probe.say(Follow(("EURUSD", "NONE")))
        assert (await probe.hear(Ticked)).ticks["EURUSD"]["bid"] == 1.1
        terminal.set(ticks={"EURUSD": [1.2, 1.2001, 2], "GBPUSD": [1.3, 1.3001, 2]})
        ticks = (await probe.hear(Ticked)).ticks
        assert list(ticks) == ["EURUSD"]
        assert ticks["EURUSD"]["time_msc"] == 2
        async with inside(running, trades=False) as other:
            other.say(Follow(("EURUSD",)))
            assert (await other.hear(Ticked)).ticks["EURUSD"]["bid"] == 1.2
        probe.say(Follow(("GBPUSD",)))
        assert list((await probe.hear(Ticked)).ticks) == ["GBPUSD"]


async def test_ticks_when_the_worker_was_replaced_then_they_go_on(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        probe.say(Follow(("EURUSD",)))
        await probe.hear(Ticked)
        os.kill(running.worker, signal.SIGKILL)
        assert (await probe.hear(Ticked)).ticks["EURUSD"]["bid"] == 1.1


@pytest.mark.parametrize(
    "change",
    [
        {"positions": [{"ticket": 1, "volume": 0.1}]},
        {"balance": 990.0},
        {"account_trades": False},
    ],
)
async def test_change_when_something_is_other_than_it_was_then_everybody_hears_of_it(
    terminal: FakeTerminal, tmp_path: Path, change: dict[str, object]
) -> None:
    async with (
        gateway(settings(tmp_path)) as running,
        inside(running) as probe,
        inside(running, trades=False) as other,
    ):
        await probe.call("account_info")
        terminal.set(**change)
        await probe.hear(Changed)
        await other.hear(Changed)


async def test_calls_when_many_wait_then_an_order_goes_first(terminal: FakeTerminal, tmp_path: Path) -> None:
    terminal.trouble(symbols_get="slow")
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        probe.say(*(Call(number, "symbols_get") for number in range(100, 106)))
        await until(lambda: len(running.gateway._calls) == 6)
        probe.say(Call(1, ORDER_SEND, {"request": DEAL}, "leg/1", WallClock().now(), FOREVER))
        answers = [(await probe.hear(Answer)).id for _ in range(7)]
        assert answers.index(1) <= 2  # what was under way is not interrupted
        assert sorted(answers) == [1, *range(100, 106)]


async def test_terminal_when_the_broker_refuses_the_password_then_not_asked_again_at_once(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """A broker locks an account for that."""
    terminal.set(opens=False, why=[-6, "Terminal: Authorization failed"])
    slow = msgspec.structs.replace(QUICK, pause_s=0.01, longest_pause_s=30.0)
    async with gateway(settings(tmp_path, times=slow), is_served=False) as running:
        await running.until_state("no terminal")
        assert "Authorization failed (-6)" in running.gateway.keeper.state.text
        await asyncio.sleep(0.3)
        assert len(terminal.opened) == 1


async def test_terminal_when_empty_lists_come_as_nothing_with_success_then_it_is_not_lost(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """Some builds say so. To a client it stays nothing, which proves no absence."""
    terminal.trouble(positions_get="nothing")
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        for _ in range(5):
            answer = await probe.call("positions_get")
            assert (answer.result, answer.error) == (None, (1, "Success"))
            await asyncio.sleep(0.05)
        assert len(terminal.opened) == 1


async def test_symbols_when_there_are_too_many_for_a_frame_then_that_is_the_answer_and_their_pages_come(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.set(symbols=80_000)
    patient = msgspec.structs.replace(QUICK, read_s=15.0)
    async with gateway(settings(tmp_path, times=patient)) as running, inside(running) as probe:
        before = running.worker
        answer = await probe.call("symbols_get")
        assert answer.result is None
        assert answer.error[0] == -10000
        for start, count in ((0, PAGE), (PAGE, PAGE), (79_500, 500), (80_000, 0)):
            page = (await probe.call("symbols_get", start=start, count=PAGE)).result
            assert [symbol["name"] for symbol in page] == [f"SYMBOL{start + place:06d}" for place in range(count)]
        assert running.worker == before


async def test_symbols_when_there_are_more_than_a_page_then_the_file_has_them_all(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.set(symbols=2 * PAGE + 5)
    made = settings(tmp_path, guards=Guards())
    told = json.loads(await dump_symbols(made, WallClock()))
    assert [symbol["name"] for symbol in told["symbols"]] == [f"SYMBOL{place:06d}" for place in range(2 * PAGE + 5)]


def test_visitor_when_of_another_user_then_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = socket.socketpair(socket.AF_UNIX)
    with here, there:
        assert is_ours(here)
        uid = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: uid + 1)
        assert not is_ours(here)


def test_worker_when_the_account_changes_after_the_guards_looked_then_it_does_not_call(terminal: FakeTerminal) -> None:
    """The last look is the worker's own, in the same breath as the call."""
    desk = Desk()
    pinned = {"module": fake_mt5.__name__, "login": 4711, "server": "Fake-Demo"}
    facts, _ = desk.answer(Ask(1, OPEN, {**pinned, "path": "x", "password": "", "paper": {}, "ms": 1000}))
    assert facts["account"]["login"] == 4711
    terminal.set(server="Fake-Real")
    result, error = desk.answer(Ask(2, ORDER_SEND, {"request": DEAL}))
    assert (result, error[0]) == (None, REFUSED_BY_GATEWAY)
    terminal.set(server="Fake-Demo")
    result, error = desk.answer(Ask(3, ORDER_SEND, {"request": DEAL}))
    assert (result["retcode"], error) == (10009, (1, "Success"))
    assert len(terminal.accepted) == 1


BAD_WORKERS = {
    "answers another question": "told(pipe.Told(ask.id + 1, pipe.NOTHING, (1, '')))",
    "says no message": "raw(b'\\x00\\x00\\x00\\x03abc')",
    "announces 1 GB": "raw(b'\\x40\\x00\\x00\\x00')",
    "breaks off in the middle": "raw(b'\\x00\\x00\\x00\\x09abc'); os._exit(0)",
    "ends": "os._exit(0)",
    "says nothing": "time.sleep(60)",
}
BAD_WORKER = """
import os, sys, time
from signalos_tui.gateway import pipe
def raw(data): sys.stdout.buffer.write(data); sys.stdout.buffer.flush()
def told(one): pipe.write_blocking(sys.stdout.buffer, pipe.encode(one))
ask = pipe.decode_ask(pipe.read_blocking(sys.stdin.buffer))
"""


@pytest.mark.parametrize("what", BAD_WORKERS.values(), ids=BAD_WORKERS.keys())
async def test_worker_when_it_does_anything_but_answer_then_it_is_killed_and_never_asked_again(what: str) -> None:
    code = BAD_WORKER + what
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    worker = Worker(process, WallClock())
    with pytest.raises(WorkerGone) as first:
        await worker.ask("symbols_get", {}, 1.0)
    assert first.value.is_hung == (what == BAD_WORKERS["says nothing"])
    assert process.returncode is not None
    with pytest.raises(WorkerGone):
        await worker.ask("symbols_get", {}, 1.0)
