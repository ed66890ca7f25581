"""The invented market of the paper terminal: it goes on from the prices its books saw last."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from signalos_tui.execute.feeds.synthetic import WATCHABLE_PACE, SyntheticMarket
from signalos_tui.execute.paper.store import PaperStore


def invented_market(seed: int, store: Path, pace: float | Decimal, *, tick_hz: float = 1.0) -> SyntheticMarket:
    """Prices of every instrument, weekends too. store: the books, which need not be there yet. pace: of [demo], 1 for usual."""
    each = float(pace) * WATCHABLE_PACE
    return SyntheticMarket(seed, prices=_last_prices(store), tick_hz=tick_hz, pace=each, weekend=False)


def _last_prices(store: Path) -> dict[str, float]:
    if not store.exists():
        return {}
    books = PaperStore(store)
    try:
        return {symbol: (bid + ask) / 2 for symbol, _, bid, ask in books.quotes()}
    finally:
        books.close()
