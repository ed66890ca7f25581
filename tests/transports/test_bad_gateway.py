"""An engine on a gateway that answers an order badly, while the broker behind it has carried it out: one order, found, settled.

Reference: reliability D2, D13, F9.
"""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.config import Config
from signalos_tui.execute.mt5 import Expected, Mt5Terminal
from signalos_tui.execute.mt5.reaching import Address, Trust, dial
from signalos_tui.execute.paper.book import TruthRow
from signalos_tui.journal import Journal
from signalos_tui.link.frames import framed
from signalos_tui.link.messages import ATTEMPTED_BEFORE, WORKER_LOST, Answer, Call, Health, packed
from signalos_tui.link.secret import Secret
from signalos_tui.model import events as e
from signalos_tui.model.orders import LegState
from tests.execute.loopback import TOKEN, Loopback, Say
from tests.transports.stage import CONFIG, TIMES, life

ONE = "BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"


class Beside:
    """A place whose gateway is in this process and behaves as a test wants."""

    def __init__(self, folder: Path, gateway: Loopback) -> None:
        self.folder = folder
        self.config: Config = CONFIG
        self.gateway = gateway

    def terminal(self, journal: Journal) -> Mt5Terminal:
        """A client of it."""
        address = Address(path=str(self.gateway.path))
        return Mt5Terminal(
            lambda: dial(address, Trust()),
            lambda: Secret(TOKEN),
            Expected(trades=True, holder="test", fence=journal.generation),
            clock=self.gateway.clock,
            jitter=lambda: 0.5,
            times=replace(TIMES, send_s=1.0),
        )

    def truth(self) -> list[TruthRow]:
        """What the broker accepted."""
        return [row for row in self.gateway.paper.truth if row.opens]


def whole(answer: Answer) -> bytes:
    return framed(packed(answer))


BAD: dict[str, Any] = {
    "nothing at all": lambda answer: b"",
    "half a frame": lambda answer: whole(answer)[:30],
    "a frame of 1 GB": lambda answer: struct.pack(">I", 1 << 30) + b"x",
    "garbage": lambda answer: framed(b"\xc1garbage"),
    "an answer to another question": lambda answer: whole(Answer(answer.id + 1_000, answer.result)),
    "a field too few": lambda answer: whole(
        Answer(answer.id, {k: v for k, v in answer.result.items() if k != "order"})
    ),
    "no number": lambda answer: whole(Answer(answer.id, {**answer.result, "price": float("nan")})),
    "somebody else's echo": lambda answer: whole(
        Answer(answer.id, {**answer.result, "request": {**answer.result["request"], "magic": 5}})
    ),
    "attempted before": lambda answer: whole(Answer(answer.id, None, (ATTEMPTED_BEFORE, "asked before"))),
    "the worker was lost": lambda answer: whole(Answer(answer.id, None, (WORKER_LOST, "killed"))),
}


@pytest.mark.parametrize("how", BAD)
async def test_order_when_its_answer_is_bad_then_in_doubt_found_and_never_sent_again(how: str, tmp_path: Path) -> None:
    """Whatever came instead of an answer, the broker has the position: UNKNOWN, then OPEN."""

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if not (isinstance(message, Call) and message.method == "order_send"):
            return False
        say(BAD[how](await gateway.answered(message)))
        if how == "half a frame":
            await asyncio.sleep(0)
            raise ConnectionResetError
        return True

    async with Loopback(tmp_path, behave) as gateway:
        ticking = asyncio.create_task(_ticking(gateway))
        async with life(Beside(tmp_path, gateway)) as it:
            it.say(ONE)
            await it.until(lambda: it.states == [LegState.OPEN])
            assert len(it.told(e.LegUnknown)) == 1
            assert it.told(e.LegOpened)[0].adopted
            assert len(gateway.calls("order_send")) == 1
            assert len(it.place.truth()) == 1
            assert not it.told(e.TaskFailed)
        ticking.cancel()


async def test_order_when_its_answer_comes_three_times_then_it_is_one_order(tmp_path: Path) -> None:
    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if not (isinstance(message, Call) and message.method == "order_send"):
            return False
        say(whole(await gateway.answered(message)) * 3)
        return True

    async with Loopback(tmp_path, behave) as gateway:
        ticking = asyncio.create_task(_ticking(gateway))
        async with life(Beside(tmp_path, gateway)) as it:
            it.say(ONE)
            await it.until(lambda: it.states == [LegState.OPEN])
            assert not it.told(e.LegUnknown)
            assert len(it.told(e.LegOpened)) == len(it.place.truth()) == 1
        ticking.cancel()


@pytest.mark.parametrize(
    ("state", "answers"),
    [
        ("other account", "refused"),
        ("hung", "refused"),
        ("not connected", "empty"),
    ],
)
async def test_d10_d11_terminal_when_it_is_not_ours_or_not_connected_then_nothing_it_shows_is_believed(
    state: str, answers: str, tmp_path: Path
) -> None:
    """Logged in elsewhere, hung, or offline with an empty view: an open trade stays open, and the owner is told."""
    away = asyncio.Event()

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if not (away.is_set() and isinstance(message, Call)):
            return False
        if answers == "refused":
            say(whole(Answer(message.id, None, (-10_004, f"No IPC connection ({state})"))))
            return True
        info = await gateway.answered(message)
        if message.method == "terminal_info":
            say(whole(Answer(message.id, {**info.result, "connected": False})))
            return True
        if message.method in ("positions_get", "orders_get"):
            say(whole(Answer(message.id, [])))
            return True
        return False

    async with Loopback(tmp_path, behave) as gateway:
        ticking = asyncio.create_task(_ticking(gateway))
        async with life(Beside(tmp_path, gateway)) as it:
            it.say(ONE)
            await it.until(lambda: it.states == [LegState.OPEN])
            away.set()
            gateway.tell(Health(state, "", it.clock.now()))
            await it.until(lambda: f"link-{state.replace(' ', '-')}" in it.codes)
            looks = len(gateway.calls("terminal_info"))
            it.say("BUY GBPUSD NOW\nSL 1.2600\nTP 1.2800")
            await it.until(lambda: len(gateway.calls("terminal_info")) > looks + 3)
            assert it.states[0] is LegState.OPEN
            assert len(gateway.calls("order_send")) == 1
            away.clear()
            gateway.tell(Health("ok", "", it.clock.now()))
            await it.until(lambda: "link-ok" in it.codes)
            assert it.states[0] is LegState.OPEN
            assert not it.told(e.LegClosed)
        ticking.cancel()


async def _ticking(gateway: Loopback) -> None:
    while True:
        gateway.quote()
        await asyncio.sleep(0.05)
