"""What stands in a table: runs of text with a tone, and columns that find their widths.

A tone is a name ("buy", "held"); what colour it has is the theme's business. Widths are decided once per size, never by the
contents, so a figure that grows cannot push its neighbours about.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len

from signalos_tui.ui.text import cut

TONES = (
    "buy", "sell", "profit", "loss", "held", "denied", "halted", "entry", "stop", "target", "symbol", "muted", "faint",
    "strong", "accent", "warning",
)  # fmt: skip
"""Every tone a run may have; "" is the ordinary text."""


class Run(NamedTuple):
    """A piece of text in one tone."""

    text: str
    tone: str = ""


Cell = tuple[Run, ...]
Row = tuple[Cell, ...]


def cell(text: str, tone: str = "") -> Cell:
    """A cell of one run."""
    return (Run(text, tone),)


class Column(NamedTuple):
    """A column. width: cells it needs. weight: its share of what is left over. limit: the most it takes of that, 0 for no limit.

    drop: the higher, the sooner it goes when there is too little room; 0 stays. right: figures stand at the right.
    """

    name: str
    title: str
    width: int
    weight: int = 0
    limit: int = 0
    drop: int = 0
    right: bool = False


class Place(NamedTuple):
    """Where a column stands: its number in the row, the first cell, and how many cells."""

    column: int
    x: int
    width: int


def arrange(columns: Sequence[Column], room: int, gap: int = 1) -> tuple[Place, ...]:
    """Places for the columns that fit into `room` cells, in their order.

    What does not fit is dropped, highest `drop` first; a single column that never goes is cut to the room.
    """
    kept = list(range(len(columns)))
    while len(kept) > 1 and _needed(columns, kept, gap) > room:
        candidates = [i for i in kept if columns[i].drop]
        if not candidates:
            break
        kept.remove(max(candidates, key=lambda i: (columns[i].drop, i)))
    widths = _shared(columns, kept, max(0, room - _needed(columns, kept, gap)))
    places, x = [], 0
    for index in kept:
        width = min(widths[index], max(0, room - x))
        if width:
            places.append(Place(index, x, width))
        x += widths[index] + gap
    return tuple(places)


def _needed(columns: Sequence[Column], kept: Sequence[int], gap: int) -> int:
    return sum(columns[i].width for i in kept) + gap * (len(kept) - 1)


def _shared(columns: Sequence[Column], kept: Sequence[int], spare: int) -> dict[int, int]:
    # Hands out what is left by weight, round after round, so what a limited column leaves goes to the others.
    widths = {i: columns[i].width for i in kept}
    while spare > 0:
        hungry = [i for i in kept if columns[i].weight and not 0 < columns[i].limit <= widths[i]]
        if not hungry:
            break
        total = sum(columns[i].weight for i in hungry)
        before = spare
        for i in hungry:
            share = min(max(1, before * columns[i].weight // total), spare)
            if columns[i].limit:
                share = min(share, columns[i].limit - widths[i])
            widths[i] += share
            spare -= share
    return widths


@lru_cache(maxsize=16384)
def padded(text: str, width: int, right: bool = False) -> str:
    """Harmless text in exactly `width` cells."""
    shown = cut(text, width)
    space = " " * (width - cell_len(shown))
    return space + shown if right else shown + space


def filled(content: Cell, width: int, right: bool = False) -> list[Run]:
    """The runs of a cell in exactly `width` cells, harmless."""
    if len(content) == 1:
        run = content[0]
        return [Run(padded(run.text, width, right), run.tone)]
    runs: list[Run] = []
    room = width
    for text, tone in content:
        shown = cut(text, room)
        if shown:
            runs.append(Run(shown, tone))
            room -= cell_len(shown)
        if not room:
            break
    if room:
        space = Run(" " * room)
        runs = [space, *runs] if right else [*runs, space]
    return runs
