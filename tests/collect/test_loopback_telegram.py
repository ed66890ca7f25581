"""The small Telegram of the tests behaves as the great one does where it matters: the real Telethon client says so."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from telethon import TelegramClient, errors, events
from telethon.sessions import MemorySession

from tests.support.telegram.config import DC
from tests.support.telegram.server import Server
from tests.support.telegram.world import Person, World


def client_of(server: Server) -> TelegramClient:
    """A Telethon client, as it comes, that knows this server's address."""
    session = MemorySession()
    session.set_dc(DC, "127.0.0.1", server.port)
    return TelegramClient(session, 1, "0" * 32, sequential_updates=True)


async def logged_in(server: Server, person: Person) -> TelegramClient:
    """A client that is in."""
    client = client_of(server)
    await client.connect()
    await client.send_code_request(person.phone)
    await client.sign_in(person.phone, person.code)
    await client.get_dialogs()
    return client


async def test_login_when_code_or_password_is_wrong_then_said_and_right_then_in() -> None:
    """The key exchange, the code and the two-step password are the real ones."""
    world = World()
    owner = world.person("+49 170 1", password="geheim")
    async with Server(world) as server:
        client = client_of(server)
        await client.connect()
        assert not await client.is_user_authorized()
        await client.send_code_request("+491701")
        with pytest.raises(errors.PhoneCodeInvalidError):
            await client.sign_in("+491701", "99999")
        with pytest.raises(errors.SessionPasswordNeededError):
            await client.sign_in("+491701", owner.code)
        with pytest.raises(errors.PasswordHashInvalidError):
            await client.sign_in(password="wrong")
        me = await client.sign_in(password="geheim")
        assert me.id == owner.id
        assert await client.is_user_authorized()
        await client.disconnect()


async def test_posts_when_told_then_heard_and_history_has_them_all() -> None:
    """New, edited, withdrawn; and 150 older ones over two pages."""
    world = World()
    owner = world.person("+491701")
    gold = world.room("Gold", owner)
    for number in range(150):
        world.post(gold, f"post {number}")
    async with Server(world) as server:
        client = await logged_in(server, owner)
        heard: list[Any] = []

        async def hear(event: Any) -> None:
            heard.append(getattr(event, "deleted_ids", None) or event.message.message)

        for kind in (events.NewMessage(), events.MessageEdited(), events.MessageDeleted()):
            client.add_event_handler(hear, kind)
        world.post(gold, "BUY")
        world.edit(gold, 151, "SELL")
        world.delete(gold, [151])
        while len(heard) < 3:  # noqa: ASYNC110 (bounded by the test's time limit)
            await asyncio.sleep(0.01)
        assert heard == ["BUY", "SELL", [151]]
        numbers = [one.id async for one in client.iter_messages(gold.tl, min_id=20, reverse=True)]
        assert numbers == list(range(21, 151))
        await client.disconnect()


async def test_gap_when_larger_than_a_hundred_then_the_client_gets_nothing_of_it() -> None:
    """What makes a filling of gaps by number necessary (reference: reliability, finding 3)."""
    world = World()
    owner = world.person("+491701")
    gold = world.room("Gold", owner)
    world.post(gold, "first")
    async with Server(world) as server:
        client = await logged_in(server, owner)
        heard: list[int] = []

        async def hear(event: Any) -> None:
            heard.append(event.message.id)

        client.add_event_handler(hear, events.NewMessage())
        world.flood(gold, 250)
        world.post(gold, "after the gap")
        while len(server.requests("GetChannelDifference")) < 1:  # noqa: ASYNC110 (bounded by the test's time limit)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert not heard
        await client.disconnect()
