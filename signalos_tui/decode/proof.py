"""What an owner says a post means, proven from its text: every number gets the place where it stands, or the whole is refused.

The owner may know better than the reader which number is the stop. He may not bring a number of his own: what is traded later
under this post must be what the post says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.lessons import is_market_name
from signalos_tui.decode.lexicon import lexicon
from signalos_tui.decode.normalise import Folded, normalise
from signalos_tui.decode.numerals import shorthand
from signalos_tui.decode.pipeline import LONGEST, MOST_SIGNALS
from signalos_tui.decode.profile import DEFAULT, Profile
from signalos_tui.decode.scan import scan
from signalos_tui.decode.tokens import Token
from signalos_tui.model.lessons import Problem
from signalos_tui.model.signals import (
    Distance,
    Evidence,
    Level,
    Number,
    Open,
    OrderKind,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Reason,
    Side,
    Signal,
    Span,
    Update,
    UpdateAction,
)

CORRECTED = Reason("corrected", "Corrected by the owner.")
"""Why a corrected post is held: it is never traded by the correction alone."""

MOST_TARGETS = 20
_HIGHEST = 1_000

_SIDES = {Side.BUY: Concept.BUY, Side.SELL: Concept.SELL}
_LABELS = {
    "stop": frozenset({Concept.STOP}),
    "target": frozenset({Concept.TARGET, Concept.ORDINAL}),
    "entry": frozenset({Concept.ENTRY, Concept.AT, Concept.NOW, Concept.CURRENT, Concept.BUY, Concept.SELL}),
    "leverage": frozenset({Concept.LEVERAGE}),
    "price": frozenset({Concept.STOP, Concept.TARGET, Concept.TO, Concept.AT}),
}
"""The labels a number of each role stands behind."""

_PASSED = frozenset({Concept.NUMBER, Concept.MARK, Concept.INDEX, Concept.AND, Concept.TO, Concept.FILLER})
_JOINERS = frozenset("-/_~")
_LONGEST_FIGURE = 20
_MOST_MEANINGS = 6
_CLOSE_ENOUGH = Decimal("0.005")
"""A third is 0.333 in one place and 33 % in another."""


def prove(text: str, claimed: Reading, profile: Profile = DEFAULT) -> Reading | tuple[Problem, ...]:
    """The claimed reading with the place of every number, or why it cannot be taken. Pure, linear in the text.

    Only signals and updates of `claimed` count; its spans do not. The result is held, or ignored where nothing is left to do.
    """
    signals, updates = claimed.signals, claimed.updates
    if len(text) > LONGEST or len(signals) > MOST_SIGNALS or len(updates) > MOST_SIGNALS:
        return (Problem("", f"It is too much for one post: at most {MOST_SIGNALS} calls and {LONGEST} characters"),)
    ground = _Ground(text, profile)
    proven = tuple(_signal(one, number, ground) for number, one in zip(_numbers(signals), signals, strict=True))
    followed = tuple(_update(one, number, ground) for number, one in zip(_numbers(updates), updates, strict=True))
    if ground.problems:
        return tuple(ground.problems)
    if not proven and not followed:
        return _reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, (), ())
    kind = ReadingKind.SIGNAL if proven else ReadingKind.UPDATE
    asks = proven or any(update.action is not UpdateAction.INFO for update in followed)
    return _reading(kind, ReadingVerdict.HOLD if asks else ReadingVerdict.IGNORE, proven, followed)


def _numbers(claimed: Sequence[Signal | Update]) -> Sequence[int]:
    # Which is which in the post, as they were called before; counted anew where that is unclear.
    numbers = [one.number for one in claimed]
    is_clear = len(set(numbers)) == len(numbers) and all(0 < number <= _HIGHEST for number in numbers)
    return numbers if is_clear else range(1, len(claimed) + 1)


def _reading(
    kind: ReadingKind, verdict: ReadingVerdict, signals: tuple[Signal, ...], updates: tuple[Update, ...]
) -> Reading:
    evidence = (Evidence("read by the owner", 1.0),)
    return Reading(kind, verdict, 1.0, signals, updates, (CORRECTED,), evidence)


def shown(value: Decimal) -> str:
    """A figure for a sentence, however it was typed."""
    return f"{value:f}" if value.is_finite() and abs(value.adjusted()) < _LONGEST_FIGURE else str(value)[:40]


class _Ground:
    """The numbers of a text, and what was found wanting. used: places already given to another number."""

    def __init__(self, text: str, profile: Profile) -> None:
        self.folded: Folded = normalise(text)
        self.tokens = scan(self.folded, lexicon(profile))
        self.problems: list[Problem] = []
        self.used: set[int] = set()
        self.own_names = profile.symbols
        self._figures = _figures(self.tokens)

    def span(self, token: Token) -> Span:
        return self.folded.span(token.start, token.end)

    def wrong(self, field: str, text: str) -> None:
        self.problems.append(Problem(field, text))

    def number(self, value: Decimal, role: str, field: str) -> Number:
        """The number where it stands: behind a label of its role, if it can be, and where no other number was found."""
        if not value.is_finite() or value <= 0:
            self.wrong(field, f"The {field} was {shown(value)}, it must be above 0")
            return Number(value, Span(0, 0))
        found = [at for at, values in self._figures.items() if value in values]
        if not found:
            self.wrong(field, f"{shown(value)} does not stand in the post")
            return Number(value, Span(0, 0))
        labels = _LABELS[role]
        at = min(found, key=lambda at: (at in self.used, _label(self.tokens, at) not in labels, at))
        self.used.add(at)
        written = next(one for one in self._figures[at] if one == value)
        return Number(written, self.span(self.tokens[at]))

    def share(self, fraction: Decimal) -> Decimal | None:
        """The part of a position as the text says it ("half", "30 %", "1/3"), None where it does not."""
        if not fraction.is_finite() or not 0 < fraction <= 1:
            return None
        return next((share for share in _shares(self.tokens) if abs(share - fraction) <= _CLOSE_ENOUGH), None)

    def has_ordinal(self, number: int) -> bool:
        """Whether the text counts to this: "TP2", "second target", a number drawn as one sign."""
        named = (Concept.INDEX, Concept.ORDINAL)
        return any(token.concept in named and token.value == number for token in self.tokens) or any(
            Decimal(number) in values for values in self._figures.values()
        )

    def of(self, *concepts: Concept) -> Span | None:
        """The first place with one of these meanings."""
        return next((self.span(token) for token in self.tokens if token.concept in concepts), None)


def _figures(tokens: list[Token]) -> dict[int, tuple[Decimal, ...]]:
    """What the number at each place can mean; the last digits behind a price ("4061-59-55") also as the whole price."""
    found: dict[int, tuple[Decimal, ...]] = {}
    for at, token in enumerate(tokens):
        if token.concept is not Concept.NUMBER or token.unit == "garbled":
            continue
        before = found.get(at - 2, ()) if at >= 2 and tokens[at - 1].text in _JOINERS else ()
        is_short = token.text.replace(".", "").isdigit()
        wholes = (shorthand(format(value, "f"), token.text) for value in before if is_short)
        meant = (*token.values, *(whole for whole in wholes if whole is not None))
        found[at] = tuple(dict.fromkeys(meant))[:_MOST_MEANINGS]
    return found


def _label(tokens: list[Token], at: int) -> Concept | None:
    """What heads the number at a place, on its line."""
    for token in reversed(tokens[max(0, at - 12) : at]):
        if token.line != tokens[at].line:
            return None
        if token.concept not in _PASSED:
            return token.concept
    return None


def _shares(tokens: list[Token]) -> Iterator[Decimal]:
    for at, token in enumerate(tokens):
        if token.concept is Concept.FRACTION and token.value is not None:
            yield Decimal(token.value)
        elif token.concept is Concept.NUMBER and token.unit == "%":
            yield from (value / 100 for value in token.values)
        elif token.unit == "share" and at + 2 < len(tokens):
            yield (token.values[0] / tokens[at + 2].values[0]).quantize(Decimal("0.001")).normalize()
        elif token.text == "½":
            yield Decimal("0.5")


def _signal(claimed: Signal, number: int, ground: _Ground) -> Signal:
    side = claimed.side
    if side is None:
        ground.wrong("side", "Say whether it is a buy or a sell")
    symbol = _symbol(claimed.symbol, ground)
    if not is_market_name(symbol):
        ground.wrong("symbol", f"The market was {symbol[:40]!r}: name it as XAUUSD, EURUSD, BTCUSDT")
    if len(claimed.entry) > 2 or len(claimed.targets) > MOST_TARGETS:
        ground.wrong("targets", f"At most two entry prices and {MOST_TARGETS} targets")
        return claimed
    if claimed.order in (OrderKind.LIMIT, OrderKind.STOP) and not claimed.entry:
        ground.wrong("entry", f"A {claimed.order} order needs a price")
    entry = tuple(ground.number(one.value, "entry", "entry") for one in claimed.entry)
    stop = _level(claimed.stop, "stop", "stop", ground) if claimed.stop is not None else None
    targets = [_level(one, "target", f"target {n}", ground) for n, one in enumerate(claimed.targets, 1)]
    leverage = claimed.leverage
    return replace(
        claimed,
        number=number,
        symbol=symbol,
        entry=tuple(sorted(entry, key=lambda one: one.value)),
        stop=stop if not isinstance(stop, Open) else None,
        targets=tuple(targets),
        leverage=ground.number(leverage.value, "leverage", "leverage") if leverage is not None else None,
        side_span=ground.of(_SIDES[side]) if side is not None else None,
        symbol_span=_named(symbol, ground),
    )


def _level(claimed: Level, role: str, field: str, ground: _Ground) -> Level:
    if isinstance(claimed, Open):
        place = ground.of(Concept.OPEN) or ground.of(Concept.TARGET)
        if place is None:
            ground.wrong(field, "Neither an open target nor any target stands in the post")
        return Open(place or Span(0, 0))
    found = ground.number(claimed.value, role, field)
    return Distance(found.value, claimed.unit, found.span) if isinstance(claimed, Distance) else found


def _symbol(claimed: str | None, ground: _Ground) -> str:
    # Names that the owner gave a meaning of his own keep their case.
    name = (claimed or "").strip()
    return name if name in ground.own_names else name.upper()


def _named(symbol: str, ground: _Ground) -> Span | None:
    # None: the post does not name it, the owner knows.
    for token in ground.tokens:
        if symbol in (token.value, token.text.upper()) and token.concept in (Concept.SYMBOL, Concept.WORD):
            return ground.span(token)
    return None


def _update(claimed: Update, number: int, ground: _Ground) -> Update:
    price = claimed.price
    fraction = ground.share(claimed.fraction) if claimed.fraction is not None else None
    if fraction is None and claimed.fraction is not None:
        ground.wrong("fraction", f"A part of {shown(claimed.fraction)} does not stand in the post, or leave it out")
    if claimed.target is not None and not ground.has_ordinal(claimed.target):
        ground.wrong("target", f"A target {claimed.target} does not stand in the post")
    symbol = _symbol(claimed.symbol, ground)
    if symbol and not is_market_name(symbol):
        ground.wrong("symbol", f"The market was {symbol[:40]!r}: name it as XAUUSD, or leave it out")
    proven: Number | Distance | None = None
    if price is not None:
        found = ground.number(price.value, "price", "price")
        proven = Distance(found.value, price.unit, found.span) if isinstance(price, Distance) else found
    return replace(claimed, number=number, fraction=fraction, symbol=symbol or None, price=proven, span=None)
