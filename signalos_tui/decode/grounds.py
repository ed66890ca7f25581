"""What a text can prove: its prices, distances, shares, directions and markets, each with its place.

Somebody who claims to have read a text (a language model, an owner) is believed only what stands here. Numbers count as the
scanner counts them: native digits, "1.1.96600", "4061-59" and "134.30/35" included; times, dates, sums of money, sizes and
list numbers do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.drafts import UNITS
from signalos_tui.decode.lexicon import lexicon
from signalos_tui.decode.normalise import Folded, normalise
from signalos_tui.decode.numerals import shorthand
from signalos_tui.decode.profile import DEFAULT, Profile
from signalos_tui.decode.scan import scan
from signalos_tui.decode.tokens import Token, is_figure
from signalos_tui.model.signals import OrderKind, Side, Span, Unit

PLAIN_LENGTH = 500
PLAIN_LINES = 15
PLAIN_WORDS = 6
"""So many words that say nothing of a trade may stand in a plain post; a text that wants to persuade somebody needs more."""

_TALK = frozenset({Concept.WORD, Concept.FILLER, Concept.NEUTRAL, Concept.COMMANDING})
"""What words of talk are read as: the more of them the reader knows, the less would be unknown to it."""

_SHORT_JOINERS = frozenset("-/_~")
_MARKUP = frozenset('{}<>`\\"')
_SIDES = {Concept.BUY: Side.BUY, Concept.BUYS: Side.BUY, Concept.SELL: Side.SELL, Concept.SELLS: Side.SELL}
_ORDERS = {
    Concept.LIMIT: OrderKind.LIMIT,
    Concept.STOP_ORDER: OrderKind.STOP,
    Concept.STOP: OrderKind.STOP,
    Concept.NOW: OrderKind.MARKET,
    Concept.CURRENT: OrderKind.MARKET,
}
_UNIT_ORDERS = {"limit": OrderKind.LIMIT, "stop": OrderKind.STOP, "now": OrderKind.MARKET, "pending": OrderKind.STOP}
"""What a word says beside its direction ("buylimit"); a pending order may be either kind."""

_LONGEST_NAME = 20


class Market(Struct, frozen=True):
    """A market the text names. symbol: as people agree on it. span: None when only the channel's profile names it."""

    symbol: str
    span: Span | None


class Grounds(Struct, frozen=True):
    """Everything a text holds that a reading may be made of.

    prices: numbers that may be a price. shares: 0..1, of a position. ordinals: small numbers a target may be called by.
    markets: by the letters and digits they are written with, in capitals. open: a word for a level left open. is_plain:
    nothing hidden, no markup, hardly a word that says nothing of a trade.
    """

    prices: dict[Decimal, Span]
    distances: dict[tuple[Decimal, Unit], Span]
    shares: frozenset[Decimal]
    ordinals: frozenset[int]
    sides: dict[Side, Span]
    markets: dict[str, Market]
    orders: frozenset[OrderKind]
    open: Span | None
    is_plain: bool

    def market(self, written: str) -> Market | None:
        """The market somebody means by `written`, if the text names it so: "xau/usd", "XAUUSD", "gold"."""
        return self.markets.get(_key(written))


def grounds(text: str, profile: Profile = DEFAULT) -> Grounds:
    """What a text can prove. Pure, linear in its length."""
    folded = normalise(text)
    tokens = scan(folded, lexicon(profile))
    distances: dict[tuple[Decimal, Unit], Span] = {}
    sides: dict[Side, Span] = {}
    for token in tokens:
        span = folded.span(token.start, token.end)
        if token.concept is Concept.NUMBER and token.unit in UNITS:
            for value in token.values:
                distances.setdefault((value, UNITS[token.unit]), span)
        elif token.concept in _SIDES:
            sides.setdefault(_SIDES[token.concept], span)
    opens = (folded.span(token.start, token.end) for token in tokens if token.concept is Concept.OPEN)
    return Grounds(
        prices=_prices(tokens, folded),
        distances=distances,
        shares=_shares(tokens),
        ordinals=_ordinals(tokens),
        sides=sides,
        markets=_markets(tokens, folded, profile),
        orders=frozenset(_orders(tokens)),
        open=next(opens, None),
        is_plain=_is_plain(tokens, folded),
    )


def _orders(tokens: list[Token]) -> Iterator[OrderKind]:
    for token in tokens:
        if token.concept in _ORDERS:
            yield _ORDERS[token.concept]
        if token.unit in _UNIT_ORDERS:
            yield _UNIT_ORDERS[token.unit]


def _prices(tokens: list[Token], folded: Folded) -> dict[Decimal, Span]:
    found: dict[Decimal, Span] = {}
    before, last = Decimal(0), -2  # the price before this one, and its place
    for at, token in enumerate(tokens):
        if not _may_be_price(token) or _is_size(tokens, at):
            continue
        joined = last == at - 2 and tokens[at - 1].text in _SHORT_JOINERS
        meant = _completed(before, token) if joined else None
        for value in token.values if meant is None else (meant,):
            if value > 0:
                found.setdefault(value, folded.span(token.start, token.end))
        before, last = token.values[0] if meant is None else meant, at
    return found


def _may_be_price(token: Token) -> bool:
    return is_figure(token) and not token.listed and token.sign != "+"


def _is_size(tokens: list[Token], at: int) -> bool:
    # "lot 0.5", "leverage: 20": the label stands before it.
    before = at - 1
    while before >= 0 and tokens[before].text in (":", "=", "-"):
        before -= 1
    return before >= 0 and tokens[before].concept in (Concept.SIZE, Concept.LEVERAGE)


def _completed(before: Decimal, token: Token) -> Decimal | None:
    # "4061-59": the last digits of the price before it, where that lies nearer to it than the digits as they stand.
    if not token.text.replace(".", "").isdigit():
        return None
    meant = shorthand(format(before, "f"), token.text)
    if meant is None or abs(meant - before) >= abs(token.values[0] - before) or abs(meant - before) * 10 > before:
        return None
    return meant


def _shares(tokens: list[Token]) -> frozenset[Decimal]:
    found = {Decimal(token.value) for token in tokens if token.concept is Concept.FRACTION and token.value is not None}
    found |= {Decimal("0.5") for token in tokens if token.text == "½"}
    for at, token in enumerate(tokens):
        if token.concept is not Concept.NUMBER or token.sign:
            continue
        if token.unit == "%":
            found |= {value / 100 for value in token.values if 0 < value <= 100}
        elif token.unit == "share":
            small, large = sorted((token.values[0], tokens[at + 2].values[0]))  # 1/3, or 3分の1
            found.add((small / large).quantize(Decimal("0.001")).normalize())
    return frozenset(found)


def _ordinals(tokens: list[Token]) -> frozenset[int]:
    found: set[int] = set()
    for token in tokens:
        if token.concept in (Concept.INDEX, Concept.ORDINAL) and isinstance(token.value, int):
            found.add(token.value)
        elif token.concept is Concept.NUMBER and token.text.isdigit() and len(token.text) <= 2:
            found.add(int(token.text))
    return frozenset(found)


def _markets(tokens: list[Token], folded: Folded, profile: Profile) -> dict[str, Market]:
    found: dict[str, Market] = {}
    for token in tokens:
        span = folded.span(token.start, token.end)
        written = folded.original[span.start : span.end]
        if token.concept is Concept.SYMBOL:
            market = Market(str(token.value), span)
            for name in (market.symbol, token.text, written):
                found.setdefault(_key(name), market)
        elif token.concept is Concept.WORD and _is_name(token, written):
            found.setdefault(_key(written), Market(token.text.upper(), span))
    if profile.default_symbol:
        found.setdefault(_key(profile.default_symbol), Market(profile.default_symbol, None))
    found.pop("", None)
    return found


def _is_name(token: Token, written: str) -> bool:
    # An unknown word that is written like a market: a tag, a coin, or capitals.
    if not token.text.isascii() or not 2 <= len(token.text) <= _LONGEST_NAME:
        return False
    return token.unit in ("tag", "coin") or (written.isascii() and written.isupper())


def _key(name: str) -> str:
    return "".join(character for character in name.upper() if character.isalnum())


def _is_plain(tokens: list[Token], folded: Folded) -> bool:
    original = folded.original
    if len(original) > PLAIN_LENGTH or original.count("\n") >= PLAIN_LINES:
        return False
    if folded.offsets is not None or folded.oddities or not _MARKUP.isdisjoint(original):
        return False
    if any(mark in folded.text for mark in ("://", "www.", "t.me/")):
        return False
    return sum(token.concept in _TALK for token in tokens) <= PLAIN_WORDS
