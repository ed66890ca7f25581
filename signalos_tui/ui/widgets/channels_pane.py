"""Which channels we read: whether we see them, and what their signals brought so far."""

from __future__ import annotations

from typing import Any, ClassVar

from signalos_tui.model.desk import ChannelView, DeskState
from signalos_tui.model.messages import Health
from signalos_tui.ui.messages import ChannelSelected
from signalos_tui.ui.text import multiple, safe
from signalos_tui.ui.widgets.cells import Cell, Column, Row, cell
from signalos_tui.ui.widgets.curve import curve
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane

_ALERT = ("ok", "--", "!!", "xx")
"""Signs of a channel, from the one that needs no look."""


class ChannelsPane(Pane[ChannelView]):
    """One row a channel: sign, title, result in R or what is wrong, and the curve of its last results."""

    TITLE_TEXT = "Channels"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("health", "", 2),
        Column("channel", "channel", 13, weight=3),
        Column("result", "result", 7, right=True),
        Column("curve", "", 4, weight=1, limit=16, drop=1),
    )
    EMPTY = "No channels yet\nThey appear once the\nsource is connected"
    SORTS = ("channel", "result", "health")

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """The channels."""
        return (state.channels,)

    def rows(self, state: DeskState) -> dict[str, ChannelView]:
        """In the order they were followed."""
        return {str(channel): view for channel, view in state.channels.items()}

    def cells(self, row: ChannelView) -> Row:
        """A paused or blind channel says so where its result stood."""
        sign, word, tone = state_of(row)
        result = cell(word, tone) if word else result_cell(row)
        title_tone = "muted" if row.is_paused else ""
        return (
            cell(sign, tone),
            cell(row.channel.title, title_tone),
            result,
            cell(curve(row.results, self.grid.width_of("curve")), _curve_tone(row)),
        )

    def words(self, row: ChannelView) -> str:
        """Title, provider and state."""
        return f"{row.channel.title} {row.channel.provider} {state_of(row)[1]}"

    def rank(self, row: ChannelView, column: str) -> Any:
        """By result, by what needs a look, or by name."""
        if column == "result":
            return row.result_r
        return _ALERT.index(state_of(row)[0]) if column == "health" else safe(row.channel.title).casefold()

    def caption(self) -> str:
        """How many need a look."""
        blind = sum(1 for view in self.state.channels.values() if view.health is not Health.OK)
        return f"{blind} not seen" if blind else ""

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell who is selected."""
        event.stop()
        row = self.selected
        self.post_message(ChannelSelected(row.channel.id if row else None))


def state_of(view: ChannelView) -> tuple[str, str, str]:
    """A channel's sign, word ("" when all is well) and tone."""
    if view.health is Health.STOPPED:
        return "xx", "stopped", "halted"
    if view.health is Health.BLIND:
        return "!!", "blind", "warning"
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
