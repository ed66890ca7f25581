"""What the tests of the gateway share: a terminal to command, a gateway in this process or in one of its own, and a client."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from signalos_tui.clock import WallClock
from signalos_tui.gateway.listening import open_door
from signalos_tui.gateway.serving import Gateway
from signalos_tui.gateway.settings import Guards, Limits, Settings, Times
from signalos_tui.link.frames import LONGEST_FROM_GATEWAY, framed, read_frame
from signalos_tui.link.messages import (
    ORDER_SEND,
    VERSION,
    Answer,
    Call,
    Health,
    Hello,
    Message,
    Refused,
    Welcome,
    from_gateway,
    packed,
)
from signalos_tui.link.secret import Secret
from tests.gateway import fake_mt5

ROOT = Path(__file__).resolve().parent.parent.parent
TOKEN = "t0ken-that-must-not-show"
PASSWORD = "passw0rd-that-must-not-show"
ACCOUNT = "Fake-Demo/4711"
PATIENCE_S = 20.0
FOREVER = 1 << 53
"""Until when an order may be called, where a test is about something else; ms UTC."""
QUICK = Times(open_s=10, read_s=2, send_s=1, tick_s=0.02, look_s=0.04, pause_s=0.05, longest_pause_s=0.4, ending_s=3)
DEAL: dict[str, Any] = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "price": 1.1, "sl": 1.0, "magic": 7}

M = TypeVar("M", bound=Message)


class FakeTerminal:
    """The account the fake module shows, and the log of what it accepted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._state: dict[str, Any] = {}
        self.set()

    def set(self, **changes: Any) -> None:
        """Change something; the next call sees it."""
        self._state.update(changes)
        unfinished = self.folder / "state.new"
        unfinished.write_text(json.dumps(self._state))
        unfinished.replace(self.folder / "state.json")

    def trouble(self, **what: str) -> None:
        """Let methods go wrong; underscores for spaces."""
        self.set(trouble={name.replace("_order", " order"): how for name, how in what.items()})

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """Every order that was accepted."""
        return self._lines("accepted")

    @property
    def asked(self) -> list[dict[str, Any]]:
        """Every order_send that began, whatever became of it."""
        return self._lines("asked")

    @property
    def opened(self) -> list[Any]:
        """Every time it was opened, and with what; "shutdown" where it was let go in order."""
        return self._lines("opened")

    def _lines(self, name: str) -> list[Any]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def settings(folder: Path, **changes: Any) -> Settings:
    """A gateway to the fake terminal, with little patience."""
    usual: dict[str, Any] = {
        "data": folder / "data",
        "listen": f"unix:{folder / 'data' / 'g.sock'}",
        "token": Secret(TOKEN),
        "module": fake_mt5.__name__,
        "terminal": r"C:\terminal64.exe",
        "password": Secret(PASSWORD),
        "guards": Guards(login=4711, server="Fake-Demo"),
        "times": QUICK,
    }
    return Settings(**{**usual, **changes})


class Probe:
    """A client that says exactly what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._count = 0
        self._aside: list[Message] = []

    def say(self, *messages: Message) -> None:
        """Send messages."""
        for message in messages:
            self.writer.write(framed(packed(message)))

    def say_raw(self, raw: bytes) -> None:
        """Send bytes."""
        self.writer.write(raw)

    async def hear(self, wanted: type[M]) -> M:
        """The next message of a kind; others are kept for later. Fails when the connection ends."""
        for place, message in enumerate(self._aside):
            if isinstance(message, wanted):
                del self._aside[place]
                return message
        async with asyncio.timeout(PATIENCE_S):
            while True:
                payload = await read_frame(self.reader, LONGEST_FROM_GATEWAY)
                assert payload is not None, f"the gateway hung up before any {wanted.__name__}, after {self._aside}"
                message = from_gateway(payload)
                if isinstance(message, wanted):
                    return message
                self._aside.append(message)

    async def ended(self) -> bool:
        """Read on until the gateway hangs up."""
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(1 << 16):
                    pass
        return True

    async def greet(self, **changes: Any) -> Welcome:
        """Say hello and be let in."""
        self.say(hello(**changes))
        return await self.hear(Welcome)

    async def refused(self, **changes: Any) -> Refused:
        """Say hello and be sent away."""
        self.say(hello(**changes))
        return await self.hear(Refused)

    async def call(
        self, method: str, intent: str = "", at: int | None = None, until: int = FOREVER, **arguments: Any
    ) -> Answer:
        """Ask, and wait for the answer."""
        self._count += 1
        when = (WallClock().now() if at is None else at) if intent else 0
        self.say(Call(self._count, method, arguments, intent, when, until if intent else 0))
        answer = await self.hear(Answer)
        assert answer.id == self._count
        return answer

    async def send(self, intent: str, at: int | None = None, until: int = FOREVER, **changes: Any) -> Answer:
        """An order: a deal with changes."""
        return await self.call(ORDER_SEND, intent, at, until, request={**DEAL, **changes})

    async def health(self, state: str) -> Health:
        """Wait until the terminal is in a state."""
        while True:
            health = await self.hear(Health)
            if health.state == state:
                return health


def hello(**changes: Any) -> Hello:
    """A greeting that is let in as the executor."""
    usual: dict[str, Any] = {
        "version": VERSION,
        "token": TOKEN,
        "client": "probe",
        "account": ACCOUNT,
        "trades": True,
        "holder": "me",
    }
    return Hello(**{**usual, **changes})


@contextlib.asynccontextmanager
async def connected(address: str, context: ssl.SSLContext | None = None) -> AsyncIterator[Probe]:
    """A connection, not greeted yet."""
    if address.startswith("unix:"):
        reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix:"))
    else:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    try:
        yield Probe(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until another process has got so far."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - the event is in another process
            await asyncio.sleep(0.005)


class Running:
    """A gateway in this process; its worker is a process."""

    def __init__(self, gateway: Gateway, address: str, until: asyncio.Event) -> None:
        self.gateway, self.address, self.until = gateway, address, until

    @property
    def worker(self) -> int:
        """The worker's process id."""
        worker = self.gateway.keeper._worker
        assert worker is not None
        return worker.pid

    async def until_serving(self) -> None:
        """Wait for the terminal."""
        await until(lambda: self.gateway.keeper.is_serving)

    async def until_replaced(self, worker: int) -> None:
        """Wait until another worker serves."""
        await until(lambda: self.gateway.keeper._worker is not None and self.worker != worker)
        await self.until_serving()

    async def until_state(self, state: str) -> None:
        """Wait until the terminal's health is this."""
        await until(lambda: self.gateway.keeper.state.state == state)


@contextlib.asynccontextmanager
async def gateway(made: Settings, *, is_served: bool = True) -> AsyncIterator[Running]:
    """A gateway that is served until the block ends; it has ended in order then."""
    one = Gateway(made, WallClock())
    until = asyncio.Event()
    try:
        door = open_door(made.listen, made.certificate, made.key)
        task = asyncio.create_task(one.run(door, until))
        running = Running(one, door.address, until)
        try:
            if is_served:
                await running.until_serving()
            yield running
        finally:
            until.set()
            await task
    finally:
        one.close()


@contextlib.asynccontextmanager
async def inside(running: Running, **changes: Any) -> AsyncIterator[Probe]:
    """A client that was let in."""
    async with connected(running.address) as probe:
        await probe.greet(**changes)
        yield probe


@contextlib.contextmanager
def apart(folder: Path, **changes: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A gateway in a process of its own (`runner.py`), which can be killed; and its address. changes: its environment."""
    environ = {**os.environ, **changes, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.gateway.runner", str(folder)], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(PATIENCE_S)
        finally:
            process.kill()
            assert process.stdout is not None
            process.stdout.close()


async def until_let_in(address: str, **changes: Any) -> None:
    """Come back until the terminal is there, as a client does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with connected(address) as probe:
                probe.say(hello(**{"trades": False, **changes}))
                payload = await read_frame(probe.reader, LONGEST_FROM_GATEWAY)
                assert payload is not None
                answer = from_gateway(payload)
                if isinstance(answer, Welcome):
                    return
                assert isinstance(answer, Refused)
                assert answer.code == "terminal", answer
            await asyncio.sleep(0.02)


def patient(limits: Limits) -> Limits:
    """The same, for a client that waits in silence."""
    return msgspec.structs.replace(limits, silence_s=PATIENCE_S)


SMALL = Limits(connections=3, hello_s=0.3, silence_s=1.0, calls=4, follows=5, queued_bytes=3_000_000, stalled_s=0.5)
