"""A run that reads Telegram, with the real client against a small one: what it follows, and what it leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.commands.run import _opened
from signalos_tui.commands.session import live_session
from signalos_tui.commands.telegram import Following
from signalos_tui.config import Config, load
from signalos_tui.errors import SourceUnreadable
from signalos_tui.logs import configure
from signalos_tui.model.events import MessageReceived
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Health
from tests.commands.shell import reached, records
from tests.commands.small_telegram import HASH, PHONE, Beside, Said


async def until(so: Callable[[], bool], within_s: float = 20) -> None:
    async with asyncio.timeout(within_s):
        while not so():  # noqa: ASYNC110 (what is waited for happens in another thread)
            await asyncio.sleep(0.02)


@contextlib.contextmanager
def logged(folder: Path) -> Iterator[None]:
    """The log of a headless engine with everything it can say; this process's own afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure("debug", folder, 20)
    try:
        yield
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = before
        root.setLevel(level)
        logging.captureWarnings(False)
        logging.getLogger("signalos").setLevel(logging.NOTSET)


def configured(tmp_path: Path, more: str = "") -> Config:
    text = '[source]\nkind = "telegram"\n[telegram]\napi_id = 4711\napi_hash_env = "MY_HASH"\npoll_s = 1\nheartbeat_s = 1\n'
    (tmp_path / "run.toml").write_text(text + more)
    return load(tmp_path / "run.toml", dict(os.environ))


def received(folder: Path) -> list[str]:
    """What the posts say that are in the journal of a folder so far."""
    if not reached(folder, 1):
        return []
    return [one.event.message.text for one in records(folder) if isinstance(one.event, MessageReceived)]


async def test_run_when_channels_are_followed_then_posts_are_in_the_journal_and_a_lost_session_stops_only_them(
    said: Said, telegram: Beside, tmp_path: Path
) -> None:
    """The engine goes on, the channel is STOPPED with the reason, and nothing secret is in any file."""
    await asyncio.to_thread(lambda: (said("login", typed=(PHONE, "12345")), said("channels", "follow", "@fxroom")))
    config, data = configured(tmp_path), tmp_path / "data"
    with logged(data / "logs"), contextlib.closing(Following(config, data, WallClock(), "a test")) as following:
        session = live_session(config, WallClock(), data, holder="a test", live=following.all())
        async with session.at_work():
            room = telegram.rooms[1]
            await until(lambda: len(received(data)) == 3)
            telegram.loop.call_soon_threadsafe(telegram.world.post, room, "BUY GOLD NOW")
            await until(lambda: "BUY GOLD NOW" in received(data))
            telegram.loop.call_soon_threadsafe(telegram.server.door.revoke, telegram.owner)
            mine = ChannelId(f"tg:-100{room.id}")
            await until(lambda: session.control.snapshot().channels[mine].health is Health.STOPPED)
            desk = session.control.snapshot()
            assert "ended from another device" in desk.channels[mine].detail
            assert desk.is_running
            logging.getLogger("telethon.network").error("it was %s", PHONE)
            session.stop("done")
    assert "telethon reports a fault" in (data / "logs" / "signalos.log").read_text()
    kept = b"".join(one.read_bytes() for one in data.rglob("*") if one.is_file())
    for secret in (HASH.encode(), PHONE.encode(), PHONE[1:].encode()):
        assert secret not in kept


async def test_run_when_several_accounts_read_then_telegram_is_asked_once_and_each_has_its_channels(
    said: Said, telegram: Beside, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One connection for all of them; what is routed to one account is not in the journal of the other."""
    first, second = (f"tg:-100{room.id}" for room in telegram.rooms[:2])
    await asyncio.to_thread(lambda: (said("login", typed=(PHONE, "12345")), said("channels", "follow", first, second)))
    config = configured(tmp_path, f'[accounts.a]\nchannels = ["{first}"]\n[accounts.b]\n')
    data = tmp_path / "data"
    with contextlib.closing(Following(config, data, WallClock(), "a test")) as following:
        session = _opened(config, data, "a test", following)
        before = len(telegram.server.sessions)
        async with session.at_work():
            folders = [data / "accounts" / name for name in ("a", "b")]
            await until(lambda: [len(received(folder)) for folder in folders] == [3, 6])
            assert len(telegram.server.sessions) == before + 1
            session.stop("done")
        with caplog.at_level(logging.WARNING):  # whatever was logged before this test
            following.routed(configured(tmp_path, "[accounts.a]\nchannels = ['Silver', 'hook:tv']\n"), "a")
        assert caplog.text.count("a route names no channel that is followed") == 1


def test_run_when_nobody_is_logged_in_then_said_and_a_console_starts_all_the_same(said: Said, tmp_path: Path) -> None:
    config, data = configured(tmp_path), tmp_path / "data"
    with pytest.raises(SourceUnreadable, match="nobody is logged in to Telegram") as caught:
        Following(config, data, WallClock(), "a test")
    assert caught.value.remedy == "Run: signalos login main"
    with contextlib.closing(Following(config, data, WallClock(), "a test", has_console=True)) as following:
        assert following.directory.logins() == ()
    said("login", typed=(PHONE, "12345"))
    with contextlib.closing(Following(config, data, WallClock(), "a test")) as following:
        assert [one.name for one in following.directory.logins()] == ["main"]
        assert following.readers.channels() == ()
    other = configured(tmp_path, 'logins = ["other"]\n')
    for _ in range(2):  # what is refused is let go of
        with pytest.raises(SourceUnreadable, match='no Telegram login "other"'):
            Following(other, data, WallClock(), "a test")
    with contextlib.closing(Following(other, data, WallClock(), "a test", has_console=True)) as following:
        [login] = following.directory.logins()
        assert (login.name, login.is_lost, login.detail) == ("other", True, "nobody is logged in")
