"""A wish to close, cancel or protect outlives what passes by itself: a closed market, a moving price, an empty list."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.execute.paper.faults import Fault, Refuse
from signalos_tui.model import commands as c
from signalos_tui.model.orders import LegState
from tests.engine.kit import Bench, simulated

ONE = "BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"
LIMIT = "BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900"


@pytest.mark.parametrize("code", [10018, 10004, 10021])
def test_close_when_refused_for_something_that_passes_then_it_is_done_when_it_has_passed(
    code: int, tmp_path: Path
) -> None:
    """The market is closed for a minute, or the price runs: everything is closed afterwards, and the owner heard of it once."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), *[Refuse(code)] * 4]) as bench:
            await bench.say(ONE)
            assert (await bench.stop(c.StopMode.FLATTEN)).ok
            await asyncio.sleep(120)
            assert bench.states == [LegState.CLOSED]
            assert not await bench.positions()
            assert bench.codes.count("not-done-yet") == 1

    simulated(story)


@pytest.mark.parametrize("what", ["cancel", "protect"])
def test_wish_when_one_list_is_empty_then_it_is_not_taken_for_done(what: str, tmp_path: Path) -> None:
    """Connected, and the lists are empty for a moment: nothing is proven, so it is done when they are back."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(LIMIT if what == "cancel" else ONE)
            positions, orders = bench.terminal.positions_get, bench.terminal.orders_get
            is_empty = True

            async def some(inner: Any, **filters: Any) -> Any:
                return () if is_empty else await inner(**filters)

            setattr(bench.terminal, "positions_get", lambda **f: some(positions, **f))  # noqa: B010
            setattr(bench.terminal, "orders_get", lambda **f: some(orders, **f))  # noqa: B010
            if what == "cancel":
                await bench.press(c.CancelPending, signal=bench.trade.signal, wait=2)
            else:
                await bench.press(c.MoveStop, signal=bench.trade.signal, price=Decimal("1.0820"), wait=2)
            is_empty = False
            await asyncio.sleep(60)
            if what == "cancel":
                assert bench.states == [LegState.CANCELLED]
                assert not await bench.paper.orders_get()
            else:
                assert [position.sl for position in await bench.positions()] == [1.0820]

    simulated(story)
