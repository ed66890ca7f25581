"""The footer names the keys that do something here and now."""

from __future__ import annotations

import pytest

from signalos_tui.model.account import TradingState
from signalos_tui.model.events import TradingStateChanged
from tests.ui.console import Desk, console
from tests.ui.several import desks


def footer(desk: Desk) -> str:
    """The last line."""
    return desk.text().splitlines()[-1]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_resume_when_trading_is_stopped_then_every_screen_says_its_key(size: tuple[int, int]) -> None:
    async with console(size=size) as desk:
        assert "Resume" not in footer(desk)
        await desk.happen(TradingStateChanged(TradingState.HALTED, "stopped by you", "console"))
        for keys in (("1",), ("tab",), ("enter",), ("2",), ("3",), ("4",), ("5",), ("f",)):
            await desk.press(*keys)
            assert "r Resume" in footer(desk), keys
            assert "! STOP" in footer(desk), keys
            assert "? Help" in footer(desk), keys
        await desk.happen(TradingStateChanged(TradingState.ACTIVE, "", "console"))
        assert "Resume" not in footer(desk)
        await desk.press("1")
        assert "Resume" not in footer(desk)


async def test_resume_when_all_accounts_are_shown_then_only_for_one_that_is_stopped() -> None:
    async with desks() as several:
        assert several.app.pointed == "main"
        assert "Resume" not in several.text().splitlines()[-1]
        await several.press("down")
        assert several.app.pointed == "prop"
        assert "r Resume" in several.text().splitlines()[-1]
