"""How a call to trade is meant: as a plan, or as a report, an example, a maybe, a question.

A call can be complete and still not be one: edited after its first target, or hanging on a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signalos_tui.decode.concepts import CALLING, SIDES, Concept
from signalos_tui.decode.framing import framing, is_advertised, is_told, stands_alone
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.page import Page, Rule, answers
from signalos_tui.decode.tokens import is_figure
from signalos_tui.decode.underway import UNDER_WAY
from signalos_tui.model.signals import Reason

_TELLING = frozenset(
    {
        Concept.CANCEL,
        Concept.CANCELLED,
        Concept.CLOSED,
        Concept.CONDITION,
        Concept.CONDITION_WEAK,
        Concept.HIT,
        Concept.IDEA,
        Concept.OPTIONAL,
    }
)
_OPTIONS = frozenset({"put", "call", "ce", "pe", "puts", "calls"})
_QUESTIONS = frozenset({"?", "؟"})
_CODE = re.compile(
    r"\{(?:\s*[\"'{%]|\w+\s*:)|<(?:[|!]|/(?!(?:a|b|i|s|u|em|code|pre|strong)>))|\((?<=\w\()(?:\)|\w+=)|\[/?inst\b"
)
"""What programs write and traders do not; the marks of bold and italic text are no code.

Each choice begins with a sign of its own, so the search leaps from sign to sign.
"""

_REASONS = {
    "stale": "It already reports a result of this trade: it may be an old signal, edited.",
    "withdrawn": "It speaks of a cancellation.",
    "option": "It speaks of an option, not of the market itself.",
    "example": "It looks like an example or a scenario, not a call.",
    "conditional": "It depends on a condition only the owner can judge.",
    "optional": "It is a suggestion, not an instruction.",
    "question": "It asks a question.",
    "refused": "It says not to take it.",
    "not_yet": "It speaks of a later time or asks to wait.",
    "past": "It reports a trade that was taken before.",
    "quoted": "It quotes somebody, or is struck through.",
    "commanding": "It speaks to the reader instead of calling a trade.",
    "crossed_out": "It is crossed out.",
    "choice": "It offers a choice; the owner makes it.",
    "headed": "It stands under a heading that may make it somebody else's call, or a plan.",
    "told": "It stands inside a sentence that may tell of a trade instead of calling one.",
    "advert": "It stands in an advert.",
    "code": "It holds code or a form for programs.",
    "hidden_text": "The text reverses its own direction: what is shown is not what is written.",
}


def manner(page: Page) -> list[Reason]:
    """Every reason in the wording not to take a call at its word, each once."""
    codes = dict.fromkeys(_codes(page)) or dict.fromkeys(answers(SETTING, page))
    return [Reason(code, _REASONS[code]) for code in codes]


def _codes(page: Page) -> Iterator[str]:
    """The codes of the reasons, in the order of the text."""
    yield from framing(page)
    yield from _told(page)
    yield from answers(RULES, page)
    yield from (reason.code for reason in hidden(page.folded))


def _told(page: Page) -> Iterator[str]:
    """What words say of how the call is meant."""
    telling = page.each(_TELLING, _OPTIONS)
    if telling:
        calls = page.lines(CALLING)
        plans = _planned(page)
        for at in telling:
            code = "" if page.tokens[at].line in plans else _code(page, at, calls)
            if code:
                yield code


def _planned(page: Page) -> frozenset[int]:
    """Lines below the levels on how the trade is to be managed later: "When TP1 hits, move SL to entry"."""
    kinds: dict[int, list[Concept]] = {}
    if not page.only(Concept.CONDITION):
        return frozenset()
    first = page.figures[0].line if page.figures else 0
    for token in page.tokens:
        if token.line > first and token.concept is not Concept.MARK and token.concept is not Concept.BREAK:
            kinds.setdefault(token.line, []).append(Concept.SIDE_LABEL if is_figure(token) else token.concept)
    return frozenset(
        line
        for line, said in kinds.items()
        if said[0] is Concept.CONDITION
        and Concept.TARGET in said
        and _LATER.intersection(said)
        and _CALLED.isdisjoint(said)
    )


_LATER = frozenset({Concept.MOVE, Concept.BREAKEVEN, Concept.CLOSE, Concept.PARTIAL, Concept.SECURE})
_CALLED = frozenset({*SIDES, Concept.CLOSED, Concept.CANCEL, Concept.PAST, Concept.ALREADY, Concept.SYMBOL})


def _code(page: Page, at: int, calls: frozenset[int]) -> str:
    """The code of one token's doubt, empty for none. calls: the lines of directions and entries."""
    tokens, prose, token = page.tokens, page.prose, page.tokens[at]
    concept = token.concept
    if concept is Concept.IDEA:
        return "example"
    if token.text in _OPTIONS:
        return "option" if _names_option(page, at) else ""
    if concept is Concept.CLOSED:
        return "" if token.line in prose else "stale"
    if concept is Concept.CANCEL and at + 1 < len(tokens) and tokens[at + 1].unit in _BEYOND:
        return ""  # "invalid above 4100" says where the idea ends, as the stop does
    if concept is Concept.CANCEL or concept is Concept.CANCELLED:
        return "withdrawn" if token.line in calls or stands_alone(tokens, at) else ""
    near = {other.concept for other in tokens[max(0, at - 5) : at + 6] if other.line == token.line}
    if concept is Concept.HIT:
        return "stale" if Concept.TARGET in near or Concept.STOP in near else ""
    if token.line in page.below or (concept is Concept.CONDITION_WEAK and token.line in prose):
        return ""
    if (token.line in calls and token.line not in prose) or near & SIDES or Concept.ENTRY in near:
        return "optional" if concept is Concept.OPTIONAL else "conditional"
    return ""


_BEYOND = frozenset({"above", "below"})


def _names_option(page: Page, at: int) -> bool:
    """Right behind a market, or behind it and a strike: "NIFTY CE", "BANKNIFTY 58500 PE". In Hindi "4080 pe" is "at 4080"."""
    before = page.tokens[max(0, at - 2) : at]
    if not before:
        return False
    if before[-1].concept is Concept.SYMBOL:
        return True
    strike = len(before) > 1 and before[0].concept is Concept.SYMBOL and is_figure(before[1])
    span = page.folded.span(page.tokens[at].start, page.tokens[at].end)
    return strike and (page.tokens[at].text != "pe" or page.folded.original[span.start : span.end].isupper())


def hidden(folded: Folded) -> list[Reason]:
    """Text that shows something else than it says, or is written for a program: JSON, a call of a function, a chat template."""
    codes = ["hidden_text"] if "text direction override" in folded.oddities else []
    codes += ["code"] if _CODE.search(folded.text) else []
    return [Reason(code, _REASONS[code]) for code in codes]


def counts_pips(page: Page) -> bool:
    """Pips that belong to no level: a report."""
    return "pips" in page.units


def _stops_at_close(page: Page) -> bool:
    """A stop that waits for a candle ("SL: daily close below 80"): no order at the broker can do that."""
    tokens = page.tokens
    return any(
        "close" in tokens[at].text
        and any(o.concept is Concept.STOP and o.line == tokens[at].line for o in tokens[max(0, at - 4) : at])
        for at in page.only(Concept.NEUTRAL)
    )


def _wonders(page: Page) -> bool:
    """A question without its mark: "should I buy gold at 4050"."""
    tokens = page.tokens
    return any(
        other.concept is Concept.ASKING and other.line == tokens[at].line
        for at in page.sides[:1]
        for other in tokens[max(0, at - 4) : at]
    )


def _offers_both(page: Page) -> bool:
    """Both directions in one line with an "or" between: "buy 4050 or sell 4060"."""
    line, side, choice = -1, None, False
    for at in page.each(_CHOICE):
        token = page.tokens[at]
        if token.concept is Concept.OR:
            choice = True
        else:
            if choice and token.line == line and token.concept is not side:
                return True
            line, side, choice = token.line, token.concept, False
    return False


_CHOICE = SIDES | {Concept.OR}


def _is_asked_about(page: Page) -> bool:
    """A question on a line of its own below the call; one that leads to an advert ("Want more? Join us") asks nothing."""
    tokens, sides = page.tokens, page.sides
    others = page.lines(_LEVELS) | {figure.line for figure in page.figures}
    for at in page.said(_QUESTIONS):
        token = tokens[at]
        if sides and token.line > tokens[sides[0]].line and token.line not in others:
            after = [other for other in tokens[at + 1 : at + _SOON] if other.concept is not Concept.MARK]
            ends = not after or after[0].concept is Concept.BREAK
            led = tokens[max(0, at - _SOON) : at]
            advert = any(
                o.concept is Concept.PROMOTION or o.text == "@" for o in (*led, *after) if o.line >= token.line
            )
            if ends and not advert:
                return True
    return False


_SOON = 40
"""An advert follows its question within so many tokens."""

_LEVELS = frozenset({Concept.STOP, Concept.TARGET, Concept.ENTRY})


def asks(page: Page) -> bool:
    """A question on the line of a direction, or right behind a price; "SL ???" is an open stop, not a question."""
    tokens, sides = page.tokens, page.lines(SIDES)
    if any(tokens[at].line in sides for at in page.only(Concept.QUESTION)):
        return True
    for at in page.said(_QUESTIONS):
        if at and is_figure(tokens[at - 1]) and tokens[at].start - tokens[at - 1].end <= 1:
            return True
        if tokens[at].line in sides:
            before = tokens[max(0, at - 4) : at]
            if not any(other.concept in (Concept.STOP, Concept.TARGET) for other in before):
                return True
    return False


RULES = (
    Rule("question", asks, needs=frozenset({Concept.QUESTION}), words=_QUESTIONS),
    Rule("question", _is_asked_about, words=_QUESTIONS),
    Rule("question", _wonders, needs=frozenset({Concept.ASKING})),
    Rule("choice", _offers_both, needs=frozenset({Concept.OR})),
    Rule("conditional", _stops_at_close, needs=frozenset({Concept.NEUTRAL})),
    *UNDER_WAY,
)
SETTING = (
    Rule("advert", is_advertised, needs=frozenset({Concept.PROMOTION})),
    Rule("told", is_told, needs=frozenset({Concept.WORD})),
)
"""What the sentence of the direction is for, where no word of it says so outright."""
