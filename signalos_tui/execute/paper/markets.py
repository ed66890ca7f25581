"""The markets: the last quote of every instrument, and money converted through them.

A quote arrives a hundred times for every order, so a market keeps *fences*: the nearest prices at which anything happens on
its bid or its ask. As long as a quote stays between them there is nothing to look at, however many positions are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf
from typing import NamedTuple

from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import money
from signalos_tui.execute.paper.instruments import CATALOGUE, Instrument, inferred
from signalos_tui.execute.paper.server_time import server_ms
from signalos_tui.execute.paper.settings import PaperSettings
from signalos_tui.execute.structs import SymbolInfo, Tick

HAIR = 1e-6
"""What float noise may amount to, in points, lots or steps."""

STALE_MS = 600_000
"""Quotes older than this mean that nobody trades; younger ones that the market is open, whatever the timetable says."""


class Exposure(NamedTuple):
    """The positions of a market, summed: lots, lots times opening price, and swap. It values them all in one step."""

    long: float
    long_cost: float
    short: float
    short_cost: float
    swap: float


class Market:
    """One instrument and its last quote. bid, ask: 0.0 before the first. at: when it came, ms UTC."""

    __slots__ = (
        "ask",
        "ask_above",
        "ask_below",
        "at",
        "bid",
        "bid_above",
        "bid_below",
        "exposure",
        "floating",
        "instrument",
        "is_selected",
        "plain",
        "spec",
        "unit",
    )

    def __init__(self, plain: str, instrument: Instrument, suffix: str) -> None:
        self.plain = plain
        self.instrument = instrument
        self.bid, self.ask, self.at = instrument.quote or (0.0, 0.0, 0)
        self.is_selected = True
        self.exposure: Exposure | None = None
        self.floating = 0.0
        spec, name = instrument.spec, plain + suffix
        if spec.name != name:
            spec = replace(spec, name=name, path=spec.path.removesuffix(plain) + name)
        self.respecify(spec)
        self.unfence()

    def respecify(self, spec: SymbolInfo) -> None:
        """Trade on other terms from now on, as brokers do over night."""
        self.spec = spec
        if self.instrument.spec is not spec:
            self.instrument = replace(self.instrument, spec=spec)
        self.unit = money.profit(self.instrument, mt.POSITION_TYPE_BUY, 1.0, 0.0, 1.0)

    @property
    def name(self) -> str:
        """The broker's name."""
        return self.spec.name

    @property
    def has_quote(self) -> bool:
        """Whether there ever was a quote."""
        return self.bid > 0.0

    @property
    def is_disabled(self) -> bool:
        """Whether nothing can be traded, for instance because no pair converts its currency to the account's."""
        return self.spec.trade_mode == mt.SYMBOL_TRADE_MODE_DISABLED

    def unfence(self) -> None:
        """Forget all prices to watch for."""
        self.bid_below = self.ask_below = -inf
        self.bid_above = self.ask_above = inf

    def opening(self, side: int) -> float:
        """The price a trade of this side (0 buy, 1 sell) is made at: a buy at the ask, a sell at the bid."""
        return self.rounded(self.ask if side == mt.ORDER_TYPE_BUY else self.bid)

    def closing(self, side: int) -> float:
        """The price a position of this side is left at: a buy at the bid, a sell at the ask."""
        return self.rounded(self.bid if side == mt.POSITION_TYPE_BUY else self.ask)

    def rounded(self, price: float) -> float:
        """A price with the instrument's digits."""
        return round(price, self.spec.digits)

    def asked(self, price: float) -> float:
        """A price of a request with the instrument's digits; halves go up, as MetaTrader's NormalizeDouble has them."""
        return round(price + self.spec.point * HAIR, self.spec.digits) if price else 0.0

    def is_on_grid(self, price: float) -> bool:
        """Whether a rounded price is one the instrument can have: a multiple of its tick size."""
        tick = self.spec.trade_tick_size
        if tick <= self.spec.point:
            return True
        ticks = price / tick
        return abs(ticks - round(ticks)) < HAIR

    def is_open(self, now: int) -> bool:
        """Whether the market trades at a moment (ms UTC): its timetable says so, or quotes are coming in."""
        return self.instrument.session.is_open(server_ms(now)) or now - self.at < STALE_MS

    def tick(self) -> Tick:
        """The last quote as MetaTrader tells it."""
        milliseconds = server_ms(self.at)
        return Tick(
            time=milliseconds // 1000,
            bid=self.rounded(self.bid),
            ask=self.rounded(self.ask),
            time_msc=milliseconds,
            flags=mt.TICK_FLAG_BID | mt.TICK_FLAG_ASK,
        )


class Markets:
    """All markets of the broker, and what money is worth in another currency through them."""

    def __init__(self, symbols: Iterable[str], settings: PaperSettings) -> None:
        self._suffix = settings.suffix
        self._currency = settings.currency
        self._leverage = settings.leverage
        self._watches_all = settings.watches_all
        self._own = {each.spec.name.removesuffix(settings.suffix): each for each in settings.instruments}
        self._listed: dict[str, Market] = {}
        self._named: dict[str, Market] = {}
        self._hidden: dict[str, Market] = {}
        for symbol in (*symbols, *self._own):
            self._list(symbol)
        for market in self._listed.values():
            self._disable_what_has_no_money(market)

    def __iter__(self) -> Iterator[Market]:
        return iter(self._listed.values())

    def of(self, name: str) -> Market | None:
        """The market by the broker's name."""
        return self._named.get(name)

    def quoted(self, plain: str) -> Market | None:
        """The market by its plain name, as feeds say it."""
        return self._listed.get(plain)

    def meet(self, plain: str) -> Market:
        """The market of a plain name; listed from now on when it was not."""
        market = self._listed.get(plain)
        if market is None:
            market = self._list(plain)
            self._disable_what_has_no_money(market)
        return market

    def _list(self, plain: str) -> Market:
        own = self._own.get(plain)
        suffix = self._suffix if own is None else own.spec.name.removeprefix(plain)
        market = Market(plain, own or CATALOGUE.get(plain) or inferred(plain), suffix)
        market.is_selected = self._watches_all
        self._listed[plain] = self._named[market.name] = market
        return market

    def _disable_what_has_no_money(self, market: Market) -> None:
        if market.spec.trade_calc_mode not in money.TRADABLE or not self._convertible(market.spec):
            market.respecify(replace(market.spec, trade_mode=mt.SYMBOL_TRADE_MODE_DISABLED))

    def _convertible(self, spec: SymbolInfo) -> bool:
        return all(self._route(currency) is not None for currency in _currencies(spec))

    def is_priced(self, market: Market) -> bool:
        """Whether the money of a market can be converted now: all pairs on the way have a quote, or the catalogue's price."""
        routes = (self._route(currency) or () for currency in _currencies(market.spec))
        return all(pair.has_quote or pair.instrument.price for route in routes for pair in route)

    # Conversion

    def worth(self, currency: str, *, is_gain: bool) -> float:
        """How much account currency one unit of a currency is.

        Gains are converted at the worse side of the quote and losses too, as MetaTrader does. LookupError when no quoted
        pair leads from one to the other.
        """
        account = self._currency
        if currency == account:
            return 1.0
        direct = self._rate(currency, account, is_gain=is_gain)
        if direct is not None:
            return direct
        first = self._rate(currency, "USD", is_gain=is_gain)
        second = self._rate("USD", account, is_gain=is_gain)
        if first is None or second is None:
            msg = f"No pair converts {currency} to {account}"
            raise LookupError(msg)
        return first * second

    def _route(self, currency: str) -> tuple[Market, ...] | None:
        # The pairs `worth` goes over.
        account = self._currency
        if currency == account:
            return ()
        direct = self._either(currency, account)
        if direct is not None:
            return (direct,)
        first, second = self._either(currency, "USD"), self._either("USD", account)
        return None if first is None or second is None else (first, second)

    def _either(self, one: str, other: str) -> Market | None:
        return self._pair(one + other) or self._pair(other + one)

    def _rate(self, source: str, target: str, *, is_gain: bool) -> float | None:
        pair = self._pair(source + target)
        if pair is not None:
            bid, ask = _quote(pair)
            return bid if is_gain else ask
        pair = self._pair(target + source)
        if pair is not None:
            bid, ask = _quote(pair)
            return 1 / ask if is_gain else 1 / bid
        return None

    def _pair(self, plain: str) -> Market | None:
        listed = self._listed.get(plain) or self._hidden.get(plain)
        if listed is None and plain in CATALOGUE:
            listed = self._hidden[plain] = Market(plain, CATALOGUE[plain], "")
        return listed

    def profit(self, market: Market, side: int, volume: float, price_open: float, price_close: float) -> float:
        """The result of a trade in account currency, not rounded.

        A pair that is itself quoted against the account currency converts at its closing price.
        """
        raw = money.profit(market.instrument, side, volume, price_open, price_close)
        spec = market.spec
        if spec.currency_profit == self._currency:
            return raw
        if spec.currency_base == self._currency and spec.trade_calc_mode == mt.SYMBOL_CALC_MODE_FOREX:
            return raw / price_close
        return raw * self.worth(spec.currency_profit, is_gain=raw > 0)

    def margin(self, market: Market, side: int, volume: float, price: float, *, is_held: bool = False) -> float:
        """The margin of a trade that stands alone, in account currency, not rounded: buys at the ask, sells at the bid.

        is_held: of a position, not of an order.
        """
        spec = market.spec
        raw = money.margin(market.instrument, side, volume, price, self._leverage, is_held=is_held)
        if spec.currency_margin == self._currency:
            return raw
        if spec.currency_margin == spec.currency_base and spec.currency_profit == self._currency:
            return raw * price
        return raw * self.worth(spec.currency_margin, is_gain=side == mt.ORDER_TYPE_SELL)

    def swap(self, market: Market, side: int, volume: float, price_open: float, price: float) -> float:
        """What one night brings in account currency, not rounded."""
        amount, currency = money.swap(market.instrument, side, volume, price_open, price, self._currency)
        return amount * self.worth(currency, is_gain=amount > 0)

    def info(self, market: Market) -> SymbolInfo:
        """The instrument with its quote and the value of a tick."""
        spec = market.spec
        bid, ask = market.rounded(market.bid), market.rounded(market.ask)
        gain = loss = 0.0
        if self._convertible(spec) and self.is_priced(market):
            tick = money.tick_price(market.instrument)
            gain = tick * self.worth(spec.currency_profit, is_gain=True)
            loss = tick * self.worth(spec.currency_profit, is_gain=False)
        return replace(
            spec,
            select=market.is_selected,
            visible=market.is_selected,
            time=server_ms(market.at) // 1000 if market.has_quote else 0,
            bid=bid,
            ask=ask,
            spread=round((ask - bid) / spec.point),
            trade_tick_value=gain,
            trade_tick_value_profit=gain,
            trade_tick_value_loss=loss,
        )


def _currencies(spec: SymbolInfo) -> tuple[str, ...]:
    # The currencies money of an instrument comes in.
    if spec.swap_mode == mt.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL:
        return spec.currency_profit, spec.currency_margin, spec.currency_base
    return spec.currency_profit, spec.currency_margin


def _quote(market: Market) -> tuple[float, float]:
    # Without a quote yet, the catalogue's price has to do: brokers convert through pairs they need not show. Where there is
    # none either, nothing new is dealt (`is_priced`), and what is held is worth something until the pair is quoted.
    if market.has_quote:
        return market.bid, market.ask
    price = market.instrument.price or 1.0
    return price, price
