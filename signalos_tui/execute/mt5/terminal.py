"""MetaTrader 5 behind a gateway, as the engine sees any terminal.

None is "that failed" and an empty tuple is "there is nothing", over a broken wire as well: while there is no connection every
question fails at once. What an error was is kept by task, because many ask at the same time. Symbols are put into the market
watch before anything is asked about them; ticks come as a stream, and the newest one answers while it is fresh.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from msgspec import Struct

from signalos_tui.clock import Clock
from signalos_tui.execute import constants as mt
from signalos_tui.execute.mt5.asking import refused
from signalos_tui.execute.mt5.connection import Answered, Connection, News, Times
from signalos_tui.execute.mt5.listing import whole_list
from signalos_tui.execute.mt5.quotes import RECENT_MS, Quotes
from signalos_tui.execute.mt5.reaching import Streams, Unreachable
from signalos_tui.execute.mt5.reading import NotReadable, bool_of, long_list, number_of, struct_of, value_of
from signalos_tui.execute.mt5.words import LONGEST, other_account, reach_of, real_money
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
from signalos_tui.execute.terminal import GatewayNote, Intent
from signalos_tui.harmless import one_line
from signalos_tui.link.messages import ORDER_SEND, SYMBOLS_GET, VERSION, Changed, Health, Hello, Ticked, Welcome
from signalos_tui.link.secret import Secret
from signalos_tui.model.reach import OPEN, Reach

T = TypeVar("T")
S = TypeVar("S", bound=Struct)

_SUCCESS = (mt.RES_S_OK, "Success")
_DEMO = (mt.ACCOUNT_TRADE_MODE_DEMO, mt.ACCOUNT_TRADE_MODE_CONTEST)


class Expected(Struct, frozen=True):
    """What we want to find there and who we are. account: "<server>/<login>", "" for whatever is first found there.

    demo_only: no account with real money; a trade mode we do not know is one. trades, holder, fence: as in the greeting.
    """

    account: str = ""
    demo_only: bool = True
    trades: bool = False
    holder: str = ""
    fence: int = 0
    client: str = "signalos"


class Mt5Terminal:
    """Implements `Terminal` and `Link`: `run` keeps the connection, everything else uses it.

    dial: makes a connection (`reaching.dial`). token: read anew for each greeting. jitter: 0 to 1, for the pauses.
    """

    def __init__(
        self,
        dial: Callable[[], Awaitable[Streams]],
        token: Callable[[], Secret],
        expected: Expected,
        *,
        clock: Clock,
        jitter: Callable[[], float],
        times: Times | None = None,
    ) -> None:
        self.welcome: Welcome | None = None
        self._links = 0
        self._token, self._expected, self._clock = token, expected, clock
        self._account = expected.account
        self._errors: WeakKeyDictionary[asyncio.Task[Any], tuple[int, str]] = WeakKeyDictionary()
        self._quotes = Quotes()
        self._selected: set[str] = set()
        self._reach = Reach("starting", "the gateway has not been reached yet", since=clock.now())
        self._turned = asyncio.Event()
        self._changed = asyncio.Event()
        self._connection = Connection(
            dial,
            self._greeting,
            accept=self._accept,
            closed=self._closed,
            heard=self._heard,
            clock=clock,
            jitter=jitter,
            times=times or Times(),
        )

    # --- the way there --------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the connection, until cancelled."""
        await self._connection.run()

    def close(self) -> None:
        """Nothing is held that `run` has not let go of."""

    @property
    def reach(self) -> Reach:
        """How the way to the terminal is now."""
        return self._reach

    @property
    def is_paper(self) -> bool:
        """The money is invented. Not until the gateway has said so."""
        return self.welcome is not None and self.welcome.is_paper

    @property
    def skew_ms(self) -> int | None:
        """By how much the gateway's clock is ahead of ours; None until it is known."""
        return self._connection.skew_ms

    async def ledger_note(self) -> GatewayNote | None:
        """What the gateway remembers, as it said when it last let us in; None as long as it never has."""
        told = self.welcome
        if told is None:
            return None
        holds = self._expected.trades and self._reach.code not in ("executor", "fence")
        return GatewayNote(told.fence, told.newest_intent_at, holds, told.call_limit_s, self._links, told.max_lot)

    async def turned(self, reach: Reach) -> Reach:
        """Wait until the way is another than it was; returns how it is."""
        while self._reach == reach:
            self._turned.clear()
            await self._turned.wait()
        return self._reach

    def _greeting(self) -> Hello:
        want = self._expected
        return Hello(VERSION, self._token().reveal(), want.client, self._account, want.trades, want.holder, want.fence)

    def _accept(self, welcome: Welcome) -> None:
        if self._account and welcome.account != self._account:
            raise other_account(welcome.account, self._account)
        if self._expected.demo_only and not welcome.is_paper and welcome.trade_mode not in _DEMO:
            raise real_money(welcome.account)
        self.welcome = welcome
        self._account = welcome.account
        self._selected.clear()
        self._turn(Reach(OPEN, "connected", since=self._clock.now()))
        asyncio.get_running_loop().call_soon(self._follow)
        self._changed.set()  # what happened while we could not see is found by looking

    def _closed(self, lost: Unreachable) -> None:
        self._quotes.lost()
        self._turn(Reach(lost.code, lost.text, lost.remedy, self._clock.now()))

    def _turn(self, reach: Reach) -> None:
        before = self._reach
        is_same = (before.code, before.text) == (reach.code, reach.text)
        self._links += not is_same  # also when only the terminal was away: "all the time" ends here
        self._reach = before if is_same else reach
        self._turned.set()

    def _heard(self, news: News) -> None:
        if isinstance(news, Changed):
            self._changed.set()
        elif isinstance(news, Health):
            self._turn(reach_of(news))
        elif isinstance(news, Ticked):
            now = self._clock.now()
            for symbol, fields in news.ticks.items():
                try:
                    self._quotes.came(symbol, struct_of(Tick, fields), now)
                except NotReadable:
                    continue  # the one before it grows old and is asked for

    def _follow(self) -> None:
        if self._quotes.followed:
            self._connection.follow(self._quotes.followed)

    # --- questions ------------------------------------------------------------------------------------------------

    async def _ask(self, read: Callable[[Any], T], method: str, /, **arguments: object) -> T | None:
        # The answer as `read` makes it; None when it failed, and then the error is this task's.
        return self._read(read, method, await self._connection.ask(method, arguments))

    async def _list(self, kind: type[S], method: str, /, **arguments: object) -> tuple[S, ...] | None:
        # A list of structures, however long.
        answer = await self._connection.ask(method, arguments)
        if answer.is_failed:
            return self._read(_nothing, method, answer)
        try:
            result = await long_list(kind, answer.result)
        except NotReadable as broken:
            self._tell(_unreadable(method, broken))
            return None
        self._tell(answer.error)
        return result

    def _read(self, read: Callable[[Any], T], method: str, answer: Answered) -> T | None:
        result: T | None = None
        error = answer.error
        if not answer.is_failed:
            try:
                result = read(value_of(answer.result))
            except NotReadable as broken:
                error = _unreadable(method, broken)
        elif error[0] == mt.RES_S_OK:
            error = (mt.RES_E_FAIL, f"{method} gave no result and no error")
        self._tell(error)
        return result

    def _tell(self, error: tuple[int, str]) -> None:
        # Somebody else's words: they may get into the journal, so they are one line and not endless.
        error = (error[0], one_line(error[1][:LONGEST]))
        task = asyncio.current_task()
        if task is not None:
            self._errors[task] = error

    async def last_error(self) -> tuple[int, str]:
        """Code and text of the last call of the task that asks."""
        task = asyncio.current_task()
        return self._errors.get(task, _SUCCESS) if task is not None else _SUCCESS

    async def terminal_info(self) -> TerminalInfo | None:
        """The terminal's state."""
        return await self._ask(_one(TerminalInfo), "terminal_info")

    async def account_info(self) -> AccountInfo | None:
        """The account with its money as of now."""
        return await self._ask(_one(AccountInfo), "account_info")

    async def symbols_get(self) -> tuple[SymbolInfo, ...] | None:
        """Every instrument of the broker."""
        try:
            return await whole_list(partial(self._list, SymbolInfo, SYMBOLS_GET), self.last_error)
        except NotReadable as broken:
            self._tell(_unreadable(SYMBOLS_GET, broken))
            return None

    async def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """One instrument; selected first, or its prices would be old."""
        if not await self._is_selected(symbol):
            return None
        return await self._ask(_one(SymbolInfo), "symbol_info", symbol=symbol)

    async def symbol_info_tick(self, symbol: str) -> Tick | None:
        """The latest quote: the stream's while it is fresh, else the terminal's."""
        now = self._clock.now()
        if self._connection.is_open and self._reach.is_open:
            tick = self._quotes.fresh(symbol, now)
            if tick is not None:
                self._quotes.follow(symbol, now)
                self._tell(_SUCCESS)
                return tick
        if not await self._is_selected(symbol):
            return None
        if self._quotes.follow(symbol, now):
            self._follow()
        return await self._ask(_one(Tick), "symbol_info_tick", symbol=symbol)

    def price(self, symbol: str) -> tuple[float, float] | None:
        """Bid and ask as last streamed, for whoever cannot wait; asked for again and again, they come. None: none lately."""
        now = self._clock.now()
        if self._quotes.follow(symbol, now):
            self._follow()
        tick = self._quotes.fresh(symbol, now, RECENT_MS)
        return (tick.bid, tick.ask) if tick is not None and tick.bid > 0 and tick.ask > 0 else None

    async def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Put a symbol into the market watch."""
        if enable:
            return await self._is_selected(symbol)
        self._selected.discard(symbol)
        return await self._ask(bool_of, "symbol_select", symbol=symbol, enable=False) or False

    async def _is_selected(self, symbol: str) -> bool:
        if symbol in self._selected and self._connection.is_open:
            self._tell(_SUCCESS)
            return True
        there = await self._ask(bool_of, "symbol_select", symbol=symbol, enable=True)
        if there is False and await self.last_error() == _SUCCESS:
            self._tell((mt.RES_E_NOT_FOUND, f"Terminal: Not found ({symbol})"))
        if not there:
            return False
        self._selected.add(symbol)
        return True

    async def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> float | None:
        """What a trade would earn, in account currency."""
        if not await self._is_selected(symbol):
            return None
        return await self._ask(
            number_of,
            "order_calc_profit",
            action=action,
            symbol=symbol,
            volume=volume,
            price_open=price_open,
            price_close=price_close,
        )

    async def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        """What a trade would bind as margin if it stood alone."""
        if not await self._is_selected(symbol):
            return None
        return await self._ask(number_of, "order_calc_margin", action=action, symbol=symbol, volume=volume, price=price)

    # --- trading --------------------------------------------------------------------------------------------------

    async def order_check(self, request: Mapping[str, object]) -> OrderCheckResult | None:
        """Whether a request would pass."""
        if self._refuses(request):
            return None
        return await self._ask(_one(OrderCheckResult), "order_check", request=dict(request))

    async def order_send(self, request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        """Send a trade request. None with a code that proves nothing, unless it never left (-2) or was refused there.

        Without an intent nothing is sent: the gateway could not tell it from one it has sent already.
        """
        if self._refuses(request):
            return None
        if intent is None or not intent.id:
            self._tell((mt.RES_E_INVALID_PARAMS, "Terminal: Invalid params: an order needs the id of its intent"))
            return None
        answer = await self._connection.ask(ORDER_SEND, {"request": dict(request)}, intent)
        return self._read(_one(OrderSendResult), ORDER_SEND, answer)

    def _refuses(self, request: Mapping[str, object]) -> bool:
        wrong = refused(request)
        if wrong:
            self._tell((mt.RES_E_INVALID_PARAMS, wrong))
        return bool(wrong)

    async def positions_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradePosition, ...] | None:
        """The open positions."""
        return await self._list(TradePosition, "positions_get", **_given(symbol, ticket))

    async def orders_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradeOrder, ...] | None:
        """The orders that wait."""
        return await self._list(TradeOrder, "orders_get", **_given(symbol, ticket))

    async def history_orders_get(self, date_from: int, date_to: int) -> tuple[TradeOrder, ...] | None:
        """Orders that ended between two moments of server time."""
        return await self._list(TradeOrder, "history_orders_get", date_from=date_from, date_to=date_to)

    async def history_deals_get(self, date_from: int, date_to: int) -> tuple[TradeDeal, ...] | None:
        """Deals between two moments of server time."""
        return await self._list(TradeDeal, "history_deals_get", date_from=date_from, date_to=date_to)

    async def history_deals_of(self, position: int) -> tuple[TradeDeal, ...] | None:
        """All deals of one position."""
        return await self._list(TradeDeal, "history_deals_of", position=position)

    async def changed(self, timeout: float) -> bool:  # noqa: ASYNC109 - waiting in vain is a result here, not an error
        """Wait until the gateway says that something has changed, or the connection is back. For one listener."""
        try:
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


def _one(kind: type[S]) -> Callable[[Any], S]:
    return lambda value: struct_of(kind, value)


def _nothing(value: Any) -> Any:
    return value


def _unreadable(method: str, why: NotReadable) -> tuple[int, str]:
    return mt.RES_E_INTERNAL_FAIL_RECEIVE, f"the answer to {method} cannot be read: {why}"


def _given(symbol: str | None, ticket: int | None) -> dict[str, object]:
    asked: dict[str, object] = {}
    if symbol is not None:
        asked["symbol"] = symbol
    if ticket is not None:
        asked["ticket"] = ticket
    return asked
