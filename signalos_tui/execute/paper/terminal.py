"""The paper terminal: MetaTrader 5 on invented money, faithful down to the shapes of its refusals.

Prices come from a feed, time from the clock, everything random from one seed; so the same run gives the same trades, live, in
a replay and on a virtual clock. Requests travel for a while in both directions, like real ones: whoever gives up waiting on
the way there has sent nothing, whoever gives up on the way back has traded and does not know it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from math import inf
from random import Random

from signalos_tui.clock import Clock
from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import Feed, FeedTick
from signalos_tui.execute.paper import answers, checks, operations, views
from signalos_tui.execute.paper.book import Forgetful, Keeper, TruthRow
from signalos_tui.execute.paper.call_errors import FAILED, INVALID_PARAMS, NOT_FOUND, SUCCESS
from signalos_tui.execute.paper.execution import execute
from signalos_tui.execute.paper.instruments import CATALOGUE
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.opening import open_desk
from signalos_tui.execute.paper.requests import BadArgument, parse
from signalos_tui.execute.paper.server_time import server_ms
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.paper.tape import Tape
from signalos_tui.execute.paper.triggers import Triggers
from signalos_tui.execute.structs import (
    AccountInfo,
    OrderCheckResult,
    OrderSendResult,
    RequestEcho,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
)
from signalos_tui.execute.terminal import Intent

_SIDES = (mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL)
_KEEP_QUOTES_MS = 30_000
_BURST = 256
"""Ticks that are applied in one go when the pump is behind, before others get their turn."""


class PaperTerminal:
    """Implements `Terminal` on a simulated account, hedging or netting.

    feed: where quotes come from; None to `apply` them by hand, then the settings' instruments are listed, or the catalogue's.
    store: where the books are kept; None for memory only. seed: of latency and slippage. tape: where quotes are written down,
    None for nowhere.
    Raises ConfigInvalid when the kept books belong to another account.

    For drills: `algo_trading` is the terminal's button, `is_connected` its line to the trade server, `manners` and `triggered`
    how the next orders are treated (`manners.py`), `by_hand` trades as the owner would at the terminal itself.
    """

    def __init__(
        self,
        feed: Feed | None,
        clock: Clock,
        settings: PaperSettings,
        store: Keeper | None = None,
        seed: int = 0,
        *,
        tape: Tape | None = None,
    ) -> None:
        self.algo_trading = True
        self.is_connected = True
        self.settings = settings
        self._feed = feed
        self._tape = tape
        self._clock = clock
        self._random = Random(seed)  # noqa: S311 - a simulation, not a secret
        self._keeper: Keeper = store or Forgetful()
        self._error = SUCCESS
        self._requests = 0
        self._changed = asyncio.Event()
        symbols = feed.symbols if feed else () if settings.instruments else CATALOGUE
        self._dealer = open_desk(symbols, settings, self._keeper, clock.now(), self._random, self._changed.set)
        self._markets, self._book = self._dealer.markets, self._dealer.book
        self.manners, self.triggered = self._dealer.manners, self._dealer.triggered
        self._triggers = Triggers(self._dealer)
        self._book.commit()
        self._changed.clear()

    # Quotes

    async def run(self) -> None:
        """Apply the feed's ticks, each at its time, until it ends; then quotes go stale. One task, for as long as it trades."""
        assert self._feed is not None, "a terminal without a feed has no pump"
        clock, behind, kept = self._clock, 0, self._clock.now()
        for tick in self._feed.ticks(clock.now()):
            wait = tick.at - clock.now()
            behind = 0 if wait > 0 else behind + 1
            if wait > 0 or behind % _BURST == 0:
                await asyncio.sleep(max(wait, 0) / 1000)
                self._book.require_kept()
            self.apply(tick)
            if tick.at - kept >= _KEEP_QUOTES_MS:
                kept = tick.at
                self._keep_quotes()
        self._keep_quotes()

    def apply(self, tick: FeedTick) -> None:
        """Take a quote, and do all that follows from it. A quote that makes no sense is ignored."""
        at, symbol, bid, ask = tick
        if not 0.0 < bid <= ask < inf:
            return
        market = self._markets.quoted(symbol) or self._markets.meet(symbol)
        market.at, market.bid, market.ask = at, bid, ask
        if self._tape is not None:
            self._tape.add(market.name, server_ms(at), bid, ask)
        self._triggers.on_quote(market, at)

    def operate(self, amount: float, kind: int = mt.DEAL_TYPE_BALANCE, comment: str = "") -> TradeDeal:
        """Pay money in, or out when negative: a deal of a kind that is no trade (DEAL_TYPE_BALANCE, _CREDIT, _CHARGE, ...)."""
        self._advance()
        return operations.operate(self._dealer, amount, kind, comment)

    def _keep_quotes(self) -> None:
        self._book.keep_quotes([(each.plain, each.at, each.bid, each.ask) for each in self._markets if each.has_quote])

    def close(self) -> None:
        """Keep the last quotes and let go of the books."""
        try:
            self._keep_quotes()
        finally:
            self._keeper.close()

    @property
    def truth(self) -> tuple[TruthRow, ...]:
        """Every order that was ever accepted, in the order of acceptance."""
        return tuple(self._book.truth)

    # The terminal, the account and its instruments

    async def terminal_info(self) -> TerminalInfo | None:
        """A terminal that is connected."""
        self._error = SUCCESS
        return views.terminal_info(self.settings, allowed=self.algo_trading, connected=self.is_connected)

    async def account_info(self) -> AccountInfo | None:
        """The account with its money as of now."""
        self._look()
        return views.account_info(self._dealer)

    async def last_error(self) -> tuple[int, str]:
        """Code and text of the last call's result."""
        return self._error

    async def symbols_get(self) -> tuple[SymbolInfo, ...] | None:
        """Every instrument that is quoted."""
        self._error = SUCCESS
        return tuple(map(self._markets.info, self._markets))

    async def symbol_info(self, symbol: str) -> SymbolInfo | None:
        """One instrument by the broker's exact name."""
        market = self._market(symbol)
        return self._markets.info(market) if market else None

    async def symbol_info_tick(self, symbol: str) -> Tick | None:
        """The latest quote; None before the first, and (with -4: assumed) for what is not in the market watch."""
        market = self._market(symbol)
        if market is None or not market.has_quote:
            return None
        self._error = SUCCESS if market.is_selected else NOT_FOUND
        return market.tick() if market.is_selected else None

    async def symbol_select(self, symbol: str, enable: bool = True) -> bool:
        """Put an instrument into the market watch (all of them start there) or take it out.

        False for what does not exist, and for taking out what is traded.
        """
        market = self._market(symbol)
        if market is None:
            return False
        if not enable and (any(self._book.of_symbol(symbol)) or any(self._book.exposure(symbol))):
            self._error = FAILED
            return False
        market.is_selected = enable
        return True

    def _market(self, symbol: str) -> Market | None:
        market = self._markets.of(symbol)
        self._error = SUCCESS if market else NOT_FOUND
        return market

    # Trading

    async def order_calc_profit(
        self, action: int, symbol: str, volume: float, price_open: float, price_close: float
    ) -> float | None:
        """What a trade would earn, in account currency."""
        market = self._calculable(action, symbol, price_close)
        if market is None:
            return None
        return self._dealer.cents(self._markets.profit(market, action, volume, price_open, price_close))

    async def order_calc_margin(self, action: int, symbol: str, volume: float, price: float) -> float | None:
        """What a trade would bind as margin if it stood alone."""
        market = self._calculable(action, symbol, price)
        if market is None:
            return None
        return self._dealer.cents(self._markets.margin(market, action, volume, price))

    def _calculable(self, action: int, symbol: str, price: float) -> Market | None:
        market = self._markets.of(symbol)
        if action not in _SIDES or not price > 0 or market is None or market.is_disabled:
            self._error = INVALID_PARAMS
            return None
        self._error = SUCCESS if self._markets.is_priced(market) else FAILED
        return market if self._error is SUCCESS else None

    async def order_check(self, request: Mapping[str, object]) -> OrderCheckResult | None:
        """Whether a request would pass, market hours apart."""
        echo = self._read(request)
        if echo is None:
            return None
        self._advance()
        code = self._form(echo) or checks.substance(self._dealer, echo, with_hours=False)
        if code:
            return OrderCheckResult(retcode=code, comment=answers.comment_of(code), request=echo)
        account, market = views.account_info(self._dealer), self._markets.of(echo.symbol)
        margin = account.margin
        if market is not None and echo.action == mt.TRADE_ACTION_DEAL and not echo.position:
            margin = self._dealer.margin_with(market, echo.type, echo.volume, market.opening(echo.type))
        return OrderCheckResult(
            balance=account.balance,
            equity=account.equity,
            profit=account.profit,
            margin=margin,
            margin_free=self._dealer.cents(account.equity - margin),
            margin_level=account.equity / margin * 100 if margin else 0.0,
            comment="Done",
            request=echo,
        )

    async def order_send(self, request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        """Send a trade request; what was accepted is durable before the answer arrives."""
        echo = self._read(request)
        if echo is None:
            return None
        self._advance()
        code = self._form(echo)
        if code:
            return answers.refused_by_terminal(code, echo)
        travel = self._random.randint(*self.settings.latency_ms) / 1000
        await asyncio.sleep(travel / 2)
        result = self._serve(echo)
        await asyncio.sleep(travel / 2)
        self._error = SUCCESS
        return result

    def by_hand(self, request: Mapping[str, object]) -> OrderSendResult:
        """Trade as somebody does who sits at the terminal: at once, and with the reason for that. Raises BadArgument."""
        dealer = self._dealer
        dealer.reason = mt.ORDER_REASON_CLIENT
        try:
            return self._serve(parse(request))
        finally:
            dealer.reason = self.settings.reason

    def _serve(self, echo: RequestEcho) -> OrderSendResult:
        # What happens at the trade server, at one moment.
        self._advance()
        self._requests += 1
        told = answers.Answers(self.settings, self._requests)
        code = checks.substance(self._dealer, echo)
        market = checks.market_for(self._dealer, echo)
        if code or market is None:
            return told.refused(code, echo, market)
        result = execute(self._dealer, market, echo, told)
        self._triggers.reschedule()
        return result

    def _read(self, request: Mapping[str, object]) -> RequestEcho | None:
        try:
            echo = parse(request)
        except BadArgument as error:
            self._error = (mt.RES_E_INVALID_PARAMS, str(error))
            return None
        self._error = SUCCESS
        return echo

    def _form(self, echo: RequestEcho) -> int:
        if not self.algo_trading:
            return mt.TRADE_RETCODE_CLIENT_DISABLES_AT
        return checks.form(self._dealer, echo) if self.is_connected else mt.TRADE_RETCODE_CONNECTION

    def _advance(self) -> None:
        # A broker that cannot keep its books shows none: nobody shall act on what a restart takes back.
        self._book.require_kept()
        self._triggers.on_time(self._clock.now())

    # The books

    def _look(self) -> None:
        self._advance()
        self._error = SUCCESS

    async def positions_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradePosition, ...] | None:
        """The open positions."""
        self._look()
        return views.positions(self._dealer, symbol, ticket)

    async def orders_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradeOrder, ...] | None:
        """The orders that wait."""
        self._look()
        return views.orders(self._dealer, symbol, ticket)

    async def history_orders_get(self, date_from: int, date_to: int) -> tuple[TradeOrder, ...] | None:
        """Orders that ended between two moments of server time."""
        self._look()
        return self._book.past_orders(date_from, date_to)

    async def history_deals_get(self, date_from: int, date_to: int) -> tuple[TradeDeal, ...] | None:
        """Deals between two moments of server time."""
        self._look()
        return self._book.deals(date_from, date_to)

    async def history_deals_of(self, position: int) -> tuple[TradeDeal, ...] | None:
        """All deals of one position."""
        self._look()
        return self._book.deals_of(position)

    async def changed(self, timeout: float) -> bool:  # noqa: ASYNC109 - waiting in vain is a result here, not an error
        """Wait until the books have changed since the last call. For one listener."""
        try:
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True
