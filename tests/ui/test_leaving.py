"""The question before the console is left says what becomes of what is open, where it really is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from signalos_tui.commands import demo
from signalos_tui.config import Config, Terminal
from signalos_tui.ui.leaving import AT_BROKER, ON_PAPER, PASSING, follows
from signalos_tui.ui.screens.confirm import ConfirmScreen
from tests.ui.console import Desk, console

PAPER, ELSEWHERE = Config(), Config(terminal=Terminal(kind="mt5"))


def test_what_follows_when_the_broker_is_elsewhere_then_stops_stay_there() -> None:
    assert follows([ELSEWHERE], is_kept=True) == f"Trading ends with this window. {AT_BROKER}"


def test_what_follows_when_the_broker_is_in_this_window_then_no_broker_keeps_anything() -> None:
    ends = "Trading ends with this window, the paper broker too."
    assert follows([PAPER, PAPER], is_kept=True) == f"{ends} {ON_PAPER}"
    assert follows([PAPER], is_kept=False) == f"{ends} {PASSING}"


def test_what_follows_when_accounts_differ_then_both_are_said() -> None:
    said = follows([PAPER, ELSEWHERE], is_kept=True)
    assert AT_BROKER in said
    assert ON_PAPER in said


async def said(desk: Desk) -> str:
    """What the question warns of."""
    await desk.press("q")
    front = desk.front()
    assert isinstance(front, ConfirmScreen)
    return str(front.note.content)


async def test_the_question_says_it_for_the_terminal_of_the_run() -> None:
    async with console() as desk:
        assert ON_PAPER in await said(desk)
    async with console(config=ELSEWHERE) as desk:
        assert AT_BROKER in await said(desk)
    async with console() as desk:
        desk.app.is_kept = False
        assert PASSING in await said(desk)


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_demo_when_its_folder_is_thrown_away_then_the_console_knows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_kept: bool
) -> None:
    known: list[bool] = []

    def shown(*_: Any, is_kept: bool = True) -> int:
        known.append(is_kept)
        return 0

    monkeypatch.setattr(demo, "run_console", shown)
    monkeypatch.setattr(demo, "has_terminal", lambda: True)
    data = tmp_path / "kept" if is_kept else None
    demo.demo(config=None, data=data, headless=False, minutes=1, seed=None, speed=None)
    assert known == [is_kept]
