"""What a source, a price or a clock may do wrong without costing a trade or stopping the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome
from tests.engine.kit import CALL, Bench, simulated


def test_post_when_its_text_is_no_unicode_or_its_number_no_number_then_the_next_is_still_read(tmp_path: Path) -> None:
    """Half a surrogate pair cannot be written to any file."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say("broken \ud83d emoji")
            bench.room.say(replace(bench.post("a number like no other"), id=1 << 63))
            await asyncio.sleep(3)
            await bench.say(CALL)
            assert len(bench.legs) == 2
            assert bench.desk.trading is TradingState.ACTIVE
            notices = [r.event.code for r in bench.records if isinstance(r.event, e.NoticeRaised)]
            assert "post-unusable" in notices

    simulated(story)


def test_price_when_the_feed_stands_still_then_nothing_is_decided_on_it(tmp_path: Path) -> None:
    """Looked at once, moved, and then frozen for nearly half an hour: old, however the broker's clock is set."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say("BUY GBPUSD NOW\nSL 1.2600\nTP 1.2800")
            bench.prices.pop("EURUSD")
            await asyncio.sleep(27 * 60)
            await bench.say(CALL)
            view = list(bench.desk.signals.values())[-1]
            assert view.outcome is DecisionOutcome.DENIED
            assert view.decision is not None
            assert view.decision.reasons[0].code == "quote"

    simulated(story)
