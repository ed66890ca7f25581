"""What is forwarded is not what the channel says: its owner is asked, unless he said otherwise (reference: reliability A11)."""

from __future__ import annotations

from signalos_tui.config import Rules
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reason


def why_forwarded(message: Message, rules: Rules) -> Reason | None:
    """Why a post is not acted on by itself; None: it is the channel's own, or forwarded posts count as such."""
    if message.forwarded_from is None or rules.forwarded == "trade":
        return None
    return Reason("forwarded", "It was forwarded: somebody else's words, or the channel's own of another day")
