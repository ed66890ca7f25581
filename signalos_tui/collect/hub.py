"""One live source for several engines: it is asked once, each engine reads at its own pace.

A messenger allows one connection and counts requests, so engines cannot each have their own. What the source publishes goes to a
queue for each branch without waiting for anybody; a branch whose engine is slow falls behind alone: past the limit its queue is
given up, and it reads again from the source what its engine does not have yet. So every branch keeps the promise of
`collect/source.py` by itself: it may repeat something, it leaves nothing out, and it holds up nobody. Channels come and go
meanwhile: each branch is told of those it wants.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from typing import Final, cast

from signalos_tui.collect.routed import Wants, among
from signalos_tui.collect.source import MessageSource, is_seen_at_once
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import (
    Channel,
    Followed,
    HealthReport,
    Imported,
    Message,
    Published,
    Unfollowed,
)

LIMIT = 2_000
"""Items a branch may be behind before it reads again."""
GATHER_S = 1.0
"""How long a reading waits for the other branches before it begins, so that one serves all that start together."""
QUIET_S = 5.0
"""A second reading that has shown all there was and says nothing for this long has arrived at the present."""

NOWHERE = 1 << 53
"""A place after every post, for a channel of which nothing is wanted."""

Places = dict[ChannelId, int]
Missed = Callable[[Mapping[ChannelId, int]], AsyncGenerator[Published, None]]
"""What was published after these places up to now; then it ends."""
Kept = Followed | Unfollowed
"""What no later reading would tell again, so it is not given up."""


class _Ended:
    """The source has nothing more to come."""


_ENDED: Final = _Ended()


class Hub:
    """Shares a source; each engine reads a `branch` of it. limit: items a branch may be behind.

    missed: where a source can be read only once at a time, for a branch that lacks something; without it the source is read a
    second time. The source is read while at least one branch is. When it fails, every branch fails with it, and whoever tries
    again first begins a new reading. What no branch wants is best left out of the source itself (`Routed`).
    """

    def __init__(
        self, source: MessageSource, *, missed: Missed | None = None, limit: int = LIMIT, gather_s: float = GATHER_S
    ) -> None:
        self.source = source
        self.missed = missed
        self.limit = limit
        self.reached: Places = {}
        self.health: dict[ChannelId, HealthReport] = {}
        self._gather_s = gather_s
        self._branches = 0
        self._readings: list[_Reading] = []
        self._waiting: list[_Reading] = []
        self._all_here = asyncio.Event()
        self._trunk: asyncio.Task[None] | None = None

    def branch(self, wants: Wants = among(())) -> Branch:  # noqa: B008 (a pure function of nothing)
        """One more reader. wants: the channels it takes."""
        self._branches += 1
        return Branch(self, wants)

    def join(self, reading: _Reading) -> bool:
        """Take part from the next item on. True when that is everything after the place of `reading`."""
        self._readings.append(reading)
        if self._trunk is None or self._trunk.done():
            self._all_here.clear()
            self._waiting = []
            self._trunk = asyncio.create_task(self._read(), name=f"hub {self.source.name}")
        elif not self._waiting:
            return False
        self._waiting.append(reading)
        if len(self._waiting) >= self._branches:
            self._all_here.set()
        return True

    async def leave(self, reading: _Reading) -> None:
        """Take no more part; the last one ends the reading."""
        self._readings.remove(reading)
        if reading in self._waiting:
            self._waiting.remove(reading)
        if not self._readings and self._trunk is not None:
            trunk, self._trunk = self._trunk, None
            trunk.cancel()
            await asyncio.wait([trunk])

    async def _read(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all_here.wait(), self._gather_s)
        waiting, self._waiting = self._waiting, []
        try:
            try:
                self.reached = _common(self.source.channels(), waiting, self.reached, can_miss=self.missed is not None)
            finally:
                for reading in waiting:
                    reading.is_placed.set()
            async for item in self.source.published(dict(self.reached)):
                if isinstance(item, HealthReport):
                    self.health[item.channel] = item
                elif isinstance(item, Unfollowed):
                    self.health.pop(item.channel, None)
                _advance(self.reached, item)
                self._hand(item)
        except Exception as error:  # noqa: BLE001 (every branch raises it to its own supervisor)
            self._hand(error)
        else:
            self._hand(_ENDED)

    def _hand(self, item: Published | Exception | _Ended) -> None:
        for reading in self._readings:
            reading.put(item)


class Branch:
    """A `MessageSource` for one engine. lapses: how often it fell so far behind that it read again from the source."""

    def __init__(self, hub: Hub, wants: Wants) -> None:
        self.name = hub.source.name
        self.connects = not is_seen_at_once(hub.source)
        self.lapses = 0
        self._hub = hub
        self._wants = wants
        self._known: dict[ChannelId, bool] = {}
        self._told: set[ChannelId] | None = None

    def channels(self) -> tuple[Channel, ...]:
        """Those of the source that are wanted here."""
        mine = tuple(channel for channel in self._hub.source.channels() if self._takes(channel.id))
        self._told = {channel.id for channel in mine}
        return mine

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """Everything after `since`, then live. Raises what the source raises."""
        reading = _Reading(since, self._hears, self._takes, self._hub.limit)
        is_shown_all = self._hub.join(reading)
        try:
            for item in self._news():
                yield item
            if is_shown_all:
                await reading.is_placed.wait()
                is_shown_all = not reading.lacks
            while True:
                if not is_shown_all:
                    async for item in self._recalled(reading) if self._hub.missed else self._read_up(reading):
                        yield item
                async for item in reading.items():
                    yield item
                if reading.has_ended:
                    return
                self.lapses += 1
                is_shown_all = False
        finally:
            await self._hub.leave(reading)

    def _news(self) -> Iterator[Published]:
        # Channels that came since they were asked for, and how well each is seen.
        if self._told is not None:
            for channel in self._hub.source.channels():
                if channel.id not in self._told and self._takes(channel.id):
                    yield Followed(channel)
        for report in list(self._hub.health.values()):
            if self._takes(report.channel):
                yield report

    async def _recalled(self, reading: _Reading) -> AsyncIterator[Published]:
        # What is missing comes first and ends; what came meanwhile is in the queue. If that was too much, once more.
        assert self._hub.missed is not None
        while True:
            reading.begin_again(self._hub.reached)
            for kept in reading.kept():
                yield kept
            for report in list(self._hub.health.values()):
                if self._takes(report.channel):
                    yield report
            others = {one.id: NOWHERE for one in self._hub.source.channels() if not self._takes(one.id)}
            async with contextlib.aclosing(self._hub.missed({**reading.place, **others})) as items:
                async for item in items:
                    if self._hears(item, reading.place):
                        reading.advance(item)
                        yield item
            if not reading.is_behind:
                return

    async def _read_up(self, reading: _Reading) -> AsyncIterator[Published]:
        # What is missing comes from a reading of its own. It has arrived where the queue begins when it has shown every post that
        # was handed out before, and then shows the very item the queue begins with, or has nothing more to say. While it takes
        # longer than the queue lasts, the queue begins anew; both go on with the present, so nothing falls between them.
        reading.begin_again(self._hub.reached)
        for kept in reading.kept():
            yield kept
        others = {channel: at for channel, at in self._hub.reached.items() if not self._takes(channel)}
        second = cast("AsyncGenerator[Published, None]", self._hub.source.published({**others, **reading.place}))
        step: asyncio.Future[Published] | None = None
        try:
            while True:
                step = step or asyncio.ensure_future(anext(second))
                await asyncio.wait([step], timeout=QUIET_S)
                if reading.is_behind:
                    reading.begin_again(self._hub.reached)
                if not step.done():
                    if reading.has_caught_up:
                        return
                    continue
                try:
                    item = step.result()
                except StopAsyncIteration:
                    return
                finally:
                    step = None
                if reading.has_caught_up and reading.begins_with(item):
                    return
                if self._hears(item, reading.place):
                    reading.advance(item)
                    yield item
        finally:
            if step is not None:
                step.cancel()
                await asyncio.wait([step])
            await second.aclose()

    def _takes(self, channel: ChannelId) -> bool:
        # Decided once for as long as it is followed: a channel that is renamed stays where it is.
        if channel not in self._known:
            for one in self._hub.source.channels():
                self._known.setdefault(one.id, self._wants(one))
        return self._known.get(channel, False)

    def _hears(self, item: Published, has: Places) -> bool:
        # has: the channels its engine has something of.
        match item:
            case Followed(info=channel):
                return self._known.setdefault(channel.id, self._wants(channel))
            case Unfollowed(channel=gone):
                return self._known.pop(gone, False) or gone in has
            case _:
                return self._takes(item.channel)


class _Reading:
    # A branch's part in the reading: what was published and not yet taken, how far its engine is, and whether that is too far
    # behind.

    def __init__(
        self,
        since: Mapping[ChannelId, int],
        hears: Callable[[Published, Places], bool],
        takes: Callable[[ChannelId], bool],
        limit: int,
    ) -> None:
        self.place: Places = dict(since)
        self.hears = hears
        self.takes = takes
        self.lacks = False
        self.is_placed = asyncio.Event()
        self.is_behind = False
        self.has_ended = False
        self._limit = limit
        self._queue: deque[Published | Exception | _Ended] = deque()
        self._grown = asyncio.Event()
        self._handed: Places = {}
        self._kept: deque[Kept] = deque()
        self._past: deque[Imported] = deque()

    def put(self, item: Published | Exception | _Ended) -> None:
        if isinstance(item, Exception | _Ended):
            self._queue.append(item)
        elif not self.hears(item, self.place):
            return
        elif isinstance(item, Imported):
            self._past.append(item)
        elif self.is_behind:
            if isinstance(item, Kept):
                self._kept.append(item)
        elif len(self._queue) >= self._limit and not isinstance(item, Kept):
            self.is_behind = True
            self._kept.extend(one for one in self._queue if isinstance(one, Kept))
            self._queue.clear()
        else:
            self._queue.append(item)
        self._grown.set()

    def begin_again(self, reached: Mapping[ChannelId, int]) -> None:
        # Everything up to `reached` was handed out before what the queue holds from here on.
        self.is_behind = False
        self._handed = {channel: at for channel, at in reached.items() if self.takes(channel)}

    def kept(self) -> Iterator[Published]:
        # What was saved of the queues that were given up, once.
        while self._kept:
            yield self._kept.popleft()

    @property
    def has_caught_up(self) -> bool:
        return all(self.place.get(channel, -1) >= at for channel, at in self._handed.items())

    def begins_with(self, item: Published) -> bool:
        return bool(self._queue) and not isinstance(item, HealthReport) and self._queue[0] == item

    def advance(self, item: Published) -> None:
        _advance(self.place, item)

    async def items(self) -> AsyncIterator[Published]:
        """What comes, until it is behind or has ended. Raises what the source raised."""
        while not self.is_behind:
            if not self._queue and self._past:  # nothing of the past holds up what is live
                yield self._past.popleft()
                continue
            if not self._queue:
                self._grown.clear()
                await self._grown.wait()
                continue
            item = self._queue.popleft()
            if isinstance(item, Exception):
                raise item
            if isinstance(item, _Ended):
                self.has_ended = True
                return
            self.advance(item)
            yield item


def _advance(places: Places, item: Published) -> None:
    if isinstance(item, Message):
        places[item.channel] = max(item.id, places.get(item.channel, item.id))


def _common(channels: tuple[Channel, ...], readings: list[_Reading], reached: Places, *, can_miss: bool) -> Places:
    # From where one reading serves all of them. A channel one of them has nothing of is read from its start, or by that one alone
    # where it can; one that none of them wants from where it was. One that is not followed any more is named, to be told so.
    found: Places = {}
    for channel in (one.id for one in channels):
        places = {reading: reading.place.get(channel) for reading in readings if reading.takes(channel)}
        known = [place for place in places.values() if place is not None]
        if known and (can_miss or len(known) == len(places)):
            found[channel] = min(known)
            for reading, place in places.items():
                reading.lacks = reading.lacks or place is None
        elif not places and channel in reached:
            found[channel] = reached[channel]
    gone = {channel for reading in readings for channel in reading.place} - {one.id for one in channels}
    return found | {channel: max(one.place.get(channel, 0) for one in readings) for channel in gone}
