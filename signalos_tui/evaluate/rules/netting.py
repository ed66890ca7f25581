"""One trade a symbol where the account nets: two would share one position, and close one another (decision 0010)."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "netting"


def check(case: Case) -> RuleVerdict:
    """A hedging account, or no other trade on the symbol: open, pending and unsettled ones alike."""
    account, name = case.account, case.resolution.name
    if account is None or account.is_hedging:
        return passed(RULE, "The account keeps trades of one symbol apart", "hedging", "any")
    others = {trade.signal for trade in case.exposure.trades if trade.symbol == name} - {case.signal_id}
    if others:
        text = f"The account has one position a symbol, and a trade on {name} is under way. Wait until it has ended"
        return denied(RULE, text, f"{len(others)} on {name}", "0")
    return passed(RULE, f"No other trade on {name} of this netting account", "0", "0")
