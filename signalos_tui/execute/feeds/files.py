"""Files of bars or ticks as a feed: MetaTrader exports, OHLCV tables, tick records, bid and ask files of one symbol.

Read as a stream, so a year of ticks needs no more memory than a day. A bar becomes four ticks in the order open, low,
high, close when it rose and open, high, low, close when it fell: the adverse extreme of the move comes first, so a replay
never flatters a trade by reaching its target before its stop. The times of bars are their beginnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from heapq import merge
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from signalos_tui.errors import SourceUnreadable
from signalos_tui.execute.feeds.bars import PriceFile, bar_ticks, joined
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.feeds.instruments import DRIVERS, INSTRUMENTS

_CURRENCIES = (
    frozenset(name for name in DRIVERS if len(name) == 3)
    | {"SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "TRY", "ZAR", "MXN", "SGD", "HKD", "CNH", "XPT", "XPD"}
    | {"LTC", "XRP", "BNB", "SOL", "ADA", "DOT", "DOGE", "USDT", "USDC"}
)
_NAMED = re.compile(r"(?P<symbol>[A-Za-z0-9][A-Za-z0-9._#-]{1,23})=(?P<path>.+)", re.DOTALL)
_PLAIN = re.compile(r"(?P<base>[A-Z0-9]{3,4}?)(?P<quote>USDT|USDC|[A-Z]{3})")


class _Source(NamedTuple):
    # symbol: plain name. side: "bid", "ask", or "" for a file that has both or does not say.
    symbol: str
    side: str
    file: PriceFile

    @property
    def is_half(self) -> bool:
        return self.side != "" and not self.file.columns.is_ticks


class _Part(NamedTuple):
    # A piece of a symbol's history: one file, or a bid file with the ask file of the same bars.
    source: _Source
    asks: _Source | None = None

    @property
    def path(self) -> Path:
        return self.source.file.path

    def ticks(self, symbol: str, points: float | None, start: int) -> Iterator[FeedTick]:
        file = self.source.file
        if file.columns.is_ticks:
            return file.ticks(symbol)
        width = _width(symbol, points, file.digits)
        if self.asks is not None:
            return joined(symbol, file, self.asks.file, width, start)
        return bar_ticks(symbol, file, width, is_ask=self.source.side == "ask", start=start)


def _width(symbol: str, points: float | None, digits: int) -> float:
    # A spread in price: the points asked for, or what is usual for the instrument.
    instrument = INSTRUMENTS.get(symbol)
    if points is None and instrument is not None:
        return float(instrument.spread / 10**instrument.digits)
    return float((_USUAL_POINTS if points is None else points) / 10**digits)


class PriceFiles:
    """A finite `Feed` of one or more files, merged in the order of time.

    files: paths, or "SYMBOL=path" where the name of the file does not tell the symbol. zone: the clock of times that do not
    say ("UTC", "Europe/Athens"). spread: in points (the last digit of the file's prices), for bars without a column of
    their own; `spreads` per symbol goes first; without either, what is usual for the instrument.
    Raises SourceUnreadable with file, line, and what to do: here for what the first rows show, in `ticks` for the rest.
    """

    def __init__(
        self,
        files: Sequence[str | Path],
        *,
        zone: str = "UTC",
        spread: float | None = None,
        spreads: Mapping[str, float] | None = None,
    ) -> None:
        if not files:
            raise SourceUnreadable("no price file was named", "give at least one, as FILE or SYMBOL=FILE")
        clock = _zone(zone)
        sources = sorted((_source(file, clock) for file in files), key=lambda source: source.file.begins)
        self.symbols = tuple(sorted({source.symbol for source in sources}))
        self._parts = {symbol: _parts([s for s in sources if s.symbol == symbol]) for symbol in self.symbols}
        self._spreads = {symbol: (spreads or {}).get(symbol, spread) for symbol in self.symbols}
        for symbol, points in self._spreads.items():
            if points is not None and not 0 <= points < 1e6:
                raise SourceUnreadable(f"the spread for {symbol} was {points} points", "give 0 or more")

    @property
    def beginning(self) -> int:
        """The first tick, ms UTC."""
        first = next(self.ticks(_BEGINNING), None)
        if first is None:
            raise SourceUnreadable("the price files hold no tick with both a bid and an ask", "export them again")
        return first.at

    def ticks(self, start: int) -> Iterator[FeedTick]:
        """Every tick at or after `start` (ms UTC), oldest first."""
        streams = [self._of_symbol(symbol, start) for symbol in self.symbols]
        for tick in merge(*streams, key=_moment) if len(streams) > 1 else streams[0]:
            if tick.at >= start:
                yield tick

    def _of_symbol(self, symbol: str, start: int) -> Iterator[FeedTick]:
        # Several files of one symbol are parts of its history: one after another, never two prices at a time.
        latest = _BEGINNING
        for part in self._parts[symbol]:
            for tick in part.ticks(symbol, self._spreads[symbol], start):
                if tick.at < latest:
                    raise SourceUnreadable(
                        f"{part.path} begins before the end of another file of {symbol}",
                        "give files that follow one another, or a bid and an ask file with these words in their names",
                    )
                latest = tick.at
                yield tick


_BEGINNING = -(2**62)
_USUAL_POINTS = 10.0


def _moment(tick: FeedTick) -> int:
    return tick.at


def _parts(sources: Sequence[_Source]) -> list[_Part]:
    # The first ask file goes with the first bid file, the second with the second.
    bids = [source for source in sources if source.is_half and source.side == "bid"]
    asks = [source for source in sources if source.is_half and source.side == "ask"]
    whole = [_Part(source) for source in sources if not source.is_half]
    pairs = [_Part(bid, ask) for bid, ask in zip_longest(bids, asks) if bid is not None]
    alone = [_Part(ask) for ask in asks[len(bids) :]]
    return sorted([*whole, *pairs, *alone], key=lambda part: part.source.file.begins)


def _zone(name: str) -> tzinfo:
    if name.upper() in {"UTC", "GMT", "Z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SourceUnreadable(
            f"the time zone {name!r} is not known", 'give a name such as "UTC" or "Europe/Athens"'
        ) from error


def _source(file: str | Path, zone: tzinfo) -> _Source:
    path = Path(file)
    symbol = ""
    if isinstance(file, str) and (named := _NAMED.fullmatch(file)) and not path.exists():
        symbol, path = named["symbol"].upper(), Path(named["path"])
    symbol = symbol or symbol_in(path.name)
    if not symbol:
        raise SourceUnreadable(f"{path}: the file name does not say whose prices these are", f"name it: SYMBOL={path}")
    instrument = INSTRUMENTS.get(symbol)
    return _Source(symbol, _side_in(path.name), PriceFile.open(path, zone, instrument.digits if instrument else 0))


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[^A-Za-z0-9]+", name.upper()) if word]


def _side_in(name: str) -> str:
    words = _words(name)
    return "ask" if "ASK" in words else "bid" if "BID" in words else ""


def symbol_in(name: str) -> str:
    """The symbol a file name speaks of: "EURUSD_M1_2023.csv" gives EURUSD; "" when it does not say."""
    words = _words(name)
    for word in words:
        if word in INSTRUMENTS:
            return word
    for word in words:
        pair = _PLAIN.fullmatch(word)
        if pair and pair["base"] in _CURRENCIES and pair["quote"] in _CURRENCIES:
            return word
    return ""
