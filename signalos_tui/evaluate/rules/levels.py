"""What the text leaves open about entry and levels is the owner's to settle."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "levels"


def check(case: Case) -> RuleVerdict:
    """The draft's faults hold; a draft without a single leg cannot be approved either."""
    if case.draft is None:
        return denied(RULE, "No order could be drafted: instrument or price is not known", "none", "an order")
    faults = case.draft.faults
    codes = ", ".join(fault.code for fault in faults)
    text = "; ".join(fault.text for fault in faults)
    if not case.draft.legs:
        return denied(RULE, text or "The signal gives no order", codes or "no legs", "an order")
    if faults:
        return held(RULE, text, codes, "no open question")
    return passed(RULE, "; ".join(case.draft.notes) or f"A {case.draft.kind} order", "clear", "no open question")
