"""Join names of markets that are written apart: "EUR/USD", "eur usd", "CRV/ USDT", "1000PEPE/USDT"; mark #LINK and $SOL."""

from __future__ import annotations

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.symbols import from_base, from_codes, symbols
from signalos_tui.decode.tokens import Token


def join_pairs(tokens: list[Token]) -> list[Token]:
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
            elif joined and joined[-1].end == token.start and _is_tag(joined[-1], token):
                token.unit = "tag"
        joined.append(token)
        at += 1
    return joined


def _is_tag(mark: Token, token: Token) -> bool:
    """#LINK or $SOL: an unknown word behind its mark."""
    short = 2 <= len(token.text) <= 10 and token.text.isascii()
    return mark.text in {"#", "$"} and token.concept is Concept.WORD and short


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
