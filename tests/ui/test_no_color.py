"""NO_COLOR means none: nothing the console sends has a colour, and signs, words and weight still say everything."""

from __future__ import annotations

import re

import pytest

from signalos_tui.ui.screens.modify import ModifyScreen
from signalos_tui.ui.screens.stop import StopScreen
from signalos_tui.ui.screens.trace import TraceScreen
from tests.ui.console import Desk, console
from tests.ui.stage import GOLD

STYLE = re.compile(r"\x1b\[([\d;]*)m")
COLOURS = {*range(30, 39), *range(40, 49), 58, *range(90, 98), *range(100, 108)}
"""Parameters of "select graphic rendition" that name a colour; 39 and 49 are the terminal's own (ECMA-48, 8.3.117)."""


def sent(desk: Desk) -> str:
    """The screen as it goes to the terminal."""
    return "\n".join(strip.render(desk.app.console) for strip in desk.front()._compositor.render_strips())


def colours(desk: Desk) -> set[str]:
    """The sequences on the screen that set a colour."""
    return {
        match[0]
        for match in STYLE.finditer(sent(desk))
        if COLOURS & {int(number) for number in match[1].split(";") if number}
    }


def emphasised(desk: Desk, how: str) -> list[str]:
    """The words on the screen with a rendition: bold, italic, reverse."""
    strips = desk.front()._compositor.render_strips()
    runs = [(segment.text, segment.style) for strip in strips for segment in strip]
    return [text.strip() for text, style in runs if style and getattr(style, how) and any(map(str.isalnum, text))]


async def test_the_console_when_colours_are_unwanted_then_it_sends_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console() as desk:
        assert colours(desk) == set()
        for key in (
            "2",
            "3",
            "4",
            "5",
            "l",
            "escape",
            "1",
            "e",
            "escape",
            "question_mark",
            "escape",
            "exclamation_mark",
            "escape",
            "slash",
            "escape",
        ):
            await desk.press(key)
            assert colours(desk) == set(), key
        desk.app.trace(GOLD)
        await desk.settle()
        assert isinstance(desk.front(), TraceScreen)
        assert colours(desk) == set()
        await desk.press("m")
        assert isinstance(desk.front(), ModifyScreen)
        assert colours(desk) == set()
        await desk.press("escape", "ctrl+p")
        assert colours(desk) == set()


async def test_a_desk_without_colours_still_says_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console() as desk:
        text = desk.text()
        for words in ("● ACTIVE", "? held:", "× denied:", "✓ filled", "!! Crypto K", "paused", "BUY", "SELL", "-20.40"):
            assert words in text
        # Where one is: a heavy frame, and the row reversed
        assert "┏━ Signals" in text
        assert emphasised(desk, "reverse")[0].startswith("12:04")
        await desk.press("tab")
        assert "┏━ Trades" in desk.text()
        assert emphasised(desk, "reverse")[0].startswith("GBPJPY")
        # What Enter would do, and what is only a hint
        await desk.press("m")
        assert "197.400" in emphasised(desk, "italic")
        await desk.press("tab", "2")
        assert "197.400" not in emphasised(desk, "italic")
        await desk.press("exclamation_mark")
        assert isinstance(desk.front(), StopScreen)
        assert "Freeze" in emphasised(desk, "reverse")
        await desk.press("right")
        assert "Flatten" in emphasised(desk, "reverse")
        assert "Freeze" not in emphasised(desk, "reverse")


async def test_an_ordinary_terminal_gets_colours() -> None:
    async with console(None, size=(80, 24)) as desk:
        assert colours(desk)
