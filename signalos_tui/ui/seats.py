"""The accounts behind the console: for each its control, its configuration and its newest desk, and the questions about it.

A question that was begun for an account stays with it: what is looked up, shown and sent goes through the account's own seat,
whichever account is in front by the time of the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from textual.notifications import SeverityLevel
from textual.screen import Screen, ScreenResultType

from signalos_tui.clock import Clock
from signalos_tui.config import Config
from signalos_tui.control import Control
from signalos_tui.errors import SignalOSError
from signalos_tui.model.commands import Command, Outcome, SetTradingState, StopTrading
from signalos_tui.model.desk import DeskState
from signalos_tui.ui import health
from signalos_tui.ui.bridge import Bridge
from signalos_tui.ui.notices import trading_topic
from signalos_tui.ui.outage import told

if TYPE_CHECKING:
    from signalos_tui.ui.seating import Seating

Controls = Control | Mapping[str, Control]
"""What the console is given: one account without a name, or several with theirs, in their order."""


class View(NamedTuple):
    """An account as a screen sees it. name: "" for the only one."""

    name: str
    state: DeskState
    config: Config


class Seat:
    """One account behind the console. name: "" for the only one. It is what `asking` needs of the app."""

    def __init__(self, app: Seating, name: str, control: Control, config: Config) -> None:
        self.app = app
        self.name = name
        self.control = control
        self.config = config
        self.state: DeskState = control.snapshot()
        self.bridge = Bridge(control, app.clock, app.post_message, name)

    @property
    def view(self) -> View:
        """Its newest desk, with what it is to be measured by."""
        return View(self.name, self.state, self.config)

    def alarm(self, now: int) -> str:
        """What is wrong with it, "" when nothing is. now: ms UTC."""
        return health.alarm(self.state, now, self.config.engine.quote_age_s)

    # --- what asking needs ----------------------------------------------------------------------------------------

    @property
    def is_kept(self) -> bool:
        """What is written outlives the run."""
        return self.app.is_kept

    @property
    def clock(self) -> Clock:
        """The console's clock."""
        return self.app.clock

    @property
    def screen(self) -> Screen[object]:
        """What stands in front."""
        return self.app.screen

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Every account, this one as well."""
        return tuple(self.app.seats.values())

    async def push_screen_wait(self, screen: Screen[ScreenResultType]) -> ScreenResultType | None:
        """Show a dialog of this account and wait for its answer; only within a worker."""
        setattr(screen, "account", self.name)  # noqa: B010 (a card has it; any other screen does not mind)
        setattr(screen, "quote_age_s", self.config.engine.quote_age_s)  # noqa: B010 (likewise)
        return await self.app.push_screen_wait(screen)

    async def submit(self, command: Command) -> Outcome:
        """Send a command to this account and tell its outcome."""
        try:
            outcome = await self.control.submit(command)
        except SignalOSError as error:
            outcome = Outcome(ok=False, text=str(error))
        outcome = told(outcome, command, self.control.snapshot(), self.clock.now(), self.config.engine.quote_age_s)
        switched = isinstance(command, StopTrading | SetTradingState)
        topic = trading_topic(self.control.snapshot().trading) if switched and self is self.app.seat else ""
        self.tell(outcome.text, "information" if outcome.ok else "error", topic)
        return outcome

    def exit(self) -> None:
        """End the console."""
        self.app.exit()

    def new_key(self) -> str:
        """A key for one command."""
        return self.app.new_key()

    def tell(self, text: str, severity: SeverityLevel = "information", topic: str = "") -> None:
        """Say something to the owner, and of which account it is."""
        self.app.tell(f"{self.name}: {text}" if self.name else text, severity, topic)


def seats_of(app: Seating, controls: Controls, config: Config) -> dict[str, Seat]:
    """A seat for each account, by its name. config: of all of them."""
    if not isinstance(controls, Mapping):
        return {"": Seat(app, "", controls, config)}
    return {name: Seat(app, name, control, _own(config, name)) for name, control in controls.items()}


def _own(config: Config, name: str) -> Config:
    own = config.account(name) if name in config.accounts else config
    return replace(own, console=config.console)
