"""What every full screen has: the account above, the keys below, and `show` for the state in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from signalos_tui.config import Config
from signalos_tui.model.desk import DeskState
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import bindings
from signalos_tui.ui.widgets.account_strip import AccountStrip
from signalos_tui.ui.widgets.hints import Hints
from signalos_tui.ui.widgets.line_input import LineInput
from signalos_tui.ui.widgets.log_pane import LogPane
from signalos_tui.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from signalos_tui.ui.app import ConsoleApp

MODES: tuple[tuple[str, str, str], ...] = (
    ("1", "desk", "Desk"),
    ("2", "log", "Log"),
    ("3", "channels", "Channels"),
    ("4", "rules", "Rules"),
    ("5", "reading", "Reading"),
)
"""The screens of an account: key, name, title."""
TOGETHER = ("6", "accounts", "Accounts")
"""The screen over several accounts."""


class FilterInput(LineInput):
    """The line a filter is typed into; Escape clears it and goes back to the table."""

    def key_escape(self) -> None:
        """Show everything again."""
        self.value = ""
        self.post_message(Input.Submitted(self, ""))


class ConsoleScreen(Screen[None]):
    """A full screen. Subclasses yield what stands in the middle and pass the state on to it."""

    MODE: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("view.filter", "view.sort", "view.reverse", "view.next", "view.previous"),
        Binding("escape", "unfilter", "Show all", show=False, id="filter.clear", tooltip="Show every row again"),
    ]

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.strip = AccountStrip(config, MODES, self.MODE)
        self.hints = Hints()
        self.filter_input = FilterInput(
            placeholder="words to look for, Enter keeps, Esc clears", id="filter", compact=True
        )
        self._filtering: Pane[Any] | None = None
        self.account = ""
        """Whose screen it is; "" where there is one account, or where it is over all of them."""

    def belongs_to(self, account: str, *, several: bool) -> None:
        """Whose screen it is, said once before it is shown. several: there are other accounts."""
        self.account = account
        self.strip.account = account
        if several:
            self.strip.modes = (*MODES, TOGETHER)

    def compose(self) -> ComposeResult:
        """Account, middle, filter line, keys."""
        yield self.strip
        yield from self.middle()
        yield self.filter_input
        yield self.hints

    def on_mount(self) -> None:
        """The filter line appears when it is asked for."""
        self.filter_input.display = False
        self.filter_input.can_focus = False
        if self.console.directory is not None:
            for pane in self.panes:
                pane.invite()
        self.on_screen_resume()

    def on_screen_resume(self) -> None:
        """A screen that was away shows the newest state."""
        if self.is_mounted:
            seat = self.console.seats.get(self.account, self.console.seat)
            self.show(seat.state, self.console.clock.now())

    def middle(self) -> ComposeResult:
        """What stands between account and keys."""
        raise NotImplementedError

    def show(self, state: DeskState, now: int) -> None:
        """Show the desk as it is. now: ms UTC."""
        self.strip.logins = self.console.logins
        self.strip.beside = self.console.alarms_beside(self.account) if self.account else ()
        self.strip.show(state, now)
        for pane in self.panes:
            pane.show(state, now)
        self.hints.show()

    @property
    def panes(self) -> list[Pane[Any]]:
        """The tables of this screen."""
        return []

    @property
    def focused_pane(self) -> Pane[Any] | None:
        """The table that has the focus."""
        return next((pane for pane in self.panes if pane.has_focus_within), None)

    @property
    def selection(self) -> Selection:
        """What the owner points at: the row under the cursor of the focused table."""
        return Selection()

    def can_act(self, action: str) -> bool:
        """Whether a key would do something now; those that would not are dimmed."""
        return True

    def offers(self, action: str) -> bool:
        """Whether a key has its place in the footer; one that nothing here could ever be done with has none."""
        return True

    @property
    def console(self) -> ConsoleApp:
        """The app, by its own type."""
        app = self.app
        assert hasattr(app, "submit"), "a console screen lives in a ConsoleApp"
        return cast("ConsoleApp", app)

    # --- the focus ------------------------------------------------------------------------------------------------

    def action_pane(self, step: int) -> None:
        """Go to the next or the previous table."""
        panes = self.panes
        if not panes:
            return
        focused = self.focused_pane
        place = (panes.index(focused) + step) if focused in panes else 0
        self.go_to(panes[place % len(panes)])

    def go_to(self, pane: Pane[Any]) -> None:
        """Give a table the focus."""
        pane.grid.focus()

    def on_descendant_focus(self) -> None:
        """Other keys do something now."""
        self.hints.show()

    # --- filter and order -----------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type words; the focused table shows only rows with them."""
        pane = self.focused_pane or next(iter(self.panes), None)
        if pane is None:
            return
        self._filtering = pane
        self.filter_input.value = pane.filter
        self.filter_input.border_title = Content(f"Filter {pane.TITLE_TEXT}")
        self.filter_input.display = self.filter_input.can_focus = True
        self.filter_input.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while it is typed."""
        if event.input is self.filter_input and self._filtering is not None:
            event.stop()
            self._filtering.set_filter(event.value)
            self.hints.show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the table."""
        if event.input is not self.filter_input or self._filtering is None:
            return
        event.stop()
        pane, self._filtering = self._filtering, None
        self.filter_input.display = self.filter_input.can_focus = False
        pane.grid.focus()

    def action_unfilter(self) -> None:
        """Show every row of the focused table again."""
        pane = self.focused_pane
        if pane is not None and pane.filter:
            pane.set_filter("")
            self.hints.show()

    def action_details(self) -> None:
        """The key of a log was clicked in the footer."""
        pane = self.focused_pane
        if isinstance(pane, LogPane):
            pane.action_details()

    def action_sort(self) -> None:
        """Sort the focused table by its next column."""
        pane = self.focused_pane or next(iter(self.panes), None)
        if pane is not None:
            pane.sort_next()

    def action_reverse(self) -> None:
        """Turn the order of the focused table round."""
        pane = self.focused_pane or next(iter(self.panes), None)
        if pane is not None and not pane.reverse():
            self.console.tell(f"{pane.TITLE_TEXT} stands in its natural order: sort it by a column first", "warning")
