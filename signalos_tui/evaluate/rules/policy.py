"""What the channel may do on this account: nothing with real money before the owner has said so.

It is asked last, so that it can say what it keeps from happening: that is what a channel on paper is judged by.
"""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.config import Giver
from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import lots, money
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.account import Money
from signalos_tui.model.decisions import Effect, RuleVerdict
from signalos_tui.model.messages import Policy

RULE = "policy"
KEY = "P"
"""What the console's key is before the owner gives it another one."""


def check(case: Case) -> RuleVerdict:
    """Paper denies with real money, and where it is not known whose the money is; ask holds; trade passes.

    An approval answers what is held. It is no answer to paper: that is said once, for the channel, and not in passing.
    """
    policy = case.permit.on(case.account)
    if case.permit.opens_nothing_on(case.account):
        why = "this account has real money" if case.account is not None else "it is not known what account this is"
        text = f"{_kept_back(case)} on paper, and {why}. {_way_out(case)}"
        return denied(RULE, text, f"paper, {_whose(case)}", "no real money")
    if policy is Policy.ASK:
        return held(RULE, "Every signal of this channel waits for you", "ask", "trade")
    if policy is Policy.PAPER:
        return passed(RULE, f"On paper, and this is {_whose(case)}", f"paper, {_whose(case)}", "no real money")
    return passed(RULE, f"The channel may trade {_whose(case)}", "trade", "trade")


def _kept_back(case: Case) -> str:
    # What would have been, where the other rules would have let it.
    effects = {verdict.effect for verdict in case.so_far}
    if Effect.DENY in effects:
        return "The channel is"
    if Effect.HOLD in effects or case.asking is not None:
        return f"Would have waited for you{_planned(case)}: the channel is"
    return f"Would have been traded{_planned(case)}: the channel is"


def _planned(case: Case) -> str:
    plan = case.plan
    if plan is None or case.account is None:
        return ""
    volume = lots(sum((leg.volume for leg in plan.legs), start=Decimal(0)))
    legs = f"{len(plan.legs)} leg{'s' * (len(plan.legs) != 1)}"
    return (
        f" as {plan.side.upper()} {volume} {plan.symbol} in {legs}, {money(plan.risk, case.account.currency)} at risk"
    )


def _way_out(case: Case) -> str:
    way = f'{KEY} on the channel changes that, or policy = "trade" under [channels."{case.channel}"]'
    return f"Its title is its owner's to change and allows nothing. {way}" if case.permit.by is Giver.TITLE else way


def _whose(case: Case) -> str:
    if case.account is None:
        return "an unknown account"
    return {Money.PAPER: "a paper account", Money.DEMO: "a demo account", Money.REAL: "real money"}[case.account.money]
