"""Readings as an owner corrects them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from signalos_tui.model import commands as c
from signalos_tui.model.commands import Outcome
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import (
    Number,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Side,
    Signal,
    Span,
    Update,
    UpdateAction,
)
from tests.engine.kit import Bench

ODD = "BUY EURUSD 1.0850\nLimes 1.0800\nTP1 1.0900"
"""A call whose stop has a name of the channel's own."""

KNOWS = Lesson(words=(("stop", ("limes",)),))


def at(value: str) -> Number:
    """A price as it is typed."""
    return Number(Decimal(value), Span(0, 0))


def buys(stop: str = "1.0800", target: str = "1.0900", entry: str = "1.0850") -> Reading:
    """The owner's reading of a call."""
    zone = (at(entry),) if entry else ()
    signal = Signal(1, Side.BUY, "EURUSD", entry=zone, stop=at(stop), targets=(at(target),))
    return Reading(ReadingKind.SIGNAL, ReadingVerdict.ACT, 1.0, (signal,))


NOISE = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 1.0)
CLOSES = Reading(ReadingKind.UPDATE, ReadingVerdict.ACT, 1.0, updates=(Update(1, UpdateAction.CLOSE),))


async def correct(bench: Bench, message: Message, reading: Reading, revision: int = 0, **more: Any) -> Outcome:
    """The owner corrects a post."""
    return await bench.press(c.CorrectReading, message=message.key, revision=revision, reading=reading, **more)
