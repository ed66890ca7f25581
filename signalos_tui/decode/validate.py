"""Look for what contradicts itself in a signal that was read: a stop on the wrong side, a lost digit, a market not named.

Only the message is known here, no market data: whether a price is near the market is the rules' business.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from signalos_tui.decode.concepts import Concept
from signalos_tui.decode.drafts import Draft
from signalos_tui.decode.symbols import band, is_broad
from signalos_tui.model.signals import Number, OrderKind, Reason, Side, Signal

_DOUBTS = {
    "both_sides": "it says buy and sell",
    "two_stops": "it names two different stops",
    "second_part": "a second part of the post could not be read",
    "unread_number": "a number that could be a price of this trade has no label",
    "two_readings": "a number has two readings (thousands or decimals)",
    "said_twice": "it says the same trade twice with different levels",
    "in_passing": "it names a direction in passing, perhaps of a trade that exists",
    "reversed": "a label stands behind its number, so which number it means is not certain",
    "averaging": "it announces a second, later entry",
    "unreadable": "a number in it cannot be read",
    "level_missing": "a stop or a target is named, but its value was not read",
    "beyond": "it waits for the market to pass a price, and is not called a stop order",
    "last_digits": "its levels may be the last digits of prices, or distances",
    "two_entries": "it names two different entries",
    "other_name": "a word beside the direction could be the name of another market than the channel's usual one",
}


def doubts(draft: Draft, signal: Signal) -> Iterator[Reason]:
    """Every reason to leave a signal to the owner, the gravest first."""
    if signal.side is None:
        yield Reason("side_missing", "It does not say buy or sell.")
    if signal.symbol is None:
        yield Reason("symbol_missing", "It does not name a market.")
    elif draft.others:
        yield Reason("two_symbols", f"It names more than one market: {signal.symbol} and {draft.others[0].value}.")
    elif draft.symbol_token is not None and draft.symbol_token.unit == "guess":
        yield Reason("symbol_unknown", f"{signal.symbol} is not a market we know.")
    measured = signal.stop is not None and bool(signal.targets)
    if not signal.entry and not draft.now and not measured and not prices_of((*signal.targets, signal.stop)):
        yield Reason("bare_call", "It names a market and a direction, but no price and no now.")
    if _lacks_level(draft):
        draft.doubt("level_missing")
    if _names_trade(draft, signal):
        draft.doubt("in_passing")
    if _enters_twice(draft):
        draft.doubt("two_entries")
    for code in draft.doubts:
        if code == "beyond" and draft.stop_order:
            continue
        yield Reason(code, f"Unclear: {_DOUBTS[code]}.")
    yield from _order(draft, signal)
    yield from _levels(signal)


def contradictions(signal: Signal) -> Iterator[Reason]:
    """What is wrong with a signal as it stands, however it came together: its order, its sides, its scale."""
    if signal.order in (OrderKind.LIMIT, OrderKind.STOP) and not signal.entry:
        yield Reason("price_missing", f"A {signal.order} order without a price.")
    yield from _levels(signal)


def _lacks_level(draft: Draft) -> bool:
    """A stop or target that is named and has no value, and is not said to be none or open."""
    if Concept.STOP in draft.named and not draft.stops and not draft.no_stop:
        return True
    return Concept.TARGET in draft.named and not draft.targets


def _names_trade(draft: Draft, signal: Signal) -> bool:
    """Levels in front of a direction on its line, and neither price nor now: "SL 2640 TP 2670 for the gold buy"."""
    side = draft.side_token
    if side is None or signal.entry or draft.now:
        return False
    levels = [*draft.stops, *draft.targets]
    return bool(levels) and all(level.token.line == side.line and level.token.start < side.start for level in levels)


def _enters_twice(draft: Draft) -> bool:
    """A price beside the direction that the labelled entry leaves out: "buy 3385, entry 3380". A size is no price."""
    labelled = [price.value for price in draft.explicit]
    if not labelled:
        return False
    low, high = min(labelled), max(labelled)
    others = [price.value for price in draft.implicit if not low <= price.value <= high]
    return any(low / _APART <= value <= high * _APART for value in others)


_APART = Decimal("1.35")


def _order(draft: Draft, signal: Signal) -> Iterator[Reason]:
    """Limit and stop orders need a price; two kinds at once are no kind."""
    if signal.order in (OrderKind.LIMIT, OrderKind.STOP) and not signal.entry:
        yield Reason("price_missing", f"A {signal.order} order without a price.")
    if draft.limit and draft.stop_order:
        yield Reason("two_orders", "It asks for a limit and a stop order at once.")
    if draft.now and (draft.limit or draft.pending or draft.stop_order) and signal.entry:
        yield Reason("two_orders", f"It says both now and {signal.order}.")


def prices_of(levels: Iterable[object]) -> list[Decimal]:
    """Those of the levels that are prices, neither distances nor open."""
    return [level.value for level in levels if type(level) is Number]


def _levels(signal: Signal) -> Iterator[Reason]:
    """What the levels say against one another."""
    entry, targets = [price.value for price in signal.entry], prices_of(signal.targets)
    stop = signal.stop.value if isinstance(signal.stop, Number) else None
    if signal.side is not None:
        yield from _geometry(signal.side, entry, stop, targets)
    prices = [*entry, *targets] if stop is None else [*entry, *targets, stop]
    if prices:
        odd = list(_scale(signal, min(prices), max(prices)))
        yield from odd
        if not odd and stop is not None and entry and targets and len(targets) == len(signal.targets):
            yield from _proportion(entry, stop, targets)


def _geometry(side: Side, entry: list[Decimal], stop: Decimal | None, targets: list[Decimal]) -> Iterator[Reason]:
    """Stop behind the entry, targets before it, in order; source: reference reliability B3."""
    if side is Side.BUY:
        worst, best = (min(entry), max(entry)) if entry else (None, None)
        not_beyond: Callable[[Decimal, Decimal], bool] = operator.le
    else:
        worst, best = (max(entry), min(entry)) if entry else (None, None)
        not_beyond = operator.ge
    if stop is not None and worst is not None and not_beyond(worst, stop):
        yield Reason(
            "stop_wrong_side", f"A {side} from {worst} with its stop at {stop}: the stop is on the wrong side."
        )
    for target in targets:
        if best is not None and not_beyond(target, best):
            yield Reason("target_wrong_side", f"A {side} from {best} with a target at {target}: the wrong side.")
            break
        if stop is not None and not_beyond(target, stop):
            yield Reason("target_behind_stop", f"Target {target} lies behind the stop {stop}.")
            break
    if len(targets) > 1 and targets not in (rising := sorted(targets), rising[::-1]):
        yield Reason("targets_disordered", "The targets are in no order: one of them may be mistyped.")


_FARTHEST_STOP = 6
"""Nobody risks this many times what the farthest target would bring; digits change places that way ("1.0080" for "1.0800")."""

_FARTHEST_TARGET, _FARTHEST_LAST = 15, 40
"""Nor does the only target of a call, or the last of several, bring so many times what is risked."""


_REACH, _BROAD_REACH = Decimal(8), Decimal("1.35")
_WIDTH, _BROAD_WIDTH = Decimal(2), Decimal("1.02")
"""How many times the lowest price of a call the highest can be, and of its zone; less in markets that move little."""


def _scale(signal: Signal, low: Decimal, high: Decimal) -> Iterator[Reason]:
    """A lost or doubled digit: a level far from the others, or outside what this market can cost. low, high: of all prices."""
    if low <= 0:
        yield Reason("price_zero", "A price of zero.")
        return
    limits = band(signal.symbol)
    if limits is not None and not (limits[0] <= low and high <= limits[1]):
        levels = prices_of((*signal.entry, *signal.targets, signal.stop))
        odd = next(price for price in levels if not limits[0] <= price <= limits[1])
        yield Reason(
            "price_unlikely", f"{odd} is no likely price of {signal.symbol}: another unit or a mistyped digit."
        )
        return
    reach, width = (_BROAD_REACH, _BROAD_WIDTH) if is_broad(signal.symbol) else (_REACH, _WIDTH)
    if high > low * reach:
        yield Reason("scale_odd", f"{low} and {high} do not belong to one trade: a digit may be missing.")
    elif len(signal.entry) > 1 and signal.entry[1].value > signal.entry[0].value * width:
        yield Reason(
            "zone_wide", f"The entry zone {signal.entry[0].value} to {signal.entry[1].value} is too wide to be one."
        )


def _proportion(entry: list[Decimal], stop: Decimal, targets: list[Decimal]) -> Iterator[Reason]:
    """A stop so far away that no target is worth it, or targets out of all proportion to the stop."""
    away = max(abs(target - price) for target in targets for price in entry)
    if min([abs(price - stop) for price in entry]) > away * _FARTHEST_STOP:
        yield Reason("levels_odd", f"The stop {stop} is far beyond every target: a digit may be mistyped.")
    risk = max([abs(price - stop) for price in entry])
    if 0 < risk * (_FARTHEST_TARGET if len(targets) == 1 else _FARTHEST_LAST) < away:
        yield Reason("levels_odd", f"The target {targets[-1]} is far beyond what is risked: a digit may be mistyped.")
