"""The drills: each fault spoils the answer it says, and nothing else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from signalos_tui.clock import LoopClock, VirtualTimeLoop
from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper import PaperTerminal
from signalos_tui.execute.paper.faults import (
    AcceptLate,
    Break,
    Claim,
    Delay,
    Fault,
    FaultyTerminal,
    LoseReply,
    LoseRequest,
    Refuse,
    TimeOut,
)
from signalos_tui.execute.retcodes import Answer, classify
from signalos_tui.execute.terminal import Terminal
from tests.execute.paper_kit import ALL_TIME, MONDAY, QUICK, Bench

BUY: dict[str, Any] = {"action": mt.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": 0, "volume": 0.1, "magic": 7}


def drill(*script: Fault) -> tuple[FaultyTerminal, Bench]:
    bench = Bench()
    bench.quote("EURUSD", 1.1, 1.1001)
    return FaultyTerminal(bench.terminal, script), bench


@pytest.mark.parametrize(
    ("fault", "answer", "accepted"),
    [
        (Fault(), Answer.ACCEPTED, 1),
        (LoseReply(), Answer.AMBIGUOUS, 1),
        (LoseRequest(), Answer.AMBIGUOUS, 0),
        (TimeOut(), Answer.AMBIGUOUS, 1),
        (Refuse(10019), Answer.REFUSED, 0),
        (Refuse(10004), Answer.REPRICE, 0),
        (Refuse(10031), Answer.AMBIGUOUS, 0),
        (Delay(0.0), Answer.ACCEPTED, 1),
    ],
)
async def test_what_a_fault_answers_and_what_has_happened(fault: Fault, answer: Answer, accepted: int) -> None:
    terminal, bench = drill(fault)
    result = await terminal.order_send(BUY)
    assert classify(result, await terminal.last_error(), BUY) is answer
    assert len(bench.terminal.truth) == accepted


@pytest.mark.parametrize("executed", [False, True])
async def test_a_break_is_an_exception_before_or_after(executed: bool) -> None:
    terminal, bench = drill(Break(executed))
    with pytest.raises(ConnectionResetError):
        await terminal.order_send(BUY)
    assert len(bench.terminal.truth) == executed


def test_an_order_is_accepted_long_after_its_answer_got_lost() -> None:
    loop = VirtualTimeLoop()

    async def main() -> list[int]:
        inner = PaperTerminal(None, LoopClock(loop, MONDAY), QUICK)
        inner.apply(FeedTick(MONDAY, "EURUSD", 1.1, 1.1001))
        terminal = FaultyTerminal(inner, [AcceptLate(400)])
        assert await terminal.order_send(BUY) is None
        assert (await terminal.last_error())[0] == mt.RES_E_INTERNAL_FAIL_TIMEOUT
        await asyncio.sleep(399)
        before = len(inner.truth)
        await terminal.settled()
        return [before, len(inner.truth)]

    assert loop.run_until_complete(main()) == [0, 1]
    loop.close()


@pytest.mark.parametrize(("after", "truth"), [(0.0, [1, 1]), (5.0, [0, 1]), (None, [0, 0])])
@pytest.mark.parametrize("retcode", [10004, 10008, 10011, 10019])
def test_an_answer_may_say_anything_whatever_has_happened(retcode: int, after: float | None, truth: list[int]) -> None:
    loop = VirtualTimeLoop()

    async def main() -> list[int]:
        inner = PaperTerminal(None, LoopClock(loop, MONDAY), QUICK)
        inner.apply(FeedTick(MONDAY, "EURUSD", 1.1, 1.1001))
        terminal = FaultyTerminal(inner, [Claim(retcode, after)])
        result = await terminal.order_send(BUY)
        assert result is not None
        assert (result.retcode, result.deal, result.order) == (retcode, 0, 0)
        before = len(inner.truth)
        await terminal.settled()
        return [before, len(inner.truth)]

    assert loop.run_until_complete(main()) == truth
    loop.close()


async def test_a_blind_terminal_sees_nothing_rather_than_emptiness() -> None:
    terminal, _ = drill()
    await terminal.order_send(BUY)
    terminal.is_blind = True
    views = [
        await terminal.positions_get(),
        await terminal.orders_get(),
        await terminal.history_orders_get(*ALL_TIME),
        await terminal.history_deals_get(*ALL_TIME),
        await terminal.history_deals_of(1),
    ]
    assert views == [None] * 5
    assert (await terminal.last_error())[0] == mt.RES_E_INTERNAL_FAIL_TIMEOUT
    assert await terminal.account_info() is not None
    terminal.is_blind = False
    assert len(await terminal.positions_get() or ()) == 1
    assert await terminal.last_error() == (1, "Success")


async def test_the_script_is_used_up_in_order_and_requests_are_counted() -> None:
    terminal, bench = drill(Refuse(10019), LoseReply())
    for _ in range(3):
        await terminal.order_send(BUY)
    assert len(terminal.calls) == 3
    assert len(bench.terminal.truth) == 2


async def test_everything_else_goes_through() -> None:
    terminal, bench = drill()
    inner: Terminal = bench.terminal
    for name, arguments in {
        "terminal_info": (),
        "account_info": (),
        "symbols_get": (),
        "symbol_info": ("EURUSD",),
        "symbol_info_tick": ("EURUSD",),
        "symbol_select": ("EURUSD",),
        "order_calc_profit": (0, "EURUSD", 0.1, 1.1, 1.2),
        "order_calc_margin": (0, "EURUSD", 0.1, 1.1),
        "order_check": (BUY,),
        "changed": (0.0,),
    }.items():
        assert await getattr(terminal, name)(*arguments) == await getattr(inner, name)(*arguments), name
