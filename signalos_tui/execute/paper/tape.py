"""The last ticks of every market, and the bars they make: all the past that a simulator without archives has.

Times are server time. A bar is only ever made of the ticks that were seen, so the oldest one may have begun before the tape.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.sequences import Rate, TickRow

DEPTH = 20_000
"""Ticks kept for a symbol."""

_HOURS = 0x4000  # set in the timeframes that count hours, alone in none
_WEEK = 7 * 86_400
_SUNDAY = 3 * 86_400  # 1 January 1970 was a Thursday, the Sunday after it is three days away


class Tape:
    """Ticks as they were quoted. An entry: server time in ms, bid, ask."""

    def __init__(self, depth: int = DEPTH) -> None:
        self._depth = depth
        self._ticks: dict[str, deque[tuple[int, float, float]]] = {}

    def add(self, symbol: str, at: int, bid: float, ask: float) -> None:
        """Keep a tick; the oldest of its symbol goes when there are too many. at: server time, ms."""
        ticks = self._ticks.get(symbol)
        if ticks is None:
            ticks = self._ticks[symbol] = deque(maxlen=self._depth)
        ticks.append((at, bid, ask))

    def ticks(self, symbol: str, start: float, end: float) -> tuple[TickRow, ...]:
        """The ticks between two server times (seconds, inclusive), oldest first."""
        flags = mt.TICK_FLAG_BID | mt.TICK_FLAG_ASK
        return tuple(
            TickRow((at // 1000, bid, ask, 0.0, 0, at, flags, 0.0))
            for at, bid, ask in self._ticks.get(symbol, ())
            if start * 1000 <= at <= end * 1000 + 999
        )

    def rates(self, symbol: str, timeframe: int, point: float) -> tuple[Rate, ...]:
        """All bars of a timeframe (TIMEFRAME_*), oldest first, of bid prices."""
        ticks: Iterable[tuple[int, float, float]] = self._ticks.get(symbol, ())
        return tuple(
            _bar(opening, list(group), point)
            for opening, group in groupby(ticks, key=lambda tick: bar_opening(timeframe, tick[0] // 1000))
        )


def _bar(opening: int, ticks: list[tuple[int, float, float]], point: float) -> Rate:
    bids = [bid for _, bid, _ in ticks]
    spread = round(min(ask - bid for _, bid, ask in ticks) / point)
    return Rate((opening, bids[0], max(bids), min(bids), bids[-1], len(ticks), spread, 0))


def bar_opening(timeframe: int, at: int) -> int:
    """When the bar of a timeframe began that holds a server time, both seconds."""
    if timeframe == mt.TIMEFRAME_MN1:
        day = datetime.fromtimestamp(at, UTC)
        return round(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp())
    if timeframe == mt.TIMEFRAME_W1:
        return at - (at - _SUNDAY) % _WEEK
    seconds = (timeframe - _HOURS) * 3600 if timeframe & _HOURS else timeframe * 60
    return at - at % seconds
