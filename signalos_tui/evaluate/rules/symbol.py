"""The instrument is known, certain and open for trading, or nothing is sent (reference: reliability C2)."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "symbol"
LIMIT = "one certain match"


def check(case: Case) -> RuleVerdict:
    """None or several matches deny, a similar name holds, an instrument that is not fully tradable denies."""
    wanted = case.signal.symbol
    found = case.resolution
    if not wanted:
        return denied(RULE, "The signal names no instrument", "none", LIMIT)
    if found.how == "ambiguous":
        names = ", ".join(found.candidates)
        text = f"{wanted} may be any of {names}. Say which under [aliases]"
        return denied(RULE, text, f"{len(found.candidates)} matches", LIMIT)
    if found.name is None:
        text = f"The broker has no {wanted}. If it goes by another name there, add it under [aliases]"
        return denied(RULE, text, "no match", LIMIT)
    if case.spec is None or case.spec.name != found.name:
        text = f"The terminal does not describe {found.name}. Check that it is in the Market Watch"
        return denied(RULE, text, found.name, LIMIT)
    if not case.spec.tradable:
        return denied(RULE, f"{found.name} is closed for new positions at the broker", "not tradable", "tradable")
    if not found.is_certain:
        text = f"{wanted} is taken for {found.name} only because it comes near. Add it under [aliases] to be sure"
        return held(RULE, text, f"{found.name} ({found.how})", LIMIT)
    return passed(RULE, f"{wanted} is {found.name}", f"{found.name} ({found.how})", LIMIT)
