"""A messenger for the console's tests: logins, chats, topics and devices as given, and a door that says no as Telegram does.

It keeps the port's promises and no more: what was asked of it stands in `asked`, `gate` holds every call until it is set, and
`fails` is raised instead of an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from msgspec.structs import replace

from signalos_tui.config import Config
from signalos_tui.control import Progress, RecordedControl
from signalos_tui.directory import Talk
from signalos_tui.errors import OperatorNeeded
from signalos_tui.model.commands import Outcome
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.places import Chat, ChatKind, Device, LoginView, Standing
from signalos_tui.ui.app import ConsoleApp
from signalos_tui.ui.errands import Errands
from tests.scenarios import clock_of, load
from tests.ui.console import Desk

NOW = clock_of(load("desk")).now()
GOLD, CRYPTO, FX, TALK, FORUM, SMALL, INDEX = (
    ChannelId(f"tg:-100{number}") for number in (1401, 1403, 2002, 2003, 2004, 2005, 1405)
)
LINK = "tg://login?token=AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMk"
LINK_AFTER = "tg://login?token=JCMiISAfHh0cGxoZGBcWFRQTEhEQDw4NDAsKCQgHBgUEAwIB"
PHONE, CODE, PASSWORD = "+491701234567", "12345", "correct! horse"

MAIN = LoginView("main", Standing.READING, followed=3, since=NOW - 7_500_000)
FLOODED = LoginView("second", Standing.FLOODED, followed=2, since=NOW - 60_000, until=NOW + 6_660_000)
REVOKED = LoginView("third", Standing.REVOKED, followed=4, detail="AUTH_KEY_UNREGISTERED", since=NOW - 600_000)

CHATS = (
    Chat(GOLD, "main", "Gold VIP", username="goldvip", discussion=TALK, is_followed=True),
    Chat(FX, "main", "FX Pros (free) 📈", username="fxpros_free"),
    Chat(FORUM, "main", "Traders' forum", ChatKind.FORUM),
    Chat(TALK, "main", "Gold VIP Chat", ChatKind.DISCUSSION),
    Chat(SMALL, "main", "Three friends", ChatKind.SMALL_GROUP),
    Chat(INDEX, "main", "Index Desk", ChatKind.GROUP, is_followed=True),
)
TOPICS = tuple(
    Chat(ChannelId(f"{FORUM}/{number}"), "main", title, ChatKind.TOPIC, forum=FORUM)
    for number, title in ((1, "General"), (17, "Signals"), (23, "Results"))
)
DEVICES = (
    Device(0, "SignalOS 1.0, SignalOS, Germany", NOW - 1000),
    Device(4711, "Telegram Desktop 5.1, PC 64bit, Germany", NOW - 3_600_000),
    Device(4712, "Telegram Android 11.2, Pixel 8, Vietnam", NOW - 200_000_000),
)


class Telegram:
    """A directory over given values. pages: posts it takes in between two looks at the gate."""

    def __init__(
        self,
        logins: Sequence[LoginView] = (MAIN,),
        chats: Sequence[Chat] = CHATS,
        topics: Sequence[Chat] = TOPICS,
        devices: Sequence[Device] = DEVICES,
    ) -> None:
        self.views = tuple(logins)
        self.seen = tuple(chats)
        self.forum = tuple(topics)
        self.places = tuple(devices)
        self.asked: list[tuple[Any, ...]] = []
        self.fails: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.scanned = asyncio.Event()
        self.expired = asyncio.Event()
        self.wants_password = False
        self.looks = 0
        self.cancelled: list[str] = []
        self.pages = 100

    def logins(self) -> tuple[LoginView, ...]:
        """As given."""
        self.looks += 1
        return self.views

    async def _answer(self, *call: Any) -> None:
        self.asked.append(call)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(call[0])
            raise
        if self.fails is not None:
            raise self.fails

    async def log_in(self, login: str, talk: Talk, *, qr: bool = False) -> Outcome:
        """As the real one asks: the number or the picture, the code, then the password."""
        await self._answer("log_in", login, qr)
        try:
            await (self._scan(talk) if qr else self._number_and_code(talk))
            if self.wants_password:
                await self._wanted(
                    talk, "Password of the second step: ", PASSWORD, "That is not the password.", secret=True
                )
        except asyncio.CancelledError:
            self.cancelled.append("log_in")
            raise
        others = tuple(view for view in self.views if view.name != login)
        self.views = tuple(sorted((*others, LoginView(login, Standing.READING, since=NOW)), key=lambda one: one.name))
        return Outcome(ok=True, text=f'logged in as Ann (phone ...567); here this login is "{login}"')

    async def _number_and_code(self, talk: Talk) -> None:
        number = "Phone number, with country code (+49...): "
        await self._wanted(talk, number, PHONE, "That is no phone number Telegram knows.")
        await self._wanted(talk, "Code, as Telegram shows it in your other apps: ", CODE, "That is not the code.")

    async def _scan(self, talk: Talk) -> None:
        talk.show(LINK)
        waiting = [asyncio.ensure_future(event.wait()) for event in (self.scanned, self.expired)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self.expired.is_set() and not self.scanned.is_set():
                talk.show(LINK_AFTER)
                await self.scanned.wait()
        finally:
            for one in waiting:
                one.cancel()

    async def _wanted(self, talk: Talk, question: str, right: str, wrong: str, *, secret: bool = False) -> None:
        for left in (2, 1, 0):
            if await talk.ask(question, is_secret=secret) == right:
                return
            talk.tell(f"{wrong} {left} {'try' if left == 1 else 'tries'} left.")
        raise OperatorNeeded("too many wrong answers", "Wait a while, and begin again")

    async def log_out(self, login: str) -> Outcome:
        """It is gone."""
        await self._answer("log_out", login)
        self.views = tuple(view for view in self.views if view.name != login)
        return Outcome(ok=True, text=f'"{login}" is logged out')

    async def devices(self, login: str) -> tuple[Device, ...]:
        """As given."""
        await self._answer("devices", login)
        return self.places

    async def end_device(self, login: str, number: int) -> Outcome:
        """It is gone."""
        await self._answer("end_device", login, number)
        self.places = tuple(one for one in self.places if one.number != number)
        return Outcome(ok=True, text="that session is ended")

    def followed(self, login: str) -> tuple[Chat, ...]:
        """Those of the login that are followed."""
        return tuple(
            replace(chat, kind=ChatKind.CHAT) for chat in self.seen if chat.login == login and chat.is_followed
        )

    async def chats(self, login: str, search: str = "") -> tuple[Chat, ...]:
        """Those of the login."""
        await self._answer("chats", login, search)
        return tuple(chat for chat in self.seen if chat.login == login and search.casefold() in chat.title.casefold())

    async def topics(self, forum: Chat) -> tuple[Chat, ...]:
        """As given."""
        await self._answer("topics", forum.id)
        return tuple(topic for topic in self.forum if topic.forum == forum.id)

    async def follow(self, chat: Chat) -> Outcome:
        """Followed."""
        await self._answer("follow", chat.id)
        self._mark(chat.id, True)
        return Outcome(ok=True, text=f"{chat.title} is followed, on paper")

    async def unfollow(self, channel: ChannelId) -> Outcome:
        """Not any more."""
        await self._answer("unfollow", channel)
        self._mark(channel, False)
        return Outcome(ok=True, text="it is followed no more")

    def _mark(self, channel: ChannelId, follows: bool) -> None:
        self.seen = tuple(replace(one, is_followed=follows) if one.id == channel else one for one in self.seen)

    async def import_history(self, channel: ChannelId, posts: int, progress: Progress | None = None) -> Outcome:
        """A page whenever the gate is open; the gate shuts itself behind each."""
        for read in range(0, posts, self.pages):
            await self._answer("import_history", channel, read)
            if progress is not None:
                progress(min(posts, read + self.pages), posts)
            self.gate.clear()
        self.gate.set()
        return Outcome(ok=True, text=f"{posts} older posts are in the journal")


@asynccontextmanager
async def console_with(
    directory: Telegram | None, *, size: tuple[int, int] = (120, 40), scenario: str | None = "desk"
) -> AsyncIterator[Desk]:
    """A running console on a recorded desk (None: on nothing at all), with a messenger."""
    records = load(scenario) if scenario else []
    clock, control = clock_of(records), RecordedControl(records)
    app = ConsoleApp(control, Config(), clock=clock, directory=directory)
    async with app.run_test(size=size, notifications=True) as pilot:
        desk = Desk(app, control, clock, pilot)
        await desk.settle()
        yield desk


def stage(desk: Desk, telegram: Telegram | None) -> None:
    """Another messenger for the same console, and none of what went on with the one before: starting one costs more."""
    desk.app.directory = telegram
    desk.app.errands = Errands(desk.app, telegram) if telegram is not None else None
    desk.screen.on_screen_resume()


async def until(desk: Desk, condition: Callable[[], bool]) -> None:
    """Wait for something that happens beside the screens."""
    async with asyncio.timeout(30):
        while not condition():
            await desk.pilot.pause(0.02)
    await desk.settle()
