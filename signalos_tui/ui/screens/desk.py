"""The desk: what came in, did we trade it, what is open, and what happened; the screen people live in.

Wide, all four panes stand side by side. In a narrow terminal signals stay above and one other pane stands below: trades, log or
channels, whichever had the focus last; Tab brings the next one.
"""

from __future__ import annotations

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from signalos_tui.config import Config
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import bindings
from signalos_tui.ui.messages import ChannelSelected, SignalSelected, TraceWanted, TradeSelected
from signalos_tui.ui.screens.acting import Acting
from signalos_tui.ui.screens.base import ConsoleScreen
from signalos_tui.ui.widgets.channels_pane import ChannelsPane
from signalos_tui.ui.widgets.log_pane import LogPane
from signalos_tui.ui.widgets.pane import Pane
from signalos_tui.ui.widgets.signals_pane import SignalsPane
from signalos_tui.ui.widgets.trades_pane import TradesPane

FIRST_STEPS = "\n\nTab goes to the next pane, Enter shows why, ? explains what you see\n! stops trading at any time"
"""What somebody who sees the desk for the first time has to know; it goes with the first signal."""


class DeskScreen(Acting, ConsoleScreen):
    """Channels, signals, trades and log over one state."""

    MODE = "desk"
    CSS_PATH = "desk.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (112, "-normal"), (160, "-wide")]  # noqa: RUF012 (Textual reads it)
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall"), (50, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("trade", "held", "reading", "channel", "view.trace")]
    AUTO_FOCUS = "#signals Grid"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.channels = ChannelsPane("channels")
        self.channels.config = config
        self.signals = SignalsPane("signals")
        self.trades = TradesPane("trades")
        self.trades.quote_age_s = config.engine.quote_age_s
        self.log_pane = LogPane("log")
        self.signals.zone = self.log_pane.zone = ZoneInfo(config.console.timezone)
        if config.console.hints:
            self.signals.welcome(FIRST_STEPS)
        self._state = DeskState()

    def middle(self) -> ComposeResult:
        """The four panes."""
        with Horizontal(id="desk"):
            yield self.channels
            with Vertical(id="main"):
                yield self.signals
                yield self.trades
        yield self.log_pane

    @property
    def panes(self) -> list[Pane[Any]]:
        """In the order Tab goes through them."""
        return [self.signals, self.trades, self.log_pane, self.channels]

    def show(self, state: DeskState, now: int) -> None:
        """Show the desk as it is, and which keys would act on it."""
        self._state = state
        super().show(state, now)

    # --- what is pointed at ---------------------------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """The row under the cursor of the focused pane; a key never acts on a pane one is not in."""
        focused = self.focused_pane
        if focused is self.signals:
            return Selection(subject=self.signals.subject)
        if focused is self.trades:
            return Selection(trade=self.trades.signal)
        if focused is self.channels:
            row = self.channels.selected
            return Selection(channel=row.channel.id if row else None)
        return Selection()

    @property
    def subject(self) -> SignalId | UpdateId | None:
        """The signal or update that is selected, also by way of its trade."""
        return self.selection.subject or self.selection.trade

    def can_act(self, action: str) -> bool:
        """Whether a key would do something with what is selected."""
        if action == "trace":
            return self.subject is not None
        return asking.can(action, self._state, self.selection)

    def offers(self, action: str) -> bool:
        """With nothing selected, as in the log, only what acts without: a row of dimmed keys would be a riddle."""
        return self.selection != Selection() or self.can_act(action)

    def on_signal_selected(self, message: SignalSelected) -> None:
        """Other keys act now."""
        message.stop()
        self.hints.show()

    def on_trade_selected(self, message: TradeSelected) -> None:
        """Other keys act now."""
        message.stop()
        self.hints.show()

    def on_channel_selected(self, message: ChannelSelected) -> None:
        """Other keys act now."""
        message.stop()
        self.hints.show()

    def go_to(self, pane: Pane[Any]) -> None:
        """Give a pane the focus; in a narrow terminal it comes into view for that."""
        for name in ("channels", "log"):
            self.set_class(pane.id == name, f"-show-{name}")
        super().go_to(pane)

    # --- keys -----------------------------------------------------------------------------------------------------

    def action_trace(self) -> None:
        """Show why."""
        if self.subject is not None:
            self.console.trace(self.subject)

    def on_trace_wanted(self, message: TraceWanted) -> None:
        """A row was chosen with the mouse."""
        message.stop()
        self.action_trace()

    def ask_for(self, action: str) -> None:
        """Carry an action through with the selected row, unless that has only just come under the cursor."""
        pane = self.focused_pane
        if pane is not None and not pane.is_settled(self.console.clock.now()):
            self.console.tell(
                "Another row has just come under the cursor: look again, then press the key again", "warning"
            )
            return
        if pane is not None:
            pane.grid.stay()
        self.console.ask(action, self.selection)
