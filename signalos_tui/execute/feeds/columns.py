"""Which column of a price file is what, told from its header, or from the shape of its first row where there is none.

Exports differ in names, order and separators; a column that is not recognised is ignored, a column that is missing is an
error that names what was found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from typing import NamedTuple

from signalos_tui.execute.feeds.times import moment

_NAMES: dict[str, tuple[str, ...]] = {
    "date": ("date", "day", "datum", "tradingday"),
    "time": ("time", "datetime", "timestamp", "ts", "timestamputc", "timeutc", "datetimeutc", "dateutc", "gmttime",
             "localtime", "utc", "opentime", "barstart", "start", "begin", "timestampms", "timems", "unix", "epoch",
             "unixtime", "tsevent", "eettime", "esttime", "brokertime", "servertime"),
    "open": ("open", "o", "bidopen", "openbid", "askopen", "openask", "openprice", "first"),
    "high": ("high", "h", "max", "bidhigh", "highbid", "askhigh", "highask", "highprice"),
    "low": ("low", "l", "min", "bidlow", "lowbid", "asklow", "lowask", "lowprice"),
    "close": ("close", "c", "bidclose", "closebid", "askclose", "closeask", "closeprice"),
    "bid": ("bid", "bidprice", "bestbid", "bid1"),
    "ask": ("ask", "askprice", "bestask", "ask1", "offer"),
    "spread": ("spread", "spreadpoints", "avgspread"),
}  # fmt: skip
_ROLES = {name: role for role, names in _NAMES.items() for name in names}
_NOT_A_LETTER = re.compile(r"[^a-z0-9]")


class Columns(NamedTuple):
    """Where things stand in a row, counted from 0. times: one column, or date and time. prices: open, high, low, close
    of a bar, or bid, ask of a tick. spread: in points, None when the file has none.
    """

    separator: str
    times: tuple[int, ...]
    prices: tuple[int, ...]
    spread: int | None
    header: bool

    @property
    def is_ticks(self) -> bool:
        """Rows are ticks, not bars."""
        return len(self.prices) == 2

    @property
    def last(self) -> int:
        """The last column that is needed."""
        return max(*self.times, *self.prices, self.spread or 0)


class Unrecognised(ValueError):
    """The first row is neither a header nor a row of prices we know."""


def recognise(first: str) -> Columns:
    """The columns of a file by its first row. Raises Unrecognised with what is missing."""
    separator = _separator(first)
    cells = split(first, separator)
    return _without_header(cells, separator) if _begins_with_time(cells) else _with_header(cells, separator)


def split(row: str, separator: str) -> list[str]:
    """The cells of a row, without quotes around them."""
    cells = row.split(separator)
    return [cell.strip().strip('"') for cell in cells] if '"' in row else cells


def _separator(row: str) -> str:
    counts = {separator: row.count(separator) for separator in ("\t", ";", ",", "|")}
    best = max(counts, key=lambda separator: counts[separator])
    if counts[best] < 2:
        raise Unrecognised("no three columns separated by tabs, semicolons or commas")
    return best


def _is_time(text: str) -> bool:
    try:
        moment(text, UTC)
    except (ValueError, OverflowError):
        return False
    return True


def _begins_with_time(cells: Sequence[str]) -> bool:
    return _is_time(cells[0])


def _with_header(cells: Sequence[str], separator: str) -> Columns:
    names = [_NOT_A_LETTER.sub("", cell.lower()) for cell in cells]
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        if role := _ROLES.get(name):
            found.setdefault(role, index)
    times = _times(names, found)
    bar = tuple(found[role] for role in ("open", "high", "low", "close") if role in found)
    if len(bar) == 4:
        return Columns(separator, times, bar, found.get("spread"), header=True)
    if "bid" in found and "ask" in found:
        return Columns(separator, times, (found["bid"], found["ask"]), None, header=True)
    raise Unrecognised("neither open, high, low and close nor bid and ask")


def _times(names: Sequence[str], found: dict[str, int]) -> tuple[int, ...]:
    # A date and a column called just "time" belong together; beside "unix" or "timestamp" the date says the same twice.
    if "date" in found and "time" in found and names[found["time"]] == "time":
        return found["date"], found["time"]
    for role in ("time", "date"):
        if role in found:
            return (found[role],)
    if not names[0]:  # a table written with its index, which has no name
        return (0,)
    raise Unrecognised("no column for the time")


def _without_header(cells: Sequence[str], separator: str) -> Columns:
    # MetaTrader 4: date, time, open, high, low, close, volume. HistData: time and the same; ticks: time, bid, ask, 0.
    apart = re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", cells[1].strip()) is not None
    first = 2 if apart else 1
    times = (0, 1) if apart else (0,)
    rest = len(cells) - first
    if rest >= 4:
        return Columns(separator, times, tuple(range(first, first + 4)), None, header=False)
    if rest >= 2:
        return Columns(separator, times, (first, first + 1), None, header=False)
    raise Unrecognised(f"{len(cells)} columns without a header")
