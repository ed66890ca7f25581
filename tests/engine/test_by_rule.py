"""Break-even after a target is a debt: it is paid as soon as it can be, told once while it cannot, and yields to a hand."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.config import Config, Manage
from signalos_tui.execute.paper.faults import Fault, Refuse
from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.events import ActionIntended
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, CONFIG, Bench, simulated
from tests.engine.test_netting import NETTING

OPEN, CLOSED = LegState.OPEN, LegState.CLOSED
BEYOND = replace(CONFIG, manage=Manage(breakeven_offset_pips=Decimal(60)))
"""Break-even where the price has not been yet when the first target is reached."""
INVALID_STOPS = 10016


async def at_target(bench: Bench) -> None:
    """The first of two targets is reached."""
    await bench.say(CALL)
    bench.prices["EURUSD"] = (1.0902, 1.0903)
    await bench.until(lambda: bench.states == [CLOSED, OPEN])
    await asyncio.sleep(10)


def is_at_break_even(bench: Bench, pips: int = 0) -> bool:
    """Whether the stop of what is left stands there."""
    leg = bench.legs[1]
    assert leg.price_open is not None
    return leg.stop == leg.price_open + pips * Decimal("0.0001")


def test_break_even_when_the_shown_price_is_older_than_the_deal_then_it_is_set_with_the_next(tmp_path: Path) -> None:
    """A stream of prices may be a moment behind the deal it led to (found by a test of the whole way, one run in many)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            shown, tick = bench.terminal.symbol_info_tick, await bench.terminal.symbol_info_tick("EURUSD")
            is_late = True

            async def late(symbol: str) -> Any:
                return tick if is_late else await shown(symbol)

            setattr(bench.terminal, "symbol_info_tick", late)  # noqa: B010
            bench.prices["EURUSD"] = (1.0902, 1.0903)
            await bench.until(lambda: bench.states == [CLOSED, OPEN])
            await asyncio.sleep(0.5)
            is_late = False
            await asyncio.sleep(3)
            assert is_at_break_even(bench)
            assert "break-even-waits" not in bench.codes

    simulated(story)


def test_break_even_when_the_price_has_come_back_then_it_waits_is_told_once_and_is_set(tmp_path: Path) -> None:
    """The stop would be on the wrong side of the price, and the broker would refuse it."""

    async def story() -> None:
        async with Bench(tmp_path, config=BEYOND) as bench:
            await at_target(bench)
            await asyncio.sleep(60)
            assert bench.legs[1].stop == Decimal("1.08")
            assert bench.codes.count("break-even-waits") == 1
            await bench.quote("EURUSD", 1.0915, wait=5)
            assert is_at_break_even(bench, 60)
            await bench.quote("EURUSD", 1.0905, wait=5)
            assert bench.states == [CLOSED, CLOSED]

    simulated(story)


@pytest.mark.parametrize("paper", [None, NETTING], ids=["hedging", "netting"])
def test_break_even_when_the_broker_refuses_it_then_it_is_asked_for_again_later(paper: Any, tmp_path: Path) -> None:
    """Not at once, and not for ever at the same pace."""
    opened = 2 if paper is None else 3  # there the first target is kept here, so its close is asked for

    async def story() -> None:
        faults = [*[Fault()] * opened, *[Refuse(INVALID_STOPS)] * 3]
        async with Bench(tmp_path, faults=faults, **({"paper": paper} if paper else {})) as bench:
            await at_target(bench)
            assert not is_at_break_even(bench)
            await asyncio.sleep(130)
            stop, opened_at = bench.legs[1].stop, bench.legs[1].price_open
            assert stop is not None
            assert opened_at is not None
            assert abs(stop - opened_at) < Decimal("0.0002")  # one stop for the whole of a netted position
            asked = [
                record.at
                for record in bench.records
                if isinstance(record.event, ActionIntended) and "break-even" in record.event.action.text
            ]
            assert [(after - before) // 1000 for before, after in itertools.pairwise(asked)] == [15, 30, 60]

    simulated(story)


def moved(price: str) -> Callable[[Bench], Any]:
    """The owner's key."""
    return lambda bench: bench.press(c.MoveStop, signal=bench.trade.signal, price=Decimal(price), wait=5)


async def posted(bench: Bench) -> None:
    """A word of the channel."""
    await bench.say("move SL to 1.0820", reply=1, wait=5)


async def by_hand(bench: Bench) -> None:
    """In the terminal itself."""
    (position,) = await bench.positions()
    order = {"action": 6, "symbol": "EURUSD", "position": position.ticket, "sl": 1.0820, "tp": position.tp}
    await bench.paper.order_send(order)
    await asyncio.sleep(30)


@pytest.mark.parametrize("hand", [moved("1.0820"), posted, by_hand], ids=["key", "post", "terminal"])
def test_break_even_when_a_hand_moved_the_stop_meanwhile_then_that_holds(hand: Any, tmp_path: Path) -> None:
    """What was said last counts, whoever said it."""

    async def story() -> None:
        async with Bench(tmp_path, config=BEYOND) as bench:
            await at_target(bench)
            await hand(bench)
            assert bench.legs[1].stop == Decimal("1.082")
            await bench.quote("EURUSD", 1.0920, wait=30)
            assert bench.legs[1].stop == Decimal("1.082")

    simulated(story)


def test_break_even_when_owed_and_the_engine_ends_then_the_next_life_pays(tmp_path: Path) -> None:
    """The debt is in the journal: a target that was reached, and stops as they were planned."""

    async def story() -> None:
        async with Bench(tmp_path, config=BEYOND) as bench:
            await at_target(bench)
            now, said = bench.clock.now(), bench.room.said
            await bench.kill()
        async with Bench(tmp_path, config=BEYOND, at=now + 60_000, said=said) as bench:
            await bench.quote("EURUSD", 1.0915, wait=10)
            assert is_at_break_even(bench, 60)

    simulated(story)


def test_break_even_when_trading_is_stopped_then_it_waits_for_the_owner(tmp_path: Path) -> None:
    """Nothing is done by rule while trading is stopped; it is done when trading goes on."""

    async def story() -> None:
        async with Bench(tmp_path, config=BEYOND) as bench:
            await at_target(bench)
            await bench.stop()
            await bench.quote("EURUSD", 1.0915, wait=20)
            assert bench.legs[1].stop == Decimal("1.08")
            await bench.press(c.SetTradingState, state=TradingState.ACTIVE, wait=5)
            assert is_at_break_even(bench, 60)

    simulated(story)


def test_break_even_when_the_trade_trails_as_well_then_both_rules_are_kept(tmp_path: Path) -> None:
    """The rule's own trailing is no hand that moved the stop."""

    async def story() -> None:
        manage = Manage(breakeven_offset_pips=Decimal(60), trail_after_target=1, trail_pips=Decimal(50))
        async with Bench(tmp_path, config=replace(CONFIG, manage=manage)) as bench:
            await at_target(bench)
            assert bench.legs[1].stop == Decimal("1.0852")  # trailing, below what break-even is to be
            await bench.quote("EURUSD", 1.0915, wait=10)
            assert is_at_break_even(bench, 60)

    simulated(story)


def test_trailing_when_the_broker_refuses_then_it_is_not_asked_with_every_price(tmp_path: Path) -> None:
    """A broker that says no hundreds of times a minute would be asked hundreds of times."""

    async def story() -> None:
        config: Config = replace(CONFIG, manage=Manage(trail_after_target=1, trail_pips=Decimal(20)))
        faults = [*[Fault()] * 3, *[Refuse(INVALID_STOPS)] * 100]
        async with Bench(tmp_path, config=config, faults=faults) as bench:
            await at_target(bench)
            for step in range(120):
                await bench.quote("EURUSD", 1.0904 + step * 0.00002)
            asked = [event for event in bench.told(ActionIntended) if event.by == "rule: trailing"]
            assert 2 <= len(asked) <= 6

    simulated(story)
