"""No plan, no trade: sizing's own reason says why."""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import lots, money
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "size"


def check(case: Case) -> RuleVerdict:
    """There is a plan, of this signal, with legs, each with a stop and a volume."""
    plan = case.plan
    if plan is None:
        reasons = case.sized.reasons if case.sized is not None else ()
        text = "; ".join(reason.text for reason in reasons) or "The signal was not sized"
        return denied(RULE, text, ", ".join(reason.code for reason in reasons) or "none", "a plan")
    if plan.signal != case.signal_id:
        return denied(RULE, f"The plan is of another signal, {plan.signal}", plan.signal, case.signal_id)
    if not plan.legs or any(leg.stop is None or leg.volume <= 0 for leg in plan.legs):
        return denied(RULE, "A leg has no stop or no volume", f"{len(plan.legs)} legs", "a stop and a volume each")
    seen = lots(sum((leg.volume for leg in plan.legs), start=Decimal(0)))
    currency = case.account.currency if case.account is not None else ""
    legs = "1 leg" if len(plan.legs) == 1 else f"{len(plan.legs)} legs"
    text = "; ".join((f"{seen} in {legs}, {money(plan.risk, currency)} at risk", *plan.notes))
    return passed(RULE, text, seen, "a plan")
