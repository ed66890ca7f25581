"""Which posts of a channel are settled: handed on, or known not to exist. Pure; it says what is missing, others fetch it.

Telegram numbers the posts of a channel without a gap, and its own updates leave posts out (reference: reliability, finding 3: a
client that is more than a hundred events behind gets none of them). So a post is handed on only when every number before it is
settled; what came too early waits here, and the gap before it is asked from the history.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

EARLY = 500
"""Posts that may wait for the ones before them; of more only the numbers are kept, and they are fetched in their turn."""


class Numbered(Protocol):
    """A post. id: its number in the channel."""

    @property
    def id(self) -> int:
        """The number, from 1."""
        ...


P = TypeVar("P", bound=Numbered)


class Ledger(Generic[P]):
    """The numbers of one channel. reached: every number up to here is settled. top: the highest number heard of."""

    def __init__(self, reached: int) -> None:
        self.reached = reached
        self.top = reached
        self._early: dict[int, P] = {}

    @property
    def gap(self) -> tuple[int, int] | None:
        """The first and the last missing number before something that is known to exist; None: nothing is missing."""
        first = self.reached + 1
        known = min(self._early, default=self.top + 1)
        last = min(known - 1, self.top)
        return (first, last) if last >= first else None

    @property
    def missing(self) -> int:
        """How many numbers are not settled and not here."""
        return self.top - self.reached - len(self._early)

    def heard_of(self, number: int) -> None:
        """The channel has posts up to this number, whoever said so."""
        self.top = max(self.top, number)

    def take(self, post: P) -> list[P]:
        """A post has come, from wherever; what can be handed on now, in order. One that is settled is no news: []."""
        if post.id <= self.reached:
            return []
        self.top = max(self.top, post.id)
        if post.id == self.reached + 1 or len(self._early) < EARLY:
            self._early[post.id] = post
        return self._ready()

    def settle(self, first: int, last: int, found: Iterable[P]) -> list[P]:
        """The history was asked for `first` to `last` and has these; what it does not have does not exist.

        Returns what can be handed on now. Numbers beyond `first` can only be settled when all before them are.
        """
        self._early.update({post.id: post for post in found if first <= post.id <= last and post.id > self.reached})
        if first > self.reached + 1:
            return self._ready()
        return self._up_to(last) + self._ready()

    def drop(self, number: int) -> None:
        """A post that waits here is not there any more; its number is missing again."""
        self._early.pop(number, None)

    def _up_to(self, last: int) -> list[P]:
        numbers = sorted(number for number in self._early if number <= last)
        self.reached = max(self.reached, last)
        self.top = max(self.top, last)
        return [self._early.pop(number) for number in numbers]

    def _ready(self) -> list[P]:
        ready: list[P] = []
        while (post := self._early.pop(self.reached + 1, None)) is not None:
            self.reached += 1
            ready.append(post)
        return ready
