"""Whether a call is already under way: it tells of a gain, ticks its targets off, or says what to do with the open trade.

Such a post was edited after it was published, or reports on an old trade; to open it now would be too late.
"""

from __future__ import annotations

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.framing import TICKS
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.tokens import Token, is_figure

_TICKS = frozenset(TICKS)


def is_under_way(tokens: list[Token], folded: Folded) -> bool:
    """Any sign that the trade was opened before."""
    ticked = any(tick in folded.text for tick in _TICKS) and _is_ticked_off(tokens)
    return ticked or _reports_gain(tokens) or _tells_gain(tokens) or _is_managed(tokens)


def _is_ticked_off(tokens: list[Token]) -> bool:
    """Some targets, but not all, end in a tick: they were reached."""
    targets = {token.line for token in tokens if token.concept is Concept.TARGET}
    if len(targets) < 2:
        return False
    last = {token.line: token.text for token in tokens if token.concept is not Concept.BREAK and token.line in targets}
    ticked = sum(text in _TICKS for text in last.values())
    return 0 < ticked < len(targets)


def _reports_gain(tokens: list[Token]) -> bool:
    """A gain ("+50 pips") on a line without a level: a result, not a plan."""
    gains = {token.line for token in tokens if token.sign == "+" and token.unit == "pips"}
    if not gains:
        return False
    return bool(gains - {token.line for token in tokens if token.concept in (Concept.STOP, Concept.TARGET)})


def _tells_gain(tokens: list[Token]) -> bool:
    """Pips with a word behind or before them that says they are made: "200 pips profit", "running +50 pips"."""
    for at, token in enumerate(tokens):
        if token.unit == "pips" and token.concept is Concept.NUMBER:
            near = [
                other for other in (*tokens[max(0, at - 2) : at], *tokens[at + 2 : at + 4]) if other.line == token.line
            ]
            if any(other.concept in (Concept.HIT, Concept.HOLD) or other.text in _EARNED for other in near):
                return True
    return False


_EARNED = frozenset({"profit", "profits"})


def _is_managed(tokens: list[Token]) -> bool:
    """A line below the levels that only commands what is done with an open trade: "close now", "SL to BE"."""
    last = max((token.line for token in tokens if is_figure(token)), default=0)
    lines: dict[int, set[Concept]] = {}
    for token in tokens:
        if token.line > last and token.concept not in _DECORATION:
            lines.setdefault(token.line, set()).add(token.concept)
    return any(said <= _MANAGING and not said.isdisjoint(_COMMANDS) for said in lines.values())


_DECORATION = frozenset({Concept.MARK, Concept.BREAK, Concept.FILLER})
_COMMANDS = frozenset({Concept.CLOSE, Concept.BREAKEVEN})
_MANAGING = _COMMANDS | {
    Concept.NOW,
    Concept.FRACTION,
    Concept.PARTIAL,
    Concept.EVERYTHING,
    Concept.OBJECT,
    Concept.MOVE,
    Concept.STOP,
    Concept.TO,
    Concept.AND,
    Concept.SECURE,
    Concept.SYMBOL,
}
