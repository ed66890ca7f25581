"""Publish and subscribe inside one process: every subscriber sees every record, in order, or is told that it fell behind.

Publishing never waits: the engine does not notice whether anybody is looking. A subscriber that is too slow loses its place and
starts again from a snapshot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from signalos_tui.model.events import Record


class FellBehind(Exception):
    """The subscriber was too slow; take a snapshot and subscribe again."""


class Subscription:
    """One reader's queue."""

    def __init__(self, limit: int) -> None:
        self._queue: deque[Record] = deque()
        self._limit = limit
        self._ready = asyncio.Event()
        self._fell_behind = False

    def put(self, record: Record) -> None:
        """Add a record; past the limit the whole queue is given up."""
        if len(self._queue) >= self._limit:
            self._fell_behind = True
            self._queue.clear()
        else:
            self._queue.append(record)
        self._ready.set()

    async def get(self) -> Record:
        """The next record. Raises FellBehind."""
        while True:
            if self._fell_behind:
                raise FellBehind
            if self._queue:
                return self._queue.popleft()
            self._ready.clear()
            await self._ready.wait()


class Bus:
    """Hands records to whoever subscribed."""

    def __init__(self, limit: int = 20_000) -> None:
        self._subscriptions: list[Subscription] = []
        self._limit = limit

    def publish(self, record: Record) -> None:
        """Give a record to every subscriber."""
        for subscription in self._subscriptions:
            subscription.put(record)

    def subscribe(self) -> Subscription:
        """Start to listen from the next record on; end with `unsubscribe`."""
        subscription = Subscription(self._limit)
        self._subscriptions.append(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop listening."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)

    async def records(self) -> AsyncIterator[Record]:
        """Every record from now on. Raises FellBehind."""
        subscription = self.subscribe()
        try:
            while True:
                yield await subscription.get()
        finally:
            self.unsubscribe(subscription)
