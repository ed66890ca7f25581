"""What the projections give to those who ask: one frozen value a row."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reading


class ChannelStatistics(Struct, frozen=True):
    """What came of one channel in a span of time.

    signals: readable calls; accepted + held + denied + rejected + those not decided. reasons: why signals were denied or held,
    by code. legs: recorded intents; open_legs: not ended yet; won, lost: closed with more or less than nothing. profit: of closed
    legs and parts, account currency. risk: money at the stops of the legs that were opened.
    """

    channel: ChannelId
    title: str
    messages: int
    edited: int
    deleted: int
    signals: int
    accepted: int
    held: int
    denied: int
    rejected: int
    reasons: dict[str, int]
    legs: int
    open_legs: int
    won: int
    lost: int
    profit: Decimal
    risk: Decimal


class Exported(Struct, frozen=True):
    """How an export went. stopped: where and why it ended early, "" when it holds the whole journal."""

    records: int
    stopped: str = ""


class Recalled(Struct, frozen=True):
    """A post that was taken in to be read. message: as it first came. reading: of its last revision; None: not read yet.

    signals: the calls it makes, or is a part of. followed: the calls its own updates were bound to and carried out on.
    """

    message: Message
    reading: Reading | None
    signals: tuple[SignalId, ...] = ()
    followed: tuple[SignalId, ...] = ()
