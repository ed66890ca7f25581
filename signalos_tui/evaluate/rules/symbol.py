"""The instrument is known, certain and open for trading, or nothing is sent (reference: reliability C2)."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "symbol"
LIMIT = "one certain match"
CHOOSE = "Choose the instrument"
"""What the owner is asked for; the console's key has the same name."""
MOST_NAMES = 5


def check(case: Case) -> RuleVerdict:
    """None denies, several hold until the owner has said which, a similar name holds, what is not fully tradable denies.

    Approving a signal says nothing about its instrument, so it does not answer which of several is meant.
    """
    wanted = case.signal.symbol
    found = case.resolution
    if not wanted:
        return denied(RULE, "The signal names no instrument", "none", LIMIT)
    if found.how == "never":
        return denied(RULE, f"You said that {wanted} is never traded on this account", "never", LIMIT)
    if found.how == "ambiguous":
        return _several(case, wanted)
    if found.name is None:
        text = f"The broker has no {wanted}. If it goes by another name there, add it under [aliases]"
        return denied(RULE, text, "no match", LIMIT)
    if case.spec is None or case.spec.name != found.name:
        text = f"The terminal does not describe {found.name}. Check that it is in the Market Watch"
        return denied(RULE, text, found.name, LIMIT)
    if not case.spec.tradable:
        return denied(RULE, f"{found.name} is closed for new positions at the broker", "not tradable", "tradable")
    if not found.is_certain:
        text = f"{wanted} may be {found.name}, but that is not certain. {CHOOSE}"
        return held(RULE, text, f"{found.name} ({found.how})", LIMIT)
    return passed(RULE, f"{wanted} is {found.name}", f"{found.name} ({found.how})", LIMIT)


def _several(case: Case, wanted: str) -> RuleVerdict:
    found = case.resolution
    names = ", ".join(found.candidates[:MOST_NAMES]) + (" and others" if len(found.candidates) > MOST_NAMES else "")
    seen = f"{len(found.candidates)} matches"
    if not found.is_question:  # an alias of config.toml that fits several, or only what is closed
        return denied(RULE, f"{wanted} may be any of {names}. Say which under [aliases]", seen, LIMIT)
    text = f"{wanted} may be any of {names}" if found.candidates else f"It is not certain what {wanted} is"
    if found.lapsed:
        text = f"What you chose for {wanted} is not what it was: {found.lapsed}"
    if case.by_owner:
        return denied(RULE, f"{text}. {CHOOSE} first", seen, LIMIT)
    return held(RULE, f"{text}. {CHOOSE}", seen, LIMIT)
