"""Whether a command speaks of the trades that exist, now: not of an app, a book, another hour or somebody else's words.

"Close" takes any object; what stands behind it, and what the sentence is about otherwise, decides whether it is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from signalos_tui.decode.actions import Action
from signalos_tui.decode.asserting import CUTS, REACH, SPOKEN_OF, VERBS, defines, states
from signalos_tui.decode.concepts import FREE_ORDER, SIDES, VERB_LAST, Concept
from signalos_tui.decode.framing import is_quoted
from signalos_tui.decode.page import Page
from signalos_tui.decode.picking import may_name_coin, names_share, picks_entries, picks_standing, shares_rest
from signalos_tui.decode.sentences import Objection, Sentence, objections
from signalos_tui.decode.shares import names_exception
from signalos_tui.decode.tokens import Token
from signalos_tui.model.signals import Reason, UpdateAction

ENDING = frozenset({Concept.CLOSE, Concept.PARTIAL, Concept.CANCEL, Concept.SECURE, Concept.FRACTION})
"""Words that take a trade or a part of it as their object."""

_FRAMES = {
    Concept.REFUSAL: ("refused", "It says not to do it."),
    Concept.HEADING: ("not_yet", "It names a day or speaks of a plan."),
    Concept.WAITING: ("not_yet", "It speaks of a later time or asks to wait."),
    Concept.PAST: ("past", "It speaks of a trade of the past."),
    Concept.QUOTED: ("quoted", "It quotes somebody."),
    Concept.COMMANDING: ("commanding", "It speaks to the reader instead of to traders."),
    Concept.PROMOTION: ("advert", "It advertises something."),
    Concept.IDEA: ("example", "It looks like an example or a lesson."),
    Concept.ASKING: ("question", "It asks a question."),
    Concept.NONE: ("not_yet", "It speaks of a later time or asks to wait."),
    Concept.SKIPPED: ("timed", "It names a date or an hour; a command goes out at once."),
}
_OWN = frozenset({Concept.OBJECT, Concept.SYMBOL, Concept.FRACTION, Concept.PARTIAL, Concept.PART, Concept.EVERYTHING})
"""What a command may be about: trades, or a part of them."""


def misaddressed(part: Sentence) -> Iterator[Reason]:
    """Every reason why a sentence's command may not be meant for the trades that exist."""
    if not part.concepts.isdisjoint(_FRAMES):
        for concept, (code, text) in _FRAMES.items():
            if concept in part.concepts:
                yield Reason(code, text)
    yield from objections(OBJECTIONS, part)


def _ends_whole(part: Sentence) -> bool:
    """It closes, and names no part."""
    return part.has(Concept.CLOSE) and not names_share(part) and not part.has(*_PARTS)


_PARTS = (Concept.PARTIAL, Concept.PART, Concept.FRACTION)


def _counts_pips(part: Sentence) -> bool:
    """A close with a number of pips that may be a result or a condition: "close 80 pips", "book 80 pips", "half at 80 pips"."""
    if part.has(Concept.NOW):
        return False
    for before, token in pairwise([None, *part.tokens]):
        if token is not None and token.unit == "pips" and token.concept is Concept.NUMBER and not token.sign:
            booked = before is not None and before.concept in (Concept.SECURE, Concept.AT)
            if booked or _ends_whole(part):
                return True
    return False


def _is_offset(tokens: list[Token]) -> bool:
    """A distance between the stop and its new place, or right behind that: "SL 10 pips above entry", "SL to BE +5 pips"."""
    kinds = [token.concept for token in tokens]
    goal = next((at for at, kind in enumerate(kinds) if kind in (Concept.BREAKEVEN, Concept.ENTRY)), -1)
    stop = kinds.index(Concept.STOP) if Concept.STOP in kinds else goal
    if goal < 0 or stop > goal:
        return False
    after = tokens[goal + 1 : goal + 3]
    behind = [token for token in after if token.text != "+"][:1]
    added = bool(behind) and behind[0].concept is Concept.NUMBER and (behind[0].sign == "+" or after[0].text == "+")
    return added or any(token.unit in _DISTANCES for token in (*tokens[stop:goal], *behind))


_BEYOND = frozenset({"above", "below"})
_DISTANCES = frozenset({"pips", "points"})
_TAKING = ENDING - {Concept.FRACTION} | {Concept.CLOSED, Concept.CLOSED_SELF, Concept.TARGET}


def _asks_now(part: Sentence) -> bool:
    """A verb that asks; "moved to BE already" tells."""
    return any(token.concept in VERBS and token.text not in _PAST_TENSE for token in part.tokens)


_PAST_TENSE = frozenset({"moved", "changed", "adjusted", "updated", "fixed"})


def closes_shop(part: Sentence) -> bool:
    """The author closes a group or a channel, right behind the verb: that is no trade, whatever else is said."""
    if not part.has(Concept.PROMOTION):
        return False
    kinds = [token.concept for token in part.tokens if token.concept is not Concept.FILLER]
    return (Concept.CLOSE, Concept.PROMOTION) in pairwise(kinds) and not part.symbols


def names_span(tokens: Iterable[Token]) -> bool:
    """A number of minutes, hours, days: "close all in 10 minutes"."""
    return any(one.concept is Concept.NUMBER and two.concept is Concept.DURATION for one, two in pairwise(tokens))


def is_tale(doubts: Iterable[Reason], found: Iterable[Action]) -> bool:
    """What somebody does, or how it is done, and no price in it: "they move their stop", "how to set SL"."""
    told = any(reason.code in _TALES for reason in doubts)
    return told and all(
        action[0] is UpdateAction.INFO
        or (action[0] is UpdateAction.MOVE_SL and action[2] is None and action[3] is None)
        for action in found
    )


_TALES = frozenset({"somebody_else", "example"})


def lists_markets(part: Sentence) -> bool:
    """Its markets stand side by side, with commas or an "and" between: "close gold, silver and oil"."""
    places = [at for at, token in enumerate(part.tokens) if token.concept is Concept.SYMBOL]
    between = part.tokens[places[0] : places[-1] + 1]
    return all(token.concept in _LISTING or token.text in _LIST_MARKS for token in between)


_LISTING = frozenset({Concept.SYMBOL, Concept.AND})
_LIST_MARKS = frozenset({",", "/", "&", "+", "#"})


def names_level(part: Sentence) -> bool:
    """A stop or a target; the "stop" of a "buy stop" is an order."""
    before: Concept | None = None
    for token in part.tokens:
        if token.concept is Concept.TARGET or (token.concept is Concept.STOP and before not in SIDES):
            return True
        before = token.concept
    return False


def removes_limit(part: Sentence) -> bool:
    """A bare "remove limit": some brokers call a target the limit, so it may be an order or a level."""
    words = [token.text for token in part.tokens if token.concept not in (Concept.MARK, Concept.FILLER)]
    return words in (["remove", "limit"], ["remove", "limits"])


def quoted(page: Page) -> Iterator[Reason]:
    """A command inside quotation marks, behind "> ", or struck through."""
    if is_quoted(page, _QUOTABLE):
        yield Reason("quoted", "It quotes somebody, or is struck through.")


_QUOTABLE = ENDING | {Concept.BREAKEVEN, Concept.MOVE}


def _names_other_object(tokens: list[Token]) -> bool:
    """An unknown word right behind the command, or before a verb at the end: "close the door", "die Tür schließen"."""
    for at, token in enumerate(tokens):
        if token.concept in ENDING:
            following = tokens[at + 1 : at + 1 + REACH]
            turned = token.language in VERB_LAST and (not following or following[0].concept in CUTS)
            for other in reversed(tokens[max(0, at - REACH) : at]) if turned else following:
                if other.concept in CUTS or (turned and other.concept in _OWN):
                    break
                unknown = other.concept is Concept.WORD and other.unit in _UNKNOWN
                if unknown or other.text in _ACCOUNTS or _is_period(tokens, other):
                    return True
    return False


_UNKNOWN = frozenset({"", "keep"})
_ACCOUNTS = frozenset(
    {"account", "账户", "帐户", "账号", "帐号", "賬戶", "帳戶", "口座", "счет", "cuenta", "conta", "konto"}
)


def _is_period(tokens: list[Token], token: Token) -> bool:
    """A week or a day that is closed; behind a number it is a span of time."""
    if token.concept is not Concept.DURATION or len(token.text) < _WRITTEN:
        return False
    return not any(other.concept is Concept.NUMBER and 0 <= token.start - other.end <= 1 for other in tokens)


_WRITTEN = 3
"""A unit of time with so many letters is a word, not the "d" of "1d"."""


def _closes_all(tokens: list[Token]) -> bool:
    """A close with "all" right behind it, "the" and such aside."""
    kinds = [token.concept for token in tokens if token.concept is not Concept.FILLER]
    return (Concept.CLOSE, Concept.EVERYTHING) in pairwise(kinds)


def _opens_anew(tokens: list[Token]) -> bool:
    """A direction behind "and": "close all and buy now"."""
    return any(
        token.concept is Concept.AND and any(other.concept in SIDES for other in tokens[at + 1 : at + 3])
        for at, token in enumerate(tokens)
    )


def _waits_for_level(tokens: list[Token]) -> bool:
    """A target behind "at": "close half at TP1", "bei TP1 die Hälfte schließen", "SL to BE at 4080".

    Slavic languages say "on TP1" with the word for "to", Romance ones with "a"; behind a stop it says where that goes ("стоп
    на ТП1").
    """
    named = [token for token in tokens if token.concept not in _BETWEEN or token.text in _ROMANCE]
    goes = next((at for at, token in enumerate(named) if token.concept in _GOING), len(named))
    targets = [at for at, token in enumerate(tokens) if token.concept is Concept.TARGET]
    if any(_is_behind(tokens, at) and _GOING.isdisjoint(token.concept for token in tokens[:at]) for at in targets):
        return True
    return any(
        (_is_at(first, at < goes) and second.concept in (Concept.TARGET, Concept.STOP))
        or (first.concept is Concept.BREAKEVEN and second.concept is Concept.AT and _is_level(named[at + 2 : at + 3]))
        for at, (first, second) in enumerate(pairwise(named))
    )


def _is_behind(tokens: list[Token], at: int) -> bool:
    """The "at" of languages that put it behind the target: "TP1 पर", "TP1 pe", "TP1'de", "TP1で"."""
    numbered = at + 1 < len(tokens) and tokens[at + 1].concept in (Concept.NUMBER, Concept.INDEX)
    rest = tokens[at + 1 + numbered : at + 2 + numbered]
    return bool(rest) and rest[0].text in _POSTPOSED and rest[0].language != "en"


_POSTPOSED = frozenset({"पर", "पे", "pe", "par", "pr", "de", "da", "te", "ta", "で", "پر", "پہ"})


def _is_level(following: list[Token]) -> bool:
    """A price or a level comes next; "стоп в бу по золоту" names the market with the same word."""
    return bool(following) and following[0].concept in (Concept.NUMBER, Concept.TARGET, Concept.STOP, Concept.WORD)


def _is_at(token: Token, alone: bool) -> bool:
    """A word for "at". alone: nothing that could go somewhere was named before."""
    if alone and (token.text in _ROMANCE or (token.concept is Concept.TO and token.language in _ON)):
        return True
    return token.concept is Concept.AT


_ON = FREE_ORDER | {"zh"}
"""Languages whose "to" is also the "at" of "at the target"."""


def _is_priced_target(part: Sentence) -> bool:
    """A price right behind its target: "close 50% TP1 4080"."""
    for at, token in enumerate(part.tokens):
        if token.concept is Concept.TARGET:
            near = [other for other in part.tokens[at + 1 : at + 4] if other.start not in part.target_numbers]
            if near and near[0] in part.numbers and not near[0].unit and not near[0].sign:
                return True
    return False


def _begins_with_level(tokens: list[Token]) -> bool:
    """A plan: "at TP1 move the stop to 4080", "from 4080 stop to entry", "TP1: close half"."""
    meant = [token for token in tokens if token.concept is not Concept.MARK or token.text in _PLANNING]
    if len(meant) > 1 and (meant[0].concept is Concept.AT or meant[0].text in _ROMANCE):
        return meant[1].concept in (Concept.TARGET, Concept.NUMBER)
    numbered = len(meant) > 1 and meant[1].concept in (Concept.NUMBER, Concept.INDEX)
    rest = meant[2:4] if numbered else meant[1:3]
    planned = len(rest) > 1 and rest[0].text == ":" and rest[1].concept in ENDING | {Concept.BREAKEVEN, Concept.STOP}
    return planned and meant[0].concept is Concept.TARGET


_ROMANCE = frozenset({"a", "au", "aux", "al", "all", "alla", "ao", "no", "na", "en", "em"})
"""The "at" of Romance languages, with and without its article."""
_PLANNING = frozenset({":", "✅", "✔", "☑"})
_RISKED = frozenset({Concept.STOP, Concept.MOVE, Concept.SYMBOL, Concept.OBJECT, Concept.SIDE_LABEL, Concept.CLOSE})
"""What can be made free of risk; without one of these the words advertise."""


_GOING = frozenset({Concept.STOP, Concept.MOVE, Concept.BREAKEVEN})
_BETWEEN = frozenset({Concept.ORDINAL, Concept.FILLER})


def _has_subject(tokens: list[Token]) -> bool:
    """An unknown word shortly before the verb: "the bank will close", "Goldman raises its target". English puts it there."""
    if any(token.language not in _SUBJECT_FIRST for token in tokens):
        return False
    for at, token in enumerate(tokens):
        if token.concept in SPOKEN_OF:
            for other in reversed(tokens[max(0, at - REACH) : at]):
                if other.concept in CUTS:
                    return False
                if other.concept is Concept.WORD and not other.unit:
                    return True
            return False
    return False


_SUBJECT_FIRST = frozenset({"", "en"})
"""Words of no language (names of markets) and of English; a sentence with a word of another one is not judged so."""


OBJECTIONS = (
    Objection(
        "two_commands", "It asks to close and to hold.",
        _ends_whole, needs=frozenset({Concept.HOLD}),
    ),
    Objection(
        "which_part", "It asks to close everything and to take a part.",
        lambda part: _closes_all(part.tokens), needs=frozenset({Concept.PARTIAL}),
    ),
    Objection(
        "which_part", "It asks to close everything but something that is no share.",
        lambda part: names_exception(part.tokens) and not part.has(Concept.FRACTION) and not names_share(part),
        needs=frozenset({Concept.EVERYTHING}),
    ),
    Objection(
        "which_part", "It asks to close those that are in profit or in loss; which they are is not said.",
        lambda part: picks_standing(part.tokens),
        needs=frozenset({Concept.EVERYTHING}),
    ),
    Objection(
        "two_commands", "It asks to close and to open at once.",
        lambda part: part.has(*ENDING) and _opens_anew(part.tokens), needs=SIDES,
    ),
    Objection(
        "which_part", "It counts pips and does not say whether they are a result or a condition.",
        _counts_pips, needs=frozenset({Concept.NUMBER}),
    ),
    Objection(
        "unknown_object", "What it asks to close or cancel is not known.",
        lambda part: _names_other_object(part.tokens), needs=ENDING,
    ),
    Objection(
        "unknown_object", "It does not say what is to be without risk.",
        lambda part: bool(part.unknown) and not part.has(*_RISKED) and any(token.unit == "risk" for token in part.tokens),
        needs=frozenset({Concept.BREAKEVEN}),
    ),
    Objection(
        "conditional", "It names the level at which it is to be done.",
        lambda part: not part.has(Concept.HIT) and _begins_with_level(part.tokens),
        needs=frozenset({Concept.TARGET, Concept.NUMBER}),
    ),
    Objection(
        "which_part", "It names a share of what is left; all of that may be meant, or a part of it.",
        lambda part: shares_rest(part.tokens), needs=frozenset({Concept.OBJECT, Concept.CLOSE}),
    ),
    Objection(
        "unknown_object", "It may name a market that is not known.",
        lambda part: may_name_coin(part.tokens), needs=ENDING | {Concept.BREAKEVEN, Concept.STOP},
    ),
    Objection(
        "which_part", "It asks to close some entries and not others.",
        lambda part: picks_entries(part.tokens), needs=frozenset({Concept.ENTRY}),
    ),
    Objection(
        "conditional", "It names the level at which it is to be done.",
        lambda part: (
            part.has(Concept.CLOSE, Concept.PARTIAL, Concept.SECURE)
            and not part.has(Concept.HIT, Concept.MOVE)
            and part.marks.isdisjoint(_PLANNING)
            and _is_priced_target(part)
        ),
        needs=frozenset({Concept.TARGET}),
    ),
    Objection(
        "conditional", "It names the level from which it no longer holds.",
        lambda part: any(
            one.concept is Concept.CANCEL and other.unit in _BEYOND for one, other in pairwise(part.tokens)
        ),
        needs=frozenset({Concept.CANCEL}),
    ),
    Objection(
        "price_missing", "It sets the stop so far from the entry; the distance is not added for you.",
        lambda part: _is_offset(part.tokens), needs=frozenset({Concept.BREAKEVEN, Concept.ENTRY}),
    ),
    Objection(
        "which_part", "It names a part of the trade and asks for break-even only.",
        lambda part: part.has(Concept.FRACTION) and not part.has(*_TAKING), needs=frozenset({Concept.BREAKEVEN}),
    ),
    Objection(
        "somebody_else", "Somebody or something else seems to do it.",
        lambda part: not part.has(Concept.CONDITION, Concept.OPTIONAL) and _has_subject(part.tokens), needs=SPOKEN_OF,
    ),
    Objection(
        "statement", "It says how things are instead of asking for something.",
        lambda part: (
            states(part.tokens) or defines(part.tokens) or (part.has(Concept.ALREADY) and not _asks_now(part))
        ),
        needs=SPOKEN_OF | {Concept.ALREADY},
    ),
    Objection(
        "conditional", "It names the level at which it is to be done.",
        lambda part: part.has(*ENDING, Concept.BREAKEVEN) and not part.has(Concept.HIT) and _waits_for_level(part.tokens),
        needs=frozenset({Concept.TARGET, Concept.STOP, Concept.BREAKEVEN}),
    ),
)  # fmt: skip
"""What speaks against a command besides the words that frame it, and what each of them cannot do without."""
