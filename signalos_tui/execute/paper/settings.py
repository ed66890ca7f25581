"""How the paper broker behaves: its account, its costs and its speed."""

from __future__ import annotations

from msgspec import Struct


class PaperSettings(Struct, frozen=True, kw_only=True):
    """The paper account and its broker. Money in `currency`."""

    login: int = 1_000_001
    server: str = "SignalOS-Paper"
    name: str = "Paper account"
    currency: str = "USD"
    """A currency the catalogue can convert to: USD, EUR, GBP, JPY, CHF, AUD, CAD, NZD."""
    balance: float = 10_000.0
    """Money at the very start; later the books say."""
    leverage: int = 100
    suffix: str = ""
    """What the broker appends to plain symbol names."""
    commission: float = 0.0
    """Commission a lot and side."""
    latency_ms: tuple[int, int] = (40, 180)
    """Shortest and longest answer time of the trade server."""
    slippage_points: int = 2
    """The largest slippage of market, stop and stop-loss orders, always against the trader."""
    margin_call: float = 100.0
    """Margin level in percent the broker calls at; shown only."""
    stop_out: float = 50.0
    """Margin level in percent below which the broker closes the worst position."""
    max_orders: int = 200
    """The largest number of pending orders; 0 for no limit."""
