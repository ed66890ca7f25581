"""Nothing is opened from a channel that is paused, switched off, or not read any more."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "channel"


def check(case: Case) -> RuleVerdict:
    """Unfollowed or paused by the owner, or `enabled = false` for the desk, the channel or the symbol."""
    if not case.exposure.channel_is_read:
        text = (
            "The channel is not followed any more, so nobody would hear what it says about the trade. Follow it again"
        )
        return denied(RULE, text, "not followed", "followed")
    if case.exposure.channel_paused:
        return denied(RULE, "The channel is paused. Resume it to trade its signals", "paused", "trading")
    if not case.trading.enabled:
        text = (
            "Trading is switched off here: enabled = false in the configuration, or settings under a title that cannot be "
            "weighed with real money. signalos doctor names them"
        )
        return denied(RULE, text, "off", "on")
    return passed(RULE, "The channel may be traded", "trading", "trading")
