"""What the broker does by itself when a quote or a day passes: levels, waiting orders, expiry, swap, stop-out.

A position is left on the side it would be sold at: buys on the bid, sells on the ask. Waiting buys look at the ask, waiting
sells at the bid. A price that jumps over a level fills at the price behind the jump, never at the level.
"""

from __future__ import annotations

from math import inf

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import money
from signalos_tui.execute.paper.book import Holding
from signalos_tui.execute.paper.dealing import Dealer
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.server_time import next_midnight, server_ms, utc_ms, weekday
from signalos_tui.execute.structs import TradeOrder, TradePosition

_NEAR = 1.02
"""Margin is counted exactly once the quick estimate comes this near to the stop-out."""


class Triggers:
    """Watches quotes and the clock on behalf of the broker."""

    def __init__(self, dealer: Dealer) -> None:
        self._dealer = dealer
        self._book = dealer.book
        # Midnights that were missed while the books lay still are booked as soon as time moves.
        self._midnight = next_midnight(self._book.account.rolled)
        self._due = 0
        self.reschedule()

    def reschedule(self) -> None:
        """Know anew when the clock itself will cause something."""
        ends = [utc_ms(order.time_expiration * 1000) for order in self._book.orders.values() if order.time_expiration]
        self._due = min([self._midnight, *ends])

    def on_quote(self, market: Market, at: int) -> None:
        """All consequences of a market's new quote, and of the time it came at (ms UTC)."""
        dealer = self._dealer
        dealer.now = max(dealer.now, at)
        if at >= self._due:
            self.on_time(at)
        bid, ask = market.bid, market.ask
        if bid <= market.bid_below or bid >= market.bid_above or ask <= market.ask_below or ask >= market.ask_above:
            self._fire(market)
        if market.exposure is not None:
            dealer.value(market)
            needed = dealer.margin * dealer.settings.stop_out / 100
            if dealer.book.balance + dealer.floating < needed * _NEAR:
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
            if order.symbol == market.name and _is_triggered(order, market):
                self._activate(market, order)
                fired = True
        return fired

    def _close_at_level(self, market: Market, holding: Holding) -> bool:
        position, dealer = holding.position, self._dealer
        price = market.closing(position.type)
        digits = market.spec.digits
        if is_beyond(position, position.sl, price, is_stop=True):
            filled = dealer.slipped(market, price, 1 - position.type)
            dealer.force_close(holding, mt.ORDER_REASON_SL, position.sl, filled, f"[sl {position.sl:.{digits}f}]")
            return True
        if is_beyond(position, position.tp, price, is_stop=False):
            dealer.force_close(holding, mt.ORDER_REASON_TP, position.tp, price, f"[tp {position.tp:.{digits}f}]")
            return True
        return False

    def _activate(self, market: Market, order: TradeOrder) -> None:
        dealer = self._dealer
        if order.type in (mt.ORDER_TYPE_BUY_STOP_LIMIT, mt.ORDER_TYPE_SELL_STOP_LIMIT):
            limit = mt.ORDER_TYPE_BUY_LIMIT + order.type % 2
            self._book.place(replace(order, type=limit, price_open=order.price_stoplimit, price_stoplimit=0.0))
            return
        side = order.type % 2
        price = market.opening(side)
        if order.type in (mt.ORDER_TYPE_BUY_STOP, mt.ORDER_TYPE_SELL_STOP):
            price = dealer.slipped(market, price, side)
        if dealer.margin_with(market, side, order.volume_current, price) > dealer.equity():
            dealer.end_order(order, mt.ORDER_STATE_REJECTED)
            return
        dealer.open(market, order, price)

    # The clock

    def on_time(self, now: int) -> None:
        """Book what the clock alone causes up to a moment (ms UTC): midnights and expiries."""
        dealer = self._dealer
        dealer.now = max(dealer.now, now)
        if now < self._due:
            return
        touched = {order.symbol: order for order in tuple(self._book.orders.values()) if self._expire(order, now)}
        while now >= self._midnight:
            self._roll(self._midnight)
            self._midnight = next_midnight(self._midnight)
        for market in dealer.markets:
            if market.name in touched or market.exposure is not None:
                dealer.reckon(market)
        self._book.commit()
        self.reschedule()

    def _expire(self, order: TradeOrder, now: int) -> bool:
        if not order.time_expiration or server_ms(now) < order.time_expiration * 1000:
            return False
        self._dealer.end_order(order, mt.ORDER_STATE_EXPIRED)
        return True

    def _roll(self, midnight: int) -> None:
        ended = weekday(server_ms(midnight) - 1)
        for holding in tuple(self._book.holdings.values()):
            market = self._dealer.market_of(holding)
            position = holding.position
            price = market.closing(position.type) if market.has_quote else position.price_open
            amount, currency = money.swap(market.spec, position.type, position.volume, position.price_open, price)
            worth = self._dealer.markets.worth(currency, is_gain=amount > 0)
            charge = self._dealer.cents(amount * worth * money.nights(market.spec, ended))
            if charge:
                swap = self._dealer.cents(position.swap + charge)
                self._book.hold(replace(holding, position=replace(position, swap=swap)))
        self._book.rolled(midnight)

    # Margin

    def _stop_out(self) -> None:
        dealer = self._dealer
        while dealer.margin and (level := dealer.equity() / dealer.margin * 100) < dealer.settings.stop_out:
            worst = min(self._book.holdings.values(), key=self._result, default=None)
            market = dealer.market_of(worst) if worst else None
            if worst is None or market is None or not market.has_quote:
                return
            price = dealer.slipped(market, market.closing(worst.position.type), 1 - worst.position.type)
            dealer.force_close(worst, mt.ORDER_REASON_SO, price, price, f"[so {level:.2f}%]")
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


def _is_triggered(order: TradeOrder, market: Market) -> bool:
    price = market.opening(order.type % 2)
    match order.type:
        case mt.ORDER_TYPE_BUY_LIMIT | mt.ORDER_TYPE_SELL_STOP | mt.ORDER_TYPE_SELL_STOP_LIMIT:
            return price <= order.price_open
        case _:
            return price >= order.price_open
