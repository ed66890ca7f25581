"""Typing a figure: what keys it takes, and how it is read without ever guessing.

A figure that can be read in two ways is not read at all. A comma is a decimal comma; a text with both marks, or with two of one,
may be thousands or a slip and is refused (a tenfold error is the most expensive typing mistake there is).
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from signalos_tui.ui.widgets.line_input import LineInput

_FIGURE = re.compile(r"\d{1,9}(?:[.,]\d{1,8})?|[.,]\d{1,8}")
_PART = re.compile(r"(\d{1,2})\s*/\s*(\d{1,3})")


class Field(Horizontal):
    """A label, a line to type a figure into, and a word after it."""

    def __init__(
        self, label: str, *, name: str, value: str = "", hint: str = "", after: str = "", keys: str = r"[\d.,]*"
    ) -> None:
        super().__init__(classes="field")
        self.input = LineInput(
            value, placeholder=hint, restrict=keys, max_length=18, id=name, compact=True, select_on_focus=True
        )
        self._label = label
        self._after = after

    def compose(self) -> ComposeResult:
        """In one line."""
        yield Static(Content(self._label), markup=False)
        yield self.input
        yield Static(Content(self._after), classes="after", markup=False)

    @property
    def text(self) -> str:
        """What was typed."""
        return self.input.value.strip()


def figure(text: str) -> Decimal | None:
    """A typed figure above zero; None when it is not exactly one."""
    if not _FIGURE.fullmatch(text.strip()):
        return None
    value = Decimal(text.strip().replace(",", "."))
    return value if value > 0 else None


def part(text: str) -> Decimal | None:
    """A typed part of one: "25", "25 %", "1/3"; None when it is none or not above 0 and at most 1."""
    cleaned = text.strip().removesuffix("%").strip()
    ratio = _PART.fullmatch(cleaned)
    if ratio:
        top, bottom = int(ratio[1]), int(ratio[2])
        share = Fraction(top, bottom) if bottom else Fraction(0)
        value: Decimal | None = Decimal(share.numerator) / Decimal(share.denominator)
    else:
        percent = figure(cleaned)
        value = None if percent is None else percent / 100
    return value if value is not None and 0 < value <= 1 else None
