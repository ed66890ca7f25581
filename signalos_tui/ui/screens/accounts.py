"""All accounts together: how each is, what all of them have open, and what each made of the same call.

One sees here, and goes from here: Enter on a row leads to that account. What a key does to a trade it does to the trade of the
row's own account, and the question says whose that is.
"""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import BindingType

from signalos_tui.config import Config
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import bindings
from signalos_tui.ui.messages import RowSelected, TraceWanted
from signalos_tui.ui.screens.acting import Acting
from signalos_tui.ui.screens.base import ConsoleScreen
from signalos_tui.ui.seats import View
from signalos_tui.ui.widgets.fleet_panes import AccountsPane, CallsPane, FleetTradesPane
from signalos_tui.ui.widgets.fleet_strip import FleetStrip
from signalos_tui.ui.widgets.pane import Pane


class AccountsScreen(Acting, ConsoleScreen):
    """Accounts above, trades and calls below; in a low terminal one of those two, whichever had the focus last."""

    MODE = "accounts"
    CSS_PATH = "accounts.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-tall")]  # noqa: RUF012 (Textual reads it)
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("trade", "held.approve", "held.reject", "view.trace")]
    AUTO_FOCUS = "#accounts Grid"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.strip = self.fleet_strip = FleetStrip(config, mode=self.MODE)
        self.accounts = AccountsPane("accounts")
        self.accounts.styles.height = len(config.accounts) + 3
        self.trades = FleetTradesPane("fleet-trades")
        self.calls = CallsPane("calls", tuple(config.accounts))
        self.calls.zone = ZoneInfo(config.console.timezone)

    def middle(self) -> ComposeResult:
        """The three panes."""
        yield self.accounts
        yield self.trades
        yield self.calls

    @property
    def panes(self) -> list[Pane[Any]]:
        """In the order Tab goes through them."""
        return [self.accounts, self.trades, self.calls]

    @property
    def views(self) -> tuple[View, ...]:
        """Every account as it is now."""
        return tuple(seat.view for seat in self.console.seats.values())

    def show(self, state: DeskState, now: int) -> None:
        """Show all accounts; the state that changed is one of theirs. now: ms UTC."""
        views = self.views
        self.fleet_strip.views = views
        self.strip.logins = self.console.logins
        self.strip.show(state, now)
        for pane in (self.accounts, self.trades, self.calls):
            pane.show_all(views, now)
        self.hints.show()

    # --- what is pointed at ---------------------------------------------------------------------------------------

    @property
    def pointed(self) -> str:
        """The account a key is about: that of the row under the cursor."""
        if self.focused_pane is self.trades and self.trades.selected is not None:
            return self.trades.selected.view.name
        if self.focused_pane is self.calls and self.calls.selected is not None:
            return self._of_call()
        row = self.accounts.selected
        return row.name if row is not None else self.console.seat.name

    def _of_call(self) -> str:
        # Where it waits, else the account that is shown when it has it, else the first one that has.
        row = self.calls.selected
        assert row is not None, "asked only of a selected row"
        having = [view.name for view, one in zip(self.views, row.views, strict=True) if one is not None]
        shown = self.console.seat.name
        return next(iter(self.calls.waiting(row)), shown if shown in having else having[0])

    @property
    def selection(self) -> Selection:
        """The trade or the call under the cursor."""
        if self.focused_pane is self.trades:
            held = self.trades.selected
            return Selection(trade=held.trade.signal if held else None)
        if self.focused_pane is self.calls:
            call = self.calls.selected
            return Selection(subject=call.id if call else None)
        return Selection()

    @property
    def subject(self) -> SignalId | None:
        """The signal that is selected, also by way of its trade."""
        trade, call = self.selection.trade, self.calls.selected
        return trade or (call.id if call is not None and self.focused_pane is self.calls else None)

    def can_act(self, action: str) -> bool:
        """Whether a key would do something with what is selected."""
        if action == "trace":
            return True
        return asking.can(action, self.console.seats[self.pointed].state, self.selection)

    def on_row_selected(self, message: RowSelected) -> None:
        """Other keys act now."""
        message.stop()
        self.hints.show()

    def go_to(self, pane: Pane[Any]) -> None:
        """Give a pane the focus; in a low terminal it comes into view for that."""
        self.set_class(pane is self.calls, "-show-calls")
        super().go_to(pane)

    # --- keys -----------------------------------------------------------------------------------------------------

    def action_trace(self) -> None:
        """Go to the account of the row: to its desk, or to the trace of its signal."""
        account, subject = self.pointed, self.subject
        self.console.show_account(account, "desk")
        if subject is not None:
            self.console.trace(subject)

    def on_trace_wanted(self, message: TraceWanted) -> None:
        """A row was chosen with the mouse."""
        message.stop()
        self.action_trace()

    def ask_for(self, action: str) -> None:
        """Carry an action through on the row's own account, unless the row has only just come under the cursor."""
        pane = self.focused_pane
        if pane is not None and not pane.is_settled(self.console.clock.now()):
            self.console.tell(
                "Another row has just come under the cursor: look again, then press the key again", "warning"
            )
            return
        call = self.calls.selected
        if pane is self.calls and call is not None and len(names := self.calls.waiting(call)) > 1:
            self.console.tell(f"It waits on {' and '.join(names)}: answer it on each, Enter goes there", "warning")
            return
        if pane is not None:
            pane.grid.stay()
        self.console.ask(action, self.selection, self.pointed)
