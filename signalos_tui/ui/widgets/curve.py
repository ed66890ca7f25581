"""A channel's results as a curve of braille dots: each dot column one result added to the sum of those before.

Two results stand in one cell, four heights in one line. The newest result is at the right; the scale is the curve's own, so it
shows the shape, and the figure beside it the size.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate

_LEFT = (0x40, 0x44, 0x46, 0x47)
_RIGHT = (0x80, 0xA0, 0xB0, 0xB8)
_BLANK = 0x2800


def curve(results: Sequence[Decimal], width: int) -> str:
    """The running sum of the last results, `width` cells wide, filled from below; blank at the left where there are fewer."""
    if width <= 0:
        return ""
    sums = list(accumulate(results, initial=Decimal(0)))[-2 * width :] if results else []
    heights = _heights(sums)
    heights = [-1] * (2 * width - len(heights)) + heights
    return "".join(_cell(heights[i], heights[i + 1]) for i in range(0, 2 * width, 2))


def trend(shares: Sequence[float | None], width: int) -> str:
    """Shares of one (0..1) side by side, the newest at the right, `width` cells wide; blank where there was nothing to count."""
    heights = [-1 if one is None else round(min(1.0, max(0.0, one)) * 3) for one in shares[-2 * max(0, width) :]]
    heights = [-1] * (2 * width - len(heights)) + heights
    return "".join(_cell(heights[i], heights[i + 1]) for i in range(0, 2 * width, 2))


def bar(share: float, width: int) -> tuple[str, str]:
    """A bar of `width` cells, as its filled and its empty part. share: 0..1, cut to that; any share above 0 shows."""
    share = min(1.0, max(0.0, share))
    full = min(width, max(round(share * width), 1 if share > 0 else 0))
    return "━" * full, "─" * (width - full)


def _heights(sums: Sequence[Decimal]) -> list[int]:
    if not sums:
        return []
    low, high = min(sums), max(sums)
    if low == high:
        return [1] * len(sums)
    return [int((value - low) / (high - low) * 3 + Decimal("0.5")) for value in sums]


def _cell(left: int, right: int) -> str:
    dots = (_LEFT[left] if left >= 0 else 0) | (_RIGHT[right] if right >= 0 else 0)
    return chr(_BLANK + dots) if dots else " "
