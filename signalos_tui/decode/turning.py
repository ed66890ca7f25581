"""Turn labels that stand behind their number: "short now, 18420 stop, 18250 first target" reads like "stop 18420, target 18250".

Only a clause that holds nothing but a number and its label is turned, and only where no neighbour could claim the number
or the label: "Entry 2650 SL / 2643 TP / 2660" has its labels in front.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.page import Page
from signalos_tui.decode.tokens import Token

_LABELS = frozenset({Concept.STOP, Concept.TARGET})
_CLAIMING = frozenset({Concept.STOP, Concept.TARGET, Concept.ENTRY, Concept.AT, *SIDES})
_CUTS = frozenset({",", ";", "|", "."})
_PASSED = frozenset({Concept.FILLER, Concept.ORDINAL, Concept.MARK})
_UNITS = frozenset({Concept.PIPS, Concept.POINTS})
_COUNTED = frozenset({Concept.NUMBER, Concept.ORDINAL, *_UNITS})
_SHORTEST = 3
"""A number of so many signs is no count ("2 TP") and no list number."""


def turn_labels(page: Page) -> Page:
    """The post with such labels in front of their numbers."""
    tokens = page.tokens
    if not any(at and tokens[at - 1].concept in _COUNTED for at in page.each(_LABELS)):
        return page
    clauses = list(_clauses(tokens))
    behind = [_turned(clause) for clause in clauses]
    turned: list[Token] = []
    for at, (clause, other) in enumerate(zip(clauses, behind, strict=True)):
        free = not (at and _claims(clauses[at - 1]) and behind[at - 1] is None)
        claimed = at + 1 < len(clauses) and behind[at + 1] is None and _opens_with_number(clauses[at + 1])
        turned.extend(other if other is not None and free and not claimed else clause)
    return Page(turned, page.folded)


def _clauses(tokens: list[Token]) -> Iterator[list[Token]]:
    """The tokens cut behind commas and line ends."""
    start = 0
    for at, token in enumerate(tokens):
        if token.concept is Concept.BREAK or token.text in _CUTS:
            yield tokens[start : at + 1]
            start = at + 1
    yield tokens[start:]


def _said(clause: list[Token]) -> list[Token]:
    return [token for token in clause if token.concept not in _PASSED and token.concept is not Concept.BREAK]


def _turned(clause: list[Token]) -> list[Token] | None:
    """The clause with its label first, None where it is not a number and a label alone."""
    said = [token for token in _said(clause) if token.concept not in _UNITS]
    tail = [token for token in said[2:] if token.glued and len(token.text) < _SHORTEST]
    said = [token for token in said if token not in tail]
    if [token.concept is Concept.NUMBER for token in said] != [True, False] or said[1].concept not in _LABELS:
        return None
    number, label = said
    if number.listed or (not number.unit and len(number.text) < _SHORTEST):
        return None
    front = [label, *tail]
    return [*front, *(token for token in clause if token not in front)]


def _claims(clause: list[Token]) -> bool:
    """It ends in a label whose number has yet to come."""
    said = _said(clause)
    return bool(said) and said[-1].concept in _CLAIMING and not any(t.concept is Concept.NUMBER for t in said[-2:-1])


def _opens_with_number(clause: list[Token]) -> bool:
    said = _said(clause)
    return bool(said) and said[0].concept is Concept.NUMBER
