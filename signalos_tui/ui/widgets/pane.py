"""A titled pane with a table: what all panes of the desk share, so that each file says only what its rows are.

A pane takes the state in by `show` and asks itself which rows there are only when their sources changed (`is`, the state is
frozen) or the owner sorts or filters. Cells are made by the grid's demand, for rows in view.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from signalos_tui.model.desk import DeskState
from signalos_tui.ui.messages import TraceWanted
from signalos_tui.ui.text import safe
from signalos_tui.ui.widgets.cells import Column, Row
from signalos_tui.ui.widgets.grid import Grid, direction

T = TypeVar("T")
SETTLE_MS = 700
"""How long a row that news brought under the cursor has to lie there before a key acts on it: nobody reads faster."""


class Pane(Vertical, Generic[T]):
    """A table of `T`s. Subclasses say which rows there are, what stands in their cells, and what sorts and finds them.

    A key pressed in the moment in which news bring another row under the cursor was meant for the row before, so a pane knows
    when that last happened (reference: reliability G5).
    """

    TITLE_TEXT: ClassVar[str] = ""
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    EMPTY: ClassVar[str] = ""
    INVITATION: ClassVar[str] = ""
    """What stands there instead where a messenger is read, whose channels are chosen in the console."""
    FOLLOW: ClassVar[bool] = False
    NEWS: ClassVar[bool] = False
    """News appear at an edge, so a cursor nobody has moved stays there."""
    HEADER: ClassVar[bool] = True
    SORTS: ClassVar[tuple[str, ...]] = ()
    """Columns that can be sorted by, in the order `s` goes through them."""
    FROM_A: ClassVar[tuple[str, ...]] = ("channel", "symbol", "key")
    """Columns of names, which begin with A; the others begin with the most."""

    def __init__(self, place: str, columns: Sequence[Column] = ()) -> None:
        """place: the id on its screen, by which help and style sheets know it. columns: where they are not the same for all."""
        super().__init__(id=place)
        self.grid = Grid(columns or self.COLUMNS, follow=self.FOLLOW, news=self.NEWS, header=self.HEADER)
        self._empty = self.grid.empty = self.EMPTY
        self.state = DeskState()
        self.now = 0
        self._shifted: tuple[str | None, int] = (None, 0)
        self.filter = ""
        self._rows: dict[str, T] = {}
        self._keys: tuple[str, ...] = ()
        self._sources: tuple[Any, ...] | None = None
        self._sort: tuple[str, bool] | None = None
        self._captions = ("", "")
        self._captioned = -1

    def compose(self) -> ComposeResult:
        """Only the table."""
        yield self.grid

    # --- what a pane says -----------------------------------------------------------------------------------------

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """The parts of the state that decide which rows there are."""
        raise NotImplementedError

    def rows(self, state: DeskState) -> dict[str, T]:
        """Every row by its key, in their natural order."""
        raise NotImplementedError

    def cells(self, row: T) -> Row:
        """What stands in a row now; one cell a column."""
        raise NotImplementedError

    def words(self, row: T) -> str:
        """What a filter looks in."""
        raise NotImplementedError

    def rank(self, row: T, column: str) -> Any:
        """What a column sorts by."""
        raise NotImplementedError

    def caption(self) -> str:
        """What the lower border says beside filter and order."""
        return ""

    # --- what the desk asks ---------------------------------------------------------------------------------------

    def show(self, state: DeskState, now: int) -> None:
        """Show the desk as it is. now: ms UTC, for ages."""
        self.state, self.now = state, now
        sources = self.sources(state)
        if self._sources is None or any(a is not b for a, b in zip(sources, self._sources, strict=True)):
            self._sources = sources
            self._rows = self.rows(state)
            self._keys = self._filtered()
            self._captioned = -1
        before = self.grid.cursor_key
        self.grid.show(self._ordered(), self._row_cells)
        if before is not None and self.grid.cursor_key != before:
            self._shifted = (self.grid.cursor_key, now)
        if now // 1000 != self._captioned:
            self._captioned = now // 1000
            self._caption()

    @property
    def selected(self) -> T | None:
        """The row under the cursor."""
        key = self.grid.cursor_key
        return self._rows.get(key) if key is not None else None

    def is_settled(self, now: int) -> bool:
        """Whether the row under the cursor has been there long enough to be meant. now: ms UTC."""
        key, since = self._shifted
        return key is None or key != self.grid.cursor_key or now - since >= SETTLE_MS

    def set_filter(self, text: str) -> None:
        """Show only rows that contain every word of `text`; an empty one shows all."""
        self.filter = text.strip()
        self.grid.empty = (
            f"Nothing matches “{safe(self.filter)}”\nEsc shows everything again" if self.filter else self._empty
        )
        self._keys = self._filtered()
        self._reshow()

    def welcome(self, text: str) -> None:
        """More words for the table while it is empty."""
        self._empty = self.EMPTY + text
        self.grid.empty = self._empty

    def invite(self) -> None:
        """Say what to do while the table is empty, where something can be done about that in the console."""
        if self.INVITATION:
            self._empty = self.grid.empty = self.INVITATION

    def sort_next(self) -> None:
        """Sort by the next column; after the last one the natural order."""
        choices = [None, *(name for name in self.SORTS if self.grid.width_of(name))]
        current = self._sort[0] if self._sort else None
        chosen = choices[(choices.index(current) + 1) % len(choices)] if current in choices else None
        self._sort_by((chosen, chosen not in self.FROM_A) if chosen else None)

    def reverse(self) -> bool:
        """Turn the chosen order round; False in the natural order, which has only one direction."""
        if self._sort is None:
            return False
        column, descending = self._sort
        self._sort_by((column, not descending))
        return True

    # --- parts ----------------------------------------------------------------------------------------------------

    def _sort_by(self, order: tuple[str, bool] | None) -> None:
        self.grid.stay()
        self._sort = self.grid.sorted_by = order
        self._reshow()

    def _reshow(self) -> None:
        # By the owner's own hand: no row has come under his cursor unseen.
        before = self._shifted
        self.grid.repaint()
        self._captioned = -1
        self.show(self.state, self.now)
        self._shifted = before

    def _row_cells(self, key: str) -> Row:
        row = self._rows.get(key)
        return self.cells(row) if row is not None else ()

    def _filtered(self) -> tuple[str, ...]:
        wanted = self.filter.casefold().split()
        if not wanted:
            return tuple(self._rows)
        return tuple(
            key for key, row in self._rows.items() if all(word in self.words(row).casefold() for word in wanted)
        )

    def _ordered(self) -> Sequence[str]:
        if self._sort is None:
            return self._keys
        column, descending = self._sort
        return sorted(self._keys, key=lambda key: self.rank(self._rows[key], column), reverse=descending)

    def _caption(self) -> None:
        # Setting a title repaints the whole pane, so once a second and only when it says something new.
        title = f"{self.TITLE_TEXT} {len(self._rows)}" if self._rows else self.TITLE_TEXT
        notes = [self.caption()]
        if self.filter:
            notes.append(f"/{safe(self.filter)}  {len(self._keys)} of {len(self._rows)}")
        if self._sort:
            notes.append(f"by {self._sort[0]} {direction(self._sort[1])}")
        captions = (title, "   ".join(note for note in notes if note))
        if captions != self._captions:
            self._captions = captions
            self.border_title = Content(captions[0])
            self.border_subtitle = Content(captions[1])

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """A double click does what Enter does."""
        event.stop()
        self.post_message(TraceWanted())
