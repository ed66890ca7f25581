"""FLATTEN waits for nobody: whoever is deciding meanwhile may be waiting for a terminal that hangs."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.engine.desk import numbered_on
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import StopMode
from signalos_tui.model.desk import DeskState
from signalos_tui.model.orders import ActionKind, CloseReason, LegAction, LegState
from tests.engine.kit import CALL, GOLD, Bench, first_signal, simulated
from tests.execute.legs import SIGNAL, leg, trade

HANGS_S = 15.0


def hang(bench: Bench, question: str, symbol: str) -> asyncio.Event:
    """From now on a question about a symbol takes as long as a console waits for one; set when it is first asked."""
    inner, asked = getattr(bench.terminal, question), asyncio.Event()

    async def hanging(*arguments: Any, **named: Any) -> Any:
        if symbol in arguments:
            asked.set()
            await asyncio.sleep(HANGS_S)
        return await inner(*arguments, **named)

    setattr(bench.terminal, question, hanging)
    return asked


def unique(bench: Bench) -> None:
    """Every action has a name of its own."""
    names = Counter((event.action.leg, event.action.number) for event in bench.told(e.ActionIntended))
    assert max(names.values()) == 1, names


@pytest.mark.parametrize("what", ["a call", "a follow-up", "an owner's key"])
def test_flatten_when_somebody_is_deciding_and_waits_for_the_terminal_then_everything_is_closed_within_a_second(
    what: str, tmp_path: Path
) -> None:
    async def story() -> None:
        async with Bench(tmp_path) as bench:
            gold = await bench.say(GOLD)
            question = "order_calc_profit" if what == "a call" else "symbol_info"
            asked = hang(bench, question, "EURUSD" if what == "a call" else "XAUUSD")
            pressing = None
            if what == "a call":
                await bench.say(CALL, wait=0)
            elif what == "a follow-up":
                await bench.say("move SL to BE", reply=gold.id, wait=0)
            else:
                pressing = asyncio.create_task(bench.press(c.BreakEven, signal=first_signal(gold)))
            await asked.wait()
            assert bench.engine._desk.lock.locked()
            began = bench.clock.now()
            if what != "a call":  # closing asks for the price as well: that is not what this is about
                setattr(bench.terminal, question, getattr(bench.paper, question))
            outcome = await bench.stop(StopMode.FLATTEN, wait=0)
            assert outcome.ok
            await asyncio.sleep(0.9)
            assert not await bench.positions()
            assert bench.clock.now() - began < 1_000
            assert bench.engine._desk.lock.locked(), "it was not waited for"
            await asyncio.sleep(2 * HANGS_S)
            if pressing is not None:
                await pressing
            # What was being decided comes to its end, and to nothing.
            assert not await bench.positions()
            assert bench.desk.trading is TradingState.HALTED
            assert {one.state for one in bench.legs} <= {LegState.CLOSED, LegState.EXPIRED}
            unique(bench)

    simulated(story)


def test_flatten_when_a_target_waits_for_who_is_deciding_then_its_trade_is_closed_all_the_same(tmp_path: Path) -> None:
    """The target's own follow-up needs the desk; the close of that trade does not wait behind it."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            asked = hang(bench, "order_calc_profit", "XAUUSD")
            await bench.say(GOLD, wait=0)
            await asked.wait()
            await bench.quote("EURUSD", 1.0905, wait=3)
            assert [one.state for one in bench.legs] == [LegState.CLOSED, LegState.OPEN]
            await bench.stop(StopMode.FLATTEN, wait=0.9)
            assert bench.engine._desk.lock.locked()
            assert not await bench.positions()

    simulated(story)


def _wish(number: int, which: int = 1) -> e.ActionIntended:
    one = leg(LegState.OPEN, which)
    return e.ActionIntended(LegAction(one.id, number, ActionKind.CLOSE, CloseReason.OWNER, "x"), "test")


def test_actions_when_wished_for_on_an_older_desk_then_numbered_on_and_else_left_alone() -> None:
    legs = (leg(LegState.OPEN, 1, last_action=4), leg(LegState.OPEN, 2))
    desk = DeskState(trades={SIGNAL: trade(*legs)})

    def numbers(*events: e.ActionIntended, waiting: tuple[e.ActionIntended, ...] = ()) -> list[int]:
        found = numbered_on(events, desk, [waiting] if waiting else [])
        return [event.action.number for event in found if isinstance(event, e.ActionIntended)]

    assert numbers(_wish(5), _wish(6), _wish(1, 2)) == [5, 6, 1]
    assert numbers(_wish(4), _wish(5), _wish(1, 2)) == [5, 6, 1]
    assert numbers(_wish(5), _wish(6), waiting=(_wish(5), _wish(1, 2))) == [6, 7]
    assert numbers(_wish(5), _wish(1, 2), waiting=(_wish(5), _wish(6), _wish(1, 2))) == [7, 2]


def test_flatten_when_the_closes_cannot_be_written_then_it_says_that_trading_stands_and_nothing_was_closed(
    tmp_path: Path,
) -> None:
    """The disk is full between the stop and the closes; pressed again with room on it, everything is closed."""
    is_full = [False]

    def fails(_: int, events: tuple[e.Event, ...]) -> bool:
        return is_full[0] and any(isinstance(event, e.ActionIntended) for event in events)

    async def story() -> None:
        async with Bench(tmp_path, fails=fails) as bench:
            await bench.say(CALL)
            is_full[0] = True
            outcome = await bench.stop(StopMode.FLATTEN)
            assert not outcome.ok
            assert outcome.text.startswith("Stopped, but nothing was closed")
            assert "the disk is full" in outcome.text
            assert bench.desk.trading is TradingState.HALTED
            assert len(await bench.positions()) == 2
            is_full[0] = False
            assert (await bench.stop(StopMode.FLATTEN)).ok
            assert not await bench.positions()
            assert bench.desk.trading is TradingState.HALTED

    simulated(story)
