"""What is published goes to disk before anything looks at it: once, in order, and never forgotten.

A post that cannot be written is kept and tried again; the source waits meanwhile. After a restart the source owes everything
after the last post on disk.
"""

from __future__ import annotations

import asyncio

from signalos_tui.collect.source import MessageSource
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.reading import ReadingRoom
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
LARGEST_ID = 1 << 53
"""Beyond this no platform counts and no file keeps a number exactly."""


class Intake:
    """Takes in one source."""

    def __init__(self, desk: Desk, room: ReadingRoom, source: MessageSource) -> None:
        self._desk = desk
        self._room = room
        self._source = source

    async def run(self) -> None:
        """Take in everything after what is on disk, then live, until the source ends."""
        for channel in self._source.channels():
            view = self._desk.state.channels.get(channel.id)
            await followed(self._desk, channel)
            if view is not None and view.health is not Health.OK:
                await self._desk.record(ChannelHealthChanged(channel.id, Health.OK))
        async for item in self._source.published(await self._cursors()):
            await self._kept(item)

    async def _cursors(self) -> dict[ChannelId, int]:
        while True:
            try:
                return self._desk.journal.cursors()
            except JournalFailed:  # what it would say may be taken back
                await asyncio.sleep(RETRY_S)

    async def _kept(self, item: Published) -> None:
        while True:
            try:
                await self._take(item)
            except JournalFailed:
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _take(self, item: Published) -> None:
        match item:
            case HealthReport():
                view = self._desk.state.channels.get(item.channel)
                if view is not None and (view.health, view.detail) != (item.health, item.detail):
                    await self._desk.record(ChannelHealthChanged(item.channel, item.health, item.detail))
            case Deletion():
                await self._deleted(item)
            case Followed(info=channel):
                await followed(self._desk, channel)
            case Unfollowed(channel=gone):
                if self._is_followed(gone):
                    await self._desk.record(ChannelUnfollowed(gone))
            case Imported(message=message) if is_usable(message):
                await imported(self._desk, message.clean())
            case Message() if is_usable(item):
                await self._message(item.clean())
            case Message(channel=where, id=number) | Imported(message=Message(channel=where, id=number)):
                text = f"a post of {where} is numbered {number}: it was left out"
                await self._desk.record(NoticeRaised(Severity.WARNING, "post-unusable", text, "Look at it yourself"))

    def _is_followed(self, channel: ChannelId) -> bool:
        view = self._desk.state.channels.get(channel)
        return view is not None and view.is_followed

    async def _message(self, message: Message) -> None:
        known = self._desk.journal.message_content(message.key)
        if known is None:
            await self._desk.record(MessageReceived(message, message.content))
            await self._room.take(message, 0)
            return
        content, revision = known
        post = self._desk.state.posts.get(message.key)
        if post is not None and (post.deleted_at is not None or _published(message) < _published(post.message)):
            return  # withdrawn, or an older revision that comes late
        if content != message.content:
            if post is None and self._desk.journal.is_deleted(message.key):
                return
            await self._desk.record(MessageEdited(message, message.content, revision + 1))
            if post is not None:  # one that is long out of view is only written down
                await self._room.take(message, revision + 1)
        elif post is not None and post.reading is None:  # written, and not read because writing failed then
            await self._room.take(post.message, post.revision)

    async def _deleted(self, item: Deletion) -> None:
        post = self._desk.state.posts.get(item.key)
        journal = self._desk.journal
        if post is not None:
            if post.deleted_at is None:
                await self._room.deleted(post)
        elif journal.message_content(item.key) is not None and not journal.is_deleted(item.key):
            await self._desk.record(MessageDeleted(item.key))  # long out of view: nothing is open that was made of it


async def followed(desk: Desk, channel: Channel) -> None:
    """A channel is read, or is called otherwise. Raises JournalFailed."""
    view = desk.state.channels.get(channel.id)
    if view is None or view.channel != channel or not view.is_followed:
        await desk.record(ChannelFollowed(channel))


async def imported(desk: Desk, message: Message) -> None:
    """A post from before: beside the channel's numbers, neither read for orders nor compared. Raises JournalFailed."""
    if desk.journal.message_content(message.key) is None:
        await desk.record(PostImported(message, message.content))


def is_usable(message: Message) -> bool:
    """Its numbers can be counted with."""
    return 0 < message.id < LARGEST_ID and (message.reply_to or 0) < LARGEST_ID


def _published(message: Message) -> int:
    return message.edited_at or message.posted_at
