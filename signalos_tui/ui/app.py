"""The console: wires accounts, screens, themes and keys together, and does nothing itself.

The engine does not notice whether the console is there; all it gets from here are commands through the control port, each with a
key of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.worker import Worker, WorkerState

from signalos_tui.clock import Clock, WallClock
from signalos_tui.config import Config
from signalos_tui.directory import Directory
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.places import LoginView
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import BY_ID, bindings, keymap
from signalos_tui.ui.commands import DeskProvider, Palette
from signalos_tui.ui.errands import Errands
from signalos_tui.ui.messages import DeskChanged, RecordsArrived
from signalos_tui.ui.notices import notices, of_account
from signalos_tui.ui.screens.base import MODES, TOGETHER
from signalos_tui.ui.seating import Seating
from signalos_tui.ui.seats import Controls, Seat
from signalos_tui.ui.themes import DESK, load_themes, usable

TWICE_MS = 2000
"""Two interrupts within this time are meant."""


AT_ONCE = ("stop", "leave")
"""What is acted on whatever has just come to the front: it asks."""


class ConsoleApp(Seating):
    """A console on any engine, or on several. data_dir: where the owner's own themes lie. hints: what to do on an empty desk.

    directory: the messenger that this run reads, None where it reads none. is_kept: the folder of the run outlives it.
    """

    TITLE = "SignalOS"
    CSS_PATH = ["app.tcss", "toasts.tcss"]  # noqa: RUF012 (an instance variable in Textual)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {DeskProvider}
    DEFAULT_MODE = "desk"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("desk", "app", "account", "view.telegram", *(f"view.{name}" for _, name, _ in (*MODES, TOGETHER))),
        Binding("ctrl+c", "interrupt", show=False, priority=True, system=True),
    ]

    def __init__(
        self,
        controls: Controls,
        config: Config,
        *,
        data_dir: Path | None = None,
        clock: Clock | None = None,
        hints: bool = True,
        directory: Directory | None = None,
        is_kept: bool = True,
    ) -> None:
        config = replace(config, console=replace(config.console, hints=hints and config.console.hints))
        super().__init__(controls, config, clock or WallClock(), is_kept=is_kept)
        self.directory = directory
        self.errands = Errands(self, directory) if directory is not None else None
        self._interrupted: int | None = None
        self._leaves_by_interrupt = True
        self._asking: set[tuple[str, str, Selection]] = set()
        self._themes = load_themes(data_dir)

    def get_driver_class(self) -> type[Driver]:
        """Textual's, which on Linux and macOS must not wait for a terminal that is gone."""
        chosen: type[Driver] = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from signalos_tui.ui.driver import TerminalDriver

        return TerminalDriver

    @property
    def logins(self) -> tuple[LoginView, ...] | None:
        """How the logins of the messenger stand now; None where none is read."""
        return self.directory.logins() if self.directory is not None else None

    @property
    def has_lost_terminal(self) -> bool:
        """Whether the terminal is gone, or took no more in the end: nothing can be said there."""
        return getattr(self._driver, "is_lost", False)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our colours, for themes that do not know them."""
        return DESK

    def get_line_filters(self) -> Sequence[LineFilter]:
        """NO_COLOR means none: no greys either, only the terminal's own two colours."""
        return [NoColor() if isinstance(one, Monochrome) else one for one in super().get_line_filters()]

    def on_mount(self) -> None:
        """Choose the theme, take the owner's keys, and begin to follow the engine."""
        for theme in self._themes.themes:
            self.register_theme(theme)
        self.theme, problem = usable(self.config.console.theme, self.available_themes)
        keys = keymap(self.config.keymap)
        self.set_keymap(keys.keys)
        self._leaves_by_interrupt = "ctrl+c" in keys.keys.get("app.quit", BY_ID["app.quit"].key)
        for text in (*self._themes.problems, *keys.problems, problem):
            if text:
                self.tell(text, "warning")
        for seat in self.seats.values():
            self.run_worker(seat.bridge.follow(), name="follow the engine", exit_on_error=False)
        self.set_interval(1 / self.config.console.refresh_hz, self.tick)
        self.tick()
        if self.has_several:
            self.switch_mode(TOGETHER[1])

    # --- the engine's side ----------------------------------------------------------------------------------------

    def on_desk_changed(self, message: DeskChanged) -> None:
        """Show the new state on every screen of the stack, so what stands behind a dialog is true as well."""
        seat = self.seats[message.account]
        seat.state = message.state
        if seat is self.seat:
            self.settle_notices(message.state)
        for screen in self.screen_stack:
            show = getattr(screen, "show", None)
            if show is not None and screen.is_mounted and getattr(screen, "account", "") in ("", message.account):
                show(message.state, message.now)

    def on_records_arrived(self, message: RecordsArrived) -> None:
        """Tell what is worth telling: of an account that is not shown alarms only, where all are shown also what waits."""
        seat = self.seats[message.account]
        is_shown = seat is self.seat
        unheard = [] if is_shown else ["information"] if self.mode == TOGETHER[1] else ["information", "warning"]
        ended = self.told_as_ended if is_shown else ()
        for notice in notices(message.records, seat.state, missed=message.missed, ended=ended):
            if notice.level in unheard:
                continue
            self.show_notice(of_account(notice, seat.name, is_shown=is_shown))
            if notice.rings and self.config.console.bell:
                self.bell()

    async def submit(self, command: Command) -> Outcome:
        """Send a command to the account that is shown and tell its outcome."""
        return await self.seat.submit(command)

    def ask(self, action: str, selection: Selection, account: str | None = None) -> None:
        """Start what a key leads to, in a task of its own; the same question twice at a time is asked once.

        account: whom it is about; None for the one that is shown. A key pressed in the moment in which another account comes to
        the front was meant for the one before.
        """
        if account is None and action not in AT_ONCE and self.has_just_come:
            self.tell(f"{self.seat.name} has just come to the front: look again, then press the key again", "warning")
            return
        seat = self.seat if account is None else self.seats[account]
        question = (seat.name, action, selection)
        if question not in self._asking:
            self._asking.add(question)
            # Not a coroutine yet: a console that is left before the task begins must leave none behind.
            begin = partial(self._asked, seat, action, selection)
            _: Worker[None] = self.run_worker(begin, name=action, exit_on_error=False)

    async def _asked(self, seat: Seat, action: str, selection: Selection) -> None:
        try:
            await asking.ask(seat, action, selection)
        finally:
            self._asking.discard((seat.name, action, selection))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A task of the console failed: say so, the desk goes on."""
        if event.state is WorkerState.ERROR:
            self.tell(f"{event.worker.name} failed: {event.worker.error}", "error")

    # --- keys of every screen -------------------------------------------------------------------------------------

    def action_stop(self) -> None:
        """The kill switch; where all accounts are shown, for all of them."""
        pointed = self.pointed
        self.ask("stop", Selection() if pointed is None else asking.EVERYWHERE, pointed)

    def action_resume(self) -> None:
        """Trade again."""
        self.ask("resume", Selection(), self.pointed)

    def action_help(self) -> None:
        """Explain the focused pane."""
        from signalos_tui.ui.screens.help import HelpScreen

        pane = getattr(self.screen, "focused_pane", None)
        place = pane.id if pane is not None else getattr(self.screen, "MODE", "")
        self.push_screen(HelpScreen(place or "", self.config.keymap))

    def action_telegram(self) -> None:
        """Show the logins and chats of the messenger, also to say that this run reads none."""
        from signalos_tui.ui.screens.telegram import TelegramScreen

        if not isinstance(self.screen, TelegramScreen):
            screen = TelegramScreen(self.seat.config, self.directory, self.errands)
            screen.belongs_to(self.seat.name, several=self.has_several)
            self.push_screen(screen)

    def action_leave(self) -> None:
        """Leave the console, after a question while trades are open."""
        self.ask("leave", Selection())

    async def action_quit(self) -> None:
        """Textual's own key and palette entry for leaving: they ask as ours do."""
        self.action_leave()

    def action_command_palette(self) -> None:
        """Find anything by its name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_interrupt(self) -> None:
        """Ctrl-C: leave as by any other key; pressed twice, leave without waiting for an answer."""
        before, self._interrupted = self._interrupted, self.clock.now()
        if before is not None and 0 <= self._interrupted - before <= TWICE_MS:
            self.exit()
        else:
            self.action_leave()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ctrl-C interrupts from anywhere, unless it has text to copy or the owner gave it away."""
        if action == "interrupt":
            return self._leaves_by_interrupt and not self.screen.get_selected_text()
        return super().check_action(action, parameters)

    def action_help_quit(self) -> None:
        """Textual would name a key here that is not ours."""
