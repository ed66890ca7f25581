"""The dealing desk: what the account's positions are worth and bind, and the orders that are made of requests.

Every method leaves the books whole but not yet durable; whoever ends a step calls `settle`, which commits it, counts margin and
sets the fences of the market anew. Prices carry a seeded slippage, always against the trader, as market execution does. What a
deal does to positions is in `fills.py`.
"""

from __future__ import annotations

from collections import deque
from random import Random

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import money
from signalos_tui.execute.paper.book import Book, Holding, TruthRow
from signalos_tui.execute.paper.fences import fence_order, fence_position
from signalos_tui.execute.paper.manners import PLAIN, Manner
from signalos_tui.execute.paper.markets import Exposure, Market, Markets
from signalos_tui.execute.paper.server_time import server_ms
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.structs import RequestEcho, TradeDeal, TradeOrder

LOTS_DIGITS = 8


class Dealer:
    """The desk of one account. `now` is the broker's time, ms UTC; it never goes back.

    manners, triggered: how the next market orders and the next pending ones are treated, see `manners.py`. reason: what deals
    say they come from. promised: orders that were answered before they are dealt, and when that will be (ms UTC), with the
    manner of it.
    """

    def __init__(self, settings: PaperSettings, markets: Markets, book: Book, random: Random) -> None:
        self.settings = settings
        self.markets = markets
        self.book = book
        self.now = 0
        self.margin = 0.0
        self.floating = 0.0
        self.manners: deque[Manner] = deque()
        self.triggered: deque[Manner] = deque()
        self.reason = settings.reason
        self.promised: dict[int, tuple[int, Manner]] = {}
        self.currency_digits = 0 if settings.currency == "JPY" else 2
        self._random = random
        self._margins: dict[str, float] = {}

    @property
    def server_now(self) -> int:
        """The broker's time on its own clock, ms."""
        return server_ms(self.now)

    def cents(self, amount: float) -> float:
        """Money with the decimals of the account currency."""
        return round(amount, self.currency_digits)

    # Chance

    def manner(self) -> Manner:
        """How the next market order is treated."""
        if self.manners:
            return self.manners.popleft()
        settings, random = self.settings, self._random
        if settings.requotes and random.random() < settings.requotes:
            return Manner(requotes=True)
        if settings.partials and random.random() < settings.partials:
            return Manner(fraction=random.random())
        return PLAIN

    def slipped(self, market: Market, price: float, side: int, points: int | None = None) -> float:
        """A price after slippage. side: of the trade that is made, 0 buy, 1 sell. points: None for a seeded one."""
        if points is None:
            points = self._random.randint(0, self.settings.slippage_points)
        return market.rounded(price + points * market.spec.point * (1 if side == mt.ORDER_TYPE_BUY else -1))

    # Valuing

    def result_of(self, holding: Holding, price: float, volume: float) -> float:
        """What a part of a position brings at a price, without swap. volume: lots."""
        position = holding.position
        market = self.market_of(holding)
        return self.cents(self.markets.profit(market, position.type, volume, position.price_open, price))

    def profit_of(self, holding: Holding) -> float:
        """What a position would bring if it were closed now, without swap."""
        position, market = holding.position, self.market_of(holding)
        price = market.closing(position.type) if market.has_quote else position.price_open
        return self.cents(self.markets.profit(market, position.type, position.volume, position.price_open, price))

    def floating_now(self) -> float:
        """Profit and swap of all open positions."""
        holdings = self.book.holdings.values()
        return self.cents(sum((self.profit_of(each) + each.position.swap for each in holdings), 0.0))

    def equity(self) -> float:
        """Balance, credit and floating result."""
        return self.cents(self.book.balance + self.book.account.credit + self.floating_now())

    def is_stopped_out(self, equity: float) -> bool:
        """Whether the account has too little money for what it holds.

        Assumed: in money it is the free margin that is compared, as in MetaTrader 4.
        """
        settings = self.settings
        if settings.stop_out_mode == mt.ACCOUNT_STOPOUT_MODE_MONEY:
            return equity - self.margin < settings.stop_out
        return equity < self.margin * settings.stop_out / 100

    # Positions

    def market_of(self, holding: Holding) -> Market:
        """The market of a position."""
        market = self.markets.of(holding.position.symbol)
        assert market is not None, "a position has a market: it was opened on it, or met when the books were loaded"
        return market

    def netted(self, market: Market) -> Holding | None:
        """The one position of a symbol on a netting account; None on a hedging account."""
        return next(self.book.of_symbol(market.name), None) if self.settings.is_netting else None

    def target(self, market: Market, order: TradeOrder) -> Holding | None:
        """The position an order without one deals with: its own, filled in part before, or the symbol's on a netting account."""
        return self.netted(market) if self.settings.is_netting else self.book.holdings.get(order.ticket)

    def opens(self, market: Market, side: int, volume: float) -> float:
        """How much of a deal would be new: all of it, but what reduces the position of a netting account."""
        held = self.netted(market)
        if held is None or held.position.type == side:
            return volume
        return max(0.0, round(volume - held.position.volume, LOTS_DIGITS))

    # Margin

    def margin_with(self, market: Market, side: int, volume: float, price: float) -> float:
        """The account's margin if this trade were made."""
        rest = self.margin - self._margins.get(market.name, 0.0)
        held = self.netted(market)
        if held is not None and held.position.type != side:
            kept = max(0.0, held.position.volume - volume) / held.position.volume
            new = self.markets.margin(market, side, self.opens(market, side, volume), price)
            return self.cents(rest + held.margin * kept + new)
        return self.cents(
            rest + self._margin_on(market, side, volume, self.markets.margin(market, side, volume, price))
        )

    def affords(self, market: Market, side: int, volume: float, price: float) -> bool:
        """Whether there is money for this trade; what only reduces a position always is."""
        if not self.opens(market, side, volume):
            return True
        return self.margin_with(market, side, volume, price) <= self.equity()

    def _margin_on(self, market: Market, side: int = 0, volume: float = 0.0, margin: float = 0.0) -> float:
        lots, margins = [0.0, 0.0], [0.0, 0.0]
        lots[side], margins[side] = volume, margin
        for holding in self.book.of_symbol(market.name):
            lots[holding.position.type] += holding.position.volume
            margins[holding.position.type] += holding.margin
        return money.hedged(market.spec, money.LegMargin(lots[0], margins[0]), money.LegMargin(lots[1], margins[1]))

    # Orders and deals

    def accept(self, ticket: int, echo: RequestEcho, price: float, *, opens: bool) -> None:
        """Write a request into the truth."""
        self.book.accept(
            TruthRow(
                at=self.now,
                ticket=ticket,
                magic=echo.magic,
                action=echo.action,
                symbol=echo.symbol,
                type=echo.type,
                volume=echo.volume,
                price=price,
                opens=opens,
                comment=echo.comment,
            )
        )

    def order_for(self, echo: RequestEcho, price: float) -> TradeOrder:
        """A new order as requested, in the state it has before anything happened to it."""
        now = self.server_now
        return TradeOrder(
            ticket=self.book.new_ticket(),
            time_setup=now // 1000,
            time_setup_msc=now,
            type=echo.type,
            type_time=echo.type_time,
            type_filling=echo.type_filling,
            state=mt.ORDER_STATE_PLACED,
            magic=echo.magic,
            reason=self.reason,
            volume_initial=echo.volume,
            volume_current=echo.volume,
            price_open=price,
            sl=echo.sl,
            tp=echo.tp,
            symbol=echo.symbol,
            comment=echo.comment,
        )

    def end_order(self, order: TradeOrder, state: int, position: int = 0) -> TradeOrder:
        """Move an order into the history. position: the identifier of the position it was for."""
        market = self.markets.of(order.symbol)
        is_by = order.type == mt.ORDER_TYPE_CLOSE_BY
        ended = replace(
            order,
            price_current=order.price_open if is_by or market is None else market.opening(order.type % 2),
            state=state,
            time_done=self.server_now // 1000,
            time_done_msc=self.server_now,
            position_id=position or order.position_id,
            volume_current=0.0 if state == mt.ORDER_STATE_FILLED else order.volume_current,
        )
        self.promised.pop(order.ticket, None)
        self.book.end(ended)
        return ended

    def add_deal(self, deal: TradeDeal) -> TradeDeal:
        """Book a deal; it comes back with its ticket."""
        return self.book.add_deal(deal, self.currency_digits)

    # Ending a step

    def settle(self, market: Market) -> None:
        """Make the step durable, and know margin, exposure and fences of its market anew."""
        self.reckon(market)
        self.book.commit()

    def reckon(self, market: Market) -> None:
        """Count margin and exposure of a market, and set its fences."""
        market.unfence()
        lots, costs, swap, margins = [0.0, 0.0], [0.0, 0.0], 0.0, self._margin_on(market)
        for holding in self.book.of_symbol(market.name):
            position = holding.position
            lots[position.type] += position.volume
            costs[position.type] += position.volume * position.price_open
            swap += position.swap
            fence_position(market, position)
        for order in self.book.orders.values():
            if order.symbol == market.name:
                fence_order(market, order)
        market.exposure = Exposure(lots[0], costs[0], lots[1], costs[1], swap) if lots[0] or lots[1] else None
        self._margins[market.name] = margins
        self.margin = self.cents(sum(self._margins.values(), 0.0))
        self.value(market)

    def value(self, market: Market) -> None:
        """Update the floating result with the market's quote, in one step for all its positions.

        Money is converted once for the sum and at the time of the quote, so it may be a hair off `floating_now`; it only
        decides when to look closely.
        """
        held = market.exposure
        if held is None or not market.has_quote:
            floating = 0.0
        else:
            raw = held.long * market.bid - held.long_cost + held.short_cost - held.short * market.ask
            raw *= market.unit
            floating = held.swap + raw * self.markets.worth(market.spec.currency_profit, is_gain=raw > 0)
        self.floating += floating - market.floating
        market.floating = floating
