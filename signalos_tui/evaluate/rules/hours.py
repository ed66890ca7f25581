"""New positions only in the owner's hours, on the clock of the owner's time zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict
from signalos_tui.model.hours import DAYS, parse

RULE = "hours"


def check(case: Case) -> RuleVerdict:
    """Now, in `timezone`, against `hours`. `Rules` holds none that cannot be read."""
    rules = case.trading.rules
    if not rules.hours:
        return passed(RULE, "At any time", "", "always")
    moment = datetime.fromtimestamp(case.now / 1000, ZoneInfo(rules.timezone))
    seen = f"{DAYS[moment.weekday()].capitalize()} {moment:%H:%M}"
    limit = ", ".join(rules.hours)
    if any(parse(window).holds(moment.weekday(), moment.hour * 60 + moment.minute) for window in rules.hours):
        return passed(RULE, f"{seen} ({rules.timezone}) is within trading hours", seen, limit)
    return denied(RULE, f"{seen} ({rules.timezone}) is outside the trading hours {limit}", seen, limit)
