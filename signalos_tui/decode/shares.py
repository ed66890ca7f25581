"""How much of a position a sentence asks to close: "half", "30%", "all but a quarter"; and whether it takes a part at all."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from signalos_tui.decode.concepts import FREE_ORDER, VERB_LAST, Concept
from signalos_tui.decode.sentences import Sentence
from signalos_tui.decode.tokens import Token
from signalos_tui.model.signals import Reason

_SHARES = frozenset({Concept.PROFIT_WORD, Concept.FRACTION, Concept.PART})

_PARTS = frozenset({"%", "share"})
_GAINS = frozenset({"pips", "points"})

_LEAST = 5
"""Nobody closes less of a position, in percent: "take 1 %" speaks of the risk."""


def fraction(part: Sentence) -> Decimal | None:
    """How much of the position: "half", "30%"; None when the size is not said. "All but 20%" is 80%."""
    share = _named(part)
    if share is not None and share < 1 and names_exception(part.tokens):
        return 1 - share
    return share


def names_exception(tokens: list[Token]) -> bool:
    """Everything but something: "close all but 20%", "todo menos la mitad"."""
    return any(token.concept is Concept.EVERYTHING and token.unit == "but" for token in tokens)


def _named(part: Sentence) -> Decimal | None:
    """The share that is written."""
    if part.fraction is not None or not (part.has(Concept.NUMBER) or "½" in part.marks):
        return part.fraction
    for at, token in enumerate(part.tokens):
        if token.text == "½":
            return Decimal("0.5")
        if token.concept is not Concept.NUMBER or not token.values:
            continue
        if token.sign:
            if token.sign == "-" and token.unit == "%":
                part.doubts.append(Reason("fraction_odd", f"-{token.values[0]} % is no part of a position."))
            continue
        if token.unit == "%":
            if _LEAST <= token.values[0] <= 100:
                return token.values[0] / 100
            part.doubts.append(Reason("fraction_odd", f"{token.values[0]} % is no part of a position."))
        if token.unit == "share":
            one, other = token.values[0], part.tokens[at + 2].values[0]
            share = min(one, other) / max(one, other)
            return share.quantize(Decimal("0.001")).normalize()
    return None


TAKE_PROFIT = frozenset({"止盈", "止赢", "停利", "获利", "獲利", "利確", "利食い", "利益確定"})
"""Words that are label and verb at once in Chinese and Japanese; "目标" (target) is no verb."""


def takes_share(part: Sentence) -> bool:
    """A target taken in part, now: "take profit on half". A target with a number or a price is another matter."""
    if part.target_numbers or part.names_price or part.ordinal is not None:
        return False
    kinds = [token.concept for token in part.tokens]
    return (
        Concept.TARGET in kinds
        and Concept.FRACTION in kinds[kinds.index(Concept.TARGET) : kinds.index(Concept.TARGET) + 3]
    )


def cashes_share(part: Sentence) -> bool:
    """A share right beside "target" where that word is also the verb: "半分利確" is half of it closed, "止盈一半" as well."""
    for one, other in pairwise(part.tokens):
        if other.text in TAKE_PROFIT and _ends_share(one):
            return True
        if one.text in TAKE_PROFIT and _is_share(other):
            return True
    return False


def _is_share(token: Token) -> bool:
    return token.concept is Concept.FRACTION or token.unit in _PARTS


def _ends_share(token: Token) -> bool:
    """The last token of "half", "30%" or "1/3"."""
    return (
        token.concept is Concept.FRACTION
        or token.text == "%"
        or (token.concept is Concept.NUMBER and token.unit == "no")
    )


def _is_taken(token: Token) -> bool:
    """What can be taken: the profit, or a part of the position; "+50%" is a result."""
    counted = token.unit in _PARTS or (token.unit in _GAINS and token.concept is Concept.NUMBER)
    return token.concept in _SHARES or token.text == "profit" or (counted and not token.sign)


def secures(part: Sentence) -> bool:
    """A verb with its object within a few words: "secure your profits", "take 30%", "ein Drittel mitnehmen"."""
    if not part.has(Concept.SECURE):
        return False
    for at, token in enumerate(part.tokens):
        if token.concept is Concept.SECURE:
            near = part.tokens[at + 1 : at + 4]
            if token.language in FREE_ORDER or token.language in VERB_LAST:
                near = [*part.tokens[max(0, at - 4) : at], *near]
            if any(map(_is_taken, near)) and not any(other.concept is Concept.PROMOTION for other in near):
                return True
    return False
