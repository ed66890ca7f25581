"""When two readers who read a call alike may send it back to the rules: named doubts, a plain text, and nothing else at all.

Only doubts about which number is which are of the kind that a second pair of eyes settles. What contradicts itself, has a wrong
scale, reports, asks, hangs on a condition or hides something stays the owner's, whoever agrees about it. An agreement lifts the
reader's own hold; every other rule is asked again and may still hold or deny.
"""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.model.decisions import Decision, DecisionOutcome, Effect, RuleVerdict
from signalos_tui.model.opinions import Opinion
from signalos_tui.model.signals import Number, Reading, ReadingKind, ReadingVerdict

LESSER_DOUBTS = frozenset({"unread_number", "reversed"})
"""Codes of the reader: a number that could be a price has no label; a label stands behind its number."""

LIFTED = "readable"
"""The rule whose hold is the reader's own doubt."""

BY = "both readers"


def objection(decision: Decision, reading: Reading, opinion: Opinion, *, is_plain: bool) -> str:
    """Why an agreement does not send a held call back to the rules; "" when it may.

    is_plain: the text hides nothing and argues with nobody (`decode.grounds`).
    """
    if opinion.reading is None or not opinion.agrees:
        return "the readers do not agree"
    if decision.outcome is not DecisionOutcome.HELD or decision.by != "rules":
        return "it is not the rules that hold it"
    if (
        reading.kind is not ReadingKind.SIGNAL
        or reading.verdict is not ReadingVerdict.HOLD
        or len(reading.signals) != 1
    ):
        return "it is not one held call"
    doubts = {reason.code for reason in reading.reasons}
    if not doubts or not doubts <= LESSER_DOUBTS:
        return "it is held for more than a lesser doubt"
    if {reason.code for reason in decision.reasons} != {LIFTED} or not _held_by_doubt(decision):
        return "other rules hold it too"
    signal = reading.signals[0]
    if (
        signal.side is None
        or signal.symbol is None
        or not isinstance(signal.stop, Number)
        or signal.leverage is not None
    ):
        return "it is not complete: side, market and a stop as a price"
    if "unread_number" in doubts and not signal.entry:
        return "the number without a label may be its entry"
    if not is_plain:
        return "its text is not plain"
    return ""


def lifted(verdict: RuleVerdict) -> RuleVerdict:
    """A rule's verdict when both readers agree: the reader's own hold passes, with what it was still to be seen."""
    if verdict.rule == LIFTED and verdict.effect is Effect.HOLD:
        return replace(verdict, effect=Effect.PASS, text=f"Both readers agree: {verdict.text}")
    return verdict


def _held_by_doubt(decision: Decision) -> bool:
    return [verdict.rule for verdict in decision.verdicts if verdict.effect is not Effect.PASS] == [LIFTED]
