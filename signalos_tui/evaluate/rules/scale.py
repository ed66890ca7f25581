"""A price far from the market is a lost digit or another instrument (reference: reliability B2)."""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import percent, plain
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.decisions import RuleVerdict
from signalos_tui.model.signals import Number

RULE = "scale"


def check(case: Case) -> RuleVerdict:
    """The furthest of all prices, those of the text and those drafted from distances, against max_scale_off percent."""
    limit = case.trading.rules.max_scale_off
    if case.quote is None:
        return denied(RULE, "There is no price to compare with", "none", percent(limit))
    market = case.quote.mid
    prices = _prices(case)
    if not prices:
        return passed(RULE, "The signal names no price", "none", percent(limit))
    worst = max(prices, key=lambda price: abs(price - market))
    off = abs(worst - market) * 100 / market
    text = f"{plain(worst)} is {percent(off)} from the market at {plain(market)}"
    if off > limit:
        return held(RULE, f"{text}: a lost digit, or another instrument?", percent(off), percent(limit))
    return passed(RULE, f"The furthest price, {text}", percent(off), percent(limit))


def _prices(case: Case) -> list[Decimal]:
    signal = case.signal
    levels = (*signal.entry, signal.stop, *signal.targets)
    written = [level.value for level in levels if isinstance(level, Number)]
    legs = case.draft.legs if case.draft is not None else ()
    drafted = [price for leg in legs for price in (leg.entry, leg.stop, leg.target) if price is not None]
    return written + drafted
