"""Pictures of every screen and dialog, wide and narrow, dark and light, over the recorded desk and a clock that stands still.

One console a size and theme goes through all of them: starting it costs more than drawing. What has changed lies as a new picture
where the failure says; `--snapshot-update` takes it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension  # type: ignore[import-untyped]
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input

from signalos_tui.config import Config, Console
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.ui.actions import Selection
from tests.scenarios.show import without_hosts
from tests.ui import learnt
from tests.ui.console import Desk, console
from tests.ui.stage import DENIED, GOLD, HELD, HELD_UPDATE, NASDAQ

Scene = Callable[[Desk], Awaitable[None]]
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}


def keys(*pressed: str) -> Scene:
    """What is seen after some keys."""
    return lambda desk: desk.press(*pressed)


def traced(subject: SignalId | UpdateId) -> Scene:
    """The trace of something."""

    async def scene(desk: Desk) -> None:
        desk.app.trace(subject)
        await desk.settle()

    return scene


def asked(action: str, selection: Selection, *pressed: str) -> Scene:
    """The dialog of an action, after some keys in it."""

    async def scene(desk: Desk) -> None:
        desk.app.ask(action, selection)
        await desk.settle()
        await desk.press(*pressed)

    return scene


async def palette(desk: Desk) -> None:
    """The palette, once it has found everything."""
    await desk.press("ctrl+p")
    front = desk.front()
    for _ in range(200):
        if not any(worker.is_running for worker in desk.app.workers if worker.node is front):
            break
        await desk.pilot.pause(0.02)
    await desk.settle()


EVERYWHERE: dict[str, Scene] = {
    "desk": keys(),
    "log": keys("2"),
    "channels": keys("3"),
    "rules": keys("4"),
    "trace": traced(GOLD),
    "help": keys("question_mark"),
    "palette": palette,
    "confirm": asked("close", Selection(trade=GOLD)),
    "stop": asked("stop", Selection(), "l"),
    "part": asked("part", Selection(trade=GOLD)),
    "modify": asked("modify", Selection(trade=GOLD), *"2350"),
    "trail": asked("trail", Selection(trade=NASDAQ)),
    "approve": asked("approve", Selection(subject=HELD)),
    "correct": asked("correct", Selection(subject=HELD), *("down",) * 4, *"93600"),
    "teach": asked("teach", Selection(channel=learnt.CRYPTO), "space", "down", "space"),
    "reading": keys("5", "down", "down"),
}
"""What is drawn in each size and in dark and light."""

ONCE: dict[str, dict[str, Scene]] = {
    "120x40": {
        "filter": keys("slash", *"gold"),
        "sorted": keys("tab", "s", "s", "S"),
        "trace-held": traced(HELD),
        "trace-denied": traced(DENIED),
        "trace-update": traced(HELD_UPDATE),
        "correct-update": asked("correct", Selection(subject=HELD_UPDATE), "down", "right"),
        "teach-look": asked("teach", Selection(channel=learnt.CRYPTO), "space", "tab", "down"),
        "help-reading": keys("5", "question_mark"),
    },
    "80x24": {
        "modify-wrong": asked("modify", Selection(trade=GOLD), *"2400"),
        "log-in-view": keys("tab", "tab"),
        "correct-wrong": asked("correct", Selection(subject=HELD), *("down",) * 4, *"93.6x"),
        "teach-look": asked("teach", Selection(channel=learnt.CRYPTO), "space", "tab", "down"),
        "teach-edit": asked("teach", Selection(channel=learnt.CRYPTO), "plus", *"moon"),
        "reading-posts": keys("5", "down", "down", "tab"),
    },
}
"""States of these screens that look different: one picture each."""


async def drawn(desk: Desk, scene: Scene) -> str:
    """The picture of a scene; then the desk is as it was."""
    await scene(desk)
    for line in desk.front().query(Input):
        line.cursor_blink = False
    await desk.settle()
    picture = without_hosts(desk.app.export_screenshot())
    while len(desk.app.screen_stack) > 1:
        await desk.press("escape")
    if desk.app.current_mode != "desk":
        await desk.press("1")
    elif desk.screen.filter_input.has_focus:
        await desk.press("escape")
    assert desk.front() is desk.screen
    return picture


async def changed(desk: Desk, scenes: dict[str, Scene], snapshot: SnapshotAssertion, folder: Path) -> list[Path]:
    """The new pictures of those scenes that do not look as they did."""
    found = []
    for name, scene in scenes.items():
        picture = await drawn(desk, scene)
        if picture != snapshot(name=name, extension_class=SVGImageExtension):
            found.append(folder / f"{name}.svg")
            found[-1].write_text(picture, encoding="utf-8")
    return found


def themed(theme: str) -> Config:
    """The configuration with a theme."""
    return Config(console=Console(theme=theme))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["signalos-dark", "signalos-light"])
async def test_screens(snapshot: SnapshotAssertion, tmp_path: Path, theme: str, size: str) -> None:
    async with console(config=themed(theme), size=SIZES[size], **learnt.ANSWERS) as desk:
        assert await changed(desk, EVERYWHERE, snapshot, tmp_path) == []


@pytest.mark.parametrize("size", SIZES)
async def test_other_states(snapshot: SnapshotAssertion, tmp_path: Path, size: str) -> None:
    async with console(size=SIZES[size], **learnt.ANSWERS) as desk:
        assert await changed(desk, ONCE[size], snapshot, tmp_path) == []


@pytest.mark.parametrize("theme", ["high-contrast", "colour-blind-safe", "dusk"])
async def test_other_themes(snapshot: SnapshotAssertion, tmp_path: Path, theme: str) -> None:
    async with console(config=themed(theme)) as desk:
        assert await changed(desk, {"stop": EVERYWHERE["stop"]}, snapshot, tmp_path) == []
