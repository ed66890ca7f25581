"""A bare app that shows one screen over a recorded desk: for tests of dialogs and for looking at them.

python -m tests.ui.stage close 80x24 signalos-dark out.svg
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen

from signalos_tui.clock import FrozenClock
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.state import fold_all
from signalos_tui.ui.actions import Selection, propose
from signalos_tui.ui.screens.approve import ApproveScreen
from signalos_tui.ui.screens.confirm import ConfirmScreen
from signalos_tui.ui.screens.help import HelpScreen
from signalos_tui.ui.screens.modify import ModifyScreen
from signalos_tui.ui.screens.part import PartScreen
from signalos_tui.ui.screens.stop import StopScreen
from signalos_tui.ui.screens.trace import TraceScreen
from signalos_tui.ui.screens.trail import TrailScreen
from signalos_tui.ui.themes import DESK, load_themes
from tests.scenarios import load

GOLD = SignalId("tg:-1001401/2041#1")
EURO = SignalId("tg:-1001402/3314#1")
DOW = SignalId("tg:-1001405/1203#1")
NASDAQ = SignalId("tg:-1001405/1206#1")
HELD = SignalId("tg:-1001403/641#1")
DENIED = SignalId("tg:-1001402/3318#1")
HELD_UPDATE = UpdateId("tg:-1001402/3319~1")


@cache
def desk() -> DeskState:
    """The recorded desk."""
    return fold_all(load("desk"))


def now() -> int:
    """Shortly after its last record."""
    return desk().at + 1250


class Stage(App[None]):
    """Shows the screen that `make` makes; `answers` collects what a dialog was dismissed with."""

    def __init__(self, make: Callable[[], Screen[Any]], theme: str = "signalos-dark") -> None:
        super().__init__()
        self.answers: list[Any] = []
        self.asked: list[tuple[str, Selection]] = []
        self.state = desk()
        self.clock = FrozenClock(now())
        self._make = make
        self._wanted_theme = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """As the console has them."""
        return DESK

    def on_mount(self) -> None:
        """Themes, then the screen."""
        for theme in load_themes().themes:
            self.register_theme(theme)
        self.theme = self._wanted_theme
        self.push_screen(self._make(), self.answers.append)

    def ask(self, action: str, selection: Selection) -> None:
        """Only remember what was asked for."""
        self.asked.append((action, selection))


def confirm(action: str, signal: SignalId) -> ConfirmScreen:
    """The confirmation of an action on a trade."""
    selection = Selection(trade=signal)
    return ConfirmScreen(lambda state: propose(action, state, selection), desk(), now())


SCREENS: dict[str, Callable[[], Screen[Any]]] = {
    "close": partial(confirm, "close", GOLD),
    "break-even": partial(confirm, "break_even", NASDAQ),
    "cancel": partial(confirm, "cancel_pending", DOW),
    "gone": partial(confirm, "close", SignalId("tg:-1001402/3310#1")),
    "part": lambda: PartScreen(GOLD, desk(), now()),
    "modify": lambda: ModifyScreen(GOLD, desk(), now()),
    "trail": lambda: TrailScreen(NASDAQ, desk(), now()),
    "stop": lambda: StopScreen(desk(), now()),
    "approve": lambda: ApproveScreen(HELD, desk(), now()),
    "approve-update": lambda: ApproveScreen(HELD_UPDATE, desk(), now()),
    "trace": lambda: TraceScreen(GOLD),
    "trace-held": lambda: TraceScreen(HELD),
    "trace-denied": lambda: TraceScreen(DENIED),
    "trace-update": lambda: TraceScreen(HELD_UPDATE),
    "trace-waiting": lambda: TraceScreen(DOW),
    "help": lambda: HelpScreen("signals"),
}


async def picture(name: str, size: tuple[int, int], theme: str) -> str:
    """One screen as SVG."""
    app = Stage(SCREENS[name], theme)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return app.export_screenshot()


if __name__ == "__main__":
    wanted, measures, dress, target = sys.argv[1:5]
    width, _, height = measures.partition("x")
    Path(target).write_text(asyncio.run(picture(wanted, (int(width), int(height)), dress)), encoding="utf-8")
