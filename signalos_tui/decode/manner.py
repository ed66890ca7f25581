"""How a call to trade is meant: as a plan, or as a report, an example, a maybe, a question.

A call can be complete and still not be one: edited after its first target, or hanging on a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.framing import framing, is_advertised, is_told, stands_alone
from signalos_tui.decode.normalise import Folded
from signalos_tui.decode.tokens import Token, is_figure, lines_below, prose_lines
from signalos_tui.decode.underway import is_under_way
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
_CODE = re.compile(r"\{\s*[\"'{%]|\{\w+\s*:|<[|!]|</(?!(?:a|b|i|s|u|em|code|pre|strong)>)|\w\(\)|\w\(\w+=|\[/?inst\b")
"""What programs write and traders do not; the marks of bold and italic text are no code."""

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


def manner(tokens: list[Token], folded: Folded) -> list[Reason]:
    """Every reason in the wording not to take a call at its word, each once."""
    codes = dict.fromkeys(_codes(tokens, folded)) or dict.fromkeys(_setting(tokens, folded))
    return [Reason(code, _REASONS[code]) for code in codes]


def _setting(tokens: list[Token], folded: Folded) -> Iterator[str]:
    """What the sentence of the direction is for, where no word of it says so outright."""
    if is_advertised(tokens):
        yield "advert"
    if is_told(tokens, folded):
        yield "told"


def _codes(tokens: list[Token], folded: Folded) -> Iterator[str]:
    """The codes of the reasons, in the order of the text."""
    yield from framing(tokens, folded)
    telling = [at for at, token in enumerate(tokens) if token.concept in _TELLING or token.text in _OPTIONS]
    if telling:
        prose = prose_lines(tokens)
        below = lines_below(tokens)
        calls = frozenset(token.line for token in tokens if token.concept in SIDES or token.concept is Concept.ENTRY)
        plans = _planned(tokens)
        for at in telling:
            code = "" if tokens[at].line in plans else _code(tokens, at, prose, below, calls)
            if code:
                yield code
    if asks(tokens, folded) or is_asked_about(tokens, folded) or _wonders(tokens):
        yield "question"
    if offers_both(tokens):
        yield "choice"
    if _stops_at_close(tokens):
        yield "conditional"
    if is_under_way(tokens, folded):
        yield "stale"
    yield from (reason.code for reason in hidden(folded))


def _planned(tokens: list[Token]) -> frozenset[int]:
    """Lines below the levels on how the trade is to be managed later: "When TP1 hits, move SL to entry"."""
    first = next((token.line for token in tokens if is_figure(token)), 0)
    kinds: dict[int, list[Concept]] = {}
    for token in tokens:
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


def _code(tokens: list[Token], at: int, prose: frozenset[int], below: frozenset[int], calls: frozenset[int]) -> str:
    """The code of one token's doubt, empty for none."""
    token = tokens[at]
    concept = token.concept
    if concept is Concept.IDEA:
        return "example"
    if token.text in _OPTIONS:
        return "option" if at and tokens[at - 1].concept is Concept.SYMBOL else ""
    if concept is Concept.CLOSED:
        return "" if token.line in prose else "stale"
    if concept is Concept.CANCEL or concept is Concept.CANCELLED:
        return "withdrawn" if token.line in calls or stands_alone(tokens, at) else ""
    near = {other.concept for other in tokens[max(0, at - 5) : at + 6] if other.line == token.line}
    if concept is Concept.HIT:
        return "stale" if Concept.TARGET in near or Concept.STOP in near else ""
    if token.line in below or (concept is Concept.CONDITION_WEAK and token.line in prose):
        return ""
    if (token.line in calls and token.line not in prose) or near & SIDES or Concept.ENTRY in near:
        return "optional" if concept is Concept.OPTIONAL else "conditional"
    return ""


def hidden(folded: Folded) -> list[Reason]:
    """Text that shows something else than it says, or is written for a program: JSON, a call of a function, a chat template."""
    codes = ["hidden_text"] if "text direction override" in folded.oddities else []
    codes += ["code"] if _CODE.search(folded.text) else []
    return [Reason(code, _REASONS[code]) for code in codes]


def counts_pips(tokens: list[Token]) -> bool:
    """Pips that belong to no level: a report."""
    return any(token.unit == "pips" for token in tokens)


def _stops_at_close(tokens: list[Token]) -> bool:
    """A stop that waits for a candle ("SL: daily close below 80"): no order at the broker can do that."""
    return any(
        token.concept is Concept.NEUTRAL
        and "close" in token.text
        and any(other.concept is Concept.STOP and other.line == token.line for other in tokens[max(0, at - 4) : at])
        for at, token in enumerate(tokens)
    )


def _wonders(tokens: list[Token]) -> bool:
    """A question without its mark: "should I buy gold at 4050"."""
    sides = [at for at, token in enumerate(tokens) if token.concept in SIDES]
    return any(
        other.concept is Concept.ASKING and other.line == tokens[at].line
        for at in sides[:1]
        for other in tokens[max(0, at - 4) : at]
    )


def offers_both(tokens: list[Token]) -> bool:
    """Both directions in one line with an "or" between: "buy 4050 or sell 4060"."""
    line, side, choice = -1, None, False
    for token in tokens:
        if token.concept in SIDES:
            if choice and token.line == line and token.concept is not side:
                return True
            line, side, choice = token.line, token.concept, False
        elif token.concept is Concept.OR:
            choice = True
    return False


def is_asked_about(tokens: list[Token], folded: Folded) -> bool:
    """A question on a line of its own below the call; one that leads to an advert ("Want more? Join us") asks nothing."""
    if not any(mark in folded.text for mark in _QUESTIONS):
        return False
    call = next((token.line for token in tokens if token.concept in SIDES), -1)
    others = {token.line for token in tokens if token.concept in _LEVELS or is_figure(token)}
    for at, token in enumerate(tokens):
        if token.text in _QUESTIONS and call >= 0 and token.line > call and token.line not in others:
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


def asks(tokens: list[Token], folded: Folded) -> bool:
    """A question on the line of a direction, or right behind a price; "SL ???" is an open stop, not a question."""
    sides = {token.line for token in tokens if token.concept in SIDES}
    if any(token.concept is Concept.QUESTION and token.line in sides for token in tokens):
        return True
    if not any(mark in folded.text for mark in _QUESTIONS):
        return False
    for at, token in enumerate(tokens):
        if token.text in _QUESTIONS and at and is_figure(tokens[at - 1]) and token.start - tokens[at - 1].end <= 1:
            return True
        if token.text in _QUESTIONS and token.line in sides:
            before = tokens[max(0, at - 4) : at]
            if not any(other.concept in (Concept.STOP, Concept.TARGET) for other in before):
                return True
    return False
