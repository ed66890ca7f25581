"""What evaluate says about a signal or an update, with each rule's verdict: the limit and the figure it saw."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.model.orders import Plan
from signalos_tui.model.signals import Reason


class Effect(StrEnum):
    """What one rule wants: PASS, HOLD for the owner, or DENY."""

    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    HOLD = "hold"
    DENY = "deny"


class RuleVerdict(Struct, frozen=True):
    """One rule's answer. seen, limit: the figures with their units ("3.1 pips", "2 pips"). text: the sentence for the owner."""

    rule: str
    effect: Effect
    seen: str
    limit: str
    text: str


class DecisionOutcome(StrEnum):
    """Accepted, held for the owner, or denied."""

    ACCEPTED = "accepted"
    HELD = "held"
    DENIED = "denied"


class Decision(Struct, frozen=True):
    """The answer to one signal. plan: what would be sent (also on a hold, where it could be made).

    by: "rules", "owner", or "both readers".
    """

    signal: SignalId
    outcome: DecisionOutcome
    verdicts: tuple[RuleVerdict, ...]
    reasons: tuple[Reason, ...] = ()
    plan: Plan | None = None
    by: str = "rules"


NOTHING_DONE = "nothing_done"
"""Of an update that was accepted: it changes nothing of one of its trades, one reason for each such trade."""


class UpdateDecision(Struct, frozen=True):
    """The answer to one update. signals: the trades it is bound to. reasons: why it is held, or what it does not change."""

    update: UpdateId
    outcome: DecisionOutcome
    signals: tuple[SignalId, ...]
    reasons: tuple[Reason, ...] = ()
    by: str = "rules"
