"""A screen's number leads to that screen, whatever was opened on it; a question is left by its answer alone."""

from __future__ import annotations

import pytest

from signalos_tui.ui.screens.desk import DeskScreen
from signalos_tui.ui.screens.stop import StopScreen
from signalos_tui.ui.screens.telegram import TelegramScreen
from signalos_tui.ui.screens.trace import TraceScreen
from tests.ui.console import console
from tests.ui.several import desks


async def test_a_number_when_telegram_stands_in_front_then_it_shows_the_screen_itself() -> None:
    async with console() as desk:
        await desk.press("f", "1")
        assert isinstance(desk.front(), DeskScreen)
        await desk.press("f", "2")
        assert desk.app.mode == "log"
        await desk.press("f")
        assert isinstance(desk.front(), TelegramScreen)
        await desk.press("1")
        assert isinstance(desk.front(), DeskScreen)
        await desk.press("2")
        assert desk.front().MODE == "log"  # type: ignore[attr-defined]
        assert [len(stack) for stack in desk.app._screen_stacks.values() if stack] == [1, 1]


async def test_a_number_when_a_trace_stands_in_front_then_it_is_left() -> None:
    async with console() as desk:
        await desk.press("enter", "f", "3", "1")
        assert desk.app.screen_stack == [desk.screen]


@pytest.mark.parametrize("key", ["1", "2", "6"])
async def test_a_key_of_a_screen_when_a_question_is_asked_then_nothing_happens(key: str) -> None:
    async with console() as desk:
        await desk.press("enter", "!", key)
        assert isinstance(desk.front(), StopScreen)
        assert isinstance(desk.app.screen_stack[1], TraceScreen)


async def test_a_question_when_its_screen_is_gone_to_then_it_is_not_left() -> None:
    async with console() as desk:
        await desk.press("!")
        await desk.app.action_switch_mode("log")
        await desk.app.action_switch_mode("desk")
        await desk.settle()
        assert isinstance(desk.front(), StopScreen)


@pytest.mark.parametrize("opening", ["f", "enter"])
async def test_a_screen_on_another_when_shown_then_its_footer_says_how_to_go_back(opening: str) -> None:
    async with console() as desk:
        assert "Back" not in desk.text().splitlines()[-1]
        await desk.press(opening)
        assert "esc Back" in desk.text().splitlines()[-1]
        await desk.press("escape")
        assert isinstance(desk.front(), DeskScreen)
        await desk.press(opening, "backspace")
        assert isinstance(desk.front(), DeskScreen)


async def test_an_account_when_gone_to_from_telegram_then_its_own_screen_is_shown_also_on_the_way_back() -> None:
    async with desks() as several:
        await several.press("1", "f", "greater_than_sign", "less_than_sign")
        assert isinstance(several.front(), DeskScreen)
