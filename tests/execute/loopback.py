"""A gateway on a Unix socket of this process that speaks the wire as it should, or as badly as a test wants.

A paper terminal stands behind it. `async with Loopback(folder) as gateway`, then `async with gateway.client() as terminal`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from signalos_tui.clock import Clock, WallClock
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.mt5 import Address, Expected, Mt5Terminal, Times, Trust
from signalos_tui.execute.mt5.reaching import dial
from signalos_tui.execute.paper import PaperSettings, PaperTerminal
from signalos_tui.execute.terminal import Intent
from signalos_tui.link.frames import LONGEST_FROM_CLIENT, framed, read_frame
from signalos_tui.link.messages import (
    ORDER_SEND,
    SYMBOLS_GET,
    VERSION,
    Answer,
    Call,
    Follow,
    Hello,
    Message,
    Ping,
    Pong,
    Welcome,
    from_client,
    packed,
)
from signalos_tui.link.secret import Secret

QUICK = Times(
    dial_s=2.0,
    answer_s=2.0,
    send_s=2.0,
    ping_s=0.05,
    silent_s=0.2,
    first_wait_s=0.01,
    longest_wait_s=0.05,
    lasting_wait_s=0.05,
)
TOKEN = "tok-5f0c-2291"
SETTINGS = PaperSettings(latency_ms=(0, 0), slippage_points=0)
PRICES = {"EURUSD": (1.0850, 1.0851), "XAUUSD": (2340.0, 2340.2)}

Say = Callable[[bytes], None]
Heard = Callable[["Loopback", Any, Say], Awaitable[bool]]
"""Looks at a message before it is dealt with; True when that was all. Raw bytes may be said."""


async def _nothing(gateway: Loopback, message: Any, say: Say) -> bool:
    return False


class Loopback:
    """The gateway. heard: all that was said to it. behaves: a test's way of being bad."""

    def __init__(self, folder: Path, behaves: Heard = _nothing, clock: Clock | None = None) -> None:
        self.path = folder / "gateway.sock"
        self.behaves = behaves
        self.heard: list[Any] = []
        self.clock = clock or WallClock()
        self.paper = PaperTerminal(None, self.clock, SETTINGS)
        self.welcome: dict[str, Any] = {}
        self._connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}
        self.is_open = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.quote()
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.shut()

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def shut(self) -> None:
        """Hang up on everybody and stop listening."""
        self._server.close()
        for task, writer in self._connections.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def quote(self, **prices: tuple[float, float]) -> None:
        """Let prices be quoted now."""
        for symbol, (bid, ask) in {**PRICES, **prices}.items():
            self.paper.apply(FeedTick(self.clock.now(), symbol, bid, ask))

    def tell(self, message: Message) -> None:
        """Say something to everybody who is connected."""
        for writer in self._connections.values():
            writer.write(framed(packed(message)))

    def said(self, kind: type[Any]) -> list[Any]:
        """What was heard of one kind."""
        return [one for one in self.heard if isinstance(one, kind)]

    def calls(self, method: str) -> list[Call]:
        """The calls of one method."""
        return [one for one in self.said(Call) if one.method == method]

    def terminal(self, expected: Expected | None = None, times: Times = QUICK, jitter: float = 0.5) -> Mt5Terminal:
        """A client that does not run yet."""
        return Mt5Terminal(
            lambda: dial(Address(path=str(self.path)), Trust()),
            lambda: Secret(TOKEN),
            expected or Expected(trades=True, holder="test"),
            clock=self.clock,
            jitter=lambda: jitter,
            times=times,
        )

    @contextlib.asynccontextmanager
    async def client(
        self, expected: Expected | None = None, times: Times = QUICK, *, waits: bool = True
    ) -> AsyncIterator[Mt5Terminal]:
        """A client at work. waits: until the way is open."""
        terminal = self.terminal(expected, times)
        running = asyncio.create_task(terminal.run())
        try:
            if waits:
                await until(terminal, lambda: terminal.reach.is_open)
            yield terminal
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            while (payload := await read_frame(reader, LONGEST_FROM_CLIENT)) is not None:
                message = from_client(payload)
                self.heard.append(message)
                if not await self.behaves(self, message, writer.write):
                    answer = await self._answered(message)
                    if answer is not None:
                        writer.write(framed(packed(answer)))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._connections.pop(task, None)
            writer.close()

    async def _answered(self, message: Any) -> Message | None:
        match message:
            case Hello():
                return await self.greeted()
            case Ping(at):
                return Pong(at, self.clock.now())
            case Call():
                return await self.answered(message)
            case _:
                assert isinstance(message, Follow)
                return None

    async def greeted(self) -> Welcome:
        """The welcome of the account there is, with what a test says instead."""
        info = await self.paper.account_info()
        assert info is not None
        told = {
            "version": VERSION,
            "gateway": "loopback",
            "account": f"{info.server}/{info.login}",
            "trade_mode": info.trade_mode,
            "is_paper": True,
            "fence": 0,
            "newest_intent_at": 0,
            "started": 1,
        }
        return Welcome(**{**told, **self.welcome})

    async def answered(self, call: Call) -> Answer:
        """The paper terminal's own answer."""
        method = getattr(self.paper, call.method)
        if call.method == ORDER_SEND:
            result = await method(call.arguments["request"], Intent(call.intent, call.intent_at, call.intent_until))
        elif call.method == SYMBOLS_GET and call.arguments:
            start = call.arguments["start"]
            result = (await method() or ())[start : start + call.arguments["count"]]
        else:
            result = await method(**call.arguments)
        error = (1, "Success") if result is not None else await self.paper.last_error()
        return Answer(call.id, plain(result), error)


def once(*messages: Message) -> bytes:
    """Messages as they go over the wire."""
    return b"".join(framed(packed(message)) for message in messages)


def saying(kind: type[Any], *pieces: bytes) -> Heard:
    """A behaviour: to the first message of a kind these bytes are said instead of an answer."""
    left = [b"".join(pieces)]

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if not isinstance(message, kind) or not left:
            return False
        say(left.pop())
        return True

    return behave


def plain(result: Any) -> Any:
    """A result as it goes over the wire."""
    return msgspec.to_builtins(result)


def request(**more: object) -> Mapping[str, object]:
    """A market order that is as it should be."""
    return {
        "action": 1,
        "symbol": "EURUSD",
        "type": 0,
        "volume": 0.1,
        "price": 1.0851,
        "sl": 0.0,
        "tp": 0.0,
        "deviation": 20,
        "magic": 77,
        "comment": "so 4d",
        "type_filling": 0,
        "type_time": 0,
        **more,
    }


async def until(terminal: Mt5Terminal, is_so: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for a turn of the way."""
    async with asyncio.timeout(within_s):
        while not is_so():
            await terminal.turned(terminal.reach)
