"""Pictures of the trace, the dialogs, help and palette over the recorded desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.app import ConsoleApp
from tests.scenarios.show import app_of
from tests.ui.stage import DENIED, GOLD, HELD, HELD_UPDATE, NASDAQ

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
Before = Callable[[Pilot[Any]], Awaitable[None]]


def traced(subject: SignalId | UpdateId) -> Before:
    """Open the trace of something."""

    async def before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        await pilot.pause()
        app.trace(subject)
        await pilot.pause()

    return before


def asked(action: str, selection: Selection, *keys: str) -> Before:
    """Open the dialog of an action and press keys in it."""

    async def before(pilot: Pilot[Any]) -> None:
        app = pilot.app
        assert isinstance(app, ConsoleApp)
        await pilot.pause()
        app.ask(action, selection)
        await pilot.pause()
        await pilot.press(*keys)
        for focused in app.screen.query("Input"):
            focused.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()

    return before


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["signalos-dark", "signalos-light"])
def test_trace(snap_compare: Any, theme: str, size: str) -> None:
    assert snap_compare(app_of("desk", theme), terminal_size=SIZES[size], run_before=traced(GOLD))


UNTRADED: dict[str, SignalId | UpdateId] = {"held": HELD, "denied": DENIED, "update": HELD_UPDATE}


@pytest.mark.parametrize("name", UNTRADED)
def test_trace_of_what_was_not_traded(snap_compare: Any, name: str) -> None:
    assert snap_compare(app_of("desk"), terminal_size=(120, 40), run_before=traced(UNTRADED[name]))


DIALOGS: dict[str, Before] = {
    "close": asked("close", Selection(trade=GOLD)),
    "modify": asked("modify", Selection(trade=GOLD), *"2350"),
    "modify-wrong": asked("modify", Selection(trade=GOLD), *"2400"),
    "part": asked("part", Selection(trade=GOLD)),
    "trail": asked("trail", Selection(trade=NASDAQ)),
    "approve": asked("approve", Selection(subject=HELD)),
    "stop": asked("stop", Selection(), "l"),
}


@pytest.mark.parametrize("dialog", DIALOGS)
def test_dialog(snap_compare: Any, dialog: str) -> None:
    assert snap_compare(app_of("desk"), terminal_size=(80, 24), run_before=DIALOGS[dialog])


@pytest.mark.parametrize("theme", ["signalos-light", "high-contrast", "colour-blind-safe", "dusk"])
def test_theme(snap_compare: Any, theme: str) -> None:
    assert snap_compare(app_of("desk", theme), terminal_size=(120, 40), run_before=DIALOGS["stop"])


def test_help(snap_compare: Any) -> None:
    assert snap_compare(app_of("desk"), terminal_size=(80, 24), press=["question_mark"])
