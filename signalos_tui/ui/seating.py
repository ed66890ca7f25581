"""The accounts behind the console and which of them is shown: its part that knows that there can be several.

Every account has screens of its own, so that a cursor, a filter and a question stay with the account they belong to; going to
another account is going to its screen of the same kind.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from zoneinfo import ZoneInfo

from textual.screen import Screen

from signalos_tui.clock import Clock
from signalos_tui.config import Config
from signalos_tui.control import Control
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.ui.bridge import Bridge
from signalos_tui.ui.screens.base import MODES, TOGETHER, ConsoleScreen
from signalos_tui.ui.seats import Controls, Seat, seats_of
from signalos_tui.ui.toasts import Toasting
from signalos_tui.ui.widgets.pane import SETTLE_MS

ONE = "There is one account here; [accounts.NAME] in the configuration adds others"


class Seating(Toasting):
    """An app with a seat for each account. seats: by name, "" for the only one. seat: the one that is shown.

    is_kept: the folder of the run outlives it.
    """

    def __init__(self, controls: Controls, config: Config, clock: Clock, *, is_kept: bool = True) -> None:
        super().__init__()
        self.config = config
        self.clock = clock
        self.is_kept = is_kept
        self.seats: dict[str, Seat] = seats_of(self, controls, config)
        self.seat: Seat = next(iter(self.seats.values()))
        self._pressed = 0
        self._came_at = -SETTLE_MS
        for seat in self.seats.values():
            for _, mode, _ in MODES:
                self.add_mode(self._mode_of(mode, seat), partial(self._screen, mode, seat))
        if self.has_several:
            self.add_mode(TOGETHER[1], partial(self._screen, TOGETHER[1], None))

    @property
    def control(self) -> Control:
        """That of the account that is shown."""
        return self.seat.control

    @property
    def state(self) -> DeskState:
        """The newest desk of the account that is shown."""
        return self.seat.state

    @property
    def bridge(self) -> Bridge:
        """That of the account that is shown."""
        return self.seat.bridge

    @property
    def has_several(self) -> bool:
        """There is more than one account."""
        return len(self.seats) > 1

    def tick(self) -> None:
        """Look at every account."""
        for seat in self.seats.values():
            seat.bridge.tick()

    def _screen(self, mode: str, seat: Seat | None) -> Screen[None]:
        # A mode's screen is made, and its module loaded, when it is first looked at. seat: None for the one over all accounts.
        module = import_module(f"signalos_tui.ui.screens.{mode}")
        screen: ConsoleScreen = getattr(module, f"{mode.capitalize()}Screen")(seat.config if seat else self.config)
        screen.belongs_to(seat.name if seat else "", several=self.has_several)
        return screen

    def new_key(self) -> str:
        """A key for one press: the same command sent again with it acts once."""
        self._pressed += 1
        return f"console-{self.clock.now():x}-{self._pressed}"

    @property
    def has_just_come(self) -> bool:
        """The account that is shown came to the front a moment ago: a key pressed now was meant for the one before."""
        return 0 <= self.clock.now() - self._came_at < SETTLE_MS

    def _mode_of(self, mode: str, seat: Seat) -> str:
        # The first account has the modes as they are called; every other one its own of each.
        return mode if seat is next(iter(self.seats.values())) else f"{mode}@{seat.name}"

    @property
    def mode(self) -> str:
        """Which kind of screen is shown ("desk"), whoever's it is."""
        return self.current_mode.partition("@")[0]

    async def action_switch_mode(self, mode: str) -> None:
        """That screen itself, of the account that is shown, or the one over all of them."""
        if mode != TOGETHER[1]:
            self._go_to(self._mode_of(mode, self.seat))
        elif self.has_several:
            self._go_to(mode)
        else:
            self.tell(ONE, "warning")

    def _go_to(self, mode: str) -> None:
        self._leave_what_covers_it()
        self.switch_mode(mode)
        self._leave_what_covers_it()

    def _leave_what_covers_it(self) -> None:
        # Traces and the Telegram screen stand on the screen they were opened from; a question is left by its answer alone.
        while len(self.screen_stack) > 1 and not self.screen.is_modal:
            self.pop_screen()

    def action_account(self, step: int) -> None:
        """Show the next account or the one before, on the same screen; a trace stays with its signal."""
        names = list(self.seats)
        if not self.has_several:
            self.tell(ONE, "warning")
            return
        from signalos_tui.ui.screens.trace import TraceScreen

        front = self.screen
        subject = front.subject if isinstance(front, TraceScreen) else None
        self.show_account(names[(names.index(self.seat.name) + step) % len(names)])
        if subject is not None:
            self.trace(subject)

    def show_account(self, name: str, mode: str = "") -> None:
        """Show an account. mode: which of its screens; that which is shown now, and its desk when that is none of its own."""
        wanted = mode or (self.mode if self.mode != TOGETHER[1] else MODES[0][1])
        self.seat = self.seats[name]
        self._go_to(self._mode_of(wanted, self.seat))
        self._came_at = self.clock.now()

    @property
    def pointed(self) -> str | None:
        """The account that is pointed at where all of them are shown; None anywhere else."""
        pointed: str | None = getattr(self.screen_stack[0], "pointed", None)
        return pointed

    @property
    def is_stopped(self) -> bool:
        """The account that is pointed at or shown runs and may not trade freely: the owner can let it trade again."""
        state = self.seats[self.pointed or self.seat.name].state
        return state.is_running and state.trading is not TradingState.ACTIVE

    def alarms_beside(self, name: str) -> tuple[str, ...]:
        """The other accounts with which something is wrong."""
        now = self.clock.now()
        return tuple(seat.name for seat in self.seats.values() if seat.name != name and seat.alarm(now))

    def trace(self, subject: SignalId | UpdateId) -> None:
        """Show why a signal or update became what it became, in the account that is shown."""
        from signalos_tui.ui.screens.trace import TraceScreen

        self.push_screen(TraceScreen(subject, ZoneInfo(self.config.console.timezone), self.seat.name))
