"""What happens to channels as a whole; part of the glossary in `events.py`."""

from __future__ import annotations

from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Health, Message, Policy
from signalos_tui.model.tags import EventBase


class ChannelFollowed(EventBase, frozen=True):
    """A channel is read for the first time, or its title changed."""

    channel: Channel


class ChannelHealthChanged(EventBase, frozen=True):
    """We see a channel's posts again, or may be missing some."""

    channel: ChannelId
    health: Health
    detail: str = ""


class ChannelPaused(EventBase, frozen=True):
    """The owner wants nothing opened from a channel."""

    channel: ChannelId
    by: str


class ChannelResumed(EventBase, frozen=True):
    """A paused channel trades again."""

    channel: ChannelId
    by: str


class ChannelUnfollowed(EventBase, frozen=True):
    """A channel is read no more. What it said stays, and its open trades are managed on."""

    channel: ChannelId


class ChannelPolicySet(EventBase, frozen=True):
    """The owner says what a channel's signals may do on this account; it stands above config.toml."""

    channel: ChannelId
    policy: Policy
    by: str


class PostImported(EventBase, frozen=True):
    """A post from before the channel was followed, kept to judge the channel by. It is never read to be acted on."""

    message: Message
    content: str
