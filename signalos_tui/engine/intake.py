"""What is published goes to disk before anything looks at it: once, in order, and never forgotten.

A post that cannot be written is kept and tried again; the source waits meanwhile. After a restart the source owes everything
after the last post on disk. Posts that wait together, because many were missed or many come, are written together; where what
waits says more of the same post, that is read and not what it said before (`engine/waiting.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import NamedTuple, cast

from signalos_tui.collect.source import MessageSource, is_seen_at_once
from signalos_tui.config import Config
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.reading import ReadingRoom
from signalos_tui.engine.renaming import renamed
from signalos_tui.engine.waiting import LARGEST_ID, Group, groups, post_in
from signalos_tui.errors import JournalFailed
from signalos_tui.model.events import (
    ChannelFollowed,
    ChannelHealthChanged,
    ChannelUnfollowed,
    MessageDeleted,
    MessageEdited,
    MessageReceived,
    NoticeRaised,
    PostImported,
    Severity,
)
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import (
    Channel,
    Deletion,
    Followed,
    Health,
    HealthReport,
    Imported,
    Message,
    Published,
    Unfollowed,
)

RETRY_S = 1.0
AHEAD = 50
"""Items read of a source before they are taken in; far fewer than the posts in view, for what is not read yet has to be there."""


class Intake:
    """Takes in one source."""

    def __init__(self, desk: Desk, room: ReadingRoom, source: MessageSource, config: Config) -> None:
        self._desk = desk
        self._config = config
        self._room = room
        self._source = source

    async def run(self) -> None:
        """Take in everything after what is on disk, then live, until the source ends."""
        for channel in self._source.channels():
            view = self._desk.state.channels.get(channel.id)
            await followed(self._desk, channel, self._config)
            if view is not None and view.health is not Health.OK and is_seen_at_once(self._source):
                await self._desk.record(ChannelHealthChanged(channel.id, Health.OK))
        items = self._source.published(await self._cursors())
        async with contextlib.aclosing(_ahead(items)) as batches:
            async for batch in batches:
                for group in groups(batch):
                    await self._kept(group)

    async def _cursors(self) -> dict[ChannelId, int]:
        while True:
            try:
                return self._desk.journal.cursors()
            except JournalFailed:  # what it would say may be taken back
                await asyncio.sleep(RETRY_S)

    async def _kept(self, group: Group) -> None:
        while True:
            try:
                await self._take(group)
            except JournalFailed:
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _take(self, group: Group) -> None:
        messages = [message.clean() for item in group.items if (message := post_in(item)) is not None]
        if not messages:
            await self._other(group.items[0])
        elif isinstance(group.items[0], Imported):
            await imported(self._desk, *messages)
        else:
            await self._posts(messages, is_overtaken=group.is_overtaken)

    async def _other(self, item: Published) -> None:
        match item:
            case HealthReport():
                view = self._desk.state.channels.get(item.channel)
                if view is not None and (view.health, view.detail) != (item.health, item.detail):
                    await self._desk.record(ChannelHealthChanged(item.channel, item.health, item.detail))
            case Deletion():
                await self._deleted(item)
            case Followed(info=channel):
                await followed(self._desk, channel, self._config)
            case Unfollowed(channel=gone):
                if self._is_followed(gone):
                    await self._desk.record(ChannelUnfollowed(gone))
            case Message(channel=where, id=number) | Imported(message=Message(channel=where, id=number)):
                text = f"a post of {where} is numbered {number}: it was left out"
                await self._desk.record(NoticeRaised(Severity.WARNING, "post-unusable", text, "Look at it yourself"))

    def _is_followed(self, channel: ChannelId) -> bool:
        view = self._desk.state.channels.get(channel)
        return view is not None and view.is_followed

    async def _posts(self, messages: Sequence[Message], *, is_overtaken: bool) -> None:
        # is_overtaken: more is said of them at once, so they are written down and not read.
        new: list[Message] = []
        for message in messages:
            known = self._desk.journal.message_content(message.key)
            if known is None:
                new.append(message)
                continue
            await self._received(new, is_overtaken=is_overtaken)
            new = []
            await self._noted(message, *known)
            post = self._desk.state.posts.get(message.key)
            # Unread: it is new, it was overtaken by this one, or writing failed when it was to be read.
            if post is not None and post.reading is None and post.deleted_at is None and not is_overtaken:
                await self._room.take(post.message, post.revision)
        await self._received(new, is_overtaken=is_overtaken)

    async def _received(self, messages: Sequence[Message], *, is_overtaken: bool) -> None:
        await self._desk.record(*(MessageReceived(message, message.content) for message in messages))
        if not is_overtaken:
            await self._room.take_all(messages)

    async def _noted(self, message: Message, content: str, revision: int) -> None:
        # A post that is known: a new revision of it is written down. One that is long out of view nobody reads again.
        post = self._desk.state.posts.get(message.key)
        if content == message.content:
            return
        if post is None:
            is_late = self._desk.journal.is_deleted(message.key)
        else:  # withdrawn, or an older revision that comes late
            is_late = post.deleted_at is not None or _published(message) < _published(post.message)
        if not is_late:
            await self._desk.record(MessageEdited(message, message.content, revision + 1))

    async def _deleted(self, item: Deletion) -> None:
        post = self._desk.state.posts.get(item.key)
        journal = self._desk.journal
        if post is not None:
            if post.deleted_at is None:
                await self._room.deleted(post)
        elif journal.message_content(item.key) is not None and not journal.is_deleted(item.key):
            await self._desk.record(MessageDeleted(item.key))  # long out of view: nothing is open that was made of it


class _End(NamedTuple):
    # The source has nothing more to come, or has failed.
    error: Exception | None


async def _ahead(items: AsyncIterator[Published]) -> AsyncGenerator[list[Published], None]:
    """What waits, together and in order; read on meanwhile, up to `AHEAD`. Raises what the source raised, after all before it."""
    waiting: asyncio.Queue[Published | _End] = asyncio.Queue(AHEAD)

    async def read_on() -> None:
        try:
            async with contextlib.aclosing(cast("AsyncGenerator[Published, None]", items)):
                async for item in items:
                    await waiting.put(item)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            await waiting.put(_End(ConnectionError("something the source waited for was cancelled")))
        except Exception as error:  # noqa: BLE001 (raised below, where the source is read)
            await waiting.put(_End(error))
        else:
            await waiting.put(_End(None))

    reading = asyncio.create_task(read_on(), name="reading ahead")
    try:
        while True:
            batch: list[Published] = []
            end = None
            while end is None and not (batch and waiting.empty()):
                item = await waiting.get()
                if isinstance(item, _End):
                    end = item
                else:
                    batch.append(item)
            yield batch
            if end is not None:
                if end.error is not None:
                    raise end.error
                return
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def followed(desk: Desk, channel: Channel, config: Config) -> None:
    """A channel is read, or is called otherwise; told where config.toml names its title. Raises JournalFailed."""
    view = desk.state.channels.get(channel.id)
    if view is None or view.channel != channel or not view.is_followed:
        await desk.record(ChannelFollowed(channel), *renamed(config, view, channel, desk.state.account))


async def imported(desk: Desk, *messages: Message) -> None:
    """Posts from before: beside the channel's numbers, neither read for orders nor compared. Raises JournalFailed.

    One that is still to come live is left out: the journal of an account that has stopped lags behind those of the others.
    """
    ends = {channel: _end_of_the_past(desk, channel) for channel in {message.channel for message in messages}}
    new = (
        message
        for message in messages
        if message.id < ends[message.channel] and desk.journal.message_content(message.key) is None
    )
    await desk.record(*(PostImported(message, message.content) for message in new))


def _end_of_the_past(desk: Desk, channel: ChannelId) -> int:
    # What is after the last post that was read live, the source owes; of a channel that has none yet, whoever asked knows.
    view = desk.state.channels.get(channel)
    if view is None or not view.messages:
        return LARGEST_ID
    read = desk.journal.cursor(channel)
    return LARGEST_ID if read is None else read + 1


def _published(message: Message) -> int:
    return message.edited_at or message.posted_at
