"""Nothing is opened from a channel that is paused or switched off."""

from __future__ import annotations

from signalos_tui.evaluate.case import Case
from signalos_tui.evaluate.verdicts import denied, passed
from signalos_tui.model.decisions import RuleVerdict

RULE = "channel"


def check(case: Case) -> RuleVerdict:
    """Paused by the owner, or `enabled = false` for the desk, the channel or the symbol."""
    if case.exposure.channel_paused:
        return denied(RULE, "The channel is paused. Resume it to trade its signals", "paused", "trading")
    if not case.trading.enabled:
        return denied(RULE, "Trading is switched off here (enabled = false in the configuration)", "off", "on")
    return passed(RULE, "The channel may be traded", "trading", "trading")
