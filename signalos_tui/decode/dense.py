"""Chinese and Japanese: cut a run of characters into words, and read the one character that is a direction.

Nothing stands between the words, so the longest known one wins at each place. What lies between is kept as an unknown
word: a sentence with something in it that was not understood must not pass for one that was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.lexicon import Lexicon, Meaning
from signalos_tui.decode.symbols import from_word
from signalos_tui.decode.tokens import Token

_LATIN = re.compile("[a-z]+")
_NUMERALS = re.compile("[〇零一二三四五六七八九十百千万两]{2,}")
"""A number spelled in Chinese: seen, so that it is not overlooked, and never read as a price."""


def words_of(token: Token, table: Lexicon) -> Iterator[tuple[Token, Meaning | None]]:
    """The words of a run, in order, each with its meaning; None for those that are unknown."""
    text, at, known = token.text, 0, 0
    while at < len(text):
        meaning, end = _longest(text, at, table)
        latin = _LATIN.match(text, at) if meaning is None else None
        if latin is not None:
            if at > known:
                yield _part(token, known, at), None
            yield _part(token, at, latin.end()), _latin(latin.group(), table)
            at = known = latin.end()
            continue
        digits = _NUMERALS.match(text, at) if meaning is None else None
        if meaning is None and digits is None:
            at += 1
            continue
        if at > known:
            yield _part(token, known, at), None
        if digits is not None:
            end = digits.end()
        yield _part(token, at, end, "" if digits is None else "garbled"), meaning
        at = known = end
    if at > known:
        yield _part(token, known, at), None


def _latin(word: str, table: Lexicon) -> Meaning | None:
    """What Latin letters in the run mean: "SLを" names the stop, "EURUSD做多" a market."""
    node = table.words.get(word)
    if node is not None and node.meaning is not None:
        return node.meaning
    symbol = from_word(word)
    return Meaning(Concept.SYMBOL, "", symbol) if symbol else None


def _longest(text: str, at: int, table: Lexicon) -> tuple[Meaning | None, int]:
    """The longest known word at a place, and where it ends."""
    for end in range(min(at + table.longest, len(text)), at, -1):
        meaning = table.dense.get(text[at:end])
        if meaning is not None:
            return meaning, end
    return None, at + 1


def _part(token: Token, start: int, end: int, unit: str = "") -> Token:
    """A part of a run, as a word of its own."""
    return Token(Concept.WORD, token.start + start, token.start + end, token.line, token.text[start:end], unit=unit)


_QUOTES = frozenset({"usd", "usdt", "usdc"})
"""The second half of a market's name, before the halves are joined ("ETH/USDT 空")."""

_LABELS = frozenset({Concept.STOP, Concept.STOP_WEAK, Concept.TARGET, Concept.TARGET_WEAK})
_ENDS = _LABELS | {Concept.BREAK, Concept.NUMBER, Concept.MARK, Concept.AT, Concept.NOW}


_REACH = 60
"""A stop is named within so many tokens of the direction, in the longest call."""


def is_direction(tokens: list[Token], at: int) -> bool:
    """Whether one character that may be a direction is one: behind "now", "side:", a market, or the price ("黄金4012空").

    "More than 4012" looks the same as "long at 4012", so behind a price a stop must be named as well.
    """
    behind = at - 2 if at > 1 and tokens[at - 1].concept is Concept.FILLER else at - 1
    before = tokens[behind] if behind >= 0 else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if before is None or before.line != tokens[at].line or (after is not None and after.concept not in _ENDS):
        return False
    if before.text == ":" and behind:
        before = tokens[behind - 1]
    if before.concept in (Concept.NUMBER, Concept.AT, Concept.LIMIT, Concept.ENTRY):
        near = tokens[max(0, at - _REACH) : at + _REACH]
        return any(token.concept in (Concept.STOP, Concept.STOP_WEAK) for token in near)
    return before.concept in (Concept.NOW, Concept.SIDE_LABEL) or before.text in _QUOTES
