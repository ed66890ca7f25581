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
from signalos_tui.model.signals import Distance, Level, Number, Open, OrderKind, Reason, Side, Signal, Unit

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
    faults: list[Reason] = []
    notes: list[str] = []
    side = signal.side
    unusable = _unusable(signal, spec, quote)
    if side is None or unusable is not None:
        why = unusable or Reason("no_side", "The signal does not say buy or sell")
        return Draft(spec.name, side, signal.order, (), (why,))
    kind, entry = _entered(signal, side, spec, quote, trading, faults, notes)
    reference = spec.rounded(quote.opening(side) if entry is None else entry)
    entry = None if entry is None else reference
    stop = _stop(signal, side, reference, spec, trading, faults, notes)
    targets = _targets(signal, side, reference, stop, spec, trading.risk.max_targets, faults, notes)
    minutes = trading.manage.pending_expiry_min
    expires_at = now + minutes * 60_000 if minutes and kind is not OrderKind.MARKET else None
    legs = tuple(
        DraftLeg(number, kind, entry, reference, stop, target, expires_at) for number, target in enumerate(targets, 1)
    )
    return Draft(spec.name, side, kind, legs, tuple(faults), tuple(notes))


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


def _entered(
    signal: Signal,
    side: Side,
    spec: SymbolSpec,
    quote: Quote,
    trading: Trading,
    faults: list[Reason],
    notes: list[str],
) -> tuple[OrderKind, Decimal | None]:
    # The kind of order and its price, None at market.
    ends = edges(signal)
    if ends is None or signal.order is OrderKind.MARKET:
        return OrderKind.MARKET, None
    near, far = ends
    market = quote.opening(side)
    ran, back = (market - near) * side.sign, (far - market) * side.sign
    risk = _risk_hint(signal, near, spec, trading)
    floor = max(quote.spread, spec.stops_level * spec.point)
    has_left = back > max(floor, risk * BACK)
    if signal.order is OrderKind.STOP:
        if back > 0:
            return OrderKind.STOP, far
        notes.append(f"The stop entry {plain(far)} is already behind the market: opened at market")
        return OrderKind.MARKET, None
    if signal.order is OrderKind.LIMIT:
        if ran > 0:
            return OrderKind.LIMIT, near
        notes.append(f"The market is at or better than the limit {plain(near)}: opened at market")
        if has_left:
            text = f"A {side} limit at {plain(near)}, but the market is already past it at {plain(market)}"
            faults.append(Reason("limit_passed", text))
        return OrderKind.MARKET, None
    if ran > max(floor, risk * NEAR):
        notes.append(f"The market has left {plain(near)}: a limit order waits there")
        return OrderKind.LIMIT, near
    if has_left:
        text = (
            f"The entry {plain(far)} lies ahead of the market at {plain(market)}: a breakout, or an old price. "
            "Approved, it becomes a stop order"
        )
        faults.append(Reason("entry_ahead", text))
        return OrderKind.STOP, far
    return OrderKind.MARKET, None


def _risk_hint(signal: Signal, entry: Decimal, spec: SymbolSpec, trading: Trading) -> Decimal:
    # About how far the stop is from the entry, before the entry is settled.
    stop = signal.stop
    if isinstance(stop, Number) and has_stop(signal):
        return abs(entry - stop.value)
    if isinstance(stop, Distance) and stop.unit is not Unit.R and has_stop(signal):
        return _offset(stop, entry, None, spec, signal, [])
    return trading.rules.default_stop_pips * spec.pip


def _stop(
    signal: Signal,
    side: Side,
    reference: Decimal,
    spec: SymbolSpec,
    trading: Trading,
    faults: list[Reason],
    notes: list[str],
) -> Decimal | None:
    stop = signal.stop
    if stop is None or not has_stop(signal):
        pips = trading.rules.default_stop_pips
        notes.append(f"The signal has no stop: {plain(pips)} pips taken")
        return spec.rounded(reference - side.sign * pips * spec.pip)
    if isinstance(stop, Number):
        return spec.rounded(stop.value)
    if stop.unit is Unit.R:
        faults.append(Reason("stop_unit", "The stop is given in R, which is itself measured by the stop"))
        return None
    return spec.rounded(reference - side.sign * _offset(stop, reference, None, spec, signal, faults))


def _targets(
    signal: Signal,
    side: Side,
    reference: Decimal,
    stop: Decimal | None,
    spec: SymbolSpec,
    most: int,
    faults: list[Reason],
    notes: list[str],
) -> list[Decimal | None]:
    # One price per leg, nearest first, None for a leg that is left open.
    prices: list[Decimal] = []
    is_open = False
    for level in signal.targets:
        price = _target(level, side, reference, stop, spec, signal, faults)
        if isinstance(level, Open):
            is_open = True
        elif price is not None and price not in prices:
            prices.append(price)
    ordered = sorted(prices, key=lambda price: (price - reference) * side.sign)
    if prices not in (ordered, ordered[::-1]):
        listed = ", ".join(plain(p) for p in prices)
        faults.append(Reason("targets_unordered", f"The targets do not run in one direction: {listed}"))
    found: list[Decimal | None] = [*ordered, *([None] if is_open else [])]
    if len(found) > most:
        notes.append(f"{len(found)} targets: the nearest {most} are used")
    return found[:most] or [None]


def _target(
    level: Level,
    side: Side,
    reference: Decimal,
    stop: Decimal | None,
    spec: SymbolSpec,
    signal: Signal,
    faults: list[Reason],
) -> Decimal | None:
    if isinstance(level, Open):
        return None
    if level.value <= 0 or (isinstance(level, Distance) and level.unit is Unit.R and stop is None):
        faults.append(Reason("target_unusable", f"A target was {plain(level.value)}"))
        return None
    if isinstance(level, Number):
        return spec.rounded(level.value)
    return spec.rounded(reference + side.sign * _offset(level, reference, stop, spec, signal, faults))


def _offset(
    level: Distance, reference: Decimal, stop: Decimal | None, spec: SymbolSpec, signal: Signal, faults: list[Reason]
) -> Decimal:
    # A distance in price. What people call a point depends on the instrument: MetaTrader's on currencies, a whole one on
    # indices and coins, and on metals nobody knows (reference: reliability B5).
    if level.unit is Unit.PIPS:
        return level.value * spec.pip
    if level.unit is Unit.POINTS:
        if spec.currency_base in METALS:
            text = f"{plain(level.value)} points on {spec.name} is read as {plain(level.value * spec.point)} in price"
            _once(faults, Reason("points_ambiguous", text))
        return level.value * (spec.pip if spec.pip >= 1 else spec.point)
    if level.unit is Unit.PERCENT:
        if signal.leverage is not None:
            text = f"{plain(level.value)} % with leverage {plain(signal.leverage.value)}: of the price or of the stake?"
            _once(faults, Reason("percent_ambiguous", text))
        return reference * level.value / 100
    return level.value * abs(reference - stop) if stop is not None else Decimal(0)


def _once(faults: list[Reason], fault: Reason) -> None:
    if all(known.code != fault.code for known in faults):
        faults.append(fault)
