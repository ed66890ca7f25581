from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.gate import judge
from signalos_tui.evaluate.rules import RULES, Rule
from signalos_tui.evaluate.symbols import Resolution
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome, Effect, RuleVerdict
from signalos_tui.model.signals import ReadingVerdict, Reason
from tests.evaluate.cases import ACCOUNT, EXPOSURE, NOW, READING, SIGNAL, call, case, quote, trading

ACCEPTED, HELD, DENIED = DecisionOutcome.ACCEPTED, DecisionOutcome.HELD, DecisionOutcome.DENIED


def says(effect: Effect, name: str = "made_up") -> Rule:
    make = {Effect.PASS: passed, Effect.HOLD: held, Effect.DENY: denied}[effect]

    def check(case: Case) -> RuleVerdict:
        return make(name, f"{name} says {effect}", "1 x", "2 x")

    return Rule(name, check)


def broken(case: Case) -> RuleVerdict:
    raise ZeroDivisionError("no tick value")


def test_sound_signal_then_accepted_with_plan_and_every_verdict() -> None:
    made = case()
    decision = judge(made)
    assert (decision.signal, decision.outcome, decision.by) == (SIGNAL, ACCEPTED, "rules")
    assert decision.plan == made.plan
    assert decision.reasons == ()
    assert [verdict.rule for verdict in decision.verdicts] == [rule.name for rule in RULES]


@pytest.mark.parametrize(
    ("effects", "outcome"),
    [
        ((Effect.PASS,), ACCEPTED),
        ((Effect.PASS, Effect.HOLD), HELD),
        ((Effect.HOLD, Effect.DENY, Effect.PASS), DENIED),
        ((Effect.DENY, Effect.HOLD), DENIED),
        ((), DENIED),
    ],
)
def test_outcome_then_the_strictest_verdict(effects: tuple[Effect, ...], outcome: DecisionOutcome) -> None:
    decision = judge(case(), [says(effect, f"r{n}") for n, effect in enumerate(effects)])
    assert decision.outcome is outcome
    assert len(decision.verdicts) == len(effects)


def test_rule_when_it_raises_then_denied_with_its_name_and_the_error() -> None:
    decision = judge(case(), [says(Effect.PASS), Rule("wobbly", broken), says(Effect.PASS)])
    assert decision.outcome is DENIED
    verdict = decision.verdicts[1]
    assert (verdict.rule, verdict.effect, verdict.seen) == ("wobbly", Effect.DENY, "ZeroDivisionError")
    assert "no tick value" in verdict.text
    assert len(decision.verdicts) == 3


@pytest.mark.parametrize("position", range(len(RULES)))
def test_gate_when_any_one_of_the_real_rules_breaks_then_denied(position: int) -> None:
    rules = [Rule(r.name, broken) if n == position else r for n, r in enumerate(RULES)]
    for by_owner in (False, True):
        decision = judge(case(by_owner=by_owner), rules)
        assert decision.outcome is DENIED
        assert decision.reasons[0].code == RULES[position].name


def test_gate_when_there_is_no_plan_then_denied_whatever_the_rules_say() -> None:
    assert judge(case(sized=None), [says(Effect.PASS)]).outcome is DENIED


def test_reasons_then_denials_first() -> None:
    decision = judge(case(), [says(Effect.HOLD, "a"), says(Effect.DENY, "b"), says(Effect.HOLD, "c")])
    assert [reason.code for reason in decision.reasons] == ["b", "a", "c"]


def test_held_signal_then_the_plan_is_shown() -> None:
    decision = judge(case(call(stop=None)))
    assert decision.outcome is HELD
    assert decision.plan is not None
    assert decision.reasons == (Reason("missing_stop", "The signal has no stop. Approved, it gets one of 50 pips"),)


def test_approval_then_holds_pass_and_stay_visible() -> None:
    unsure = replace(READING, verdict=ReadingVerdict.HOLD, confidence=0.4)
    decision = judge(case(call(stop=None), reading=unsure, posted_at=NOW - 300_000, by_owner=True))
    assert (decision.outcome, decision.by, decision.reasons) == (ACCEPTED, "owner", ())
    overridden = [v.rule for v in decision.verdicts if v.text.startswith("Overridden by the owner: ")]
    assert overridden == ["readable", "confidence", "missing_stop"]
    assert decision.plan is not None


@pytest.mark.parametrize(
    ("held_case", "rule"),
    [
        (case(exposure=replace(EXPOSURE, trading_state=TradingState.HALTED)), "trading_state"),
        (case(exposure=replace(EXPOSURE, channel_paused=True)), "channel"),
        (case(resolution=Resolution(None, "ambiguous", False, ("A", "B"))), "symbol"),
        (case(now_quote=quote(at=NOW - 60_000)), "quote"),
        (case(now_quote=quote("2344", "2346")), "spread"),
        (case(call(stop=None), settings=trading(missing_stop="deny")), "missing_stop"),
        (case(call(stop="2350")), "geometry"),
        (case(account=replace(ACCOUNT, equity=Decimal(9_000))), "daily_loss"),
    ],
)
def test_approval_when_the_account_is_at_stake_then_still_denied(held_case: Case, rule: str) -> None:
    decision = judge(replace(held_case, by_owner=True))
    assert decision.outcome is DENIED
    assert rule in [reason.code for reason in decision.reasons]


def test_decision_then_the_same_for_the_same_case() -> None:
    assert judge(case()) == judge(case())


PRICES = st.decimals(Decimal("0.01"), Decimal(9000), places=2)


@settings(max_examples=150)
@given(
    bid=st.one_of(PRICES, st.sampled_from([Decimal("NaN"), Decimal("Infinity"), Decimal(0), Decimal(-1)])),
    spread=st.decimals(Decimal(-1), Decimal(5), places=2),
    stop=st.one_of(st.none(), PRICES.map(str)),
    target=PRICES.map(str),
    equity=st.decimals(allow_nan=True, allow_infinity=True),
    by_owner=st.booleans(),
)
def test_accepted_for_any_figures_then_stops_are_on_the_losing_side_and_risk_within_the_ceiling(
    bid: Decimal, spread: Decimal, stop: str | None, target: str, equity: Decimal, by_owner: bool
) -> None:
    """However absurd the market or the account: the gate answers, and what it accepts is sound."""
    made = case(
        call(stop=stop, targets=(target,)),
        now_quote=quote(str(bid), str(bid + spread)),
        account=replace(ACCOUNT, equity=equity),
        by_owner=by_owner,
    )
    decision = judge(made)
    assert len(decision.verdicts) == len(RULES)
    if decision.outcome is not ACCEPTED:
        return
    assert decision.plan is not None
    for leg in decision.plan.legs:
        entry = leg.entry if leg.entry is not None else bid + spread
        assert leg.stop is not None
        assert leg.stop < entry
        assert leg.target is None or leg.target > entry
    assert decision.plan.risk * 100 <= equity * 5


def test_reasons_when_no_order_could_be_made_then_only_the_first_denial_is_told() -> None:
    """Without a plan every later rule only repeats that there is nothing to judge."""
    rules = [says(Effect.DENY, "a"), says(Effect.DENY, "b"), says(Effect.HOLD, "c")]
    assert [reason.code for reason in judge(case(sized=None), rules).reasons] == ["a", "c"]
    assert [reason.code for reason in judge(case(), rules).reasons] == ["a", "b", "c"]
