"""The only form an answer may have, decoded strictly: a field too many, a number out of shape, a list too long, and it is none.

There is no field for words of the model's own, so nothing a text makes it say can travel any further.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from signalos_tui.model.signals import UpdateAction
from signalos_tui.second.failures import Unanswered

LONGEST = 16_000
"""Characters; twenty signals with ten targets each are shorter."""

Digits = Annotated[str, Meta(pattern=r"\A[0-9]{1,12}(\.[0-9]{1,10})?\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=32)]
SideName = Literal["buy", "sell"]


class Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """Every field is there, and no other."""


class LevelClaim(Strict, frozen=True):
    """A level. value: null for one left open."""

    value: Digits | None
    unit: Literal["price", "pips", "points", "percent", "r", "open"]


class SignalClaim(Strict, frozen=True):
    """What a model takes for a call to trade."""

    side: SideName | None
    symbol: Name | None
    order: Literal["market", "limit", "stop", "unspecified"]
    entry: Annotated[tuple[Digits, ...], Meta(max_length=2)]
    stop: LevelClaim | None
    targets: Annotated[tuple[LevelClaim, ...], Meta(max_length=10)]


class UpdateClaim(Strict, frozen=True):
    """What a model takes for a follow-up. percent: of the position."""

    action: UpdateAction
    symbol: Name | None
    side: SideName | None
    percent: Digits | None
    level: LevelClaim | None
    target: Annotated[int, Meta(ge=1, le=20)] | None
    everything: bool


class Answer(Strict, frozen=True):
    """One answer."""

    kind: Literal["signal", "update", "noise"]
    signals: Annotated[tuple[SignalClaim, ...], Meta(max_length=20)]
    updates: Annotated[tuple[UpdateClaim, ...], Meta(max_length=20)]

    def __post_init__(self) -> None:
        """What is named is there, and nothing beside it."""
        held = (bool(self.signals), bool(self.updates))
        if held != (self.kind == "signal", self.kind == "update"):
            raise ValueError("kind and lists do not belong together")


def parse_answer(written: str) -> Answer:
    """A model's answer. Raises Unanswered when it is not exactly of this form."""
    if len(written) > LONGEST:
        raise Unanswered("second_unusable", "its answer is far too long")
    try:
        return msgspec.json.decode(written.encode(), type=Answer)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    raise Unanswered("second_unusable", "its answer does not have the form that was asked for")
