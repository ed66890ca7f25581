"""Only the instruments the owner wants."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.symbols import means
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "allowed"


def check(case: Case) -> RuleVerdict:
    """The `deny` list first, then `allow` when it is not empty. "GOLD" in a list also means XAUUSD."""
    rules = case.trading.rules
    names = [name for name in (case.signal.symbol, case.resolution.name) if name]
    seen = names[0] if names else "none"
    barred = _listed(names, rules.deny)
    if barred is not None:
        return denied(RULE, f"{seen} is on the list of instruments that are not traded", seen, f"not {barred}")
    if rules.allow and _listed(names, rules.allow) is None:
        text = f"{seen} is not among the instruments that are traded"
        return denied(RULE, text, seen, ", ".join(rules.allow))
    return passed(RULE, f"{seen} may be traded", seen, ", ".join(rules.allow) or "any")


def _listed(names: list[str], among: tuple[str, ...]) -> str | None:
    return next((entry for entry in among if any(means(entry, name) for name in names)), None)
