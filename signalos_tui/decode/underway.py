"""Whether a call is already under way: it tells of a gain, ticks its targets off, or says what to do with the open trade.

Such a post was edited after it was published, or reports on an old trade; to open it now would be too late.
"""

from __future__ import annotations

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.page import Page, Rule
from signalos_tui.decode.signs import TICKS
from signalos_tui.decode.tokens import is_figure

_TICKS = frozenset(TICKS)
_LEVELS = frozenset({Concept.STOP, Concept.TARGET})


def _is_ticked_off(page: Page) -> bool:
    """Some targets, but not all, end in a tick: they were reached."""
    targets = page.lines(frozenset({Concept.TARGET}))
    if len(targets) < 2:
        return False
    last = {t.line: t.text for t in page.tokens if t.concept is not Concept.BREAK and t.line in targets}
    ticked = sum(text in _TICKS for text in last.values())
    return 0 < ticked < len(targets)


def _repeats_target(page: Page) -> bool:
    """A tick and a price alone on a line, and that price stands twice: a target that was reached ("TP 1.09", "✅ 1.09")."""
    if not page.only(Concept.TARGET):
        return False
    prices = [figure.values for figure in page.figures]
    for at in page.said(_TICKS):
        following = page.tokens[at + 1 : at + 3]
        ends = len(following) == 1 or (len(following) > 1 and following[1].concept is Concept.BREAK)
        if ends and is_figure(following[0]) and prices.count(following[0].values) > 1:
            return True
    return False


def _reports_gain(page: Page) -> bool:
    """A gain ("+50 pips") on a line without a level: a result, not a plan."""
    if "pips" not in page.units:
        return False
    gains = {token.line for token in page.tokens if token.sign == "+" and token.unit == "pips"}
    return not gains <= page.lines(_LEVELS)


def _tells_gain(page: Page) -> bool:
    """Pips with a word behind or before them that says they are made: "200 pips profit", "running +50 pips"."""
    if "pips" not in page.units:
        return False
    tokens = page.tokens
    for at in page.only(Concept.NUMBER):
        token = tokens[at]
        if token.unit == "pips":
            near = (*tokens[max(0, at - 2) : at], *tokens[at + 2 : at + 4])
            earned = (o for o in near if o.concept in (Concept.HIT, Concept.HOLD) or o.text in _EARNED)
            if any(other.line == token.line for other in earned):
                return True
    return False


_EARNED = frozenset({"profit", "profits"})


def _is_managed(page: Page) -> bool:
    """A line below the levels that only commands what is done with an open trade: "close now", "SL to BE"."""
    last = page.figures[-1].line if page.figures else 0
    if not any(page.tokens[at].line > last for at in page.each(_COMMANDS)):
        return False
    lines: dict[int, set[Concept]] = {}
    for token in page.tokens:
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


def _lists_account(page: Page) -> bool:
    """Balance and equity, or balance and profit with their sums: a statement of an account, with the trades open in it."""
    return {"balance", "equity"} <= page.words or ("balance" in page.words and _counts_profit(page))


def _counts_profit(page: Page) -> bool:
    """Balance and profit, each with a plain number behind it."""
    counted = {
        page.tokens[at].text
        for at in page.said(_SUMS)
        if any(is_figure(other) for other in page.tokens[at + 1 : at + _NEAR])
    }
    return counted >= _SUMS


_SUMS = frozenset({"balance", "profit"})
_NEAR = 4
UNDER_WAY = (
    Rule("stale", _lists_account, words=frozenset({"balance"})),
    Rule("stale", _is_ticked_off, words=_TICKS),
    Rule("stale", _repeats_target, words=_TICKS),
    Rule("stale", _reports_gain, needs=frozenset({Concept.NUMBER})),
    Rule("stale", _tells_gain, needs=frozenset({Concept.NUMBER})),
    Rule("stale", _is_managed, needs=_COMMANDS),
)
"""Every sign that the trade was opened before."""
