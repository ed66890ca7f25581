from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from signalos_tui.ui.widgets.cells import Column, Row, cell
from signalos_tui.ui.widgets.grid import Grid

COLUMNS = (Column("name", "name", 6), Column("price", "price", 6, right=True), Column("note", "note", 6, weight=1))


class OneGrid(App[None]):
    """A grid alone, with what it told and what it repainted."""

    def __init__(self, follow: bool = False) -> None:
        super().__init__()
        self.grid = Watched(COLUMNS, follow=follow)
        self.moved: list[str | None] = []
        self.chosen: list[str | None] = []

    def compose(self) -> ComposeResult:
        yield self.grid

    def on_grid_moved(self, event: Grid.Moved) -> None:
        self.moved.append(event.key)

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.chosen.append(event.key)


class Watched(Grid):
    """Remembers which regions were asked to be painted."""

    def __init__(self, columns: Sequence[Column], *, follow: bool = False) -> None:
        self.painted: list[Region] = []
        super().__init__(columns, follow=follow)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        self.painted.extend(regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class Rows:
    """A table of rows that counts how often it was asked."""

    def __init__(self, count: int) -> None:
        self.data: dict[str, Row] = {f"k{n}": (cell(f"row{n}"), cell(f"{n}.50"), cell("note")) for n in range(count)}
        self.asked: list[str] = []

    def __call__(self, key: str) -> Row:
        self.asked.append(key)
        return self.data[key]

    @property
    def keys(self) -> list[str]:
        return list(self.data)


@asynccontextmanager
async def shown(rows: Rows, *, follow: bool = False) -> AsyncIterator[tuple[OneGrid, Pilot[None]]]:
    app = OneGrid(follow)
    async with app.run_test(size=(30, 11)) as pilot:
        app.grid.show(rows.keys, rows)
        await pilot.pause()
        yield app, pilot


def line(app: OneGrid, y: int) -> str:
    return app.grid.render_line(y).text


async def test_only_rows_in_view_are_asked_for_their_cells() -> None:
    rows = Rows(500)
    async with shown(rows) as (app, pilot):
        rows.asked.clear()
        app.grid.show(rows.keys, rows)
        await pilot.pause()
        assert rows.asked == [f"k{n}" for n in range(10)]


async def test_an_unchanged_table_repaints_nothing() -> None:
    rows = Rows(50)
    async with shown(rows) as (app, pilot):
        await pilot.pause()
        app.grid.painted.clear()
        app.grid.show(rows.keys, rows)
        assert app.grid.painted == []


async def test_a_changed_cell_repaints_that_cell_and_nothing_else() -> None:
    rows = Rows(50)
    async with shown(rows) as (app, _):
        app.grid.painted.clear()
        rows.data["k3"] = (cell("row3"), cell("9.99"), cell("note"))
        app.grid.show(rows.keys, rows)
        assert app.grid.painted == [Region(7, 4, 6, 1)]
        assert "  9.99" in line(app, 4)


async def test_a_change_out_of_view_repaints_nothing() -> None:
    rows = Rows(50)
    async with shown(rows) as (app, _):
        app.grid.painted.clear()
        rows.data["k40"] = (cell("other"), cell("9.99"), cell("note"))
        app.grid.show(rows.keys, rows)
        assert app.grid.painted == []


async def test_the_cursor_stays_at_the_newest_row_until_it_is_moved() -> None:
    rows = Rows(5)
    async with shown(rows) as (app, pilot):
        app.grid.show(["new", *rows.keys], lambda key: rows.data.get(key, (cell("new"),) * 3))
        assert app.grid.cursor_key == "new"
        await pilot.press("down")
        assert app.grid.cursor_key == "k0"
        app.grid.show(["newer", "new", *rows.keys], lambda key: rows.data.get(key, (cell("new"),) * 3))
        assert app.grid.cursor_key == "k0"
        await pilot.press("home")
        app.grid.show(rows.keys, rows)
        assert app.grid.cursor_key == "k0"


async def test_when_the_row_under_the_cursor_goes_then_its_neighbour_is_selected() -> None:
    rows = Rows(5)
    async with shown(rows) as (app, pilot):
        await pilot.press("down", "down")
        gone = [key for key in rows.keys if key != "k2"]
        app.grid.show(gone, rows)
        assert app.grid.cursor_key == "k3"
        app.grid.show([], rows)
        await pilot.pause()
        assert app.moved[-1] is None


async def test_the_cursor_brings_its_row_into_view() -> None:
    rows = Rows(50)
    async with shown(rows) as (app, pilot):
        await pilot.press("end")
        await pilot.pause()
        assert app.grid.cursor_key == "k49"
        assert line(app, 10).startswith("row49")
        await pilot.press("pageup", "pageup")
        await pilot.pause()
        assert app.grid.cursor_key == "k31"
        await pilot.press("home")
        await pilot.pause()
        assert line(app, 1).startswith("row0")


async def test_a_log_follows_its_last_row() -> None:
    rows = Rows(50)
    async with shown(rows, follow=True) as (app, pilot):
        await pilot.pause()
        assert line(app, 10).startswith("row49")
        await pilot.press("up")
        more = [*rows.keys, "k50"]
        rows.data["k50"] = (cell("row50"),) * 3
        app.grid.show(more, rows)
        assert app.grid.cursor_key == "k48"
        await pilot.press("end")
        rows.data["k51"] = (cell("row51"),) * 3
        app.grid.show([*more, "k51"], rows)
        await pilot.pause()
        assert app.grid.cursor_key == "k51"


async def test_a_click_selects_and_a_second_one_chooses() -> None:
    rows = Rows(5)
    async with shown(rows) as (app, pilot):
        await pilot.click(Watched, offset=(2, 3))
        assert app.grid.cursor_key == "k2"
        assert app.chosen == []
        await pilot.click(Watched, offset=(2, 3), times=2)
        assert app.chosen == ["k2"]
        await pilot.click(Watched, offset=(2, 9))
        assert app.grid.cursor_key == "k2"


async def test_rows_that_went_leave_no_ghost() -> None:
    rows = Rows(5)
    async with shown(rows) as (app, pilot):
        app.grid.show(rows.keys[:2], rows)
        await pilot.pause()
        assert line(app, 2).startswith("row1")
        assert line(app, 3).strip() == ""


async def test_an_empty_table_says_what_will_stand_here() -> None:
    app = OneGrid()
    app.grid.empty = "No rows yet\nThey come from afar"
    async with app.run_test(size=(30, 11)) as pilot:
        app.grid.show([], lambda key: ())
        await pilot.pause()
        text = "\n".join(line(app, y) for y in range(11))
        assert "No rows yet" in text
        assert "They come from afar" in text


async def test_a_wider_terminal_gives_more_room_and_repaints() -> None:
    rows = Rows(5)
    async with shown(rows) as (app, pilot):
        before = app.grid.width_of("note")
        await pilot.resize_terminal(60, 11)
        await pilot.pause()
        assert app.grid.width_of("note") == before + 30
        assert len(line(app, 1)) == 60


async def test_a_terminal_of_one_cell_breaks_nothing() -> None:
    rows = Rows(5)
    async with shown(rows) as (app, pilot):
        await pilot.resize_terminal(1, 1)
        await pilot.press("down", "end", "pageup")
        await pilot.resize_terminal(30, 11)
        await pilot.pause()
        assert line(app, 1).startswith("row0")


async def test_the_order_is_marked_in_the_header() -> None:
    rows = Rows(5)
    async with shown(rows) as (app, _):
        app.grid.sorted_by = ("price", True)
        assert "price▼" in line(app, 0)
