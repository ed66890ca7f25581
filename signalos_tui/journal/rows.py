"""What the projections give to those who ask: one frozen value a row."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from signalos_tui.model.ids import ChannelId, SignalId


class SignalRow(Struct, frozen=True):
    """One signal. outcome: read, accepted, held, denied or rejected. profit: account currency. at: first seen, ms UTC."""

    signal: SignalId
    channel: ChannelId
    at: int
    symbol: str
    side: str
    outcome: str
    reasons: tuple[str, ...]
    profit: Decimal
