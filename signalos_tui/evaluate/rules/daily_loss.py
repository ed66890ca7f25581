"""The day's loss limit holds even if everything that is open, and this signal too, ends at its stop.

A limit that is only looked at after the loss is no limit: the trade that would break it is not opened.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import percent
from signalos_tui.evaluate.rules.open_risk import at_risk
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "daily_loss"


def check(case: Case) -> RuleVerdict:
    """The loss so far, open positions included, and the worst that may come of it, in percent of the day's first equity.

    The worst is balance less all stops: floating losses are not counted twice.
    """
    most = case.trading.rules.max_daily_loss
    limit = percent(most)
    began, account = case.exposure.day_equity, case.account
    lost = case.sized.risk if case.sized is not None else None
    if began is None or began <= 0 or account is None:
        return denied(RULE, "The day's first equity is not known", "none", limit)
    so_far = (began - account.equity) * 100 / began
    if so_far >= most:
        text = f"The day stands at -{percent(so_far)}, the limit is {limit}: nothing new today"
        return denied(RULE, text, percent(so_far), limit)
    if lost is None:
        return denied(RULE, "The risk is not known", "none", limit)
    worst = (began - account.balance + at_risk(case.exposure) + lost) * 100 / began
    if worst > most:
        text = f"If all stops are hit the day ends at -{percent(worst)}, the limit is {limit}"
        return denied(RULE, text, percent(worst), limit)
    return passed(RULE, f"At worst the day ends at {percent(-worst)}", percent(max(so_far, Decimal(0))), limit)
