"""The broker's clock: New York plus seven hours, so that the trading day ends when New York's does.

MetaTrader encodes this wall clock as an epoch and calls it a time, so every timestamp of a terminal is two or three hours
ahead of UTC. The paper broker does the same, or code that forgets it would only fail at a real broker.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

_NEW_YORK = ZoneInfo("America/New_York")
_AHEAD_MS = 7 * HOUR_MS
_EPOCH_WEEKDAY = 4  # 1 January 1970 was a Thursday; Sunday is 0, as MetaTrader counts


@lru_cache(maxsize=512)
def _offset_of(hour: int) -> int:
    # Daylight saving starts and ends on the hour, so one look-up an hour is exact.
    offset = datetime.fromtimestamp(hour * 3600, UTC).astimezone(_NEW_YORK).utcoffset()
    assert offset is not None
    return round(offset.total_seconds() * 1000) + _AHEAD_MS


def offset(at: int) -> int:
    """How far the server's clock is ahead of UTC at a moment, in ms: two hours in winter, three in summer."""
    return _offset_of(at // HOUR_MS)


def server_ms(at: int) -> int:
    """A moment (ms UTC) on the server's clock, ms."""
    return at + offset(at)


def utc_ms(server: int) -> int:
    """A time on the server's clock (ms) as ms UTC."""
    return server - offset(server - offset(server))


def weekday(server: int) -> int:
    """The day of the week of a server time in ms; Sunday is 0."""
    return (server // DAY_MS + _EPOCH_WEEKDAY) % 7


def next_midnight(at: int) -> int:
    """The next beginning of a server day after a moment, both ms UTC."""
    return utc_ms((server_ms(at) // DAY_MS + 1) * DAY_MS)
