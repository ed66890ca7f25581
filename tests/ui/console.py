"""The console over a recorded desk, for tests: an app, its control, and a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import WorkerState

from signalos_tui.clock import FrozenClock
from signalos_tui.config import Config
from signalos_tui.control import RecordedControl
from signalos_tui.model.commands import Command
from signalos_tui.model.events import Event, Record
from signalos_tui.ui.app import ConsoleApp
from signalos_tui.ui.screens.desk import DeskScreen
from tests.scenarios import clock_of, load


class Desk(NamedTuple):
    """A running console and what is behind it."""

    app: ConsoleApp
    control: RecordedControl
    clock: FrozenClock
    pilot: Pilot[None]

    @property
    def screen(self) -> DeskScreen:
        """The desk, also when a dialog stands before it."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, DeskScreen)
        return screen

    def front(self) -> Screen[Any]:
        """The screen in front of all others."""
        return self.app.screen

    @property
    def submitted(self) -> list[Command]:
        """What reached the engine."""
        return self.control.submitted

    @property
    def told(self) -> list[str]:
        """The notices on screen, oldest first."""
        return [notice.message for notice in self.app._notifications]

    async def press(self, *keys: str) -> None:
        """Press keys and let everything happen that they cause."""
        for key in keys:
            await self.pilot.press(key)
            if not key.isdigit():
                await self.pilot.pause()
        await self.settle()

    async def settle(self) -> None:
        """Let tasks, dialogs and repaints finish."""
        for _ in range(2):
            await self.pilot.pause()

    async def happen(self, *events: Event) -> None:
        """Let the engine publish events now, and the console see them."""
        seq = self.control.snapshot().seq
        await self.control.play([Record(seq + n, self.clock.now(), event) for n, event in enumerate(events, 1)])
        for _ in range(3):  # whoever follows the engine takes them
            await asyncio.sleep(0)
        self.app.bridge.tick()
        await self.settle()

    def text(self) -> str:
        """What stands on the screen, line by line."""
        return "\n".join(
            "".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()
        )


@asynccontextmanager
async def console(
    name: str | None = "desk",
    *,
    size: tuple[int, int] = (120, 40),
    config: Config | None = None,
    records: Sequence[Record] | None = None,
    **prepared: Any,
) -> AsyncIterator[Desk]:
    """A running console on a scenario, on `records`, or on nothing at all (name None). prepared: answers of the control."""
    played = list(records) if records is not None else load(name) if name else []
    clock = clock_of(played)
    control = RecordedControl(played, **prepared)
    app = ConsoleApp(control, config or Config(), clock=clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        desk = Desk(app, control, clock, pilot)
        await desk.settle()
        async with asyncio.timeout(30):  # what happens before the console follows the engine is no news to it
            while any(worker.state is WorkerState.PENDING for worker in app.workers):
                await pilot.pause(0.01)
        yield desk
