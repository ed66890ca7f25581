"""One trade's worker breaks: the others' sends and closes go on, it is told, tried again, and trading halts when it keeps on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from signalos_tui.engine.supervisor import FAULTS
from signalos_tui.execute.paper.faults import Delay, Fault
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import LegView
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, GOLD, Bench, first_signal, simulated

BROKEN = ZeroDivisionError("a fault of ours")


class Breaking:
    """In the place of a part of the dispatcher: raises for one symbol, as long as it is told to."""

    def __init__(self, bench: Bench, name: str, symbol: str) -> None:
        self.times, self.is_on = 0, True
        dispatcher: Any = bench.engine._dispatcher
        inner = getattr(dispatcher, name)

        async def breaking(leg: LegView, *more: Any) -> Any:
            if leg.symbol == symbol and self.is_on:
                self.times += 1
                raise BROKEN
            return await inner(leg, *more)

        setattr(dispatcher, name, breaking)


def test_job_when_it_breaks_while_another_trades_order_is_out_then_that_one_gets_its_answer(tmp_path: Path) -> None:
    """The euro's first order takes ten seconds; gold's sending breaks twice meanwhile, and is sent all the same."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Delay(10.0)]) as bench:
            gold = Breaking(bench, "_opening", "XAUUSD")
            await bench.say(CALL, wait=1)
            post = await bench.say(GOLD, wait=2.5)
            assert gold.times == 2
            [first, *_] = bench.told(e.TaskFailed)
            assert (first.task, first.failures) == (f"managing send {first_signal(post)}", 1)
            assert "ZeroDivisionError: a fault of ours" in first.error
            gold.is_on = False
            await asyncio.sleep(15)
            assert bench.states == [LegState.OPEN] * 4
            assert not bench.told(e.LegUnknown)
            assert bench.is_active

    simulated(story)


def test_job_when_it_keeps_breaking_then_trading_is_halted_and_others_are_still_closed(tmp_path: Path) -> None:
    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault()] * 4 + [Delay(10.0)]) as bench:
            euro = first_signal(await bench.say(CALL))
            gold = first_signal(await bench.say(GOLD))
            broken = Breaking(bench, "_act", "XAUUSD")
            await bench.press(c.CloseTrade, signal=euro, wait=0.5)
            await bench.press(c.CloseTrade, signal=gold, wait=0.0)
            await bench.until(lambda: not bench.is_active, within_s=60)
            assert broken.times == FAULTS
            assert bench.desk.trading is TradingState.HALTED
            assert f"manage {gold}" in bench.desk.trading_reason
            await bench.until(lambda: not bench.desk.trades[euro].open_legs, within_s=60)
            assert not bench.told(e.LegUnknown)
            # It is tried on and on, further apart each time, and done as soon as it can be.
            broken.is_on = False
            await bench.until(lambda: not bench.desk.trades[gold].open_legs, within_s=120)

    simulated(story)


def test_job_when_it_is_asked_for_while_it_waits_after_a_fault_then_it_is_tried_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with Bench(tmp_path) as bench:
            gold = first_signal(await bench.say(GOLD))
            broken = Breaking(bench, "_act", "XAUUSD")
            await bench.press(c.CloseTrade, signal=gold, wait=20)
            failed = bench.told(e.TaskFailed)
            assert [one.delay for one in failed] == [1, 2, 4, 8, 16]
            broken.is_on = False
            bench.engine._managing.resume()
            await asyncio.sleep(2)
            assert not bench.desk.trades[gold].open_legs

    simulated(story)
