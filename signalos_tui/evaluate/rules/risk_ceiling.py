"""One signal never risks more than the ceiling, however its size was set."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import money, percent
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "risk_ceiling"


def check(case: Case) -> RuleVerdict:
    """The loss at all stops in percent of equity against [risk] max_percent."""
    most = case.trading.risk.max_percent
    lost = case.sized.risk if case.sized is not None else None
    if case.account is None or lost is None:
        return denied(RULE, "The risk is not known", "none", percent(most))
    share = lost * 100 / case.account.equity
    text = f"{money(lost, case.account.currency)} = {percent(share)} of equity at risk"
    if share > most:
        return denied(RULE, f"{text}, at most {percent(most)} is allowed", percent(share), percent(most))
    return passed(RULE, text, percent(share), percent(most))
