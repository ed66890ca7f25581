"""Join what is written apart: names of markets ("EUR/USD", "eur usd", "CRV/ USDT"), groups of thousands ("39 120").

It marks #LINK and $SOL as well.
"""

from __future__ import annotations

from itertools import pairwise

from msgspec.structs import replace

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.symbols import band, from_base, from_codes, symbols
from signalos_tui.decode.tokens import Token


def join_pairs(tokens: list[Token], places: list[int]) -> list[Token]:
    """Join pairs written apart: "EUR/USD", "eur usd", "CRV/ USDT", "1000PEPE/USDT", "#LINK", "$SOL".

    places: of markets, of what markets are quoted in, and of the marks of tags, among others.
    """
    joined: list[Token] = []
    done = 0
    for at in _first_halves(tokens, places):
        token = tokens[at]
        if at < done or not (token.concept in _NAMES or (token.language and _is_name(tokens, at))):
            continue
        before = tokens[at - 1] if at else None
        touched = before if before is not None and before.end == token.start else None
        head = touched if touched is not None and touched.concept is Concept.NUMBER else None
        symbol, end = _pair(tokens, at)
        if symbol:
            joins_head = head is not None and not token.glued and not symbol.startswith(head.text)
            named = Token(Concept.SYMBOL, token.start, tokens[end].end, token.line, token.text, value=symbol)
        elif token.concept is Concept.SYMBOL:
            joins_head = head is not None and str(token.value).endswith("USDT")
            symbol, end, named = str(token.value), at, token
        else:
            if touched is not None and _is_tag(touched, token):
                token.unit = "tag"
                if token.concept is Concept.AT:
                    token.concept = Concept.WORD  # "$NEAR"
            continue
        if head is not None and joins_head:
            named.value, named.start = f"{head.text}{symbol}", head.start
        joined += tokens[done : at - joins_head]
        joined.append(named)
        done = end + 1
    return joined + tokens[done:] if done else tokens


def _first_halves(tokens: list[Token], places: list[int]) -> list[int]:
    """Where a name may begin that goes on behind it: before a currency, with marks between at most; a market; behind # or $."""
    found: list[int] = []
    quoted, symbol = symbols().quoted, Concept.SYMBOL
    for at in places:
        token = tokens[at]
        if token.text in TAGS:
            found.append(at + 1)
        elif token.text in quoted:
            before = at - 1
            while before > 0 and at - before <= _MOST_MARKS and tokens[before].text in _SLASHES:
                before -= 1
            found.append(before)
        if token.concept is symbol:
            found.append(at)
    return sorted({at for at in found if 0 <= at < len(tokens)}) if found else found


def are_grouped(tokens: list[Token], numbers: list[int]) -> bool:
    """Any two numbers that may be one. numbers: the places of all of them."""
    return any(after - at == 1 and _is_group(tokens[at], tokens[after]) for at, after in pairwise(numbers))


def join_thousands(tokens: list[Token]) -> list[Token]:
    """Groups of digits with a space between ("39 120", "2 345,50") as one price, where the market leaves no other reading.

    One market is named; neither group can be its price, and both together can. Elsewhere they stay two numbers, and the
    reader holds the post.
    """
    named = {token.value for token in tokens if token.concept is Concept.SYMBOL}
    limits = band(str(named.pop())) if len(named) == 1 else None
    if limits is None:
        return tokens
    low, high = limits
    joined: list[Token] = []
    for token in tokens:
        before = joined[-1] if joined else None
        if before is not None and _is_group(before, token):
            value = before.values[0] * 1000 + token.values[0]
            if low <= value <= high and before.values[0] < low and token.values[0] < low:
                joined[-1] = replace(before, end=token.end, text=before.text + token.text, values=(value,))
                continue
        joined.append(token)
    return joined


def _is_group(first: Token, second: Token) -> bool:
    """One to three digits, a single space, then three digits and perhaps decimals."""
    if first.concept is not Concept.NUMBER or second.concept is not Concept.NUMBER or second.start - first.end != 1:
        return False
    whole = second.text.replace(",", ".").partition(".")[0]
    grouped = first.text.isdigit() and len(first.text) <= 3 and not first.glued and first.text[0] != "0"
    return grouped and len(whole) == 3 and whole.isdigit() and len(second.values) == 1


def _is_tag(mark: Token, token: Token) -> bool:
    """#LINK or $SOL: an unknown word behind its mark."""
    short = 2 <= len(token.text) <= 10 and token.text.isascii()
    coin = token.concept is Concept.AT and token.text in symbols().coins
    return mark.text in TAGS and (token.concept is Concept.WORD or coin or _is_small(token)) and short


_NAMES = frozenset(
    {Concept.WORD, Concept.SYMBOL, Concept.MONEY, Concept.AT, Concept.NEUTRAL, Concept.ENTRY, Concept.HOLD}
)


_SMALL = frozenset({Concept.FILLER, Concept.OBJECT, Concept.TO, Concept.AND, Concept.OR, Concept.CONDITION})


def _is_small(token: Token) -> bool:
    """A short word of another language than English that coins are called by as well, like OP, SI or TON."""
    return token.concept in _SMALL and token.language != "en"


def _is_name(tokens: list[Token], at: int) -> bool:
    """Whatever stands before "/USDT" ("HIGH/USDT", "OP/USDT"), and a short foreign word behind #, is a coin."""
    if at and tokens[at - 1].text == "#" and _is_small(tokens[at]):
        return True
    following = tokens[at + 1 : at + 3]
    return len(following) > 1 and following[0].text == "/" and following[1].text in {"usdt", "usdc"}


_SLASHES = frozenset({"/", "-", "_", "\\"})
_STABLE = frozenset({"usdt", "usdc"})
TAGS = frozenset({"#", "$"})


def _pair(tokens: list[Token], at: int) -> tuple[str | None, int]:
    """The market that this token and the next one name together, and the place of the next; at most two marks between."""
    token, last = tokens[at], len(tokens) - 1
    end = min(at + 1, last)
    while end < last and end - at <= _MOST_MARKS and tokens[end].text in _SLASHES:
        end += 1
    other, marks = tokens[end], end - at - 1
    if other.concept not in _NAMES or other.line != token.line or end == at:
        return None, end
    first, second = token.text, other.text
    if marks:
        codes = from_codes(first, second)
        return codes or (from_base(first, second) if first.isascii() and len(first) <= _LONGEST_COIN else None), end
    gap = other.start - token.end
    if gap <= 1 and len(first) == len(second) == 3:
        known = symbols()
        if _is_row(tokens, at - 1, at) or _is_row(tokens, end, end + 1):
            return None, end  # "EUR USD GBP": which two of them?
        if second in known.majors and (first in known.majors or first in known.metals):
            return from_codes(first, second), end
    if second in _STABLE and first.isascii() and token.concept is Concept.SYMBOL and gap == 1:
        return from_base(first, second), end
    return None, end


def _is_row(tokens: list[Token], one: int, other: int) -> bool:
    """Two codes of currencies side by side, before or behind what would be a pair."""
    if one < 0 or other >= len(tokens) or tokens[other].start - tokens[one].end > 1:
        return False
    majors = symbols().majors
    return tokens[one].text in majors and tokens[other].text in majors


_MOST_MARKS = 2
_LONGEST_COIN = 12
