"""What a gateway is told: where to listen, which account it is pinned to, what it lets through, and its times."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from signalos_tui.link.secret import Secret

OFFICIAL = "MetaTrader5"
"""The vendor's module. It is named here and imported in the worker, nowhere else."""


class Limits(Struct, frozen=True, kw_only=True):
    """What one client, and all of them together, may ask for (reference: reliability F9)."""

    connections: int = 16
    hello_s: float = 5.0
    """The greeting has to be there after so many seconds."""
    silence_s: float = 30.0
    """A client that has said nothing for so long is gone; clients say Ping before that."""
    calls: int = 64
    """Calls of one connection that wait for their answer."""
    follows: int = 500
    """Symbols one client follows."""
    queued_bytes: int = 40 * 1024 * 1024
    """What waits for a slow reader; a broker's whole list of symbols has to fit."""
    stalled_s: float = 10.0
    """A reader that takes nothing for so long is dropped."""


class Guards(Struct, frozen=True, kw_only=True):
    """What is checked before each send. login 0, server "": pinned to what the paper terminal says."""

    login: int = 0
    server: str = ""
    is_real: bool = False
    max_lot: float = 1.0
    """The largest volume of one order, lots."""
    symbols: tuple[str, ...] = ()
    """The broker's names of what may be traded; empty for all."""
    max_age_s: float = 120.0
    """An intent older than this is refused."""
    clock_s: float = 10.0
    """How far the clocks of client and gateway may be apart."""


class Times(Struct, frozen=True, kw_only=True):
    """How long things may take, seconds."""

    open_s: float = 90.0
    """Starting the worker and logging in."""
    read_s: float = 12.0
    """Below the 15 s after which the console gives up on a question."""
    send_s: float = 40.0
    """Below the 60 s after which the console counts an answer as lost."""
    wait_s: float = 5.0
    """How long an order may wait for others before it; then it is refused, and nothing was called."""
    close_wait_s: float = 15.0
    """The same for what can only make less of it: closes, levels, removals. They go before openings, and within their time."""
    tick_s: float = 0.1
    """How often followed symbols are asked for their tick."""
    silent_s: float = 3.0
    """A look that takes longer is told as a hang; the worker has until `read_s` all the same."""
    stuck_s: float = 4.5
    """The same for a question and for an order, which may take longer: a long list, a slow broker."""
    look_s: float = 0.25
    """How often orders, positions and the account are looked at."""
    pause_s: float = 1.0
    """The pause before the terminal is tried again; doubled each time."""
    longest_pause_s: float = 60.0
    ending_s: float = 5.0
    """What waits at the end for calls under way beyond `send_s`, and for the worker to go."""


class Settings(Struct, frozen=True, kw_only=True):
    """One gateway: one terminal, one account."""

    data: Path
    """Folder of the intent store, the token, the certificate and the log."""
    listen: str
    """"unix:PATH" or "HOST:PORT"."""
    token: Secret
    module: str = OFFICIAL
    """The import name of the module the worker calls; the paper terminal's is `PAPER`."""
    terminal: str = ""
    """Path of terminal64.exe. Without one the vendor's module would attach to whatever is open."""
    password: Secret = Secret("")
    """Of the account; empty for the one the terminal has saved itself."""
    certificate: Path | None = None
    key: Path | None = None
    locks: Path | None = None
    """Folder of the account locks, common to all gateways of this user; `data` when None."""
    paper: dict[str, Any] = {}
    """For `PAPER`: what its terminal is made of."""
    guards: Guards = Guards()
    limits: Limits = Limits()
    times: Times = Times()

    @property
    def is_paper(self) -> bool:
        """No broker is behind this gateway."""
        return self.module == PAPER


PAPER = "signalos_tui.gateway.paper"
"""The paper terminal's module, as the worker imports it."""
