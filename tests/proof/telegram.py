"""Telegram in a simulated world: a history that is the truth, and deliveries that come late, twice or not at all.

What a source owes the engine it keeps (collect.source): before a post is given, every earlier one of its channel is, from the
history; and whoever connects anew is given all that stands there, edits and deletions too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from msgspec import Struct

from signalos_tui.clock import Clock
from signalos_tui.model.ids import ChannelId, MessageKey
from signalos_tui.model.messages import Channel, Deletion, Message, Published


class Entry(Struct, frozen=True):
    """Something that is published. at: ms UTC. arrivals: ms after that at which it is pushed; none for lost on the way."""

    at: int
    item: Message | Deletion
    arrivals: tuple[int, ...] = (300,)


class Telegram:
    """A `MessageSource` of one process on the history all of them share.

    polls_s: how often the end of it is read. repeats: it also gives what the engine has already; the contract allows both.
    """

    name = "telegram"

    def __init__(
        self,
        channels: Sequence[Channel],
        entries: Sequence[Entry],
        clock: Clock,
        polls_s: float = 6,
        *,
        repeats: bool = True,
    ) -> None:
        self._channels = tuple(channels)
        self._entries = entries
        self._clock = clock
        self._polls_ms = round(polls_s * 1000)
        self._repeats = repeats
        self._given: set[MessageKey] = set()

    def channels(self) -> tuple[Channel, ...]:
        """The channels."""
        return self._channels

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """What the history holds, then live: pushed, found by a poll, or before a later post of its channel."""
        now = self._clock.now()
        for item in self._history(now):
            is_known = isinstance(item, Message) and item.edited_at is None and item.id <= since.get(item.channel, -1)
            if self._repeats or not is_known:
                yield item
        for at, item in self._coming(now):
            wait = at - self._clock.now()
            if wait > 0:
                await asyncio.sleep(wait / 1000)
            for earlier in self._missing(item):
                yield earlier
            self._given.add(item.key)
            if isinstance(item, Deletion) or not self._is_gone(item):
                yield item

    def _is_gone(self, post: Message) -> bool:
        # Nobody is given a post that was deleted meanwhile.
        now = self._clock.now()
        return any(e.at <= now and isinstance(e.item, Deletion) and e.item.key == post.key for e in self._entries)

    def _history(self, now: int) -> list[Published]:
        posts: dict[MessageKey, Message] = {}
        deleted: list[Published] = []
        for entry in self._entries:
            if entry.at <= now:
                if isinstance(entry.item, Message):
                    posts[entry.item.key] = entry.item
                    self._given.add(entry.item.key)
                else:
                    posts.pop(entry.item.key, None)
                    deleted.append(entry.item)
        return [*posts.values(), *deleted]

    def _coming(self, now: int) -> list[tuple[int, Message | Deletion]]:
        coming: list[tuple[int, int, Message | Deletion]] = []
        for number, entry in enumerate(self._entries):
            if entry.at > now:
                found = entry.at + self._polls_ms - entry.at % self._polls_ms
                arrivals = [entry.at + late for late in entry.arrivals] or [found]
                coming += [(at, number, entry.item) for at in arrivals]
        return [(at, item) for at, _, item in sorted(coming, key=lambda one: one[:2])]

    def _missing(self, item: Message | Deletion) -> list[Message]:
        # Earlier posts of the channel that were published and not given yet, as they stand now.
        now = self._clock.now()
        posts: dict[MessageKey, Message] = {}
        for entry in self._entries:
            one = entry.item
            if entry.at > now or one.channel != item.channel or one.id >= item.id:
                continue
            if isinstance(one, Deletion):
                posts.pop(one.key, None)
            elif one.key not in self._given:
                posts[one.key] = one
        self._given.update(posts)
        return list(posts.values())
