"""Read tables: a line of headings above lines of values becomes lines in which every value has its label in front.

"Pair | Side | Entry | SL | TP" above "GBPUSD | BUY | 1.2650 | 1.2610 | 1.2720" then reads like any other call. Only a table
whose lines have as many cells as it has headings is one; anything else stays as it was written.
"""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.tokens import Token

_LABELS = frozenset({Concept.ENTRY, Concept.STOP, Concept.TARGET})
_FEWEST = 3
"""So many headings make a table; two labels in a line are a call."""


def unfold_tables(tokens: list[Token], folded: Folded) -> list[Token]:
    """The tokens of a message with the labels of a table repeated in front of its values."""
    if "|" not in folded.text:
        return tokens
    headings: list[Token | None] = []
    unfolded: list[Token] = []
    start = head = 0
    for end in range(1, len(tokens) + 1):
        if end < len(tokens) and tokens[end].line == tokens[start].line:
            continue
        line = tokens[start:end]
        cells = _cells(line)
        found = _headings(cells)
        if found:
            headings, head = found, len(unfolded)
        elif len(cells) == len(headings) and any(_is_value(token) for token in line):
            line = _labelled(cells, headings)
            del unfolded[head:]
            head = len(unfolded) + len(line)
        elif any(token.concept is not Concept.MARK and token.concept is not Concept.BREAK for token in line):
            headings = []
        unfolded.extend(line)
        start = end
    return unfolded


def _cells(line: list[Token]) -> list[list[Token]]:
    """What stands between the bars of a line; bars at its ends frame it."""
    cells: list[list[Token]] = [[]]
    for token in line:
        if token.text == "|":
            cells.append([])
        else:
            cells[-1].append(token)
    framed = [cell for cell in (cells[0], cells[-1]) if all(token.concept is Concept.BREAK for token in cell)]
    if len(framed) == 2 and len(cells) > 2:
        tail = cells.pop()
        cells = cells[1:]
        cells[-1].extend(tail)
    return cells


def _headings(cells: list[list[Token]]) -> list[Token | None]:
    """The label of every column, None for one that needs none; [] when the line is no line of headings."""
    if len(cells) < _FEWEST or any(_is_value(token) for cell in cells for token in cell):
        return []
    labels = [next((token for token in cell if token.concept in _LABELS), None) for cell in cells]
    kinds = {label.concept for label in labels if label is not None}
    return labels if {Concept.ENTRY, Concept.STOP} <= kinds or {Concept.STOP, Concept.TARGET} <= kinds else []


def _is_value(token: Token) -> bool:
    """What stands in a line of values: a market, a direction, a price."""
    if token.concept in SIDES or token.concept is Concept.SYMBOL:
        return True
    return token.concept is Concept.NUMBER and not token.glued and len(token.text) > 1


def _labelled(cells: list[list[Token]], headings: list[Token | None]) -> list[Token]:
    """A line of values with its labels; the bars go, the labels stand where the headings stand."""
    line: list[Token] = []
    for cell, heading in zip(cells, headings, strict=True):
        if heading is not None and cell:
            line.append(replace(heading, line=cell[0].line))
        line.extend(cell)
    return line
