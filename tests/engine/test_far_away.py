"""A terminal fifty milliseconds away: what does not build on one another is asked at once, and a look proves what it says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NamedTuple

from signalos_tui.execute.look import look
from signalos_tui.model import events as e
from signalos_tui.model.orders import LegState
from tests.engine.kit import Bench, simulated
from tests.execute.legs import leg

RTT_S = 0.05
QUESTIONS = (
    "terminal_info", "account_info", "symbol_info", "symbol_info_tick", "symbol_select", "order_calc_profit", "order_calc_margin",
    "positions_get", "orders_get", "history_orders_get", "history_deals_get", "history_deals_of",
)  # fmt: skip
CHECKS, LISTS, PAST = QUESTIONS[:2], QUESTIONS[7:9], QUESTIONS[9:11]
THREE = "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0900\nTP2 1.0950\nTP3 1.0990"


class Asked(NamedTuple):
    """A question: when it was asked and when its answer was there, seconds."""

    name: str
    began: float
    ended: float


def far_away(bench: Bench) -> list[Asked]:
    """Let every question take its time, and note when."""
    asked: list[Asked] = []

    def slowed(name: str) -> Any:
        inner = getattr(bench.terminal, name)

        async def question(*arguments: Any, **named: Any) -> Any:
            began = asyncio.get_running_loop().time()
            await asyncio.sleep(RTT_S / 2)
            answer = await inner(*arguments, **named)
            await asyncio.sleep(RTT_S / 2)
            asked.append(Asked(name, began, asyncio.get_running_loop().time()))
            return answer

        return question

    for name in QUESTIONS:
        setattr(bench.terminal, name, slowed(name))
    return asked


def test_call_when_the_terminal_is_far_away_then_decided_and_sent_in_a_few_round_trips(tmp_path: Path) -> None:
    """Three legs: one question after the other would be ten round trips to the decision, and eight more to the order."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            far_away(bench)
            message = await bench.say(THREE, wait=5)
            at = {type(record.event): record.at for record in reversed(bench.records)}
            assert (at[e.SignalDecided] - message.posted_at) / 1000 <= 3 * RTT_S + 0.01
            assert (at[e.LegSending] - message.posted_at) / 1000 <= 7 * RTT_S + 0.02
            assert bench.states == [LegState.OPEN] * 3

    simulated(story)


def test_look_when_asked_at_once_then_checked_before_and_after_and_the_past_after_what_stands(tmp_path: Path) -> None:
    """What leaves a list while we look has to be in the past that is asked for after it (R4)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            asked = far_away(bench)
            account = bench.desk.account_name
            await asyncio.sleep(0.5)
            del asked[:]
            began = asyncio.get_running_loop().time()
            seen = await look(bench.terminal, [leg(LegState.UNKNOWN)], account, bench.clock.now(), sweep=True)
            took = asyncio.get_running_loop().time() - began
            assert seen.is_clean
            assert took <= 5 * RTT_S + 0.01
            mine = [one for one in asked if one.began >= began]
            first = max(one.ended for one in mine[:2])
            assert {one.name for one in mine[:2]} == set(CHECKS)
            listed = [one for one in mine if one.name in LISTS]
            past = [one for one in mine if one.name in PAST]
            assert first <= min(one.began for one in listed)
            assert max(one.ended for one in listed) <= min(one.began for one in past)
            last = [one for one in mine if one.name in CHECKS and one.began >= max(one.ended for one in past)]
            assert {one.name for one in last} == set(CHECKS)

    simulated(story)
