"""One client's connection: the greeting, its calls, what it follows, and the end.

Everything that comes in is hostile until it has shown the token, and may be wrong after that: what is no message, too long or
out of order ends the connection with the reason, and has called nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from signalos_tui.clock import Clock
from signalos_tui.gateway.outbox import Outbox
from signalos_tui.gateway.settings import Limits
from signalos_tui.link.frames import LONGEST_FROM_CLIENT, FrameBroken, read_frame
from signalos_tui.link.messages import (
    METHODS,
    Answer,
    Call,
    Follow,
    Health,
    Hello,
    Message,
    Ping,
    Pong,
    Refused,
    Welcome,
    from_client,
)
from signalos_tui.logs import logger

LONGEST_NAME = 200
_log = logger("signalos.gateway.client")


class House(Protocol):
    """What a connection needs of the gateway."""

    def admit(self, client: Client, hello: Hello) -> Welcome | Refused:
        """Let a client in, or say why not."""
        ...

    def stranger(self, last: Refused) -> None:
        """It was never let in, and this is what it is told."""
        ...

    def leave(self, client: Client) -> None:
        """Nothing more is heard from it; its last words may still be on their way."""
        ...

    def start(self, client: Client, call: Call) -> None:
        """Work on a call; its answer comes through `client.answer`."""
        ...

    def refuse(self, client: Client, call: Call, why: str) -> None:
        """Answer a call that is not worked on; an order that was called before gets its own answer."""
        ...

    def follow(self, client: Client) -> dict[str, Any]:
        """The client follows other symbols now: the last ticks that are known of them."""
        ...

    def state(self) -> Health:
        """How the terminal is."""
        ...


class Client:
    """One connection, from the first byte to the last."""

    def __init__(
        self,
        number: int,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        house: House,
        limits: Limits,
        clock: Clock,
    ) -> None:
        self.number = number
        self.symbols: frozenset[str] = frozenset()
        self.is_in = False
        self.under_way = 0
        self.let_in: Callable[[], object] = lambda: None
        """Called once it has shown who it is."""
        self._reader, self._writer = streams
        self._house, self._limits, self._clock = house, limits, clock
        self.outbox = Outbox(self._writer, limits)
        self._last: Refused | None = None
        self._reading: asyncio.Task[None] | None = None

    def answer(self, answer: Answer) -> None:
        """A call has been worked on."""
        self.under_way -= 1
        if self.is_in:
            self.outbox.put(answer)

    def close(self, last: Refused) -> None:
        """Say a last word and end."""
        self._last = self._last or last
        if self._reading is not None:
            self._reading.cancel()

    async def serve(self) -> None:
        """Greet, then read and write until either side ends."""
        writing = asyncio.create_task(self.outbox.run(), name=f"writing to client {self.number}")
        reading = self._reading = asyncio.create_task(self._read(), name=f"reading client {self.number}")
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
            was_in, self.is_in = self.is_in, False
            self._house.leave(self)
            if self._last is not None and not writing.done():
                if was_in:
                    _log.warning("a client is sent away", client=self.number, code=self._last.code, why=self._last.text)
                else:
                    self._house.stranger(self._last)
                self.outbox.put_last(self._last)
                await asyncio.wait((writing,), timeout=self._limits.hello_s)
        finally:
            self.is_in = False
            reading.cancel()
            writing.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)
            await self._hang_up()

    async def _hang_up(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()

    async def _read(self) -> None:
        try:
            if await self._greet():
                while (message := await self._next(self._limits.silence_s)) is not None:
                    if not self._heard(message):
                        return
        except TimeoutError:
            self._refuse("nothing was heard for too long", "Say Ping more often")
        except (FrameBroken, msgspec.DecodeError, RecursionError) as error:
            self._refuse(f"that was no message: {error}", "Update the console")
        except OSError:
            return  # it hung up

    async def _greet(self) -> bool:
        hello = await self._next(self._limits.hello_s)
        if hello is None:
            return False
        if not isinstance(hello, Hello):
            self._refuse("the first word has to be Hello", "Update the console")
            return False
        if max(len(hello.client), len(hello.holder), len(hello.account)) > LONGEST_NAME:
            self._refuse(f"a name was longer than {LONGEST_NAME} characters", "Shorten it")
            return False
        answer = self._house.admit(self, hello)
        if isinstance(answer, Refused):
            self._last = answer
            return False
        self.is_in = True
        self.let_in()
        _log.info("a client", client=self.number, name=hello.client, trades=hello.trades)
        self.outbox.put(answer)
        self.outbox.put_health(self._house.state())
        return True

    async def _next(self, limit_s: float) -> Message | None:
        async with asyncio.timeout(limit_s):
            payload = await read_frame(self._reader, LONGEST_FROM_CLIENT)
        return None if payload is None else from_client(payload)

    def _heard(self, message: Message) -> bool:
        # False ends the connection.
        if isinstance(message, Call):
            return self._called(message)
        if isinstance(message, Follow):
            return self._followed(message)
        if isinstance(message, Ping):
            self.outbox.put(Pong(message.at, self._clock.now()))
            return True
        self._refuse("Hello was said twice", "Update the console")
        return False

    def _called(self, call: Call) -> bool:
        if call.method not in METHODS:
            self._refuse(f"there is no method {call.method[:40]!r}", "Update the console or the gateway")
            return False
        self.under_way += 1
        if self.under_way > self._limits.calls:
            self._house.refuse(self, call, f"{self._limits.calls} calls wait already, nothing was called")
        else:
            self._house.start(self, call)
        return True

    def _followed(self, follow: Follow) -> bool:
        most = self._limits.follows
        if len(follow.symbols) > most or any(not 0 < len(name) <= LONGEST_NAME for name in follow.symbols):
            self._refuse(f"at most {most} symbols can be followed", "Follow fewer")
            return False
        self.symbols = frozenset(follow.symbols)
        self.outbox.keep_ticks(self.symbols)
        known = self._house.follow(self)
        if known:
            self.outbox.put_ticks(known)
        return True

    def _refuse(self, text: str, remedy: str) -> None:
        self._last = Refused("protocol", text, remedy)
