"""The broker's margin for the plan is there."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import money
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "margin"


def check(case: Case) -> RuleVerdict:
    """The margin of all legs, pending ones too, against what is free."""
    account = case.account
    needed = case.sized.margin if case.sized is not None else None
    if account is None or needed is None:
        return denied(RULE, "The margin is not known", "none", "free margin")
    seen, limit = money(needed, account.currency), money(account.margin_free, account.currency)
    if needed > account.margin_free:
        return denied(RULE, f"The plan needs {seen} of margin, {limit} is free", seen, limit)
    return passed(RULE, f"The plan needs {seen} of margin, {limit} is free", seen, limit)
