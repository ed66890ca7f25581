"""Nothing is decided without a fresh price (reference: reliability C4)."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import plain, seconds
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "quote"


def check(case: Case) -> RuleVerdict:
    """The price is there, of the right instrument, in order (0 < bid <= ask) and not older than the limit."""
    quote = case.quote
    limit = seconds(case.quote_age_limit_ms)
    if quote is None:
        return denied(
            RULE, "There is no price. The market may be closed, or the terminal is not connected", "none", limit
        )
    if case.spec is not None and quote.symbol != case.spec.name:
        return denied(RULE, f"The price is of {quote.symbol}, not of {case.spec.name}", quote.symbol, case.spec.name)
    if not (quote.bid.is_finite() and quote.ask.is_finite() and 0 < quote.bid <= quote.ask):
        seen = f"{plain(quote.bid)}/{plain(quote.ask)}"
        return denied(RULE, f"The price {seen} is not one", seen, "0 < bid <= ask")
    if quote.at <= 0:
        return denied(
            RULE, "How old the price is cannot be told yet: the terminal has just started", "not known", limit
        )
    age = max(0, case.now - quote.at)
    if age > case.quote_age_limit_ms:
        text = f"The last price is {seconds(age)} old. The market may be closed"
        return denied(RULE, text, seconds(age), limit)
    return passed(RULE, f"Price {plain(quote.bid)}/{plain(quote.ask)}, {seconds(age)} old", seconds(age), limit)
