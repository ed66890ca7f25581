"""What stands around a call and takes it back: a refusal, a "not yet", the past tense, a quotation, a crossed-out line.

A call can be whole in itself and still not be meant: what frames it decides. Each frame is enough to leave it to the owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signalos_tui.decode.concepts import CALLING, SIDES, Concept
from signalos_tui.decode.page import Page, Rule, answers
from signalos_tui.decode.signs import signs
from signalos_tui.decode.tokens import Token, is_figure

_FRAMES = {
    Concept.REFUSAL: "refused",
    Concept.WAITING: "not_yet",
    Concept.PAST: "past",
    Concept.STANDING: "past",
    Concept.QUOTED: "quoted",
    Concept.COMMANDING: "commanding",
    Concept.CLOSED_SELF: "past",
}
_ALONE = {Concept.HOLD: "past", Concept.RECAP: "past", Concept.HIT: "stale", Concept.OPTIONAL: "optional"}
"""What frames a call only where it stands on a short line of its own."""

_TELLING = frozenset(
    {*_FRAMES, *_ALONE, Concept.NEGATION, Concept.SKIPPED, Concept.CONDITION, Concept.DURATION, Concept.HEADING}
)

_BARRED = frozenset({Concept.ENTRY, Concept.NOW, Concept.CLOSE, Concept.OBJECT, *SIDES})
_LEVELS = frozenset({Concept.STOP, Concept.TARGET, Concept.NONE, Concept.OPEN})
_EARNINGS = frozenset({"profit", "profits", "pnl", "p l", "gain", "made"})
_STRUCK = re.compile(r"(?<!~)~~(?=[^~\s])[^~]+(?<=\S)~~(?!~)")
_PASTED = re.compile(r"\[\d{1,2}[./]\d{1,2}[./]\d{2,4},? \d{1,2}:\d\d")
"""What a messenger puts over a post that is copied: "Admin, [12.03.24 10:15]"."""

_PAIRS = {"“": "”", "«": "»", "„": "“”", '"': '"'}
_QUOTE = re.compile("[" + "".join(_PAIRS) + "]")


def framing(page: Page) -> Iterator[str]:
    """The codes of what takes a call back."""
    yield from _told(page)
    if any(page.tokens[at].unit == "past" for at in page.sides):
        yield "past"
    if is_quoted(page, SIDES):
        yield "quoted"
    yield from answers(RULES, page)
    yield from signs(page)


def _told(page: Page) -> Iterator[str]:
    """What words say of the call that stand anywhere around it."""
    found = page.each(_TELLING, _EARNINGS)
    if not found:
        return
    tokens, prices = page.tokens, page.figures
    first, last = (prices[0].line, prices[-1].line) if prices else (-1, len(page.folded.text))
    told = page.below | {line for line in page.prose if line > first}
    called = page.lines(SIDES)
    for at in found:
        if tokens[at].concept is Concept.DURATION:
            code = "not_yet" if tokens[at].line in called and _names_wait(tokens, at) else ""
        else:
            code = _code(tokens, at, told, last)
        if code:
            yield code
        elif tokens[at].concept is Concept.CONDITION and (tokens[at].line < first or _limits(tokens, at, last)):
            yield "conditional"
        elif tokens[at].concept is Concept.HEADING and tokens[at].line <= first and _heads_call(tokens, at):
            yield "headed"


def _before_side(page: Page) -> list[Token]:
    """What stands before the first direction, on its line."""
    if not page.sides:
        return []
    at = page.sides[0]
    line = page.tokens[at].line
    return [token for token in page.tokens[max(0, at - _HEAD) : at] if token.line == line]


_HEAD = 12


def _is_headed(page: Page) -> bool:
    """Unknown words and a colon before the direction on its line: "Analyst: sell EURUSD", "Homework: buy gold"."""
    head = _before_side(page)
    colon = next((at for at, token in enumerate(head) if token.text == ":"), 0)
    return any(token.concept is Concept.WORD and not token.unit for token in head[:colon])


def _is_talked_of(page: Page) -> bool:
    """A form of "to be" right behind the last price of the direction's line: "... tp 4080 is what the herd does"."""
    tokens, figures, sides = page.tokens, page.figures, page.lines(SIDES)
    for at in page.each(_STATING, _WAS):
        token = tokens[at]
        told = [figure for figure in figures if figure.line == token.line and figure.end < token.start]
        if token.line not in sides or not told:
            continue
        between = [other for other in tokens[max(0, at - _REMARK) : at] if other.start > told[-1].start]
        if all(other.concept is Concept.MARK for other in between):
            return True
    return False


_STATING = frozenset({Concept.STATING})
_WAS = frozenset(
    {"is", "are", "was", "were", "war", "era", "était", "etait", "fu", "foi", "był", "było", "был", "была", "было"}
)
_REMARK = 4


def _is_mocked(page: Page) -> bool:
    """A clown beside a call laughs at somebody else's."""
    return "\N{CLOWN FACE}" in page.folded.original


_LIQUIDATED = frozenset({f"{side} liquidation{end}" for side in ("long", "short") for end in ("", "s")})
"""Whose positions were closed by force is news, not a call."""

RULES = (
    Rule("headed", _is_headed, needs=frozenset({Concept.WORD})),
    Rule("told", _is_talked_of, needs=_STATING, words=_WAS),
    Rule("told", _is_mocked, needs=SIDES),
    Rule("told", lambda page: not _LIQUIDATED.isdisjoint(page.words), words=_LIQUIDATED),
)


def is_advertised(page: Page) -> bool:
    """What is sold stands on the line of the direction: "gold buy now: membership 50% off"."""
    return not page.lines(frozenset({Concept.PROMOTION})).isdisjoint(page.lines(SIDES))


def is_told(page: Page) -> bool:
    """Words we do not know lead to the direction in its sentence: "students asked about buy gold", "my cousin thinks sell".

    Who says a call, and of whose trade he speaks, stands in front of it; names of emoji (":blue_diamond:") are no words.
    """
    text, words = page.folded.text, 0
    head = _before_side(page)
    if head and _is_doer(head, page.tokens[page.sides[0]]):
        return True
    for token in reversed(head):
        if token.text in _ENDS:
            break
        if token.concept is Concept.WORD and not token.unit:
            around = text[token.start - 1 : token.start] + text[token.end : token.end + 1]
            words += _EMOJI_NAME.isdisjoint(around)
    return words >= _TOLD


def _is_doer(head: list[Token], side: Token) -> bool:
    """An article and an unknown word right before a direction that is a verb: "this guy bought", "ein Bekannter kauft"."""
    head = head[:-1] if head[-1].text in _WAS else head
    if len(head) < _TOLD or side.text in _NOUNS or any(token.concept is Concept.MARK for token in head[-_TOLD:]):
        return False
    return head[-1].concept is Concept.WORD and not head[-1].unit and head[-2].text in _ARTICLES


_NOUNS = frozenset(
    {
        *("buy", "sell", "long", "short", "achat", "vente", "compra", "venta", "venda", "kauf", "verkauf", "покупка"),
        *("продажа", "acquisto", "vendita", "koop", "verkoop", "kop", "zakup", "sprzedaz", "купівля", "продаж"),
    }
)
"""Directions that are things: "a clean sell" calls a trade."""

_ARTICLES = frozenset(
    {
        *("a", "an", "the", "this", "that", "some", "ein", "eine", "einer", "der", "die", "dieser", "un", "une", "le"),
        *("la", "ce", "el", "una", "este", "ese", "il", "lo", "questo", "um", "uma", "o", "een", "de", "en", "ett"),
        *("один", "одна", "этот", "эта", "цей", "ten", "ta", "pewien", "jeden"),
    }
)
_TOLD = 2
_ENDS = frozenset(".!:|")
_EMOJI_NAME = frozenset(":_")


def _code(tokens: list[Token], at: int, told: frozenset[int], last: int) -> str:
    """What one token says of the call, empty for nothing. told: lines of disclaimers and talk. last: the last price's line."""
    token = tokens[at]
    concept = token.concept
    if concept in _TIMED and _is_of_event(tokens, at):
        return ""
    if concept in _FRAMES:
        skipped = token.line in told and concept in (Concept.PAST, Concept.CLOSED_SELF)
        return "" if skipped else _FRAMES[concept]
    if concept is Concept.NEGATION:
        return "refused" if _negates(tokens, at, told, last) else ""
    if concept is Concept.SKIPPED:
        return "not_yet" if _names_hour(tokens, at) else ""
    if concept is Concept.HOLD and any(o.concept in SIDES and o.line == token.line for o in tokens[at : at + 4]):
        return "past"
    if concept in _ALONE:
        return _ALONE[concept] if stands_alone(tokens, at) and not _is_beside_level(tokens, at) else ""
    return "stale" if _is_paid(tokens, at) else ""


def _is_of_event(tokens: list[Token], at: int) -> bool:
    """The time of an event, told in a sentence that calls nothing: "FOMC tomorrow", "news at 13:30, small lots"."""
    named = False
    for other in reversed(tokens[:at]):
        if other.line != tokens[at].line or other.text in _ENDS:
            break
        if not named and other.concept is not Concept.AT:
            named = other.text in _EVENTS
            if not named:
                return False
        if other.concept in CALLING:
            return False
    return named


_TIMED = frozenset({Concept.WAITING, Concept.SKIPPED})
_EVENTS = frozenset({"news", "nfp", "cpi", "ppi", "pce", "pmi", "gdp", "fomc", "fed", "ecb", "boe", "boj", "opec"})
"""What calendars list, by the names it has in every language."""


def _heads_call(tokens: list[Token], at: int) -> bool:
    """A call under "Monday:" or "Trade idea:" is for then, or to think about."""
    following = tokens[at + 1] if at + 1 < len(tokens) else None
    return following is not None and (following.text == ":" or following.concept in SIDES)


def _limits(tokens: list[Token], at: int, last: int) -> bool:
    """A condition alone on a short line below the levels ("if news is good"); one about managing the trade limits nothing."""
    line = tokens[at].line
    if line <= last or (at and tokens[at - 1].line == line and tokens[at - 1].concept is not Concept.BREAK):
        return False
    said = [
        other for other in tokens[at + 1 : at + _SHORT] if other.line == line and other.concept is not Concept.BREAK
    ]
    if len(said) >= _SHORT - 1 or not said or said[0].text == "you":
        return False
    return all(other.concept not in _MANAGING for other in said)


_SHORT = 8
_MANAGING = frozenset(
    {
        Concept.STOP,
        Concept.TARGET,
        Concept.BREAKEVEN,
        Concept.CLOSE,
        Concept.SECURE,
        Concept.PARTIAL,
        Concept.MOVE,
        Concept.HIT,
        Concept.CANCEL,
        Concept.PROMOTION,
    }
)


def _names_hour(tokens: list[Token], at: int) -> bool:
    """An hour behind "at": the call is for then. An hour alone says when it was written."""
    before = tokens[at - 1] if at else None
    at_hour = before is not None and before.concept is Concept.AT and before.line == tokens[at].line
    return at_hour and ":" in tokens[at].text


def _names_wait(tokens: list[Token], at: int) -> bool:
    """A time written out: "buy in 10 minutes". "15m" or "5min chart" is what a chart shows."""
    token, before = tokens[at], tokens[at - 1] if at else None
    if before is None or before.concept is not Concept.NUMBER:
        return False
    return before.end < token.start and len(token.text) > _SHORT_TIME


_SHORT_TIME = 2


def stands_alone(tokens: list[Token], at: int) -> bool:
    """A word with at most two others on its line, marks aside."""
    line = tokens[at].line
    near = tokens[max(0, at - 6) : at + 7]
    return sum(other.line == line and other.concept not in (Concept.MARK, Concept.BREAK) for other in near) <= 3


def _is_beside_level(tokens: list[Token], at: int) -> bool:
    """On a line with a label or a number: it speaks of that."""
    near = tokens[max(0, at - 6) : at + 7]
    return any(o.line == tokens[at].line and (o.concept in _LEVELS or (is_figure(o) and not o.sign)) for o in near)


def _negates(tokens: list[Token], at: int, told: frozenset[int], last: int) -> bool:
    """A negation that can mean the call: any, but "no SL", "No. 5" and those of disclaimers that name no order."""
    line = tokens[at].line
    following = [other for other in tokens[at + 1 : at + 5] if other.line == line]
    words = [other for other in following if other.concept is not Concept.MARK]
    if words and (words[0].concept in _LEVELS or is_figure(words[0])):
        return False
    before = tokens[at - 1] if at else None
    if before is not None and before.line == line and before.concept in _LEVELS:
        return False
    if any(other.concept in _BARRED for other in words[:3]):
        return True
    if line in told:
        return False
    return line <= last or stands_alone(tokens, at) or any(other.concept is Concept.FILLER for other in words[:2])


def _is_paid(tokens: list[Token], at: int) -> bool:
    """A sum of money right behind: "Profit: $500"."""
    near = [other for other in tokens[at + 1 : at + 5] if other.line == tokens[at].line]
    paid = any(other.text in {"$", "€", "£"} or other.concept is Concept.MONEY for other in near)
    return paid and any(other.concept is Concept.NUMBER for other in near)


def is_quoted(page: Page, meant: frozenset[Concept]) -> bool:
    """One of these concepts inside quotation marks, behind "> ", under a pasted head with its time, or struck through."""
    text = page.folded.text
    if "[" in text and _PASTED.search(text):
        return True
    if ">" in text and any(line.lstrip().startswith("> ") for line in text.split("\n")):
        return True
    if "~~" in text and _STRUCK.search(text):
        return True
    if not _QUOTE.search(text):
        return False
    ranges = list(_quotations(text))
    return _any_within([page.tokens[at].start for at in page.each(meant)], ranges)


def _quotations(text: str) -> Iterator[tuple[int, int]]:
    """The ranges between quotation marks; an opening mark without its closing one quotes nothing."""
    opened, closing = -1, ""
    for at, character in enumerate(text):
        if opened >= 0 and character in closing:
            yield opened, at
            opened, closing = -1, ""
        elif opened < 0 and character in _PAIRS:
            opened, closing = at, _PAIRS[character]


def _any_within(places: list[int], ranges: list[tuple[int, int]]) -> bool:
    """Any of the places inside any of the ranges; both are in order."""
    at = 0
    for place in places:
        while at < len(ranges) and ranges[at][1] < place:
            at += 1
        if at < len(ranges) and ranges[at][0] < place:
            return True
    return False
