"""One channel as it is watched: its ledger, what its newest posts said, and how well it can be seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from signalos_tui.collect.telegram.ledger import Ledger
from signalos_tui.model.messages import Channel, Deletion, Health, HealthReport, Message, Published

GONE = ""
"""What a deleted post says."""
REMEMBERED = 1_000
"""Posts of a channel whose last known text is kept, to tell an edit from a reaction."""


class Watched:
    """A followed channel. peer: how Telegram wants it named in a request. ledger: None until its newest post is known."""

    def __init__(self, channel: Channel, peer: Any, reached: int | None) -> None:
        self.channel = channel
        self.peer = peer
        self.ledger: Ledger[Message] | None = None if reached is None else Ledger(reached)
        self._said: dict[int, str] = {}
        self._health = (Health.OK, "")

    def take(self, post: Message) -> list[Published]:
        """A post that was told or found; what is to be handed on, in order."""
        assert self.ledger is not None
        return self._new(self.ledger.take(post))

    def settle(self, first: int, last: int, found: Iterable[Message]) -> list[Published]:
        """What the history says of a gap; what is to be handed on, in order."""
        assert self.ledger is not None
        return self._new(self.ledger.settle(first, last, found))

    def revise(self, post: Message) -> list[Published]:
        """A post as it is now: handed on when it says something else than before, or when it was not known."""
        assert self.ledger is not None
        if post.id > self.ledger.reached:
            return self.take(post)
        if self._said.get(post.id) == post.content:
            return []
        return self._new([post])

    def withdraw(self, numbers: Iterable[int], at: int) -> list[Published]:
        """Posts that were deleted, or that a look at the history no longer finds. at: ms UTC."""
        gone: list[Published] = []
        for number in numbers:
            if self._said.get(number) != GONE:
                gone.append(Deletion(self.channel.id, number, at))
                self._said[number] = GONE
        self._forget()
        return gone

    def compare(self, newest: list[Message], at: int) -> list[Published]:
        """The newest posts, read again: what was edited or deleted while nobody told us (Telegram never does later)."""
        if not newest or self.ledger is None:
            return []
        here = {post.id for post in newest}
        first = min(here)
        missing = [n for n in range(first, min(max(here), self.ledger.reached) + 1) if n not in here]
        known = [post for post in sorted(newest, key=lambda post: post.id) if post.id <= self.ledger.reached]
        changed = [item for post in known for item in self.revise(post)]
        return changed + self.withdraw(missing, at)

    def seen(self, health: Health, detail: str = "") -> list[Published]:
        """How well the channel can be seen; handed on when that is news."""
        if (health, detail) == self._health:
            return []
        self._health = (health, detail)
        return [HealthReport(self.channel.id, health, detail)]

    def _new(self, posts: Iterable[Message]) -> list[Published]:
        handed: list[Published] = []
        for post in posts:
            self._said[post.id] = post.content
            handed.append(post)
        self._forget()
        return handed

    def _forget(self) -> None:
        if len(self._said) > 2 * REMEMBERED:
            for number in sorted(self._said)[:-REMEMBERED]:
                del self._said[number]
