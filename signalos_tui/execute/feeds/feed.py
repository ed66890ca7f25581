"""What a price feed is: ticks of some symbols in the order of time.

The paper terminal asks for nothing else, so a seeded market, a file of bars and a recorded day are interchangeable,
and a replay sees exactly the prices it would have seen live, one after another and never a later one first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class FeedTick(NamedTuple):
    """One change of a price. at: ms UTC. symbol: plain name, without a broker's suffix. bid, ask: quote currency."""

    at: int
    symbol: str
    bid: float
    ask: float


class Feed(Protocol):
    """A source of prices."""

    symbols: tuple[str, ...]

    def ticks(self, start: int) -> Iterator[FeedTick]:
        """Every tick at or after `start` (ms UTC), oldest first; endless or finite."""
        ...
