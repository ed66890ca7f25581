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
from signalos_tui.execute.mt5 import Times
from signalos_tui.execute.mt5.reaching import Unreachable
from signalos_tui.execute.retcodes import Answer as Meaning
from signalos_tui.execute.retcodes import classify
from signalos_tui.execute.terminal import Intent
from signalos_tui.link.frames import LONGEST_FROM_GATEWAY, framed
from signalos_tui.link.messages import (
    VERSION,
    Answer,
    Call,
    Hello,
    Ping,
    Refused,
    Welcome,
    packed,
)
from tests.execute.loopback import Loopback, Say, once, request, saying, until

INTENT = Intent("leg/1", 1, 2)


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
        first = await terminal.order_send(request(), Intent("leg/1", 1, 2))
        second = await terminal.order_send(request(magic=78), Intent("leg/2", 1, 2))
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
    terminal = Loopback(tmp_path).terminal(times=times, jitter=1.0)
    pause = terminal._connection._pause
    assert [pause(n) for n in range(1, 8)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert pause(2_000) == 8.0
    terminal._connection._jitter = lambda: 0.0
    assert pause(3) == 1.0
    terminal._connection._lost = Unreachable("token", "wrong")
    assert pause(1) == 15.0
