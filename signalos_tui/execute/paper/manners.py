"""How the dealing desk treats an order: filled at once is only one of the ways.

A test or a drill lines up manners: `PaperTerminal.manners`, one for each market order that passes the checks, and
`PaperTerminal.triggered`, one for each pending order whose price is reached (there only `fraction` and `slippage` count). When
none is left, the desk goes by its settings. What happens is broker behaviour, so the answer always tells the truth about the
books; lost and late answers are `faults.py`.
"""

from __future__ import annotations

from msgspec import Struct


class Manner(Struct, frozen=True, kw_only=True):
    """What happens to one order. This one as it stands: it is filled whole, at once, after the usual slippage.

    requotes: refused with 10004 and the quote, nothing happens. fraction: the share of the volume that finds a counterpart;
    FOK is refused then, IOC leaves the rest, RETURN lets it wait for the next quote. slippage: points against the trader,
    negative in his favour; None for the settings' own. placed_ms: answered 10008 with the order's ticket, dealt that much
    later, at the first quote or question. cancels: such an order is cancelled by the dealer instead. is_bare: the answer names
    neither deal nor price, as from an exchange; None for what the symbol's execution mode says.
    """

    requotes: bool = False
    fraction: float = 1.0
    slippage: int | None = None
    placed_ms: int | None = None
    cancels: bool = False
    is_bare: bool | None = None


PLAIN = Manner()
