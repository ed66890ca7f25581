"""Table D of the fault catalogue, the rows that are the gateway's: D9, D13, D14, D23 and what D10 to D12 ask of it.

The gateway runs in a process of its own and is killed; the worker is stopped or killed. What was accepted is read from the
broker's own log, never from what the gateway says.
"""

from __future__ import annotations

import io
import os
import signal
from pathlib import Path

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway import pipe
from signalos_tui.gateway.pipe import Ask
from signalos_tui.gateway.serving import Gateway
from signalos_tui.gateway.worker import serve
from signalos_tui.link.frames import framed
from signalos_tui.link.messages import (
    ATTEMPTED_BEFORE,
    ORDER_SEND,
    REFUSED_BY_GATEWAY,
    WORKER_LOST,
    Answer,
    Call,
    Ping,
    Pong,
)
from tests.gateway import fake_mt5
from tests.gateway.kit import (
    DEAL,
    FOREVER,
    PATIENCE_S,
    ROOT,
    FakeTerminal,
    apart,
    connected,
    gateway,
    inside,
    settings,
    until,
    until_let_in,
)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTerminal:
    """The fake terminal of this test; workers find it by the environment."""
    folder = tmp_path / "mt5"
    folder.mkdir()
    monkeypatch.setenv("FAKE_MT5", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return FakeTerminal(folder)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_d9_order_send_when_it_blocks_for_ever_then_unknown_in_time_and_the_link_is_restarted(
    terminal: FakeTerminal, tmp_path: Path, moment: str
) -> None:
    """The process is stopped, not asleep: nothing in it can notice. Others are answered all the while."""
    terminal.trouble(**{f"{moment}_order_send": "slow"})
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        before = running.worker
        probe.say(Call(1, ORDER_SEND, {"request": DEAL}, "leg/1", WallClock().now(), FOREVER))
        await until(lambda: bool(terminal.asked if moment == "before" else terminal.accepted))
        os.kill(before, signal.SIGSTOP)
        probe.say(Ping(1))
        assert (await probe.hear(Pong)).at == 1
        answer = await probe.hear(Answer)
        assert answer.error[0] == WORKER_LOST
        terminal.trouble()
        await running.until_replaced(before)
        assert (await probe.send("leg/1")).error[0] == ATTEMPTED_BEFORE
        assert len(terminal.accepted) == (1 if moment == "after" else 0)
        assert (await probe.send("leg/2")).result["retcode"] == 10009


async def test_d10_terminal_when_in_another_account_then_its_lists_are_never_told(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        terminal.set(login=666)
        answer = await probe.call("orders_get")
        assert answer.result is None
        assert answer.error[0] <= -10000


async def test_d12_lists_when_the_call_fails_then_none_and_when_empty_then_an_empty_list(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        assert (await probe.call("positions_get")).result == []
        terminal.trouble(positions_get="none")
        failed = await probe.call("positions_get")
        assert failed.result is None
        assert failed.error[0] < 0


async def test_d13_order_when_its_frame_is_repeated_then_called_once_and_answered_alike(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """At once, and again by the next connection."""
    at = WallClock().now()
    same = [Call(number, ORDER_SEND, {"request": DEAL}, "leg/1", at, FOREVER) for number in range(5)]
    async with gateway(settings(tmp_path)) as running:
        async with inside(running) as probe:
            probe.say(*same)
            answers = [await probe.hear(Answer) for _ in same]
        async with inside(running, holder="me") as probe:
            answers.append(await probe.send("leg/1", at))
    assert len(terminal.accepted) == 1
    assert {answer.result["order"] for answer in answers} == {12}
    assert {answer.error for answer in answers} == {(1, "Success")}


@pytest.mark.parametrize(
    ("moment", "accepted", "later"),
    [
        ("before insert", 0, "sent now"),
        ("after insert", 0, ATTEMPTED_BEFORE),
        ("before order_send", 1, ATTEMPTED_BEFORE),
        ("after order_send", 1, ATTEMPTED_BEFORE),
        ("before record", 1, ATTEMPTED_BEFORE),
        ("after record", 1, "the recorded answer"),
    ],
)
async def test_d14_gateway_when_killed_at_a_step_then_after_its_restart_it_never_calls_again(
    terminal: FakeTerminal, tmp_path: Path, moment: str, accepted: int, later: object
) -> None:
    """From insert on it says "attempted"; before it nothing had been called, and the order may still go.

    A worker that is in the call when its gateway dies finishes it: that is accepted once, and reconciled like any lost answer.
    """
    at = WallClock().now()
    in_terminal = moment.endswith("order_send")
    if in_terminal:
        terminal.trouble(**{moment.replace(" ", "_"): "kill the gateway"})
    with apart(tmp_path, KILL_AT="" if in_terminal else moment) as (process, address):
        await until_let_in(address)
        async with connected(address) as probe:
            await probe.greet()
            probe.say(Call(1, ORDER_SEND, {"request": DEAL}, "leg/1", at, FOREVER))
            assert await probe.ended()
        assert process.wait(PATIENCE_S) == -signal.SIGKILL
    await until(lambda: len(terminal.accepted) == accepted)
    terminal.trouble()
    with apart(tmp_path) as (_, address):
        await until_let_in(address)
        for _ in range(2):
            async with connected(address) as probe:
                welcome = await probe.greet()
                assert welcome.newest_intent_at == (0 if later == "sent now" and not accepted else at)
                answer = await probe.send("leg/1", at)
            if later == ATTEMPTED_BEFORE:
                assert (answer.result, answer.error[0]) == (None, ATTEMPTED_BEFORE)
            else:
                assert answer.result["retcode"] == 10009
            accepted = 1 if later == "sent now" else accepted
            assert len(terminal.accepted) == accepted


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_d14_worker_when_killed_at_a_step_then_attempted_and_never_called_again(
    terminal: FakeTerminal, tmp_path: Path, moment: str
) -> None:
    terminal.trouble(**{f"{moment}_order_send": "die"})
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        before = running.worker
        assert (await probe.send("leg/1")).error[0] == WORKER_LOST
        terminal.trouble()
        await running.until_replaced(before)
        assert (await probe.send("leg/1")).error[0] == ATTEMPTED_BEFORE
    assert len(terminal.accepted) == (1 if moment == "after" else 0)


def test_d14_worker_when_it_wakes_up_long_after_its_gateway_died_then_the_order_in_its_pipe_is_too_late(
    terminal: FakeTerminal,
) -> None:
    """Nobody killed it, and nobody waits for it any more: what is past its limit is not called."""
    pinned = {"login": 4711, "server": "Fake-Demo", "password": "", "path": "x", "paper": {}, "ms": 1000}
    now = WallClock().now()
    asked = (
        Ask(1, pipe.OPEN, {"module": fake_mt5.__name__, **pinned}, 0),
        Ask(2, ORDER_SEND, {"request": DEAL}, now - 1),
        Ask(3, ORDER_SEND, {"request": DEAL}, now + 60_000),
    )
    answered = io.BytesIO()
    serve(io.BytesIO(b"".join(framed(pipe.encode(ask)) for ask in asked)), answered)
    answered.seek(0)
    told = [pipe.decode_told(payload) for payload in iter(lambda: pipe.read_blocking(answered), None)]
    assert [one.error[0] for one in told] == [1, REFUSED_BY_GATEWAY, 1]
    assert len(terminal.accepted) == 1


async def test_d23_second_executor_when_one_is_there_then_refused_and_the_first_goes_on(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running, holder="first") as first:
        async with connected(running.address) as second:
            assert (await second.refused(holder="second")).code == "executor"
        assert (await first.send("leg/1")).result["retcode"] == 10009


async def test_d23_second_gateway_when_the_account_has_one_then_it_refuses_to_start_and_after_a_kill_it_starts(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    with apart(tmp_path) as (process, address):
        await until_let_in(address)
        with pytest.raises(OperatorNeeded, match=f"has a gateway already: process {process.pid}"):
            Gateway(settings(tmp_path), WallClock())
        process.kill()
        process.wait(PATIENCE_S)
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        assert (await probe.send("leg/1")).result["retcode"] == 10009
