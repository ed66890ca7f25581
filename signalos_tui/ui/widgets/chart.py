"""The price since a post against the levels that matter, drawn with braille dots: two a cell across, four down.

    ╭────────────────────────────────────────────╮
    │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ 2360  TP2
    │            ⣀⡠⠤⠒⠊⠉⠑⠤⣀⣀⠔⠉        ▶ 2353.97
    │┄┄┄┄┄┄┄┄⡠⠊┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ 2350  ✓TP1
    │⠒⠤⣀⠔⠉                                 2343.1  entry
    │12:04                           12:24

The scale holds price, entry and stop for certain; a level too far off to share it with them waits at the edge with an arrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from textual.content import Content
from textual.widget import Widget

from signalos_tui.model.market import Sample
from signalos_tui.ui.text import moment, price
from signalos_tui.ui.widgets.facts import ink

FAR = 3
"""A level further out than this many times the range of price, entry and stop does not stretch the scale."""
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Level(NamedTuple):
    """A line across the chart. core: it always belongs to the scale (entry, stop)."""

    name: str
    price: Decimal
    tone: str
    core: bool = False


class Picture(NamedTuple):
    """What a chart shows. samples: oldest first. since, until: ms UTC. sign: +1 when up is good. now: the price label."""

    samples: tuple[Sample, ...] = ()
    levels: tuple[Level, ...] = ()
    since: int = 0
    until: int = 0
    sign: int = 1
    entry: Decimal | None = None
    now: Decimal | None = None


class Chart(Widget):
    """A chart that fills its widget."""

    DEFAULT_CSS = "Chart { height: 1fr; width: 1fr; }"
    EMPTY = "No price was kept for this time."

    def __init__(self, zone: tzinfo = UTC, *, name: str = "") -> None:
        super().__init__(id=name or None)
        self._zone = zone
        self._picture = Picture()

    def show(self, picture: Picture) -> None:
        """Show this; nothing is painted when it is the same."""
        if picture != self._picture:
            self._picture = picture
            self.refresh()

    def render(self) -> Content:
        """The lines."""
        width, height = self.content_size
        drawn = draw(self._picture, width, height, self._zone)
        return Content("\n").join(drawn) if drawn else Content.styled(self.EMPTY, "$muted")


def draw(picture: Picture, width: int, height: int, zone: tzinfo = UTC) -> list[Content]:
    """The chart in `height` lines of at most `width` cells; none when there is nothing to draw or no room for it."""
    samples = _within(picture)
    labels = _labels(picture)
    gutter = max((len(text) for text, *_ in labels), default=0) + 2  # a space before, and perhaps an arrow
    columns, rows = width - gutter, height - 1
    if not samples or columns < 8 or rows < 3:
        return []
    scale = _Scale(picture, samples, rows)
    cells = _ruled(picture, scale, columns)
    _plot(cells, _heights(samples, picture, scale, columns), picture, scale)
    sides = _placed(labels, scale)
    lines = []
    for row in range(rows):
        text, tone = sides.get(row, ("", ""))
        runs = ["".join(char for char, _ in run) for _, run in groupby(cells[row], key=lambda cell: cell[1])]
        tones = [tone for tone, _ in groupby(cells[row], key=lambda cell: cell[1])]
        parts = [Content.styled(run, ink(name)) for run, name in zip(runs, tones, strict=True)]
        lines.append(Content.assemble(*parts, " ", Content.styled(text, ink(tone))))
    return [*lines, _axis(samples, picture, columns, zone)]


def _within(picture: Picture) -> list[Sample]:
    # The samples of the time shown, and the price that stood when it began.
    inside = [sample for sample in picture.samples if picture.since <= sample.at <= picture.until]
    before = next((sample for sample in reversed(picture.samples) if sample.at < picture.since), None)
    return [before, *inside] if before is not None else inside


class _Scale:
    # Prices to rows of dots, counted from the top.

    def __init__(self, picture: Picture, samples: Sequence[Sample], rows: int) -> None:
        core = [float(sample.price) for sample in samples]
        core += [float(level.price) for level in picture.levels if level.core]
        low, high = min(core), max(core)
        reach = max(high - low, abs(high) * 1e-5, 1e-9)
        others = [float(level.price) for level in picture.levels if not level.core]
        low = min([low, *(value for value in others if low - value <= reach * FAR)])
        high = max([high, *(value for value in others if value - high <= reach * FAR)])
        margin = max(high - low, reach) * 0.02
        self.low, self.high = low - margin, high + margin
        self.dots = rows * 4

    def __call__(self, value: Decimal | float) -> int:
        share = (self.high - float(value)) / (self.high - self.low)
        return min(self.dots - 1, max(0, int(share * self.dots)))

    def beyond(self, value: Decimal) -> str:
        return "↑" if value > Decimal(self.high) else "↓" if value < Decimal(self.low) else ""


def _labels(picture: Picture) -> list[tuple[str, Decimal, str]]:
    # The price first: where two labels want one row, the earlier keeps it.
    found = [] if picture.now is None else [(f"▶ {price(picture.now)}", picture.now, "strong")]
    ranked = sorted(picture.levels, key=lambda level: not level.core)
    return found + [(f"{price(level.price)} {level.name}", level.price, level.tone) for level in ranked]


def _placed(labels: Sequence[tuple[str, Decimal, str]], scale: _Scale) -> dict[int, tuple[str, str]]:
    places: dict[int, tuple[str, str]] = {}
    last = scale.dots // 4 - 1
    for text, value, tone in labels:
        row = scale(value) // 4
        free = (near for near in (row, row - 1, row + 1) if 0 <= near <= last and near not in places)
        place = next(free, None)
        if place is not None:
            arrow = scale.beyond(value)
            places[place] = (f"{arrow}{text}", tone)
    return places


def _ruled(picture: Picture, scale: _Scale, columns: int) -> list[list[tuple[str, str]]]:
    cells = [[(" ", "")] * columns for _ in range(scale.dots // 4)]
    for level in sorted(picture.levels, key=lambda level: level.core):
        if not scale.beyond(level.price):
            cells[scale(level.price) // 4] = [("┄" if not level.core else "─", level.tone)] * columns
    return cells


def _heights(samples: Sequence[Sample], picture: Picture, scale: _Scale, columns: int) -> list[int | None]:
    # The row of the price in each dot column: the last sample of its time, none before the first.
    start, span = picture.since, max(1, picture.until - picture.since)
    heights: list[int | None] = []
    place, current = 0, None
    for column in range(columns * 2):
        until = start + span * (column + 1) // (columns * 2)
        while place < len(samples) and samples[place].at <= until:
            current = scale(samples[place].price)
            place += 1
        heights.append(current)
    return heights


def _plot(cells: list[list[tuple[str, str]]], heights: Sequence[int | None], picture: Picture, scale: _Scale) -> None:
    entry = None if picture.entry is None else scale(picture.entry)
    bits: dict[tuple[int, int], int] = {}
    for column, height in enumerate(heights):
        if height is None:
            continue
        before = heights[column - 1] if column else None
        start = height if before is None else before + (height > before) - (height < before)
        for dot in range(min(start, height), max(start, height) + 1):
            key = (dot // 4, column // 2)
            bits[key] = bits.get(key, 0) | _DOTS[dot % 4][column % 2]
    for (row, column), dots in bits.items():
        cells[row][column] = (chr(0x2800 + dots), _tone(row, entry, picture.sign))


def _tone(row: int, entry: int | None, sign: int) -> str:
    if entry is None or row == entry // 4:
        return "strong"
    return "profit" if (row < entry // 4) == (sign > 0) else "loss"


def _axis(samples: Sequence[Sample], picture: Picture, columns: int, zone: tzinfo) -> Content:
    left = moment(picture.since, zone)
    if samples[0].at - picture.since > (picture.until - picture.since) // 20:
        left += f"  kept from {moment(samples[0].at, zone)}"
    right = moment(picture.until, zone)
    room = columns - len(left) - len(right)
    return Content.styled(left + " " * room + right if room > 0 else right[:columns], "$muted")
