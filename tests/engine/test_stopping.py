"""The kill switch, thrown at every step: nothing new is sent after it, and flatten leaves nothing behind (C9, V12)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.execute.paper.faults import AcceptLate, Delay, Fault, LoseReply
from signalos_tui.execute.structs import TradePosition
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.events import Record
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, GOLD, PAPER, Bench, first_signal, simulated

FREEZE, FLATTEN = c.StopMode.FREEZE, c.StopMode.FLATTEN
SLOW = replace(PAPER, latency_ms=(400, 400))
STEPS = 34


async def _stopped_at(bench: Bench, step: int, mode: c.StopMode) -> bool:
    # Two calls, an order in the book and a follow-up; the switch is thrown when the step-th record is folded.
    answers: list[asyncio.Task[object]] = []

    def heard(record: Record) -> None:
        if record.seq and not answers and len(bench.records) >= step:
            answers.append(asyncio.create_task(bench.stop(mode, wait=0)))

    bench.engine._desk.listen(heard)
    call = await bench.say(CALL, wait=1)
    await bench.say("BUY LIMIT GBPUSD 1.2650\nSL 1.2600\nTP 1.2800", wait=0.5)
    await bench.say(GOLD, wait=1)
    await bench.say("close half", reply=call.id, wait=1)
    await asyncio.sleep(30)
    for answer in answers:
        await answer
    return bool(answers)


def _nothing_after_the_stop(bench: Bench) -> None:
    (stop,) = [r.seq for r in bench.records if isinstance(r.event, e.TradingStateChanged)]
    sent = {r.event.request.magic for r in bench.records if isinstance(r.event, e.LegSending) and r.seq < stop}
    assert {row.magic for row in bench.truth} <= sent


@pytest.mark.parametrize("step", range(2, STEPS))
def test_stop_when_frozen_at_any_step_then_nothing_new_is_sent(step: int) -> None:
    """What was written down as being sent before may still arrive; nothing else does."""

    async def story(folder: Path) -> None:
        async with Bench(folder, paper=SLOW) as bench:
            if not await _stopped_at(bench, step, FREEZE):
                pytest.fail("the story is shorter than STEPS")
            assert bench.desk.trading is TradingState.HALTED
            _nothing_after_the_stop(bench)
            assert not {LegState.INTENT, LegState.SENDING} & set(bench.states)

    with TemporaryDirectory() as name:
        simulated(lambda: story(Path(name)))


@pytest.mark.parametrize("step", range(2, STEPS))
def test_stop_when_flattened_at_any_step_then_nothing_is_left(step: int) -> None:
    """What was on its way when the switch was thrown is closed when it turns up (found by this test: it stayed open)."""

    async def story(folder: Path) -> None:
        async with Bench(folder, paper=SLOW) as bench:
            await _stopped_at(bench, step, FLATTEN)
            _nothing_after_the_stop(bench)
            assert not await bench.positions()
            assert not await bench.paper.orders_get()
            assert not any(leg.is_live for leg in bench.legs)

    with TemporaryDirectory() as name:
        simulated(lambda: story(Path(name)))


@pytest.mark.parametrize("fault", [LoseReply(), Delay(8), AcceptLate(20), AcceptLate(200)])
def test_flatten_when_an_answer_is_out_then_the_position_is_closed_when_it_turns_up(
    fault: Fault, tmp_path: Path
) -> None:
    """However late the broker accepts it."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[fault]) as bench:
            await bench.say(CALL, wait=0.5)
            await bench.stop(FLATTEN)
            await asyncio.sleep(300)
            assert bench.truth
            assert not await bench.positions()
            assert bench.legs[0].opened
            assert not bench.legs[0].is_live

    simulated(story)


def test_flatten_when_there_is_no_price_then_it_is_intended_all_the_same(tmp_path: Path) -> None:
    """A close needs no price to be wished for (found by reading: such trades were left out)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            info = bench.terminal.symbol_info_tick

            async def blind(symbol: str) -> None:
                return None

            setattr(bench.terminal, "symbol_info_tick", blind)  # noqa: B010
            assert (await bench.stop(FLATTEN)).ok
            assert await bench.positions()
            setattr(bench.terminal, "symbol_info_tick", info)  # noqa: B010
            await asyncio.sleep(60)
            assert not await bench.positions()

    simulated(story)


def test_stop_when_the_terminal_hangs_in_a_decision_then_it_does_not_wait_for_it(tmp_path: Path) -> None:
    """The switch is thrown first, whoever holds the desk."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:

            async def hangs() -> None:
                await asyncio.sleep(50)

            setattr(bench.terminal, "account_info", hangs)  # noqa: B010
            bench.room.say(bench.post(CALL))
            await asyncio.sleep(1)
            pressed = bench.clock.now()
            await bench.stop(FREEZE, wait=0)
            assert bench.desk.trading is TradingState.HALTED
            assert bench.clock.now() - pressed < 100

    simulated(story)


def test_stop_when_nothing_can_be_written_then_trading_stays_stopped_when_it_can_again(tmp_path: Path) -> None:
    """The disk is full, the owner stops, the disk is emptied: it must not go on by itself."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.journal.fails = lambda number, events: True
            outcome = await bench.stop(FREEZE, wait=5)
            assert outcome.ok
            bench.journal.fails = lambda number, events: False
            await asyncio.sleep(10)
            assert bench.desk.trading is TradingState.HALTED
            assert bench.told(e.TradingStateChanged)[-1].state is TradingState.HALTED

    simulated(story)


def test_switch_when_thrown_and_taken_back_at_once_then_what_waited_stays_withdrawn(tmp_path: Path) -> None:
    """Stopping withdraws what was not sent, also for whoever starts again within its time."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.terminal.is_connected = False
            await bench.say(CALL)
            await bench.stop(FREEZE, wait=0)
            await bench.press(c.SetTradingState, state=TradingState.ACTIVE, wait=0)
            bench.terminal.is_connected = True
            await asyncio.sleep(10)
            assert set(bench.states) == {LegState.EXPIRED}
            assert not bench.truth

    simulated(story)


def test_updates_when_halted_then_they_are_held_for_the_owner(tmp_path: Path) -> None:
    """HALTED: the owner's own commands only (found by reading: channels could still close and move stops)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.stop(FREEZE)
            await bench.say("close half", reply=call.id)
            await bench.edit(call, CALL.replace("1.0800", "1.0810"))
            (update,) = bench.desk.updates.values()
            assert update.outcome is DecisionOutcome.HELD
            assert all(leg.volume == leg.opened and leg.stop == leg.plan.stop for leg in bench.legs)
            assert "edit-not-followed" in bench.codes
            assert (await bench.press(c.CloseTrade, signal=first_signal(call))).ok
            assert not await bench.positions()

    simulated(story)


def test_flatten_when_the_terminal_lists_nothing_for_a_moment_then_what_stands_is_closed_all_the_same(
    tmp_path: Path,
) -> None:
    """One empty list proves nothing (R4): right after a reconnect a terminal is connected and shows no position."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            listed, until = bench.terminal.positions_get, bench.clock.now() + 2000

            async def nothing_at_first(**asked: Any) -> tuple[TradePosition, ...] | None:
                return () if bench.clock.now() < until else await listed(**asked)

            setattr(bench.terminal, "positions_get", nothing_at_first)  # noqa: B010 (mypy: it is a method's place)
            assert (await bench.stop(FLATTEN)).ok
            await asyncio.sleep(120)
            assert bench.states == [LegState.CLOSED] * 2
            assert not await bench.positions()
            assert all(settled.retcode for settled in bench.told(e.ActionSettled) if settled.ok)

    simulated(story)
