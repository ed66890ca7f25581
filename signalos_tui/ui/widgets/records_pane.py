"""Which channel earns its place: what each published, what became of it, and what it brought."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from signalos_tui.config import Config
from signalos_tui.model.desk import ChannelView, DeskState
from signalos_tui.ui.messages import ChannelSelected
from signalos_tui.ui.policies import is_only_shown, policy_said
from signalos_tui.ui.text import NOTHING, age, money, multiple, safe
from signalos_tui.ui.widgets.cells import Cell, Column, Row, cell
from signalos_tui.ui.widgets.channels_pane import listed, result_cell, state_of
from signalos_tui.ui.widgets.curve import curve
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane


class RecordsPane(Pane[ChannelView]):
    """One row a channel with all its counts. config: says the policies, beside what the owner chose in the console."""

    TITLE_TEXT = "Channels"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("health", "", 2),
        Column("channel", "channel", 12, weight=3, limit=30),
        Column("state", "state", 7, drop=4),
        Column("policy", "policy", 6),
        Column("posts", "posts", 5, right=True, drop=6),
        Column("signals", "signals", 7, right=True, drop=1),
        Column("traded", "traded", 6, right=True),
        Column("held", "held", 4, right=True, drop=3),
        Column("denied", "denied", 6, right=True, drop=2),
        Column("won", "won", 5, right=True),
        Column("mean", "mean R", 6, right=True, drop=5),
        Column("result", "sum R", 7, right=True),
        Column("money", "money", 9, right=True, drop=7, weight=1, limit=12),
        Column("curve", "last results", 12, weight=2, limit=20, drop=8),
        Column("last", "last", 4, right=True, drop=9),
    )
    EMPTY = "No channels yet\nThey appear once the source is connected"
    INVITATION = "No channels yet\nf logs in to Telegram\nand chooses them"
    SORTS = ("channel", "result", "mean", "won", "signals", "money")

    config = Config()

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """The channels, and what is open of them."""
        return state.channels, state.trades

    def rows(self, state: DeskState) -> dict[str, ChannelView]:
        """In the order they were followed; one that is not followed any more as long as something of it is open."""
        return listed(state)

    def cells(self, row: ChannelView) -> Row:
        """Counts, then results."""
        sign, word, tone = state_of(row)
        idle = "shown" if is_only_shown(row, self.state.account, self.config) else "trading"
        mean, good = _mean(row), "profit" if row.result_r >= 0 else "loss"
        return (
            cell(sign, tone),
            cell(row.channel.title, "muted" if row.is_paused else ""),
            cell(word or idle, tone if word else "muted"),
            cell(*policy_said(row, self.state.account, self.config)),
            _count(row.messages, "muted"),
            _count(row.signals),
            _count(row.traded),
            _count(row.held, "held"),
            _count(row.denied, "denied"),
            cell(f"{_won(row)} %" if row.results else NOTHING, "" if row.results else "muted"),
            cell(multiple(mean), good) if mean is not None else cell(NOTHING, "muted"),
            result_cell(row),
            cell(money(row.result_money, sign=True), good) if row.results else cell(NOTHING, "muted"),
            cell(curve(row.results, self.grid.width_of("curve")), good),
            cell(age(self.now - row.last_at) if row.last_at else NOTHING, "muted"),
        )

    def words(self, row: ChannelView) -> str:
        """Title, provider, state and policy."""
        policy, _ = policy_said(row, self.state.account, self.config)
        return f"{row.channel.title} {row.channel.provider} {state_of(row)[1] or 'trading'} {policy}"

    def rank(self, row: ChannelView, column: str) -> Any:
        """By any figure, or by name."""
        if column == "channel":
            return safe(row.channel.title).casefold()
        nothing = Decimal("-Infinity")
        return {
            "result": row.result_r,
            "mean": nothing if (mean := _mean(row)) is None else mean,
            "won": _won(row) if row.results else -1,
            "signals": row.signals,
            "money": row.result_money,
        }[column]

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell who is selected."""
        event.stop()
        row = self.selected
        self.post_message(ChannelSelected(row.channel.id if row else None))


def _won(row: ChannelView) -> int:
    # Percent of the last results above zero.
    return 100 * sum(1 for result in row.results if result > 0) // len(row.results) if row.results else 0


def _mean(row: ChannelView) -> Decimal | None:
    return sum(row.results, Decimal(0)) / len(row.results) if row.results else None


def _count(value: int, tone: str = "") -> Cell:
    return cell(str(value), tone if value else "muted")
