"""The programs that are watched: the console on a full desk, and stock Textual doing the like.

`python -m benchmarks.screens NAME` with NAME one of bare, desk, living, table, grid.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import ClassVar

from textual.app import App, ComposeResult

ROWS, COLUMNS, HZ, FRAMES = 200, 8, 10, 20
MARKER = "r000"


def texts(row: int, frame: int) -> tuple[str, ...]:
    """The cells of a row in one of the frames: every one differs from the frame before."""
    return (
        f"r{row:03d} {frame:03d}",
        *(f"{(row * 37 + column * 11 + frame * 53) % 9973:8.2f}" for column in range(1, COLUMNS)),
    )


def bare() -> App[None]:
    """What Textual itself costs: four stock tables with a handful of rows."""
    from textual.widgets import DataTable

    class Bare(App[None]):
        CSS: ClassVar[str] = "Screen { layout: grid; grid-size: 2 2; }"

        def compose(self) -> ComposeResult:
            for _ in range(4):
                yield DataTable[str]()

        def on_mount(self) -> None:
            for table in self.query(DataTable):
                table.add_columns(*(f"column{n}" for n in range(COLUMNS)))
                for row in range(12):
                    table.add_row(*texts(row, 0))

    return Bare()


def desk(*, living: bool = False) -> App[None]:
    """The console on the recorded desk; living: every price and result moves at 10 Hz."""
    from signalos_tui.clock import WallClock
    from signalos_tui.config import Config
    from signalos_tui.control import RecordedControl
    from signalos_tui.ui.app import ConsoleApp
    from tests.scenarios import clock_of, load

    records = load("desk")
    if not living:
        return ConsoleApp(RecordedControl(records), Config(), clock=clock_of(records))
    return ConsoleApp(_moving(RecordedControl)(records), Config(), clock=WallClock())


def _moving(base: type) -> type:
    # A recorded desk whose prices move with every look at it.
    from msgspec.structs import replace

    from signalos_tui.model.desk import DeskState

    class Moving(base):  # type: ignore[misc]
        looks = 0

        def snapshot(self) -> DeskState:
            state: DeskState = super().snapshot()
            self.looks += 1
            step = Decimal(self.looks % 40 - 20)
            quotes = {
                name: replace(quote, bid=quote.bid + step * quote.spread, ask=quote.ask + step * quote.spread)
                for name, quote in state.quotes.items()
            }
            marks = {leg: replace(mark, profit=mark.profit + step) for leg, mark in state.marks.items()}
            return replace(state, quotes=quotes, marks=marks)

    return Moving


def table() -> App[None]:
    """200 rows x 8 cells in the stock table, each cell changed ten times a second."""
    from textual.widgets import DataTable

    frames = [[texts(row, frame) for row in range(ROWS)] for frame in range(FRAMES)]

    class Stock(App[None]):
        frame = 0

        def compose(self) -> ComposeResult:
            yield DataTable[str](cursor_type="row")

        def on_mount(self) -> None:
            stock = self.query_one(DataTable)
            for column in range(COLUMNS):
                stock.add_column(f"column{column}", key=str(column), width=8)
            for row in range(ROWS):
                stock.add_row(*frames[0][row], key=str(row))
            self.set_interval(1 / HZ, self.tick)

        def tick(self) -> None:
            self.frame = (self.frame + 1) % FRAMES
            stock = self.query_one(DataTable)
            for row, cells in enumerate(frames[self.frame]):
                for column, text in enumerate(cells):
                    stock.update_cell(str(row), str(column), text)

    return Stock()


def grid() -> App[None]:
    """The same in the console's own table."""
    from signalos_tui.ui.widgets.cells import Column, Row, cell
    from signalos_tui.ui.widgets.grid import Grid

    frames: list[dict[str, Row]] = [
        {str(row): tuple(cell(text) for text in texts(row, frame)) for row in range(ROWS)} for frame in range(FRAMES)
    ]
    keys = [str(row) for row in range(ROWS)]

    class Own(App[None]):
        frame = 0

        def compose(self) -> ComposeResult:
            yield Grid([Column(f"c{n}", f"column{n}", 8) for n in range(COLUMNS)])

        def on_mount(self) -> None:
            self.query_one(Grid).show(keys, frames[0].__getitem__)
            self.set_interval(1 / HZ, self.tick)

        def tick(self) -> None:
            self.frame = (self.frame + 1) % FRAMES
            self.query_one(Grid).show(keys, frames[self.frame].__getitem__)

    return Own()


APPS: dict[str, Callable[[], App[None]]] = {
    "bare": bare,
    "desk": desk,
    "living": partial(desk, living=True),
    "table": table,
    "grid": grid,
}

if __name__ == "__main__":
    APPS[sys.argv[1]]().run()
