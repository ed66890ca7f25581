"""An order's own time: not called after its end, whatever the gateway would allow; and what protects waits longer."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from signalos_tui.clock import WallClock
from signalos_tui.gateway.settings import Limits
from signalos_tui.link.messages import ATTEMPTED_BEFORE, ORDER_SEND, REFUSED_BY_GATEWAY, Answer, Call
from tests.gateway.kit import DEAL, FOREVER, QUICK, FakeTerminal, gateway, inside, settings, until

CLOSE: dict[str, Any] = {**DEAL, "type": 1, "position": 9}
PATIENT = msgspec.structs.replace(QUICK, send_s=10.0)


@pytest.mark.parametrize("end", [-1, 0, 1])
async def test_order_when_it_comes_after_its_end_or_has_none_then_refused_however_old_intents_may_be(
    terminal: FakeTerminal, tmp_path: Path, end: int
) -> None:
    """Two minutes are allowed here; the leg's own half minute is over."""
    now = WallClock().now()
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        answer = await probe.send("leg/1", now - 30_001, now - 1 if end == 1 else end)
        assert answer.error[0] == REFUSED_BY_GATEWAY
        assert ("ended" if end == 1 else "its end") in answer.error[1]
        assert terminal.accepted == []


async def test_order_when_its_end_comes_while_the_guards_look_then_not_called(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        terminal.trouble(account_info="slow")
        answer = await probe.send("leg/1", until=WallClock().now() + 200)
        assert answer.error[0] == REFUSED_BY_GATEWAY
        assert terminal.asked == []


async def test_order_when_the_worker_wakes_up_after_its_end_then_not_called_and_that_is_the_answer_for_ever(
    terminal: FakeTerminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker had ten seconds to answer, the order less: it is stopped right before the call."""
    async with gateway(settings(tmp_path, times=PATIENT)) as running, inside(running) as probe:
        store, worker = running.gateway.store, running.worker
        insert, end = store.insert, WallClock().now() + 1500

        def stopping(*arguments: Any) -> None:
            insert(*arguments)
            os.kill(worker, signal.SIGSTOP)

        monkeypatch.setattr(store, "insert", stopping)
        probe.say(Call(1, ORDER_SEND, {"request": DEAL}, "leg/1", WallClock().now(), end))
        await until(lambda: WallClock().now() > end)
        os.kill(worker, signal.SIGCONT)
        first = await probe.hear(Answer)
        assert (first.error[0], terminal.asked) == (REFUSED_BY_GATEWAY, [])
        assert (await probe.send("leg/1")).error == first.error


async def test_close_when_an_opening_takes_long_then_it_waits_where_another_opening_is_refused_and_goes_before_it(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    times = msgspec.structs.replace(PATIENT, wait_s=0.2, close_wait_s=10.0)
    async with gateway(settings(tmp_path, times=times)) as running, inside(running) as probe:
        at = WallClock().now()
        orders = {1: (DEAL, "a/1"), 2: (DEAL, "b/1"), 3: (CLOSE, "c~1/1")}
        terminal.trouble(before_order_send="slow")
        probe.say(*(Call(n, ORDER_SEND, {"request": what}, name, at, FOREVER) for n, (what, name) in orders.items()))
        told = {answer.id: answer.error[0] for answer in [await probe.hear(Answer) for _ in orders]}
        assert told == {1: 1, 2: REFUSED_BY_GATEWAY, 3: 1}
        assert terminal.accepted == [DEAL, CLOSE]


async def test_close_when_its_own_end_comes_while_it_waits_then_refused_then_and_not_later(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    times = msgspec.structs.replace(PATIENT, close_wait_s=10.0, send_s=1.5)
    async with gateway(settings(tmp_path, times=times)) as running, inside(running) as probe:
        at = WallClock().now()
        terminal.trouble(before_order_send="hang")
        probe.say(Call(90, ORDER_SEND, {"request": DEAL}, "a/1", at, FOREVER))
        await until(lambda: bool(terminal.asked))
        probe.say(Call(91, ORDER_SEND, {"request": CLOSE}, "c~1/1", at, WallClock().now() + 300))
        assert [(answer.id, answer.error[0]) for answer in [await probe.hear(Answer)]] == [(91, REFUSED_BY_GATEWAY)]


async def test_known_order_when_too_much_waits_or_the_gateway_ends_then_its_own_answer_and_no_refusal(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """ "Nothing was called" is a definite no: it is never said of an order that was called."""
    made = settings(tmp_path, limits=Limits(calls=1), times=PATIENT)
    async with gateway(made) as running, inside(running) as probe:
        at = WallClock().now()
        first = await probe.send("known/1", at)

        def ask(number: int, name: str) -> Call:
            return Call(number, ORDER_SEND, {"request": DEAL}, name, at, FOREVER)

        terminal.trouble(before_order_send="slow")
        probe.say(ask(10, "slow/1"), ask(11, "known/1"), ask(12, "slow/1"), ask(13, "new/1"))
        told = {answer.id: (answer.result, answer.error) for answer in [await probe.hear(Answer) for _ in range(4)]}
        assert told[11] == (first.result, first.error)
        assert [told[number][1][0] for number in (10, 12, 13)] == [1, ATTEMPTED_BEFORE, REFUSED_BY_GATEWAY]

        probe.say(ask(20, "late/1"))
        await until(lambda: running.gateway.sender._one.is_taken)
        running.gateway._is_ending = True
        async with inside(running, trades=False, holder="") as other:
            known, new = await other.send("known/1", at), await other.send("new/2", at)
        assert (known.result, known.error) == (first.result, first.error)
        assert new.error[0] == REFUSED_BY_GATEWAY
        assert (await probe.hear(Answer)).error[0] in (1, REFUSED_BY_GATEWAY)
    assert len(terminal.accepted) <= 3
