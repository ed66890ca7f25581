"""The trading account and the one value that says whether we may trade."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from msgspec import Struct


class TradingState(StrEnum):
    """ACTIVE: everything. REDUCING: no new positions, open ones are managed. HALTED: the owner's own commands only."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


class Account(Struct, frozen=True):
    """The account as the terminal reports it. Money in account currency; margin_level in percent, 0 when nothing is open."""

    login: int
    server: str
    currency: str
    balance: Decimal
    equity: Decimal
    margin: Decimal
    margin_free: Decimal
    margin_level: Decimal
    leverage: int
    is_demo: bool
    is_hedging: bool
    trade_allowed: bool
    at: int

    @property
    def name(self) -> str:
        """The account's identity: "<server>/<login>"."""
        return f"{self.server}/{self.login}"
