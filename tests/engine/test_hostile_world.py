"""What a source, a price or a clock may do wrong without costing a trade or stopping the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import PaperSettings
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, PAPER, Bench, simulated

NETTED = replace(PAPER, margin_mode=mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING)


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


@pytest.mark.parametrize("account", [PAPER, NETTED], ids=["hedging", "netting"])
@pytest.mark.parametrize(
    ("call", "field", "value"),
    [
        ("positions_get", "volume", 1e21),
        ("positions_get", "volume", 5e-324),
        ("positions_get", "volume", -1.0),
        ("positions_get", "sl", -1e21),
        ("positions_get", "tp", 1.7e308),
        ("positions_get", "price_current", 1e21),
        ("positions_get", "profit", -1e300),
        ("positions_get", "swap", 1.7e308),
        ("history_deals_get", "profit", 1e300),
        ("history_deals_of", "volume", -1e300),
    ],
)
def test_figure_when_it_cannot_be_then_nothing_follows_from_it_and_trading_goes_on(
    tmp_path: Path, account: PaperSettings, call: str, field: str, value: float
) -> None:
    """One number of 1e21, of a position or for display only, halted trading after three looks."""

    async def story() -> None:
        async with Bench(tmp_path, paper=account) as bench:
            await bench.say(CALL)
            real = getattr(bench.terminal, call)
            levels = [(leg.stop, leg.target) for leg in bench.legs]

            async def wrong(*given: Any, **named: Any) -> Any:
                found = await real(*given, **named)
                return found and tuple(replace(one, **{field: value}) for one in found)

            setattr(bench.terminal, call, wrong)
            await asyncio.sleep(330)
            await bench.say("Close EURUSD", wait=20)
            assert bench.desk.trading is TradingState.ACTIVE, bench.desk.trading_reason
            assert [(leg.stop, leg.target) for leg in bench.legs] == levels
            setattr(bench.terminal, call, real)
            await bench.quote("EURUSD", 1.0850)
            await asyncio.sleep(200)
            assert not await bench.positions()
            assert bench.states == [LegState.CLOSED] * 2

    simulated(story)


def test_figure_when_one_leg_has_one_that_cannot_be_then_it_is_said_once_and_the_others_go_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            await bench.say("BUY GBPUSD NOW\nSL 1.2600\nTP 1.2800")
            real, poor = bench.terminal.positions_get, bench.legs[0]

            async def wrong(**named: Any) -> Any:
                found = await real(**named)
                return found and tuple(
                    replace(one, sl=1e21, price_current=1e21) if one.magic == poor.magic else one for one in found
                )

            setattr(bench.terminal, "positions_get", wrong)  # noqa: B010
            pulses: list[e.Pulsed] = []
            bench.engine._desk.listen(
                lambda record: pulses.append(record.event) if isinstance(record.event, e.Pulsed) else None
            )
            await asyncio.sleep(3)
            assert {mark.leg for mark in pulses[-1].marks} == {leg.id for leg in bench.legs} - {poor.id}
            await bench.quote("GBPUSD", 1.2801, wait=5)  # its target
            assert bench.legs[-1].state is LegState.CLOSED
            assert bench.legs[0].stop == poor.stop
            assert bench.codes.count("figures") == 1

    simulated(story)
