"""A signal is only good for the moment it was written for (reference: reliability C1, A16)."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.figures import seconds
from signalos_tui.evaluate.verdicts import denied, held, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "staleness"
AHEAD_MS = 5_000
"""A post from further in the future than this means that a clock is wrong."""


def check(case: Case) -> RuleVerdict:
    """The age of the first revision, so that an edit never makes an old post new.

    An approval lifts the age: the owner decides now. Drift, spread and scale are checked against today's price all the same.
    """
    age = case.now - case.posted_at
    limit = round(case.trading.rules.max_age_s * 1000)
    figures = (seconds(age), seconds(limit))
    if age < -AHEAD_MS:
        text = f"The post is dated {seconds(-age)} in the future. Check the clock of this machine"
        return held(RULE, text, *figures)
    if age <= limit:
        return passed(RULE, f"{seconds(age)} old", *figures)
    if case.by_owner:
        return passed(RULE, f"{seconds(age)} old, released by the owner", *figures)
    what = "An edit of a post" if case.edited else "The signal is"
    return denied(RULE, f"{what} {seconds(age)} old, at most {seconds(limit)} is allowed", *figures)
