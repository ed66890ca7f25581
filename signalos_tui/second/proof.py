"""From claims to a reading: each claim points at something in the text, and what the text says there is what is taken.

Nothing of a model's answer is passed on: a number is the scanner's number, a market the market its word stands for, a side one
whose word is there. One claim that points at nothing refuses the whole answer, and the refusal does not repeat the claim.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.decode import Grounds
from signalos_tui.model.signals import (
    Distance,
    Level,
    Number,
    Open,
    OrderKind,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Side,
    Signal,
    Span,
    Unit,
    Update,
    UpdateAction,
)
from signalos_tui.second.answer import Answer, LevelClaim, SignalClaim, UpdateClaim
from signalos_tui.second.failures import Unproven

_UNITS = {"pips": Unit.PIPS, "points": Unit.POINTS, "percent": Unit.PERCENT, "r": Unit.R}
_SAID = {OrderKind.LIMIT, OrderKind.STOP}
"""Kinds of order that only a word can ask for."""


def proven(answer: Answer, text: Grounds) -> Reading:
    """The reading an answer stands for; it is held, whatever it says. Raises Unproven."""
    kind = ReadingKind(answer.kind)
    verdict = ReadingVerdict.IGNORE if kind is ReadingKind.NOISE else ReadingVerdict.HOLD
    signals = tuple(_signal(claim, number, text) for number, claim in enumerate(answer.signals, 1))
    updates = tuple(_update(claim, number, text) for number, claim in enumerate(answer.updates, 1))
    return Reading(kind, verdict, 0.0, signals=signals, updates=updates)


def _signal(claim: SignalClaim, number: int, text: Grounds) -> Signal:
    side, side_span = _side(claim.side, text)
    symbol, symbol_span = _market(claim.symbol, text)
    order = OrderKind(claim.order)
    if order in _SAID and order not in text.orders:
        raise Unproven(f"it claims a {order} order, and the text does not ask for one")
    entry = sorted((_price(digits, "an entry", text) for digits in claim.entry), key=lambda price: price.value)
    stop = _level(claim.stop, "a stop", text) if claim.stop is not None else None
    if isinstance(stop, Open):
        raise Unproven("it claims a stop that is left open, which is none")
    return Signal(
        number=number,
        side=side,
        symbol=symbol,
        order=order,
        entry=tuple(entry),
        stop=stop,
        targets=tuple(_level(level, "a target", text) for level in claim.targets),
        side_span=side_span,
        symbol_span=symbol_span,
    )


def _update(claim: UpdateClaim, number: int, text: Grounds) -> Update:
    side, _ = _side(claim.side, text)
    symbol, _ = _market(claim.symbol, text)
    price = _level(claim.level, "a level", text) if claim.level is not None else None
    if isinstance(price, Open):
        raise Unproven("it claims a level that is left open, which is none")
    if claim.target is not None and claim.target not in text.ordinals:
        raise Unproven("it claims the number of a target that is not in the text")
    return Update(
        number=number,
        action=UpdateAction(claim.action),
        fraction=_share(claim.percent, text),
        price=price,
        symbol=symbol,
        side=side,
        target=claim.target,
        everything=claim.everything,
    )


def _side(claimed: str | None, text: Grounds) -> tuple[Side | None, Span | None]:
    if claimed is None:
        return None, None
    side = Side(claimed)
    if side not in text.sides:
        raise Unproven(f"it claims a {side}, and no word for that is in the text")
    return side, text.sides[side]


def _market(claimed: str | None, text: Grounds) -> tuple[str | None, Span | None]:
    if claimed is None:
        return None, None
    market = text.market(claimed)
    if market is None:
        raise Unproven("it claims a market that the text does not name")
    return market.symbol, market.span


def _price(digits: str, what: str, text: Grounds) -> Number:
    value = Decimal(digits)
    found = next((known for known in text.prices if known == value), None)
    if found is None:
        raise Unproven(f"it claims {what} that is no price in the text")
    return Number(found, text.prices[found])


def _level(claim: LevelClaim, what: str, text: Grounds) -> Level:
    if claim.unit == "open":
        if claim.value is not None or text.open is None:
            raise Unproven(f"it claims {what} left open, and the text leaves none open")
        return Open(text.open)
    if claim.value is None:
        raise Unproven(f"it claims {what} without a value")
    if claim.unit == "price":
        return _price(claim.value, what, text)
    value, unit = Decimal(claim.value), _UNITS[claim.unit]
    found = next((known for known, measure in text.distances if known == value and measure is unit), None)
    if found is None:
        raise Unproven(f"it claims {what} in {unit} that is not in the text")
    return Distance(found, unit, text.distances[found, unit])


def _share(digits: str | None, text: Grounds) -> Decimal | None:
    if digits is None:
        return None
    share = Decimal(digits) / 100
    found = next((known for known in text.shares if known == share), None)
    if found is None:
        raise Unproven("it claims a share of the position that is not in the text")
    return found
