"""What was published and not yet taken: in order, and never more than a limit.

Telegram says things whether anybody has time or not. Whoever fetches waits for room; what is told while there is none is not
kept, only its number is, and it is fetched when there is room again. So fifty thousand posts in a minute cost no memory, and none
is lost.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from signalos_tui.model.messages import Published

LIMIT = 1_000
"""Items that wait at most; reports of how well a channel is seen come on top."""


class Outlet:
    """A queue with one reader."""

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._items: deque[Published] = deque()
        self._wanted: asyncio.Future[None] | None = None
        self._failure: BaseException | None = None
        self._has_room = asyncio.Event()
        self._has_room.set()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def is_full(self) -> bool:
        """Nothing more that could be fetched later."""
        return not self._has_room.is_set()

    def put(self, items: Iterable[Published]) -> None:
        """Hand these on."""
        self._items.extend(items)
        if len(self._items) >= self.limit:
            self._has_room.clear()
        self._wake()

    async def room(self) -> None:
        """Wait until half of it is free."""
        await self._has_room.wait()

    async def next(self) -> Published:
        """The next item, as soon as there is one. Raises what `fail` was given, after everything that came before."""
        while not self._items:
            if self._failure is not None:
                raise self._failure
            self._wanted = asyncio.get_running_loop().create_future()
            await self._wanted
        item = self._items.popleft()
        if len(self._items) * 2 <= self.limit:
            self._has_room.set()
        return item

    def fail(self, error: BaseException) -> None:
        """Nothing comes any more."""
        self._failure = error
        self._wake()

    def _wake(self) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)
