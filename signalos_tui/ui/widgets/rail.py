"""Where a trade stands, on one line: stop, entry, price and targets in one scale.

    S───────┼━━━━━━━▶──✓──────2──────3      a buy in profit that has reached its first target
    S───◀━━━┼──────────1──────2             a sell that is losing; good is always to the right
    ────────B━━━━▶╌╌╌╌╌✓──────2             the stop stands at break-even; the price has been further than now
    S───────┼────•─────1──────2             an order that waits for the price to come back to its entry

The heavy line goes from the entry to the price, the dashed one on to the best price there was.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from signalos_tui.model.signals import Side
from signalos_tui.ui.widgets.cells import Cell, Run

LEGEND = (
    "S stop   B stop at break-even   ┼ entry   ▶ ◀ price (• of a waiting order)   1 2 3 targets   ✓ reached   "
    "╌ the best it was"
)


class Levels(NamedTuple):
    """What a rail shows, all in quote currency. first_stop: where the stop stood at the start. best: the best price seen.

    is_open: False while an order waits; then there is an entry and a price, but no way between them yet.
    """

    side: Side
    entry: Decimal | None
    price: Decimal | None
    stop: Decimal | None = None
    first_stop: Decimal | None = None
    targets: tuple[tuple[int, Decimal], ...] = ()
    reached: tuple[int, ...] = ()
    best: Decimal | None = None
    is_open: bool = True


def rail(levels: Levels, width: int) -> Cell:
    """The line, exactly `width` cells wide; a plain line when there is nothing to measure from."""
    if width <= 0:
        return ()
    if levels.entry is None or width < 5:
        return (Run("─" * width, "faint"),)
    scale = _Scale(levels, width)
    marks: list[tuple[str, str]] = [("─", "faint")] * width
    _draw_way(marks, scale, levels)
    _draw_levels(marks, scale, levels)
    return tuple(Run("".join(c for c, _ in run), tone) for tone, run in groupby(marks, key=lambda mark: mark[1]))


class _Scale:
    # Maps prices to places; the good side is right, whatever the side of the trade.

    def __init__(self, levels: Levels, width: int) -> None:
        assert levels.entry is not None
        self._sign = levels.side.sign
        self._last = width - 1
        known = [level for level in (levels.entry, levels.stop, levels.first_stop) if level is not None]
        goals = [price for _, price in levels.targets]
        values = [float(price) * self._sign for price in (*known, *goals)]
        entry = float(levels.entry) * self._sign
        low, high = min(values), max(values)
        reach = max(entry - low, high - entry) or abs(entry) * 0.002 or 1.0
        # A side without a level still gets room, so that the price has somewhere to go.
        self._low = low if low < entry else entry - reach / 2
        self._high = high if high > entry else entry + reach

    def __call__(self, price: Decimal) -> int:
        share = (float(price) * self._sign - self._low) / (self._high - self._low)
        return round(min(1.0, max(0.0, share)) * self._last)


def _draw_way(marks: list[tuple[str, str]], scale: _Scale, levels: Levels) -> None:
    if levels.price is None or levels.entry is None or not levels.is_open:
        return
    start, end = scale(levels.entry), scale(levels.price)
    if levels.best is not None:
        _fill(marks, start, scale(levels.best), ("╌", "faint"))
    tone = "profit" if (levels.price - levels.entry) * levels.side.sign >= 0 else "loss"
    _fill(marks, start, end, ("━", tone))


def _draw_levels(marks: list[tuple[str, str]], scale: _Scale, levels: Levels) -> None:
    assert levels.entry is not None
    entry = scale(levels.entry)
    for number, price in reversed(levels.targets):
        mark = "✓" if number in levels.reached else str(number % 10)
        marks[scale(price)] = (mark, "profit" if number in levels.reached else "target")
    marks[entry] = ("┼", "strong")
    if levels.stop is not None:
        at = scale(levels.stop)
        marks[at] = ("B", "stop") if at == entry else ("S", "stop")
    if levels.price is not None:
        ahead = (levels.price - levels.entry) * levels.side.sign >= 0
        at = scale(levels.price)
        if not levels.is_open:
            marks[at] = ("•", "strong")
        elif at != entry:
            marks[at] = ("▶", "profit") if ahead else ("◀", "loss")


def _fill(marks: list[tuple[str, str]], start: int, end: int, mark: tuple[str, str]) -> None:
    low, high = min(start, end), max(start, end)
    marks[low : high + 1] = [mark] * (high + 1 - low)


def best_price(side: Side, track: Sequence[Decimal]) -> Decimal | None:
    """The best price of a track for this side; None when there is none."""
    if not track:
        return None
    return max(track) if side is Side.BUY else min(track)
