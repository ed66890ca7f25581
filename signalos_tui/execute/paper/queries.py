"""The part of the drop-in module that looks up trades: positions, orders, the history.

Each function takes the filters of the package, one at a time and in its order: a symbol wins over a group, a group over a
ticket. Nothing found is an empty tuple; None is a call that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from signalos_tui.execute.paper.arguments import BadCall, moment, text, whole
from signalos_tui.execute.paper.asking import Asking
from signalos_tui.execute.paper.groups import in_group
from signalos_tui.execute.paper.sequences import StructSequence, sequence
from signalos_tui.execute.structs import TradeDeal, TradeOrder, TradePosition
from signalos_tui.execute.terminal import Terminal

_Open = TypeVar("_Open", TradeOrder, TradePosition)
_Ended = TypeVar("_Ended", TradeOrder, TradeDeal)
Sequences = tuple[StructSequence, ...]
_ALL = (0, 1 << 40)


class Queries(Asking):
    """Looks up what is open and what was."""

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
        whose = ("ticket", ticket) if ticket is not None else ("position_id", position)
        return self._ended(
            lambda terminal, start, end: terminal.history_orders_get(start, end), (date_from, date_to), group, *whose
        )

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
        whose = ("order", ticket) if ticket is not None else ("position_id", position)
        return self._ended(
            lambda terminal, start, end: terminal.history_deals_get(start, end), (date_from, date_to), group, *whose
        )

    def _ended(
        self,
        question: Callable[[Terminal, int, int], Coroutine[Any, Any, tuple[_Ended, ...] | None]],
        window: tuple[Any, Any],
        group: str | None,
        field: str,
        number: int | None,
    ) -> Sequences | None:
        # With a number all whose field is that, whenever they ended; else what ended in the window of server time.
        try:
            start, end = (int(moment(at)) for at in (window if number is None else _ALL))
            inside = in_group(text(group or "*"))
        except BadCall as call:
            self._fails(call.code)
            return None
        found = self._ask(lambda terminal: question(terminal, start, end))
        if found is None:
            return None
        return tuple(
            sequence(each)
            for each in found
            if inside(each.symbol) and (number is None or getattr(each, field) == number)
        )
