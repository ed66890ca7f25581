"""What came in: signals and updates, newest first, each with what became of it."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Any, ClassVar

from signalos_tui.model.desk import DeskState, SignalView, UpdateView
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.model.signals import Side, UpdateAction
from signalos_tui.ui.messages import SignalSelected
from signalos_tui.ui.phrases import asked, entry, level, levels, signal_said, update_said
from signalos_tui.ui.text import NOTHING, date, moment, safe, share
from signalos_tui.ui.widgets.cells import Cell, Column, Row, cell
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane

Item = SignalView | UpdateView

SIDES: dict[Side | None, Cell] = {
    Side.BUY: cell("BUY", "buy"),
    Side.SELL: cell("SELL", "sell"),
    None: cell("?", "held"),
}


class SignalsPane(Pane[Item]):
    """One row a signal or update. What waits for the owner is counted in the border."""

    TITLE_TEXT = "Signals"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("time", "time", 5),
        Column("channel", "channel", 11, weight=2, limit=20),
        Column("side", "side", 4),
        Column("symbol", "symbol", 6, weight=1, limit=9),
        Column("entry", "entry", 13, weight=1, limit=15, drop=2),
        Column("stop", "SL", 7, weight=1, limit=8, drop=3),
        Column("targets", "targets", 10, weight=2, limit=32, drop=5),
        Column("confidence", "sure", 5, drop=6, right=True),
        Column("sign", "", 1),
        Column("outcome", "outcome", 20, weight=4),
    )
    EMPTY = "No signals yet\nWhat the channels publish is read and shown here"
    NEWS = True
    SORTS = ("channel", "symbol", "confidence", "outcome")

    zone: tzinfo = UTC

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """Signals and updates, and the trades: a filter may look for what became of a signal."""
        return state.signals, state.updates, state.trades

    def rows(self, state: DeskState) -> dict[str, Item]:
        """Newest first. An update that is only news has no row: it asks for nothing."""
        items: list[Item] = [*state.signals.values()]
        items += (view for view in state.updates.values() if view.update.action is not UpdateAction.INFO)
        return {str(item.id): item for item in sorted(items, key=lambda item: item.at, reverse=True)}

    def cells(self, row: Item) -> Row:
        """What it asks for, how sure we read it, and what became of it."""
        view = self.state.channels.get(row.channel)
        title = view.channel.title if view else str(row.channel)
        said = signal_said(row, self.state) if isinstance(row, SignalView) else update_said(row, self.state)
        confidence = cell(share(row.reading.confidence), "held" if row.reading.confidence < 0.8 else "muted")
        return (
            cell(self._when(row.at), "muted"),
            cell(title, "muted" if said.tone == "muted" else ""),
            *(self._signal_cells(row) if isinstance(row, SignalView) else self._update_cells(row)),
            confidence,
            cell(said.sign, said.tone),
            cell(said.text, said.tone),
        )

    def words(self, row: Item) -> str:
        """Everything a row shows, whatever columns fit."""
        return " ".join(run.text for one in self.cells(row) for run in one)

    def rank(self, row: Item, column: str) -> Any:
        """Names from A, and what waits for the owner before what was denied before what was accepted."""
        if column == "confidence":
            return row.reading.confidence
        if column == "outcome":
            return row.is_waiting, str(row.outcome), row.at
        texts = {"channel": 1, "symbol": 3}
        return safe("".join(run.text for run in self.cells(row)[texts[column]])).casefold()

    def caption(self) -> str:
        """How many wait for an answer."""
        waiting = sum(1 for row in self._rows.values() if row.is_waiting)
        return f"{waiting} held: a approve, x reject, e correct" if waiting else ""

    @property
    def subject(self) -> SignalId | UpdateId | None:
        """The id of the selected row."""
        return self.selected.id if self.selected else None

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell what is selected."""
        event.stop()
        self.post_message(SignalSelected(self.subject))

    def _when(self, at: int) -> str:
        today = date(at, self.zone) == date(self.now, self.zone)
        return moment(at, self.zone) if today else date(at, self.zone)[5:]

    def _signal_cells(self, row: SignalView) -> tuple[Cell, ...]:
        signal = row.signal
        return (
            SIDES[signal.side],
            cell(row.symbol or "?", "symbol" if row.symbol else "held"),
            cell(entry(signal, self.grid.width_of("entry")), "entry"),
            cell(level(signal.stop), "stop" if signal.stop else "held"),
            cell(levels(signal.targets, self.grid.width_of("targets")), "target"),
        )

    def _update_cells(self, row: UpdateView) -> tuple[Cell, ...]:
        bound = row.decision.signals if row.decision else ()
        names = dict.fromkeys(self.state.trades[signal].symbol for signal in bound if signal in self.state.trades)
        symbol = row.update.symbol or (
            next(iter(names)) if len(names) == 1 else f"{len(names)} trades" if names else "?"
        )
        moved = cell(level(row.update.price))
        blank = cell(NOTHING, "muted")
        is_stop = row.update.action is UpdateAction.MOVE_SL
        return (
            cell("UPD", "accent"),
            cell(symbol, "symbol"),
            cell(asked(row.update), "accent"),
            moved if is_stop else blank,
            moved if row.update.action is UpdateAction.MOVE_TP else blank,
        )
