"""One trade a symbol where the account nets: two would share one position, and close one another (decision 0010)."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "netting"


def check(case: Case) -> RuleVerdict:
    """A hedging account, or no other trade on the symbol: open, pending and unsettled ones alike.

    One that is being closed is no hindrance: what follows it is sent when it has ended (`execute/sending.py`), or never.
    """
    account, name = case.account, case.resolution.name
    if account is None or account.is_hedging:
        return passed(RULE, "The account keeps trades of one symbol apart", "hedging", "any")
    here = [trade for trade in case.exposure.trades if trade.symbol == name and trade.signal != case.signal_id]
    others = {trade.signal for trade in here if not trade.is_ending}
    if here and not others:
        return passed(RULE, f"The trade on {name} is being closed: this one is sent when it has ended", "0", "0")
    if others:
        text = f"The account has one position a symbol, and a trade on {name} is under way. Wait until it has ended"
        return denied(RULE, text, f"{len(others)} on {name}", "0")
    return passed(RULE, f"No other trade on {name} of this netting account", "0", "0")
