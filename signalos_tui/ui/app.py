"""The console: wires screens, themes, keys and the bridge together, and does nothing itself.

The engine does not notice whether the console is there; all it gets from here are commands through the control port, each with a
key of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from signalos_tui.clock import Clock, WallClock
from signalos_tui.config import Config
from signalos_tui.control import Control
from signalos_tui.errors import SignalOSError
from signalos_tui.model.commands import Command, Outcome, SetTradingState, StopTrading
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import BY_ID, bindings, keymap
from signalos_tui.ui.bridge import Bridge
from signalos_tui.ui.commands import DeskProvider, Palette
from signalos_tui.ui.messages import DeskChanged, RecordsArrived
from signalos_tui.ui.notices import notices, trading_topic
from signalos_tui.ui.screens.base import MODES as MODE_TABLE
from signalos_tui.ui.themes import DESK, load_themes, usable
from signalos_tui.ui.toasts import Toasting

TWICE_MS = 2000
"""Two interrupts within this time are meant."""


class ConsoleApp(Toasting):
    """A console on any engine. data_dir: where the owner's own themes lie. hints: show what to do on an empty desk."""

    TITLE = "SignalOS"
    CSS_PATH = ["app.tcss", "toasts.tcss"]  # noqa: RUF012 (an instance variable in Textual)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {DeskProvider}
    DEFAULT_MODE = "desk"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("desk", "app", *(f"view.{name}" for _, name, _ in MODE_TABLE)),
        Binding("ctrl+c", "interrupt", show=False, priority=True, system=True),
    ]

    def __init__(
        self,
        control: Control,
        config: Config,
        *,
        data_dir: Path | None = None,
        clock: Clock | None = None,
        hints: bool = True,
    ) -> None:
        super().__init__()
        self.control = control
        self.config = replace(config, console=replace(config.console, hints=hints and config.console.hints))
        self.clock = clock or WallClock()
        self.state: DeskState = control.snapshot()
        self.bridge = Bridge(control, self.clock, self.post_message)
        self._pressed = 0
        self._interrupted: int | None = None
        self._leaves_by_interrupt = True
        self._asking: set[tuple[str, Selection]] = set()
        self._themes = load_themes(data_dir)
        for _, name, _ in MODE_TABLE:
            self.add_mode(name, partial(self._screen, name))

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
        self.run_worker(self.bridge.follow(), name="follow the engine", exit_on_error=False)
        self.set_interval(1 / self.config.console.refresh_hz, self.bridge.tick)
        self.bridge.tick()

    def _screen(self, mode: str) -> Screen[object]:
        # A mode's screen is made, and its module loaded, when it is first looked at.
        module = import_module(f"signalos_tui.ui.screens.{mode}")
        screen: Screen[object] = getattr(module, f"{mode.capitalize()}Screen")(self.config)
        return screen

    # --- the engine's side ----------------------------------------------------------------------------------------

    def on_desk_changed(self, message: DeskChanged) -> None:
        """Show the new state on every screen of the stack, so what stands behind a dialog is true as well."""
        self.state = message.state
        self.settle_notices(message.state)
        for screen in self.screen_stack:
            show = getattr(screen, "show", None)
            if show is not None and screen.is_mounted:
                show(message.state, message.now)

    def on_records_arrived(self, message: RecordsArrived) -> None:
        """Tell what is worth telling of what happened."""
        for notice in notices(message.records, self.state, missed=message.missed, ended=self.told_as_ended):
            self.show_notice(notice)
            if notice.rings and self.config.console.bell:
                self.bell()

    async def submit(self, command: Command) -> Outcome:
        """Send a command and tell its outcome."""
        try:
            outcome = await self.control.submit(command)
        except SignalOSError as error:
            outcome = Outcome(ok=False, text=str(error))
        switched = isinstance(command, StopTrading | SetTradingState)
        topic = trading_topic(self.control.snapshot().trading) if switched else ""
        self.tell(outcome.text, "information" if outcome.ok else "error", topic)
        return outcome

    def ask(self, action: str, selection: Selection) -> None:
        """Start what a key leads to, in a task of its own; the same question twice at a time is asked once."""
        if (action, selection) not in self._asking:
            self._asking.add((action, selection))
            # Not a coroutine yet: a console that is left before the task begins must leave none behind.
            begin = partial(self._asked, action, selection)
            _: Worker[None] = self.run_worker(begin, name=action, exit_on_error=False)

    async def _asked(self, action: str, selection: Selection) -> None:
        try:
            await asking.ask(self, action, selection)
        finally:
            self._asking.discard((action, selection))

    def new_key(self) -> str:
        """A key for one press: the same command sent again with it acts once."""
        self._pressed += 1
        return f"console-{self.clock.now():x}-{self._pressed}"

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A task of the console failed: say so, the desk goes on."""
        if event.state is WorkerState.ERROR:
            self.tell(f"{event.worker.name} failed: {event.worker.error}", "error")

    # --- keys of every screen -------------------------------------------------------------------------------------

    def action_stop(self) -> None:
        """The kill switch."""
        self.ask("stop", Selection())

    def action_resume(self) -> None:
        """Trade again."""
        self.ask("resume", Selection())

    def action_help(self) -> None:
        """Explain the focused pane."""
        from signalos_tui.ui.screens.help import HelpScreen

        pane = getattr(self.screen, "focused_pane", None)
        place = pane.id if pane is not None else getattr(self.screen, "MODE", "")
        self.push_screen(HelpScreen(place or "", self.config.keymap))

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

    def trace(self, subject: SignalId | UpdateId) -> None:
        """Show why a signal or update became what it became."""
        from signalos_tui.ui.screens.trace import TraceScreen

        self.push_screen(TraceScreen(subject, ZoneInfo(self.config.console.timezone)))
