"""Posts that one of several accounts lacks, read again from the history while the others go on with what is live.

An account that was away, or fell behind, is told what was posted meanwhile and how the newest posts are now. What cannot be read
at that moment (a pause, a lost login) is owed: it is published to everybody when it can be read; who has it takes it once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from typing import Final

from telethon.errors import RPCError
from telethon.errors.common import AuthKeyNotFound

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.asking import PATIENCE_S
from signalos_tui.collect.telegram.reader import Reader
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Deletion, Message, Published

FAR: Final = 1 << 53
"""A place after every post: nothing of that channel is wanted."""
UNREADABLE: Final = (RPCError, AuthKeyNotFound, KeyError, *failures.UNREACHED, *failures.UNREADABLE)
"""The login cannot be asked now; KeyError: it has only just been given the channel."""
RETRY_S = 10.0
LONGEST_PAUSE_S = 60
"""A pause within a reading; for a longer one it is begun again later."""
WIDE = 1_000
"""Numbers over which the newest posts may lie for the missing ones among them to be deleted ones."""

Owners = Callable[[], Mapping[ChannelId, Reader]]


class Missed:
    """What is after a place, from the history. owners: who reads each channel now. hand: publishes to everybody."""

    def __init__(
        self,
        owners: Owners,
        hand: Callable[[Reader, Iterable[Published]], Awaitable[None]],
        clock: Clock,
        first_posts: int,
    ) -> None:
        self._owners = owners
        self._hand = hand
        self._clock = clock
        self._first_posts = first_posts
        self._owed: dict[ChannelId, int] = {}

    async def after(self, since: Mapping[ChannelId, int]) -> AsyncGenerator[Published, None]:
        """What was posted after `since`, channel by channel, and the newest posts as they are now; then it ends."""
        for channel, owner in list(self._owners().items()):
            place = since.get(channel)
            if place is not None and place >= FAR:
                continue
            try:
                found = await self._read(owner, channel, place)
            except UNREADABLE:
                self._owed[channel] = min(place or 0, self._owed.get(channel, FAR))
                continue
            for item in found:
                yield item

    async def pay(self) -> None:
        """Publish what is owed as soon as it can be read; for ever."""
        while True:
            await asyncio.sleep(RETRY_S)
            for channel, place in list(self._owed.items()):
                owner = self._owners().get(channel)
                if owner is None:  # not followed any more
                    del self._owed[channel]
                elif not owner.is_lost and self._clock.now() >= owner.view().until:
                    try:
                        found = await self._read(owner, channel, place or None)
                    except UNREADABLE:
                        continue
                    await self._hand(owner, found)
                    if self._owed.get(channel) == place:
                        del self._owed[channel]

    async def _read(self, owner: Reader, channel: ChannelId, place: int | None) -> list[Published]:
        newest = await self._page(owner, channel, 0)
        if place is None:
            return list(reversed(newest[: self._first_posts]))
        posts, page = list(newest), newest
        while page and page[-1].id > place + 1:
            page = await self._page(owner, channel, page[-1].id)
            posts += [post for post in page if post.id > place]
        return [*reversed(posts), *self._gone(channel, newest)]

    async def _page(self, owner: Reader, channel: ChannelId, below: int) -> list[Message]:
        while True:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await owner.source.older(channel, below)
            except failures.PAUSES as pause:
                if pause.seconds > LONGEST_PAUSE_S:
                    raise
                await asyncio.sleep(pause.seconds)

    def _gone(self, channel: ChannelId, newest: list[Message]) -> list[Published]:
        if not newest or newest[0].id - newest[-1].id > WIDE:
            return []
        here = {post.id for post in newest}
        missing = [number for number in range(newest[-1].id, newest[0].id) if number not in here]
        return [Deletion(channel, number, self._clock.now()) for number in missing]
