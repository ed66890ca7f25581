"""A message that was not read with certainty is the owner's to decide."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.decisions import RuleVerdict
from signalos_tui.model.signals import ReadingKind, ReadingVerdict, in_one_line

RULE = "readable"


def check(case: Case) -> RuleVerdict:
    """The reader's own reasons hold; what is no signal, or has no side, cannot be traded at all."""
    reading = case.reading
    if reading.kind is not ReadingKind.SIGNAL or reading.verdict is ReadingVerdict.IGNORE:
        return denied(RULE, f"The message was read as {reading.kind}", f"{reading.kind}", "signal")
    if case.signal.side is None:
        return denied(RULE, "The signal does not say buy or sell", "no side", "buy or sell")
    if reading.verdict is ReadingVerdict.HOLD:
        why = in_one_line(reading.reasons) or "The reader asks for a second look"
        return held(RULE, why, ", ".join(reason.code for reason in reading.reasons) or "hold", "act")
    return passed(RULE, "Read without a doubt", "act", "act")
