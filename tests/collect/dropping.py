"""A watched folder, what is dropped into it, and an ear for what comes out."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

from signalos_tui.clock import FrozenClock
from signalos_tui.collect.folder.source import FolderSource
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Followed, Message, Published

NOW = 1_795_264_200_000
INBOX, GOLD = ChannelId("file:inbox"), ChannelId("file:gold")
PATIENCE_S = 30.0


def drop(root: Path, name: str, content: str | bytes, age_s: float = 60) -> Path:
    """A file, written so many seconds ago."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    moment = (NOW - round(age_s * 1000)) * 1_000_000
    os.utime(path, ns=(moment, moment))
    return path


def line(text: str, at: int = NOW, **more: Any) -> str:
    return json.dumps({"at": at, "text": text, **more}) + "\n"


def export(*posts: tuple[int, str], number: int = 77, **more: Any) -> str:
    messages = [
        {"id": id_, "type": "message", "date_unixtime": str(NOW // 1000 - 1000 + id_), "text": text, **more}
        for id_, text in posts
    ]
    return json.dumps({"name": "Exported", "id": number, "messages": messages})


class Ear:
    """Listens to a source all the time; channels that are made known are left out."""

    def __init__(self, stream: AsyncGenerator[Published, None]) -> None:
        self._stream = stream
        self._heard: asyncio.Queue[Published] = asyncio.Queue()

    async def listen(self) -> None:
        async with aclosing(self._stream) as stream:
            async for item in stream:
                if not isinstance(item, Followed):
                    self._heard.put_nowait(item)

    async def items(self, count: int) -> list[Published]:
        async with asyncio.timeout(PATIENCE_S):
            return [await self._heard.get() for _ in range(count)]

    async def texts(self, count: int) -> list[tuple[ChannelId, int, str]]:
        posts = [one for one in await self.items(count) if isinstance(one, Message)]
        assert len(posts) == count, posts
        return [(one.channel, one.id, one.text) for one in posts]

    async def hears_nothing(self) -> bool:
        """Within a good many looks."""
        await asyncio.sleep(0.3)
        return self._heard.empty()


@asynccontextmanager
async def watched(
    tmp_path: Path, since: Mapping[ChannelId, int] | None = None, largest: int = 1 << 20
) -> AsyncIterator[Ear]:
    (tmp_path / "in").mkdir(exist_ok=True)
    source = FolderSource(
        tmp_path / "in", tmp_path / "books", FrozenClock(NOW), poll_s=0.01, settle_s=0.02, largest=largest
    )
    ear = Ear(cast("AsyncGenerator[Published, None]", source.published(since or {})))
    listening = asyncio.create_task(ear.listen())
    try:
        yield ear
    finally:
        listening.cancel()
        await asyncio.wait([listening])
