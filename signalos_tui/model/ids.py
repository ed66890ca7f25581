"""Identities: who and what a value talks about.

Every id is a pure function of what was published and where it trades, so a re-delivered message, an edit, a restart or a
lost journal all give the same id (reference: send protocol 3.2). No clock, counter or revision goes into one.

    channel      tg:-100123                      where; a small group is tg:-123, one topic of a forum tg:-100123/45
    message key  tg:-100123/2041                 one post
    signal id    tg:-100123/2041#1               the first signal of that post
    update id    tg:-100123/2041~1               the first update of that post
    leg id       tg:-100123/2041#1.2             the second leg of that signal; "…!1.2" after the owner issued it again
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NewType

ChannelId = NewType("ChannelId", str)
MessageKey = NewType("MessageKey", str)
SignalId = NewType("SignalId", str)
UpdateId = NewType("UpdateId", str)
LegId = NewType("LegId", str)
Magic = NewType("Magic", int)
Ticket = NewType("Ticket", int)

MAGIC_BITS = 53


def message_key(channel: ChannelId, message: int) -> MessageKey:
    """The key of one post, whatever its revision."""
    return MessageKey(f"{channel}/{message}")


def signal_id(key: MessageKey, number: int) -> SignalId:
    """The id of the `number`-th signal of a post, counted from 1."""
    return SignalId(f"{key}#{number}")


def update_id(key: MessageKey, number: int) -> UpdateId:
    """The id of the `number`-th update of a post, counted from 1."""
    return UpdateId(f"{key}~{number}")


def leg_id(signal: SignalId, number: int, issue: int = 0) -> LegId:
    """The id of one leg; `issue` counts how often the owner issued the signal again on purpose."""
    return LegId(f"{signal}!{issue}.{number}" if issue else f"{signal}.{number}")


def closing_id(leg: LegId, number: int, part: int) -> LegId:
    """The name a closing deal's magic is derived from: the `part`-th deal of a leg's `number`-th action."""
    return LegId(f"{leg}~{number}.{part}")


def message_of(subject: SignalId | UpdateId) -> MessageKey:
    """The post a signal or an update was read from."""
    return MessageKey(subject.replace("~", "#").rpartition("#")[0])


def channel_of(key: MessageKey) -> ChannelId:
    """The channel a post stands in."""
    return ChannelId(key.rpartition("/")[0])


def number_of(key: MessageKey) -> int:
    """The number of a post in its channel."""
    return int(key.rpartition("/")[2])


def magic(salt: bytes, account: str, leg: LegId, probe: int = 0) -> Magic:
    """MetaTrader's `magic` of a leg: at most 53 bits, never 0.

    account: "<server>/<login>". probe: 0, and the next number when the journal already knows the value for another leg.
    """
    text = f"{account}|{leg}|{probe}".encode()
    value = int.from_bytes(blake2b(text, key=salt[:64], digest_size=8).digest(), "big") >> (64 - MAGIC_BITS)
    return Magic(value or 1)
