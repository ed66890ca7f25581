"""What posts show, kept on disk for later reading: by channel and number, within limits, and never in the way of a post.

Pictures are fetched in the background, one after another and not more than so many a minute, after the post itself was handed
on. They are foreign bytes: a name is made of numbers only, what does not begin like a picture is not kept, and what is too large
is broken off, whatever was said of its size. The oldest give way when the folder is full.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct
from telethon import TelegramClient
from telethon.errors import FileReferenceExpiredError, FileReferenceInvalidError, RPCError
from telethon.errors.common import AuthKeyNotFound
from telethon.tl import functions, types

from signalos_tui.aside import aside
from signalos_tui.clock import Clock
from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.posts import PICTURES
from signalos_tui.collect.telegram.readonly import NotAllowed
from signalos_tui.durable import replace_whole
from signalos_tui.logs import logger
from signalos_tui.model.ids import ChannelId

FOLDER = "media"
"""Where they lie in the data folder."""
WAITING = 200
"""Pictures that wait at most; of more the oldest are not fetched."""
TRIES = 3
PART = 128 * 1024
_BEGINS = {"jpg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n", "webp": b"RIFF"}
_STALE = (FileReferenceExpiredError, FileReferenceInvalidError)

_log = logger("signalos.telegram")


class Limits(Struct, frozen=True, kw_only=True):
    """largest: bytes of one picture. total: bytes of all. per_minute: pictures. answer_s: for one. retry_s: between tries."""

    largest: int
    total: int
    per_minute: int
    answer_s: float = 60.0
    retry_s: float = 5.0


class Pictures:
    """The folder. Several logins may add to it. size: bytes of all that is in it; None until it was counted."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.limits = limits
        self.size: int | None = None

    def find(self, channel: ChannelId, number: int) -> Path | None:
        """The picture of a post; None: it has none, it is not here yet, or it had to give way."""
        found = (self._place(channel) / f"{number}.{ending}" for ending in _BEGINS)
        return next((path for path in found if path.exists()), None)

    def add(self, channel: ChannelId, number: int, content: bytes) -> Path | None:
        """Keep a picture in the place of an earlier one of the post; None: it is none. Blocks. Raises OSError."""
        ending = _ending(content)
        if ending is None:
            return None
        place = self._place(channel)
        for folder in (self.folder, place):
            folder.mkdir(exist_ok=True, mode=0o700, parents=True)
        if self.size is None:
            self.size = sum(path.stat().st_size for path in self._all())
        before = self.find(channel, number)
        if before is not None:
            self._remove(before)
        path = place / f"{number}.{ending}"
        replace_whole(path, [content])
        self.size += len(content)
        self._make_room(path)
        return path

    def _make_room(self, newest: Path) -> None:
        assert self.size is not None
        if self.size <= self.limits.total:
            return
        for path in sorted(self._all(), key=lambda one: one.stat().st_mtime_ns):
            if self.size <= self.limits.total * 9 // 10:  # not for every picture anew
                return
            if path != newest:
                self._remove(path)

    def _remove(self, path: Path) -> None:
        assert self.size is not None
        self.size -= path.stat().st_size
        path.unlink()

    def _all(self) -> Iterator[Path]:
        return (path for path in self.folder.glob("*/*") if path.suffix[1:] in _BEGINS)

    def _place(self, channel: ChannelId) -> Path:
        return self.folder / re.sub(r"[^A-Za-z0-9-]", "_", channel)


class _Wanted(NamedTuple):
    peer: Any
    channel: ChannelId
    number: int
    media: Any


class PictureKeeper:
    """Fetches the pictures that one login sees."""

    def __init__(self, client: TelegramClient, pictures: Pictures, clock: Clock) -> None:
        self._client = client
        self._pictures = pictures
        self._clock = clock
        self._wanted: deque[_Wanted] = deque(maxlen=WAITING)
        self._is_wanted = asyncio.Event()
        self._fetched: deque[int] = deque(maxlen=pictures.limits.per_minute)

    def want(self, peer: Any, channel: ChannelId, message: Any) -> None:
        """A post that was handed on; fetched soon when it shows a picture of a fair size that is not here."""
        media = getattr(message, "media", None)
        if self._file(media) is not None and not self._has(channel, message):
            self._wanted.append(_Wanted(peer, channel, message.id, media))
            self._is_wanted.set()

    async def keep(self) -> None:
        """Fetch what is wanted, the newest first, for ever. A picture that cannot be had is logged and given up."""
        while True:
            await self._is_wanted.wait()
            if not self._wanted:
                self._is_wanted.clear()
                continue
            await self._turn()
            one = self._wanted.pop()
            try:
                content = await self._fetch(one)
                if content is not None:
                    path = await aside(lambda one=one, content=content: self._add(one, content))  # type: ignore[misc]
                    if path is None:
                        _log.warning("what a post shows is no picture", channel=one.channel, post=one.number)
            except (*failures.UNREACHED, *failures.UNREADABLE, NotAllowed, RPCError, AuthKeyNotFound) as error:
                reason = failures.words(error) if isinstance(error, RPCError) else type(error).__name__
                _log.warning("a picture cannot be kept", channel=one.channel, post=one.number, reason=reason)

    def _has(self, channel: ChannelId, message: Any) -> bool:
        # An edit may have put another picture into the post.
        path = self._pictures.find(channel, message.id)
        if path is None:
            return False
        edited = getattr(message, "edit_date", None)
        return edited is None or edited.timestamp() <= path.stat().st_mtime

    def _add(self, one: _Wanted, content: bytes) -> Path | None:
        return self._pictures.add(one.channel, one.number, content)

    async def _turn(self) -> None:
        # Not more than so many a minute.
        if len(self._fetched) == self._fetched.maxlen:
            await asyncio.sleep(max(0.0, 60 - (self._clock.now() - self._fetched[0]) / 1000))
        self._fetched.append(self._clock.now())

    async def _fetch(self, one: _Wanted) -> bytes | None:
        # A reference by which a file is asked for lives for hours; the post, read again, has a new one.
        for attempt in range(1, TRIES + 1):
            try:
                async with asyncio.timeout(self._pictures.limits.answer_s):
                    return await self._download(one.media)
            except _STALE:
                async with asyncio.timeout(self._pictures.limits.answer_s):
                    one = one._replace(media=await self._read_again(one))
            except failures.PAUSES as pause:
                await asyncio.sleep(pause.seconds)
            except failures.UNREACHED:
                if attempt == TRIES:
                    raise
                await asyncio.sleep(self._pictures.limits.retry_s * attempt)
        return None

    async def _download(self, media: Any) -> bytes | None:
        found = self._file(media)
        if found is None:
            return None
        location, dc = found
        content = bytearray()
        async for part in self._client.iter_download(location, dc_id=dc, request_size=PART):
            content += part
            if len(content) > self._pictures.limits.largest:
                return None
        return bytes(content)

    async def _read_again(self, one: _Wanted) -> Any:
        wanted = [types.InputMessageID(one.number)]
        if isinstance(one.peer, types.InputPeerChannel):
            channel = types.InputChannel(one.peer.channel_id, one.peer.access_hash)
            answer = await self._client(functions.channels.GetMessagesRequest(channel, wanted))
        else:
            answer = await self._client(functions.messages.GetMessagesRequest(wanted))
        return getattr(answer.messages[0], "media", None) if answer.messages else None

    def _file(self, media: Any) -> tuple[Any, int] | None:
        # What is asked for and in which data centre: of a photo the largest size that is not too large.
        largest = self._pictures.limits.largest
        photo = getattr(media, "photo", None)
        if isinstance(media, types.MessageMediaPhoto) and isinstance(photo, types.Photo):
            sizes = [(_size(one), one.type) for one in photo.sizes]
            size, kind = max(((size, kind) for size, kind in sizes if 0 < size <= largest), default=(0, ""))
            place = types.InputPhotoFileLocation(photo.id, photo.access_hash, photo.file_reference, kind)
            return (place, photo.dc_id) if size else None
        file = getattr(media, "document", None)
        if isinstance(media, types.MessageMediaDocument) and isinstance(file, types.Document):
            if file.mime_type not in PICTURES or not 0 < file.size <= largest:
                return None
            place = types.InputDocumentFileLocation(file.id, file.access_hash, file.file_reference, "")
            return place, file.dc_id
        return None


def _size(size: Any) -> int:
    if isinstance(size, types.PhotoSizeProgressive):
        return max(size.sizes, default=0)
    return size.size if isinstance(size, types.PhotoSize) else 0


def _ending(content: bytes) -> str | None:
    for ending, begins in _BEGINS.items():
        if content.startswith(begins) and (ending != "webp" or content[8:12] == b"WEBP"):
            return ending
    return None
