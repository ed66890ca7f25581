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
async def test_an_alarm_when_it_comes_then_all_of_it_can_be_read(size: tuple[int, int]) -> None:
    text = "Nothing can be traded or watched: no gateway at 127.0.0.1:18750 (ConnectionRefusedError)"
    remedy = "Start it (signalos gateway), check address and firewall"
    async with console(size=size) as desk:
        await desk.happen(e.NoticeRaised(Severity.ALARM, "link-unreachable", text, remedy))
        (toast,) = toasts(desk)
        shown = [line[toast.region.x + 1 : toast.region.right] for line in desk.text().splitlines()]
        assert " ".join(" ".join(shown[toast.region.y : toast.region.bottom]).split()).endswith(f"{text}. {remedy}")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_an_alarm_when_its_words_are_endless_then_what_to_do_is_still_read(size: tuple[int, int]) -> None:
    async with console(size=size) as desk:
        await desk.happen(e.NoticeRaised(Severity.ALARM, "hostile", "endless words " * 500, "Look at the gateway"))
        (toast,) = toasts(desk)
        assert toast.region.height <= 5
        assert "Look at the gateway" in desk.text()


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
            lines = (1, 2) if isinstance(front, Card) else (4, 5)
            assert toast.region.height <= lines[size[1] != 24]
            assert toast.region.y >= 2
            assert toast.region.bottom <= size[1] - (0 if isinstance(front, Card) else 1)
            assert toast.region.right <= size[0]
            if isinstance(front, Card):
                assert not toast.region.overlaps(front.frame.region)
