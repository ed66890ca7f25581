"""What makes one invented channel sound like itself: its markets, its words, its habits. Data only.

Templates are `str.format` texts. A call may use {name} {side} {near} {far} {sl} {tp1}..{tp5} {leverage} {order}; a reply
{name} {entry} {price} {pips} {n} {sl}; chatter {name} {n}. near is the price now, far the other end of an entry zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel
from signalos_tui.model.signals import Side


class Kind(StrEnum):
    """What a post is. The second half are the ways in which providers go wrong."""

    CALL = "call"
    PENDING = "pending"
    HALF = "half"
    CHATTER = "chatter"
    NO_STOP = "no_stop"
    NO_SIDE = "no_side"
    MAYBE = "maybe"
    WRONG_STOP = "wrong_stop"
    FAR = "far"
    UNKNOWN = "unknown"
    STALE = "stale"
    AGAIN = "again"
    FIXED = "fixed"
    WITHDRAWN = "withdrawn"
    HOSTILE = "hostile"


class Reply(StrEnum):
    """What a follow-up says about an earlier call."""

    FIRST_TARGET = "first_target"
    TARGET = "target"
    LAST_TARGET = "last_target"
    STOPPED = "stopped"
    SCRATCHED = "scratched"
    HALF = "half"
    TRIM = "trim"
    CLOSE = "close"
    CANCEL = "cancel"
    FILLED = "filled"


class Market(Struct, frozen=True):
    """A market as a channel writes it. digits: decimals in posts. stride: a first target's usual distance, in price. pip:
    what its "pips" are, in price.
    """

    symbol: str
    names: tuple[str, ...]
    digits: int
    stride: float
    pip: float


class Voice(Struct, frozen=True, kw_only=True):
    """One channel.

    weight: how often it posts, relative to the others. targets, stop, zone: distances in strides. habits: how often each
    kind of post, relative. foreign: names of markets no broker here has. numerals: digits it writes instead of 0-9, at
    times. decimal: its decimal mark. first: the number its posts begin after.
    """

    name: str
    title: str
    provider: str
    weight: float
    first: int
    markets: tuple[Market, ...]
    sides: Mapping[Side, tuple[str, ...]]
    posts: Mapping[Kind, tuple[str, ...]]
    replies: Mapping[Reply, tuple[str, ...]] = {}
    habits: Mapping[Kind, float]
    targets: tuple[float, ...] = (1.0, 2.2, 4.0)
    stop: float = 4.5
    zone: float = 1.2
    foreign: tuple[str, ...] = ()
    orders: tuple[str, str] = ("limit", "stop")
    leverage: tuple[int, ...] = (10,)
    numerals: str = ""
    decimal: str = "."
    patience_s: int = 600

    @property
    def channel(self) -> Channel:
        """The channel as the source announces it."""
        return Channel(ChannelId(f"demo:{self.name}"), self.title, self.provider)
