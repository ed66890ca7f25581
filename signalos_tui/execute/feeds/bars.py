"""One price file, row by row: its columns, its digits, the length of its bars, and the ticks they stand for.

Every fault names the file and the line. Nothing is repaired silently: a price that is not a price would become money.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from itertools import islice, pairwise
from math import isfinite
from pathlib import Path
from typing import IO, NamedTuple, NoReturn

from signalos_tui.errors import SourceUnreadable
from signalos_tui.execute.feeds.columns import Columns, Unrecognised, recognise, split
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.feeds.times import moment

_SAMPLE = 300  # rows that tell the digits and the period
_LONGEST_LINE = 4096
_MOST_DIGITS = 6  # more decimals than that are the noise of a float, not a price
_MINUTE = 60_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Bar(NamedTuple):
    """at: the beginning, ms UTC. Prices in quote currency. spread: points, None when the file does not say."""

    at: int
    open: float
    high: float
    low: float
    close: float
    spread: float | None


class PriceFile(NamedTuple):
    """A file that was looked at: what its rows mean.

    digits: decimals of a price. period: length of a bar in ms. begins: its first row, ms UTC.
    """

    path: Path
    zone: tzinfo
    columns: Columns
    digits: int
    period: int
    begins: int

    @classmethod
    def open(cls, path: Path, zone: tzinfo, digits: int = 0) -> PriceFile:
        """Look at the first rows. digits: what the instrument has at least. Raises SourceUnreadable."""
        with _lines(path) as lines:
            first = next(lines, None)
            if first is None:
                raise SourceUnreadable(f"{path} is empty", "give a file with rows of prices")
            try:
                columns = recognise(first[1])
            except Unrecognised as error:
                raise SourceUnreadable(
                    f"{path}, line {first[0]}: {error} (the row begins {first[1][:60]!r})",
                    "export with a header such as time,open,high,low,close or time,bid,ask",
                ) from error
            sample = list(islice(lines, _SAMPLE)) if columns.header else [first, *islice(lines, _SAMPLE)]
        file = cls(path, zone, columns, digits, _MINUTE, 0)
        rows = [file._numbers(line, row) for line, row in sample]
        if not rows:
            raise SourceUnreadable(f"{path} has a header and no rows", "give a file with rows of prices")
        seen = max((_decimals(text) for _, row in sample for text in file._prices(row)), default=0)
        times = [row[0] for row in rows]
        return file._replace(digits=max(seen, digits), period=_period(times), begins=times[0])

    def bars(self) -> Iterator[Bar]:
        """The rows of a file of bars. Raises SourceUnreadable at the first faulty one."""
        before = -(2**62)
        for line, at, prices, spread in self._rows():
            opened, high, low, close = (round(price, self.digits) for price in prices)
            if at <= before:
                self._fault(line, "the time is not after the row above", "sort the rows, oldest first, each time once")
            if not low <= min(opened, close) <= max(opened, close) <= high:
                self._fault(
                    line,
                    f"open {opened}, high {high}, low {low}, close {close} do not fit",
                    "correct or remove the row",
                )
            before = at
            yield Bar(at, opened, high, low, close, spread)

    def ticks(self, symbol: str) -> Iterator[FeedTick]:
        """The rows of a file of ticks; an empty bid or ask keeps its last value, as in MetaTrader's export."""
        before = -(2**62)
        for line, at, (bid, ask), _ in self._rows():
            if at < before:
                self._fault(line, "the time is before the row above", "sort the rows, oldest first")
            if ask < bid:
                self._fault(line, f"ask {ask} is below bid {bid}", "check the order of the columns")
            before = at
            yield FeedTick(at, symbol, bid, ask)

    def _rows(self) -> Iterator[tuple[int, int, tuple[float, ...], float | None]]:
        last: tuple[float, ...] = ()
        with _lines(self.path) as lines:
            for line, row in islice(lines, 1 if self.columns.header else 0, None):
                at, prices, spread = self._numbers(line, row, last)
                if len(prices) == 2:
                    last = prices
                    if 0.0 in prices:
                        continue  # MetaTrader leaves a side empty until it has seen one
                yield line, at, prices, spread

    def _prices(self, row: str) -> list[str]:
        cells = split(row, self.columns.separator)
        return [cells[index] for index in self.columns.prices if index < len(cells)]

    def _numbers(
        self, line: int, row: str, last: tuple[float, ...] = ()
    ) -> tuple[int, tuple[float, ...], float | None]:
        columns = self.columns
        cells = split(row, columns.separator)
        if len(cells) <= columns.last and not (columns.is_ticks and len(cells) > max(columns.times)):
            self._fault(line, f"{len(cells)} columns instead of {columns.last + 1}", "complete or remove the row")
        text = cells[columns.times[0]] if len(columns.times) == 1 else " ".join(cells[i].strip() for i in columns.times)
        try:
            at = moment(text, self.zone)
        except (ValueError, OverflowError):
            self._fault(line, f"the time was {text[:40]!r}", "write it as 2024-01-31 13:45:00 or ms since 1970")
        prices = tuple(self._price(line, cells, place, last) for place in range(len(columns.prices)))
        spread = None if columns.spread is None else self._spread(line, cells[columns.spread])
        return at, prices, spread

    def _price(self, line: int, cells: list[str], place: int, last: tuple[float, ...]) -> float:
        index = self.columns.prices[place]
        text = cells[index].strip() if index < len(cells) else ""
        if not text and self.columns.is_ticks:
            return last[place] if last else 0.0
        try:
            price = float(text)
        except ValueError:
            price = -1.0
        if not isfinite(price) or not 0 < price < 1e9:
            self._fault(line, f"a price was {text[:40]!r}", "prices are numbers above 0 with a decimal point")
        return price

    def _spread(self, line: int, text: str) -> float:
        try:
            spread = float(text)
        except ValueError:
            spread = -1.0
        if not 0 <= spread < 1e6:
            self._fault(line, f"the spread was {text[:40]!r}", "a spread is a number of points, 0 or more")
        return spread

    def _fault(self, line: int, what: str, remedy: str) -> NoReturn:
        raise SourceUnreadable(f"{self.path}, line {line}: {what}", remedy)


def bar_ticks(symbol: str, file: PriceFile, spread: float, *, is_ask: bool, start: int) -> Iterator[FeedTick]:
    """The four ticks of each bar that ends after `start`. spread: in price, where the file has no column for it."""
    for bar, ends in _with_ends(file):
        if ends <= start:
            continue
        width = spread if bar.spread is None else bar.spread / 10**file.digits
        for at, price in _path(bar, ends):
            bid = round(price - width, file.digits) if is_ask else price
            ask = price if is_ask else round(price + width, file.digits)
            yield FeedTick(at, symbol, bid, ask)


def joined(symbol: str, bids: PriceFile, asks: PriceFile, spread: float, start: int) -> Iterator[FeedTick]:
    """The ticks of a bid and an ask file of the same bars. A bar that only one of them has gets the last spread seen
    (before the first, `spread`, in price).
    """
    digits = max(bids.digits, asks.digits)
    width = spread
    for bid, ask, ends in _paired(_with_ends(bids), _with_ends(asks)):
        leading = bid or ask
        if leading is None or ends <= start:
            continue
        for place, (at, price) in enumerate(_path(leading, ends)):
            if bid is not None and ask is not None:
                width = max(0.0, _path_prices(ask, leading)[place] - price)
            low = price if bid is not None else price - width
            yield FeedTick(at, symbol, round(low, digits), round(low + width, digits))


def _paired(
    bids: Iterator[tuple[Bar, int]], asks: Iterator[tuple[Bar, int]]
) -> Iterator[tuple[Bar | None, Bar | None, int]]:
    # Bars of the same beginning together, others alone. A lone bar ends where the other side's next one begins.
    bid, ask = next(bids, None), next(asks, None)
    while bid is not None or ask is not None:
        if ask is None or (bid is not None and bid[0].at < ask[0].at):
            assert bid is not None
            yield bid[0], None, bid[1] if ask is None else min(bid[1], ask[0].at)
            bid = next(bids, None)
        elif bid is None or ask[0].at < bid[0].at:
            yield None, ask[0], ask[1] if bid is None else min(ask[1], bid[0].at)
            ask = next(asks, None)
        else:
            yield bid[0], ask[0], min(bid[1], ask[1])
            bid, ask = next(bids, None), next(asks, None)


def _with_ends(file: PriceFile) -> Iterator[tuple[Bar, int]]:
    # Each bar with its end: a period later, or earlier where the next one begins before that. Some histories begin with
    # longer bars than they go on with, so the period only ever shrinks.
    held: Bar | None = None
    period = file.period
    for bar in file.bars():
        if held is not None:
            period = min(period, bar.at - held.at)
            yield held, held.at + period
        held = bar
    if held is not None:
        yield held, held.at + period


def _path(bar: Bar, ends: int) -> Iterator[tuple[int, float]]:
    length = ends - bar.at
    times = (bar.at, bar.at + length // 3, bar.at + 2 * length // 3, ends - 1)
    return zip(times, _path_prices(bar, bar), strict=True)


def _path_prices(bar: Bar, direction: Bar) -> tuple[float, float, float, float]:
    # The order is that of `direction`, so that a bid and an ask bar move together.
    if direction.close >= direction.open:
        return bar.open, bar.low, bar.high, bar.close
    return bar.open, bar.high, bar.low, bar.close


def _period(times: list[int]) -> int:
    steps = Counter(after - before for before, after in pairwise(times) if after > before)
    return min(steps.most_common(1)[0][0], 31 * 86_400_000) if steps else _MINUTE


def _decimals(text: str) -> int:
    count = len(text.strip().partition(".")[2])
    return count if count <= _MOST_DIGITS else 0


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[tuple[int, str]]]:
    # Numbered rows that are not blank, from a plain or gzipped file in UTF-8 or UTF-16.
    try:
        with path.open("rb") as raw:
            head = raw.read(2)
            raw.seek(0)
            packed = head == b"\x1f\x8b"
            with gzip.open(raw) if packed else raw as unpacked:
                yield _numbered(path, unpacked)  # type: ignore[arg-type]
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceUnreadable(f"{path} cannot be read: {reason}", "check the path and the file") from error


def _numbered(path: Path, unpacked: IO[bytes]) -> Iterator[tuple[int, str]]:
    line = 0
    try:
        head = unpacked.read(2)
        unpacked.seek(0)
        with io.TextIOWrapper(unpacked, "utf-16" if head in _UTF16 else "utf-8-sig") as text:
            while row := text.readline(_LONGEST_LINE):
                line += 1
                if len(row) >= _LONGEST_LINE:
                    raise SourceUnreadable(f"{path}, line {line} is longer than {_LONGEST_LINE} characters", _NOT_TEXT)
                if "\x00" in row:
                    raise SourceUnreadable(f"{path}, line {line} holds a NUL character", _NOT_TEXT)
                if row.strip():
                    yield line, row.strip("\r\n")
    except (UnicodeError, EOFError, zlib.error) as error:
        raise SourceUnreadable(f"{path}, after line {line}: {error}", _NOT_TEXT) from error


_NOT_TEXT = "give a file of text, as exported by MetaTrader or another terminal"
