"""Nothing is decided on an account that is unknown, out of date, or not allowed to trade."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import money, seconds
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "account"
MAX_AGE_MS = 60_000
"""How old the account's figures may be (reference: reliability C4)."""


def check(case: Case) -> RuleVerdict:
    """The account's figures are there, fresh and positive, and the terminal may trade."""
    account = case.account
    if account is None:
        return denied(
            RULE, "The terminal does not answer, so nothing is opened. Check its connection", "none", "an account"
        )
    age = case.now - account.at
    if age > MAX_AGE_MS:
        text = f"The account's figures are {seconds(age)} old. Check the terminal's connection"
        return denied(RULE, text, seconds(age), seconds(MAX_AGE_MS))
    if not account.trade_allowed:
        text = "The terminal may not trade this account. Switch on algo trading, and log in with the trading password"
        return denied(RULE, text, "not allowed", "allowed")
    equity = money(account.equity, account.currency)
    if not account.equity.is_finite() or account.equity <= 0:
        return denied(RULE, f"The equity is {equity}", equity, "above 0")
    return passed(RULE, f"{account.name}, equity {equity}", equity, "above 0")
