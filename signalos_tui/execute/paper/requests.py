"""How the terminal reads a request: the argument rules of the official package, which are stricter than they look.

Prices and volumes have to be floats (an int or a Decimal is an error), tickets and enumerations ints, texts at most 29 UTF-16
units. Unknown keys are ignored. A violation fails the call itself, with None and last_error -2, before anything is checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from signalos_tui.execute.structs import RequestEcho

_FLOATS = ("volume", "price", "stoplimit", "sl", "tp")
_UNSIGNED = {
    "action": 32,
    "magic": 64,
    "order": 64,
    "deviation": 32,
    "type": 32,
    "type_filling": 32,
    "type_time": 32,
    "position": 64,
    "position_by": 64,
}
_TEXTS = ("symbol", "comment")
_TEXT_UNITS = 29
_EXPIRATION_BITS = 63


class BadArgument(ValueError):
    """A field of a request that the terminal cannot read; its text is what `last_error` says."""

    def __init__(self, field: str) -> None:
        super().__init__(f'Invalid "{field}" argument')


def parse(request: Mapping[str, object]) -> RequestEcho:
    """The request as the terminal read it. Raises BadArgument."""
    values: dict[str, Any] = {}
    for field, value in request.items():
        if field in RequestEcho.__struct_fields__:
            if not _is_readable(field, value):
                raise BadArgument(field)
            values[field] = _plain(value)
    return RequestEcho(**values)


def _plain(value: object) -> object:
    # Subclasses are read and forgotten: an enumeration is its number, a float of another library a float.
    match value:
        case int():
            return int(value)
        case float():
            return float(value)
        case _:
            return str(value)


def _is_readable(field: str, value: object) -> bool:
    if field in _FLOATS:
        return isinstance(value, float)
    if field in _TEXTS:
        return isinstance(value, str) and _units(value) <= _TEXT_UNITS
    if not isinstance(value, int):
        return False
    if field == "expiration":
        return -(1 << _EXPIRATION_BITS) <= value < 1 << _EXPIRATION_BITS
    return 0 <= value < 1 << _UNSIGNED[field]


def _units(text: str) -> float:
    try:
        return len(text.encode("utf-16-le")) // 2
    except UnicodeEncodeError:  # half a surrogate pair is no text, and no book could keep it
        return inf
