"""All logins of a run as one source: each reads its channels, a channel that several see is read by one of them.

Which login reads which channel is made out anew whenever a login comes, goes or is lost, and whenever a channel is followed or no
longer is; what does not change hands is not touched. A channel that does goes on from its last post, so nothing falls between.
What the login before still had of it is dropped here: it comes again.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import NamedTuple

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram.missed import Missed
from signalos_tui.collect.telegram.reader import Reader
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import (
    Channel,
    Followed,
    Health,
    HealthReport,
    Message,
    Published,
    Unfollowed,
)

OURS = "tg:-"
"""How the ids of channels begin that are read live. An export's begin without the sign: they are not ours to unfollow."""
AHEAD = 200
"""Items that are read before the engine has taken them."""


LIVE, PAST = 0, 1
"""What is live is taken first: nothing of the past may hold up a call."""


class _Item(NamedTuple):
    # In the order it is taken in: by rank, then as it came. what: an event is set when everything before it was taken. by: the
    # login that read it, None for what is said here.
    rank: int
    number: int
    what: Published | asyncio.Event
    by: Reader | None = None


class Readers:
    """A `MessageSource`. reached: the last post of each channel that was handed on.

    It is read by one at a time; who begins later is the one. `missed` is for those beside.
    """

    name = "telegram"
    connects = True

    def __init__(self, readers: Iterable[Reader], clock: Clock, pace: Pace) -> None:
        self.reached: dict[ChannelId, int] = {}
        self._first: dict[ChannelId, int] = {}
        self._readers = {reader.name: reader for reader in readers}
        self._owners: dict[ChannelId, Reader] = {}
        self._queue: asyncio.PriorityQueue[_Item] = asyncio.PriorityQueue()
        self._count = itertools.count()
        self._room = asyncio.Semaphore(AHEAD)
        self._missed = Missed(lambda: self._owners, self._hand, clock, pace.first_posts)
        self._paying: asyncio.Task[None] | None = None
        self._own()

    # --- who there is ---------------------------------------------------------------------------------------------

    @property
    def all(self) -> tuple[Reader, ...]:
        """Every login, by name."""
        return tuple(self._readers[name] for name in sorted(self._readers))

    def get(self, login: str) -> Reader | None:
        """A login."""
        return self._readers.get(login)

    def owner(self, channel: ChannelId) -> Reader | None:
        """Who reads a channel; None: nobody follows it."""
        return self._owners.get(channel)

    async def add(self, reader: Reader) -> None:
        """One more login, or one that is let in again: it reads what it follows."""
        self._readers[reader.name] = reader
        mine = self._rearranged(but=reader)
        if self.is_read:
            reader.begin(mine, self.reached, self._put, self._moved)

    async def remove(self, reader: Reader) -> None:
        """A login that has ended; its channels go to whoever else follows them."""
        del self._readers[reader.name]
        self._rearranged()
        await reader.stop()

    async def suspend(self, reader: Reader) -> None:
        """Stop reading by a login until it is added again."""
        self._rearranged()
        await reader.stop()

    def rearrange(self) -> None:
        """Somebody follows other channels now."""
        self._rearranged()

    # --- reading --------------------------------------------------------------------------------------------------

    @property
    def is_read(self) -> bool:
        """An engine reads it."""
        return self._paying is not None

    def channels(self) -> tuple[Channel, ...]:
        """Everything that is followed."""
        return tuple(owner.followed[channel].channel for channel, owner in self._owners.items())

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncGenerator[Published, None]:
        """Everything after `since`, then live; channels come and go meanwhile."""
        await self._end()  # a reading that was given up and not closed
        queue = self._queue = asyncio.PriorityQueue()
        self._room = asyncio.Semaphore(AHEAD)
        self.reached = dict(since)
        self._first = {channel: place + 1 for channel, place in since.items()}
        self._paying = asyncio.create_task(self._missed.pay(), name="telegram, what is owed")
        self._own()
        try:
            for gone in [channel for channel in since if channel.startswith(OURS) and channel not in self._owners]:
                yield Unfollowed(gone)
            for channel in self.channels():
                yield Followed(channel)
            for reader in self.all:
                mine = [channel for channel, owner in self._owners.items() if owner is reader]
                reader.begin(mine, self.reached, self._put, self._moved)
            while True:
                item = await queue.get()
                what = self._taken(item)
                if what is not None:
                    yield what
        finally:
            if self._queue is queue:
                await self._end()

    def missed(self, since: Mapping[ChannelId, int]) -> AsyncGenerator[Published, None]:
        """What was posted after `since` up to now, and how the newest posts are now; for an engine beside those that read on."""
        return self._missed.after(since)

    async def _end(self) -> None:
        paying, self._paying = self._paying, None
        if paying is not None:
            while not self._queue.empty():  # nobody waits for what is not taken any more
                self._taken(self._queue.get_nowait())
            paying.cancel()
            await asyncio.gather(paying, *(reader.stop() for reader in self.all), return_exceptions=True)

    def first_of(self, channel: ChannelId) -> int | None:
        """From which number on a channel is read or was; None while nothing of it is known."""
        return self._first.get(channel)

    async def hand(self, item: Published) -> None:
        """Publish what was found in the past of a channel, and wait until it was taken: one at a time beside what is live."""
        owner = self._owners.get(item.channel)
        if owner is not None:
            await self._put(owner, item, PAST)
            await self._flush()

    async def _hand(self, reader: Reader, items: Iterable[Published]) -> None:
        for item in items:
            await self._put(reader, item, PAST)

    async def _flush(self) -> None:
        if self.is_read:
            taken = asyncio.Event()
            self._queue.put_nowait(_Item(PAST, next(self._count), taken))
            await taken.wait()

    async def _put(self, reader: Reader, item: Published, rank: int = LIVE) -> None:
        if reader.is_lost:
            self._rearranged()
        await self._room.acquire()
        if self._owners.get(item.channel) is not reader:
            self._room.release()
            return
        if isinstance(item, Message):
            self.reached[item.channel] = max(item.id, self.reached.get(item.channel, item.id))
            self._first[item.channel] = min(item.id, self._first.get(item.channel, item.id))
        self._queue.put_nowait(_Item(rank, next(self._count), item, reader))

    def _taken(self, item: _Item) -> Published | None:
        # What of it is handed on. What was read of a channel before it was unfollowed is not wanted any more.
        what = item.what
        if isinstance(what, asyncio.Event):
            what.set()
            return None
        if item.by is not None:
            self._room.release()
        if item.by is None or what.channel in self._owners:
            return what
        if isinstance(what, Message):  # it is read again when the channel is followed again
            self.reached[what.channel] = min(what.id - 1, self.reached.get(what.channel, what.id))
        return None

    def _moved(self, reader: Reader, old: ChannelId, new: ChannelId) -> None:
        # The new group is another channel, and all of it is new. What the owner set for the old one is not the new one's.
        self.reached.setdefault(new, 0)
        why = f"the group has become a large one, {new}, which is read from now on as a new channel"
        self._say(HealthReport(old, Health.STOPPED, why))
        self._rearranged()

    def _say(self, item: Published) -> None:
        if self.is_read:
            self._queue.put_nowait(_Item(LIVE, next(self._count), item))

    # --- who reads what -------------------------------------------------------------------------------------------

    def _own(self) -> None:
        # A channel stays with its login while that can read it. A small group stays whether it can or not: each account numbers
        # the posts of one for itself, so to anybody else they would be other posts.
        owners = {
            channel: owner
            for channel, owner in self._owners.items()
            if owner is self._readers.get(owner.name)
            and channel in owner.followed
            and (owner.followed[channel].is_small or not owner.is_lost)
        }
        for reader in self.all:
            owners |= {name: reader for name, one in reader.followed.items() if one.is_small and name not in owners}
        for reader in sorted(self.all, key=lambda one: one.is_lost):
            for channel in reader.followed:
                owners.setdefault(channel, reader)
        self._owners = owners

    def _rearranged(self, but: Reader | None = None) -> list[ChannelId]:
        # but: this login begins anew with what is returned.
        before = self._owners
        self._own()
        for channel, owner in before.items():
            if self._owners.get(channel) is not owner:
                owner.drop(channel)
            if channel not in self._owners:
                self._say(Unfollowed(channel))
        for channel, owner in self._owners.items():
            if before.get(channel) is owner:
                continue
            if channel not in before:
                self._say(Followed(owner.followed[channel].channel))
            if owner is not but:
                self._say(HealthReport(channel, *owner.sees))
                if self.is_read:
                    owner.take_up(channel, self.reached.get(channel))
        return [channel for channel, owner in self._owners.items() if owner is but]
