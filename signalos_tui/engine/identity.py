"""Which call of a new revision is which call of the old ones.

A name ("post#2") is given once. An edit may move a call to another place in its post; what was traded keeps its name there, and
nothing else ever gets it. So an edit can neither double an order nor give one trade the levels of another (reference:
reliability A8, A9). Pure: a reading and the desk go in, the reading with the names that hold comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from signalos_tui.evaluate.case import fingerprint
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import MessageKey
from signalos_tui.model.signals import Distance, Number, Reading, Signal, Update

T = TypeVar("T", Signal, Update)


def recognised(reading: Reading, state: DeskState, key: MessageKey) -> Reading:
    """The reading of a post with the numbers its signals and updates had before; new ones get numbers not used yet."""
    views = [view for view in state.signals.values() if view.key == key]
    seen = [view for view in state.updates.values() if view.key == key]
    signals = _numbers(
        reading.signals,
        {view.signal.number: view.signal for view in views},
        {view.signal.number for view in views if view.was_accepted},
        (is_same_signal, _is_same_instrument),
    )
    updates = _numbers(
        reading.updates,
        {view.update.number: view.update for view in seen},
        {view.update.number for view in seen if view.outcome is DecisionOutcome.ACCEPTED},
        (is_same_update,),
    )
    return replace(
        reading,
        signals=tuple(replace(one, number=n) for one, n in zip(reading.signals, signals, strict=True)),
        updates=tuple(replace(one, number=n) for one, n in zip(reading.updates, updates, strict=True)),
    )


def is_same_signal(one: Signal, other: Signal) -> bool:
    """The same call word for word, wherever it stands in the post."""
    return one.order is other.order and fingerprint(one) == fingerprint(other)


def is_same_update(one: Update, other: Update) -> bool:
    """The same wish, wherever it stands in the post."""
    return _wish(one) == _wish(other)


def _is_same_instrument(one: Signal, other: Signal) -> bool:
    return (one.symbol, one.side) == (other.symbol, other.side)


def _wish(update: Update) -> tuple[Update, object]:
    price = update.price
    unit = price.unit if isinstance(price, Distance) else None
    level = (price.value, unit) if isinstance(price, Number | Distance) else None
    return replace(update, number=0, span=None, price=None), level


def _numbers(
    found: Sequence[T], known: Mapping[int, T], fixed: Collection[int], alike: Sequence[Callable[[T, T], bool]]
) -> list[int]:
    # known: what the numbers stand for so far. fixed: those that may never stand for anything else. alike: the strictest
    # test first; one that fits more than one is no test, unless the number fits as well.
    given: dict[int, int] = {}
    for is_alike in alike:
        for place, one in enumerate(found):
            free = [n for n in known if n not in given.values() and is_alike(one, known[n])]
            rivals = [p for p, other in enumerate(found) if p not in given and is_alike(other, one)]
            if place in given or not free or len(rivals) > len(free):
                continue
            if len(free) == len(rivals) or is_alike is alike[0]:
                given[place] = one.number if one.number in free else free[0]
    for place, one in enumerate(found):
        if place not in given:
            # A new one takes the place of one that is gone and was never acted on, else a number not used yet.
            taken = {*given.values(), *fixed}
            numbers = (one.number, *known, *range(1, len(known) + len(found) + 1))
            given[place] = next(n for n in numbers if n not in taken)
    return [given[place] for place in range(len(found))]
