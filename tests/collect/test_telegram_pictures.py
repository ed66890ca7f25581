"""The pictures of posts, fetched by the real client from the small Telegram: within limits, and never before a post."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from telethon.tl import functions, types

from signalos_tui.collect.telegram.pictures import Limits, PictureKeeper, Pictures
from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.collect.telegram.source import TelegramSource
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel
from tests.collect.telegram_kit import Reading, RealClock
from tests.support.telegram.server import Server
from tests.support.telegram.session import Failed

JPEG = b"\xff\xd8\xff\xe0" + bytes(300_000)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(1_000)


class Keeping(Reading):
    """A reader that keeps pictures in a folder."""

    def __init__(self, folder: Path, **limits: int) -> None:
        super().__init__()
        given = {"largest": 1 << 20, "total": 1 << 30, "per_minute": 600, **limits}
        self.pictures = Pictures(folder, Limits(**given, retry_s=0.05))

    async def begin(self, since: dict[ChannelId, int]) -> None:
        """As a login with `media = "photos"`."""
        await super().begin(since)
        await self.end()
        name = channel_id(self.room.id)
        peer = types.InputPeerChannel(self.room.id, self.room.id * 3)
        keeper = PictureKeeper(self.client, self.pictures, RealClock())
        follow = {name: (Channel(name, "Gold"), peer)}
        self.source = TelegramSource("telegram", self.client, follow, RealClock(), self.pace, keeper=keeper)
        self.got.clear()
        self.reading = asyncio.create_task(self._read(since))
        await self.until(lambda: len(self.got) >= 5)
        self.got.clear()

    async def kept(self, number: int) -> Path:
        """Wait for the picture of a post."""
        name = channel_id(self.room.id)
        await self.until(lambda: self.pictures.find(name, number) is not None, 30)
        path = self.pictures.find(name, number)
        assert path is not None
        return path


def names(folder: Path) -> list[str]:
    """The pictures that are kept."""
    return sorted(path.name for path in folder.glob("*/*"))


async def test_picture_when_posted_then_kept_under_channel_and_number_for_its_owner_only(tmp_path: Path) -> None:
    """Whole, over several parts; the post did not wait for it."""
    async with Keeping(tmp_path / "media") as r:
        r.world.picture(r.room, "look", JPEG)
        path = await r.kept(6)
        assert path == tmp_path / "media" / f"tg_-100{r.room.id}" / "6.jpg"
        assert path.read_bytes() == JPEG
        for folder in (path.parent, path.parent.parent):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        asked = len(r.server.requests("GetFile"))
        assert asked == 3
        await r.end()
        await r.begin({channel_id(r.room.id): 6})  # what is here is not fetched again
        r.world.picture(r.room, "another", PNG)
        assert (await r.kept(7)).name == "7.png"
        assert len(r.server.requests("GetFile")) == asked + 1


async def test_reference_when_it_has_expired_then_the_post_is_read_again_for_a_new_one(tmp_path: Path) -> None:
    """Nobody refreshes it for us."""
    async with Keeping(tmp_path) as r:
        r.server.refuse_next("GetFile", Failed(400, "FILE_REFERENCE_EXPIRED"))
        r.world.picture(r.room, "look", JPEG)
        assert (await r.kept(6)).read_bytes() == JPEG
        r.server.refuse_next("GetFile", Failed(500, "INTERNAL"), Failed(420, "FLOOD_WAIT_1"))
        r.world.picture(r.room, "after troubles", PNG)
        assert (await r.kept(7)).read_bytes() == PNG


async def test_picture_when_it_lies_in_another_data_centre_then_fetched_there(tmp_path: Path) -> None:
    """With a connection of its own, for which the login vouches."""
    async with Keeping(tmp_path) as r, Server(r.world, dc=4) as second:
        r.server.ports[4] = second.port
        ReadOnlyClient._config = None
        r.room.file_dc = 4
        r.world.picture(r.room, "look", JPEG)
        assert (await r.kept(6)).read_bytes() == JPEG
        assert second.requests("GetFile")
        ReadOnlyClient._config = None


async def test_picture_when_too_large_or_none_at_all_then_not_kept_and_the_next_is(tmp_path: Path) -> None:
    """What is said of a size may be a lie, and what is said to be a photo may be a program."""
    async with Keeping(tmp_path, largest=400_000) as r:
        r.world.picture(r.room, "a program", b"MZ" + bytes(1_000))
        r.world.picture(r.room, "larger than it says", b"\xff\xd8\xff" + bytes(900_000), says=1_000)
        r.world.picture(r.room, "too large", b"\xff\xd8\xff" + bytes(500_000))
        r.world.picture(r.room, "right", JPEG)
        await r.kept(9)
        await r.until(lambda: len(r.server.requests("GetFile")) >= 8, 30)
        await asyncio.sleep(0.2)
        assert names(tmp_path) == ["9.jpg"]


def test_folder_when_it_is_full_then_the_oldest_give_way(tmp_path: Path) -> None:
    """The newest stays, whatever its size; names of channels lead nowhere else."""
    pictures = Pictures(tmp_path, Limits(largest=1_000, total=3_000, per_minute=1))
    gold = ChannelId("tg:-1001/45")
    for number in range(1, 9):
        path = pictures.add(gold, number, PNG[:1_000])
        assert path is not None
        os.utime(path, (number, number))
    assert [number for number in range(1, 9) if pictures.find(gold, number)] == [7, 8]
    assert pictures.size == sum(path.stat().st_size for path in tmp_path.glob("*/*")) <= 3_000
    again = Pictures(tmp_path, pictures.limits)
    again.add(ChannelId("../../etc"), 1, PNG[:500])
    assert again.size == 2_500
    assert again.find(ChannelId("../../etc"), 1) == tmp_path / "______etc" / "1.png"
    assert again.add(gold, 9, b"<svg onload=...>") is None


@pytest.mark.parametrize("count", [5])
async def test_pictures_when_there_are_more_than_a_minute_allows_then_they_wait_and_posts_do_not(
    tmp_path: Path, count: int
) -> None:
    """Every post is here at once."""
    async with Keeping(tmp_path, per_minute=2) as r:
        for number in range(count):
            r.world.picture(r.room, f"picture {number}", PNG)
        await r.numbers(*range(6, 6 + count))
        await r.until(lambda: len(names(tmp_path)) == 2, 30)
        await asyncio.sleep(0.3)
        assert len(r.server.requests("GetFile")) == 2


async def test_picture_when_its_answer_is_none_the_client_can_take_then_given_up_and_posts_go_on(
    tmp_path: Path,
) -> None:
    """Sent to a server for the whole world, say, which this program does not ask."""
    async with Keeping(tmp_path) as r:

        def elsewhere(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.upload.GetFileRequest):
                return types.upload.FileCdnRedirect(203, b"token", bytes(32), bytes(16), [])
            return answer

        r.answers(elsewhere)
        r.world.picture(r.room, "look", JPEG)
        await r.until(lambda: bool(r.server.requests("GetFile")))
        await asyncio.sleep(0.2)
        r.world.post(r.room, "after it")
        await r.until(lambda: "after it" in r.texts())
