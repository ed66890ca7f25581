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


class Money(StrEnum):
    """What an account trades with: the paper terminal's, a broker's demo money, or the owner's."""

    PAPER = "paper"
    DEMO = "demo"
    REAL = "real"


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
    is_paper: bool = False
    """The terminal is the paper terminal: nobody's money, not even a broker's invention."""

    @property
    def money(self) -> Money:
        """Whose money it is. What is not known to be a demo account is a real one (reference: reliability C11)."""
        return Money.PAPER if self.is_paper else Money.DEMO if self.is_demo else Money.REAL

    @property
    def name(self) -> str:
        """The account's identity: "<server>/<login>"."""
        return f"{self.server}/{self.login}"


def is_real(account: Account | None) -> bool:
    """Real money may be at stake: also where it is not known what account it is."""
    return account is None or account.money is Money.REAL
