from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from signalos_tui.ui.widgets.cells import Column, Run, arrange, cell, filled, padded
from signalos_tui.ui.widgets.curve import bar, curve

COLUMNS = (Column("a", "A", 5), Column("b", "B", 8, weight=1, limit=10, drop=1), Column("c", "C", 10, weight=3, drop=2))


def test_columns_that_do_not_fit_go_by_their_rank() -> None:
    assert [place.column for place in arrange(COLUMNS, 25)] == [0, 1, 2]
    assert [place.column for place in arrange(COLUMNS, 24)] == [0, 1]
    assert [place.column for place in arrange(COLUMNS, 13)] == [0]


def test_what_is_left_over_goes_by_weight_and_respects_limits() -> None:
    places = arrange(COLUMNS, 45)
    assert [place.width for place in places] == [5, 10, 28]
    assert places[-1].x + places[-1].width == 45


def test_a_column_that_never_goes_is_cut_to_the_room() -> None:
    assert [(place.x, place.width) for place in arrange(COLUMNS, 3)] == [(0, 3)]
    assert arrange(COLUMNS, 0) == ()


columns = st.lists(
    st.builds(
        Column,
        name=st.just("n"),
        title=st.just("t"),
        width=st.integers(1, 20),
        weight=st.integers(0, 4),
        limit=st.just(0) | st.integers(20, 40),
        drop=st.integers(0, 5),
    ),
    min_size=1,
    max_size=10,
)


@given(columns, st.integers(0, 200))
def test_places_never_overlap_and_never_leave_the_room(given_columns: list[Column], room: int) -> None:
    at = 0
    for place in arrange(given_columns, room):
        assert place.x >= at
        assert place.width > 0
        at = place.x + place.width
    assert at <= room


@given(
    st.lists(st.tuples(st.text(max_size=12), st.sampled_from(["", "buy"])), max_size=5),
    st.integers(0, 30),
    st.booleans(),
)
def test_a_cell_is_always_exactly_as_wide_as_its_column(runs: list[tuple[str, str]], width: int, right: bool) -> None:
    content = tuple(Run(*run) for run in runs)
    assert sum(cell_len(run.text) for run in filled(content, width, right)) == width


def test_a_hostile_text_in_a_cell_is_harmless() -> None:
    (run,) = filled(cell("\x1b]52;c;ZXZpbA==\x07[SL]"), 40)
    assert "\x1b" not in run.text
    assert "\x07" not in run.text
    assert "[SL]" in run.text


def test_wide_letters_are_counted_as_two() -> None:
    assert padded("東京デスク", 8) == "東京デ… "
    assert cell_len(padded("東京デスク", 8)) == 8


def test_curve_shows_the_running_sum_newest_at_the_right() -> None:
    results = [Decimal(1), Decimal(1), Decimal(-1)]
    assert curve(results, 4) == "  ⣰⣷"
    assert curve([], 4) == "    "
    assert curve(results, 0) == ""


@given(st.lists(st.decimals(-5, 5, places=2), max_size=60), st.integers(0, 30))
def test_curve_is_always_exactly_as_wide_as_asked(results: list[Decimal], width: int) -> None:
    assert cell_len(curve(results, width)) == width


def test_bar_shows_any_share_above_nothing() -> None:
    assert bar(0.0, 4) == ("", "────")
    assert bar(0.001, 4) == ("━", "───")
    assert bar(0.5, 4) == ("━━", "──")
    assert bar(7.0, 4) == ("━━━━", "")
    assert bar(-1.0, 4) == ("", "────")
