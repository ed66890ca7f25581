"""Faults on demand: any terminal, but its answers get lost, come late or lie.

It ships with the program because owners drill with it and the crash tests live on it. It only ever spoils what comes back
(or keeps a request from arriving); what really happened stands in the books of the terminal inside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import answers
from signalos_tui.execute.paper.call_errors import TIMEOUT
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
from signalos_tui.execute.terminal import Intent, Terminal


class Fault(Struct, frozen=True):
    """What happens to one `order_send`. This base: nothing, it goes through."""


class LoseReply(Fault, frozen=True):
    """It is executed, and the answer gets lost: None with -10005."""


class LoseRequest(Fault, frozen=True):
    """It never arrives: None with -10005, nothing executed."""


class Refuse(Fault, frozen=True):
    """Refused with this result code, nothing executed."""

    retcode: int


class TimeOut(Fault, frozen=True):
    """It is executed, and the answer says 10012: the server did not answer in time."""


class Claim(Fault, frozen=True):
    """Answered with this result code, whatever happens: executed `after` that many seconds, 0 at once, None never."""

    retcode: int
    after: float | None = 0.0


class AcceptLate(Fault, frozen=True):
    """None with -10005 at once; executed `seconds` later."""

    seconds: float


class Delay(Fault, frozen=True):
    """It arrives `seconds` late, then goes through."""

    seconds: float


class Break(Fault, frozen=True):
    """It is executed when `executed`, then the connection breaks: ConnectionResetError."""

    executed: bool = False


class FaultyTerminal:
    """A terminal with a script: one fault for each `order_send`, in order; when it ends everything goes through.

    is_blind: while True, the views of positions, orders and history fail with None. calls: the requests so far.
    """

    def __init__(self, inner: Terminal, script: Iterable[Fault] = ()) -> None:
        self.inner = inner
        self.is_blind = False
        self.calls: list[dict[str, object]] = []
        self._script = iter(script)
        self._error: tuple[int, str] | None = None
        self._late: set[asyncio.Task[OrderSendResult | None]] = set()

    async def settled(self) -> None:
        """Wait until every late request has arrived."""
        while self._late:
            await asyncio.wait(self._late)

    # What the script spoils

    async def order_send(self, request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        """Send a request, with the next fault of the script."""
        self._error = None
        self.calls.append(dict(request))
        match next(self._script, Fault()):
            case LoseReply():
                await self.inner.order_send(request, intent)
                self._error = TIMEOUT
                return None
            case LoseRequest():
                self._error = TIMEOUT
                return None
            case Refuse(retcode):
                return await self._answered(request, retcode)
            case TimeOut():
                result = await self.inner.order_send(request, intent)
                return _timed_out(result) if result else None
            case Claim(retcode, after):
                return await self._claimed(request, intent, retcode, after)
            case AcceptLate(seconds):
                self._send_late(request, intent, seconds)
                self._error = TIMEOUT
                return None
            case Delay(seconds):
                return await self._later(request, intent, seconds)
            case Break(executed):
                if executed:
                    await self.inner.order_send(request, intent)
                msg = "the connection to the terminal broke"
                raise ConnectionResetError(msg)
            case _:
                return await self.inner.order_send(request, intent)

    async def _claimed(
        self, request: Mapping[str, object], intent: Intent | None, retcode: int, after: float | None
    ) -> OrderSendResult | None:
        answer = await self._answered(request, retcode)
        if after == 0:
            await self.inner.order_send(request, intent)
        elif after is not None:
            self._send_late(request, intent, after)
        return answer

    def _send_late(self, request: Mapping[str, object], intent: Intent | None, seconds: float) -> None:
        task = asyncio.create_task(self._later(dict(request), intent, seconds), name="late order")
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def _later(
        self, request: Mapping[str, object], intent: Intent | None, seconds: float
    ) -> OrderSendResult | None:
        await asyncio.sleep(seconds)
        return await self.inner.order_send(request, intent)

    async def _answered(self, request: Mapping[str, object], retcode: int) -> OrderSendResult | None:
        # The terminal inside reads the request for its echo; checking executes nothing.
        check = await self.inner.order_check(request)
        return answers.refused_by_server(retcode, check.request, None, request_id=1) if check else None

    def _sees(self) -> bool:
        self._error = TIMEOUT if self.is_blind else None
        return not self.is_blind

    async def last_error(self) -> tuple[int, str]:
        """The fault's error, or the inner terminal's."""
        return self._error or await self.inner.last_error()

    async def positions_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradePosition, ...] | None:
        """The open positions; None while blind."""
        return await self.inner.positions_get(symbol=symbol, ticket=ticket) if self._sees() else None

    async def orders_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradeOrder, ...] | None:
        """The orders that wait; None while blind."""
        return await self.inner.orders_get(symbol=symbol, ticket=ticket) if self._sees() else None

    async def history_orders_get(self, date_from: int, date_to: int) -> tuple[TradeOrder, ...] | None:
        """Orders that ended; None while blind."""
        return await self.inner.history_orders_get(date_from, date_to) if self._sees() else None

    async def history_deals_get(self, date_from: int, date_to: int) -> tuple[TradeDeal, ...] | None:
        """Deals; None while blind."""
        return await self.inner.history_deals_get(date_from, date_to) if self._sees() else None

    async def history_deals_of(self, position: int) -> tuple[TradeDeal, ...] | None:
        """All deals of one position; None while blind."""
        return await self.inner.history_deals_of(position) if self._sees() else None

    # What always goes through

    async def terminal_info(self) -> TerminalInfo | None:
        """The terminal's state."""
        self._error = None
        return await self.inner.terminal_info()

    async def account_info(self) -> AccountInfo | None:
        """The account."""
        self._error = None
        return await self.inner.account_info()

    async def symbols_get(self) -> tuple[SymbolInfo, ...] | None:
        """Every instrument."""
        self._error = None
        return await self.inner.symbols_get()

    async def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """One instrument."""
        self._error = None
        return await self.inner.symbol_info(symbol)

    async def symbol_info_tick(self, symbol: str) -> Tick | None:
        """The latest quote."""
        self._error = None
        return await self.inner.symbol_info_tick(symbol)

    async def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Put a symbol into the market watch."""
        self._error = None
        return await self.inner.symbol_select(symbol, enable)

    async def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> float | None:
        """What a trade would earn."""
        self._error = None
        return await self.inner.order_calc_profit(action, symbol, volume, price_open, price_close)

    async def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        """What a trade would bind as margin."""
        self._error = None
        return await self.inner.order_calc_margin(action, symbol, volume, price)

    async def order_check(self, request: Mapping[str, object]) -> OrderCheckResult | None:
        """Whether a request would pass."""
        self._error = None
        return await self.inner.order_check(request)

    async def changed(self, timeout: float) -> bool:  # noqa: ASYNC109 - see the protocol
        """Wait until the books have changed."""
        return await self.inner.changed(timeout)


def _timed_out(result: OrderSendResult) -> OrderSendResult:
    return replace(
        result,
        retcode=mt.TRADE_RETCODE_TIMEOUT,
        deal=0,
        order=0,
        volume=0.0,
        price=0.0,
        comment=answers.comment_of(mt.TRADE_RETCODE_TIMEOUT),
    )
