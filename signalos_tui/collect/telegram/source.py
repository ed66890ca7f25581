"""Telegram channels as a source: every post once, in order, whatever the connection does.

Several things run side by side and meet in one outlet: what Telegram tells (updates), a poll of the newest numbers of all chats
in one request, the fetching of what is missing, and a comparison of the newest posts with what was handed on. None of them is
enough: updates get lost, polls miss edits, a comparison is slow (reference: reliability, table A). A lost session ends none of
this with an error: its channels are STOPPED, loudly, and the rest of the house goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from telethon import events
from telethon.tl import functions, types

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.chats import Chats
from signalos_tui.collect.telegram.connection import Connection
from signalos_tui.collect.telegram.differences import DELETED, EDITED
from signalos_tui.collect.telegram.fetching import Fetching
from signalos_tui.collect.telegram.outlet import Outlet
from signalos_tui.collect.telegram.posts import channel_id, topic_of
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.sight import through
from signalos_tui.collect.telegram.watched import PAGE, Watched
from signalos_tui.logs import logger
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Followed, Health, HealthReport, Message, Published, Unfollowed
from signalos_tui.model.places import LoginView

_NEW = (types.UpdateNewChannelMessage, types.UpdateNewMessage)
_OTHERS = (types.UpdateShortChatMessage, types.UpdateNewAuthorization)

_log = logger("signalos.telegram")

Moved = Callable[[ChannelId, Channel, Any], None]
"""A small group has become a large one: its old id, the channel it is now, and how a request names that."""


class Keeper(Protocol):
    """Whoever keeps what messages show."""

    def want(self, peer: Any, channel: ChannelId, message: Any) -> None:
        """A post that was handed on, for the first time or changed."""
        ...

    async def keep(self) -> None:
        """Fetch what is wanted, for ever."""
        ...


class TelegramSource:
    """The followed channels of one account. follow: each channel and how Telegram wants it named in a request.

    client: connected and disconnected by the source. name: "telegram" and the account's. What is followed may change while it is
    read (`follow`, `unfollow`). moved: who keeps the list of what is followed, when a group's id changes; without anybody the
    source follows the new one by itself. keeper: of pictures.
    """

    connects = True

    def __init__(
        self,
        name: str,
        client: ReadOnlyClient,
        follow: Mapping[ChannelId, tuple[Channel, Any]],
        clock: Clock,
        pace: Pace,
        *,
        moved: Moved | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self.name = name
        self._client = client
        self._follow = dict(follow)
        self._clock = clock
        self._pace = pace
        self._moved = moved or self._follow_moved
        self._keeper = keeper
        self._connection = Connection(name, client, clock, pace, lambda now: self._fetching.stands(now))
        self._begin({})

    @property
    def standing(self) -> LoginView:
        """How the login stands, under the source's name; reading it costs nothing."""
        return self._connection.standing

    def channels(self) -> tuple[Channel, ...]:
        """What is followed."""
        return tuple(channel for channel, _ in self._follow.values())

    @property
    def waiting(self) -> Outlet:
        """What was published and nobody has taken yet."""
        return self._outlet

    def has_begun(self, channel: ChannelId) -> bool:
        """Everything from before the start is here; what comes now is live. Raises KeyError: it is not followed."""
        return self._chats.of(channel).has_begun

    def follow(self, channel: Channel, peer: Any, since: int | None) -> None:
        """Read one more channel, at once when the source is read. since: its last post that is known, None for a new one."""
        self._follow[channel.id] = (channel, peer)
        self._chats.add(channel, peer, since)
        if through(self.standing)[0] is not Health.OK:  # it is no better seen than the others
            self._fetching.stands(self.standing)
        self._fetching.hurry()

    def unfollow(self, channel: ChannelId) -> None:
        """Read it no more; nothing that was read is taken back."""
        self._follow.pop(channel, None)
        self._chats.remove(channel)

    async def older(self, channel: ChannelId, below: int) -> list[Message]:
        """The posts of a followed channel before number `below`, newest first, a page of them; [] when there are none.

        below: 0 for the newest. Raises KeyError: it is not followed; what the client raises.
        """
        watched, topic = self._chats.of(channel), topic_of(channel)
        while True:
            if topic:
                request = functions.messages.GetRepliesRequest(watched.peer, topic, below, None, 0, PAGE, 0, 0, 0)
            else:
                request = functions.messages.GetHistoryRequest(watched.peer, below, None, 0, PAGE, 0, 0, 0)
            try:
                page = watched.posts((await self._client(request)).messages)
            except failures.PAUSES as pause:
                self._connection.pause(pause.seconds)
                raise
            page = sorted((post for post in page if not below or post.id < below), key=lambda post: -post.id)
            found = [post for post in page if isinstance(post, Message) and post.channel == channel]
            if found or not page:
                return found
            below = page[-1].id  # of a forum, a page may be full of what belongs to other channels

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncGenerator[Published, None]:
        """Everything after `since`, then live. A channel that is new begins with its newest posts (`pace.first_posts`)."""
        self._begin(since)
        self._fetching.begin(self.standing)
        self._fetching.look_again()
        self._client.reconnected = self._came_back
        self._client.caught_up = self._caught_up
        self._client.answer_s = self._pace.answer_s
        self._client.add_event_handler(self._told, events.Raw([*_NEW, *EDITED, *DELETED, *_OTHERS]))
        work = [self._connection.keep, *self._fetching.tasks()]
        if self._keeper is not None:
            work.append(self._keeper.keep)
        tasks = [asyncio.create_task(each(), name=f"{self.name} {each.__name__}") for each in work]
        for task in tasks:
            task.add_done_callback(self._ended)
        try:
            while True:
                yield await self._outlet.next()
        finally:
            for task in tasks:
                task.remove_done_callback(self._ended)
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._client.remove_event_handler(self._told)
            await self._client.disconnect()

    def _begin(self, since: Mapping[ChannelId, int]) -> None:
        self._chats, self._outlet = Chats(self._pace.first_posts), Outlet()
        for channel, peer in self._follow.values():
            self._chats.add(channel, peer, since.get(channel.id))
        self._fetching = Fetching(
            self._connection, self._chats, self._outlet, self._clock, self._pace, self._hand, self._look_for_moved
        )

    def _ended(self, task: asyncio.Task[None]) -> None:
        # What ends one of them ends the source, and whoever reads it begins again.
        error = ConnectionError(f"{task.get_name()} was cancelled") if task.cancelled() else task.exception()
        self._outlet.fail(error or AssertionError(f"{task.get_name()} ended"))

    # --- what Telegram tells --------------------------------------------------------------------------------------

    def _caught_up(self, channel: int, changes: Sequence[Any], is_short: bool) -> None:
        # What Telethon fetches and keeps to itself; where there was too much to fetch, a poll and a comparison have to find it.
        for update in changes:
            if isinstance(update, (*EDITED, *DELETED)):
                self._take(update)
        self._fetching.compare_soon(self._chats.beside(channel))
        if is_short:
            self._fetching.hurry()

    async def _told(self, update: Any) -> None:
        self._take(update)

    def _take(self, update: Any) -> None:
        if isinstance(update, types.UpdateNewAuthorization):
            _log.warning("the account was logged in on another device", source=self.name)
            self._connection.entered(update.device or "", update.location or "")
            return
        if isinstance(update, DELETED):
            self._told_deletion(getattr(update, "channel_id", 0), update.messages)
            return
        message = _whole(update) if isinstance(update, types.UpdateShortChatMessage) else update.message
        watched = self._chats.at(getattr(message, "peer_id", None))
        if watched is not None:
            self._told_message(watched, message, is_edit=isinstance(update, EDITED))

    def _told_message(self, watched: Watched, message: Any, *, is_edit: bool) -> None:
        is_hidden = is_edit and getattr(
            message, "edit_hide", False
        )  # a reaction, mostly; not worth a post nobody remembers
        if not watched.has_begun or self._outlet.is_full:  # its number is enough: it is fetched in its turn
            if watched.top:  # else the poll says where it begins
                watched.heard_of(message.id)
            if is_edit and watched.has_begun:
                watched.doubt([message.id])
        elif watched.knows(message.id) or not is_hidden:
            post = watched.post_of(message)
            self._hand(watched, watched.revise(post) if is_edit else watched.take(post), [message])
            self._look_for_moves(watched, message)
        self._fetching.soon(watched)

    def _told_deletion(self, channel: int, numbers: Sequence[int]) -> None:
        for watched, known in self._chats.with_posts(channel, numbers):
            if self._outlet.is_full:
                watched.doubt(known)
                self._fetching.soon(watched)
            elif watched.has_begun:
                self._hand(watched, watched.withdraw(known, self._clock.now()))

    async def _came_back(self) -> None:
        # The client is connected again and fetches nothing by itself.
        _log.info("connected again", source=self.name)
        self._connection.came_back()
        self._fetching.look_again()

    def _hand(self, watched: Watched, items: list[Published], messages: Sequence[Any] = ()) -> None:
        self._outlet.put(items)
        if self._keeper is not None and items:
            channels = {item.id: item.channel for item in items if isinstance(item, Message)}
            for message in messages:
                if message.id in channels:
                    self._keeper.want(watched.peer, channels[message.id], message)

    # --- groups that become another one ---------------------------------------------------------------------------

    def _look_for_moves(self, watched: Watched, message: Any) -> None:
        # The line itself says where to, but not how to ask there; the history does.
        if isinstance(getattr(message, "action", None), types.MessageActionChatMigrateTo):
            watched.heard_of(message.id)
            self._fetching.soon(watched)

    def _look_for_moved(self, chats: Iterable[Any]) -> None:
        for chat in chats:
            watched = self._chats.at(types.PeerChat(chat.id)) if isinstance(chat, types.Chat) else None
            if watched is not None and isinstance(chat.migrated_to, types.InputChannel):
                self._move(watched.channels[0], chat.migrated_to)

    def _move(self, group: Channel, to: types.InputChannel) -> None:
        channel = Channel(channel_id(to.channel_id), group.title, group.provider)
        _log.info("a small group has become a large one", source=self.name, old=group.id, new=channel.id)
        why = f"the group has become a large one, {channel.id}, which is read from now on"
        self._outlet.put([HealthReport(group.id, Health.STOPPED, why)])
        self._moved(group.id, channel, types.InputPeerChannel(to.channel_id, to.access_hash))

    def _follow_moved(self, old: ChannelId, channel: Channel, peer: Any) -> None:
        self.unfollow(old)
        self.follow(channel, peer, 0)
        self._outlet.put([Followed(channel), Unfollowed(old)])


def _whole(update: types.UpdateShortChatMessage) -> types.Message:
    return types.Message(
        id=update.id,
        peer_id=types.PeerChat(update.chat_id),
        message=update.message,
        date=update.date,
        fwd_from=update.fwd_from,
        reply_to=update.reply_to,
        entities=update.entities,
    )
