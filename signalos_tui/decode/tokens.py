"""The token: one thing a message says, with its meaning and its place.

Tokens are made by `scan` and only refined before `read` sees them; nothing changes them afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
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


_TALK = 4
"""From so many words without meaning on, a line without symbol or price is talk."""


def prose_lines(tokens: Sequence[Token]) -> frozenset[int]:
    """Lines that are talk: many unknown words, no symbol, no price."""
    words: dict[int, int] = {}
    unknown, filler = Concept.WORD, Concept.FILLER
    for token in tokens:
        concept = token.concept
        if concept is unknown or concept is filler:
            words[token.line] = words.get(token.line, 0) + 1
    talk = {line for line, count in words.items() if count >= _TALK}
    if not talk:
        return frozenset()
    solid = {token.line for token in tokens if token.concept is Concept.SYMBOL or is_figure(token)}
    return frozenset(talk - solid)


def is_figure(token: Token) -> bool:
    """A number that can be a price: no unit, no date, no reference."""
    return token.concept is Concept.NUMBER and not token.unit


_DISCLAIMER = 9
"""A condition in a longer line below the last price is a disclaimer ("you enter if you agree"), not part of the call."""


def lines_below(tokens: list[Token]) -> frozenset[int]:
    """The long lines below the last price: disclaimers."""
    last = max((token.line for token in tokens if is_figure(token)), default=0)
    sizes: dict[int, int] = {}
    for token in tokens:
        if token.line > last:
            sizes[token.line] = sizes.get(token.line, 0) + 1
    return frozenset(line for line, size in sizes.items() if size > _DISCLAIMER)
