"""Times as people and programs write them: ISO 8601 with a zone, or seconds or milliseconds since 1970."""

from __future__ import annotations

from datetime import datetime

_LATEST = 4_102_444_800_000  # the year 2100, ms UTC
_MILLISECONDS_FROM = 1e11
_LIKE = "a time is written like 2026-11-21T12:30:00Z"


def moment_of(given: str | float) -> int:
    """A time in ms UTC. Raises ValueError with what is wrong, worded to follow the value."""
    at = _written(given) if isinstance(given, str) else given if given > _MILLISECONDS_FROM else given * 1000
    if not 0 < at < _LATEST:  # also what is no number
        raise ValueError(_LIKE)
    return round(at)


def _written(text: str) -> float:
    try:
        written = datetime.fromisoformat(text)
        at = written.timestamp() * 1000
    except (ValueError, OverflowError, OSError):
        raise ValueError(_LIKE) from None
    if written.tzinfo is None:
        raise ValueError("it has no time zone, such as a Z at its end")
    return at
