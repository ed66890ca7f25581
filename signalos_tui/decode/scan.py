"""Cut a folded message into tokens, each with its meaning and its place.

One pass of one regular expression without nested repeats, then dictionary lookups; the time is linear in the message.
What a number is *for* is decided later; what it *is* (a price, "40x", "2nd", "15m", "+30 pips", a date) is decided here.
"""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import Struct

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.lexicon import Lexicon, Meaning, Node, is_dense
from signalos_tui.decode.normalise import INDEX_MARKS, Folded
from signalos_tui.decode.numerals import pieces
from signalos_tui.decode.symbols import from_base, from_codes, from_word, symbols

_TOKEN = re.compile(
    r"(?P<link>(?:https?://|www\.|t\.me/)\S+)"
    r"|(?P<date>(?<![\d.])(?:(?:19|20)\d\d[./-][01]?\d[./-][0-3]?\d|[0-3]?\d[./-][01]?\d[./-](?:19|20)\d\d)(?![\d.,]\d|\d))"
    r"|(?P<time>(?<![\w.,])\d{1,2}:[0-5]\d(?::[0-5]\d)?(?![\d.,]\d|\d))"
    r"|(?P<number>\d+(?:[.,']\d+)*)"
    r"|(?P<word>[^\W\d_①-⑳]+)"
    r"|(?P<line>\n)"
    r"|(?P<mark>[^\s\w]|[_①-⑳])"
)
_SOFT = frozenset("-/.'_&*")
_UNITS = {
    "pips": Concept.PIPS,
    "x": Concept.LEVERAGE,
    "%": Concept.OTHER,
}


class Token(Struct, gc=False):
    """One thing the message says. start, end: in the folded text. line: from 0. values: of a number, the usual first.

    unit: "", "pips", "points", "%", "x", "r", or "no" for what can be no level (a time, a date, a reference, money).
    sign: "+", "-" or "". glued: it touches the word before it. listed: "1)" or "2." in front of a line.
    """

    concept: Concept
    start: int
    end: int
    line: int
    text: str
    value: str | int | Decimal | None = None
    values: tuple[Decimal, ...] = ()
    unit: str = ""
    sign: str = ""
    glued: bool = False
    listed: bool = False
    language: str = ""


def scan(folded: Folded, table: Lexicon) -> list[Token]:
    """The tokens of a message, in order."""
    tokens = _cut(folded.text)
    tokens = _name(tokens, table, folded)
    tokens = _pairs(tokens)
    _measure(tokens, folded.text)
    return tokens


def _cut(text: str) -> list[Token]:
    """Words, numbers, marks and line ends, nothing named yet."""
    tokens: list[Token] = []
    line = 0
    for match in _TOKEN.finditer(text):
        kind, start, end, written = match.lastgroup, match.start(), match.end(), match.group()
        if kind == "word":
            if not written.isascii() and is_dense(written):
                tokens.append(Token(Concept.WORD, start, end, line, written, unit="dense"))
            else:
                tokens.append(Token(Concept.WORD, start, end, line, written))
        elif kind == "number":
            _append_numbers(tokens, written, start, line, text)
        elif kind == "line":
            tokens.append(Token(Concept.BREAK, start, end, line, written))
            line += 1
        elif kind == "mark":
            if written in INDEX_MARKS:
                value = INDEX_MARKS.index(written) + 1
                tokens.append(Token(Concept.INDEX, start, end, line, written, value=value))
            else:
                tokens.append(Token(Concept.MARK, start, end, line, written))
        else:
            tokens.append(Token(Concept.LINK, start, end, line, written))
    return tokens


def _append_numbers(tokens: list[Token], written: str, start: int, line: int, text: str) -> None:
    """The numbers of one written run; a run that is no number becomes a word."""
    found = pieces(written)
    before = text[start - 1] if start else "\n"
    glued = before.isalpha()
    if not found:
        tokens.append(Token(Concept.WORD, start, start + len(written), line, written, glued=glued))
        return
    if found[0][0] and not glued:
        found = pieces(written[: found[0][0] - 1]) + found if not tokens or tokens[-1].text != "." else found
    for a, b, values in found:
        if a and len(found) > 1:
            tokens.append(Token(Concept.MARK, start + a - 1, start + a, line, written[a - 1]))
        token = Token(Concept.NUMBER, start + a, start + b, line, written[a:b], values=values, glued=glued and a == 0)
        tokens.append(token)
    head, dot, tail = written.partition(".")
    if glued and len(found) == 1 and found[0][0] == 0 and dot and len(head) == 1 and head != "0" and len(tail) > 2:
        tokens[-1].values = (*tokens[-1].values, Decimal(tail))


def _name(tokens: list[Token], table: Lexicon, folded: Folded) -> list[Token]:
    """Give words and phrases their meaning; a phrase becomes one token."""
    named: list[Token] = []
    words = table.words
    at, count = 0, len(tokens)
    while at < count:
        token = tokens[at]
        if token.concept is Concept.WORD or token.text == "@":
            if token.unit == "dense":
                named.extend(_split_dense(token, table))
                at += 1
                continue
            node = words.get(token.text)
            if node is None and token.text[0] == "و" and len(token.text) > 3:
                node = words.get(token.text[1:])
            if node is not None:
                meaning, after = _longest(tokens, at, node)
                if meaning is not None:
                    named.append(_meant(tokens, at, after, meaning))
                    at = after
                    continue
            symbol = from_word(token.text)
            if symbol:
                token.concept, token.value = Concept.SYMBOL, symbol
        named.append(token)
        at += 1
    return _settle(named, table, folded)


def _longest(tokens: list[Token], at: int, node: Node) -> tuple[Meaning | None, int]:
    """The longest phrase that starts at a token: its meaning and the place after it."""
    best, after = node.meaning, at + 1
    here, count = at + 1, len(tokens)
    while node.following and here < count:
        skipped = 0
        while here < count and tokens[here].concept is Concept.MARK and tokens[here].text in _SOFT and skipped < 2:
            here, skipped = here + 1, skipped + 1
        if here >= count:
            break
        following = node.following.get(tokens[here].text)
        if following is None:
            break
        node = following
        here += 1
        if node.meaning is not None:
            best, after = node.meaning, here
    return best, after


def _meant(tokens: list[Token], first: int, after: int, meaning: Meaning) -> Token:
    """The tokens first..after (exclusive) as one token with a meaning."""
    head, tail = tokens[first], tokens[after - 1]
    return Token(
        meaning.concept,
        head.start,
        tail.end,
        head.line,
        head.text if after == first + 1 else " ".join(token.text for token in tokens[first:after]),
        value=meaning.value,
        glued=head.glued,
        language=meaning.language,
    )


def _split_dense(token: Token, table: Lexicon) -> list[Token]:
    """A run of Chinese or Japanese, cut by the longest known word at each place."""
    found: list[Token] = []
    text, at = token.text, 0
    while at < len(text):
        for length in range(min(table.longest, len(text) - at), 0, -1):
            meaning = table.dense.get(text[at : at + length])
            if meaning is not None:
                start = token.start + at
                found.append(
                    Token(
                        meaning.concept,
                        start,
                        start + length,
                        token.line,
                        text[at : at + length],
                        value=meaning.value,
                        language=meaning.language,
                    )
                )
                at += length
                break
        else:
            at += 1
    return found


def _settle(tokens: list[Token], table: Lexicon, folded: Folded) -> list[Token]:
    """Give or take back meanings that only hold in the right company."""
    coins = symbols().coins
    for at, token in enumerate(tokens):
        if token.text == "be" and token.concept is Concept.BREAKEVEN:
            span = folded.span(token.start, token.end)
            capitals = folded.original[span.start : span.end] == "BE"
            near = tokens[max(0, at - 6) : at + 4] if capitals else tokens[max(0, at - 1) : at]
            company = _LEVEL_TALK if capitals else _LEVEL_MOVES
            if not any(other.concept in company and other.line == token.line for other in near):
                token.concept = Concept.WORD
        elif token.concept is Concept.WORD and token.text in coins:
            span = folded.span(token.start, token.end)
            if folded.original[span.start : span.end].isupper():
                token.unit = "coin"
        elif token.concept in _WEAK:
            share = token.concept is Concept.TARGET_WEAK and tokens[at + 2 : at + 3] and tokens[at + 2].text == "%"
            heads = _heads_number(tokens, at)
            token.concept = Concept.SECURE if share else _WEAK[token.concept] if heads else Concept.WORD
        elif token.text in table.beside:
            meaning = table.beside[token.text]
            near = tokens[max(0, at - 1) : at + 2]
            if any(other.concept in SIDES and other.language == meaning.language for other in near):
                token.concept, token.value = meaning.concept, meaning.value
    _one_language(tokens)
    return tokens


def _one_language(tokens: list[Token]) -> None:
    """A stray "hier" or "si" of another language does not turn a message into a report or a condition."""
    counts: dict[str, int] = {}
    for token in tokens:
        if token.language:
            counts[token.language] = counts.get(token.language, 0) + 1
    if len(counts) < 2:
        return
    most = max(counts.values())
    for token in tokens:
        if token.concept in _MANNER and token.language != "en" and counts.get(token.language, 0) * 2 <= most:
            token.concept = Concept.WORD


def _heads_number(tokens: list[Token], at: int) -> bool:
    """A weak label ("price", "take") counts only with a colon or a number right behind it, and no label before it."""
    token = tokens[at]
    if at and tokens[at - 1].concept in _LABELS and tokens[at - 1].line == token.line:
        return False
    for other in tokens[at + 1 : at + 6]:
        if other.line != token.line or other.concept is Concept.BREAK:
            return False
        if other.concept in (Concept.NUMBER, Concept.INDEX) or (other.text in {":", "="} and other is tokens[at + 1]):
            return True
        if other.concept not in (Concept.MARK, Concept.AT):
            return False
    return False


_WEAK = {
    Concept.STOP_WEAK: Concept.STOP,
    Concept.TARGET_WEAK: Concept.TARGET,
    Concept.ENTRY_WEAK: Concept.ENTRY,
}
_LABELS = frozenset({Concept.STOP, Concept.TARGET, Concept.ENTRY, Concept.REFERENCE})
_LEVEL_MOVES = frozenset({Concept.STOP, Concept.MOVE, Concept.TO, Concept.AT})
_LEVEL_TALK = frozenset({Concept.STOP, Concept.MOVE, Concept.CLOSE, Concept.PARTIAL, Concept.HIT, Concept.FRACTION})
_MANNER = frozenset({Concept.CONDITION, Concept.CONDITION_WEAK, Concept.OPTIONAL, Concept.NEGATION, Concept.RECAP, Concept.IDEA, Concept.HOLD})


def prose_lines(tokens: list[Token]) -> frozenset[int]:
    """Lines that are talk: many unknown words, no symbol, no price."""
    words: dict[int, int] = {}
    solid: set[int] = set()
    for token in tokens:
        if token.concept is Concept.WORD or token.concept is Concept.FILLER:
            words[token.line] = words.get(token.line, 0) + 1
        elif token.concept is Concept.SYMBOL or (token.concept is Concept.NUMBER and not token.unit):
            solid.add(token.line)
    return frozenset(line for line, count in words.items() if count >= _TALK and line not in solid)


_TALK = 4
"""From so many words without meaning on, a line without symbol or price is talk."""


def _pairs(tokens: list[Token]) -> list[Token]:
    """Join pairs written apart: "EUR/USD", "eur usd", "CRV/ USDT", "1000PEPE/USDT", "#LINK", "$SOL"."""
    joined: list[Token] = []
    at, count = 0, len(tokens)
    while at < count:
        token = tokens[at]
        if token.concept in _NAMES:
            other = at + 1
            marks = 0
            while other < count and tokens[other].text in {"/", "-", "_", "\\"} and marks < 2:
                other, marks = other + 1, marks + 1
            symbol = _pair(token, tokens[other], marks) if other < count else None
            if symbol:
                head = joined[-1] if joined and joined[-1].concept is Concept.NUMBER and token.glued is False else None
                start = token.start
                if head is not None and head.end == start and not symbol.startswith(head.text):
                    symbol, start = head.text + symbol, head.start
                    joined.pop()
                token = Token(Concept.SYMBOL, start, tokens[other].end, token.line, token.text, value=symbol)
                at = other
            elif token.concept is Concept.SYMBOL:
                head = joined[-1] if joined and joined[-1].concept is Concept.NUMBER else None
                if head is not None and head.end == token.start and str(token.value).endswith("USDT"):
                    token.value, token.start = f"{head.text}{token.value}", head.start
                    joined.pop()
            elif joined and joined[-1].text in {"#", "$"} and joined[-1].end == token.start:
                if token.concept is Concept.WORD and 2 <= len(token.text) <= 10 and token.text.isascii():
                    token.unit = "tag"
        joined.append(token)
        at += 1
    return joined


_NAMES = frozenset(
    {Concept.WORD, Concept.SYMBOL, Concept.MONEY, Concept.AT, Concept.NEUTRAL, Concept.ENTRY, Concept.HOLD}
)


def _pair(token: Token, other: Token, marks: int) -> str | None:
    """Two tokens that name one market."""
    if other.concept not in _NAMES or other.line != token.line:
        return None
    first, second = token.text, other.text
    if marks:
        return from_codes(first, second) or (from_base(first, second) if first.isascii() and len(first) <= 12 else None)
    if other.start - token.end <= 1 and len(first) == len(second) == 3:
        known = symbols()
        if second in known.majors and (first in known.majors or first in known.metals):
            return from_codes(first, second)
    if (
        second in {"usdt", "usdc"}
        and first.isascii()
        and token.concept is Concept.SYMBOL
        and other.start - token.end == 1
    ):
        return from_base(first, second)
    return None


def _measure(tokens: list[Token], text: str) -> None:
    """Say what each number is: its unit, its sign, whether it is a list number."""
    for at, token in enumerate(tokens):
        if token.concept is Concept.NUMBER:
            _measure_number(tokens, at, text)


def _measure_number(tokens: list[Token], at: int, text: str) -> None:
    """Unit, sign and role of one number, from its neighbours."""
    token = tokens[at]
    before = tokens[at - 1] if at else None
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if before is not None and before.end == token.start:
        if before.concept is Concept.MARK:
            _read_prefix(tokens, at, before)
        elif before.concept is Concept.DURATION:
            token.unit = "no"
        elif before.text == "x":
            token.unit = "x"
            before.concept = Concept.NEUTRAL
    if after is None:
        return
    gap = after.start - token.end
    if after.line != token.line:
        return
    if after.text == "%":
        token.unit = "%"
    elif after.text in {"€", "£"} and gap <= 1:
        token.unit = "no"
    elif after.text == "+" and gap == 0:
        pass
    if after.concept is Concept.SIZE and gap <= 1 and not any(o.concept is Concept.NUMBER for o in tokens[at + 2 : at + 5]):
        token.unit = "no"
    elif gap <= 1:
        _read_suffix(tokens, at, after, gap, text)
    first = before is None or before.concept is Concept.BREAK
    small = len(token.text) <= 2 and token.text.isdigit() and not token.unit
    if small and after.text in {")", ".", ":", "-", "]"} and gap == 0 and at + 2 < len(tokens):
        lead = first or (
            before is not None and before.concept is Concept.MARK and (at < 2 or tokens[at - 2].line != token.line)
        )
        following = tokens[at + 2]
        if (lead and following.start > after.end) or (lead and after.text == ")"):
            token.listed = True


def _read_prefix(tokens: list[Token], at: int, before: Token) -> None:
    """A sign, a currency or a reference mark that touches the number."""
    token = tokens[at]
    if before.text == "#":
        token.unit = "no" if at < 2 or tokens[at - 2].concept not in _NUMBERED else ""
        token.listed = not token.unit
    elif before.text in {"£", "€", "№"}:
        token.unit = "no"
    elif before.text in {"+", "-"}:
        free = at < 2 or tokens[at - 2].end < before.start or tokens[at - 2].concept is Concept.BREAK
        numeric = at >= 2 and tokens[at - 2].concept is Concept.NUMBER
        if free and not numeric:
            token.sign = before.text


_NUMBERED = frozenset({Concept.TARGET, Concept.ENTRY, Concept.ORDINAL})


def _read_suffix(tokens: list[Token], at: int, after: Token, gap: int, text: str) -> None:
    """A unit right after the number."""
    token = tokens[at]
    word = after.text
    if after.concept is Concept.PIPS:
        token.unit = "pips"
    elif after.concept is Concept.POINTS:
        token.unit = "points"
    elif (word == "x" and gap == 0) or (word in {"x", "х"} and after.concept is Concept.WORD):
        token.unit = "x"
    elif after.concept is Concept.DURATION and (gap == 0 or len(word) > 1):
        token.unit = "no"
    elif gap == 0 and word in {"st", "nd", "rd", "th"}:
        token.concept, token.value = Concept.ORDINAL, int(token.values[0]) if token.values[0] < 100 else 0
        after.concept = Concept.NEUTRAL
    elif gap == 0 and word == "k":
        token.values = tuple(value * 1000 for value in token.values)
        token.end = after.end
        after.concept = Concept.NEUTRAL
    elif gap == 0 and word == "r":
        token.unit = "r"
    elif gap == 0 and word == "p":
        token.unit = "pips"
    elif (after.concept is Concept.MONEY and word != "usd") or (gap == 0 and after.concept is Concept.WORD and len(word) > 1 and word not in {"usd", "usdt"}):
        token.unit = "no"
