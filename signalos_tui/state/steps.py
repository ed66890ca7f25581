"""How a fold finds its step: one function per event, registered under the event's class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event
from signalos_tui.model.ids import ChannelId

K = TypeVar("K")
V = TypeVar("V")
E = TypeVar("E", bound=Event)
Step = Callable[[DeskState, int, Any], DeskState]
STEPS: dict[type[Any], Step] = {}


def on(kind: type[E]) -> Callable[[Callable[[DeskState, int, E], DeskState]], Callable[[DeskState, int, E], DeskState]]:
    """Register the step of an event: state, time (ms UTC) and event in, the next state out."""

    def register(step: Callable[[DeskState, int, E], DeskState]) -> Callable[[DeskState, int, E], DeskState]:
        STEPS[kind] = step
        return step

    return register


def having(mapping: dict[K, V], key: K, value: V) -> dict[K, V]:
    """A copy with one entry set."""
    return {**mapping, key: value}


def with_channel(state: DeskState, channel: ChannelId, **changes: Any) -> DeskState:
    """The state with a channel's row changed; as it is when the channel is not followed."""
    view = state.channels.get(channel)
    if view is None:
        return state
    return replace(state, channels=having(state.channels, channel, replace(view, **changes)))
