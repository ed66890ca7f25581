"""What happens to a login and its connection: other data centres, clocks that are wrong, keys that are not known any more."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telethon.client import telegrambaseclient
from telethon.tl import types

from signalos_tui.collect.telegram.asking import connected, who
from signalos_tui.collect.telegram.entering import by_phone, by_qr
from signalos_tui.collect.telegram.logins import App, Login, open_login
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.collect.telegram.vault import Vault
from signalos_tui.errors import OperatorNeeded
from signalos_tui.link.secret import Secret
from signalos_tui.model.messages import Health, Message
from signalos_tui.model.places import Standing
from tests.collect.telegram_kit import QUICK, Reading
from tests.support.telegram.config import DC
from tests.support.telegram.server import Server
from tests.support.telegram.session import Failed
from tests.support.telegram.world import World, at

OTHER = 4


class Typed:
    """Somebody at a keyboard. shown: the links that were to be scanned."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.shown: list[str] = []

    async def ask(self, question: str, *, is_secret: bool = False) -> str:
        """The next answer."""
        return self.answers.pop(0)

    def tell(self, text: str) -> None:
        """A line."""

    def show(self, link: str) -> None:
        """A link."""
        self.shown.append(link)


@contextlib.asynccontextmanager
async def two_centres() -> AsyncIterator[tuple[World, Server, Server]]:
    """Two data centres that know of each other; the account is the second one's."""
    world = World()
    async with Server(world) as first, Server(world, dc=OTHER) as second:
        first.ports[OTHER] = second.port
        second.ports[DC] = first.port
        ReadOnlyClient._config = None  # Telethon keeps one for all clients
        try:
            yield world, first, second
        finally:
            ReadOnlyClient._config = None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of sessions."""
    made = tmp_path / "telegram"
    made.mkdir()
    return made


def opened(folder: Path, server: Server) -> Login:
    """A login that knows one data centre."""
    login = open_login(Vault(folder, bytes(32)), "main", App(1, Secret("0" * 32)), "test")
    if not login.has_key:
        login.session.set_dc(server.dc, "127.0.0.1", server.port)
    return login


@pytest.mark.parametrize("way", ["phone", "qr"])
async def test_login_when_the_account_is_another_data_centres_then_it_goes_there_and_is_kept_there(
    way: str, folder: Path
) -> None:
    """PHONE_MIGRATE, and a QR code that says where to go; the file knows the new place and its key."""
    async with two_centres() as (world, first, second):
        owner = world.person("+491701", dc=OTHER)
        gold = world.room("Gold", owner)
        world.post(gold, "BUY GOLD")
        login = opened(folder, first)
        await login.client.connect()
        if way == "phone":
            await by_phone(login.client, Typed(owner.phone, owner.code))
        else:
            typed = Typed()
            waiting = asyncio.create_task(by_qr(login.client, typed))
            async with asyncio.timeout(30):
                while not first.door.tokens or not typed.shown:  # noqa: ASYNC110 (bounded)
                    await asyncio.sleep(0.01)
            first.door.accept(next(iter(first.door.tokens)), owner)
            await asyncio.wait_for(waiting, 30)
        await login.client.disconnect()
        login.close()
        assert list(second.door.inside.values()) == [owner]
        again = opened(folder, first)
        assert (again.session.dc_id, again.session.port) == (OTHER, second.port)
        await again.client.connect()
        [dialog] = await again.client.get_dialogs()
        assert dialog.message.message == "BUY GOLD"
        await again.client.disconnect()
        again.close()


async def test_account_when_it_is_moved_while_it_is_read_then_the_login_moves_with_it() -> None:
    """Telethon by itself would leave the login behind, and the session would be lost."""
    async with Reading(pace=QUICK) as r, Server(r.world, dc=OTHER) as second:
        r.server.ports[OTHER] = second.port
        ReadOnlyClient._config = None
        r.server.refuse_next("GetPeerDialogs", Failed(303, f"USER_MIGRATE_{OTHER}"))
        await r.until(lambda: bool(second.requests("GetPeerDialogs")), 30)
        r.world.post(r.room, "after the move")
        await r.numbers(6)
        assert r.source.standing.standing is Standing.READING
        ReadOnlyClient._config = None


@pytest.mark.parametrize("ahead_s", [-3_600, 3_600])
async def test_clock_when_it_is_an_hour_wrong_then_telegram_is_read_and_the_login_says_so(ahead_s: float) -> None:
    """Requests carry the time, and Telegram refuses those of another one; then posts are too old or of the future, and held."""
    async with Reading() as r:
        r.server.ahead_s = ahead_s
        r.server.drop()
        r.world.post(r.room, "BUY GOLD")
        await r.numbers(6)
        word = "behind" if ahead_s > 0 else "ahead of"
        says = f"this machine's clock is 60 min {word} Telegram's: set it, or posts seem too old or of the future"
        await r.until(lambda: r.source.standing.detail == says, 30)
        assert r.source.standing.standing is Standing.READING


async def test_key_when_the_server_does_not_know_it_any_more_then_stopped_and_healed_when_it_does() -> None:
    """It may be Telegram's mistake, so it is tried again, seldom; nothing is asked of the owner that he need not do."""
    async with Reading() as r:
        keys, r.server._keys = r.server._keys, {}
        r.server.drop()
        await r.until(lambda: r.source.standing.standing is Standing.REVOKED, 30)
        assert r.health()[-1][0] is Health.STOPPED
        r.server._keys.update(keys)
        for session in r.server.sessions:
            session._keys = r.server._keys
        r.world.post(r.room, "BUY GOLD")
        await r.numbers(6)
        await r.until(lambda: r.source.standing.standing is Standing.READING, 30)


async def test_login_when_its_key_is_forgotten_then_the_commands_say_so_and_let_it_in_again(folder: Path) -> None:
    """Nobody sees the library's own exception."""
    world = World()
    async with Server(world) as server:
        owner = world.person("+491701")
        login = opened(folder, server)
        await login.client.connect()
        await by_phone(login.client, Typed(owner.phone, owner.code))
        await login.client.disconnect()
        login.close()
        server._keys.clear()
        again = opened(folder, server)
        assert await who(again) is None
        with pytest.raises(OperatorNeeded, match=r"does not know the session any more\. Run: signalos login main"):
            async with connected(again):
                pass


async def test_account_when_it_is_logged_in_elsewhere_then_its_owner_is_told(folder: Path) -> None:
    """Whoever has a second session has the account; where from is foreign text (reference: reliability T1)."""
    async with Reading() as r:
        entered = types.UpdateNewAuthorization(1, True, at(r.world.clock()), "\x1b]0;Pixel 9\x07", "Berlin")
        for session in r.server.sessions:
            session.send(types.Updates([entered], [], [], at(r.world.clock()), 0))
        await r.until(lambda: "if that was not you, end that session at once" in r.source.standing.detail)
        assert "\x1b" not in r.source.standing.detail
        assert "Pixel 9" in r.source.standing.detail
        assert r.source.standing.standing is Standing.READING


async def test_port_when_it_takes_connections_and_never_answers_then_blind_and_back_when_it_does() -> None:
    """Half open: the socket stands, nothing comes out of it, not even a handshake."""
    async with Reading() as r:
        hung: list[asyncio.StreamWriter] = []

        async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            hung.append(writer)

        await r.server.close()
        deaf = await asyncio.start_server(hang, "127.0.0.1", r.server.port)
        await r.until(lambda: r.source.standing.standing is Standing.BLIND, 30)
        await r.until(lambda: bool(hung), 30)
        r.world.post(r.room, "meanwhile")
        deaf.close()
        for writer in hung:
            writer.close()
        await r.server.open()
        await r.numbers(6)
        await r.until(lambda: r.source.standing.standing is Standing.READING, 30)


async def test_telegram_when_it_has_troubles_of_its_own_then_the_source_goes_on() -> None:
    """Five internal errors in a row end Telethon's patience with an exception of another kind; not ours."""
    async with Reading() as r:
        r.server.refuse_next("GetHistory", *[Failed(500, "INTERNAL_SERVER_ERROR")] * 6)
        r.server.refuse_next("GetPeerDialogs", Failed(500, "WORKER_BUSY_TOO_LONG_RETRY"))
        r.server.drop()
        r.world.post(r.room, "goes on")
        await r.until(lambda: any(isinstance(one, Message) and one.text == "goes on" for one in r.got), 60)


def test_the_client_that_is_used_starts_at_the_data_centre_of_the_tests() -> None:
    """What these tests exchange is still there in the library."""
    assert hasattr(telegrambaseclient, "DEFAULT_DC_ID")
    assert hasattr(ReadOnlyClient, "_config")
