"""Only an ACTIVE desk opens anything."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import RuleVerdict

RULE = "trading_state"


def check(case: Case) -> RuleVerdict:
    """REDUCING and HALTED deny; that is what the kill switch is for, so an approval does not lift it."""
    state = case.exposure.trading_state
    if state is TradingState.ACTIVE:
        return passed(RULE, "Trading is active", state, TradingState.ACTIVE)
    text = f"Trading is {state}: nothing new is opened before you resume"
    return denied(RULE, text, state, TradingState.ACTIVE)
