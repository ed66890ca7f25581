"""Answers that are lost, late, false or missing: a leg is sent at most once, whatever the terminal says (D1 to D20)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.faults import (
    AcceptLate,
    Break,
    Delay,
    Fault,
    LoseReply,
    LoseRequest,
    Refuse,
    TimeOut,
)
from signalos_tui.execute.retcodes import REFUSED, REPRICED
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.orders import CloseReason, LegState
from tests.engine.calls import CLOSED, LIMIT, ONE, OPEN, SETTLED_S, UNFILLED, UNKNOWN
from tests.engine.kit import CALL, CONFIG, PAPER, Bench, simulated


@pytest.mark.parametrize("text", [ONE, LIMIT])
@pytest.mark.parametrize(
    "fault", [LoseReply(), TimeOut(), Break(executed=True), AcceptLate(5), AcceptLate(150), Delay(20)]
)
def test_order_when_accepted_and_the_answer_is_lost_then_it_is_found_and_never_sent_again(
    fault: Fault, text: str, tmp_path: Path
) -> None:
    """UNKNOWN becomes OPEN by its magic (D2, D3)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[fault]) as bench:
            await bench.say(text)
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN if text == ONE else LegState.PLACED]
            assert len(bench.truth) == len(bench.told(e.LegSending)) == 1
            assert len(bench.terminal.calls) == 1

    simulated(story)


@pytest.mark.parametrize("fault", [LoseRequest(), Break(), Refuse(10031), Refuse(10012), Refuse(10028), Refuse(4242)])
def test_order_when_it_never_arrived_and_nobody_says_so_then_it_is_given_up_and_told(
    fault: Fault, tmp_path: Path
) -> None:
    """Ambiguous stays ambiguous until absence is proven; even then it is not sent again (D5; an unlisted code is ambiguous)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[fault]) as bench:
            await bench.say(ONE)
            assert bench.states == [UNKNOWN]
            await asyncio.sleep(200)
            assert bench.states == [UNKNOWN]
            await asyncio.sleep(130)
            assert bench.states == [UNFILLED]
            assert len(bench.terminal.calls) == 1
            assert not bench.truth

    simulated(story)


def test_order_when_accepted_after_it_was_given_up_then_it_is_adopted(tmp_path: Path) -> None:
    """In no list for ten minutes (D4): unfilled, later adopted, never sent again."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[AcceptLate(600)]) as bench:
            await bench.say(ONE)
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [UNFILLED]
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN]
            assert bench.told(e.LegOpened)[0].adopted
            assert len(bench.truth) == 1

    simulated(story)


def test_order_when_given_up_and_opened_and_closed_between_two_looks_then_it_is_accounted_for(tmp_path: Path) -> None:
    """Not even a short life goes unseen (found by reading: only what was still open was adopted)."""

    async def story() -> None:
        config = replace(CONFIG, engine=replace(CONFIG.engine, reconcile_s=120.0))
        async with Bench(tmp_path, faults=[AcceptLate(600)], config=config) as bench:
            await bench.say(ONE)
            await bench.until(lambda: bench.states == [UNFILLED])
            await bench.until(lambda: bool(bench.truth))
            (position,) = await bench.positions()
            bench.prices["EURUSD"] = (1.0780, 1.0781)
            await asyncio.sleep(1)
            assert not await bench.positions()
            await bench.until(lambda: bench.states == [CLOSED])
            assert bench.legs[0].close_reason is CloseReason.STOP
            assert bench.legs[0].profit < 0
            assert bench.legs[0].opened == Decimal(str(position.volume))

    simulated(story)


@pytest.mark.parametrize("code", sorted(REFUSED - {mt.TRADE_RETCODE_INVALID_FILL}))
def test_order_when_refused_for_good_then_it_ends(code: int, tmp_path: Path) -> None:
    """Every definite code (D6)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(code)]) as bench:
            await bench.say(ONE)
            assert bench.states == [LegState.REJECTED]
            assert len(bench.terminal.calls) == 1

    simulated(story)


@pytest.mark.parametrize(("times", "state"), [(1, OPEN), (2, LegState.REJECTED)])
@pytest.mark.parametrize("text", [ONE, LIMIT])
def test_order_when_its_filling_mode_is_refused_then_the_next_one_is_tried_once(
    text: str, times: int, state: LegState, tmp_path: Path
) -> None:
    """10030 is definite; the mode that passed is the first one asked for from then on, of a close as well (D6)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(10030)] * times) as bench:
            await bench.say(text)
            placed = text == LIMIT and state is OPEN
            assert bench.states == [LegState.PLACED if placed else state]
            first, second = (event.request.type_filling for event in bench.told(e.LegSending))
            assert first != second
            assert len(bench.terminal.calls) == 2
            if state is OPEN and not placed:
                await bench.press(c.CloseTrade, signal=next(iter(bench.desk.trades)))
                assert bench.terminal.calls[-1]["type_filling"] == second
                assert bench.states == [CLOSED]

    simulated(story)


@pytest.mark.parametrize("code", sorted(REPRICED))
@pytest.mark.parametrize(("times", "state"), [(1, OPEN), (2, OPEN), (3, LegState.REJECTED)])
def test_order_when_the_price_changed_then_it_is_asked_again_a_few_times(
    times: int, state: LegState, code: int, tmp_path: Path
) -> None:
    """A new priced attempt within the number of attempts (R13)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(code)] * times) as bench:
            await bench.say(ONE, wait=5)
            assert bench.states == [state]
            assert [s.attempt for s in bench.told(e.LegSending)] == list(range(1, min(times + 1, 3) + 1))

    simulated(story)


def test_order_when_a_second_attempt_is_blind_then_it_ends_rejected(tmp_path: Path) -> None:
    """Refused, then the terminal is cut off until the time is over (found by reading: the leg took an edge that is none)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(10004)]) as bench:
            bench.room.say(bench.post(ONE))
            await bench.until(lambda: bool(bench.told(e.LegRejected)))
            bench.terminal.is_blind = True
            await asyncio.sleep(40)
            bench.terminal.is_blind = False
            assert bench.states == [LegState.REJECTED]
            assert len(bench.terminal.calls) == 1
            assert not bench.told(e.TaskFailed)

    simulated(story)


def test_order_when_the_call_hangs_then_its_answer_counts_as_lost(tmp_path: Path) -> None:
    """Longer than call_s (D9); accepted meanwhile or not, it is looked for."""

    async def story() -> None:
        config = replace(CONFIG, send=Send(call_s=3.0))
        async with Bench(tmp_path, config=config, paper=replace(PAPER, latency_ms=(8000, 8000))) as bench:
            await bench.say(ONE, wait=6)
            assert bench.states in ([UNKNOWN], [OPEN])
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN if bench.truth else UNFILLED]
            assert len(bench.terminal.calls) == 1

    simulated(story)


def test_terminal_when_away_for_a_moment_then_the_order_waits_for_it_within_its_time(tmp_path: Path) -> None:
    """Not connected is no evidence and no reason to give up at once."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.terminal.is_connected = False
            await bench.say(ONE)
            assert bench.states == [LegState.INTENT]
            bench.terminal.is_connected = True
            await asyncio.sleep(3)
            assert bench.states == [OPEN]
            bench.terminal.is_connected = False
            await bench.say("BUY GBPUSD NOW\nSL 1.2600\nTP 1.2900", wait=40)
            assert bench.states == [OPEN, LegState.EXPIRED]

    simulated(story)


@pytest.mark.parametrize("how", ["blind", "disconnected", "other account"])
def test_absence_when_we_cannot_see_clearly_then_it_proves_nothing(how: str, tmp_path: Path) -> None:
    """None is not (), a cached view is none, another account is not ours (D10, D11, D12)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), LoseRequest()]) as bench:
            await bench.say(CALL)
            bench.terminal.is_blind = how == "blind"
            bench.terminal.is_connected = how != "disconnected"
            bench.terminal.other_login = 77 if how == "other account" else 0
            call = next(iter(bench.desk.trades))
            assert (await bench.press(c.CloseTrade, signal=call)).ok
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN, UNKNOWN]
            assert not bench.told(e.ActionSettled)  # the close is still to be done
            bench.terminal.is_blind, bench.terminal.is_connected, bench.terminal.other_login = False, True, 0
            await asyncio.sleep(90)
            assert bench.states == [CLOSED, UNFILLED]

    simulated(story)


def test_absences_when_interrupted_then_they_count_anew(tmp_path: Path) -> None:
    """Three in a row, not three in all."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[LoseRequest()]) as bench:
            await bench.say(ONE)
            await asyncio.sleep(262)
            for _ in range(5):
                bench.terminal.is_blind = True
                await asyncio.sleep(2)
                bench.terminal.is_blind = False
                await asyncio.sleep(20)
            assert bench.states == [UNKNOWN]
            await asyncio.sleep(40)
            assert bench.states == [UNFILLED]

    simulated(story)
