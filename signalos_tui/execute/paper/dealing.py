"""The dealing desk: executes what was found valid, and books it.

Every method leaves the books whole but not yet durable; the caller ends with `settle`, which commits them, counts margin and
sets the fences of the market anew. Prices carry a seeded slippage, always against the trader, as market execution does.
"""

from __future__ import annotations

from random import Random

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import money
from signalos_tui.execute.paper.book import Book, Holding, TruthRow
from signalos_tui.execute.paper.fences import fence_order, fence_position
from signalos_tui.execute.paper.markets import Exposure, Market, Markets
from signalos_tui.execute.paper.server_time import server_ms
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.structs import RequestEcho, TradeDeal, TradeOrder, TradePosition

LOTS_DIGITS = 8


class Dealer:
    """Executes trades on one book. `now` is the broker's time, ms UTC; it never goes back."""

    def __init__(self, settings: PaperSettings, markets: Markets, book: Book, random: Random) -> None:
        self.settings = settings
        self.markets = markets
        self.book = book
        self.now = 0
        self.margin = 0.0
        self.floating = 0.0
        self._random = random
        self._margins: dict[str, float] = {}

    @property
    def currency_digits(self) -> int:
        """Decimals of the account currency."""
        return 0 if self.settings.currency == "JPY" else 2

    @property
    def server_now(self) -> int:
        """The broker's time on its own clock, ms."""
        return server_ms(self.now)

    def cents(self, amount: float) -> float:
        """Money with the decimals of the account currency."""
        return round(amount, self.currency_digits)

    def slipped(self, market: Market, price: float, side: int) -> float:
        """A price after slippage. side: of the trade that is made, 0 buy, 1 sell."""
        points = self._random.randint(0, self.settings.slippage_points)
        return market.rounded(price + points * market.spec.point * (1 if side == mt.ORDER_TYPE_BUY else -1))

    # Valuing

    def profit_of(self, holding: Holding) -> float:
        """What a position would bring if it were closed now, without swap."""
        position = holding.position
        market = self.market_of(holding)
        price = market.closing(position.type) if market.has_quote else position.price_open
        return self.cents(self.markets.profit(market, position.type, position.volume, position.price_open, price))

    def floating_now(self) -> float:
        """Profit and swap of all open positions."""
        holdings = self.book.holdings.values()
        return self.cents(sum((self.profit_of(each) + each.position.swap for each in holdings), 0.0))

    def equity(self) -> float:
        """Balance and floating result."""
        return self.cents(self.book.balance + self.floating_now())

    def market_of(self, holding: Holding) -> Market:
        """The market of a position."""
        market = self.markets.of(holding.position.symbol)
        assert market is not None, "a position has a market: it was opened on it, or met when the books were loaded"
        return market

    def margin_with(self, market: Market, side: int, volume: float, price: float) -> float:
        """The account's margin if this trade were added."""
        extra = self.markets.margin(market, side, volume, price, self.settings.leverage)
        rest = self.margin - self._margins.get(market.name, 0.0)
        return self.cents(rest + self._margin_on(market, side, volume, extra))

    def _margin_on(self, market: Market, side: int = 0, volume: float = 0.0, margin: float = 0.0) -> float:
        lots, margins = [0.0, 0.0], [0.0, 0.0]
        lots[side], margins[side] = volume, margin
        for holding in self.book.of_symbol(market.name):
            lots[holding.position.type] += holding.position.volume
            margins[holding.position.type] += holding.margin
        return money.hedged(market.spec, money.LegMargin(lots[0], margins[0]), money.LegMargin(lots[1], margins[1]))

    # Trading

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
        return TradeOrder(
            ticket=self.book.new_ticket(),
            time_setup=self.server_now // 1000,
            time_setup_msc=self.server_now,
            type=echo.type,
            type_time=echo.type_time,
            type_filling=echo.type_filling,
            state=mt.ORDER_STATE_PLACED,
            magic=echo.magic,
            reason=mt.ORDER_REASON_EXPERT,
            volume_initial=echo.volume,
            volume_current=echo.volume,
            price_open=price,
            sl=echo.sl,
            tp=echo.tp,
            symbol=echo.symbol,
            comment=echo.comment,
        )

    def end_order(self, order: TradeOrder, state: int, position: int = 0) -> TradeOrder:
        """Move an order into the history."""
        ended = replace(
            order,
            state=state,
            time_done=self.server_now // 1000,
            time_done_msc=self.server_now,
            position_id=position,
            volume_current=0.0 if state == mt.ORDER_STATE_FILLED else order.volume_current,
        )
        self.book.end(ended)
        return ended

    def open(self, market: Market, order: TradeOrder, price: float) -> TradeDeal:
        """Fill an order that opens a position; the position takes the order's ticket, levels, magic and comment."""
        side, volume, now = order.type % 2, order.volume_current, self.server_now
        self.end_order(order, mt.ORDER_STATE_FILLED, order.ticket)
        deal = self.book.add_deal(
            TradeDeal(
                order=order.ticket,
                time=now // 1000,
                time_msc=now,
                type=side,
                entry=mt.DEAL_ENTRY_IN,
                magic=order.magic,
                position_id=order.ticket,
                reason=mt.DEAL_REASON_EXPERT,
                volume=volume,
                price=price,
                commission=self._commission(volume),
                symbol=order.symbol,
                comment=order.comment,
            ),
            self.currency_digits,
        )
        position = TradePosition(
            ticket=order.ticket,
            time=now // 1000,
            time_msc=now,
            time_update=now // 1000,
            time_update_msc=now,
            type=side,
            magic=order.magic,
            identifier=order.ticket,
            reason=mt.POSITION_REASON_EXPERT,
            volume=volume,
            price_open=price,
            sl=order.sl,
            tp=order.tp,
            price_current=price,
            symbol=order.symbol,
            comment=order.comment,
        )
        self.book.hold(Holding(position, self.markets.margin(market, side, volume, price, self.settings.leverage)))
        return deal

    def close(self, holding: Holding, order: TradeOrder, price: float, entry: int = mt.DEAL_ENTRY_OUT) -> TradeDeal:
        """Close a position or a part of it by an order; result and swap of that part go to the balance.

        The order itself is ended by the caller: one order may close two positions by one another.
        """
        position, volume, now = holding.position, order.volume_current, self.server_now
        market = self.market_of(holding)
        left = round(position.volume - volume, LOTS_DIGITS)
        swap = self.cents(position.swap * volume / position.volume) if left else position.swap
        deal = self.book.add_deal(
            TradeDeal(
                order=order.ticket,
                time=now // 1000,
                time_msc=now,
                type=1 - position.type,
                entry=entry,
                magic=order.magic,
                position_id=position.identifier,
                reason=order.reason,
                volume=volume,
                price=price,
                commission=self._commission(volume),
                swap=swap,
                profit=self.cents(self.markets.profit(market, position.type, volume, position.price_open, price)),
                symbol=position.symbol,
                comment=order.comment,
            ),
            self.currency_digits,
        )
        if left:
            rest = replace(
                position,
                volume=left,
                swap=self.cents(position.swap - swap),
                time_update=now // 1000,
                time_update_msc=now,
            )
            self.book.hold(Holding(rest, holding.margin * left / position.volume))
        else:
            self.book.let_go(position.ticket)
        return deal

    def force_close(self, holding: Holding, reason: int, level: float, price: float, comment: str) -> None:
        """Close a position on the broker's own account: its stop, its target, or a stop-out. Magic is inherited."""
        position = holding.position
        echo = RequestEcho(
            symbol=position.symbol,
            type=1 - position.type,
            volume=position.volume,
            magic=position.magic,
            comment=comment,
            type_filling=mt.ORDER_FILLING_IOC,
        )
        order = replace(self.order_for(echo, level), reason=reason)
        self.close(holding, order, price)
        self.end_order(order, mt.ORDER_STATE_FILLED, position.identifier)

    def _commission(self, volume: float) -> float:
        return self.cents(-self.settings.commission * volume) or 0.0

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
            raw *= market.spec.trade_contract_size
            floating = held.swap + raw * self.markets.worth(market.spec.currency_profit, is_gain=raw > 0)
        self.floating += floating - market.floating
        market.floating = floating
