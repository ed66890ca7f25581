"""All stops together never cost more than the owner allows (reference: reliability R11)."""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.evaluate.case import Case, Exposure
from signalos_tui.evaluate.figures import money, percent
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "open_risk"


def at_risk(exposure: Exposure) -> Decimal:
    """Account money lost if every open trade ends at its stop; a stop in profit counts 0, it pays for no other trade."""
    return sum((max(trade.risk, Decimal(0)) for trade in exposure.trades), Decimal(0))


def check(case: Case) -> RuleVerdict:
    """The risk of everything open and of this plan, in percent of equity, against max_open_risk."""
    most = case.trading.rules.max_open_risk
    lost = case.sized.risk if case.sized is not None else None
    if case.account is None or lost is None:
        return denied(RULE, "The risk is not known", "none", percent(most))
    before = at_risk(case.exposure)
    share = (before + lost) * 100 / case.account.equity
    text = f"{money(before, case.account.currency)} is at risk, with this signal {percent(share)} of equity"
    if share > most:
        return denied(RULE, f"{text}, at most {percent(most)} is allowed", percent(share), percent(most))
    return passed(RULE, text, percent(share), percent(most))
