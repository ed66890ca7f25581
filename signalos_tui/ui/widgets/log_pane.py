"""What happened, line by line: the newest at the bottom, where the eye already is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any, ClassVar

from textual.binding import BindingType

from signalos_tui.model.desk import DeskState, LogLine
from signalos_tui.model.events import Severity
from signalos_tui.ui.bindings import BY_ID
from signalos_tui.ui.screens.logged import LoggedScreen
from signalos_tui.ui.text import moment
from signalos_tui.ui.widgets.cells import Column, Row, cell
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane

_SIGNS = {Severity.INFO: (" ", ""), Severity.WARNING: ("!", "warning"), Severity.ALARM: ("‼", "halted")}
_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ALARM: 2}


class LogPane(Pane[LogLine]):
    """One row a log line. The cursor keeps to the newest until it is moved; `end` lets it follow again."""

    TITLE_TEXT = "Log"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("time", "time", 8),
        Column("severity", "", 1),
        Column("text", "what happened", 20, weight=1),
    )
    EMPTY = "Nothing has happened yet"
    FOLLOW = True
    NEWS = True
    HEADER = False
    SORTS = ("severity",)
    BINDINGS: ClassVar[list[BindingType]] = [
        replace(
            BY_ID["view.trace"],
            action="details",
            description="Details",
            tooltip="The whole line, and what to do about it",
        )
    ]

    zone: tzinfo = UTC

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """The log."""
        return (state.log,)

    def rows(self, state: DeskState) -> dict[str, LogLine]:
        """Oldest first."""
        return {str(line.seq): line for line in state.log}

    def cells(self, row: LogLine) -> Row:
        """Time, sign, words."""
        sign, tone = _SIGNS[row.severity]
        return cell(moment(row.at, self.zone, seconds=True), "muted"), cell(sign, tone), cell(row.text, tone)

    def words(self, row: LogLine) -> str:
        """The words and how loud they are."""
        return f"{row.text} {row.severity}"

    def rank(self, row: LogLine, column: str) -> Any:
        """How loud, then when."""
        return _RANKS[row.severity], row.seq

    def action_details(self) -> None:
        """Show the selected line whole."""
        if self.selected is not None:
            self.app.push_screen(LoggedScreen(self.selected, self.zone))

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """A double click does what Enter does."""
        event.stop()
        self.action_details()
