"""How the drop-in module reads the arguments of a call that is no trade request.

Moments are whatever has a `.timestamp()`, so a `datetime` without a zone is read as local time, and plain numbers of seconds;
both mean the server's wall clock. That is how the official package does it, and the reason why windows want room on both sides.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from signalos_tui.execute.paper.call_errors import INVALID_PARAMS


class BadCall(ValueError):
    """An argument the terminal cannot read. code: what `last_error` says."""

    code = INVALID_PARAMS


def moment(value: Any) -> float:
    """A time as seconds since the epoch. Raises BadCall."""
    seconds = value.timestamp() if hasattr(value, "timestamp") else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not isfinite(seconds):
        raise BadCall
    return float(seconds)


def text(value: Any) -> str:
    """A name. Raises BadCall."""
    if not isinstance(value, str):
        raise BadCall
    return value


def whole(value: Any) -> int:
    """A ticket, a number of things, a timeframe. Raises BadCall."""
    if not isinstance(value, int) or value < 0:
        raise BadCall
    return int(value)


def number(value: Any) -> float:
    """A volume or a price of a calculation, where the package takes whole numbers as well. Raises BadCall."""
    if not isinstance(value, int | float):
        raise BadCall
    return float(value)
