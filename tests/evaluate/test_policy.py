"""The rule about a channel's policy: what it denies, holds and lets pass on whose money, and what it says would have been."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.config import Giver, Permit
from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.gate import judge
from signalos_tui.evaluate.rules import RULES, policy
from signalos_tui.model.account import Account
from signalos_tui.model.decisions import DecisionOutcome, Effect
from signalos_tui.model.messages import Policy
from signalos_tui.model.signals import ReadingVerdict, Reason
from tests.evaluate.cases import ACCOUNT, CHANNEL, EXPOSURE, READING, case

REAL = replace(ACCOUNT, is_demo=False)
PAPER_ACCOUNT = replace(ACCOUNT, is_paper=True)
PAPER, ASK, TRADE = Policy.PAPER, Policy.ASK, Policy.TRADE
WAY_OUT = f'P on the channel changes that, or policy = "trade" under [channels."{CHANNEL}"]'


def permitted(policy: Policy, by: Giver = Giver.CONSOLE, **over: Any) -> Case:
    """A sound signal of a channel with this policy."""
    return case(permit=Permit(policy, by), **over)


def test_policy_is_asked_last() -> None:
    assert RULES[-1].name == policy.RULE


@pytest.mark.parametrize(
    ("said", "account", "effect", "seen"),
    [
        (PAPER, PAPER_ACCOUNT, Effect.PASS, "paper, a paper account"),
        (PAPER, ACCOUNT, Effect.PASS, "paper, a demo account"),
        (PAPER, REAL, Effect.DENY, "paper, real money"),
        (PAPER, None, Effect.DENY, "paper, an unknown account"),
        (ASK, ACCOUNT, Effect.HOLD, "ask"),
        (ASK, REAL, Effect.HOLD, "ask"),
        (ASK, None, Effect.HOLD, "ask"),
        (TRADE, ACCOUNT, Effect.PASS, "trade"),
        (TRADE, REAL, Effect.PASS, "trade"),
    ],
)
def test_policy_by_whose_money_it_is(said: Policy, account: Account | None, effect: Effect, seen: str) -> None:
    verdict = policy.check(replace(permitted(said), account=account))
    assert (verdict.effect, verdict.seen) == (effect, seen)


@pytest.mark.parametrize(("said", "account"), product(Policy, [ACCOUNT, PAPER_ACCOUNT, REAL]))
@pytest.mark.parametrize("by", list(Giver))
def test_gate_when_the_money_is_real_then_only_trade_or_an_approved_ask_is_accepted(
    said: Policy, account: Account, by: Giver
) -> None:
    made = permitted(said, by, account=account)
    outcomes = {
        flag: judge(replace(made, **{flag: True})).outcome is DecisionOutcome.ACCEPTED
        for flag in ("edited", "by_owner", "seconded")
    }
    if account is REAL and (said is PAPER or by is Giver.TITLE):
        assert not any(outcomes.values())
    else:
        assert outcomes == {"edited": said is not ASK, "by_owner": True, "seconded": said is not ASK}


def test_paper_when_the_money_is_real_then_it_says_what_would_have_been_and_how_to_change_it() -> None:
    decision = judge(permitted(PAPER, Giver.NOBODY, account=REAL))
    assert decision.outcome is DecisionOutcome.DENIED
    assert decision.plan is not None
    [reason] = decision.reasons
    assert reason.text == (
        "Would have been traded as BUY 0.09 lots XAUUSD in 3 legs, 90.90 USD at risk: the channel is on paper, and this "
        f"account has real money. {WAY_OUT}"
    )


def test_paper_when_the_title_allows_more_then_it_says_why_that_does_not_count() -> None:
    decision = judge(permitted(TRADE, Giver.TITLE, account=REAL))
    assert f"Its title is its owner's to change and allows nothing. {WAY_OUT}" in decision.reasons[0].text


def test_paper_when_it_would_have_waited_then_it_says_that() -> None:
    unsure = replace(READING, verdict=ReadingVerdict.HOLD, reasons=(Reason("hedged", "It hedges"),))
    for over in ({"reading": unsure}, {"asking": Reason("edit_swapped", "An edit made another call of it")}):
        decision = judge(permitted(PAPER, account=REAL, **over))
        assert decision.outcome is DecisionOutcome.DENIED
        assert decision.reasons[0].text.startswith("Would have waited for you as BUY 0.09 lots XAUUSD")


def test_paper_when_another_rule_denies_too_then_nothing_would_have_been() -> None:
    decision = judge(permitted(PAPER, account=REAL, exposure=replace(EXPOSURE, channel_paused=True)))
    texts = [reason.text for reason in decision.reasons]
    assert texts[0] == "The channel is paused. Resume it to trade its signals"
    assert texts[-1] == f"The channel is on paper, and this account has real money. {WAY_OUT}"


def test_paper_when_no_order_can_be_made_then_only_why_not_is_told() -> None:
    wide = judge(permitted(PAPER, account=REAL, sized=None))
    assert not any("Would have" in reason.text for reason in wide.reasons)


def test_paper_when_the_account_is_not_known_then_denied_with_that() -> None:
    decision = judge(replace(permitted(PAPER), account=None, sized=None))
    assert "policy" in [verdict.rule for verdict in decision.verdicts if verdict.effect is Effect.DENY]
    assert "it is not known what account this is" in decision.verdicts[-1].text


def test_ask_when_approved_then_what_was_overridden_stays_visible() -> None:
    decision = judge(permitted(ASK, account=REAL, by_owner=True))
    assert (decision.outcome, decision.by) == (DecisionOutcome.ACCEPTED, "owner")
    assert decision.verdicts[-1].text == "Overridden by the owner: Every signal of this channel waits for you"


def test_asking_when_a_rule_denies_then_denied_all_the_same() -> None:
    asking = Reason("edit_swapped", "An edit made another call of it")
    held = judge(case(asking=asking))
    assert (held.outcome, held.reasons) == (DecisionOutcome.HELD, (asking,))
    paused = case(asking=asking, exposure=replace(EXPOSURE, channel_paused=True))
    assert judge(paused).outcome is DecisionOutcome.DENIED
