"""What the tests of the paper terminal share: a terminal on a frozen clock, quotes by hand, short requests."""

from __future__ import annotations

from typing import Any

from signalos_tui.clock import FrozenClock
from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper import PaperSettings, PaperTerminal
from signalos_tui.execute.paper.book import Keeper
from signalos_tui.execute.structs import OrderSendResult, TradeDeal, TradePosition

MONDAY = 1_767_603_600_000
"""Monday, 5 January 2026, 09:00 UTC: 11:00 on the broker's winter clock."""

SATURDAY = MONDAY + 5 * 86_400_000

ALL_TIME = (0, 1 << 40)

QUICK = PaperSettings(latency_ms=(0, 0), slippage_points=0)


class Bench:
    """A paper terminal whose time and quotes a test moves by hand."""

    def __init__(
        self, settings: PaperSettings = QUICK, store: Keeper | None = None, at: int = MONDAY, seed: int = 0
    ) -> None:
        self.clock = FrozenClock(at)
        self.terminal = PaperTerminal(None, self.clock, settings, store, seed)

    def quote(self, symbol: str, bid: float, ask: float) -> None:
        """Let a quote arrive now."""
        self.terminal.apply(FeedTick(self.clock.now(), symbol, bid, ask))

    async def send(self, **request: Any) -> OrderSendResult:
        """Send a request that has to be answered."""
        result = await self.terminal.order_send(request)
        assert result is not None, await self.terminal.last_error()
        return result

    async def deal(self, symbol: str, side: int, volume: float, **more: Any) -> OrderSendResult:
        """Ask for a market order."""
        filling = more.pop("type_filling", mt.ORDER_FILLING_FOK)
        return await self.send(
            action=mt.TRADE_ACTION_DEAL, symbol=symbol, type=side, volume=volume, type_filling=filling, **more
        )

    async def buy(self, symbol: str, volume: float, **more: Any) -> int:
        """Buy at the market; the position's ticket."""
        return self.done(await self.deal(symbol, mt.ORDER_TYPE_BUY, volume, **more))

    async def sell(self, symbol: str, volume: float, **more: Any) -> int:
        """Sell at the market; the position's ticket."""
        return self.done(await self.deal(symbol, mt.ORDER_TYPE_SELL, volume, **more))

    async def close(self, ticket: int, volume: float | None = None) -> OrderSendResult:
        """Close a position or a part of it."""
        position = await self.position(ticket)
        lots = position.volume if volume is None else volume
        return await self.deal(position.symbol, 1 - position.type, lots, position=ticket)

    async def wait(self, symbol: str, kind: int, price: float, volume: float = 0.1, **more: Any) -> OrderSendResult:
        """Ask for a waiting order."""
        return await self.send(
            action=mt.TRADE_ACTION_PENDING,
            symbol=symbol,
            type=kind,
            volume=volume,
            price=price,
            type_filling=mt.ORDER_FILLING_RETURN,
            **more,
        )

    async def protect(self, ticket: int, sl: float = 0.0, tp: float = 0.0) -> OrderSendResult:
        """Change the levels of a position."""
        return await self.send(action=mt.TRADE_ACTION_SLTP, position=ticket, sl=sl, tp=tp)

    def done(self, result: OrderSendResult) -> int:
        """The ticket of a request that has to have been executed."""
        assert result.retcode == mt.TRADE_RETCODE_DONE, result
        return result.order

    async def position(self, ticket: int) -> TradePosition:
        """A position that has to be open."""
        positions = await self.terminal.positions_get(ticket=ticket)
        assert positions
        return positions[0]

    async def positions(self) -> tuple[TradePosition, ...]:
        """All open positions."""
        positions = await self.terminal.positions_get()
        assert positions is not None
        return positions

    async def deals(self) -> tuple[TradeDeal, ...]:
        """All deals, the deposit included."""
        deals = await self.terminal.history_deals_get(*ALL_TIME)
        assert deals is not None
        return deals

    async def last_deal(self) -> TradeDeal:
        """The latest deal."""
        return (await self.deals())[-1]

    async def balance(self) -> float:
        """Money."""
        account = await self.terminal.account_info()
        assert account is not None
        return account.balance
