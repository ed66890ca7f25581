"""What the tests of Telegram share: a small Telegram, the real client on it, and the source that reads."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from telethon.crypto import AuthKey
from telethon.sessions import MemorySession
from telethon.tl import types

from signalos_tui.collect.telegram.posts import channel_id, group_id
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.source import TelegramSource
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Deletion, Health, HealthReport, Message, Published
from tests.support.telegram.config import DC
from tests.support.telegram.server import Server
from tests.support.telegram.world import Person, Room, World

QUICK = Pace(poll_s=0.5, compare_s=60, heartbeat_s=0.5, answer_s=2, retry_s=0.05, longest_retry_s=0.3, first_posts=20)
"""A day of Telegram in a second."""


class RealClock:
    """The clock on the wall."""

    def now(self) -> int:
        """ms UTC."""
        return round(time.time() * 1000)


class Reading:
    """`async with Reading("Gold", "FX") as r`: an account that follows these channels, and a source that reads them."""

    def __init__(self, *titles: str, pace: Pace = QUICK, posts: int = 5) -> None:
        self.world = World()
        self.owner = self.world.person("+491701")
        self.rooms = [self.world.room(title, self.owner) for title in titles or ("Gold",)]
        for room in self.rooms:
            self.world.flood(room, posts)
        self.server = Server(self.world)
        self.got: list[Published] = []
        self.pace = pace

    @property
    def room(self) -> Room:
        """The first channel."""
        return self.rooms[0]

    async def __aenter__(self) -> Self:
        await self.server.__aenter__()
        self.client = self._fresh(None)
        await self.client.connect()
        await self.client.send_code_request(self.owner.phone)
        await self.client.sign_in(self.owner.phone, self.owner.code)
        await self.client.get_dialogs()
        await self.begin({channel_id(room.id): room.last for room in self.rooms})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        await self.end()
        await self.server.__aexit__(kind, _, __)

    async def begin(self, since: dict[ChannelId, int]) -> None:
        """A source that owes everything after `since`; what it compares at its start has come and is put aside."""
        asked = len(self.server.requests("GetHistory")) + len(self.rooms)
        follow = {
            channel_id(room.id): (
                Channel(channel_id(room.id), room.title),
                types.InputPeerChannel(room.id, room.id * 3),
            )
            for room in self.rooms
        }
        self.source = TelegramSource("telegram", self.client, follow, RealClock(), self.pace)
        self.reading = asyncio.create_task(self._read(since))
        await self.until(lambda: len(self.server.requests("GetHistory")) >= asked)
        owed = [channel_id(room.id) for room in self.rooms]
        await self.until(lambda: {one.channel for one in self._messages() if one.id <= since[one.channel]} >= set(owed))
        self.got = [one for one in self.got if isinstance(one, Message) and one.id > since[one.channel]]

    def restart(self) -> None:
        """The program begins again: another client, which knows nothing but the key."""
        self.client = self._fresh(self.client.session.auth_key)

    def _fresh(self, key: AuthKey | None) -> ReadOnlyClient:
        session = MemorySession()
        session.set_dc(DC, "127.0.0.1", self.server.port)
        session.auth_key = key
        return ReadOnlyClient(
            session,
            1,
            "0" * 32,
            sequential_updates=True,
            flood_sleep_threshold=0,
            connection_retries=-1,
            request_retries=2,
            retry_delay=0.05,
            raise_last_call_error=True,
        )

    def _messages(self) -> list[Message]:
        return [one for one in self.got if isinstance(one, Message)]

    def follow(self, room: Room, topic: int = 0, since: int | None = None) -> ChannelId:
        """One more chat, while the source reads."""
        if room.is_small:
            name, peer = group_id(room.id), types.InputPeerChat(room.id)
        else:
            name, peer = channel_id(room.id, topic), types.InputPeerChannel(room.id, room.id * 3)
        self.source.follow(Channel(name, room.topics.get(topic, room.title)), peer, since)
        return name

    def answers(self, change: Callable[[Any, Any], Any]) -> None:
        """Another server, as correct as ours: what it answers to a request instead of ours. `change` may raise a refusal."""
        reading = self.server._reading

        def other(me: Person, request: Any) -> Any:
            return change(request, reading(me, request))

        self.server._reading = other  # type: ignore[method-assign]

    async def end(self) -> None:
        """The engine stops reading."""
        self.reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.reading

    async def _read(self, since: dict[ChannelId, int]) -> None:
        async for item in self.source.published(since):
            self.got.append(item)

    async def until(self, is_so: Callable[[], bool], within_s: float = 15) -> None:
        """Wait until something is so; what ends the source ends the test."""
        async with asyncio.timeout(within_s):
            while not is_so():
                if self.reading.done():
                    await self.reading
                await asyncio.sleep(0.01)

    async def numbers(self, *wanted: int, room: Room | ChannelId | None = None) -> None:
        """Wait until the posts that came are exactly these, in this order."""
        expected = list(wanted)
        with contextlib.suppress(TimeoutError):
            await self.until(lambda: self.ids(room) == expected, 10)
        assert self.ids(room) == expected

    def ids(self, room: Room | ChannelId | None = None) -> list[int]:
        """The numbers of the posts so far, revisions included."""
        wanted = room if isinstance(room, str) else channel_id((room or self.room).id)
        return [one.id for one in self.got if isinstance(one, Message) and one.channel == wanted]

    def texts(self) -> list[str]:
        """What the posts so far say."""
        return [one.text for one in self.got if isinstance(one, Message)]

    def deleted(self) -> list[int]:
        """The numbers that were withdrawn."""
        return [one.id for one in self.got if isinstance(one, Deletion)]

    def health(self) -> list[tuple[Health, str]]:
        """How well channels were seen, in order."""
        return [(one.health, one.detail) for one in self.got if isinstance(one, HealthReport)]
