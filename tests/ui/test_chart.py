"""The chart keeps its size, its scale and its labels whatever the prices do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.model.market import Sample
from signalos_tui.ui.widgets.chart import Level, Picture, draw

START = 1_767_614_400_000


def samples(*prices: str, step: int = 60_000) -> tuple[Sample, ...]:
    """A price a minute."""
    return tuple(Sample(START + place * step, Decimal(value)) for place, value in enumerate(prices))


def picture(*prices: str, levels: tuple[Level, ...] = (), sign: int = 1, entry: str = "100") -> Picture:
    """A picture of these prices, the last one now."""
    track = samples(*prices)
    return Picture(track, levels, START, track[-1].at, sign, Decimal(entry), Decimal(prices[-1]))


def drawn(shown: Picture, width: int = 60, height: int = 12) -> list[str]:
    """Its lines as text."""
    return [line.plain for line in draw(shown, width, height)]


@settings(max_examples=60)
@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=40),
    st.lists(st.integers(1, 10**9), max_size=5),
    st.integers(0, 120),
    st.integers(0, 40),
)
def test_a_chart_when_drawn_then_it_never_leaves_its_widget(
    prices: list[int], levels: list[int], width: int, height: int
) -> None:
    shown = picture(
        *map(str, prices), levels=tuple(Level(f"L{n}", Decimal(v), "target", n == 0) for n, v in enumerate(levels))
    )
    lines = draw(shown, width, height)
    assert len(lines) in (0, height)
    assert all(line.cell_length <= width for line in lines)


def test_a_chart_when_the_price_rises_then_it_starts_low_and_ends_high() -> None:
    lines = drawn(picture("100", "101", "102", "103", "104"))
    marks = [
        (row, line.find(next((c for c in line if "\u2801" <= c <= "\u28ff"), "\0"))) for row, line in enumerate(lines)
    ]
    rows = [row for row, column in marks if column >= 0]
    columns = [column for _, column in marks if column >= 0]
    assert rows == sorted(rows)
    assert columns == sorted(columns, reverse=True)


def test_a_level_when_near_then_it_is_a_line_and_when_far_an_arrow() -> None:
    near = Level("TP1", Decimal(106), "target")
    far = Level("TP9", Decimal(900), "target")
    lines = drawn(picture("100", "104", levels=(near, far)))
    assert any("┄" in line and line.endswith("106 TP1") for line in lines)
    assert any(line.endswith("↑900 TP9") for line in lines[:2])


def test_labels_when_two_share_a_row_then_both_find_a_place() -> None:
    levels = (Level("entry", Decimal(100), "entry", core=True), Level("stop", Decimal("100.01"), "stop", core=True))
    text = "\n".join(drawn(picture("100", "110", levels=levels)))
    assert "100 entry" in text
    assert "100.01 stop" in text
    assert "▶ 110" in text


@pytest.mark.parametrize(("sign", "tone"), [(1, "$profit"), (-1, "$loss")])
def test_the_price_when_above_the_entry_then_green_for_a_buy_and_red_for_a_sell(sign: int, tone: str) -> None:
    entry = Level("entry", Decimal(100), "entry", core=True)
    top = draw(picture("100", "110", "110", levels=(entry,), sign=sign), 60, 12)[0]
    assert tone in {str(span.style) for span in top.spans}


def test_a_chart_when_nothing_was_kept_or_there_is_no_room_then_it_is_empty() -> None:
    assert drawn(picture("100", "101"), width=10) == []
    assert drawn(picture("100", "101"), height=3) == []
    assert drawn(Picture(samples("100"), (), START - 2 * 10**9, START - 10**9)) == []


def test_a_chart_when_the_last_price_is_older_than_the_post_then_it_starts_with_that() -> None:
    lines = drawn(Picture(samples("100"), (), START + 60_000, START + 120_000, entry=Decimal(100)))
    assert any("\u2801" <= char <= "\u28ff" for char in "".join(lines))
    assert "kept from" not in lines[-1]


def test_a_chart_when_prices_begin_late_then_it_says_since_when() -> None:
    late = tuple(Sample(START + 600_000 + place, Decimal(100)) for place in range(3))
    assert "kept from 12:10" in drawn(Picture(late, (), START, START + 1_200_000))[-1]
