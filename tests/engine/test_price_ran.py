"""Decided at one price, sent at another: what was sized for the first is not opened where it would lose far more."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper.faults import Refuse
from signalos_tui.execute.structs import TradePosition
from signalos_tui.model import events as e
from signalos_tui.model.orders import LegState
from tests.engine.kit import PAPER, Bench, simulated

CLOSE_STOP = "BUY EURUSD NOW\nSL 1.0830\nTP1 1.0990"
"""21 pips from 1.0851."""

COSTS = Decimal(2)
"""More than the commission of these trades, which is in the planned risk."""


@pytest.mark.parametrize(
    ("bid", "why"),
    [
        (1.0900, "the price has run to 1.0901: 0.0071 to its stop, its size was made for 0.0021"),
        (1.0853, "It would lose 14 % more than planned, 10 % are allowed"),
        (1.0830, "the price is 1.083 by now, which is at its stop 1.083 or beyond"),
        (1.0990, "the price is 1.099 by now, which is at its target 1.099 or beyond"),
    ],
)
def test_leg_when_the_price_ran_while_the_terminal_was_away_then_it_is_not_opened(
    tmp_path: Path, bid: float, why: str
) -> None:
    """Twenty seconds without a connection just after the decision."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.engine._desk.listen(lambda record: _cut(bench, record.event))
            bench.room.say(bench.post(CLOSE_STOP))
            await bench.until(lambda: bool(bench.legs))
            await asyncio.sleep(20)
            bench.prices["EURUSD"] = (bid, round(bid + 0.0001, 5))
            await asyncio.sleep(1)
            bench.terminal.is_connected = True
            await asyncio.sleep(15)
            assert bench.states == [LegState.EXPIRED]
            assert not bench.truth
            (told,) = bench.told(e.LegExpired)
            assert why in told.text

    simulated(story)


@pytest.mark.parametrize("bid", [1.0851, 1.0840])
def test_leg_when_the_price_is_about_the_same_or_better_after_a_while_then_it_is_opened(
    tmp_path: Path, bid: float
) -> None:
    """A pip of 21 further, or half way to the stop: it loses what was planned, or less; and the caps know how much."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.engine._desk.listen(lambda record: _cut(bench, record.event))
            bench.room.say(bench.post(CLOSE_STOP))
            await bench.until(lambda: bool(bench.legs))
            await bench.quote("EURUSD", bid, wait=10)
            bench.terminal.is_connected = True
            await asyncio.sleep(15)
            (opened,) = await bench.positions()
            assert loses(opened) <= bench.trade.risk_left <= loses(opened) + COSTS
            assert loses(opened) <= bench.legs[0].plan.risk * Decimal("1.1")

    simulated(story)


def test_leg_when_the_price_ran_before_it_is_priced_again_then_it_is_given_up(tmp_path: Path) -> None:
    """A definite "the price is another" is no leave to pay any price."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(mt.TRADE_RETCODE_REQUOTE)]) as bench:
            bench.engine._desk.listen(lambda record: _run(bench, record.event))
            await bench.say(CLOSE_STOP, wait=10)
            assert [event.attempt for event in bench.told(e.LegSending)] == [1]
            assert bench.states == [LegState.REJECTED]
            assert "the price has run to 1.0901" in bench.told(e.LegRejected)[-1].text

    simulated(story)


def test_legs_when_opened_with_slippage_then_caps_and_console_count_what_they_lose(tmp_path: Path) -> None:
    """What was paid is not what was asked: the stop costs more, and the plan's figure would hide it."""

    async def story() -> None:
        async with Bench(tmp_path, paper=replace(PAPER, slippage_points=20)) as bench:
            await bench.say(CLOSE_STOP, wait=5)
            (opened,) = await bench.positions()
            assert opened.price_open > 1.0851, "nothing slipped, so nothing is shown"
            assert loses(opened) <= bench.desk.open_risk <= loses(opened) + COSTS
            assert bench.desk.open_risk > bench.legs[0].plan.risk

    simulated(story)


def loses(position: TradePosition) -> Decimal:
    """What a position loses at its stop, without costs."""
    return Decimal(str(round((position.price_open - position.sl) * 100_000 * position.volume, 2)))


def _run(bench: Bench, event: object) -> None:
    if isinstance(event, e.LegSending):
        bench.prices["EURUSD"] = (1.0900, 1.0901)
        bench.paper.apply(FeedTick(bench.clock.now(), "EURUSD", 1.0900, 1.0901))


def _cut(bench: Bench, event: object) -> None:
    if isinstance(event, e.IntentRecorded):
        bench.terminal.is_connected = False
