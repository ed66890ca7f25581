"""Answers as MetaTrader's structures, or not at all.

What comes over the wire is a dictionary that somebody else filled. A field that is missing, has another type or is no number
must never become the default of a structure: a position without its magic would be nobody's, a stop of NaN would be none. So an
answer is whole or it is a failed call. Fields we do not know are left out: newer terminals have more of them.
"""

from __future__ import annotations

import asyncio
from functools import cache
from math import isfinite
from typing import Any, TypeVar, get_type_hints

import msgspec
from msgspec import Struct

from signalos_tui.execute.structs import OrderCheckResult, OrderSendResult, RequestEcho

S = TypeVar("S", bound=Struct)

AT_ONCE = 50
"""So many structures of a long list are read before others get their turn: a broker may list ten thousand symbols."""
WHOLE_IN_FLOATS = 1 << 53
NOTHING = msgspec.Raw(msgspec.msgpack.encode(None))


class NotReadable(ValueError):
    """An answer that is not what was asked for; the text names the field and what it was."""


def struct_of(kind: type[S], value: object) -> S:
    """One structure from its dictionary. Raises NotReadable."""
    if not isinstance(value, dict):
        raise NotReadable(f"{kind.__name__} was {_shown(value)}, not its fields")
    own, numbers = _fields(kind)
    missing = [name for name in own if name not in value]
    if missing:
        raise NotReadable(f"{kind.__name__} has no {missing[0]!r}")
    taken = {name: value[name] for name in own}
    if kind in (OrderSendResult, OrderCheckResult):
        taken["request"] = struct_of(RequestEcho, taken["request"])
    for name in numbers:
        if _is_beyond_floats(taken[name]):
            raise NotReadable(f"{kind.__name__} has {name!r} = {taken[name]}")
    try:
        made = msgspec.convert(taken, kind)
    except msgspec.ValidationError as error:
        raise NotReadable(f"{kind.__name__}: {error}") from None
    for name in numbers:
        if not isfinite(getattr(made, name)):
            raise NotReadable(f"{kind.__name__} has {name!r} = {getattr(made, name)}")
    return made


async def long_list(kind: type[S], raw: msgspec.Raw) -> tuple[S, ...]:
    """A list of any length from its msgpack, without keeping the loop. Raises NotReadable."""
    try:
        parts = msgspec.msgpack.decode(raw, type=list[msgspec.Raw])
    except (msgspec.DecodeError, RecursionError) as error:
        raise NotReadable(f"a list of {kind.__name__}: {error}") from None
    made = []
    for place, part in enumerate(parts):
        if place % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0)
        made.append(struct_of(kind, value_of(part)))
    return tuple(made)


def value_of(raw: msgspec.Raw) -> Any:
    """Any value from its msgpack. Raises NotReadable."""
    try:
        return msgspec.msgpack.decode(raw)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise NotReadable(f"no msgpack: {error}") from None


def number_of(value: object) -> float:
    """A finite number. Raises NotReadable."""
    if isinstance(value, bool) or not isinstance(value, int | float) or _is_beyond_floats(value) or not isfinite(value):
        raise NotReadable(f"a number was {_shown(value)}")
    return float(value)


def bool_of(value: object) -> bool:
    """Yes or no. Raises NotReadable."""
    if not isinstance(value, bool):
        raise NotReadable(f"yes or no was {_shown(value)}")
    return value


def _is_beyond_floats(value: object) -> bool:
    # A whole number that a float would round.
    return isinstance(value, int) and abs(value) > WHOLE_IN_FLOATS


@cache
def _fields(kind: type[Struct]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # All fields, and those that hold a float.
    hints: dict[str, Any] = get_type_hints(kind)
    return kind.__struct_fields__, tuple(name for name in kind.__struct_fields__ if hints[name] is float)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
