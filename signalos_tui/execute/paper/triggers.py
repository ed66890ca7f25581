"""What the broker does by itself when a quote or a day passes: levels, waiting orders, expiry, swap, stop-out.

A position is left on the side it would be sold at: buys on the bid, sells on the ask. Waiting buys look at the ask, waiting
sells at the bid. A price that jumps over a level fills at the price behind the jump, never at the level.
"""

from __future__ import annotations

from math import inf

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import fills, money
from signalos_tui.execute.paper.book import Holding
from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.paper.manners import PLAIN
from signalos_tui.execute.paper.market_orders import deal_at, take_up
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.server_time import next_midnight, server_ms, utc_ms, weekday
from signalos_tui.execute.structs import TradeOrder, TradePosition

_NEAR = 0.02
"""Money is counted exactly once the quick estimate, less this share of itself, is below the stop-out."""


class Triggers:
    """Watches quotes and the clock on behalf of the broker."""

    def __init__(self, dealer: Dealer) -> None:
        self._dealer = dealer
        self._book = dealer.book
        # Midnights that were missed while the books lay still are booked as soon as time moves.
        self._midnight = next_midnight(self._book.account.rolled)
        self._due = 0
        self._resting: set[int] = set()
        self.reschedule()

    def reschedule(self) -> None:
        """Know anew when the clock itself will cause something."""
        ends = [utc_ms(order.time_expiration * 1000) for order in self._book.orders.values() if order.time_expiration]
        promises = [at for at, _ in self._dealer.promised.values()]
        self._due = min([self._midnight, *ends, *promises])

    def on_quote(self, market: Market, at: int) -> None:
        """All consequences of a market's new quote, and of the time it came at (ms UTC)."""
        dealer = self._dealer
        dealer.now = max(dealer.now, at)
        if at >= self._due:
            self.on_time(at)
        if self._resting:
            self._resting.clear()
        bid, ask = market.bid, market.ask
        if bid <= market.bid_below or bid >= market.bid_above or ask <= market.ask_below or ask >= market.ask_above:
            self._fire(market)
        if market.exposure is not None:
            dealer.value(market)
            equity = dealer.book.balance + dealer.book.account.credit + dealer.floating
            if dealer.is_stopped_out(equity - abs(equity) * _NEAR):
                self._stop_out()

    # Levels and waiting orders

    def _fire(self, market: Market) -> None:
        while self._fire_once(market):
            self._dealer.settle(market)
            self.reschedule()

    def _fire_once(self, market: Market) -> bool:
        # One pass; what it opens is looked at in the next one, on the same quote.
        fired = False
        for holding in tuple(self._book.of_symbol(market.name)):
            fired |= self._close_at_level(market, holding)
        for order in tuple(self._book.orders.values()):
            if order.symbol == market.name and self._is_triggered(order, market):
                self._activate(market, order)
                fired = True
        return fired

    def _close_at_level(self, market: Market, holding: Holding) -> bool:
        position, dealer = holding.position, self._dealer
        price = market.closing(position.type)
        digits = market.spec.digits
        if is_beyond(position, position.sl, price, is_stop=True):
            filled = dealer.slipped(market, price, 1 - position.type)
            fills.force_close(
                dealer, holding, mt.ORDER_REASON_SL, position.sl, filled, f"[sl {position.sl:.{digits}f}]"
            )
            return True
        if is_beyond(position, position.tp, price, is_stop=False):
            fills.force_close(dealer, holding, mt.ORDER_REASON_TP, position.tp, price, f"[tp {position.tp:.{digits}f}]")
            return True
        return False

    def _is_triggered(self, order: TradeOrder, market: Market) -> bool:
        promised = self._dealer.promised.get(order.ticket)
        if promised is not None:
            return promised[0] <= self._dealer.now
        return order.ticket not in self._resting and is_reached(order, market.opening(order.type % 2))

    def _activate(self, market: Market, order: TradeOrder) -> None:
        dealer, side = self._dealer, order.type % 2
        if order.type <= mt.ORDER_TYPE_SELL:
            take_up(dealer, market, order)
            return
        if order.type in (mt.ORDER_TYPE_BUY_STOP_LIMIT, mt.ORDER_TYPE_SELL_STOP_LIMIT):
            limit = mt.ORDER_TYPE_BUY_LIMIT + side
            self._book.place(replace(order, type=limit, price_open=order.price_stoplimit, price_stoplimit=0.0))
            return
        manner = dealer.triggered.popleft() if dealer.triggered else PLAIN
        price = market.opening(side)
        if order.type in (mt.ORDER_TYPE_BUY_STOP, mt.ORDER_TYPE_SELL_STOP):
            price = dealer.slipped(market, price, side, manner.slippage)
        if not dealer.affords(market, side, order.volume_current, price):
            dealer.end_order(order, mt.ORDER_STATE_REJECTED)
            return
        deal_at(dealer, market, order, manner, price)
        self._resting.add(order.ticket)  # the rest of an order waits for another quote

    # The clock

    def on_time(self, now: int) -> None:
        """Book what the clock alone causes up to a moment (ms UTC): midnights and expiries."""
        dealer = self._dealer
        dealer.now = max(dealer.now, now)
        if now < self._due:
            return
        touched = {order.symbol for order in tuple(self._book.orders.values()) if self._expire(order, now)}
        while now >= self._midnight:
            touched |= self._roll(self._midnight)
            self._midnight = next_midnight(self._midnight)
        touched |= self._keep_promises(now)
        for market in dealer.markets:
            if market.name in touched or market.exposure is not None:
                dealer.reckon(market)
        self._book.commit()
        self.reschedule()

    def _keep_promises(self, now: int) -> set[str]:
        kept = set()
        for ticket in [ticket for ticket, (at, _) in self._dealer.promised.items() if at <= now]:
            order = self._book.orders[ticket]
            market = self._dealer.markets.of(order.symbol)
            assert market is not None, "an order was taken in for a market that is there"
            take_up(self._dealer, market, order)
            kept.add(market.name)
        return kept

    def _expire(self, order: TradeOrder, now: int) -> bool:
        if not order.time_expiration or server_ms(now) < order.time_expiration * 1000:
            return False
        self._dealer.end_order(order, mt.ORDER_STATE_EXPIRED)
        return True

    def _roll(self, midnight: int) -> set[str]:
        ended = weekday(server_ms(midnight) - 1)
        touched = {order.symbol for order in tuple(self._book.orders.values()) if self._end_of_day(order)}
        for held in tuple(self._book.holdings.values()):
            market = self._dealer.market_of(held)
            self._charge(market, held, money.nights(market.spec, ended))
        for held in tuple(self._book.holdings.values()):
            if self._dealer.market_of(held).spec.order_gtc_mode == mt.SYMBOL_ORDERS_DAILY:
                self._book.hold(replace(held, position=replace(held.position, sl=0.0, tp=0.0)))
        self._book.rolled(midnight)
        return touched

    def _end_of_day(self, order: TradeOrder) -> bool:
        # Some brokers let no order live longer than the trading day, whatever it says of itself.
        market = self._dealer.markets.of(order.symbol)
        if market is None or market.spec.order_gtc_mode == mt.SYMBOL_ORDERS_GTC or order.type <= mt.ORDER_TYPE_SELL:
            return False
        self._dealer.end_order(order, mt.ORDER_STATE_EXPIRED)
        return True

    def _charge(self, market: Market, held: Holding, nights: int) -> None:
        dealer, position, spec = self._dealer, held.position, market.spec
        price = market.closing(position.type) if market.has_quote else position.price_open
        if nights and money.reopens(spec):
            rate = spec.swap_long if position.type == mt.POSITION_TYPE_BUY else -spec.swap_short
            base = market.rounded(market.bid) if spec.swap_mode == mt.SYMBOL_SWAP_MODE_REOPEN_BID else price
            fills.reopen(dealer, market, held, price, market.rounded((base or price) - rate * nights * spec.point))
            return
        charge = dealer.cents(
            dealer.markets.swap(market, position.type, position.volume, position.price_open, price) * nights
        )
        if charge:
            swap = dealer.cents(position.swap + charge)
            self._book.hold(replace(held, position=replace(position, swap=swap)))

    # Margin

    def _stop_out(self) -> None:
        dealer = self._dealer
        while dealer.margin and dealer.is_stopped_out(dealer.equity()):
            worst = min(self._book.holdings.values(), key=self._result, default=None)
            market = dealer.market_of(worst) if worst else None
            if worst is None or market is None or not market.has_quote:
                return
            level = dealer.equity() / dealer.margin * 100
            price = dealer.slipped(market, market.closing(worst.position.type), 1 - worst.position.type)
            fills.force_close(dealer, worst, mt.ORDER_REASON_SO, price, price, f"[so {level:.2f}%]")
            dealer.settle(market)

    def _result(self, holding: Holding) -> tuple[float, int]:
        # Only what can be closed: a market without a quote since the restart has to wait for one.
        if not self._dealer.market_of(holding).has_quote:
            return inf, holding.position.ticket
        return self._dealer.profit_of(holding) + holding.position.swap, holding.position.ticket


def is_beyond(position: TradePosition, level: float, price: float, *, is_stop: bool) -> bool:
    """Whether a closing price has reached a stop (or a target); a level of 0 is none."""
    if not level:
        return False
    falls = (position.type == mt.POSITION_TYPE_BUY) == is_stop
    return price <= level if falls else price >= level


def is_reached(order: TradeOrder, price: float) -> bool:
    """Whether a waiting order's turn has come at a price of the side it opens at; a market order's always has."""
    match order.type:
        case mt.ORDER_TYPE_BUY | mt.ORDER_TYPE_SELL:
            return True
        case mt.ORDER_TYPE_BUY_LIMIT | mt.ORDER_TYPE_SELL_STOP | mt.ORDER_TYPE_SELL_STOP_LIMIT:
            return price <= order.price_open
        case _:
            return price >= order.price_open
