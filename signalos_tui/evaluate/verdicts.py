"""The three answers a rule can give, so that a rule's file reads as the rule.

seen and limit are the figures with their units; text is the sentence for the owner.
"""

from __future__ import annotations

from signalos_tui.model.decisions import Effect, RuleVerdict


def passed(rule: str, text: str, seen: str = "", limit: str = "") -> RuleVerdict:
    """Nothing against it."""
    return RuleVerdict(rule, Effect.PASS, seen, limit, text)


def held(rule: str, text: str, seen: str = "", limit: str = "") -> RuleVerdict:
    """The owner decides."""
    return RuleVerdict(rule, Effect.HOLD, seen, limit, text)


def denied(rule: str, text: str, seen: str = "", limit: str = "") -> RuleVerdict:
    """Not traded, whoever asks."""
    return RuleVerdict(rule, Effect.DENY, seen, limit, text)
