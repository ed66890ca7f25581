"""What whoever looks is told between the records: prices, results, and each instrument once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from signalos_tui.model import events as e
from signalos_tui.model.events import Record
from tests.engine.kit import CALL, Bench, simulated


def test_an_instrument_when_it_comes_into_view_then_it_is_told_once(tmp_path: Path) -> None:
    """A front end shows its digits and its smallest lot, and needs them no second time."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            told: list[str] = []

            def heard(record: Record) -> None:
                if isinstance(record.event, e.Pulsed):
                    told.extend(spec.name for spec in record.event.specs)

            bench.engine._desk.listen(heard)
            bench.room.say(bench.post(CALL))
            await bench.until(lambda: bool(bench.desk.specs))
            await asyncio.sleep(5)
            (trade,) = bench.desk.live_trades
            assert told == [trade.symbol]
            assert bench.desk.specs[trade.symbol].volume_step > 0

    simulated(story)
