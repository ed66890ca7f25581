"""Who is let in: version, token, account, time, and what a connection that does not behave is told."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from pathlib import Path

import pytest

from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway.certificate import make_certificate
from signalos_tui.gateway.listening import open_door
from signalos_tui.link.frames import LONGEST_FROM_CLIENT, framed
from signalos_tui.link.messages import VERSION, Call, Follow, Ping, Pong, Refused, Welcome
from signalos_tui.link.tls import check_fingerprint, client_context, fingerprint_of
from tests.gateway.kit import SMALL, FakeTerminal, connected, gateway, hello, inside, settings


async def test_client_when_it_knows_everything_then_it_is_let_in(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running, connected(running.address) as probe:
        welcome = await probe.greet()
        assert (welcome.version, welcome.account, welcome.trade_mode) == (VERSION, "Fake-Demo/4711", 0)
        assert (welcome.is_paper, welcome.newest_intent_at) == (False, 0)
        assert (await probe.health("ok")).text == ""
        probe.say(Ping(5))
        assert (await probe.hear(Pong)).at == 5


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"version": VERSION + 1}, "version"),
        ({"token": "another"}, "token"),
        ({"token": ""}, "token"),
        ({"account": "Fake-Demo/4712"}, "account"),
        ({"holder": ""}, "executor"),
        ({"client": "x" * 300}, "protocol"),
    ],
)
async def test_client_when_something_is_wrong_then_told_what_and_hung_up_on(
    terminal: FakeTerminal, tmp_path: Path, wrong: dict[str, object], code: str
) -> None:
    async with gateway(settings(tmp_path)) as running, connected(running.address) as probe:
        refused = await probe.refused(**wrong)
        assert refused.code == code
        assert refused.text
        assert refused.remedy
        assert await probe.ended()


async def test_client_when_both_versions_are_told_then_the_owner_knows_which_to_update(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(settings(tmp_path)) as running, connected(running.address) as probe:
        assert (await probe.refused(version=9)).text == f"the gateway speaks version {VERSION}, the console 9"


async def test_greeting_when_late_then_refused(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path, limits=SMALL)) as running, connected(running.address) as probe:
        assert (await probe.hear(Refused)).code == "protocol"
        assert await probe.ended()


async def test_greeting_when_something_else_comes_first_then_refused(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running, connected(running.address) as probe:
        probe.say(Call(1, "account_info"))
        assert (await probe.hear(Refused)).text == "the first word has to be Hello"
        assert await probe.ended()


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack(">I", 1 << 30),  # a frame of 1 GB is announced
        struct.pack(">I", LONGEST_FROM_CLIENT + 1),
        struct.pack(">I", 0),
        framed(b"\xff\xff\xff"),
        framed(b"\x91" * 20_000),  # arrays in arrays
        framed(b"\x81\xa1t\xa5hello"),  # no fields
        framed(b"\x82\xa1t\xa4ping\xa2at\x01\xa1x"),  # a key too many, and cut off
    ],
)
@pytest.mark.parametrize("is_in", [False, True])
async def test_frame_when_broken_then_the_connection_ends_and_nothing_was_called(
    terminal: FakeTerminal, tmp_path: Path, raw: bytes, is_in: bool
) -> None:
    async with gateway(settings(tmp_path)) as running, connected(running.address) as probe:
        if is_in:
            await probe.greet()
        probe.say_raw(raw)
        assert (await probe.hear(Refused)).code == "protocol"
        assert await probe.ended()
        assert terminal.accepted == []


async def test_frame_when_half_of_it_comes_then_the_connection_ends(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path, limits=SMALL)) as running:
        async with inside(running) as probe:
            probe.say_raw(struct.pack(">I", 100) + b"x" * 50)
            probe.writer.write_eof()
            assert (await probe.hear(Refused)).text.endswith("the connection ended in the middle of a frame")
        async with inside(running) as probe:  # the rest never comes, and nobody hangs up
            probe.say_raw(struct.pack(">I", 100) + b"x" * 50)
            assert (await probe.hear(Refused)).text == "nothing was heard for too long"
        assert terminal.accepted == []


async def test_hello_when_said_twice_then_refused(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        probe.say(hello())
        assert (await probe.hear(Refused)).text == "Hello was said twice"
        assert await probe.ended()


@pytest.mark.parametrize("method", ["shutdown", "login", "__import__", "eval", "open", "look", "close", "_is_ours", ""])
async def test_method_when_not_listed_then_refused_and_never_called(
    terminal: FakeTerminal, tmp_path: Path, method: str
) -> None:
    async with gateway(settings(tmp_path)) as running, inside(running) as probe:
        probe.say(Call(1, method))
        assert (await probe.hear(Refused)).code == "protocol"
        assert await probe.ended()
        assert "shutdown" not in terminal.opened


async def test_client_when_silent_for_too_long_then_hung_up_on_and_with_pings_not(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with (
        gateway(settings(tmp_path, limits=SMALL)) as running,
        inside(running, trades=False) as silent,
        inside(running, trades=False) as lively,
    ):
        told = asyncio.create_task(silent.hear(Refused))
        at = 0
        while not told.done():
            lively.say(Ping(at := at + 1))
            assert (await lively.hear(Pong)).at == at
            await asyncio.sleep(0.1)
        assert (await told).text == "nothing was heard for too long"


async def test_connections_when_too_many_then_the_next_one_is_told(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path, limits=SMALL)) as running:
        one, two, three = inside(running), inside(running, trades=False), inside(running, trades=False)
        async with one, two, three, connected(running.address) as probe:
            assert (await probe.refused(trades=False)).code == "busy"
        async with inside(running):
            pass


async def test_client_when_strangers_keep_every_place_then_it_is_let_in_all_the_same(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """Who has not shown the token takes nobody's place."""
    async with gateway(settings(tmp_path)) as running, contextlib.AsyncExitStack() as strangers:
        for _ in range(20):
            await strangers.enter_async_context(connected(running.address))
        async with inside(running) as probe:
            assert (await probe.send("leg/1")).result["retcode"] == 10009


async def test_symbols_when_too_many_are_followed_then_refused(terminal: FakeTerminal, tmp_path: Path) -> None:
    async with gateway(settings(tmp_path, limits=SMALL)) as running, inside(running) as probe:
        probe.say(Follow(tuple(f"S{number}" for number in range(6))))
        assert (await probe.hear(Refused)).code == "protocol"


async def test_terminal_when_not_there_yet_then_the_client_is_told_to_come_back(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.set(opens=False)
    async with gateway(settings(tmp_path), is_served=False) as running:
        async with connected(running.address) as probe:
            assert (await probe.refused()).code == "terminal"
        terminal.set(opens=True)
        await running.until_serving()
        async with inside(running):
            pass


async def test_account_when_the_terminal_is_logged_in_to_another_then_nobody_is_let_in(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.set(login=666)
    async with gateway(settings(tmp_path), is_served=False) as running:
        await running.until_state("other account")
        async with connected(running.address) as probe:
            assert (await probe.refused(account="")).code == "account"


async def test_tls_when_the_fingerprint_is_right_then_in_and_else_not_a_word(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make_certificate(certificate, key, ("localhost", "127.0.0.1"), 1_767_603_600_000)
    assert key.stat().st_mode & 0o077 == 0
    made = settings(tmp_path, listen="127.0.0.1:0", certificate=certificate, key=key)
    async with gateway(made) as running:
        for context in (client_context(), client_context(certificate, is_own=True), client_context(certificate)):
            async with connected(running.address, context) as probe:
                shown = probe.writer.get_extra_info("ssl_object")
                assert shown.version() == "TLSv1.3"
                check_fingerprint(shown, fingerprint_of(certificate).upper())
                with pytest.raises(OperatorNeeded, match="fingerprint"):
                    check_fingerprint(shown, "00" * 32)
                await probe.greet()
        with pytest.raises(ssl.SSLError):
            async with connected(running.address, ssl.create_default_context()):
                pass
        async with connected(running.address) as probe:  # without TLS
            probe.say(hello())
            assert await probe.ended()


@pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "example.org:1"])
def test_place_when_others_can_reach_it_and_no_certificate_then_refused(listen: str) -> None:
    with pytest.raises(OperatorNeeded, match="no certificate"):
        open_door(listen, None, None)


@pytest.mark.parametrize("listen", ["", "8750", "localhost", "localhost:x", "localhost:99999", ":1"])
def test_place_when_it_cannot_be_read_then_told_how_to_write_it(listen: str) -> None:
    with pytest.raises(OperatorNeeded, match="listen was"):
        open_door(listen, None, None)


def test_socket_when_its_folder_is_open_to_others_then_refused(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    with pytest.raises(OperatorNeeded, match="open to other users"):
        open_door(f"unix:{folder / 's'}", None, None)


def test_socket_when_another_gateway_answers_there_then_refused_and_when_left_over_then_replaced(
    tmp_path: Path,
) -> None:
    place = f"unix:{tmp_path / 'own' / 's'}"
    door = open_door(place, None, None)
    with pytest.raises(OperatorNeeded, match="another process listens"):
        open_door(place, None, None)
    door._socket.close()  # as a kill leaves it: the file stays
    second = open_door(place, None, None)
    second.close()
    assert not (tmp_path / "own" / "s").exists()


async def test_welcome_when_the_gateway_is_another_run_then_its_start_says_so(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    seen: list[Welcome] = []
    for _ in range(2):
        async with gateway(settings(tmp_path)) as running, connected(running.address) as probe:
            seen.append(await probe.greet())
    assert seen[0].started < seen[1].started
