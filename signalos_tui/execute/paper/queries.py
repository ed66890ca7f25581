"""The part of the drop-in module that looks things up: positions, orders, the history, ticks and bars, the order book.

Each function takes the filters of the package, one at a time and in its order: a symbol wins over a group, a group over a
ticket. Nothing found is an empty tuple; None is a call that failed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.arguments import BadCall, moment, text, whole
from signalos_tui.execute.paper.call_errors import FAILED, NO_IPC, Error
from signalos_tui.execute.paper.groups import in_group
from signalos_tui.execute.paper.sequences import Rate, StructSequence, TickRow, sequence
from signalos_tui.execute.paper.tape import Tape
from signalos_tui.execute.structs import BookInfo, SymbolInfo, TradeDeal, TradeOrder, TradePosition
from signalos_tui.execute.terminal import Terminal

_T = TypeVar("_T")
_Open = TypeVar("_Open", TradeOrder, TradePosition)
_Ended = TypeVar("_Ended", TradeOrder, TradeDeal)
Sequences = tuple[StructSequence, ...]
_ALL = (0, 1 << 40)
_TIMEFRAMES = frozenset(value for name, value in mt.exported().items() if name.startswith("TIMEFRAME_"))


class Queries:
    """Looks things up through `_ask`, which a module brings along. tape: the ticks it has seen."""

    tape: Tape
    _error: Error

    def __init__(self) -> None:
        self._books: set[str] = set()

    @abstractmethod
    def _ask(self, question: Callable[[Terminal], Coroutine[Any, Any, _T]]) -> _T | None:
        """Put a question to the terminal; None when it failed, and `_error` says why."""

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """Whether `initialize` has worked and nobody has shut down since."""

    def _fails(self, error: Error) -> None:
        # Whoever is not connected hears nothing else.
        self._error = error if self.is_connected else NO_IPC

    # What is open

    def positions_total(self) -> int:
        """How many positions are open."""
        return len(self.positions_get() or ())

    def positions_get(
        self, *, symbol: str | None = None, group: str | None = None, ticket: int | None = None
    ) -> Sequences | None:
        """The open positions: all, or those of a symbol, a group of symbols, or a ticket."""
        return self._open(lambda terminal: terminal.positions_get(), symbol, group, ticket)

    def orders_total(self) -> int:
        """How many orders wait."""
        return len(self.orders_get() or ())

    def orders_get(
        self, *, symbol: str | None = None, group: str | None = None, ticket: int | None = None
    ) -> Sequences | None:
        """The orders that wait: all, or those of a symbol, a group of symbols, or a ticket."""
        return self._open(lambda terminal: terminal.orders_get(), symbol, group, ticket)

    def _open(
        self,
        question: Callable[[Terminal], Coroutine[Any, Any, tuple[_Open, ...] | None]],
        symbol: str | None,
        group: str | None,
        ticket: int | None,
    ) -> Sequences | None:
        try:
            if symbol is not None:
                named = text(symbol)
                fits: Callable[[_Open], bool] = lambda each: each.symbol == named  # noqa: E731 - one of four of a kind
            elif group is not None:
                inside = in_group(text(group))
                fits = lambda each: inside(each.symbol)  # noqa: E731
            elif ticket is not None:
                number = whole(ticket)
                fits = lambda each: each.ticket == number  # noqa: E731
            else:
                fits = lambda each: True  # noqa: E731
        except BadCall as call:
            self._fails(call.code)
            return None
        found = self._ask(question)
        return None if found is None else tuple(sequence(each) for each in found if fits(each))

    # What was

    def history_orders_total(self, date_from: Any, date_to: Any) -> int | None:
        """How many orders ended between two moments of server time."""
        found = self.history_orders_get(date_from, date_to)
        return None if found is None else len(found)

    def history_orders_get(
        self,
        date_from: Any = None,
        date_to: Any = None,
        *,
        group: str | None = None,
        ticket: int | None = None,
        position: int | None = None,
    ) -> Sequences | None:
        """Orders that ended: between two moments, in a group of symbols; the one with a ticket; those of a position."""
        orders = self._ended(
            lambda terminal, start, end: terminal.history_orders_get(start, end),
            date_from if ticket is None and position is None else _ALL[0],
            date_to if ticket is None and position is None else _ALL[1],
            group,
        )
        return _of(orders, "ticket", ticket, position)

    def history_deals_total(self, date_from: Any, date_to: Any) -> int | None:
        """How many deals there were between two moments of server time."""
        found = self.history_deals_get(date_from, date_to)
        return None if found is None else len(found)

    def history_deals_get(
        self,
        date_from: Any = None,
        date_to: Any = None,
        *,
        group: str | None = None,
        ticket: int | None = None,
        position: int | None = None,
    ) -> Sequences | None:
        """Deals: between two moments, in a group of symbols; those of an order's ticket; those of a position."""
        deals = self._ended(
            lambda terminal, start, end: terminal.history_deals_get(start, end),
            date_from if ticket is None and position is None else _ALL[0],
            date_to if ticket is None and position is None else _ALL[1],
            group,
        )
        return _of(deals, "order", ticket, position)

    def _ended(
        self,
        question: Callable[[Terminal, int, int], Coroutine[Any, Any, tuple[_Ended, ...] | None]],
        date_from: Any,
        date_to: Any,
        group: str | None,
    ) -> Sequences | None:
        try:
            start, end = int(moment(date_from)), int(moment(date_to))
            inside = in_group(text(group or "*"))
        except BadCall as call:
            self._fails(call.code)
            return None
        found = self._ask(lambda terminal: question(terminal, start, end))
        return None if found is None else tuple(sequence(each) for each in found if inside(each.symbol))

    # Ticks and bars

    def copy_ticks_from(self, symbol: str, date_from: Any, count: int, flags: int) -> tuple[TickRow, ...] | None:
        """Ticks from a moment of server time on, oldest first, as far as they were seen."""
        ticks = self._ticks(symbol, date_from, _ALL[1], flags)
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
        rates = self._rates(symbol, timeframe, *_ALL)
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

    async def _read(self, look: Callable[[], _T]) -> _T:
        # On the loop that writes the tape, or it would change under our eyes.
        return look()

    def _is_name(self, symbol: Any) -> bool:
        if not isinstance(symbol, str):
            self._fails(BadCall.code)
        return isinstance(symbol, str)

    def _spec(self, symbol: str) -> SymbolInfo | None:
        if not self._is_name(symbol):
            return None
        return self._ask(lambda terminal: terminal.symbol_info(symbol))

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


def _of(found: Sequences | None, field: str, ticket: int | None, position: int | None) -> Sequences | None:
    # Of a ticket, else of a position, else all of the window.
    name, number = (field, ticket) if ticket is not None else ("position_id", position)
    if found is None or number is None:
        return found
    return tuple(each for each in found if getattr(each, name) == number)
