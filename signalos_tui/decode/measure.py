"""Say what each number is: a plain price, "40x", "30 pips", "2nd", "15m", "+30", a list number, a reference.

What a number is *for* is decided later, by the label it stands under.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.decode.concepts import SIDES, Concept
from signalos_tui.decode.lexicon import is_dense
from signalos_tui.decode.symbols import band, is_index_level
from signalos_tui.decode.tokens import Token

_NUMBERED = frozenset({Concept.TARGET, Concept.ENTRY, Concept.ORDINAL})
_LIST_MARKS = frozenset({")", ".", ":", "-", "]"})
_BREAK = Concept.BREAK
_TIMES = frozenset({"x", "х", "倍"})
"""The letter of "40x", in Latin and in Cyrillic, and its sign in Chinese and Japanese."""

_THOUSANDS = frozenset({"k", "к"})
"""The letter of "95k", in Latin and in Cyrillic."""

_QUOTES = frozenset({"usd", "usdt"})


def measure(tokens: list[Token], numbers: list[int]) -> None:
    """Give every number its unit, its sign and whether it numbers a line. numbers: the places of all of them."""
    for at in numbers:
        token = tokens[at]
        if token.unit:
            continue
        before = tokens[at - 1] if at else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if before is not None and before.concept in SIDES and _is_lot(tokens, at):
            token.unit = "no"
            continue
        if after is not None and after.text in _SHARING and _is_share(tokens, at):
            token.unit, tokens[at + 2].unit = "share", "no"
            continue
        if before is not None and before.end == token.start:
            _read_prefix(tokens, at, before)
        elif before is not None and _is_hour(token, before):
            token.unit = "no"
        if after is not None and after.concept is not _BREAK and after.line == token.line:
            _read_suffix(tokens, at, after)
            if after.text in _LIST_MARKS:
                _read_list_mark(tokens, at, after)
            if token.unit in _SHARED and at > 1:
                _share_unit(tokens, at)


_SHARED = frozenset({"pips", "points"})
_LISTING = frozenset({"/", "-", ",", "|"})
_ALIKE = 12
"""Distances of one list differ by less; a price before "/ 50 pips" is a price."""


def _share_unit(tokens: list[Token], at: int) -> None:
    """The unit behind the last number of a list counts for all of it: "TP 50/80/120 pips"."""
    last = tokens[at]
    for place in range(at - 2, max(-1, at - 14), -2):
        earlier, mark = tokens[place], tokens[place + 1]
        if earlier.concept is not Concept.NUMBER or earlier.unit or earlier.sign or earlier.line != last.line:
            return
        if mark.text not in _LISTING and mark.concept is not Concept.AND:
            return
        if not earlier.values or "." in earlier.text or not 0 < earlier.values[0] < last.values[0]:
            return
        if earlier.values[0] * _ALIKE < last.values[0]:
            return
        earlier.unit = last.unit


def _is_lot(tokens: list[Token], at: int) -> bool:
    """A size between direction and market, too small for a price of it: "BUY 0.10 XAUUSD at 4052"."""
    if at + 1 == len(tokens) or tokens[at + 1].concept is not Concept.SYMBOL:
        return False
    limits = band(str(tokens[at + 1].value))
    return limits is not None and tokens[at].values[0] < limits[0] and tokens[at].values[0] <= _LOTS


_LOTS = 100


def _is_share(tokens: list[Token], at: int) -> bool:
    """Half, a third, three quarters, written as 1/2, 1/3, 3/4; in Chinese and Japanese the whole stands first ("3分の1")."""
    if len(tokens) < at + 3:
        return False
    part, mark, whole = tokens[at : at + 3]
    if part.end != mark.start or mark.end != whole.start:
        return False
    if mark.text in _OUT_OF:
        part, whole = whole, part
    return part.text in _NUMERATORS and whole.text in _DENOMINATORS and part.text < whole.text


_NUMERATORS = frozenset({"1", "2", "3"})
_DENOMINATORS = frozenset({"2", "3", "4"})
_OUT_OF = frozenset({"分の", "分之"})
_SHARING = _OUT_OF | {"/"}


def _is_hour(token: Token, before: Token) -> bool:
    """A small whole number behind the word for hour, on its line: "at hour 9" in Arabic, Persian and Hindi."""
    word = before.concept is Concept.DURATION and len(before.text) > 2 and before.line == token.line
    return word and token.text.isdigit() and int(token.text) <= _HOURS


_HOURS = 24


def _read_prefix(tokens: list[Token], at: int, before: Token) -> None:
    """A sign, a currency, a reference mark or a letter that touches the number."""
    token = tokens[at]
    if before.concept is Concept.DURATION and len(token.text) <= len("240"):
        token.unit = "no"  # "M15", "H4"; a price behind a stray letter stays one
    elif before.concept is Concept.PERCENT:
        token.unit = "%"
    elif before.text in _TIMES and token.values and token.values[0] <= _MOST_LEVERAGE and token.values[0] % 1 == 0:
        token.unit = "x"
        before.concept = Concept.NEUTRAL
    elif before.concept is Concept.WORD and len(token.text) <= len("15") and token.text.isdigit() and not before.unit:
        token.unit = "no"  # a name, like "MT4"
    elif before.text == "." and _leads_with_point(tokens, at):
        token.text, token.start, token.values = f".{token.text}", before.start, (Decimal(f"0.{token.text}"),)
        before.concept, before.text = Concept.MONEY, "point"  # no full stop, and no word that ends a list
    elif before.text == "#":
        numbers_something = at >= 2 and tokens[at - 2].concept in _NUMBERED
        token.unit, token.listed = ("", True) if numbers_something else ("no", False)
    elif before.text == "%" and not (at >= 2 and tokens[at - 2].concept is Concept.NUMBER):
        token.unit = "%"  # as Turkish writes it: "%30", "+%12"
        token.sign = tokens[at - 2].text if at >= 2 and tokens[at - 2].text in {"+", "-"} else ""
    elif before.text in {"£", "€", "№"}:
        token.unit = "no"
    elif before.text in {"+", "-"}:
        farther = tokens[at - 2] if at >= 2 else None
        ranges = before.text == "-" and farther is not None and farther.concept is Concept.NUMBER
        joins = ranges or (farther is not None and farther.end == before.start)
        if not joins or (farther is not None and farther.concept is Concept.BREAK):
            token.sign = before.text


def _leads_with_point(tokens: list[Token], at: int) -> bool:
    """A point behind a space: ".52" is 0.52, but "SL .2640" is 2640 where the market named can cost so much."""
    farther = tokens[at - 2] if at > 1 else None
    if not tokens[at].text.isdigit() or (farther is not None and farther.concept is Concept.INDEX):
        return False
    if farther is not None and farther.end == tokens[at - 1].start and farther.concept is not _BREAK:
        return farther.text in _BEFORE_POINT
    bands = [band(str(other.value)) for other in tokens if other.concept is Concept.SYMBOL]
    return not any(limits and any(limits[0] <= value <= limits[1] for value in tokens[at].values) for limits in bands)


_BEFORE_POINT = frozenset({"@", ":", "$", "=", "-", "/", "("})


def _read_suffix(tokens: list[Token], at: int, after: Token) -> None:
    """A unit right behind the number, with a space at most between them ("%" may stand farther)."""
    token, word = tokens[at], after.text
    glued = after.start == token.end
    if glued and word in "¼½¾":
        token.unit = "garbled"
    elif word == "%" or after.concept is Concept.PERCENT:
        token.unit = "%"
    elif (at == 0 or tokens[at - 1].concept is _BREAK) and _counts_label(tokens, at, at + 1):
        token.listed = True  # "1° obiettivo": the sign is decoration
    elif after.start - token.end > 1:
        return
    elif after.concept in _UNITS:
        said = word in _POINT_SIGNS and token.values[0] >= _FARTHEST
        token.unit = "" if said or _is_index_level(tokens, token, after) else _UNITS[after.concept]
    elif _is_amount(tokens, at, after, glued=glued):
        token.unit = "no"
    elif word in _TIMES and (glued or after.concept is Concept.WORD):
        if _is_leverage(tokens, at):
            token.unit = "x"
    elif glued and _counts_label(tokens, at, at + 2) and word in _ENDINGS:
        token.concept, token.value = Concept.ORDINAL, int(token.text)
        after.concept = Concept.NEUTRAL
    elif glued:
        _read_letters(token, after)
        if at + 2 < len(tokens) and after.concept in _TAKEN and _runs_on(after, tokens[at + 2]):
            token.unit = "garbled"


_TAKEN = frozenset({Concept.NEUTRAL, Concept.MONEY})
"""What letters that were read with the number before them became."""


def _runs_on(letters: Token, following: Token) -> bool:
    """Digits right behind the letters: "2k048" is no number."""
    return following.start == letters.end and following.concept is Concept.NUMBER


_MOST_LEVERAGE = 1000


def _is_leverage(tokens: list[Token], at: int) -> bool:
    """A whole number; "1.0850 x 0.1 lot" is a price and a size."""
    values = tokens[at].values
    whole = bool(values) and values[0] % 1 == 0 and values[0] <= _MOST_LEVERAGE
    if not whole or tokens[at + 1].start == tokens[at].end:
        return whole
    return at + 2 >= len(tokens) or tokens[at + 2].concept is not Concept.NUMBER


_UNITS = {Concept.PIPS: "pips", Concept.POINTS: "points"}
_POINT_SIGNS = frozenset({"点", "點"})
_FARTHEST = 1000
"""Chinese says "at 4012 points" for a price; no distance is as long as that."""


def _is_index_level(tokens: list[Token], token: Token, after: Token) -> bool:
    """The level of an index, said in points as on the news ("DAX ab 24.150 Punkten"); no distance is that long."""
    if after.concept is not Concept.POINTS:
        return False
    named = {other.value for other in tokens if other.concept is Concept.SYMBOL}
    market = str(named.pop()) if len(named) == 1 else ""
    return any(is_index_level(market, value) for value in token.values)


def _is_amount(tokens: list[Token], at: int, after: Token, *, glued: bool) -> bool:
    """A time, a sum of money, a size or a count: "15 min", "442€", "0.01 lot", "3 positions"."""
    if after.concept not in _AMOUNTS:
        return after.text in _CURRENCIES
    if after.concept is Concept.DURATION:
        return glued or len(after.text) > 1
    if after.concept is Concept.SIZE:
        following = [other for other in tokens[at + 2 : at + 5] if other.concept is not Concept.MARK]
        return not following or following[0].concept is not Concept.NUMBER
    if after.concept is Concept.MONEY:
        return after.text not in _QUOTES
    if after.concept is Concept.OBJECT:
        return not glued and tokens[at].text.isdigit() and int(tokens[at].text) <= _MANY
    return False


_AMOUNTS = frozenset({Concept.DURATION, Concept.SIZE, Concept.MONEY, Concept.OBJECT})
_CURRENCIES = frozenset({"€", "£"})
_MANY = 20
"""Nobody opens more positions at once; a larger number before "both" or "trade" is a price."""


_PRICE_DIGITS = 4
"""So many digits with letters behind them are a price that lost a space, not a name like "3head"."""


def _read_letters(token: Token, after: Token) -> None:
    """Letters that touch the number: "2nd", "95k", "1r", "50p"; any other make it no price ("3head")."""
    word = after.text
    if word in {"st", "nd", "rd", "th"}:
        token.concept = Concept.ORDINAL
        token.value = int(token.values[0]) if token.values[0] < 100 else 0
        after.concept = Concept.NEUTRAL
    elif word in _THOUSANDS:
        token.values = tuple(value * 1000 for value in token.values)
        token.text += word  # so that nobody takes its digits for all of it
        token.end = after.end
        after.concept = Concept.MONEY  # like "$", it stands between the numbers of a list without ending it
    elif word == "r":
        token.unit = "r"
    elif word == "p":
        token.unit, after.concept = "pips", Concept.PIPS
    elif is_dense(word):
        token.unit = "garbled" if word[0] in _MYRIADS else ""
    elif after.concept in (Concept.WORD, Concept.FILLER) and word not in _QUOTES:
        long = sum(character.isdigit() for character in token.text) >= _PRICE_DIGITS
        token.unit = "no" if len(word) > 1 and word.strip("o") and not long else "garbled"


_MYRIADS = "十百千万萬億亿"
"""Signs that multiply the digits in front of them ("6万" is 60000); any other character is the next word."""


_LONGEST_LIST = 20
_OPENS = frozenset({"(", "["})


def _counts_label(tokens: list[Token], at: int, label: int) -> bool:
    """A small whole number before a target with its own price or a colon behind it: "2º alvo: 153", "1er objectif"."""
    token = tokens[at]
    if not token.text.isdigit() or len(token.text) > 2 or label + 1 >= len(tokens):
        return False
    named, following = tokens[label], tokens[label + 1]
    if named.concept is not Concept.TARGET or named.line != token.line or following.line != token.line:
        return False
    return following.text in {":", "=", "@"} or following.concept in (Concept.NUMBER, Concept.AT)


_ENDINGS = frozenset(
    {"er", "ere", "e", "eme", "me", "o", "a", "ro", "ra", "do", "da", "to", "ta", "de", "te", "ste", "nde"}
)
"""How Romance languages and Dutch write ordinals: "1er", "2º", "2ème", "2do", "1ste"."""


def _read_list_mark(tokens: list[Token], at: int, after: Token) -> None:
    """A small number in front of a line numbers it ("1)", "2."); it is no price."""
    token = tokens[at]
    if token.unit or len(token.text) > 2 or not token.text.isdigit():
        return
    if after.start != token.end or at + 2 >= len(tokens) or int(token.text) > _LONGEST_LIST:
        return
    if tokens[at + 2].concept is _BREAK:
        return  # "(32)" alone on its line is a price in brackets
    before = tokens[at - 1] if at else None
    leads = before is None or before.line != token.line or before.concept is Concept.BREAK
    if not leads and before is not None and before.concept is Concept.MARK:
        leads = at < 2 or tokens[at - 2].line != token.line or tokens[at - 2].concept is Concept.BREAK
    if not leads and after.text == ")":
        leads = _follows_list_number(tokens, at)
    if leads and (after.text == ")" or tokens[at + 2].start > after.end):
        token.listed = True


def _follows_list_number(tokens: list[Token], at: int) -> bool:
    """The 1 and the 2 of "SL 1.08 1) 1.09 2) 1.10": one more than the list number before it on its line."""
    wanted = int(tokens[at].text) - 1
    if wanted == 0:
        return tokens[at - 1].text not in _OPENS and tokens[at - 1].end < tokens[at].start
    for place in range(at - 1, max(0, at - 8), -1):
        if tokens[place].text == ")" and tokens[place - 1].concept is Concept.NUMBER:
            before = tokens[place - 1]
            return before.line == tokens[at].line and before.text == str(wanted)
    return False
