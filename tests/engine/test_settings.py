"""The owner's settings reach a trade under the name that signals use, whatever the broker calls the instrument."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.execute.paper import PaperSettings
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, CONFIG, PAPER, Bench, simulated

SUFFIXED: PaperSettings = replace(PAPER, suffix=".m")


def test_symbol_settings_when_the_broker_has_a_suffix_then_they_manage_the_trade(tmp_path: Path) -> None:
    """[symbols.EURUSD] holds for EURUSD.m: here it says that no stop moves to break-even."""

    async def story() -> None:
        config = replace(CONFIG, symbols={"EURUSD": {"manage": {"breakeven_after_target": 0}}})
        async with Bench(tmp_path, config=config, paper=SUFFIXED) as bench:
            await bench.say(CALL)
            assert {leg.symbol for leg in bench.legs} == {"EURUSD.m"}
            await bench.quote("EURUSD", 1.0905, wait=5)
            first, second = bench.legs
            assert first.state is LegState.CLOSED
            assert second.stop == Decimal("1.08")

    simulated(story)


def test_alias_when_the_owner_wrote_one_then_it_is_read_and_traded(tmp_path: Path) -> None:
    """A name no dictionary has becomes a market by one line in [aliases]."""

    async def story() -> None:
        config = replace(CONFIG, aliases={"FIBERMINI": "EURUSD"})
        async with Bench(tmp_path, config=config) as bench:
            await bench.say(CALL.replace("EURUSD", "FIBERMINI"))
            assert {leg.symbol for leg in bench.legs} == {"EURUSD"}

    simulated(story)
