"""The token: one thing a message says, with its meaning and its place.

Tokens are made by `scan` and only refined before `read` sees them; nothing changes them afterwards.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from signalos_tui.decode.concepts import Concept


class Token(Struct, gc=False):
    """One thing the message says. start, end: in the folded text. line: from 0. values: of a number, the usual first.

    unit: "", "pips", "points", "%", "x", "r", "share" (1/2), "no" for what can be no level (a time, a date, a
    reference, money), or "garbled" for digits that make no number. Of a direction: "past" ("bought").
    sign: "+", "-" or "". glued: it touches the word before it. listed: "1)" or "2." in front of a line.
    """

    concept: Concept
    start: int
    end: int
    line: int
    text: str
    value: str | int | Decimal | None = None
    values: tuple[Decimal, ...] = ()
    unit: str = ""
    sign: str = ""
    glued: bool = False
    listed: bool = False
    language: str = ""


def is_figure(token: Token) -> bool:
    """A number that can be a price: no unit, no date, no reference."""
    return token.concept is Concept.NUMBER and not token.unit
