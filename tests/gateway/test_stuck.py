"""A worker that stands still is told of long before its time is up, whatever it did; a busy machine is not taken for that."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from signalos_tui.clock import WallClock
from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway.dump import dump_symbols
from signalos_tui.gateway.patience import STEP_S, Patience
from signalos_tui.gateway.settings import Guards, Times
from signalos_tui.link.messages import ORDER_SEND, Answer, Call
from tests.gateway.kit import DEAL, FOREVER, QUICK, FakeTerminal, gateway, inside, settings, until

SOON_S = 5.0
QUESTION = Call(90, "symbols_get")
ORDER = Call(90, ORDER_SEND, {"request": DEAL}, "leg/1", 0, FOREVER)


def test_times_when_nothing_else_is_said_then_a_stuck_worker_is_told_of_within_five_seconds() -> None:
    assert max(Times().silent_s, Times().stuck_s) < SOON_S < Times().read_s


@pytest.mark.parametrize("what", ["nothing but looks", "a question", "an order"])
async def test_worker_when_it_is_stopped_then_told_while_its_time_still_runs_and_taken_back_when_it_goes_on(
    terminal: FakeTerminal, tmp_path: Path, what: str
) -> None:
    times = msgspec.structs.replace(QUICK, read_s=30.0, send_s=30.0, silent_s=0.3, stuck_s=0.6)
    async with gateway(settings(tmp_path, times=times)) as running, inside(running) as probe:
        worker = running.worker
        if what == "nothing but looks":
            os.kill(worker, signal.SIGSTOP)
        else:
            terminal.trouble(symbols_get="slow", before_order_send="slow")
            at = WallClock().now()
            probe.say(QUESTION if what == "a question" else msgspec.structs.replace(ORDER, intent_at=at))
            if what == "an order":
                await until(lambda: bool(terminal.asked))
            else:
                await until(lambda: bool(running.gateway._calls))
            os.kill(worker, signal.SIGSTOP)
        assert "it has not answered for" in (await probe.health("hung")).text
        os.kill(worker, signal.SIGCONT)
        await probe.health("ok")
        if what != "nothing but looks":
            assert (await probe.hear(Answer)).error[0] == 1
        assert running.worker == worker


async def test_answer_when_the_machine_is_busy_then_the_time_in_which_we_did_not_run_does_not_count() -> None:
    said: list[bool] = []
    with Patience(4 * STEP_S, lambda: said.append(True)) as patience:
        for _ in range(2):
            time.sleep(3 * STEP_S)  # noqa: ASYNC251 - the whole process stands still, as it would on a busy machine
            await asyncio.sleep(0.01)
        assert not patience.is_over
        await until(lambda: patience.is_over)
    assert said == [True]


async def test_answer_when_it_comes_in_time_then_nothing_is_said_later() -> None:
    said: list[bool] = []
    with Patience(STEP_S, lambda: said.append(True)):
        await asyncio.sleep(0.01)
    await asyncio.sleep(2 * STEP_S)
    assert said == []


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        ({"login": 0, "server": ""}, "logged in to no account"),
        ({"login": 0}, "logged in to no account"),
        ({"symbols": 0}, "its list is empty"),
    ],
)
async def test_dump_when_there_is_no_account_or_no_symbol_then_refused_with_the_next_step(
    terminal: FakeTerminal, tmp_path: Path, shown: dict[str, Any], word: str
) -> None:
    terminal.set(**shown)
    with pytest.raises(OperatorNeeded, match=word) as refused:
        await dump_symbols(settings(tmp_path, guards=Guards()), WallClock())
    assert refused.value.remedy
