"""Whether a sentence that holds a command tells something instead: how things are, or what the command is like.

"The exit is near", "closing half early is the secret": the words of a command are the subject there, and nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from signalos_tui.decode.concepts import FREE_ORDER, Concept
from signalos_tui.decode.tokens import Token

CUTS = frozenset({Concept.MARK, Concept.AND, Concept.BREAK})
"""What ends a clause."""

REACH = 3
"""So many words around a command are looked at for what belongs to it."""

VERBS = frozenset({Concept.CLOSE, Concept.CANCEL, Concept.CANCELLED, Concept.MOVE, Concept.SECURE})


def states(tokens: list[Token]) -> bool:
    """A form of "to be" beside what would be the command: "the exit is near", "your order was cancelled", "SL is at 4050"."""
    for first, second in pairwise([token for token in tokens if token.concept is not Concept.OBJECT]):
        if second.text in _BEING and first.concept in SPOKEN_OF and first.unit != "new":
            return True
        if first.text in _HAVING and second.concept in VERBS:
            return True
        if first.text == "is" and second.concept in _SAID_OF_TRADES:
            return True
    if any(one.concept is three.concept in _LABELS and two.text == "=" for one, two, three in _triples(tokens)):
        return True  # "BE = break even"
    if len(tokens) > 1 and tokens[0].concept is Concept.BREAKEVEN and (_is_compound(tokens[1]) or _counts_up(tokens)):
        return True  # "break-even trade", "break-even traders", "break even on the week"
    return len(tokens) > 1 and tokens[0].text == "to" and tokens[1].concept in VERBS


def _triples(tokens: list[Token]) -> Iterator[tuple[Token, Token, Token]]:
    return zip(tokens, tokens[1:], tokens[2:], strict=False)


_LABELS = frozenset({Concept.STOP, Concept.TARGET, Concept.BREAKEVEN})


def _counts_up(tokens: list[Token]) -> bool:
    """A week or a month, written out and not counted: what came of it."""
    return any(
        other.concept is Concept.DURATION and len(other.text) > _ABBREVIATED and one.concept is not Concept.NUMBER
        for one, other in pairwise(tokens)
    )


_ABBREVIATED = 2


def _is_compound(following: Token) -> bool:
    """What makes one word of "break-even" and itself: a thing, a trader, or anything unknown."""
    if following.unit == "rest":
        return False
    return following.concept is Concept.OBJECT or (following.concept is Concept.FILLER and following.text in _PEOPLE)


_PEOPLE = frozenset({"trader", "traders", "trading", "trades"})


def defines(tokens: list[Token]) -> bool:
    """A command as the subject of a sentence: "closing half early is ...", "Mover o stop ... é ...", "БУ это не профит".

    Its verb stands behind the command, with no clause between, and something is said of it. In Russian and its neighbours a
    dash does for the verb where the command is a noun or an infinitive.
    """
    start = next((at for at, token in enumerate(tokens) if token.concept in SPOKEN_OF), len(tokens))
    named = bool(tokens[start:]) and tokens[start].text in _NOUNS
    for at in range(start + 1, len(tokens) - 1):
        token = tokens[at]
        verb = token.concept is Concept.STATING or (named and token.text in _BEING)
        if verb and _is_said(tokens[at + 1 :]):
            return True
        dash = token.text == "-" and tokens[at + 1].start > token.end
        unknown = any(other.concept is Concept.WORD for other in tokens[at + 1 : at + 1 + REACH])
        if dash and start == 0 and unknown and _is_nominal(tokens[0]):
            return True
        if (token.concept in CUTS and token.text not in _DASHES) and tokens[at + 1].text != _FRENCH_IS:
            return False
    return False


def _is_said(following: list[Token]) -> bool:
    """Something that can be said of a command comes first, not "now" or a market."""
    first = next((token for token in following if token.concept is not Concept.MARK), None)
    return first is not None and first.concept not in _UNSAID


def _is_nominal(token: Token) -> bool:
    """A noun or an infinitive of the languages that leave the verb out; a dash means it there."""
    if token.language not in FREE_ORDER:
        return False
    return token.concept in (Concept.BREAKEVEN, Concept.PARTIAL) or token.text.split(" ")[0].endswith(_INFINITIVES)


_NOUNS = frozenset(
    {
        *("breakeven", "break even", "be", "partial", "partials", "closing", "moving", "taking", "booking", "exiting"),
        *("cutting", "securing", "holding", "locking in", "fixing", "scale out", "trim", "banking some", "adding more"),
    }
)
_INFINITIVES = ("ть", "ти", "ac")
_DASHES = frozenset({"-"})
_FRENCH_IS = "c est"
"""It takes up what stood before the comma: "fermer tout au TP1, c'est dommage"."""

_UNSAID = frozenset({Concept.NOW, Concept.SYMBOL, Concept.NUMBER, Concept.TO, Concept.AT, Concept.OBJECT})
_SAID_OF_TRADES = frozenset({Concept.CLOSE, Concept.MOVE, Concept.BREAKEVEN})
_BEING = frozenset({"is", "are", "was", "were", "will"})
_HAVING = frozenset({"was", "were", "been", "will", "has", "have", "had"})
SPOKEN_OF = VERBS | {Concept.BREAKEVEN, Concept.STOP, Concept.TARGET, Concept.PARTIAL}
