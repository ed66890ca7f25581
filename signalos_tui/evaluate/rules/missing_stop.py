"""What happens to a signal without a stop is the owner's choice (reference: reliability B4)."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.draft import has_stop
from signalos_tui.evaluate.figures import pips
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "missing_stop"


def check(case: Case) -> RuleVerdict:
    """hold, deny or default, as `missing_stop` says. On a hold the plan is shown with the default stop, and approved with it."""
    policy = case.trading.rules.missing_stop
    if has_stop(case.signal):
        return passed(RULE, "The signal has a stop", "stop", policy)
    default = pips(case.trading.rules.default_stop_pips)
    if policy == "default":
        return passed(RULE, f"The signal has no stop, {default} are used", "no stop", policy)
    if policy == "hold":
        return held(RULE, f"The signal has no stop. Approved, it gets one of {default}", "no stop", policy)
    return denied(RULE, "The signal has no stop", "no stop", policy)
