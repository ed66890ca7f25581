"""The one port to a trading terminal: MetaTrader 5's own functions, asynchronous.

Behind it stand the paper terminal and the client of the gateway beside a real MetaTrader 5. The names, the structures and the
way errors are told are MetaTrader's: None means the call failed and `last_error` says why, an empty tuple means there is
nothing. The two must never be mixed up: absence is only ever proven by a tuple (reference: reliability R4).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from msgspec import Struct

from signalos_tui.execute.structs import (
    AccountInfo,
    OrderCheckResult,
    OrderSendResult,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
)
from signalos_tui.model.reach import Reach


class Intent(Struct, frozen=True):
    """One attempt at one request, as the journal knows it. A gateway calls once for an id, whoever asks again.

    id: "<leg>/<attempt>" for an opening, "<leg>~<action>/<ms UTC>" for what is done to it later: that is absolute and may be
    asked again. at: when it was intended, ms UTC; a gateway refuses what is too old. until: when the right to send it ends,
    ms UTC: a request that reaches the gateway later, or waits there for so long, is not called (reference: reliability V6).
    """

    id: str
    at: int
    until: int


class Link(Protocol):
    """A terminal that stands elsewhere: how the way to it is, and what is known of the place."""

    @property
    def reach(self) -> Reach:
        """How the way is now."""
        ...

    async def turned(self, reach: Reach) -> Reach:
        """Wait until the way is another than `reach`; returns how it is."""
        ...

    @property
    def is_paper(self) -> bool:
        """The money there is invented. False until it is known."""
        ...

    @property
    def skew_ms(self) -> int | None:
        """By how much the clock there is ahead of ours, ms; None until it is known."""
        ...


class Terminal(Protocol):
    """MetaTrader 5 as the official Python package offers it, plus `history_deals_of` and `changed`.

    Requests are mappings with MqlTradeRequest's field names: `volume`, `price`, `stoplimit`, `sl`, `tp` have to be floats and
    the enumerations, tickets and times ints, or the call fails with last_error -2. Times are server time, epoch seconds.
    """

    async def terminal_info(self) -> TerminalInfo | None:
        """The terminal's state: connected, trading allowed, ping."""
        ...

    async def account_info(self) -> AccountInfo | None:
        """The account the terminal is logged in to, with its money as of now."""
        ...

    async def last_error(self) -> tuple[int, str]:
        """Code and text of the result of the last call that this task made; (1, "Success") when it went well.

        Many tasks ask at once: what another one was told must not be taken for an answer. So ask in the task that called,
        with nothing in between.
        """
        ...

    async def symbols_get(self) -> tuple[SymbolInfo, ...] | None:
        """Every instrument of the broker."""
        ...

    async def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """One instrument by the broker's exact name; None and -4 when it does not exist."""
        ...

    async def symbol_info_tick(self, symbol: str) -> Tick | None:
        """The latest quote of a selected symbol; None while there has been none."""
        ...

    async def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Put a symbol into the market watch, so that its quotes flow; False when there is no such symbol."""
        ...

    async def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> float | None:
        """What a trade would earn, in account currency. action: ORDER_TYPE_BUY or ORDER_TYPE_SELL. volume: lots."""
        ...

    async def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        """What a trade would bind as margin if it stood alone, in account currency."""
        ...

    async def order_check(self, request: Mapping[str, object]) -> OrderCheckResult | None:
        """Whether a request would pass; retcode 0 is yes. Market hours are not part of the check."""
        ...

    async def order_send(self, request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        """Send a trade request. A refusal is a result with its retcode; None is a failed call, which may have traded.

        intent: what is sent, so that a gateway never calls twice for it (reference: reliability R6).
        """
        ...

    async def positions_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradePosition, ...] | None:
        """The open positions, all of them or those of a symbol or a ticket."""
        ...

    async def orders_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradeOrder, ...] | None:
        """The orders that wait, all of them or those of a symbol or a ticket."""
        ...

    async def history_orders_get(self, date_from: int, date_to: int) -> tuple[TradeOrder, ...] | None:
        """Orders that ended between two moments of server time (epoch seconds, both inclusive)."""
        ...

    async def history_deals_get(self, date_from: int, date_to: int) -> tuple[TradeDeal, ...] | None:
        """Deals between two moments of server time (epoch seconds, both inclusive)."""
        ...

    async def history_deals_of(self, position: int) -> tuple[TradeDeal, ...] | None:
        """All deals of one position, by its identifier: `history_deals_get(position=…)` in MetaTrader."""
        ...

    async def changed(self, timeout: float) -> bool:  # noqa: ASYNC109 - waiting in vain is a result here, not an error
        """Wait until orders, positions or deals have changed since the last call, at most `timeout` seconds.

        True as soon as they have, False when time ran out. Our own addition: MetaTrader has no such call, so a client of a
        real terminal finds out by polling, the paper terminal simply knows.
        """
        ...


class GatewayNote(Struct, frozen=True):
    """What a gateway remembers of the account, so that an older copy of the journal gives itself away (reference: R9).

    fence: the highest generation of a journal it has served, 0 for none. opening_at: ms UTC, `Intent.at` of the newest opening
    it was ever asked for (what is done to legs later does not count, it may be repeated), 0 for none. holds: this connection is
    the account's one executor (R7). call_limit_s: the longest a call may take there before its worker is ended (R5). link:
    another number whenever the terminal behind it was away for a moment, so that "connected all the time" can be proven (R4).
    max_lot: the largest volume of one order it passes on, lots, 0 for no limit of its own.
    """

    fence: int = 0
    opening_at: int = 0
    holds: bool = True
    call_limit_s: float = 0.0
    link: int = 0
    max_lot: float = 0.0


@runtime_checkable
class Remembers(Protocol):
    """A terminal behind something that keeps a record of its own. The paper terminal in this process does not need one."""

    async def ledger_note(self) -> GatewayNote | None:
        """What is remembered; None when it cannot be said."""
        ...


async def note_of(terminal: Terminal) -> GatewayNote | None:
    """What the terminal's gateway remembers; None when there is none, or it cannot say."""
    return await terminal.ledger_note() if isinstance(terminal, Remembers) else None
