"""A table that repaints only what changed: keyed rows, fixed widths, a cursor that stays with its row.

The stock table keeps every cell as a renderable and measures it; with 200 rows at 10 Hz that takes most of a core. Here the rows
stay with whoever has them: the grid asks for the cells of the rows in view, compares them with what it last painted, and marks
the lines that differ from their first to their last changed cell. What is not in view costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from signalos_tui.ui.text import cut
from signalos_tui.ui.widgets.cells import TONES, Column, Place, Row, arrange, filled, padded
from signalos_tui.ui.widgets.cursor import Cursor

HEADER = 1

Cells = Callable[[str], Row]


def direction(descending: bool) -> str:
    """The sign of an order: ▼ begins with the most, ▲ with the least or with A."""
    return "▼" if descending else "▲"


class Grid(ScrollView, can_focus=True):
    """Rows of cells under a fixed header. `show` gives it the keys in order and a function for the cells of one row."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--header",
        "grid--cursor",
        "grid--empty",
        *(f"tone--{t}" for t in TONES),
    }
    DEFAULT_CSS = """
    Grid { scrollbar-size: 1 1; overflow-x: hidden; overflow-y: auto; }
    Grid > .grid--header { text-style: bold; }
    Grid > .grid--cursor { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up", tooltip="One row up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down", tooltip="One row down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page-up", tooltip="One page up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page-down", tooltip="One page down"),
        Binding("home,g", "edge(-1)", "First", show=False, id="list.first", tooltip="The first row, and stay there"),
        Binding("end,G", "edge(1)", "Last", show=False, id="list.last", tooltip="The last row"),
    ]

    class Moved(Message):
        """The cursor stands on another row; key is None when there are no rows."""

        def __init__(self, grid: Grid, key: str | None) -> None:
            super().__init__()
            self.grid = grid
            self.key = key

        @property
        def control(self) -> Grid:
            """The grid it happened in."""
            return self.grid

    class Chosen(Moved):
        """A row was chosen with the mouse (a second click on it)."""

    def __init__(
        self, columns: Sequence[Column], *, follow: bool = False, news: bool = True, header: bool = True
    ) -> None:
        """follow: the cursor keeps to the last row (a log) instead of the first until it is moved. news: False for no edge."""
        super().__init__()
        self.columns = tuple(columns)
        self.empty = ""
        self.sorted_by: tuple[str, bool] | None = None
        self._header = HEADER if header else 0
        self._keys: tuple[str, ...] = ()
        self._cells: Cells = lambda key: ()
        self._painted: dict[int, tuple[str, Row]] = {}
        self._places: tuple[Place, ...] = ()
        self._cursor = Cursor(follow, news=news)
        self._marked = 0
        self._told: str | None = None
        self._styles: dict[tuple[str, str], Style] = {}

    # --- what is shown --------------------------------------------------------------------------------------------

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor."""
        return self._cursor.key

    @property
    def row_count(self) -> int:
        """How many rows there are, in view or not."""
        return len(self._keys)

    def width_of(self, name: str) -> int:
        """The cells a column has at this size; 0 when it was dropped."""
        return next((place.width for place in self._places if self.columns[place.column].name == name), 0)

    def show(self, keys: Sequence[str], cells: Cells) -> None:
        """Show these rows in this order. cells: called for rows in view only, now and whenever they are painted."""
        self._cells = cells
        keys = tuple(keys)
        if keys != self._keys:
            resized = len(keys) != len(self._keys)
            was_empty = not self._keys
            self._keys = keys
            if resized:
                self._measure()
            if was_empty or not keys:
                self._painted.clear()
                self.refresh()
            self._cursor.update(keys)
            self._follow_cursor()
        self._repaint_changes()

    def repaint(self) -> None:
        """Paint everything again (another size, order of columns or theme)."""
        self._painted.clear()
        self.refresh()

    def _repaint_changes(self) -> None:
        first = self.scroll_offset.y
        painted: dict[int, tuple[str, Row]] = {}
        regions = []
        for line in range(self._visible_rows):
            index = first + line
            if index >= len(self._keys):
                if index in self._painted:
                    regions.append(Region(0, line + self._header, self.size.width, 1))
                continue
            key = self._keys[index]
            now = (key, self._cells(key))
            before = self._painted.get(index)
            painted[index] = now
            if before is None:
                regions.append(Region(0, line + self._header, self.size.width, 1))
            elif before[1] != now[1]:
                regions.append(self._changed(line + self._header, before[1], now[1]))
        self._painted = painted
        if regions:
            self.refresh(*regions)

    def _changed(self, y: int, before: Row, now: Row) -> Region:
        if len(before) != len(now):
            return Region(0, y, self.size.width, 1)
        changed = [place for place in self._places if before[place.column] != now[place.column]]
        if not changed:
            return Region(0, y, 0, 0)
        start, end = changed[0].x, changed[-1].x + changed[-1].width
        return Region(start, y, end - start, 1)

    # --- the cursor -----------------------------------------------------------------------------------------------

    def select(self, key: str) -> bool:
        """Put the cursor on a row; False when it is not there."""
        found = self._cursor.select(key)
        self._follow_cursor()
        return found

    def stay(self) -> None:
        """Keep the cursor on its row from now on, wherever that goes."""
        self._cursor.stay()

    def action_move(self, rows: int) -> None:
        """Move the cursor by rows."""
        self._cursor.move(rows)
        self._follow_cursor()

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self.action_move(pages * max(1, self._visible_rows - 1))

    def action_edge(self, side: int) -> None:
        """Go to the first (-1) or last (1) row; where news appear the cursor follows them again."""
        self._cursor.go_to_edge(last=side > 0)
        if self.sorted_by:  # in a chosen order no edge is where news appear
            self._cursor.stay()
        self._follow_cursor()

    def _follow_cursor(self) -> None:
        # Paint the rows the cursor left and reached, bring it into view, and tell where it stands.
        left, reached = self._marked, self._cursor.index
        if left != reached:
            self._marked = reached
            for index in (left, reached):
                self.refresh(Region(0, index - self.scroll_offset.y + self._header, self.size.width, 1))
        self._scroll_to_cursor()
        if self._cursor.key != self._told:
            self._told = self._cursor.key
            self.post_message(self.Moved(self, self._told))

    def _scroll_to_cursor(self) -> None:
        top, rows, at = self.scroll_offset.y, max(1, self._visible_rows), self._cursor.index
        if not top <= at < top + rows:
            self.scroll_to(y=at if at < top else at - rows + 1, animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        index = self.scroll_offset.y + event.y - self._header
        if event.y < self._header or not 0 <= index < len(self._keys):
            return
        self._cursor.go(index)
        self._follow_cursor()
        if event.chain == 2:
            self.post_message(self.Chosen(self, self._cursor.key))

    # --- painting -------------------------------------------------------------------------------------------------

    @property
    def _visible_rows(self) -> int:
        return max(0, self.size.height - self._header)

    @property
    def _room(self) -> int:
        # The scrollbar's column stays free when there is no scrollbar: columns never move because rows came.
        return max(0, self.size.width - self.styles.scrollbar_size_vertical)

    def _measure(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._keys) + self._header)

    def on_resize(self) -> None:
        """Give the columns their widths."""
        self._places = arrange(self.columns, self._room)
        self._measure()
        self.repaint()
        self.call_after_refresh(self._scroll_to_cursor)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The window moved: other rows are in view."""
        super().watch_scroll_y(old_value, new_value)
        self._painted.clear()

    def notify_style_update(self) -> None:
        """The theme or the focus changed: colours are looked up again."""
        super().notify_style_update()
        self._styles.clear()
        self._painted.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the widget: the header, or a row."""
        if y < self._header:
            return self._header_line()
        if not self._keys:
            return self._empty_line(y - self._header)
        index = self.scroll_offset.y + y - self._header
        if index >= len(self._keys):
            return Strip.blank(self.size.width, self.rich_style)
        key = self._keys[index]
        known = self._painted.get(index)
        row = known[1] if known and known[0] == key else self._cells(key)
        self._painted[index] = (key, row)
        return self._row_line(row, "grid--cursor" if index == self._cursor.index else "")

    def _row_line(self, row: Row, state: str) -> Strip:
        # Neighbours of one tone become one segment, and blanks join the run before them: a segment costs the terminal more
        # bytes for its colours than for its text.
        runs: list[tuple[str, str]] = []
        text, tone, at = "", "", 0
        for index, x, width in self._places:
            text += " " * (x - at)
            for piece, its_tone in filled(row[index], width, self.columns[index].right) if index < len(row) else ():
                if its_tone != tone and not piece.isspace():
                    runs.append((text, tone))
                    text, tone = "", its_tone
                text += piece
            at = x + width
        runs.append((text + " " * (self.size.width - at), tone))
        return Strip([Segment(text, self._style(tone, state)) for text, tone in runs if text], self.size.width)

    def _header_line(self) -> Strip:
        style = self._style("", "grid--header")
        text, at = "", 0
        for index, x, width in self._places:
            column = self.columns[index]
            title = column.title
            if self.sorted_by and self.sorted_by[0] == column.name:
                title = cut(title, width - 1) + direction(self.sorted_by[1])
            text += " " * (x - at) + padded(title, width, column.right)
            at = x + width
        return Strip([Segment(text + " " * (self.size.width - at), style)], self.size.width)

    def _empty_line(self, line: int) -> Strip:
        # A few words in the middle of the upper half: what will stand here, and what to do.
        words = self.empty.splitlines()
        at = line - max(0, (self._visible_rows - len(words)) // 2)
        style = self._style("", "grid--empty")
        if not 0 <= at < len(words):
            return Strip.blank(self.size.width, self.rich_style)
        text = words[at].strip()
        indent = max(0, (self.size.width - len(text)) // 2)
        return Strip([Segment(padded(" " * indent + text, self.size.width), style)], self.size.width)

    def _style(self, tone: str, state: str) -> Style:
        known = self._styles.get((tone, state))
        if known is None:
            names = [name for name in (f"tone--{tone}" if tone else "", state) if name]
            base = self.rich_style
            for name in names:
                base += self.get_component_rich_style(name, partial=True)
            known = self._styles[tone, state] = base
        return known
