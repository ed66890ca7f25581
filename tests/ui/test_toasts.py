"""Notices on the screen: few, where they cover nothing that matters, and gone when what they say is over."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Outcome, StopMode
from signalos_tui.model.events import Severity
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.notices import MOST
from signalos_tui.ui.screens.card import Card
from tests.ui.console import Desk, console
from tests.ui.stage import GOLD

HALTED = e.TradingStateChanged(TradingState.HALTED, "the day's loss limit", "rules")
RESUMED = e.TradingStateChanged(TradingState.ACTIVE, "set by console", "console")


def warning(text: str) -> e.NoticeRaised:
    """Something to tell."""
    return e.NoticeRaised(Severity.WARNING, text, text, "")


def toasts(desk: Desk) -> list[Toast]:
    """The notices that are drawn."""
    return list(desk.front().query(Toast))


async def test_trading_when_resumed_then_no_notice_says_that_it_is_halted() -> None:
    async with console() as desk:
        await desk.happen(HALTED)
        assert [text for text in desk.told if "HALTED" in text]
        await desk.happen(RESUMED)
        assert [text for text in desk.told if "HALTED" in text] == []
        assert [toast for toast in toasts(desk) if "HALTED" in str(toast.render())] == []


async def test_trading_when_stopped_twice_by_its_owner_then_one_notice_stands_until_it_is_resumed() -> None:
    async with console() as desk:
        for key in ("k1", "k2"):
            await desk.happen(e.TradingStateChanged(TradingState.HALTED, "stopped by console", "console"))
            desk.control.answer = Outcome(ok=True, text=f"Stopped. Open positions keep their stops {key}")
            await desk.app.submit(c.StopTrading(key=key, issued_at=desk.clock.now(), mode=StopMode.FREEZE))
            await desk.settle()
        assert desk.told == ["Stopped. Open positions keep their stops k2"]
        await desk.happen(RESUMED)
        assert desk.told == []


async def test_notices_when_they_are_many_then_few_stand_and_alarms_among_them() -> None:
    async with console() as desk:
        desk.app.tell("an alarm", "error")
        for number in range(10):
            desk.app.tell(f"number {number}")
        await desk.settle()
        assert desk.told == ["an alarm", "number 8", "number 9"]
        assert len(toasts(desk)) == MOST


async def test_the_same_words_when_told_again_then_they_stand_once() -> None:
    async with console() as desk:
        for _ in range(5):
            desk.app.tell("That was not traded", "warning")
        assert desk.told == ["That was not traded"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("dialog", [None, "close", "modify", "approve"])
async def test_notices_when_shown_then_they_cover_neither_account_nor_keys_nor_a_dialog(
    size: tuple[int, int], dialog: str | None
) -> None:
    words = "a long story about what the terminal said and why it could not be done " * 3
    async with console(size=size) as desk:
        if dialog:
            desk.app.ask(dialog, Selection(trade=GOLD) if dialog != "approve" else desk.screen.selection)
            await desk.settle()
        for number in range(5):
            desk.app.tell(f"{number} {words}", "error")
        await desk.settle()
        await desk.settle()
        shown = toasts(desk)
        assert len(shown) == MOST
        front = desk.front()
        for toast in shown:
            assert toast.region.height <= (1 if size[1] == 24 else 2)
            assert toast.region.y >= 2
            assert toast.region.bottom <= size[1] - (0 if isinstance(front, Card) else 1)
            assert toast.region.right <= size[0]
            if isinstance(front, Card):
                assert not toast.region.overlaps(front.frame.region)
