"""From a signal and a price to legs without a size: what kind of order, at which prices.

Every leg carries its stop from the first moment (reference: reliability R8). Nothing is guessed in silence: what had to be
assumed is a note, what the text leaves open is a fault, and a fault is held for the owner by the rule `levels`.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from signalos_tui.config import Trading
from signalos_tui.evaluate.figures import plain
from signalos_tui.model.market import Quote, SymbolSpec
from signalos_tui.model.signals import Distance, Number, Open, OrderKind, Reason, Side, Signal, Unit

NEAR = Decimal("0.1")
"""A bare price counts as "now" while the market has run from it by no more than this share of the risk."""
BACK = Decimal("0.25")
"""... or has come back towards the stop by no more than this share: a better price than the author's, the same idea."""
METALS = ("XAU", "XAG", "XPT", "XPD")


class DraftLeg(Struct, frozen=True):
    """A leg before it has a size. number: from 1. entry: None at market. reference: the price it would open at.

    stop, target: prices on the tick grid, None for none. expires_at: ms UTC, for a pending order.
    """

    number: int
    kind: OrderKind
    entry: Decimal | None
    reference: Decimal
    stop: Decimal | None
    target: Decimal | None
    expires_at: int | None = None


class Draft(Struct, frozen=True):
    """The legs of a signal at today's price. symbol: the broker's. faults: why the owner has to look. notes: what was assumed."""

    symbol: str
    side: Side | None
    kind: OrderKind
    legs: tuple[DraftLeg, ...]
    faults: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()


def draft(signal: Signal, spec: SymbolSpec, quote: Quote, trading: Trading, now: int) -> Draft:
    """The legs of `signal` at `quote`: one per target, at most max_targets; without targets one. now: ms UTC.

    A signal without a stop is drafted with the default stop, so that whoever is asked sees the money; whether it may be
    traded is the rule missing_stop's to say. No legs at all where not even that is possible; the fault says why.
    """
    unusable = _unusable(signal, spec, quote)
    if signal.side is None or unusable is not None:
        why = unusable or Reason("no_side", "The signal does not say buy or sell")
        return Draft(spec.name, signal.side, signal.order, (), (why,))
    drafting = _Drafting(signal, signal.side, spec, trading)
    kind, entry = drafting.entered(quote)
    reference = spec.rounded(quote.opening(signal.side) if entry is None else entry)
    stop = drafting.stopped(reference)
    targets = drafting.aimed(reference, stop)
    minutes = trading.manage.pending_expiry_min
    expires_at = now + minutes * 60_000 if minutes and entry is not None else None
    legs = tuple(
        DraftLeg(number, kind, None if entry is None else reference, reference, stop, target, expires_at)
        for number, target in enumerate(targets, 1)
    )
    return Draft(spec.name, signal.side, kind, legs, tuple(drafting.faults), tuple(drafting.notes))


def edges(signal: Signal) -> tuple[Decimal, Decimal] | None:
    """The entry as (near, far): of a range, near is the edge the market meets first when it comes from the target's side."""
    if not signal.entry:
        return None
    low, high = min(n.value for n in signal.entry), max(n.value for n in signal.entry)
    return (low, high) if signal.side is Side.SELL else (high, low)


def has_stop(signal: Signal) -> bool:
    """Whether the text gives a stop at all; "0" is never a value (reference: reliability B4)."""
    return signal.stop is not None and signal.stop.value > 0


def _unusable(signal: Signal, spec: SymbolSpec, quote: Quote) -> Reason | None:
    prices = (quote.bid, quote.ask)
    if not all(p.is_finite() and p > 0 for p in prices):
        return Reason("quote_unusable", f"The price of {spec.name} was {quote.bid}/{quote.ask}")
    if not all(v.is_finite() and v > 0 for v in (spec.tick_size, spec.point)):
        return Reason("spec_unusable", f"The terminal gives {spec.name} a tick size of {spec.tick_size}")
    if any(not n.value.is_finite() or n.value <= 0 for n in signal.entry):
        return Reason("entry_not_positive", f"The entry was {', '.join(plain(n.value) for n in signal.entry)}")
    if signal.order in (OrderKind.LIMIT, OrderKind.STOP) and not signal.entry:
        return Reason("entry_missing", f"The signal asks for a {signal.order} order and names no price")
    return None


class _Drafting:
    """One signal on its way to legs, with the faults and notes met on the way."""

    def __init__(self, signal: Signal, side: Side, spec: SymbolSpec, trading: Trading) -> None:
        self.signal, self.side, self.spec, self.trading = signal, side, spec, trading
        self.faults: list[Reason] = []
        self.notes: list[str] = []

    def entered(self, quote: Quote) -> tuple[OrderKind, Decimal | None]:
        """The kind of order and its price, None at market."""
        ends = edges(self.signal)
        if ends is None or self.signal.order is OrderKind.MARKET:
            return OrderKind.MARKET, None
        near, far = ends
        market = quote.opening(self.side)
        ran, back = (market - near) * self.side.sign, (far - market) * self.side.sign
        if self.signal.order is OrderKind.STOP:
            if back > 0:
                return OrderKind.STOP, far
            self.notes.append(f"The stop entry {plain(far)} is already behind the market: opened at market")
            return OrderKind.MARKET, None
        risk = self._risk_at(near)
        least = max(quote.spread, self.spec.stops_level * self.spec.point)
        has_turned = back > max(least, risk * BACK)
        if self.signal.order is OrderKind.LIMIT:
            if ran > 0:
                return OrderKind.LIMIT, near
            if has_turned:
                what = f"A {self.side} limit at {plain(near)}, but the market is already past it at {plain(market)}"
                self._fault("limit_passed", what)
            self.notes.append(f"The market is at or better than the limit {plain(near)}: opened at market")
            return OrderKind.MARKET, None
        if ran > max(least, risk * NEAR):
            self.notes.append(f"The market has left {plain(near)}: a limit order waits there")
            return OrderKind.LIMIT, near
        if has_turned:
            what = f"The entry {plain(far)} lies ahead of the market at {plain(market)}: a breakout, or an old price"
            self._fault("entry_ahead", f"{what}. Approved, it becomes a stop order")
            return OrderKind.STOP, far
        return OrderKind.MARKET, None

    def stopped(self, reference: Decimal) -> Decimal | None:
        """The stop of every leg; the default one when the text has none."""
        stop = self.signal.stop
        if stop is None or not has_stop(self.signal):
            pips = self.trading.rules.default_stop_pips
            self.notes.append(f"The signal has no stop: {plain(pips)} pips taken")
            return self.spec.rounded(reference - self.side.sign * pips * self.spec.pip)
        if isinstance(stop, Number):
            return self.spec.rounded(stop.value)
        if stop.unit is Unit.R:
            self._fault("stop_unit", "The stop is given in R, which is itself measured by the stop")
            return None
        self._doubt(stop)
        return self.spec.rounded(reference - self.side.sign * self._offset(stop, reference, None))

    def aimed(self, reference: Decimal, stop: Decimal | None) -> list[Decimal | None]:
        """One price per leg, nearest first, None for a leg that is left open."""
        prices: list[Decimal] = []
        for level in self.signal.targets:
            price = None if isinstance(level, Open) else self._target(level, reference, stop)
            if price is not None and price not in prices:
                prices.append(price)
        ordered = sorted(prices, key=lambda price: (price - reference) * self.side.sign)
        if prices not in (ordered, ordered[::-1]):
            listed = ", ".join(plain(price) for price in prices)
            self._fault("targets_unordered", f"The targets do not run in one direction: {listed}")
        is_open = any(isinstance(level, Open) for level in self.signal.targets)
        found: list[Decimal | None] = [*ordered, *([None] if is_open else [])]
        most = self.trading.risk.max_targets
        if len(found) > most:
            self.notes.append(f"{len(found)} targets: the nearest {most} are used")
        return found[:most] or [None]

    def _target(self, level: Number | Distance, reference: Decimal, stop: Decimal | None) -> Decimal | None:
        is_unmeasured = isinstance(level, Distance) and level.unit is Unit.R and stop is None
        if level.value <= 0 or is_unmeasured:
            self._fault("target_unusable", f"A target was {plain(level.value)}{' R' if is_unmeasured else ''}")
            return None
        if isinstance(level, Number):
            return self.spec.rounded(level.value)
        self._doubt(level)
        return self.spec.rounded(reference + self.side.sign * self._offset(level, reference, stop))

    def _risk_at(self, entry: Decimal) -> Decimal:
        # About how far the stop is from an entry that is not settled yet.
        stop = self.signal.stop
        if stop is not None and has_stop(self.signal):
            if isinstance(stop, Number):
                return abs(entry - stop.value)
            if stop.unit is not Unit.R:
                return self._offset(stop, entry, None)
        return self.trading.rules.default_stop_pips * self.spec.pip

    def _offset(self, level: Distance, reference: Decimal, stop: Decimal | None) -> Decimal:
        # A distance in price. What people call a point depends on the instrument: MetaTrader's on currencies, a whole one
        # on indices and coins.
        if level.unit is Unit.PIPS:
            return level.value * self.spec.pip
        if level.unit is Unit.POINTS:
            return level.value * (self.spec.pip if self.spec.pip >= 1 else self.spec.point)
        if level.unit is Unit.PERCENT:
            return reference * level.value / 100
        return level.value * abs(reference - stop) if stop is not None else Decimal(0)

    def _doubt(self, level: Distance) -> None:
        # Units that two people read differently (reference: reliability B5).
        value = plain(level.value)
        if level.unit is Unit.POINTS and self.spec.currency_base in METALS:
            meant = plain(level.value * self.spec.point)
            self._fault("points_ambiguous", f"{value} points on {self.spec.name} are taken as {meant} in price")
        leverage = self.signal.leverage
        if level.unit is Unit.PERCENT and leverage is not None:
            what = f"{value} % with leverage {plain(leverage.value)}: of the price, or of the stake?"
            self._fault("percent_ambiguous", what)

    def _fault(self, code: str, text: str) -> None:
        if all(known.code != code for known in self.faults):
            self.faults.append(Reason(code, text))
