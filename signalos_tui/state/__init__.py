"""DeskState is a fold of events: `fold(state, record)` gives the next state and changes nothing.

Every event of the glossary has one step here, so what an event means to the desk is found in one place: `publishing` for what
comes in and is decided, `trading` for legs and trades, `symbols` for what names mean. The journal keeps a snapshot of this fold;
starting is loading it and folding what came after. What grows without end (posts, signals, ended trades) is cut to what a screen
can use; the journal has the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from signalos_tui.model.desk import DeskState, LogLine
from signalos_tui.model.events import Record
from signalos_tui.narrate import narrate
from signalos_tui.state import publishing, symbols, trading
from signalos_tui.state.steps import STEPS
from signalos_tui.state.trading import find_leg, signal_of

__all__ = ["FOLD", "durable", "find_leg", "fold", "fold_all", "publishing", "signal_of", "symbols", "trading"]

KEEP_LOG = 300
FOLD = 3
"""Raised with every change of what events mean to the desk: a snapshot of another fold is not used (decision 0003)."""


def fold(state: DeskState, record: Record) -> DeskState:
    """The state after one more event."""
    event = record.event
    step = STEPS.get(type(event))
    after = step(state, record.at, event) if step else state
    if not record.seq:
        return after
    line = narrate(event, after)
    log = after.log
    if line is not None:
        log = (*log[-KEEP_LOG + 1 :], LogLine(record.seq, record.at, *line))
    return replace(after, seq=record.seq, at=record.at, log=log)


def fold_all(records: Iterable[Record], state: DeskState | None = None) -> DeskState:
    """The state after many events."""
    state = state or DeskState()
    for record in records:
        state = fold(state, record)
    return state


def durable(state: DeskState) -> DeskState:
    """The part that the journal alone determines: without live prices and results."""
    return replace(state, account=None, quotes={}, marks={}, tracks={}, specs={}, reach=None)
