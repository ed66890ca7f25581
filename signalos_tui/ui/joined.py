"""A call that several posts say, taken apart again for the trace: which post says what, and where it stands there.

The places of a signal's numbers are places in the post that says them; shown in another one they would mark the wrong words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from signalos_tui.model.desk import DeskState, Post, SignalView
from signalos_tui.model.ids import number_of
from signalos_tui.model.revisions import Part
from signalos_tui.model.signals import Signal

_LEVELS = ("entry", "stop", "targets", "leverage")


class Other(NamedTuple):
    """Another post of a call, and what it says of it."""

    post: Post
    part: Part


def others(view: SignalView, state: DeskState) -> tuple[Other, ...]:
    """The other posts of a call that are in view, oldest first."""
    found = [Other(state.posts[part.key], part) for part in view.parts if part.key in state.posts]
    return tuple(sorted(found, key=lambda one: one.post.message.id))


def said_here(view: SignalView) -> Signal:
    """What a call's own post says of it."""
    return _without(view.signal, {field for part in view.parts for field in part.fields})


def said_there(view: SignalView, part: Part) -> Signal:
    """What another post says of it."""
    return replace(_without(view.signal, {"symbol", *_LEVELS} - {*part.fields}), side_span=None)


def source(view: SignalView, field: str) -> str:
    """Where a field stands, when that is another post."""
    part = next((part for part in view.parts if field in part.fields), None)
    return f"  in #{number_of(part.key)}" if part is not None else ""


def _without(signal: Signal, fields: Iterable[str]) -> Signal:
    blank = replace(signal, entry=(), stop=None, targets=(), leverage=None, symbol_span=None)
    kept = {name: getattr(signal, name) for name in _LEVELS if name not in fields}
    return replace(blank, **kept, symbol_span=None if "symbol" in fields else signal.symbol_span)
