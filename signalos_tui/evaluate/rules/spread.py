"""A wide spread is paid at once: measured in pips, and as a share of the way to the stop."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import percent, pips
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "spread"


def check(case: Case) -> RuleVerdict:
    """The spread against max_spread_pips, and against max_spread_of_stop of the nearest stop's distance."""
    rules, spec, quote = case.trading.rules, case.spec, case.quote
    if spec is None or quote is None:
        return denied(RULE, "The spread is not known", "none", pips(rules.max_spread_pips))
    wide = quote.spread / spec.pip
    seen, limit = pips(wide), pips(rules.max_spread_pips)
    if wide > rules.max_spread_pips:
        return denied(RULE, f"The spread is {seen}, at most {limit} is allowed", seen, limit)
    legs = case.draft.legs if case.draft is not None else ()
    ways = [abs(leg.reference - leg.stop) for leg in legs if leg.stop is not None]
    if not ways:
        return passed(RULE, f"The spread is {seen}", seen, limit)
    if min(ways) == 0:
        return denied(RULE, "The stop stands at the entry", "0 %", percent(rules.max_spread_of_stop))
    share = quote.spread * 100 / min(ways)
    if share > rules.max_spread_of_stop:
        most = percent(rules.max_spread_of_stop)
        text = f"The spread of {seen} is {percent(share)} of the way to the stop, at most {most} is allowed"
        return denied(RULE, text, percent(share), most)
    return passed(RULE, f"The spread is {seen}, {percent(share)} of the way to the stop", seen, limit)
