"""What part of which trades a command picks out, where that is not certain: a share of the rest, some entries, an unread coin.

To close a third of a trade instead of the last third of it, or another trade, is a loss nobody asked for.
"""

from __future__ import annotations

from itertools import pairwise

from signalos_tui.decode.asserting import REACH
from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.sentences import Sentence
from signalos_tui.decode.symbols import symbols
from signalos_tui.decode.tokens import Token

SHARES = frozenset({"%", "share"})
"""The units of a number that is a part of a position."""


def names_share(part: Sentence) -> bool:
    """A part of the position in numbers: "30%", "1/3"."""
    return any(token.unit in SHARES for token in part.numbers)


def shares_rest(tokens: list[Token]) -> bool:
    """A share that is all that is left, or a share of that: "the remaining 30%". The two are not the same."""
    share = next((at for at, token in enumerate(tokens) if _is_share(token)), -1)
    if share < 0:
        return False
    for other in reversed(tokens[max(0, share - REACH) : share]):
        if other.unit == "rest" or other.text.endswith(_LEFT_OVER):
            return True
        if other.concept is not Concept.FILLER and other.text != "%":
            break
    for at in range(share + 1, min(share + 1 + REACH, len(tokens))):
        if tokens[at].unit == "rest":
            ends = at + 1 == len(tokens) or tokens[at + 1].concept not in (
                Concept.HOLD,
                Concept.BREAKEVEN,
                Concept.WORD,
            )
            return tokens[at].language in _REST_BEHIND and ends
        if tokens[at].text != "%" and tokens[at].concept not in (Concept.FILLER, Concept.PERCENT, Concept.OBJECT):
            break
    return False


def _is_share(token: Token) -> bool:
    return token.concept is Concept.FRACTION or token.unit in SHARES


_LEFT_OVER = (" остаток", " остатки")
"""How phrases end that close what is left ("фиксируем остаток")."""

_REST_BEHIND = frozenset({"es", "pt", "fr", "it", "id", "vi", "ar", "fa", "ur", "hi"})
"""Languages that put "remaining" behind what remains."""


def may_name_coin(tokens: list[Token]) -> bool:
    """The name of a coin in small letters where a market would stand: "SL to BE for ada and sol", "close op now"."""
    coins = symbols().coins
    for before, token in pairwise(tokens):
        if token.text in coins and token.concept is not Concept.SYMBOL and token.unit != "coin":
            told = token.concept is Concept.WORD and before.text in _ABOUT
            if told or (before.concept is Concept.CLOSE and before.language == "en" != token.language):
                return True
    return any(_is_stray(tokens, at) for at, token in enumerate(tokens) if token.concept is Concept.CLOSE)


def _is_stray(tokens: list[Token], at: int) -> bool:
    """A preposition of another language right behind an English "close", and nothing of it behind that: "close op now"."""
    following = tokens[at + 1 : at + 3]
    if tokens[at].language != "en" or not following or following[0].concept is not Concept.AT:
        return False
    language = following[0].language
    if language in ("", "en"):
        return False
    return len(following) == 1 or (following[1].concept is not Concept.NUMBER and following[1].language != language)


_ABOUT = frozenset({"on", "for"})


def picks_entries(tokens: list[Token]) -> bool:
    """Some entries of several: "close lower entries". "Close all entries" picks none, "close at entry" waits for a price."""
    for at, token in enumerate(tokens):
        if token.concept is Concept.CLOSE or token.concept is Concept.CANCEL:
            kinds = [other.concept for other in tokens[at + 1 : at + 1 + REACH]]
            before = kinds[: kinds.index(Concept.ENTRY)] if Concept.ENTRY in kinds else []
            if not {*before} <= _NO_CHOICE and _UNPICKED.isdisjoint(before):
                return True
    return False


_NO_CHOICE = frozenset({Concept.FILLER, Concept.WORD})
_UNPICKED = frozenset({Concept.TO, Concept.AT, Concept.EVERYTHING})


def picks_standing(tokens: list[Token]) -> bool:
    """Those that are in profit or in loss: "close all in profit", "закрываем все, что в плюсе"."""
    said = " ".join(token.text for token in tokens).split(" ")
    return any(one in _IN and other in _STANDING for one, other in pairwise(said))


_IN = frozenset({"in", "im", "en", "em", "в", "у"})
_STANDING = frozenset(
    {
        *("profit", "profits", "loss", "drawdown", "red", "green", "plus", "minus", "gewinn", "verlust"),
        *("ganancia", "ganancias", "positivo", "lucro", "profitto", "gain", "perte", "плюсе", "минусе", "плюсі"),
    }
)
