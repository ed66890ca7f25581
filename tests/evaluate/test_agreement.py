"""When an agreement of both readers sends a held call back to the rules, and each thing that keeps it from doing so."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.evaluate.agreement import BY, LESSER_DOUBTS, lifted, objection
from signalos_tui.evaluate.gate import judge
from signalos_tui.evaluate.rules import RULES
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.decisions import Decision, DecisionOutcome, Effect
from signalos_tui.model.opinions import Opinion
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict, Reason
from tests.evaluate.cases import SIGNAL, call, case, dist

DOUBT = Reason("unread_number", "A number has no label")
READING = Reading(ReadingKind.SIGNAL, ReadingVerdict.HOLD, 0.9, signals=(call(),), reasons=(DOUBT,))
HELD = held("readable", "A number has no label", "unread_number", "act")
DECISION = Decision(
    SIGNAL,
    DecisionOutcome.HELD,
    (passed("channel", "fine", "", ""), HELD),
    (Reason("readable", "A number has no label"),),
)
AGREED = Opinion(reading=READING, agrees=True)


def said(
    decision: Decision = DECISION, reading: Reading = READING, opinion: Opinion = AGREED, *, is_plain: bool = True
) -> str:
    return objection(decision, reading, opinion, is_plain=is_plain)


def test_agreement_when_only_a_lesser_doubt_holds_then_no_objection() -> None:
    assert said() == ""
    for code in LESSER_DOUBTS:
        assert said(reading=replace(READING, reasons=(Reason(code, "so"),))) == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"opinion": replace(AGREED, agrees=False)},
        {"opinion": replace(AGREED, reading=None)},
        {"decision": replace(DECISION, outcome=DecisionOutcome.DENIED)},
        {"decision": replace(DECISION, outcome=DecisionOutcome.ACCEPTED)},
        {"decision": replace(DECISION, by="owner")},
        {"decision": replace(DECISION, by=BY)},
        {"decision": replace(DECISION, reasons=(*DECISION.reasons, Reason("edit_of_rejected", "again")))},
        {"decision": replace(DECISION, reasons=())},
        {"decision": replace(DECISION, verdicts=(*DECISION.verdicts, held("scale", "far", "9 %", "5 %")))},
        {"decision": replace(DECISION, verdicts=(*DECISION.verdicts, denied("spread", "wide", "9", "3")))},
        {"decision": replace(DECISION, verdicts=(passed("readable", "fine", "", ""),))},
        {"reading": replace(READING, kind=ReadingKind.UPDATE)},
        {"reading": replace(READING, verdict=ReadingVerdict.ACT)},
        {"reading": replace(READING, signals=())},
        {"reading": replace(READING, signals=(call(), call()))},
        {"reading": replace(READING, reasons=())},
        {"reading": replace(READING, reasons=(DOUBT, Reason("question", "It asks")))},
        {"reading": replace(READING, reasons=(Reason("stop_wrong_side", "no"),))},
        {"reading": replace(READING, signals=(call(side=None),))},
        {"reading": replace(READING, signals=(call(symbol=None),))},
        {"reading": replace(READING, signals=(call(stop=None),))},
        {"reading": replace(READING, signals=(call(stop=dist("50")),))},
        {"reading": replace(READING, signals=(call(leverage="20"),))},
        {"reading": replace(READING, signals=(call(entry=()),))},
        {"is_plain": False},
    ],
    ids=range(25),
)
def test_agreement_when_anything_else_is_so_then_an_objection(changed: dict[str, Any]) -> None:
    assert said(**changed) != ""


def test_verdict_when_lifted_then_only_the_readers_own_hold_passes() -> None:
    assert lifted(HELD).effect is Effect.PASS
    assert lifted(HELD).text == "Both readers agree: A number has no label"
    for other in (
        held("scale", "far", "", ""),
        denied("readable", "noise", "", ""),
        passed("readable", "fine", "", ""),
    ):
        assert lifted(other) == other


def test_gate_when_seconded_then_the_readers_hold_passes_and_every_rule_is_asked() -> None:
    asked = case(reading=READING)
    assert judge(asked).outcome is DecisionOutcome.HELD
    decision = judge(replace(asked, seconded=True))
    assert (decision.outcome, decision.by) == (DecisionOutcome.ACCEPTED, BY)
    assert [verdict.rule for verdict in decision.verdicts] == [rule.name for rule in RULES]


def test_gate_when_seconded_and_not_confident_enough_then_still_held() -> None:
    unsure = case(reading=replace(READING, confidence=0.5))
    assert judge(replace(unsure, seconded=True)).outcome is DecisionOutcome.HELD
