"""The console over three recorded accounts: one at work, one the owner stopped, one whose terminal shows another account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from msgspec.structs import replace
from textual.pilot import Pilot
from textual.screen import Screen

from signalos_tui.clock import FrozenClock
from signalos_tui.commands.demo import ACCOUNTS
from signalos_tui.config import Config
from signalos_tui.control import RecordedControl
from signalos_tui.engine.fleet import Trouble, idle
from signalos_tui.errors import Transient
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event, Record, TradingStateChanged
from signalos_tui.ui.app import ConsoleApp
from tests.scenarios import clock_of, load

CONFIG = Config(accounts=ACCOUNTS)
AWAY = "the terminal is logged in to Broker-Demo/77, this journal belongs to SignalOS-Paper/9. Log in to that account"


class Away(RecordedControl):
    """An account that could not start; what was open when it was last seen stays in view."""

    def snapshot(self) -> DeskState:
        """As the fleet shows it."""
        state = super().snapshot()
        known = self.__dict__.setdefault("_known", (state, idle(state, Trouble(AWAY))))
        return known[1] if known[0] is state else idle(state, Trouble(AWAY))

    async def submit(self, command: Command) -> Outcome:
        """Nothing is done."""
        self.submitted.append(command)
        raise Transient(f"the account small is not running: {AWAY}")


class Desks(NamedTuple):
    """A running console and what is behind it."""

    app: ConsoleApp
    controls: dict[str, RecordedControl]
    clock: FrozenClock
    pilot: Pilot[None]

    def front(self) -> Screen[Any]:
        """The screen in front of all others."""
        return self.app.screen

    def submitted(self) -> dict[str, list[Command]]:
        """What reached each account, keys and times apart."""
        return {
            name: [replace(command, key="", issued_at=0) for command in control.submitted]
            for name, control in self.controls.items()
        }

    @property
    def told(self) -> list[str]:
        """The notices on screen, oldest first."""
        return [notice.message for notice in self.app._notifications]

    def settled(self) -> None:
        """Let so much time pass that what lies under the cursor is meant."""
        self.clock.advance(1000)

    async def press(self, *keys: str) -> None:
        """Press keys and let everything happen that they cause."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()
        await self.pilot.pause()

    async def happen(self, account: str, *events: Event) -> None:
        """Let an account publish events now, and the console see them."""
        control = self.controls[account]
        seq = control.snapshot().seq
        await control.play([Record(seq + n, self.clock.now(), event) for n, event in enumerate(events, 1)])
        await self.pilot.pause()
        self.app.tick()
        await self.pilot.pause()
        await self.pilot.pause()

    def text(self) -> str:
        """What stands on the screen, line by line."""
        return "\n".join(
            "".join(segment.text for segment in strip) for strip in self.app.screen._compositor.render_strips()
        )


@asynccontextmanager
async def desks(*, size: tuple[int, int] = (120, 40), config: Config = CONFIG) -> AsyncIterator[Desks]:
    """A running console over the three."""
    records = {name: load(f"fleet-{name}") for name in ACCOUNTS}
    last = max(records.values(), key=lambda one: one[-1].at)
    clock = clock_of(last)
    after = RecordedControl(records["prop"]).snapshot().seq + 1
    stopped = Record(after, clock.now(), TradingStateChanged(TradingState.HALTED, "stopped by you", "console"))
    controls = {
        "main": RecordedControl(records["main"]),
        "prop": RecordedControl([*records["prop"], stopped]),
        "small": Away(records["small"]),
    }
    app = ConsoleApp(controls, config, clock=clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        await pilot.pause()
        yield Desks(app, controls, clock, pilot)
