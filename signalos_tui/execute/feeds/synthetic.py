"""A seeded market: eighteen instruments that live, without a broker and without a network.

Drivers (currencies, metals, indices, coins) wander in log space with momentum over seconds and a slow pull back to where
they started; instruments quote their ratio at random moments. News makes a driver jump, hot for a minute, and the spreads
of everything that hangs on it wide. The same seed and start give the same ticks, on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heapreplace
from math import exp, sqrt
from random import Random

from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.feeds.instruments import (
    DAY,
    DRIVERS,
    INSTRUMENTS,
    MINUTE,
    Driver,
    Instrument,
    activity,
    reopening,
    widening,
)

WATCHABLE_PACE = 4.0
"""The pace made for watching: a scalper's first target, 10 to 15 pips away, is a minute or so off."""

_MOMENTUM = 0.35  # the share of a move that goes on
_MOMENTUM_SECONDS = 45.0
_COOLING_SECONDS = 40.0
_NEWS_MINUTES = 50.0  # mean time between two news at pace 1
_NEWSWORTHY = tuple(driver.name for driver in DRIVERS.values() if driver.daily > 0)
_PULL_SECONDS = 5 * 86_400.0  # how long half a deviation lasts at pace 1, roughly
_LONGEST_STEP = 3_600.0  # seconds a driver moves at most in one step: the size of a weekend gap
_HICCUP = 0.0008  # the share of ticks with a spread several times the usual


class _Drive:
    # The state of one driver: value is the log of its price relative to the start, heat the factor news puts on it.

    __slots__ = ("activity", "always", "at", "heat", "pull", "session", "sigma", "trend", "value")

    def __init__(self, driver: Driver, at: int, pace: float) -> None:
        self.value = 0.0
        self.trend = 0.0
        self.heat = 1.0
        self.activity = 1.0
        self.at = at
        self.sigma = driver.daily * pace / sqrt(86_400)
        self.pull = pace * pace / _PULL_SECONDS
        self.session = driver.session
        self.always = driver.always

    def advance(self, at: int, noise: float) -> float:
        """The value at `at` (ms UTC), moved by `noise` standard deviations since the last call."""
        seconds = (at - self.at) / 1000
        if seconds <= 0 or self.sigma == 0:
            return self.value
        self.at = at
        if seconds > _LONGEST_STEP:
            seconds = _LONGEST_STEP
        shock = self.sigma * self.activity * self.heat * sqrt(seconds) * noise
        fade = seconds / _MOMENTUM_SECONDS
        if fade > 1:
            fade = 1.0
        self.value += shock + self.trend * fade - self.value * min(self.pull * seconds, 0.5)
        self.trend += _MOMENTUM * shock - self.trend * fade
        if self.heat > 1:
            self.heat = max(1.0, self.heat - (self.heat - 0.9) * min(seconds / _COOLING_SECONDS, 1.0))
        return self.value

    def shake(self, rng: Random) -> None:
        """News: a jump, and heat that fades."""
        size = rng.uniform(5.0, 11.0)
        self.value += self.sigma * size * rng.choice((-1, 1))
        self.heat = rng.uniform(2.5, 5.0)


class _Quoted:
    # One instrument on its two drivers. scale: points in one unit of price. pause: mean ms between two ticks.

    __slots__ = ("always", "base", "pause", "points", "quote", "scale", "start", "symbol", "widen")

    def __init__(self, instrument: Instrument, price: float, drives: Mapping[str, _Drive]) -> None:
        self.symbol = instrument.symbol
        self.base = drives[instrument.base]
        self.quote = drives[instrument.quote]
        self.start = price
        self.scale = 10**instrument.digits
        self.points = instrument.spread
        self.pause = 1000.0
        self.widen = 1.0
        self.always = self.base.always


class SyntheticMarket:
    """A `Feed` that never ends.

    symbols: plain names, all instruments when not given. prices: mid prices to go on from. tick_hz: ticks a second and
    symbol in a lively hour. pace: how much livelier than life prices move; 1 is lifelike. weekend: close everything but
    coins from Friday 22:00 to Sunday 22:00 UTC and widen spreads at the edges of the day; without it, always open.
    Raises ConfigInvalid for a symbol it does not know, or a price, rate or pace that is not above 0.
    """

    def __init__(
        self,
        seed: int,
        symbols: Sequence[str] | None = None,
        *,
        prices: Mapping[str, float] | None = None,
        tick_hz: float = 2.0,
        pace: float = 1.0,
        weekend: bool = True,
    ) -> None:
        self.symbols = tuple(INSTRUMENTS) if symbols is None else tuple(symbols)
        for symbol in self.symbols:
            if symbol not in INSTRUMENTS:
                raise ConfigInvalid(
                    f"the seeded market does not know the symbol {symbol!r}", f"it has {', '.join(INSTRUMENTS)}"
                )
        if not 0 < tick_hz <= 1000 or not 0 < pace <= 100:
            raise ConfigInvalid(
                f"tick_hz was {tick_hz} and pace was {pace}", "use tick_hz in 0..1000 and pace in 0..100, above 0"
            )
        self._prices = {name: (prices or {}).get(name, INSTRUMENTS[name].price) for name in self.symbols}
        for symbol, price in self._prices.items():
            if not 0 < price < 1e9:
                raise ConfigInvalid(f"the price to go on from for {symbol} was {price}", "give a price above 0")
        self._seed = seed
        self._tick_hz = tick_hz
        self._pace = pace
        self._weekend = weekend
        self._last: dict[str, tuple[float, float]] = {name: self._opening(name) for name in self.symbols}

    def price(self, symbol: str) -> tuple[float, float] | None:
        """The last emitted (bid, ask), or the opening one; None for a symbol that is not in this market."""
        return self._last.get(symbol)

    def ticks(self, start: int) -> Iterator[FeedTick]:
        """Ticks from `start` on (ms UTC), oldest first, without end. Each call begins anew at the opening prices."""
        rng = Random(self._seed)  # noqa: S311 (a market, not a secret)
        gauss, uniform, wait = rng.gauss, rng.random, rng.expovariate
        last = self._last
        drives = {driver.name: _Drive(driver, start, self._pace) for driver in DRIVERS.values()}
        quoted = [_Quoted(INSTRUMENTS[name], self._prices[name], drives) for name in self.symbols]
        queue = [(start + int(uniform() * 1000 / self._tick_hz), index) for index in range(len(quoted))]
        heapify(queue)
        next_minute = start
        while queue:
            at, index = queue[0]
            if at >= next_minute:
                self._settle_minute(at, drives, quoted, rng)
                next_minute = (at // MINUTE + 1) * MINUTE
            item = quoted[index]
            if self._weekend and not item.always and (opens := reopening(at)) is not None:
                heapreplace(queue, (opens + int(uniform() * 2000), index))
                continue
            base, quote = item.base, item.quote
            ratio = exp(base.advance(at, gauss(0.0, 1.0)) - quote.advance(at, gauss(0.0, 1.0)))
            heat = max(base.heat, quote.heat)
            draw = uniform()
            width = item.points * item.widen * (0.8 + 0.4 * draw) * (0.4 + 0.6 * heat)
            if draw < _HICCUP:
                width *= 4.0
            points = int(width + 0.5) or 1
            bid_points = int(item.start * ratio * item.scale - points / 2 + 0.5) or 1
            bid, ask = bid_points / item.scale, (bid_points + points) / item.scale
            last[item.symbol] = (bid, ask)
            heapreplace(queue, (at + 1 + int(wait(heat / item.pause)), index))
            yield FeedTick(at, item.symbol, bid, ask)

    def _opening(self, symbol: str) -> tuple[float, float]:
        instrument = INSTRUMENTS[symbol]
        scale = 10**instrument.digits
        bid = max(1, round(self._prices[symbol] * scale - instrument.spread / 2))
        return bid / scale, (bid + instrument.spread) / scale

    def _settle_minute(self, at: int, drives: Mapping[str, _Drive], quoted: Sequence[_Quoted], rng: Random) -> None:
        # What changes slowly is worked out once a minute, so that a tick stays cheap.
        hour = at % DAY // (60 * MINUTE)
        for drive in drives.values():
            drive.activity = activity(drive.session, hour)
        edge = widening(at) if self._weekend else 1.0
        for item in quoted:
            lively = max(item.base.activity, item.quote.activity)
            item.pause = 1000 / (self._tick_hz * lively)
            item.widen = 1.0 if item.always else edge
        if rng.random() < self._pace / _NEWS_MINUTES:
            drives[rng.choice(_NEWSWORTHY)].shake(rng)
