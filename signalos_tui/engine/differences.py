"""What an edit made different, in words: nothing that matters, levels, what was missing, taken away, another call.

Pure: what the desk knows of a post and its new reading go in. Nothing follows from a difference but words; what is done about
an edit says `edits`.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalos_tui.engine.edits import SOURCE, is_swapped, named
from signalos_tui.engine.identity import is_same_signal, is_same_update
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState, SignalView
from signalos_tui.model.ids import MessageKey, signal_id, update_id
from signalos_tui.model.revisions import Difference, DifferenceKind
from signalos_tui.model.signals import Distance, Level, Number, OrderKind, Reading, Signal, Update

Kind = DifferenceKind


def differences(before: DeskState, key: MessageKey, reading: Reading) -> tuple[Difference, ...]:
    """What a new revision made of each signal and update of its post. reading: of the revision, under the names that hold."""
    return (*_of_signals(before, key, reading), *_of_updates(before, key, reading))


def _of_signals(before: DeskState, key: MessageKey, reading: Reading) -> Iterator[Difference]:
    now = {signal_id(key, signal.number): signal for signal in reading.signals}
    known = {view.id: view for view in before.signals.values() if view.key == key}
    gone = [view for sid, view in known.items() if sid not in now and not _was_gone(view)]
    fresh = [signal for sid, signal in now.items() if sid not in known]
    for view in gone:
        if fresh:  # a call that was traded keeps its name: what stands in its place has a new one
            text = f"{named(view.signal)} became {' and '.join(map(named, fresh))}"
            yield Difference(view.id, Kind.SWAPPED, text)
        else:
            yield Difference(view.id, Kind.WITHDRAWN, f"{named(view.signal)} is gone from it")
    for sid, signal in now.items():
        if sid in known:
            kind, text = _compared(known[sid].signal, signal)
            yield Difference(sid, kind, text)
        elif not gone:
            yield Difference(sid, Kind.ADDED, f"{named(signal)} came into it")


def _compared(one: Signal, other: Signal) -> tuple[Kind, str]:
    if is_swapped(one, other):
        return Kind.SWAPPED, f"{named(one)} became {named(other)}"
    if is_same_signal(one, other):
        return Kind.SAME, "nothing that matters"
    changes = [(name, was, now) for name, was, now in _fields(one, other) if was != now]
    if not changes:
        return Kind.SAME, "nothing that matters"
    completed = all(not was for _, was, _ in changes)
    told = ", ".join(f"{name} {was or 'none'} -> {now or 'none'}" for name, was, now in changes)
    return (Kind.COMPLETED if completed else Kind.LEVELS), f"{named(other)}: {told}"


def _fields(one: Signal, other: Signal) -> Iterator[tuple[str, str, str]]:
    yield "market", one.symbol or "", other.symbol or ""
    yield "direction", one.side or "", other.side or ""
    yield "order", _order(one), _order(other)
    yield "entry", "-".join(map(_said, one.entry)), "-".join(map(_said, other.entry))
    yield "stop", _said(one.stop), _said(other.stop)
    yield "targets", " ".join(map(_said, one.targets)), " ".join(map(_said, other.targets))


def _order(signal: Signal) -> str:
    # "Now" and a bare price differ by the entry, which is told beside it.
    return signal.order.value if signal.order in (OrderKind.LIMIT, OrderKind.STOP) else ""


def _of_updates(before: DeskState, key: MessageKey, reading: Reading) -> Iterator[Difference]:
    now = {update_id(key, update.number): update for update in reading.updates}
    for view in before.updates.values():
        if view.key != key or view.rejected or view.is_lost:
            continue
        update = now.get(view.id)
        if update is None:
            loud = view.outcome in (DecisionOutcome.ACCEPTED, DecisionOutcome.HELD)
            yield Difference(view.id, Kind.WITHDRAWN if loud else Kind.LEVELS, f"{_asked(view.update)} is gone from it")
        elif is_same_update(view.update, update):
            yield Difference(view.id, Kind.SAME, "nothing that matters")
        else:
            yield Difference(view.id, Kind.LEVELS, f"{_asked(view.update)} became {_asked(update)}")
    for uid, update in now.items():
        if uid not in before.updates:
            yield Difference(uid, Kind.ADDED, f"{_asked(update)} came into it")


def _asked(update: Update) -> str:
    return " ".join(filter(None, (update.action.replace("_", " "), _said(update.price), update.symbol)))


def _was_gone(view: SignalView) -> bool:
    return view.is_lost or (bool(view.rejected) and view.rejected_by == SOURCE)


def _said(level: Level | None) -> str:
    if level is None:
        return ""
    if isinstance(level, Number | Distance):
        value = f"{level.value.normalize():f}"
        return f"{value} {level.unit}" if isinstance(level, Distance) else value
    return "open"
