"""A trade that has run away, or waits too far off, is not the trade that was called."""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.draft import DraftLeg, edges
from signalos_tui.evaluate.figures import percent, places, plain
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict
from signalos_tui.model.signals import Side

RULE = "distance"


def check(case: Case) -> RuleVerdict:
    """At market the drift from the entry towards the target, in R; for a pending order its distance in percent.

    Checked on an approval too: the owner sees how far price has gone.
    """
    draft, quote = case.draft, case.quote
    if draft is None or quote is None or draft.side is None or not draft.legs:
        return denied(RULE, "There is no order to measure", "none", "an order")
    leg = draft.legs[0]
    if leg.entry is None:
        return _drift(case, leg, draft.side)
    market = quote.opening(draft.side)
    off = abs(leg.entry - market) * 100 / market
    seen, limit = percent(off), percent(case.trading.rules.max_pending_distance)
    text = f"The order at {plain(leg.entry)} waits {seen} from the market at {plain(market)}"
    if off > case.trading.rules.max_pending_distance:
        return denied(RULE, f"{text}, at most {limit} is allowed", seen, limit)
    return passed(RULE, text, seen, limit)


def _drift(case: Case, leg: DraftLeg, side: Side) -> RuleVerdict:
    most = case.trading.rules.max_entry_drift_r
    limit = f"{plain(most)} R"
    ends = edges(case.signal)
    if ends is None:
        return passed(RULE, "At market, the signal names no entry", "no entry", limit)
    near, _ = ends
    ran = (leg.reference - near) * side.sign
    if ran <= 0:
        return passed(RULE, f"The market at {plain(leg.reference)} is no worse than the entry", "0 R", limit)
    risk = (near - leg.stop) * side.sign if leg.stop is not None else Decimal(0)
    if risk <= 0:
        return denied(RULE, "The risk of the entry is not known", "none", limit)
    seen = f"{places(ran / risk, 2)} R"
    text = f"Price has run {seen} from the entry {plain(near)} to {plain(leg.reference)}"
    if ran > most * risk:
        return denied(RULE, f"{text}, at most {limit} is allowed", seen, limit)
    return passed(RULE, text, seen, limit)
