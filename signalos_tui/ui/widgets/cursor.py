"""Which row is pointed at while rows come and go.

Where news appear at an edge (the first row, or the last of a log) the cursor stays at that edge until it is moved, or until its
owner acts on its row or sorts. From then on, and everywhere else from the beginning, it is pinned to its row, by key, wherever
that row goes; when that row goes away the cursor takes its place's next one. Back at the edge it follows the news again.
"""

from __future__ import annotations

from collections.abc import Sequence


class Cursor:
    """A place in a list of keys. index: from 0. key: of that row, None while there are none."""

    def __init__(self, follow: bool = False, *, news: bool = True) -> None:
        """follow: news appear at the end (a log), not at the beginning. news: False where the edge is a row like any other."""
        self.keys: tuple[str, ...] = ()
        self.index = 0
        self.key: str | None = None
        self._follow = follow
        self._news = news
        self._is_pinned = False

    def update(self, keys: Sequence[str]) -> None:
        """Other rows, or another order."""
        self.keys = tuple(keys)
        if not self._is_pinned:
            self._go(self._edge)
        elif self.key in self.keys:
            assert self.key is not None
            self._go(self.keys.index(self.key))
        else:
            self._go(self.index)
        if not self._news and self.keys:
            self._is_pinned = True

    def stay(self) -> None:
        """Stay with this row, whatever comes: its owner means it."""
        self._is_pinned = bool(self.keys)

    def move(self, rows: int) -> None:
        """Up or down by rows, as far as there are any."""
        self.go(self.index + rows)

    def go(self, index: int) -> None:
        """To a row, and stay with it."""
        self._is_pinned = True
        self._go(index)

    def go_to_edge(self, *, last: bool) -> None:
        """To the first or last row; where news appear it follows them again."""
        self._is_pinned = last is not self._follow or not self._news
        self._go(len(self.keys) - 1 if last else 0)

    def select(self, key: str) -> bool:
        """To the row with this key, and stay with it; False when it is not there."""
        if key not in self.keys:
            return False
        self.go(self.keys.index(key))
        return True

    @property
    def _edge(self) -> int:
        return len(self.keys) - 1 if self._follow else 0

    def _go(self, index: int) -> None:
        self.index = max(0, min(index, len(self.keys) - 1))
        self.key = self.keys[self.index] if self.keys else None
