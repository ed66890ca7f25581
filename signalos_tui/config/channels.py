"""[channels."<id or title>"]: what one channel has of its own, and what its signals may do on which account.

A title is its owner's to change, so with real money it allows nothing: there only the console and the id count. Money of which it
is not known whose it is counts as real.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Struct, field

from signalos_tui.config.tables import Config, Trading, Words
from signalos_tui.harmless import one_line
from signalos_tui.model.account import Account, is_real
from signalos_tui.model.messages import Policy


class PolicyName(Struct, frozen=True):
    """One of the three policies."""

    def explain(self, value: str) -> str | None:
        """Why `value` is none."""
        if value in tuple(Policy):
            return None
        return f'was "{one_line(value)[:40]}", must be "paper", "ask" or "trade"'


class Channel(Trading, frozen=True, forbid_unknown_fields=True):
    """[channels.X] as it is checked: what it has of its own, and how it writes."""

    policy: Annotated[str, PolicyName()] = Policy.PAPER
    """What its signals may do; under a title it allows nothing with real money."""
    reading: Words = Words()
    """[channels.X.reading]"""
    symbols: dict[str, dict[str, Any]] = field(default_factory=dict)
    """[channels.X.symbols.<name>]: as [symbols.<name>], for this channel alone."""


class Giver(StrEnum):
    """Where a policy was said: in the console, in config.toml under the channel's id or its title, or nowhere."""

    CONSOLE = "console"
    ID = "id"
    TITLE = "title"
    NOBODY = "nobody"


class Permit(Struct, frozen=True):
    """What a channel's signals may do. policy: as it was said; what that comes to is a question of the account."""

    policy: Policy = Policy.PAPER
    by: Giver = Giver.NOBODY

    def on(self, account: Account | None) -> Policy:
        """What holds on this account; None for one that is not known."""
        return Policy.PAPER if self.by is Giver.TITLE and is_real(account) else self.policy

    def opens_nothing_on(self, account: Account | None) -> bool:
        """Its signals are judged and shown on this account, and that is all."""
        return is_real(account) and self.on(account) is Policy.PAPER


def permit(config: Config, channel: str, title: str = "", chosen: Policy | None = None) -> Permit:
    """Which policy applies to a channel. chosen: in the console; it stands above config.toml."""
    if chosen is not None:
        return Permit(chosen, Giver.CONSOLE)
    own = config.channels.get(channel) or config.channels.get(title) or {}
    if "policy" not in own:
        return Permit()
    by = Giver.ID if config.channels.get(channel) else Giver.TITLE
    return Permit(msgspec.convert(own["policy"], Policy), by)
