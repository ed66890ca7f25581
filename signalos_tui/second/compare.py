"""Where two readings of one text differ, field by field, in the owner's words; places and reasons do not count."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from signalos_tui.model.signals import Distance, Level, Number, Reading, Signal, Update, UpdateAction


def differences(rules: Reading, second: Reading) -> tuple[str, ...]:
    """The fields in which the second reading is not the first, each once; () when both say the same."""
    return tuple(dict.fromkeys(_differences(rules, second)))


def _differences(rules: Reading, second: Reading) -> Iterator[str]:
    if rules.kind is not second.kind:
        yield "kind"
        return
    if len(rules.signals) != len(second.signals):
        yield "number of calls"
        return
    for one, other in zip(rules.signals, second.signals, strict=True):
        yield from _in_signal(one, other)
    wishes, claims = _commands(rules), _commands(second)
    if len(wishes) != len(claims):
        yield "number of updates"
        return
    for wish, claim in zip(wishes, claims, strict=True):
        yield from _in_update(wish, claim)


def _in_signal(one: Signal, other: Signal) -> Iterator[str]:
    if one.side is not other.side:
        yield "side"
    if one.symbol != other.symbol:
        yield "symbol"
    if one.order is not other.order:
        yield "order"
    if [price.value for price in one.entry] != [price.value for price in other.entry]:
        yield "entry"
    if _meant(one.stop) != _meant(other.stop):
        yield "stop"
    if [_meant(target) for target in one.targets] != [_meant(target) for target in other.targets]:
        yield "targets"


def _in_update(one: Update, other: Update) -> Iterator[str]:
    if one.action is not other.action:
        yield "action"
    if one.fraction != other.fraction:
        yield "part"
    if _meant(one.price) != _meant(other.price):
        yield "level"
    if (one.symbol, one.side) != (other.symbol, other.side):
        yield "trade"
    if (one.target, one.everything) != (other.target, other.everything):
        yield "reach"


def _commands(reading: Reading) -> list[Update]:
    return [update for update in reading.updates if update.action is not UpdateAction.INFO]


def _meant(level: Level | None) -> tuple[Decimal | None, str] | None:
    # A level without its place.
    if level is None:
        return None
    if isinstance(level, Number):
        return level.value, "price"
    return (level.value, str(level.unit)) if isinstance(level, Distance) else (None, "open")
