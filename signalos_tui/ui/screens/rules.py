"""The settings in force, read only: every figure that decides about money, what it means and where it comes from.

Below them, what names of signals mean at this account's broker; there an answer can be given, and changed.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from signalos_tui.config import Config
from signalos_tui.model.desk import DeskState
from signalos_tui.ui import asking
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.bindings import bindings
from signalos_tui.ui.screens.base import ConsoleScreen
from signalos_tui.ui.settings import Setting, settings
from signalos_tui.ui.text import plain
from signalos_tui.ui.widgets.cells import Column, Row, cell
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane
from signalos_tui.ui.widgets.symbols_pane import SymbolsPane

_ORIGINS = {"default": "muted", "yours": "accent", "environment": "warning"}


class SettingsPane(Pane[Setting]):
    """One row a setting."""

    TITLE_TEXT = "Rules and settings"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("table", "table", 9, weight=1, limit=24),
        Column("key", "setting", 20, weight=1, limit=24),
        Column("value", "value", 12, weight=2, limit=26),
        Column("origin", "from", 11, drop=1),
        Column("meaning", "what it does", 24, weight=8, drop=2),
    )
    EMPTY = "No settings"
    SORTS = ("origin", "key")

    def __init__(self, place: str, config: Config) -> None:
        super().__init__(place)
        self._settings = settings(config)

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """The configuration is read once, at the start."""
        return (self._settings,)

    def rows(self, state: DeskState) -> dict[str, Setting]:
        """In the order of the file."""
        return {f"{row.table}.{row.key}": row for row in self._settings}

    def cells(self, row: Setting) -> Row:
        """A value that is not the default stands out."""
        own = row.origin != "default"
        return (
            cell(f"[{row.table}]" if row.table else "", "muted"),
            cell(row.key, "strong" if own else ""),
            cell(row.value, "accent" if own else "symbol"),
            cell(row.origin, _ORIGINS.get(row.origin, "accent")),
            cell(row.meaning, "muted"),
        )

    def words(self, row: Setting) -> str:
        """All of it."""
        return f"{row.table} {row.key} {row.value} {row.origin} {row.meaning}"

    def rank(self, row: Setting, column: str) -> Any:
        """What is not a default first."""
        return row.origin != "default" if column == "origin" else row.key

    def caption(self) -> str:
        """How many were changed."""
        own = sum(1 for row in self._settings if row.origin != "default")
        return f"{own} not default" if own else "all defaults; change them in config.toml"


class RulesScreen(ConsoleScreen):
    """The settings, and below them the instruments."""

    MODE = "rules"
    CSS_PATH = "rules.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reading.symbol", shown=True)]
    AUTO_FOCUS = "#settings Grid"

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.settings = SettingsPane("settings", config)
        self.symbols = SymbolsPane("instruments", config.aliases)
        self.meaning = Static(id="meaning", markup=False)
        self._state = DeskState()

    def middle(self) -> ComposeResult:
        """The settings, the selected one in full, the instruments."""
        yield self.settings
        yield self.meaning
        yield self.symbols

    @property
    def panes(self) -> list[Pane[Any]]:
        """In the order Tab goes through them."""
        return [self.settings, self.symbols]

    @property
    def selection(self) -> Selection:
        """The market under the cursor, while the instruments have the focus."""
        row = self.symbols.selected if self.focused_pane is self.symbols else None
        return Selection(symbol=row.match.market if row else None)

    def show(self, state: DeskState, now: int) -> None:
        """Show both, and whether the key would act."""
        self._state = state
        super().show(state, now)

    def can_act(self, action: str) -> bool:
        """Whether a key would do something with what is selected."""
        return asking.can(action, self._state, self.selection)

    def action_symbol(self) -> None:
        """Say which of the broker's instruments the selected market is."""
        self.console.ask("symbol", self.selection)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Say what the selected setting means, where the column is too narrow or gone."""
        event.stop()
        self.hints.show()
        row = self.settings.selected
        self.meaning.update(plain(f"{row.key} = {row.value}   {row.meaning}", style="$muted") if row else Content(""))
