"""The broker of a simulated world: the paper terminal, which never crashes, behind a line that does everything lines do.

What a request comes to (its fate) and what is heard of it (its reply) are told apart: accepted now, later or never, and any
answer, true or not, or none. What really happened stands in the paper terminal's books, which nobody here can change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import PaperTerminal, answers
from signalos_tui.execute.paper.book import Books
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
from signalos_tui.execute.terminal import Intent
from tests.proof.process import Process

NEVER = -1.0
"""The fate of a request that does not arrive."""

HONEST, LOST, HUNG, BROKEN, PARTIAL, UNSEEN = "honest", "lost", "hung", "broken", "partial", "unseen"
"""Replies: what happened; None with an error; none at all; an exception; a part was filled; accepted, and not listed yet."""

CODE, NAMELESS, FOREIGN = "code", "nameless", "foreign"
"""More replies: a result code; "done" without a ticket; "done" of somebody else's request."""


class Fate(Struct, frozen=True):
    """What becomes of one `order_send`.

    after: seconds until the broker has it, NEVER for never. reply: one of the words above, or "code" with `code`. code: a
    result code; of a LOST reply, the error. within: seconds until the reply is there, in addition to the broker's own time.
    """

    after: float = 0.0
    reply: str = HONEST
    code: int = mt.RES_E_INTERNAL_FAIL_TIMEOUT
    within: float = 0.0
    breaks: type[Exception] = ConnectionResetError


GOES_THROUGH = Fate()


class Window(Struct, frozen=True):
    """A time in which the terminal shows something else. start, end: ms UTC.

    kind: "down" (says that it is not connected, shows what it knew), "frozen" (the same and does not say so), "lagging" (only
    prices are new), "blind" (None), "stranger" (logged in to another account).
    """

    start: int
    end: int
    kind: str


class _Views(Struct, frozen=True):
    positions: tuple[TradePosition, ...]
    orders: tuple[TradeOrder, ...]
    past: tuple[TradeOrder, ...]
    deals: tuple[TradeDeal, ...]
    ticks: tuple[tuple[str, Tick | None], ...]
    account: AccountInfo | None


ALL = 1 << 40
"""Later than any server time, in seconds."""

UNSEEN_S = 20.0


class Broker:
    """The books and what is on its way to them. fates: of the requests, in their order; then everything goes through."""

    def __init__(self, paper: PaperTerminal, fates: Sequence[Fate], windows: Sequence[Window], clock: Any) -> None:
        self.paper = paper
        self.requests = 0
        self.under_way = 0
        self.windows = tuple(windows)
        self.fates = list(fates)
        self.clock = clock
        self.watch: Callable[[Mapping[str, object]], None] = lambda _: None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._views: dict[Window, _Views] = {}
        self._unseen: tuple[int, _Views] | None = None

    @property
    def books(self) -> Books:
        """The truth."""
        book = self.paper._book
        return Books(
            account=book.account,
            holdings=tuple(book.holdings.values()),
            orders=tuple(book.orders.values()),
            past_orders=book.past_orders(0, ALL),
            deals=book.deals(0, ALL),
            truth=tuple(book.truth),
        )

    async def views(self) -> _Views:
        """What the broker shows at this moment."""
        paper = self.paper
        return _Views(
            await paper.positions_get() or (),
            await paper.orders_get() or (),
            await paper.history_orders_get(0, ALL) or (),
            await paper.history_deals_get(0, ALL) or (),
            tuple([(info.name, await paper.symbol_info_tick(info.name)) for info in await paper.symbols_get() or ()]),
            await paper.account_info(),
        )

    def window(self) -> Window | None:
        """What is the matter now."""
        now = self.clock.now()
        for window in self.windows:
            if window.start <= now < window.end:
                return window
        return None

    @property
    def is_calm(self) -> bool:
        """Nothing is under way, and what is shown is the truth."""
        hides = self._unseen is not None and self.clock.now() < self._unseen[0]
        return not self.under_way and not hides and self.window() is None

    async def seen(self, window: Window | None) -> _Views | None:
        """What is listed instead of the truth; None for the truth."""
        if window is not None:
            if window not in self._views:
                self._views[window] = await self.views()
            return self._views[window]
        if self._unseen is not None and self.clock.now() < self._unseen[0]:
            return self._unseen[1]
        return None

    def send(self, request: Mapping[str, object], intent: Intent | None) -> asyncio.Future[OrderSendResult | None]:
        """Take a request from the line. The future has the reply; whether anybody waits for it makes no difference."""
        self.watch(request)
        fate = self.fates[self.requests] if self.requests < len(self.fates) else GOES_THROUGH
        self.requests += 1
        self.under_way += 1
        reply: asyncio.Future[OrderSendResult | None] = asyncio.get_running_loop().create_future()
        task = asyncio.get_running_loop().create_task(self._handled(dict(request), intent, fate, reply))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return reply

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self.under_way -= 1

    async def _handled(
        self, request: dict[str, object], intent: Intent | None, fate: Fate, reply: asyncio.Future[Any]
    ) -> None:
        waits_for_reply = fate.reply in (HONEST, PARTIAL, UNSEEN)
        if not waits_for_reply and fate.after != 0.0:
            await self._answer(fate, request, None, reply)
        result = None
        if fate.after != NEVER:
            if fate.after:
                await asyncio.sleep(fate.after)
            if fate.reply == UNSEEN:
                self._unseen = (self.clock.now() + round(UNSEEN_S * 1000), await self.views())
            result = await self.paper.order_send(_part(request) if fate.reply == PARTIAL else request, intent)
        if waits_for_reply or fate.after == 0.0:
            await self._answer(fate, request, result, reply)

    async def _answer(
        self, fate: Fate, request: Mapping[str, object], result: OrderSendResult | None, reply: asyncio.Future[Any]
    ) -> None:
        if fate.within:
            await asyncio.sleep(fate.within)
        if reply.done() or fate.reply == HUNG:
            return
        if fate.reply == BROKEN:
            reply.set_exception(fate.breaks("the connection to the terminal broke"))
        elif fate.reply in (CODE, NAMELESS, FOREIGN):
            reply.set_result(await self._coded(request, fate, result))
        elif fate.reply == LOST or result is None:
            reply.set_result(None)
        elif fate.reply == PARTIAL and result.retcode == mt.TRADE_RETCODE_DONE:
            echo = replace(result.request, volume=request["volume"])
            reply.set_result(replace(result, retcode=mt.TRADE_RETCODE_DONE_PARTIAL, request=echo))
        elif fate.reply == UNSEEN and result.retcode == mt.TRADE_RETCODE_DONE:
            reply.set_result(replace(result, retcode=mt.TRADE_RETCODE_PLACED, deal=0, volume=0.0, price=0.0))
        else:
            reply.set_result(result)

    async def _coded(self, request: Mapping[str, object], fate: Fate, done: OrderSendResult | None) -> Any:
        check = await self.paper.order_check(request)
        if check is None:
            return None
        refused = answers.refused_by_server(fate.code, check.request, None, request_id=1)
        match fate.reply:
            case "nameless":
                return replace(done or refused, retcode=mt.TRADE_RETCODE_DONE, order=0, deal=0)
            case "foreign":
                echo = replace(check.request, magic=check.request.magic + 1)
                return replace(done or refused, retcode=mt.TRADE_RETCODE_DONE, order=77, deal=78, request=echo)
            case _:
                return replace(done, retcode=fate.code) if done is not None and fate.code in _DONE else refused


_DONE = (mt.TRADE_RETCODE_DONE, mt.TRADE_RETCODE_DONE_PARTIAL, mt.TRADE_RETCODE_PLACED)


def _part(request: dict[str, object]) -> dict[str, object]:
    volume = request.get("volume")
    if not isinstance(volume, float) or volume < 0.02:
        return request
    return {**request, "volume": max(round(volume / 2, 2), 0.01)}


ASKED, SENT, HEARD = "asked", "sent", "heard"
"""Points of a request: written down and not sent; on its way, no reply; the reply is here and not written down."""


class Wire:
    """`Terminal` as one process sees it: every question is a point at which the process may be killed."""

    def __init__(self, broker: Broker, process: Process) -> None:
        self._broker = broker
        self._paper = broker.paper
        self._process = process
        self._error: tuple[int, str] | None = None

    async def order_send(self, request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        """Send a request; the broker has it whatever becomes of who sent it."""
        self._process.point(ASKED)
        fate_number = self._broker.requests
        reply = self._broker.send(request, intent)
        self._process.point(SENT)
        try:
            result = await reply
        finally:  # an error, or that nobody waits any longer, is an answer too
            self._process.point(HEARD)
        fates = self._broker.fates
        code = fates[fate_number].code if fate_number < len(fates) else mt.RES_E_FAIL
        self._error = (code, "as scripted") if result is None else None
        return result

    async def last_error(self) -> tuple[int, str]:
        """The error of the line, or the terminal's."""
        self._process.breathe()
        return self._error or await self._paper.last_error()

    def _looks(self) -> Window | None:
        self._process.point()
        window = self._broker.window()
        self._error = (mt.RES_E_INTERNAL_FAIL_TIMEOUT, "blind") if window and window.kind == "blind" else None
        return window

    async def _listed(self) -> tuple[bool, _Views | None]:
        window = self._looks()
        if window is not None and window.kind == "blind":
            return False, None
        return True, await self._broker.seen(window if window is not None and window.kind != "stranger" else None)

    async def positions_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradePosition, ...] | None:
        """The open positions."""
        sees, instead = await self._listed()
        if not sees:
            return None
        if instead is None:
            return await self._paper.positions_get(symbol=symbol, ticket=ticket)
        return tuple(p for p in instead.positions if symbol in (None, p.symbol) and ticket in (None, p.ticket))

    async def orders_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradeOrder, ...] | None:
        """The orders that wait."""
        sees, instead = await self._listed()
        if not sees:
            return None
        if instead is None:
            return await self._paper.orders_get(symbol=symbol, ticket=ticket)
        return tuple(o for o in instead.orders if symbol in (None, o.symbol) and ticket in (None, o.ticket))

    async def history_orders_get(self, date_from: int, date_to: int) -> tuple[TradeOrder, ...] | None:
        """Orders that ended."""
        sees, instead = await self._listed()
        if not sees:
            return None
        if instead is None:
            return await self._paper.history_orders_get(date_from, date_to)
        return tuple(o for o in instead.past if date_from <= o.time_done <= date_to)

    async def history_deals_get(self, date_from: int, date_to: int) -> tuple[TradeDeal, ...] | None:
        """Deals."""
        sees, instead = await self._listed()
        if not sees:
            return None
        if instead is None:
            return await self._paper.history_deals_get(date_from, date_to)
        return tuple(d for d in instead.deals if date_from <= d.time <= date_to)

    async def history_deals_of(self, position: int) -> tuple[TradeDeal, ...] | None:
        """All deals of a position."""
        sees, instead = await self._listed()
        if not sees:
            return None
        if instead is None:
            return await self._paper.history_deals_of(position)
        return tuple(d for d in instead.deals if d.position_id == position)

    async def terminal_info(self) -> TerminalInfo | None:
        """The terminal's state; not connected while the line is down."""
        window = self._looks()
        info = await self._paper.terminal_info()
        return replace(info, connected=False) if info and window and window.kind == "down" else info

    async def account_info(self) -> AccountInfo | None:
        """The account, or a stranger's."""
        window = self._looks()
        if window is not None and window.kind in ("down", "frozen"):
            instead = await self._broker.seen(window)
            return instead.account if instead is not None else None
        info = await self._paper.account_info()
        return replace(info, login=info.login + 1) if info and window and window.kind == "stranger" else info

    async def symbols_get(self) -> tuple[SymbolInfo, ...] | None:
        """Every instrument."""
        self._process.point()
        return await self._paper.symbols_get()

    async def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """One instrument."""
        self._process.point()
        return await self._paper.symbol_info(symbol)

    async def symbol_info_tick(self, symbol: str) -> Tick | None:
        """The latest quote; an old one while nothing new comes in."""
        window = self._looks()
        if window is not None and window.kind in ("down", "frozen"):
            instead = await self._broker.seen(window)
            return dict(instead.ticks).get(symbol) if instead is not None else None
        return await self._paper.symbol_info_tick(symbol)

    async def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Put a symbol into the market watch."""
        self._process.breathe()
        return await self._paper.symbol_select(symbol, enable)

    async def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> float | None:
        """What a trade would earn."""
        self._process.breathe()
        return await self._paper.order_calc_profit(action, symbol, volume, price_open, price_close)

    async def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        """What a trade would bind as margin."""
        self._process.breathe()
        return await self._paper.order_calc_margin(action, symbol, volume, price)

    async def order_check(self, request: Mapping[str, object]) -> OrderCheckResult | None:
        """Whether a request would pass."""
        self._process.breathe()
        return await self._paper.order_check(request)

    async def changed(self, timeout: float) -> bool:  # noqa: ASYNC109 - see the protocol
        """Wait until the books have changed."""
        self._process.breathe()
        return await self._paper.changed(timeout)
