"""A QR code in the terminal: two rows of it in a line of half blocks, black on white whatever the theme is.

A phone reads a code by its light frame, so the frame is drawn with it: four modules as the standard has it, two where there is
little room. Without colours (NO_COLOR) the blocks are the light ones, which is right on a dark terminal.
"""

from __future__ import annotations

from typing import NamedTuple

import segno
from textual.content import Content
from textual.widgets import Static

FRAMES = (4, 2)
_BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


class Drawing(NamedTuple):
    """A code as lines of blocks. width: cells, height: lines."""

    lines: tuple[str, ...]

    @property
    def width(self) -> int:
        """Cells of a line."""
        return len(self.lines[0])

    @property
    def height(self) -> int:
        """How many lines."""
        return len(self.lines)


def drawing(link: str, frame: int, *, is_light: bool = False) -> Drawing:
    """The code of a link. frame: modules around it. is_light: the blocks stand for what is light, instead of dark."""
    code = segno.make(link, error="l", micro=False)
    rows = [[bool(module) != is_light for module in row] for row in code.matrix_iter(border=frame)]
    if len(rows) % 2:
        rows.append([is_light] * len(rows[0]))
    lines = (
        "".join(_BLOCKS[pair] for pair in zip(*two, strict=True)) for two in zip(rows[::2], rows[1::2], strict=True)
    )
    return Drawing(tuple(lines))


def fitting(link: str, width: int, height: int, *, is_light: bool = False) -> Drawing | None:
    """The code of a link with the widest frame that fits into so many cells and lines; None where none does."""
    drawn = (drawing(link, frame, is_light=is_light) for frame in FRAMES)
    return next((one for one in drawn if one.width <= width and one.height <= height), None)


class Qr(Static):
    """Shows a drawing."""

    DEFAULT_CSS = """
    Qr { width: auto; height: auto; color: #000000; background: #ffffff; text-wrap: nowrap; }
    Qr:nocolor { color: ansi_default; background: ansi_default; }
    """

    def __init__(self, *, name: str) -> None:
        super().__init__(id=name, markup=False)

    def draw(self, drawn: Drawing) -> None:
        """Show this one instead of the one before."""
        self.update(Content("\n".join(drawn.lines)))
