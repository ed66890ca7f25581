"""The gate: all rules in order, one decision. It fails closed.

A rule that breaks denies. A denial beats a hold, a hold beats a pass. Nothing is accepted without a plan. The owner's approval
turns holds into passes and nothing else, a second reader's agreement only those of the reader's own doubt; what was overridden
stays visible. Whatever else asks for the owner (an edit, a correction) holds what no rule denies. While he has not said which of
the broker's instruments is meant, the rules about that instrument have nothing to look at: the others are asked, and what passes
them waits for his answer instead of being denied.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from signalos_tui.evaluate.agreement import BY, lifted
from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.rules import NEEDS_MARKET, RULES, Rule
from signalos_tui.evaluate.verdicts import denied
from signalos_tui.model.decisions import Decision, DecisionOutcome, Effect, RuleVerdict
from signalos_tui.model.signals import Reason


def judge(case: Case, rules: Sequence[Rule] = RULES) -> Decision:
    """The decision on a case, with the verdict of every rule that could be asked. Never raises for what a rule does."""
    plan = case.plan
    waits = case.resolution.is_question and case.resolution.name is None
    verdicts: tuple[RuleVerdict, ...] = ()
    for rule in rules:
        if not (waits and rule.name in NEEDS_MARKET):
            verdicts = (*verdicts, _asked(rule, replace(case, so_far=verdicts)))
    effects = {verdict.effect for verdict in verdicts}
    if Effect.DENY in effects or not verdicts or (plan is None and not (waits and Effect.HOLD in effects)):
        outcome = DecisionOutcome.DENIED
    elif Effect.HOLD in effects or case.asking is not None:
        outcome = DecisionOutcome.HELD
    else:
        outcome = DecisionOutcome.ACCEPTED
    reasons = _reasons(verdicts, can_be_sent=plan is not None or waits)
    if outcome is DecisionOutcome.HELD and case.asking is not None:
        reasons = (case.asking, *reasons)
    return Decision(
        signal=case.signal_id,
        outcome=outcome,
        verdicts=verdicts,
        reasons=reasons,
        plan=plan,
        by="owner" if case.by_owner else BY if case.seconded else "rules",
    )


def _asked(rule: Rule, case: Case) -> RuleVerdict:
    try:
        verdict = rule.check(case)
    except Exception as error:  # noqa: BLE001 (the gate fails closed: whatever breaks in a rule is a denial)
        text = f"The rule itself failed ({type(error).__name__}: {error}). Please report it"
        return denied(rule.name, text, type(error).__name__, "a verdict")
    if verdict.effect is Effect.HOLD and case.by_owner:
        return replace(verdict, effect=Effect.PASS, text=f"Overridden by the owner: {verdict.text}")
    return lifted(verdict) if case.seconded else verdict


def _reasons(verdicts: Sequence[RuleVerdict], *, can_be_sent: bool) -> tuple[Reason, ...]:
    # What denies before what holds, so that the first reason explains the outcome. Where no order could be made, every rule
    # after the first denial only repeats that there is nothing to judge.
    found: dict[str, Reason] = {}
    for effect in (Effect.DENY, Effect.HOLD):
        for verdict in verdicts:
            if verdict.effect is effect and (can_be_sent or effect is Effect.HOLD or not found):
                found.setdefault(verdict.text, Reason(verdict.rule, verdict.text))
    return tuple(found.values())
