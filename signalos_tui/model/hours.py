"""Trading hours as an owner writes them: "Mon-Fri 07:00-21:30".

The configuration refuses what cannot be read here, so the rule that asks them never meets it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(?:([A-Za-z][A-Za-z ,-]*?)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.ASCII)


class Window(NamedTuple):
    """Days of the week (0 is Monday) and minutes of the day; a window that ends before it begins runs over midnight."""

    days: frozenset[int]
    begins: int
    ends: int

    def holds(self, day: int, minute: int) -> bool:
        """Whether a moment lies in the window. After midnight it belongs to the day it began on."""
        if self.begins < self.ends:
            return day in self.days and self.begins <= minute < self.ends
        return (day in self.days and minute >= self.begins) or ((day - 1) % 7 in self.days and minute < self.ends)


@lru_cache(maxsize=256)
def parse(text: str) -> Window:
    """A window such as "Mon-Fri 07:00-21:30", "Sun,Wed 22:00-02:00" or "08:00-17:00".

    Raises ValueError, worded to follow the name of the setting: 'was "8-9", expected something like ...'.
    """
    match = _WINDOW.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'was "{text}", expected something like "Mon-Fri 07:00-21:30"')
    begins, ends = (_minutes(match[n], match[n + 1], text) for n in (2, 4))
    if begins == ends:
        raise ValueError(f'was "{text}", which begins when it ends; a whole day is 00:00-24:00')
    return Window(_days(match[1], text), begins, ends)


def _minutes(hour: str, minute: str, text: str) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > 24 * 60:
        raise ValueError(f'was "{text}", {hour}:{minute} is no time of day')
    return value


def _days(text: str | None, window: str) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = (piece.strip().lower()[:3] for piece in part.partition("-"))
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f'was "{window}", "{part.strip()}" is no day (Mon ... Sun)')
        begin, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
        found.update((begin + n) % 7 for n in range(length + 1))
    return frozenset(found)
