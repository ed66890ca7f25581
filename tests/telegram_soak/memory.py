"""How much memory the reader holds over its lives, and whether it grows."""

from __future__ import annotations

import time
from statistics import linear_regression
from typing import NamedTuple

EVERY_S = 1.0
WARM_UP = 200_000
"""Posts of a life after which it is as large as it gets: of each channel the last 2,000 are remembered, and of forty some write
little. Growth counts from there on.
"""
ENOUGH = 20_000
"""Posts after that over which growth can be told from chance."""


class Sample(NamedTuple):
    """posts: in the journal since the start of the soak. held: bytes."""

    posts: int
    held: int


class Memory:
    """Samples of every life."""

    def __init__(self) -> None:
        self.lives: list[list[Sample]] = []
        self._last = 0.0

    def begins(self) -> None:
        """Another life."""
        self.lives.append([])

    def look(self, held: int, posts: int) -> None:
        """Take a sample, not too often. held: 0 when it is not known."""
        now = time.monotonic()
        if held and now - self._last >= EVERY_S:
            self._last = now
            self.lives[-1].append(Sample(posts, held))

    @property
    def peak(self) -> int:
        """The most it ever held, bytes."""
        return max((sample.held for life in self.lives for sample in life), default=0)

    @property
    def longest(self) -> list[Sample]:
        """The samples of the life that took in most, after its caches were full."""
        grown = [[one for one in life if one.posts - life[0].posts >= WARM_UP] for life in self.lives]
        return max(grown, key=lambda life: life[-1].posts - life[0].posts if life else 0, default=[])

    @property
    def slope(self) -> float | None:
        """Bytes a post over that life, by least squares; None when it was too short to say."""
        life = self.longest
        if len(life) < 20 or life[-1].posts - life[0].posts < ENOUGH:
            return None
        return linear_regression([one.posts for one in life], [one.held for one in life]).slope
