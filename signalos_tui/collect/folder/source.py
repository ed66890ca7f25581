"""A watched folder as a source: what is dropped is posted once, in the order of time, whatever is dropped again.

Exports of Telegram Desktop bring channels and numbers of their own. Everything else is numbered by a daybook for each channel,
which also knows what was there before; so nothing has to be moved or deleted, and a restart reads the folder as if for the first
time. Looking and reading are done beside the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from signalos_tui.aside import aside
from signalos_tui.clock import Clock
from signalos_tui.collect.folder.desk import Desk, channel_of, channels_in
from signalos_tui.collect.folder.looking import Folder
from signalos_tui.collect.folder.reading import INBOX
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Followed, Health, HealthReport, Published

ANSWERS_S = 30.0
"""A folder that has not been looked through by then does not answer."""
REST = 4
"""A look that takes long is followed by a pause so many times as long: a folder of many files leaves the machine to others."""
BREATH = 50
"""So many posts are handed on before others get a turn."""


class FolderSource:
    """A `MessageSource` for one engine.

    root: the folder. books: where numbers are kept, of this engine alone. poll_s: how often is looked. settle_s: how long a file
    has to stand still. largest: bytes of one file.
    """

    def __init__(
        self,
        root: Path,
        books: Path,
        clock: Clock,
        *,
        poll_s: float,
        settle_s: float,
        largest: int,
        name: str = "folder",
    ) -> None:
        self.name = name
        self._root = root
        self._clock = clock
        self._poll_s = poll_s
        self._settle_s = settle_s
        self._largest = largest
        self._books = books
        self._channels = {channel_of(name): Channel(channel_of(name), name) for name in (INBOX, *channels_in(books))}

    def channels(self) -> tuple[Channel, ...]:
        """Those that have had a post, and the inbox."""
        return tuple(self._channels.values())

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """Everything after `since`, then what is dropped. A file that cannot be read makes its channel BLIND while it lies."""
        folder = Folder(self._root, settle_s=self._settle_s, largest=self._largest)
        said: dict[ChannelId, str] = {}
        with contextlib.closing(Desk(folder, self._books, self._clock, since)) as desk:
            for item in await aside(lambda: desk.left(since)):
                yield item
            while True:
                began = time.monotonic()
                looking = asyncio.ensure_future(aside(desk.look))
                try:
                    if not (await asyncio.wait([looking], timeout=ANSWERS_S))[0]:
                        for report in self._changes(said, dict.fromkeys(self._channels, "the folder does not answer")):
                            yield report
                    look = await looking
                finally:
                    looking.cancel()
                troubles = dict.fromkeys(self._channels, look.closed) if look.closed else look.troubles
                for report in self._changes(said, troubles):
                    yield report
                for number, item in enumerate(look.items):
                    if isinstance(item, Followed):
                        self._channels.setdefault(item.channel, item.info)
                    yield item
                    if number % BREATH == 0:
                        await asyncio.sleep(0)
                pause = max(self._poll_s, (time.monotonic() - began) * REST)
                await asyncio.sleep(0 if look.items else pause)

    def _changes(self, said: dict[ChannelId, str], troubles: Mapping[ChannelId, str]) -> list[HealthReport]:
        # What is to be told of the channels, and is remembered as told.
        news: list[HealthReport] = []
        for channel in self._channels:
            why = troubles.get(channel, "")
            if why != said.get(channel, ""):
                said[channel] = why
                news.append(HealthReport(channel, Health.BLIND if why else Health.OK, why))
        return news
