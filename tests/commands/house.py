"""What the tests of the door to Telegram share: a small Telegram, a run on it with its journals, and somebody who types."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from telethon.client import telegrambaseclient

from signalos_tui.clock import WallClock
from signalos_tui.collect.telegram import missed
from signalos_tui.collect.telegram.directory import TelegramDirectory
from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.commands import telegram as commands
from signalos_tui.commands.fleet import FleetSession
from signalos_tui.commands.run import _opened
from signalos_tui.commands.session import Session
from signalos_tui.commands.telegram import Following
from signalos_tui.config import load
from signalos_tui.engine import Engine
from signalos_tui.errors import OperatorNeeded
from signalos_tui.journal import queries
from signalos_tui.model import events as e
from signalos_tui.model.places import Chat
from tests.collect.test_telegram_vault import Kept
from tests.commands.shell import reached
from tests.support.telegram.config import DC
from tests.support.telegram.server import Server
from tests.support.telegram.world import Person, Room, World

PACE = Pace(
    poll_s=0.3,
    compare_s=60,
    heartbeat_s=0.3,
    answer_s=5,
    retry_s=0.05,
    longest_retry_s=0.3,
    first_posts=100,
    page_s=0,
)
PAGE = 2_000
CONFIG = '[source]\nkind = "telegram"\n[telegram]\napi_id = 4711\napi_hash_env = "MY_HASH"\n'


class Typing:
    """Whoever sits in the console. answers: what he types. scans: called when a code is shown to be scanned."""

    def __init__(self, *answers: str, scans: Callable[[], None] = lambda: None) -> None:
        self.answers = list(answers)
        self.told: list[str] = []
        self.secret: list[str] = []
        self._scans = scans

    async def ask(self, question: str, *, is_secret: bool = False) -> str:
        if not self.answers:
            raise OperatorNeeded("he gave up")
        if is_secret:
            self.secret.append(self.answers[0])
        return self.answers.pop(0)

    def tell(self, text: str) -> None:
        self.told.append(text)

    def show(self, link: str) -> None:
        assert link.startswith("tg://login?token=")
        asyncio.get_running_loop().call_soon(self._scans)


class Once:
    """Fails the first time it is called, and is what it stands for afterwards."""

    def __init__(self, work: Callable[..., Any], error: Exception) -> None:
        self.is_over = False
        self._work = work
        self._error = error

    def __call__(self, *given: Any) -> Any:
        if self.is_over:
            return self._work(*given)
        self.is_over = True
        raise self._error


class House:
    """A small Telegram, a run on it, and the door to its logins."""

    def __init__(self, folder: Path, accounts: str = "") -> None:
        self.world = World()
        self.server = Server(self.world)
        self.owner = self.world.person("+491701")
        self.data = folder / "data"
        (folder / "c.toml").write_text(CONFIG + accounts)
        self.config = load(folder / "c.toml", {"MY_HASH": "0" * 32})
        self._read: dict[str, list[e.Record]] = {}
        self.following: Following
        self.session: Session | FleetSession

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The run, from its start to its end."""
        self.opened()
        try:
            self.session = _opened(self.config, self.data, "a test", self.following)
            async with self.session.at_work() as running:
                yield
                self.session.stop("done")
                await running
        finally:
            await self.following.hang_up()
            self.following.close()

    def opened(self, *, has_console: bool = True) -> Following:
        """Its logins, without an engine."""
        self.following = Following(self.config, self.data, WallClock(), "a test", has_console=has_console)
        return self.following

    @property
    def door(self) -> TelegramDirectory:
        """What the console has."""
        return self.following.directory

    async def enter(self, login: str = "main", person: Person | None = None) -> None:
        """Log in with the right code."""
        person = person or self.owner
        outcome = await self.door.log_in(login, Typing(person.phone, person.code))
        assert outcome.ok, outcome.text

    async def chat(self, room: Room, login: str = "main") -> Chat:
        """A room as a login sees it."""
        [found] = [one for one in await self.door.chats(login) if one.id == channel_id(room.id)]
        return found

    @property
    def control(self) -> Engine:
        """The engine, where there is one account."""
        assert isinstance(self.session, Session)
        return self.session.control

    async def follow(self, room: Room, login: str = "main") -> None:
        """Follow it."""
        outcome = await self.door.follow(await self.chat(room, login))
        assert outcome.ok, outcome.text

    def journal(self, account: str = "") -> Path:
        return self.data / "accounts" / account if account else self.data

    def events(self, account: str = "") -> list[Any]:
        """What is in a journal so far."""
        path, kept = self.journal(account) / "journal.db", self._read.setdefault(account, [])
        last = kept[-1].seq if kept else 0
        if reached(path.parent, last + 1):
            kept += [one for one in queries.tail(path, PAGE) if one.seq > last]
            assert kept[-1].seq == len(kept)
        return [one.event for one in kept]

    def said(self, room: Room, account: str = "", kind: type[Any] = e.MessageReceived) -> list[int]:
        """The numbers of a room's posts in the journal, in order."""
        of = channel_id(room.id)
        return [one.message.id for one in self.events(account) if isinstance(one, kind) and one.message.channel == of]


@contextlib.asynccontextmanager
async def serving(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    keyring = Kept()
    async with house.server as server:
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_DC_ID", DC)
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_IPV4_IP", "127.0.0.1")
        monkeypatch.setattr(telegrambaseclient, "DEFAULT_PORT", server.port)
        monkeypatch.setattr(commands, "system_keyring", lambda: keyring)
        monkeypatch.setattr(commands, "pace_of", lambda table: PACE)
        monkeypatch.setattr(missed, "RETRY_S", 0.2)
        monkeypatch.setenv("MY_HASH", "0" * 32)
        yield house


async def until(so: Callable[[], bool], within_s: float = 60) -> None:
    async with asyncio.timeout(within_s):
        while not so():  # noqa: ASYNC110 (what is waited for is on disk)
            await asyncio.sleep(0.02)
