"""The part of the drop-in module that shows prices: ticks, bars, the order book, as far as the simulator has seen them."""

from __future__ import annotations

from typing import Any

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.arguments import BadCall, moment
from signalos_tui.execute.paper.asking import Asking
from signalos_tui.execute.paper.call_errors import FAILED
from signalos_tui.execute.paper.sequences import Rate, StructSequence, TickRow, sequence
from signalos_tui.execute.paper.tape import Tape
from signalos_tui.execute.structs import BookInfo

Sequences = tuple[StructSequence, ...]
_ALWAYS = (0, 1 << 40)
_TIMEFRAMES = frozenset(value for name, value in mt.exported().items() if name.startswith("TIMEFRAME_"))


class Prices(Asking):
    """Looks up prices. tape: the ticks it has seen."""

    tape: Tape

    def __init__(self) -> None:
        self._books: set[str] = set()

    # Ticks and bars

    def copy_ticks_from(self, symbol: str, date_from: Any, count: int, flags: int) -> tuple[TickRow, ...] | None:
        """Ticks from a moment of server time on, oldest first, as far as they were seen."""
        ticks = self._ticks(symbol, date_from, _ALWAYS[1], flags)
        return None if ticks is None else ticks[:count]

    def copy_ticks_range(self, symbol: str, date_from: Any, date_to: Any, flags: int) -> tuple[TickRow, ...] | None:
        """Ticks between two moments of server time, oldest first, as far as they were seen."""
        return self._ticks(symbol, date_from, date_to, flags)

    def _ticks(self, symbol: str, date_from: Any, date_to: Any, flags: int) -> tuple[TickRow, ...] | None:
        try:
            start, end = moment(date_from), moment(date_to)
        except BadCall as call:
            self._fails(call.code)
            return None
        if self._spec(symbol) is None:
            return None
        if flags == mt.COPY_TICKS_TRADE:  # last prices and volumes: a market without a tape of trades has none
            return ()
        return self._ask(lambda _: self._read(lambda: self.tape.ticks(symbol, start, end)))

    def copy_rates_from(self, symbol: str, timeframe: int, date_from: Any, count: int) -> tuple[Rate, ...] | None:
        """The last bars that opened at or before a moment of server time, oldest first."""
        rates = self._rates(symbol, timeframe, 0, date_from)
        return None if rates is None else rates[-count:] if count else ()

    def copy_rates_from_pos(self, symbol: str, timeframe: int, start_pos: int, count: int) -> tuple[Rate, ...] | None:
        """Bars counted from the newest, which is number 0, oldest first."""
        rates = self._rates(symbol, timeframe, *_ALWAYS)
        if rates is None:
            return None
        end = max(len(rates) - start_pos, 0)
        return rates[max(end - count, 0) : end]

    def copy_rates_range(self, symbol: str, timeframe: int, date_from: Any, date_to: Any) -> tuple[Rate, ...] | None:
        """Bars that opened between two moments of server time, oldest first."""
        return self._rates(symbol, timeframe, date_from, date_to)

    def _rates(self, symbol: str, timeframe: int, date_from: Any, date_to: Any) -> tuple[Rate, ...] | None:
        try:
            start, end = moment(date_from), moment(date_to)
            if timeframe not in _TIMEFRAMES:
                raise BadCall
        except BadCall as call:
            self._fails(call.code)
            return None
        spec = self._spec(symbol)
        if spec is None:
            return None
        point = spec.point
        bars = self._ask(lambda _: self._read(lambda: self.tape.rates(symbol, timeframe, point)))
        rates = tuple(bar for bar in bars or () if start <= bar[0] <= end)
        if not rates:
            self._fails(FAILED)
            return None
        return rates

    # The order book

    def market_book_add(self, symbol: str) -> bool:
        """Follow the order book of a symbol; False where the broker shows none."""
        spec = self._spec(symbol)
        if spec is None or not spec.ticks_bookdepth:
            if spec is not None:
                self._fails(FAILED)
            return False
        self._books.add(symbol)
        return True

    def market_book_get(self, symbol: str) -> Sequences | None:
        """The order book of a symbol that is followed: one line a side, as large as an order may be."""
        spec = self._spec(symbol)
        if spec is None:
            return None
        if symbol not in self._books:
            self._fails(FAILED)
            return None
        lots = spec.volume_max
        sides = (mt.BOOK_TYPE_SELL, spec.ask), (mt.BOOK_TYPE_BUY, spec.bid)
        return tuple(sequence(BookInfo(kind, price, int(lots), lots)) for kind, price in sides if price)

    def market_book_release(self, symbol: str) -> bool:
        """Follow the order book of a symbol no longer."""
        if self._spec(symbol) is None:
            return False
        self._books.discard(symbol)
        return True
