"""Which channels we read: whether we see them, what they may do on this account, and what their signals brought so far."""

from __future__ import annotations

from typing import Any, ClassVar

from signalos_tui.config import Config
from signalos_tui.model.desk import ChannelView, DeskState
from signalos_tui.model.messages import Health
from signalos_tui.ui.health import UNSEEN
from signalos_tui.ui.messages import ChannelSelected
from signalos_tui.ui.policies import is_only_shown, policy_said
from signalos_tui.ui.text import multiple, safe
from signalos_tui.ui.widgets.cells import Cell, Column, Row, cell
from signalos_tui.ui.widgets.curve import curve
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane

_ALERT = ("ok", "--", "··", "!!", "xx")
"""Signs of a channel, from the one that needs no look."""


class ChannelsPane(Pane[ChannelView]):
    """One row a channel: sign, title, policy, result in R or what is wrong, and the curve of its last results.

    config: says the policies, beside what the owner chose in the console.
    """

    TITLE_TEXT = "Channels"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("health", "", 2),
        Column("channel", "channel", 13, weight=3),
        Column("policy", "policy", 6, drop=2),
        Column("result", "result", 7, right=True),
        Column("curve", "", 4, weight=1, limit=16, drop=1),
    )
    EMPTY = "No channels yet\nThey appear once the\nsource is connected"
    INVITATION = "No channels yet\nf logs in to Telegram\nand chooses them"
    SORTS = ("channel", "result", "health")
    config = Config()

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """The channels, and what is open of them."""
        return state.channels, state.trades

    def rows(self, state: DeskState) -> dict[str, ChannelView]:
        """In the order they were followed; one that is not followed any more as long as something of it is open."""
        return listed(state)

    def cells(self, row: ChannelView) -> Row:
        """A paused or blind channel says so where its result stood; so does one on paper, where its column has no room."""
        sign, word, tone = state_of(row)
        policy, policy_tone = policy_said(row, self.state.account, self.config)
        only_shown = is_only_shown(row, self.state.account, self.config)
        if only_shown and not word and not self.grid.width_of("policy"):
            word, tone = policy, policy_tone
        return (
            cell(sign, tone),
            cell(row.channel.title, "muted" if row.is_paused or only_shown else ""),
            cell(policy, policy_tone),
            cell(word, tone) if word else result_cell(row),
            cell(curve(row.results, self.grid.width_of("curve")), _curve_tone(row)),
        )

    def words(self, row: ChannelView) -> str:
        """Title, provider, state and policy."""
        policy, _ = policy_said(row, self.state.account, self.config)
        return f"{row.channel.title} {row.channel.provider} {state_of(row)[1]} {policy}"

    def rank(self, row: ChannelView, column: str) -> Any:
        """By result, by what needs a look, or by name."""
        if column == "result":
            return row.result_r
        return _ALERT.index(state_of(row)[0]) if column == "health" else safe(row.channel.title).casefold()

    def caption(self) -> str:
        """How many need a look."""
        blind = sum(1 for view in self.state.channels.values() if view.is_followed and view.health in UNSEEN)
        return f"{blind} not seen" if blind else ""

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell who is selected."""
        event.stop()
        row = self.selected
        self.post_message(ChannelSelected(row.channel.id if row else None))


def listed(state: DeskState) -> dict[str, ChannelView]:
    """The channels that are read, and those of which something is open still."""
    open_of = {trade.channel for trade in state.live_trades}
    return {str(name): view for name, view in state.channels.items() if view.is_followed or name in open_of}


def state_of(view: ChannelView) -> tuple[str, str, str]:
    """A channel's sign, word ("" when all is well) and tone."""
    if not view.is_followed:
        return "--", "off", "muted"
    if view.health is Health.STOPPED:
        return "xx", "stopped", "halted"
    if view.health is Health.BLIND:
        return "!!", "blind", "warning"
    if view.health is Health.CONNECTING:
        return "··", "unknown", "muted"
    if view.health is Health.CATCHING_UP:
        return "··", "behind", "accent"
    if view.is_paused:
        return "--", "paused", "muted"
    return "ok", "", "profit"


def result_cell(view: ChannelView) -> Cell:
    """The sum of its results in R."""
    if not view.results:
        return cell("–", "muted")
    return cell(multiple(view.result_r), "profit" if view.result_r >= 0 else "loss")


def _curve_tone(view: ChannelView) -> str:
    if view.is_paused or not view.results:
        return "muted"
    return "profit" if view.result_r >= 0 else "loss"
