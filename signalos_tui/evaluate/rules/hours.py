"""New positions only in the owner's hours, on the clock of the owner's time zone."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "hours"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(?:([A-Za-z][A-Za-z ,-]*?)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


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


def check(case: Case) -> RuleVerdict:
    """Now, in `timezone`, against `hours`. A window that cannot be read denies."""
    rules = case.trading.rules
    if not rules.hours:
        return passed(RULE, "At any time", "", "always")
    moment = datetime.fromtimestamp(case.now / 1000, ZoneInfo(rules.timezone))
    seen = f"{DAYS[moment.weekday()].capitalize()} {moment:%H:%M}"
    limit = ", ".join(rules.hours)
    try:
        windows = [parse(window) for window in rules.hours]
    except ValueError as error:
        return denied(RULE, f"{error}. Correct hours under [rules]", seen, limit)
    if any(window.holds(moment.weekday(), moment.hour * 60 + moment.minute) for window in windows):
        return passed(RULE, f"{seen} ({rules.timezone}) is within trading hours", seen, limit)
    return denied(RULE, f"{seen} ({rules.timezone}) is outside the trading hours {limit}", seen, limit)


@lru_cache(maxsize=256)
def parse(text: str) -> Window:
    """A window such as "Mon-Fri 07:00-21:30", "Sun,Wed 22:00-02:00" or "08:00-17:00". Raises ValueError."""
    match = _WINDOW.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'hours was "{text}", expected something like "Mon-Fri 07:00-21:30"')
    begins, ends = (_minutes(match[n], match[n + 1], text) for n in (2, 4))
    if begins == ends:
        raise ValueError(f'hours was "{text}", which begins when it ends; a whole day is 00:00-24:00')
    return Window(_days(match[1], text), begins, ends)


def _minutes(hour: str, minute: str, text: str) -> int:
    value = int(hour) * 60 + int(minute)
    if int(minute) > 59 or value > 24 * 60:
        raise ValueError(f'hours was "{text}", {hour}:{minute} is no time of day')
    return value


def _days(text: str | None, window: str) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = (piece.strip().lower()[:3] for piece in part.partition("-"))
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f'hours was "{window}", "{part.strip()}" is no day (Mon ... Sun)')
        begin, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
        found.update((begin + n) % 7 for n in range(length + 1))
    return frozenset(found)
