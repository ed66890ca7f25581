"""How many trades may be open at once, altogether and on one instrument (reference: reliability R11, C7)."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "open_trades"


def check(case: Case) -> RuleVerdict:
    """Open, pending and unsettled signals, this one included, against max_open_trades and max_open_per_symbol."""
    rules = case.trading.rules
    name = case.resolution.name
    count = 1 + len({trade.signal for trade in case.exposure.trades})
    here = 1 + len({trade.signal for trade in case.exposure.trades if trade.symbol == name})
    if rules.max_open_trades and count > rules.max_open_trades:
        text = f"{count - 1} trades are open, at most {rules.max_open_trades} are allowed"
        return denied(RULE, text, f"{count}", f"{rules.max_open_trades}")
    if rules.max_open_per_symbol and here > rules.max_open_per_symbol:
        text = f"{here - 1} trades are open on {name}, at most {rules.max_open_per_symbol} are allowed"
        return denied(RULE, text, f"{here} on {name}", f"{rules.max_open_per_symbol}")
    limit = f"{rules.max_open_trades}" if rules.max_open_trades else "no limit"
    return passed(RULE, f"Trade {count} of {limit}, number {here} on {name}", f"{count}", limit)
