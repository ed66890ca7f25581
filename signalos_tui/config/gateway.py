"""[gateway]: what `signalos gateway` is told. The token and the password of the account never stand in the file."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from signalos_tui.config.bounds import Bounds, ListenAddress
from signalos_tui.config.table import Table


class Gateway(Table, frozen=True, forbid_unknown_fields=True):
    """[gateway]: the process beside a MetaTrader 5 terminal; only `signalos gateway` reads it."""

    listen: Annotated[str, ListenAddress()] = ""
    """Where to listen: "unix:/path" or "host:port"; empty for a socket in the data folder (on Windows 127.0.0.1:8750)."""
    terminal: str = ""
    """The path of terminal64.exe."""
    login: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)] = 0
    """The account the terminal has to be logged in to; no other is ever served."""
    server: str = ""
    """Its trade server, spelled as in MetaTrader."""
    real: bool = False
    """It is an account with real money. Without this a real account is refused, with it a demo account is."""
    max_lot: Annotated[Decimal, Bounds(0, 10_000, above=True)] = Decimal(1)
    """The largest volume of one order, lots."""
    symbols: tuple[str, ...] = ()
    """Only these are traded; empty for all. Names as the broker spells them."""
    max_age_s: Annotated[float, Meta(gt=0, le=600)] = 120.0
    """An order that was decided longer ago is refused, by the gateway's clock."""
    call_s: Annotated[float, Meta(gt=0, le=300)] = 40.0
    """The longest a call of the terminal may take; then the worker is killed and started again."""
    tick_ms: Annotated[int, Meta(ge=10, le=10_000)] = 100
    """How often followed symbols are asked for their price."""
    token_file: str = ""
    """The file with the token; empty for `token` in the data folder."""
    password_file: str = ""
    """A file with the account's password; empty when the terminal has saved it itself."""
    password_keyring: str = ""
    """Or its entry in the system's keyring, "service/user"."""
    certificate: str = ""
    """The certificate for TLS; empty for `certificate.pem` in the data folder, where there is one."""
    key: str = ""
    """Its key; empty for `key.pem` beside it."""
