"""The tables that say where is traded: which terminal, and what the embedded one is like."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from zlib import crc32

from msgspec import Meta

from signalos_tui.config.bounds import AccountName, Bounds, Fingerprint, GatewayAddress, Letters, Printable, Rising
from signalos_tui.config.table import Table

Positive = Annotated[Decimal, Bounds(0, above=True)]
NotNegative = Annotated[Decimal, Bounds(0)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class Terminal(Table, frozen=True, forbid_unknown_fields=True):
    """[terminal]: where is traded. The token never stands in the file, only where it is."""

    kind: Literal["paper", "mt5"] = "paper"
    """The embedded paper terminal, or a MetaTrader 5 beside a gateway."""
    address: Annotated[str, GatewayAddress()] = ""
    """Where the gateway listens: "host:port", or "unix:/path" on this machine."""
    account: Annotated[str, AccountName()] = ""
    """The account that has to be there, "<server>/<login>"; any other is refused."""
    demo_only: bool = True
    """Refuse an account with real money, and one of which it is not known."""
    token_env: Annotated[str, Letters("_")] = ""
    """The environment variable that holds the gateway's token."""
    token_file: str = ""
    """The file that holds it, instead of `token_env`."""
    fingerprint: Annotated[str, Fingerprint()] = ""
    """The fingerprint of the gateway's certificate, as the gateway tells it."""
    certificate_file: str = ""
    """A copy of that certificate, instead of `fingerprint`."""
    commission: NotNegative = Decimal(0)
    """What the broker takes a lot and side, account money: a part of the risk that MetaTrader does not tell beforehand."""

    @property
    def is_local(self) -> bool:
        """Reached over a Unix socket: no TLS."""
        return self.address.startswith("unix:")

    @property
    def lacks(self) -> tuple[str, str] | None:
        """What kind = "mt5" still needs: the key, and why; None when nothing."""
        if self.kind == "paper":
            return None
        if not self.address:
            return "address", "address is empty: where does the gateway listen?"
        if not self.account:
            return "account", "account is empty: which account has to be there?"
        if bool(self.token_env) == bool(self.token_file):
            return "token_file", "one of token_env and token_file says where the gateway's token is"
        if not self.is_local and bool(self.fingerprint) == bool(self.certificate_file):
            return "fingerprint", "one of fingerprint and certificate_file says how the gateway is known"
        return None


class Paper(Table, frozen=True, forbid_unknown_fields=True):
    """[paper]: the embedded terminal."""

    balance: Positive = Decimal(10_000)
    """Money at the start."""
    currency: Literal["USD", "EUR", "GBP"] = "USD"
    """The account's currency."""
    leverage: Annotated[int, Meta(ge=1, le=2000)] = 100
    """Leverage of margin."""
    suffix: Annotated[str, Printable(16)] = ""
    """What the broker appends to symbol names (".m", "pro")."""
    commission: NotNegative = Decimal("3.5")
    """Commission a lot and side."""
    slippage_points: Count = 3
    """The largest slippage of a market order."""
    latency_ms: Annotated[tuple[Count, Count], Rising()] = (40, 180)
    """Shortest and longest answer time."""
    login: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 1_000_001
    """The account's number. One of [accounts] has a number of its own, made from its name, unless it says another."""
    account: Literal["hedging", "netting"] = "hedging"
    """The kind of account: every trade its own position, or one position a symbol."""
    symbols: str = ""
    """A file of a real broker's symbols (`signalos gateway --dump-symbols`); its account's rules hold then."""


def paper_login(name: str) -> int:
    """The number of a named paper account: the same at every start, another for every name that is likely to be used."""
    return 2_000_000 + crc32(name.casefold().encode()) % 8_000_000
