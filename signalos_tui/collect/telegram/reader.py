"""One login of a run: its files and client, and the source that reads what it was given to read.

A source that breaks is begun again, and its channels are blind meanwhile; no other login notices. After a new login the client is
another one, so is the source.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping

from msgspec.structs import replace
from telethon.tl import types

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram.asking import PATIENCE_S
from signalos_tui.collect.telegram.logins import Followed, Login
from signalos_tui.collect.telegram.pictures import PictureKeeper
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.sight import through
from signalos_tui.collect.telegram.source import TelegramSource
from signalos_tui.logs import logger
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Health, HealthReport, Published
from signalos_tui.model.places import LoginView, Standing

AWAY = "nobody is logged in"

_log = logger("signalos.telegram")

Put = Callable[["Reader", Published], Awaitable[None]]
Moved = Callable[["Reader", ChannelId, ChannelId], None]
"""A group has become another one: its old and its new id."""


class Reader:
    """A login that a run has. followed: what it would read; what of it is read here is said to `begin`, `take_up` and `drop`.

    is_open: Telegram may be asked through it; not while it is logged in anew or out.
    """

    def __init__(self, login: Login, clock: Clock, pace: Pace) -> None:
        """Raises VaultClosed: its list of channels was changed."""
        self.login = login
        self.followed: dict[ChannelId, Followed] = {one.id: one for one in login.followed()}
        self.is_open = login.has_key
        self._clock = clock
        self._pace = pace
        self._reading: asyncio.Task[None] | None = None
        self._moved: Moved = lambda reader, old, new: None
        self.source = self._source(())

    @property
    def name(self) -> str:
        """The login's."""
        return self.login.name

    @property
    def is_lost(self) -> bool:
        """Only its owner can bring it back."""
        return not self.is_open or self.source.standing.is_lost

    def view(self) -> LoginView:
        """How it stands."""
        stands = self.source.standing
        if not self.is_open and not stands.is_lost:
            stands = replace(stands, standing=Standing.REVOKED, detail=AWAY)
        return replace(stands, name=self.name, followed=len(self.followed))

    @property
    def sees(self) -> tuple[Health, str]:
        """How well a channel is seen that it is only now given to read."""
        return through(self.view())

    def keep(self, channels: Mapping[ChannelId, Followed]) -> None:
        """Follow these from now on; on disk first. Raises OSError."""
        self.login.follow(tuple(channels.values()))
        self.followed = dict(channels)

    async def connect(self) -> None:
        """Connect, where the source does not already. Raises OSError, TimeoutError."""
        if not self.login.client.is_connected():
            async with asyncio.timeout(PATIENCE_S):
                await self.login.client.connect()

    # --- reading --------------------------------------------------------------------------------------------------

    def begin(self, channels: Iterable[ChannelId], reached: Mapping[ChannelId, int], put: Put, moved: Moved) -> None:
        """Read these until `stop`. reached: the last known post of each, as it grows; absent for a new one."""
        self._moved = moved
        self.source = self._source(channels)
        self._reading = asyncio.create_task(self._read(reached, put), name=f"telegram {self.name}")

    def take_up(self, channel: ChannelId, since: int | None) -> None:
        """Read one more of those that are followed."""
        one = self.followed[channel]
        self.source.follow(one.channel, one.peer, since)

    def drop(self, channel: ChannelId) -> None:
        """Read one no more."""
        self.source.unfollow(channel)

    async def stop(self) -> None:
        """Read nothing more; disconnected afterwards."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await self.login.client.disconnect()

    async def _read(self, reached: Mapping[ChannelId, int], put: Put) -> None:
        if not self.is_open:  # asking would make a key that nobody has logged in with
            await self._report(put, *self.sees)
            return
        delay = self._pace.retry_s
        while True:
            began = self._clock.now()
            try:
                async with contextlib.aclosing(self.source.published(dict(reached))) as items:
                    async for item in items:
                        await put(self, item)
            except Exception as error:  # noqa: BLE001 (a login's own edge: no other must feel it)
                kind = type(error).__name__
                if self._clock.now() - began > self._pace.longest_retry_s * 1000:
                    delay = self._pace.retry_s
                _log.error("reading a login failed", login=self.name, kind=kind, again_s=delay)
                await self._report(put, Health.BLIND, f"reading it failed ({kind}) and is tried again")
                await asyncio.sleep(delay)
                delay = min(delay * 2, self._pace.longest_retry_s)
                self.source = self._source(channel.id for channel in self.source.channels())

    async def _report(self, put: Put, health: Health, detail: str = "") -> None:
        for channel in self.source.channels():
            await put(self, HealthReport(channel.id, health, detail))

    def _source(self, channels: Iterable[ChannelId]) -> TelegramSource:
        mine = {name: (self.followed[name].channel, self.followed[name].peer) for name in channels}
        name, client, pictures = f"telegram {self.name}", self.login.client, self.login.pictures
        keeper = PictureKeeper(client, pictures, self._clock) if pictures is not None else None
        return TelegramSource(name, client, mine, self._clock, self._pace, moved=self._has_moved, keeper=keeper)

    def _has_moved(self, old: ChannelId, channel: Channel, peer: types.InputPeerChannel) -> None:
        new = Followed(peer.channel_id, peer.access_hash, channel.title)
        self.keep({new.id: new, **{name: one for name, one in self.followed.items() if name != old}})
        self._moved(self, old, new.id)
