"""A reading less certain than the owner wants is held."""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import percent
from signalos_tui.evaluate.verdicts import held, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "confidence"


def check(case: Case) -> RuleVerdict:
    """The reading's confidence against min_confidence, both as percent."""
    least = case.trading.rules.min_confidence
    seen, limit = (percent(Decimal(str(value)) * 100) for value in (case.reading.confidence, least))
    if case.reading.confidence >= least:
        return passed(RULE, f"Read with {seen} confidence", seen, limit)
    return held(RULE, f"Read with {seen} confidence, {limit} is asked for", seen, limit)
