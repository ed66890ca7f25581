"""Telegram channels as a source: every post once, in order, whatever the connection does.

Four things run side by side and meet in one queue: what Telegram tells (updates), a poll of the newest numbers of all channels in
one request, the filling of gaps from the history, and a comparison of the newest posts with what was handed on. None of them is
enough: updates get lost, polls miss edits, a comparison is slow (reference: reliability, table A). A lost session ends none of
this with an error: its channels are STOPPED, loudly, and the rest of the house goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from typing import Any

from telethon import events
from telethon.errors import RPCError
from telethon.errors.common import AuthKeyNotFound
from telethon.tl import functions, types

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.connection import Connection
from signalos_tui.collect.telegram.ledger import Ledger
from signalos_tui.collect.telegram.posts import bare, post_of
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.watched import Watched
from signalos_tui.logs import logger
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Health, Message, Published
from signalos_tui.model.places import LoginView, Standing

PAGE = 100
"""Posts a request for history gives at most."""

_log = logger("signalos.telegram")


class TelegramSource:
    """The followed channels of one account. follow: each channel and how Telegram wants it named in a request.

    client: connected and disconnected by the source. name: "telegram" and the account's. What is followed may change while it is
    read (`follow`, `unfollow`).
    """

    def __init__(
        self,
        name: str,
        client: ReadOnlyClient,
        follow: Mapping[ChannelId, tuple[Channel, Any]],
        clock: Clock,
        pace: Pace,
    ) -> None:
        self.name = name
        self._client = client
        self._follow = dict(follow)
        self._clock = clock
        self._pace = pace
        self._watched: dict[int, Watched] = {}
        self._queue: asyncio.Queue[Published] = asyncio.Queue()
        self._gaps = asyncio.Event()
        self._again = asyncio.Event()
        self._hurry = asyncio.Event()
        self._connection = Connection(name, client, clock, pace, self._stands)
        self._is_up = self._connection.is_up

    @property
    def standing(self) -> LoginView:
        """How the login stands, under the source's name; reading it costs nothing."""
        return self._connection.standing

    def channels(self) -> tuple[Channel, ...]:
        """What is followed."""
        return tuple(channel for channel, _ in self._follow.values())

    def follow(self, channel: Channel, peer: Any, since: int | None) -> None:
        """Read one more channel, at once when the source is read. since: its last post that is known, None for a new one."""
        self._follow[channel.id] = (channel, peer)
        self._watched[bare(channel.id)] = Watched(channel, peer, since)
        self._hurry.set()

    def unfollow(self, channel: ChannelId) -> None:
        """Read it no more; nothing that was read is taken back."""
        self._follow.pop(channel, None)
        self._watched.pop(bare(channel), None)

    async def older(self, channel: ChannelId, below: int) -> list[Message]:
        """The posts of a followed channel before number `below`, newest first, a page of them; [] when there are none.

        Raises KeyError: it is not followed; what the client raises.
        """
        watched = self._watched[bare(channel)]
        answer = await self._client(functions.messages.GetHistoryRequest(watched.peer, below, None, 0, PAGE, 0, 0, 0))
        return self._posts(watched, answer.messages)

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncGenerator[Published, None]:
        """Everything after `since`, then live. A channel that is new begins with its newest posts (`pace.first_posts`)."""
        self._watched = {
            bare(channel.id): Watched(channel, peer, since.get(channel.id)) for channel, peer in self._follow.values()
        }
        self._client.reconnected = self._came_back
        handlers = (
            (self._told_new, events.NewMessage()),
            (self._told_edit, events.MessageEdited()),
            (self._told_deletion, events.MessageDeleted()),
        )
        for hear, kind in handlers:
            self._client.add_event_handler(hear, kind)
        work = (self._connection.keep, self._fill, self._poll, self._compare)
        tasks = [asyncio.create_task(each(), name=f"{self.name} {each.__name__}") for each in work]
        try:
            while True:
                yield await self._next(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for hear, kind in handlers:
                self._client.remove_event_handler(hear, kind)
            await self._client.disconnect()

    async def _next(self, tasks: list[asyncio.Task[None]]) -> Published:
        # The next item; what ends one of the tasks ends the source, and whoever reads it begins again.
        if not self._queue.empty():
            return self._queue.get_nowait()
        getting = asyncio.create_task(self._queue.get())
        try:
            done, _ = await asyncio.wait([getting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        except BaseException:
            getting.cancel()
            raise
        if getting in done:
            return getting.result()
        getting.cancel()
        for task in done:
            task.result()
        raise AssertionError("a task of the source ended")

    # --- what Telegram tells --------------------------------------------------------------------------------------

    async def _told_new(self, event: Any) -> None:
        self._told(event.message, revises=False)

    async def _told_edit(self, event: Any) -> None:
        self._told(event.message, revises=True)

    def _told(self, message: Any, *, revises: bool) -> None:
        watched = self._watched.get(getattr(message.peer_id, "channel_id", 0))
        if watched is None or watched.ledger is None:
            return
        post = post_of(watched.channel.id, message)
        self._put(watched.revise(post) if revises else watched.take(post))
        if watched.ledger.gap is not None:
            self._gaps.set()

    async def _told_deletion(self, event: Any) -> None:
        number = getattr(event.original_update, "channel_id", 0)
        watched = self._watched.get(number)
        if watched is not None and watched.ledger is not None:
            self._put(watched.withdraw(event.deleted_ids, self._clock.now()))

    async def _came_back(self) -> None:
        # The client is connected again and fetches nothing by itself.
        _log.info("connected again", source=self.name)
        self._again.set()

    # --- the connection -------------------------------------------------------------------------------------------

    def _stands(self, now: LoginView) -> None:
        if now.standing is Standing.READING:
            self._again.set()
        elif now.standing is not Standing.FLOODED:  # that hides only what had to wait
            self._all(Health.STOPPED if now.is_lost else Health.BLIND, now.detail)

    # --- what was not told ----------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        while True:
            await self._is_up.wait()
            self._hurry.clear()
            await self._guarded(None, self._look_at_tops)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll_s):
                    await self._hurry.wait()

    async def _look_at_tops(self) -> None:
        # One request for up to a hundred channels says the newest number of each.
        channels = list(self._watched.items())
        for start in range(0, len(channels), PAGE):
            part = channels[start : start + PAGE]
            peers = [types.InputDialogPeer(watched.peer) for _, watched in part]
            answer = await self._client(functions.messages.GetPeerDialogsRequest(peers))
            for dialog in answer.dialogs:
                watched = self._watched.get(getattr(dialog.peer, "channel_id", 0))
                if watched is None:
                    continue
                self._put(watched.seen(Health.OK))
                if watched.ledger is None:
                    watched.ledger = Ledger(max(0, dialog.top_message - self._pace.first_posts))
                watched.ledger.heard_of(dialog.top_message)
                if watched.ledger.gap is not None:
                    self._gaps.set()

    async def _fill(self) -> None:
        while True:
            await self._gaps.wait()
            await self._is_up.wait()
            self._gaps.clear()
            for watched in list(self._watched.values()):
                await self._guarded(watched, self._fill_one, watched)

    async def _fill_one(self, watched: Watched) -> None:
        while watched.ledger is not None and (gap := watched.ledger.gap) is not None:
            first, last = gap[0], min(gap[1], gap[0] + PAGE - 1)
            numbers = [types.InputMessageID(number) for number in range(first, last + 1)]
            answer = await self._client(functions.channels.GetMessagesRequest(_channel(watched.peer), numbers))
            self._put(watched.settle(first, last, self._posts(watched, answer.messages)))

    async def _compare(self) -> None:
        while True:
            await self._is_up.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.compare_s):
                    await self._again.wait()
            await self._is_up.wait()
            if self._again.is_set():
                self._again.clear()
                await self._guarded(None, self._look_at_tops)
            for watched in list(self._watched.values()):
                await self._guarded(watched, self._compare_one, watched)

    async def _compare_one(self, watched: Watched) -> None:
        answer = await self._client(functions.messages.GetHistoryRequest(watched.peer, 0, None, 0, PAGE, 0, 0, 0))
        self._put(watched.compare(self._posts(watched, answer.messages), self._clock.now()))

    def _posts(self, watched: Watched, messages: Iterable[Any]) -> list[Message]:
        return [post_of(watched.channel.id, one) for one in messages if not isinstance(one, types.MessageEmpty)]

    async def _guarded(self, watched: Watched | None, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        # What fails here is tried again at the next turn; what it hides meanwhile is said.
        try:
            async with asyncio.timeout(self._pace.answer_s):
                await work(*arguments)
        except failures.PAUSES as pause:
            self._connection.pause(pause.seconds)
            self._blind(watched, failures.flooded(pause.seconds, self._clock.now()))
            self._again.set()
            await asyncio.sleep(pause.seconds)
        except (OSError, TimeoutError):  # the connection's own task says so, and brings it back
            self._again.set()
            await asyncio.sleep(self._pace.retry_s)
        except AuthKeyNotFound as error:
            self._connection.refused(error)
        except RPCError as error:
            if not self._connection.refused(error):
                self._blind(watched, failures.words(error))

    def _blind(self, watched: Watched | None, why: str) -> None:
        if watched is None:
            self._all(Health.BLIND, why)
        else:
            self._put(watched.seen(Health.BLIND, why))

    def _all(self, health: Health, why: str) -> None:
        for watched in self._watched.values():
            self._put(watched.seen(health, why))

    def _put(self, items: Iterable[Published]) -> None:
        for item in items:
            self._queue.put_nowait(item)


def _channel(peer: types.InputPeerChannel) -> types.InputChannel:
    return types.InputChannel(peer.channel_id, peer.access_hash)
