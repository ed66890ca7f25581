"""Cut a folded message into tokens, each with its meaning and its place.

One pass of one regular expression without nested repeats, then dictionary lookups: the time is linear in the message.
Decoration (emoji, stars) is left out; of the marks only those stay that can join, end or qualify something.
"""

from __future__ import annotations

import re
from decimal import Decimal

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.lexicon import Lexicon
from signalos_tui.decode.measure import measure
from signalos_tui.decode.naming import Opening, doubtful, join_phrases, settle
from signalos_tui.decode.normalise import INDEX_MARKS, Folded
from signalos_tui.decode.numerals import pieces
from signalos_tui.decode.pairing import are_grouped, join_pairs, join_thousands
from signalos_tui.decode.tokens import Token
from signalos_tui.decode.words import look_up

_DATE = r"(?:(?:19|20)\d\d[./-][01]?\d[./-][0-3]?\d|[0-3]?\d[./-][01]?\d[./-](?:19|20)\d\d)(?![\d.,]\d|\d)"
_TOKEN = re.compile(
    r"(?:(?P<word>r:r(?![a-z])|[^\W\d_①-⑳]+|@)"
    r"|(?P<line>\n)"
    rf"|(?P<skip>(?=\d)(?:(?<![\d.]){_DATE}|(?<![\w.,])\d{{1,2}}:[0-5]\d(?::[0-5]\d)?(?![\d.,]\d|\d)))"
    r"|(?P<number>\d+(?:[.,']\d+)*)"
    r"|(?P<mark>[-#$%&()+,./:;=?\[\]_|~!\\€£№؟·✅✔☑🎯🛑⛔🚫🥅½¼¾])"
    r"|(?P<index>[①-⑳])) *"
)
_IS_WORD, _IS_LINE, _, _IS_NUMBER, _IS_MARK, _IS_INDEX = range(1, 7)
"""The groups of the expression, in its order. What stands at no group's start is passed over; spaces at once, behind a token."""

# Members of an enumeration are looked up by a descriptor; the loops below run for every token of every message.
_WORD, _MARK, _NUMBER, _BREAK = Concept.WORD, Concept.MARK, Concept.NUMBER, Concept.BREAK

_LONGEST_NUMBER = 24
"""Digits and separators; what is longer is an account number or noise, never a price."""

_LINK = re.compile(r"(?:https?://|www\.|t\.me/)\S+")


def scan(folded: Folded, table: Lexicon) -> list[Token]:
    """The tokens of a message, in order."""
    tokens, openings = _cut(folded.text, table)
    tokens = join_phrases(tokens, openings, table, folded)
    places = doubtful(tokens)
    settle(tokens, places, table, folded)
    tokens = join_pairs(tokens, places)
    numbers = [at for at, token in enumerate(tokens) if token.concept is _NUMBER]
    if are_grouped(tokens, numbers):
        tokens = join_thousands(tokens)
        numbers = [at for at, token in enumerate(tokens) if token.concept is _NUMBER]
    measure(tokens, numbers)
    return tokens


def _cut(text: str, table: Lexicon) -> tuple[list[Token], list[Opening]]:
    """Words with the meaning they have by themselves, numbers, marks and line ends; and where phrases may begin."""
    if "://" in text or "www." in text or "t.me/" in text:
        text = _LINK.sub(_blank, text)
    tokens: list[Token] = []
    openings: list[Opening] = []
    line = 0
    append, seen = tokens.append, table.seen
    for match in _TOKEN.finditer(text):
        kind = match.lastindex or 0
        written = match[kind]
        start = match.start()
        end = start + len(written)
        if kind == _IS_WORD:
            word = seen.get(written) or look_up(written, table)
            append(
                Token(
                    word.concept, start, end, line, written, word.value, (), word.unit, "", False, False, word.language
                )
            )
            if word.opens or word.is_dense:
                openings.append((len(tokens) - 1, word))
        elif kind == _IS_MARK:
            append(Token(_MARK, start, end, line, written))
        elif kind == _IS_NUMBER:
            _append_numbers(tokens, written, start, line, text)
        elif kind == _IS_LINE:
            append(Token(_BREAK, start, end, line, "\n"))
            line += 1
        elif kind == _IS_INDEX:
            append(Token(Concept.INDEX, start, end, line, written, INDEX_MARKS.index(written) + 1))
        else:
            append(Token(Concept.SKIPPED, start, end, line, written))
    return tokens, openings


def _blank(match: re.Match[str]) -> str:
    """A link says nothing about a trade; its place stays."""
    return " " * len(match.group())


def _append_numbers(tokens: list[Token], written: str, start: int, line: int, text: str) -> None:
    """The numbers of one written run; a run that is no number becomes a word."""
    found = pieces(written) if len(written) <= _LONGEST_NUMBER else ()
    before = text[start - 1] if start else "\n"
    glued = before.isalpha()
    if len(found) == 1 and not glued and not found[0][0]:
        tokens.append(Token(_NUMBER, start, start + len(written), line, written, values=found[0][2]))
        return
    if not found:
        tokens.append(Token(_WORD, start, start + len(written), line, written, glued=glued))
        return
    if found[0][0] and not glued:
        found = pieces(written[: found[0][0] - 1]) + found if not tokens or tokens[-1].text != "." else found
    for a, b, values in found:
        if a and len(found) > 1:
            tokens.append(Token(_MARK, start + a - 1, start + a, line, written[a - 1]))
        token = Token(_NUMBER, start + a, start + b, line, written[a:b], values=values, glued=glued and a == 0)
        tokens.append(token)
    head, dot, tail = written.partition(".")
    is_plain = tail.replace(".", "", 1).isdigit() and len(tail) > 2
    if glued and len(found) == 1 and found[0][0] == 0 and dot and len(head) == 1 and head != "0" and is_plain:
        tokens[-1].values = (*tokens[-1].values, Decimal(tail))
