"""Times as price files write them: ISO in all its dialects, MetaTrader's dots, Dukascopy's days first, HistData's digits,
and numbers since the epoch.

A time that could mean two days (03/04/2024) is refused, not guessed: prices a month off look perfectly plausible.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

_WRITTEN = re.compile(
    r"(?:(?P<year>[12]\d{3})(?P<dash>[-./]?)(?P<month>\d{2})(?P=dash)(?P<day>\d{2})"
    r"|(?P<day_first>\d{1,2})\.(?P<month_then>\d{1,2})\.(?P<year_last>[12]\d{3}))"
    r"(?:[T ,;]+(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]?(?P<fraction>\d{1,9}))?)?)?"
    r"\s*(?P<zone>Z|z|(?:GMT|UTC)?(?P<offset>[+-]\d{2}:?\d{2})|GMT|UTC)?",
    re.ASCII,
)
_NUMBER = re.compile(r"(\d{9,19})(?:\.(\d+))?", re.ASCII)
_EARLIEST, _LATEST = -2_208_988_800_000, 4_102_444_800_000  # 1900 and 2100, ms UTC


def moment(text: str, zone: tzinfo = UTC) -> int:
    """A written time as ms UTC. zone: what the clock of the file showed, for times that do not say.

    Numbers since the epoch are seconds, milliseconds, microseconds or nanoseconds, told by their size.
    Raises ValueError for anything else, and for a time outside 1900..2100.
    """
    text = text.strip()
    at = _since_epoch(text) if _NUMBER.fullmatch(text) else _written(text, zone)
    if not _EARLIEST <= at < _LATEST:
        raise ValueError(text)
    return at


def _since_epoch(text: str) -> int:
    whole, _, fraction = text.partition(".")
    digits = len(whole)
    if digits <= 11:
        return int(whole) * 1000 + int((fraction + "000")[:3])
    if digits <= 14:
        return int(whole)
    return int(whole) // (1000 if digits <= 16 else 1_000_000)


def _written(text: str, zone: tzinfo) -> int:
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(text)
    year = match["year"] or match["year_last"]
    month, day = match["month"] or match["month_then"], match["day"] or match["day_first"]
    hour, minute, second = int(match["hour"] or 0), int(match["minute"] or 0), int(match["second"] or 0)
    ms = int(((match["fraction"] or "") + "000")[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(text)
    if match["zone"] is None and zone is not UTC:
        local = datetime(int(year), int(month), int(day), hour, minute, second, tzinfo=zone)
        return int(local.timestamp()) * 1000 + ms
    offset = match["offset"]
    return _midnight(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + ms - _offset_ms(offset)


@lru_cache(maxsize=256)
def _midnight(year: str, month: str, day: str) -> int:
    return int(datetime(int(year), int(month), int(day), tzinfo=UTC).timestamp()) * 1000


def _offset_ms(offset: str | None) -> int:
    if offset is None:
        return 0
    digits = offset[1:].replace(":", "")
    ms = (int(digits[:2]) * 60 + int(digits[2:])) * 60_000
    return -ms if offset[0] == "-" else ms
