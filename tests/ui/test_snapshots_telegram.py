"""Pictures of everything about Telegram: logging in, logins and chats, topics, importing, and the states with nothing to show.

One console a size goes through all of them, as in `test_snapshots.py`; the messenger is the tests' own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from signalos_tui.model.ids import ChannelId
from signalos_tui.model.places import Chat, ChatKind, Standing
from signalos_tui.ui.screens.importing import ImportScreen
from signalos_tui.ui.screens.login import LoginScreen, Stage
from tests.ui.console import Desk
from tests.ui.telegrams import (
    FLOODED,
    FORUM,
    MAIN,
    NOW,
    PASSWORD,
    PHONE,
    REVOKED,
    Telegram,
    console_with,
    stage,
    until,
)
from tests.ui.test_snapshots import SIZES, changed

Scene = Callable[[Desk, Telegram], Awaitable[None]]

HOSTILE = "\x1b[2J[b]$halted\u202e zalgo Z" + "\u0301\u0302\u0303" * 30


async def _settled(desk: Desk) -> None:
    await until(desk, lambda: not any(worker.is_running for worker in desk.app.workers if worker.group == "chats"))


def chats(*keys: str) -> Scene:
    """The chats, after some keys."""

    async def scene(desk: Desk, telegram: Telegram) -> None:
        await desk.press("f")
        await _settled(desk)
        await desk.press(*keys)
        await _settled(desk)

    return scene


async def topics(desk: Desk, telegram: Telegram) -> None:
    """A forum that was opened."""
    await chats("down", "down", "down", "enter")(desk, telegram)
    await until(desk, lambda: "Signals" in desk.text())
    await desk.press("down", "down")


async def hostile(desk: Desk, telegram: Telegram) -> None:
    """Titles and names that are attacks."""
    telegram.seen = (
        Chat(ChannelId("tg:-1009"), "main", HOSTILE, username=HOSTILE),
        Chat(ChannelId("tg:-1008"), "main", "عملات رقمية VIP 🚀", ChatKind.GROUP),
        Chat(FORUM, "main", "[@click=app.quit]leave[/]", ChatKind.FORUM),
    )
    await chats()(desk, telegram)


def logging_in(*answers: str, typed: str = "", qr: bool = False) -> Scene:
    """The dialog after some answers, the next one typed and not sent."""

    async def scene(desk: Desk, telegram: Telegram) -> None:
        telegram.wants_password = True
        await desk.press("f", "n", *(("tab", "right", "enter") if qr else ("enter",)))
        card = desk.front()
        assert isinstance(card, LoginScreen)
        await until(desk, lambda: card._stage in (Stage.ASKING, Stage.SCANNING, Stage.FAILED))
        for answer in answers:
            card._typed.value = answer
            await desk.press("enter")
            await until(desk, lambda: card._stage is not Stage.WAITING)
        card._typed.value = typed

    return scene


async def importing(desk: Desk, telegram: Telegram) -> None:
    """A bar, and a pause that Telegram wants."""
    await chats()(desk, telegram)
    telegram.gate.clear()
    await desk.press("I", "tab", "y")
    telegram.gate.set()
    await until(desk, lambda: "100 of 500" in desk.text())
    telegram.views = (replace(MAIN, standing=Standing.FLOODED, until=NOW + 6_660_000),)
    card = desk.front()
    assert isinstance(card, ImportScreen)
    card.refreshed()


async def devices(desk: Desk, telegram: Telegram) -> None:
    """One of them marked."""
    await chats("d")(desk, telegram)
    await until(desk, lambda: "Pixel" in desk.text())
    await desk.press("down", "down", "space")


SCENES: dict[str, tuple[Callable[[], Telegram | None], Scene]] = {
    "chats": (Telegram, chats("down")),
    "search": (Telegram, chats("slash", *"gold")),
    "topics": (Telegram, topics),
    "hostile": (Telegram, hostile),
    "two-logins": (lambda: Telegram((MAIN, FLOODED, REVOKED)), chats("tab", "down", "down")),
    "no-telegram": (lambda: None, chats()),
    "no-login": (lambda: Telegram(()), chats()),
    "unfollow": (Telegram, chats("space")),
    "import": (Telegram, chats("I")),
    "importing": (Telegram, importing),
    "devices": (Telegram, devices),
    "login": (lambda: Telegram(()), chats("n")),
    "login-phone": (lambda: Telegram(()), logging_in(typed=PHONE)),
    "login-code-wrong": (lambda: Telegram(()), logging_in(PHONE, "99999")),
    "login-password": (lambda: Telegram(()), logging_in(PHONE, "12345", typed=PASSWORD)),
    "login-refused": (lambda: Telegram(()), logging_in("1", "2", "3")),
    "login-qr": (lambda: Telegram(()), logging_in(qr=True)),
}
"""Each picture: the messenger, and what is done before it is drawn."""

WIDE = ("chats", "topics", "hostile", "two-logins", "no-telegram", "importing", "login-password", "login-qr")
"""Drawn at 120x40 as well; the others look the same with more room around."""


def staged(scene: tuple[Callable[[], Telegram | None], Scene]) -> Callable[[Desk], Awaitable[None]]:
    """A scene on a console that goes through several: each has a messenger of its own."""
    make, act = scene

    async def shown(desk: Desk) -> None:
        telegram = make()
        stage(desk, telegram)
        await act(desk, telegram or Telegram())

    return shown


@pytest.mark.parametrize("size", SIZES)
async def test_pictures(snapshot: SnapshotAssertion, tmp_path: Path, size: str) -> None:
    scenes = {name: staged(scene) for name, scene in SCENES.items() if size == "80x24" or name in WIDE}
    async with console_with(Telegram(), size=SIZES[size]) as desk:
        assert await changed(desk, scenes, snapshot, tmp_path) == []
