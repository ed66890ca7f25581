"""The broker's books: balance, positions, orders and deals, and the truth of what was accepted.

Every change is told to the keeper at once and becomes durable with `commit`, before anybody hears of it. So whatever the
console believes after a crash, these books are what happened; the crash tests read their truth and count.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.errors import OperatorNeeded
from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import TradeDeal, TradeOrder, TradePosition

FIRST_TICKET = 50_000_001
FIRST_DEAL = 70_000_001


class Holding(Struct, frozen=True):
    """An open position and the margin it would bind alone, in account currency at the rates of its opening."""

    position: TradePosition
    margin: float


class TruthRow(Struct, frozen=True):
    """An order the broker accepted from us. at: ms UTC. opens: False when it names a position to close."""

    at: int
    ticket: int
    magic: int
    action: int
    symbol: str
    type: int
    volume: float
    price: float
    opens: bool
    comment: str = ""


class Account(Struct, frozen=True):
    """What the books carry forward besides the trades: money and the next numbers.

    rolled: midnights up to here are booked, ms UTC. credit: money lent by the broker.
    """

    login: int
    currency: str
    balance: float = 0.0
    next_ticket: int = FIRST_TICKET
    next_deal: int = FIRST_DEAL
    rolled: int = 0
    credit: float = 0.0
    margin_mode: int = mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING


class Books(Struct, frozen=True):
    """All of it, as it was kept. quotes: plain symbol, ms UTC, bid, ask."""

    account: Account | None = None
    holdings: tuple[Holding, ...] = ()
    orders: tuple[TradeOrder, ...] = ()
    past_orders: tuple[TradeOrder, ...] = ()
    deals: tuple[TradeDeal, ...] = ()
    truth: tuple[TruthRow, ...] = ()
    quotes: tuple[tuple[str, int, float, float], ...] = ()


class Keeper(Protocol):
    """Whoever makes changes durable. Nothing is before `commit`, all of it is after. failure: why nothing is any more."""

    failure: OperatorNeeded | None

    def load(self) -> Books: ...
    def keep_account(self, account: Account) -> None: ...
    def keep_holding(self, holding: Holding) -> None: ...
    def drop_holding(self, ticket: int) -> None: ...
    def keep_order(self, order: TradeOrder) -> None: ...
    def end_order(self, order: TradeOrder) -> None: ...
    def add_deal(self, deal: TradeDeal) -> None: ...
    def add_truth(self, row: TruthRow) -> None: ...
    def keep_quotes(self, quotes: list[tuple[str, int, float, float]]) -> None: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...


class Forgetful:
    """Keeps nothing: books that live in memory only."""

    failure: OperatorNeeded | None = None

    def load(self) -> Books:
        """Empty books."""
        return Books()

    def _forget(self, *_: object) -> None:
        return None

    keep_account = keep_holding = drop_holding = keep_order = end_order = _forget
    add_deal = add_truth = keep_quotes = commit = close = _forget


class Book:
    """The books of one account. All changes go through its methods; `on_commit` is called after each commit."""

    def __init__(self, keeper: Keeper, books: Books, account: Account, on_commit: Callable[[], None]) -> None:
        self._keeper = keeper
        self._on_commit = on_commit
        self.account = account
        self.holdings: dict[int, Holding] = {holding.position.ticket: holding for holding in books.holdings}
        self.orders: dict[int, TradeOrder] = {order.ticket: order for order in books.orders}
        self.truth: list[TruthRow] = list(books.truth)
        self._past = sorted(books.past_orders, key=_done)
        self._deals = sorted(books.deals, key=_when)

    @property
    def balance(self) -> float:
        """Money in account currency."""
        return self.account.balance

    def require_kept(self) -> None:
        """Raises OperatorNeeded once a change could not be kept: what stands in memory then never was, after a restart."""
        if self._keeper.failure is not None:
            raise self._keeper.failure

    # Numbers

    def new_ticket(self) -> int:
        """The next order's ticket."""
        ticket = self.account.next_ticket
        self._account(next_ticket=ticket + 1)
        return ticket

    def _new_deal(self) -> int:
        number = self.account.next_deal
        self._account(next_deal=number + 1)
        return number

    def _account(self, **changes: object) -> None:
        self.account = replace(self.account, **changes)

    def rolled(self, at: int) -> None:
        """Remember that all midnights up to `at` (ms UTC) are booked."""
        self._account(rolled=at)

    # Changes

    def hold(self, holding: Holding) -> None:
        """Open a position or change it."""
        self.holdings[holding.position.ticket] = holding
        self._keeper.keep_holding(holding)

    def let_go(self, ticket: int) -> None:
        """Remove a position that is closed."""
        del self.holdings[ticket]
        self._keeper.drop_holding(ticket)

    def place(self, order: TradeOrder) -> None:
        """Add a waiting order or change it."""
        self.orders[order.ticket] = order
        self._keeper.keep_order(order)

    def end(self, order: TradeOrder) -> None:
        """Move an order, waiting or not, into the history in its last state."""
        self.orders.pop(order.ticket, None)
        insort(self._past, order, key=_done)
        self._keeper.end_order(order)

    def add_deal(self, deal: TradeDeal, digits: int) -> TradeDeal:
        """Book a deal under the next number; its result changes the balance, or the credit. digits: of the account currency."""
        deal = replace(deal, ticket=self._new_deal())
        insort(self._deals, deal, key=_when)
        self._keeper.add_deal(deal)
        result = deal.profit + deal.swap + deal.commission + deal.fee
        if deal.type == mt.DEAL_TYPE_CREDIT:
            self._account(credit=round(self.account.credit + result, digits))
        else:
            self._account(balance=round(self.account.balance + result, digits))
        return deal

    def accept(self, row: TruthRow) -> None:
        """Write an accepted order into the truth."""
        self.truth.append(row)
        self._keeper.add_truth(row)

    def keep_quotes(self, quotes: list[tuple[str, int, float, float]]) -> None:
        """Make the last quotes durable."""
        self._keeper.keep_quotes(quotes)
        self._keeper.commit()

    def commit(self) -> None:
        """Make all changes since the last commit durable, then tell."""
        self._keeper.keep_account(self.account)
        self._keeper.commit()
        self._on_commit()

    # Views

    def of_symbol(self, symbol: str) -> Iterator[Holding]:
        """The positions of a symbol, oldest first."""
        return (holding for holding in self.holdings.values() if holding.position.symbol == symbol)

    def by_identifier(self, identifier: int) -> Holding | None:
        """The position of an identifier, which is its ticket unless it was reversed or opened anew."""
        found = self.holdings.get(identifier)
        if found is not None and found.position.identifier == identifier:
            return found
        return next((each for each in self.holdings.values() if each.position.identifier == identifier), None)

    def past_orders(self, start: int, end: int) -> tuple[TradeOrder, ...]:
        """Orders that ended between two server times (seconds, inclusive)."""
        first = bisect_left(self._past, start * 1000, key=_done)
        return tuple(self._past[first : bisect_right(self._past, end * 1000 + 999, key=_done)])

    def deals(self, start: int, end: int) -> tuple[TradeDeal, ...]:
        """Deals between two server times (seconds, inclusive)."""
        first = bisect_left(self._deals, start * 1000, key=_when)
        return tuple(self._deals[first : bisect_right(self._deals, end * 1000 + 999, key=_when)])

    def deals_of(self, position: int) -> tuple[TradeDeal, ...]:
        """All deals of a position."""
        return tuple(deal for deal in self._deals if deal.position_id == position)

    def exposure(self, symbol: str) -> tuple[float, float]:
        """Lots of a symbol that are long and short, waiting orders included."""
        lots = [0.0, 0.0]
        for holding in self.of_symbol(symbol):
            lots[holding.position.type] += holding.position.volume
        for order in self.orders.values():
            if order.symbol == symbol:
                lots[order.type % 2] += order.volume_current
        return lots[mt.POSITION_TYPE_BUY], lots[mt.POSITION_TYPE_SELL]


def _done(order: TradeOrder) -> int:
    return order.time_done_msc


def _when(deal: TradeDeal) -> int:
    return deal.time_msc
