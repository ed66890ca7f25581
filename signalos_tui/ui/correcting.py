"""A reading as lines of text and back: what an owner types over what the reader made of a post.

Pure. A figure is read as `entry.figure` reads it, never guessed; whether it stands in the post is not decided here but asked of
the engine (`Control.examine`), which finds its place in the text or refuses it. So what leaves here has no places yet.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

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
from signalos_tui.ui.phrases import ACTIONS, level
from signalos_tui.ui.screens.entry import figure, part
from signalos_tui.ui.text import price

NOWHERE = Span(0, 0)
"""The place of a figure that was typed, until the engine finds it in the post."""

FIELDS: dict[ReadingKind, tuple[str, ...]] = {
    ReadingKind.SIGNAL: ("side", "symbol", "order", "entry", "stop", "targets", "leverage"),
    ReadingKind.UPDATE: ("action", "symbol", "fraction", "price", "target"),
    ReadingKind.NOISE: (),
}
"""What can be said of each kind, in the order it is shown."""

_UNITS = {
    **dict.fromkeys(("pip", "pips"), Unit.PIPS),
    **dict.fromkeys(("pt", "pts", "point", "points"), Unit.POINTS),
    "%": Unit.PERCENT,
    "r": Unit.R,
}
_LEVEL = re.compile(r"(open|[\d.,]+)(?:\s*(pips?|pts?|points?|%|r)(?![a-z]))?", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s/;|]*")
_ZONE = re.compile(r"\s*[-–/]\s*|\s+")


class Form(Struct, frozen=True):
    """A reading as it is typed. entry: one price or a zone. targets: levels with blanks between. fraction: percent."""

    kind: ReadingKind
    side: Side | None = None
    symbol: str = ""
    order: OrderKind = OrderKind.UNSPECIFIED
    entry: str = ""
    stop: str = ""
    targets: str = ""
    leverage: str = ""
    action: UpdateAction = UpdateAction.CLOSE
    fraction: str = ""
    price: str = ""
    target: str = ""


Faults = dict[str, str]
"""What cannot be read as it was typed: a sentence by field."""


def form_of(reading: Reading | None, number: int = 1) -> Form:
    """A reading as lines. number: which signal or update of the post."""
    if reading is None or reading.kind is ReadingKind.NOISE:
        return Form(ReadingKind.NOISE)
    if reading.kind is ReadingKind.UPDATE:
        return _update_form(next((one for one in reading.updates if one.number == number), reading.updates[0]))
    signal = next((one for one in reading.signals if one.number == number), reading.signals[0])
    return Form(
        ReadingKind.SIGNAL,
        side=signal.side,
        symbol=signal.symbol or "",
        order=signal.order,
        entry=" - ".join(price(one.value) for one in signal.entry),
        stop=level(signal.stop) if signal.stop else "",
        targets="  ".join(level(one) for one in signal.targets),
        leverage=price(signal.leverage.value) if signal.leverage else "",
    )


def _update_form(update: Update) -> Form:
    return Form(
        ReadingKind.UPDATE,
        symbol=update.symbol or "",
        action=update.action,
        fraction=f"{(update.fraction * 100).normalize():f}" if update.fraction is not None else "",
        price=level(update.price) if update.price else "",
        target=str(update.target) if update.target is not None else "",
    )


def corrected(form: Form, before: Reading | None, number: int = 1) -> tuple[Reading, Faults]:
    """The reading an owner means, and what he typed that cannot be read.

    before: the reading so far. The other signals or updates of the post stay as they were read, unless the kind changes.
    """
    faults: Faults = {}
    others = before if before is not None and before.kind is form.kind else Reading(form.kind, ReadingVerdict.HOLD, 1.0)
    if form.kind is ReadingKind.SIGNAL:
        signals = {one.number: one for one in others.signals}
        signals[number] = _signal(form, number, faults, signals.get(number))
        found = Reading(form.kind, ReadingVerdict.HOLD, 1.0, signals=tuple(signals[n] for n in sorted(signals)))
    elif form.kind is ReadingKind.UPDATE:
        updates = {one.number: one for one in others.updates}
        updates[number] = _update(form, number, faults, updates.get(number))
        found = Reading(form.kind, ReadingVerdict.HOLD, 1.0, updates=tuple(updates[n] for n in sorted(updates)))
    else:
        found = Reading(form.kind, ReadingVerdict.IGNORE, 1.0)
    return found, faults


def changes(form: Form, was: Form) -> dict[str, str]:
    """The fields that say something else now, with what they said ("" for nothing)."""
    if form.kind is not was.kind:
        return {"kind": str(was.kind)}
    return {
        name: _worded(getattr(was, name)) for name in FIELDS[form.kind] if getattr(form, name) != getattr(was, name)
    }


def _worded(value: object) -> str:
    if isinstance(value, UpdateAction):
        return ACTIONS[value]
    return "" if value is None or value is OrderKind.UNSPECIFIED else str(value)


def _signal(form: Form, number: int, faults: Faults, was: Signal | None) -> Signal:
    signal = Signal(
        number,
        form.side,
        form.symbol.upper() or None,
        form.order,
        entry=_entry(form.entry, faults),
        stop=_stop(form.stop, faults),
        targets=_levels(form.targets, faults),
        leverage=_leverage(form.leverage, faults),
    )
    if form.side is None:
        faults.setdefault("side", "a signal buys or sells")
    return signal if was is None else _untouched(signal, was)


def _untouched(signal: Signal, was: Signal) -> Signal:
    # What still says the same keeps its place in the text.
    kept: dict[str, Any] = {}
    if was.side is signal.side:
        kept["side_span"] = was.side_span
    if was.symbol == signal.symbol:
        kept["symbol_span"] = was.symbol_span
    for name in ("entry", "targets"):
        if [level(one) for one in getattr(signal, name)] == [level(one) for one in getattr(was, name)]:
            kept[name] = getattr(was, name)
    for name in ("stop", "leverage"):
        if level(getattr(signal, name)) == level(getattr(was, name)):
            kept[name] = getattr(was, name)
    return replace(signal, **kept)


def _update(form: Form, number: int, faults: Faults, was: Update | None) -> Update:
    target = int(form.target) if form.target.isdigit() else None
    if form.target and not target:
        faults["target"] = f'was "{form.target}": a number like 1'
    fraction = part(form.fraction) if form.fraction else None
    if form.fraction and fraction is None:
        faults["fraction"] = f'was "{form.fraction}": percent like 50'
    found = _levels(form.price, faults, "price")
    named = found[0] if len(found) == 1 and not isinstance(found[0], Open) else None
    if found and named is None:
        faults["price"] = f'was "{form.price}": one figure'
    if form.action in (UpdateAction.MOVE_SL, UpdateAction.MOVE_TP) and not form.price:
        faults["price"] = "a move needs a level"
    if form.action is UpdateAction.CLOSE_PARTIAL and not form.fraction:
        faults.setdefault("fraction", "which part? percent like 50")
    return Update(
        number,
        form.action,
        fraction=fraction,
        price=named,
        symbol=form.symbol.upper() or None,
        side=was.side if was is not None else None,
        target=target or None,
        everything=was.everything if was is not None else False,
        span=was.span if was is not None else None,
    )


def _entry(typed: str, faults: Faults) -> tuple[Number, ...]:
    if not typed.strip():
        return ()
    pieces = _ZONE.split(typed.strip())
    values = [figure(piece) for piece in pieces]
    if len(pieces) > 2 or None in values:
        faults["entry"] = f'was "{typed}": a price, or two like 2340 - 2345'
        return ()
    return tuple(Number(value, NOWHERE) for value in sorted(value for value in values if value is not None))


def _stop(typed: str, faults: Faults) -> Number | Distance | None:
    found = _levels(typed, faults, "stop")
    if len(found) > 1 or any(isinstance(one, Open) for one in found):
        faults["stop"] = f'was "{typed}": one figure'
        return None
    stop = found[0] if found else None
    return None if isinstance(stop, Open) else stop


def _leverage(typed: str, faults: Faults) -> Number | None:
    if not typed.strip():
        return None
    value = figure(typed.strip().lower().strip("x"))
    if value is None:
        faults["leverage"] = f'was "{typed}": a figure like 10'
        return None
    return Number(value, NOWHERE)


def _levels(typed: str, faults: Faults, name: str = "targets") -> tuple[Level, ...]:
    # Prices, distances with their unit, and "open", with blanks between.
    found: list[Level] = []
    at = 0
    for match in _LEVEL.finditer(typed):
        made = _level(match[1], match[2])
        if not _BETWEEN.fullmatch(typed, at, match.start()) or made is None:
            break
        found.append(made)
        at = match.end()
    if not _BETWEEN.fullmatch(typed, at):
        faults[name] = f'"{typed[at:].strip()}" is no level: like 2350, 50 pips, 2 %, open'
    return tuple(found)


def _level(word: str, unit: str | None) -> Level | None:
    if word.lower() == "open":
        return Open(NOWHERE) if unit is None else None
    value = figure(word)
    if value is None:
        return None
    return Number(value, NOWHERE) if unit is None else Distance(value, _UNITS[unit.lower()], NOWHERE)
