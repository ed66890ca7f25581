"""The connection to a gateway when the other side is bad, slow, wrong or gone: nothing is made up, nothing hangs, it comes back.

Reference: reliability D13, F9; the numbers of table F are in the names.
"""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.execute import constants as mt
from signalos_tui.execute.mt5 import Address, Expected, Mt5Terminal, Times, Trust
from signalos_tui.execute.mt5.reaching import Unreachable, dial, read_token
from signalos_tui.execute.retcodes import Answer as Meaning
from signalos_tui.execute.retcodes import classify
from signalos_tui.execute.terminal import Intent
from signalos_tui.link.frames import LONGEST_FROM_GATEWAY, framed
from signalos_tui.link.messages import (
    REFUSALS,
    VERSION,
    Answer,
    Call,
    Hello,
    Ping,
    Pong,
    Refused,
    Welcome,
    packed,
)
from tests.execute.loopback import QUICK, Loopback, Say, request, until

INTENT = Intent("leg/1", 1)


def saying(kind: type[Any], *pieces: bytes) -> Any:
    """A behaviour: to the first message of a kind these bytes are said instead of an answer."""
    left = [b"".join(pieces)]

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if not isinstance(message, kind) or not left:
            return False
        say(left.pop())
        return True

    return behave


def once(*messages: Any) -> bytes:
    return b"".join(framed(packed(message)) for message in messages)


GARBAGE = {
    "an endless frame": struct.pack(">I", 1 << 30) + b"x" * 100,
    "one byte too many": struct.pack(">I", LONGEST_FROM_GATEWAY + 1),
    "an empty frame": struct.pack(">I", 0),
    "no msgpack": framed(b"\xc1\xc1\xc1"),
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "no message of ours": framed(b"\x81\xa1t\xa5party"),
    "a message of the client": once(Ping(1)),
    "nested without end": framed(b"\x83\xa1t\xa6answer\xa2id\x01\xa6result" + b"\x91" * 100_000 + b"\xc0"),
    "an unknown field": framed(b"\x84\xa1t\xa4pong\xa2at\x01\xa3now\x01\xa1x\x01"),
    "a second welcome": once(Welcome(VERSION, "x", "a/1", 0, True, 0, 0, 1)),
    "an answer nobody asked for": once(Answer(4711, True)),
    "an answer to nothing": once(Answer(0, True)),
}


@pytest.mark.parametrize("what", GARBAGE)
async def test_f9_gateway_when_it_talks_nonsense_then_it_is_hung_up_on_and_tried_again(
    what: str, tmp_path: Path
) -> None:
    """Half a word of it is not believed: the question has failed, the next connection answers."""
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        gateway.behaves = saying(Call, GARBAGE[what])
        assert await terminal.positions_get() is None
        error = await terminal.last_error()
        assert error[0] == mt.RES_E_INTERNAL_FAIL_RECEIVE
        assert terminal.reach.code == "protocol"
        assert terminal.reach.remedy
        await until(terminal, lambda: terminal.reach.is_open)
        assert await terminal.positions_get() == ()
        assert len(gateway.said(Hello)) == 2


@pytest.mark.parametrize("cut", [1, 3, 4, 5, 40])
async def test_f9_frame_when_cut_off_then_the_order_is_in_doubt_and_nothing_is_repeated(
    cut: int, tmp_path: Path
) -> None:
    """Half a frame and the end of the line: whether it was carried out is not known, and it is said once only."""

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if not (isinstance(message, Call) and message.method == "order_send"):
            return False
        say(framed(packed(await gateway.answered(message)))[:cut])
        await asyncio.sleep(0)
        raise ConnectionResetError

    async with Loopback(tmp_path, behave) as gateway, gateway.client() as terminal:
        assert await terminal.order_send(request(), INTENT) is None
        error = await terminal.last_error()
        assert classify(None, error) is Meaning.AMBIGUOUS
        assert terminal.reach.code == "unreachable"
        await until(terminal, lambda: terminal.reach.is_open)
        assert len(gateway.calls("order_send")) == 1
        positions = await terminal.positions_get()
        assert positions is not None
        assert len(positions) == 1


async def test_f9_frame_of_1_gb_costs_four_bytes(tmp_path: Path) -> None:
    """Its length is refused before anything is read or made room for."""
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        gateway.behaves = saying(Call, struct.pack(">I", 1 << 30))
        assert await terminal.account_info() is None
        assert "1073741824 bytes" in terminal.reach.text


async def test_d13_answer_when_it_comes_twice_then_it_counts_once(tmp_path: Path) -> None:
    """A duplicate frame is nothing: it neither answers the next question nor ends the connection."""

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if isinstance(message, Call) and message.method == "order_send":
            answer = once(await gateway.answered(message))
            say(answer + answer + answer)
            return True
        return False

    async with Loopback(tmp_path, behave) as gateway, gateway.client() as terminal:
        first = await terminal.order_send(request(), Intent("leg/1", 1))
        second = await terminal.order_send(request(magic=78), Intent("leg/2", 1))
        assert first is not None
        assert second is not None
        assert first.order != second.order
        assert len(gateway.said(Hello)) == 1


async def test_answer_when_it_comes_after_its_time_then_it_is_nobodys(tmp_path: Path) -> None:
    """The order counts as in doubt, and the late answer is not taken for that of the next question."""
    late: list[bytes] = []

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if isinstance(message, Call) and message.method == "order_send":
            late.append(once(await gateway.answered(message)))
            return True
        if isinstance(message, Call) and late:
            say(late.pop())
        return False

    times = Times(ping_s=0.05, silent_s=1.0, send_s=0.1)
    async with Loopback(tmp_path, behave) as gateway, gateway.client(times=times) as terminal:
        assert await terminal.order_send(request(), INTENT) is None
        error = await terminal.last_error()
        assert error[0] == mt.RES_E_INTERNAL_FAIL_TIMEOUT
        assert classify(None, error) is Meaning.AMBIGUOUS
        positions = await terminal.positions_get()
        assert positions is not None
        assert len(positions) == 1
        assert len(gateway.said(Hello)) == 1


# --- silence and outages ------------------------------------------------------------------------------------------


async def test_gateway_when_it_falls_silent_then_the_line_is_dropped_and_the_owner_told(tmp_path: Path) -> None:
    """No word in answer to our pings (a machine that hangs, a cut cable): questions fail then, and do not wait for their end."""

    async def mute(gateway: Loopback, message: Any, say: Say) -> bool:
        return True

    times = Times(ping_s=0.05, silent_s=0.2, answer_s=60.0, first_wait_s=0.01, longest_wait_s=0.02, dial_s=0.2)
    async with Loopback(tmp_path) as gateway, gateway.client(times=times) as terminal:
        gateway.behaves = mute
        async with asyncio.timeout(5):
            assert await terminal.positions_get() is None
        assert terminal.reach.code == "silent"
        assert "has said nothing for" in terminal.reach.text
        gateway.behaves = saying(Refused)
        await until(terminal, lambda: terminal.reach.is_open)


async def test_f9_frame_when_it_never_ends_while_bytes_come_then_the_line_is_dropped(tmp_path: Path) -> None:
    """A length that is a lie: every later word disappears in it."""
    times = Times(ping_s=0.05, silent_s=5.0, whole_s=0.3, answer_s=60.0, first_wait_s=0.01, longest_wait_s=0.02)
    async with Loopback(tmp_path) as gateway, gateway.client(times=times) as terminal:
        gateway.behaves = saying(Call, struct.pack(">I", 20_000_000))
        async with asyncio.timeout(5):
            assert await terminal.positions_get() is None
        await until(terminal, lambda: terminal.reach.is_open)
        assert await terminal.positions_get() == ()


async def test_gateway_when_it_is_busy_with_one_call_then_the_line_stands(tmp_path: Path) -> None:
    """A terminal that takes its time is not a gateway that hangs."""

    async def slow(gateway: Loopback, message: Any, say: Say) -> bool:
        if not isinstance(message, Call):
            return False

        async def later() -> None:
            await asyncio.sleep(0.6)
            say(once(await gateway.answered(message)))

        slowly.append(asyncio.create_task(later()))
        return True

    slowly: list[asyncio.Task[None]] = []
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        gateway.behaves = slow
        assert await terminal.positions_get() == ()
        assert len(gateway.said(Hello)) == 1


async def test_questions_while_there_is_no_connection_fail_at_once_and_are_no_empty_answers(tmp_path: Path) -> None:
    gateway = Loopback(tmp_path)
    async with gateway.client(waits=False) as terminal:
        async with asyncio.timeout(1):
            assert await terminal.positions_get() is None
            assert await terminal.orders_get() is None
            assert await terminal.history_deals_get(0, 1) is None
            assert await terminal.account_info() is None
            assert await terminal.symbol_info_tick("EURUSD") is None
            assert not await terminal.symbol_select("EURUSD")
            assert await terminal.order_send(request(), INTENT) is None
        code, text = await terminal.last_error()
        assert code == mt.RES_E_INTERNAL_FAIL_CONNECT
        assert text.startswith("No IPC connection")
        assert not await terminal.changed(0.0)


async def test_gateway_when_it_comes_later_then_the_client_finds_it(tmp_path: Path) -> None:
    gateway = Loopback(tmp_path)
    gateway.quote()
    async with gateway.client(waits=False) as terminal:
        await until(terminal, lambda: terminal.reach.code == "unreachable")
        assert "signalos gateway" in terminal.reach.remedy
        await gateway.open()
        await until(terminal, lambda: terminal.reach.is_open)
        assert await terminal.positions_get() == ()
        await gateway.shut()


async def test_outage_when_over_then_whoever_watches_looks_at_once(tmp_path: Path) -> None:
    """What happened meanwhile is found by looking, so `changed` says yes."""
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        assert await terminal.changed(0)
        await gateway.shut()
        await until(terminal, lambda: not terminal.reach.is_open)
        assert not await terminal.changed(0)
        await gateway.open()
        await until(terminal, lambda: terminal.reach.is_open)
        assert await terminal.changed(0)


async def test_pauses_grow_and_are_spread_and_end_growing(tmp_path: Path) -> None:
    """Doubled up to the longest, between half and all of it; an owner's fault is asked about seldom from the start."""
    times = Times(first_wait_s=0.5, longest_wait_s=8.0, lasting_wait_s=15.0)
    terminal = _towards(tmp_path / "nowhere.sock", times, jitter=1.0)
    pause = terminal._connection._pause
    assert [pause(n) for n in range(1, 8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert pause(2_000) == 8.0
    terminal._connection._jitter = lambda: 0.0
    assert pause(3) == 1.0
    terminal._connection._lost = Unreachable("token", "wrong")
    assert pause(1) == 15.0


# --- who is there -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", REFUSALS)
async def test_greeting_when_refused_then_the_reason_and_what_to_do(code: str, tmp_path: Path) -> None:
    said = Refused(code, f"no because of {code}\x1b[2J", "")
    async with Loopback(tmp_path, saying(Hello, once(said))) as gateway, gateway.client(waits=False) as terminal:
        await until(terminal, lambda: terminal.reach.code == code)
        assert code in terminal.reach.text
        assert "\x1b" not in terminal.reach.text
        assert terminal.reach.remedy
        assert await terminal.positions_get() is None
        await until(terminal, lambda: terminal.reach.is_open)
        assert gateway.said(Call) == []


async def test_connection_when_it_is_ended_by_a_refusal_then_that_is_the_reason(tmp_path: Path) -> None:
    """Another console took the account over, say."""
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        gateway.behaves = saying(Hello, once(Refused("executor", "another console trades", "End it")))
        gateway.tell(Refused("executor", "another console trades", "End it"))
        await until(terminal, lambda: terminal.reach.code == "executor")
        assert terminal.reach.remedy == "End it"


@pytest.mark.parametrize(
    ("welcome", "code"),
    [
        ({"version": 2}, "version"),
        ({"account": "Other-Server/5"}, "account"),
        ({"is_paper": False, "trade_mode": mt.ACCOUNT_TRADE_MODE_REAL}, "real"),
        ({"is_paper": False, "trade_mode": 77}, "real"),
    ],
)
async def test_welcome_when_it_is_not_what_we_came_for_then_nothing_is_asked(
    welcome: dict[str, Any], code: str, tmp_path: Path
) -> None:
    """Wrong version, wrong account, real money where a demo was wanted; a trade mode we do not know is real (C11)."""
    gateway = Loopback(tmp_path)
    gateway.quote()
    mine = (await gateway.greeted()).account
    gateway.welcome = welcome
    async with gateway, gateway.client(Expected(account=mine), waits=False) as terminal:
        await until(terminal, lambda: terminal.reach.code == code)
        assert await terminal.order_send(request(), INTENT) is None
        assert await terminal.account_info() is None
        assert gateway.said(Call) == []
        assert terminal.reach.remedy


@pytest.mark.parametrize("trade_mode", [mt.ACCOUNT_TRADE_MODE_REAL, 77])
async def test_real_money_when_it_is_permitted_then_let_in(trade_mode: int, tmp_path: Path) -> None:
    async with Loopback(tmp_path) as gateway:
        gateway.welcome = {"is_paper": False, "trade_mode": trade_mode}
        async with gateway.client(Expected(demo_only=False)) as terminal:
            assert not terminal.is_paper
            assert await terminal.account_info() is not None


async def test_account_when_none_was_named_then_the_first_one_stays_the_only_one(tmp_path: Path) -> None:
    """After an outage another account there is another account (D10)."""
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        first = gateway.said(Hello)[0].account
        assert first == ""
        gateway.welcome = {"account": "Other-Server/5"}
        await gateway.shut()
        await gateway.open()
        await until(terminal, lambda: terminal.reach.code == "account")
        assert gateway.said(Hello)[-1].account == (await _mine(gateway))


async def test_clocks_when_they_differ_then_by_how_much_is_known(tmp_path: Path) -> None:
    async def ahead(gateway: Loopback, message: Any, say: Say) -> bool:
        if not isinstance(message, Ping):
            return False
        say(once(Pong(message.at, gateway.clock.now() + 90_000)))
        ponged.set()
        return True

    ponged = asyncio.Event()
    async with Loopback(tmp_path, ahead) as gateway, gateway.client() as terminal:
        await ponged.wait()
        await terminal.account_info()
        assert terminal.skew_ms is not None
        assert 89_000 < terminal.skew_ms < 91_000


async def test_greeting_is_said_once_however_many_ask_at_the_same_time(tmp_path: Path) -> None:
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        await asyncio.gather(*(terminal.account_info() for _ in range(20)))
        assert len(gateway.said(Hello)) == 1


async def test_question_when_it_is_too_long_for_the_wire_then_it_never_leaves(tmp_path: Path) -> None:
    async with Loopback(tmp_path) as gateway, gateway.client() as terminal:
        assert await terminal.symbol_info("X" * 100_000) is None
        assert (await terminal.last_error())[0] == mt.RES_E_INVALID_PARAMS
        assert gateway.said(Call) == []
        assert terminal.reach.is_open


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (Address("127.0.0.1", 1), "Connection refused"),
        (Address(path="/nonexistent/gateway.sock"), "No such file or directory"),
    ],
)
async def test_place_when_nobody_is_there_then_said_in_the_systems_words(address: Address, why: str) -> None:
    with pytest.raises(Unreachable) as nobody:
        await dial(address, Trust(fingerprint="ab" * 32))
    assert nobody.value.code == "unreachable"
    assert nobody.value.text.startswith(f"no gateway at {address} (")
    assert why in nobody.value.text
    assert "signalos gateway" in nobody.value.remedy


@pytest.mark.parametrize("text", ["127.0.0.1:8750", "[::1]:8750", "vps.example:1", "unix:/run/gateway.sock"])
def test_address_when_read_then_written_the_same(text: str) -> None:
    assert str(Address.parse(text)) == text


# --- the token ----------------------------------------------------------------------------------------------------


def test_token_when_it_cannot_be_had_then_said_where_and_never_what(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(Unreachable, match="is not in") as none:
        read_token("", str(file))
    assert none.value.code == "token"
    file.write_text("tok-5151\n")
    file.chmod(0o600)
    assert read_token("", str(file)).reveal() == "tok-5151"
    file.chmod(0o644)
    with pytest.raises(Unreachable, match="can be read by other users") as open_to_all:
        read_token("", str(file))
    assert "chmod 600" in open_to_all.value.remedy
    assert "tok-5151" not in str(open_to_all.value)
    assert read_token("T", "", {"T": "tok-61"}).reveal() == "tok-61"
    with pytest.raises(Unreachable, match="the variable T"):
        read_token("T", "", {})


def _towards(path: Path, times: Times = QUICK, jitter: float = 0.5) -> Mt5Terminal:
    from signalos_tui.clock import WallClock
    from signalos_tui.link.secret import Secret

    return Mt5Terminal(
        lambda: dial(Address(path=str(path)), Trust()),
        lambda: Secret("t"),
        Expected(),
        clock=WallClock(),
        jitter=lambda: jitter,
        times=times,
    )


async def _mine(gateway: Loopback) -> str:
    info = await gateway.paper.account_info()
    assert info is not None
    return f"{info.server}/{info.login}"
