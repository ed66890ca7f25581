"""One connection to a gateway that comes back by itself: greeting, questions and answers, heartbeat.

A question that cannot be asked, or whose answer does not come, is answered here with MetaTrader's own words for that: there is
no connection (-10004), the connection broke (-10002), no answer in time (-10005). All three prove nothing about an order. An
answer is taken once, and only for a question that was asked; whoever answers what nobody asked is not listened to any longer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import NoReturn

import msgspec
from msgspec import Struct

from signalos_tui.clock import Clock
from signalos_tui.execute import constants as mt
from signalos_tui.execute.mt5.reaching import Lively, Streams, Unreachable
from signalos_tui.execute.mt5.reading import NOTHING
from signalos_tui.execute.mt5.words import BUSY, LASTING, asked_too_much, no_message, refusal, silent, wrong_version
from signalos_tui.execute.terminal import Intent
from signalos_tui.link.frames import LONGEST_FROM_CLIENT, LONGEST_FROM_GATEWAY, FrameBroken, framed, read_frame
from signalos_tui.link.messages import (
    VERSION,
    Call,
    Changed,
    Follow,
    Health,
    Hello,
    Message,
    Ping,
    Pong,
    Refused,
    Ticked,
    Welcome,
    packed,
)

News = Ticked | Changed | Health
PROMPT_MS = 1_000
"""A Pong within this tells the gateway's clock to half a second."""


class Answered(Message, frozen=True, tag="answer"):
    """`messages.Answer` with its result still packed: who asked reads it, a long one piece by piece."""

    id: int
    result: msgspec.Raw
    error: tuple[int, str] = (mt.RES_S_OK, "Success")

    @property
    def is_failed(self) -> bool:
        """There is no result; `error` says why."""
        return memoryview(self.result) == memoryview(NOTHING)


Heard = Welcome | Refused | Answered | Ticked | Changed | Health | Pong
_heard: msgspec.msgpack.Decoder[Heard] = msgspec.msgpack.Decoder(Heard)


class Times(Struct, frozen=True):
    """Seconds. silent_s: nothing at all was heard for so long, though we asked: the gateway hangs. whole_s: bytes came, and no
    message was whole for so long: what comes is no message.

    answer_s: the longest a question may take; send_s: an order. first_wait_s doubles with each failure up to longest_wait_s;
    lasting_wait_s: after a no that only its owner can change.
    """

    dial_s: float = 10.0
    answer_s: float = 15.0
    send_s: float = 60.0
    ping_s: float = 2.0
    silent_s: float = 8.0
    whole_s: float = 60.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    lasting_wait_s: float = 15.0


class Connection:
    """Keeps a connection as long as `run` runs.

    dial: makes one. greeting: what to say first. accept: looks at the welcome and raises Unreachable when it is not what was
    expected. opened, closed, heard: told what happens, on the loop. jitter: a number from 0 to 1, for the pauses.
    skew_ms: by how much the gateway's clock is ahead of ours.
    """

    def __init__(
        self,
        dial: Callable[[], Awaitable[Streams]],
        greeting: Callable[[], Hello],
        *,
        accept: Callable[[Welcome], None],
        closed: Callable[[Unreachable], None],
        heard: Callable[[News], None],
        clock: Clock,
        jitter: Callable[[], float],
        times: Times,
    ) -> None:
        self.skew_ms: int | None = None
        self._dial = dial
        self._greeting = greeting
        self._accept, self._closed, self._heard = accept, closed, heard
        self._clock, self._jitter, self._times = clock, jitter, times
        self._ids = count(1)
        self._asked = 0
        self._spoke_at = 0.0
        self._waiting: dict[int, asyncio.Future[Answered]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._lost = Unreachable("starting", "the gateway has not been reached yet")

    @property
    def is_open(self) -> bool:
        """The greeting is over and the connection stands."""
        return self._writer is not None

    # --- questions ------------------------------------------------------------------------------------------------

    async def ask(self, method: str, arguments: Mapping[str, object], intent: Intent | None = None) -> Answered:
        """The answer to a question; one of ours when there is none. Never raises."""
        writer = self._writer
        if writer is None:
            return _unanswered(mt.RES_E_INTERNAL_FAIL_CONNECT, f"No IPC connection: {self._lost.text}")
        self._asked = number = next(self._ids)
        about = (intent.id, intent.at, intent.until + (self.skew_ms or 0)) if intent else ("", 0, 0)
        payload = packed(Call(number, method, dict(arguments), *about))
        if len(payload) > LONGEST_FROM_CLIENT:
            return _unanswered(mt.RES_E_INVALID_PARAMS, f"the question was {len(payload)} bytes long")
        within = self._times.send_s if intent else self._times.answer_s
        answer: asyncio.Future[Answered] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            writer.write(framed(payload))
            async with asyncio.timeout(within):
                return await answer
        except TimeoutError:
            return _unanswered(mt.RES_E_INTERNAL_FAIL_TIMEOUT, f"the gateway did not answer within {within:g} s")
        finally:
            self._waiting.pop(number, None)

    def follow(self, symbols: tuple[str, ...]) -> None:
        """Ask for the ticks of these symbols and no others, if there is a connection."""
        if self._writer is not None:
            self._say(self._writer, Follow(symbols))

    # --- life -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, and connect again whenever it ends, until cancelled."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._live()
            except Unreachable as lost:
                self._lost = lost
            self._closed(self._lost)
            if asyncio.get_running_loop().time() - began > self._times.longest_wait_s:
                failures = 0
            failures += 1
            await asyncio.sleep(self._pause(failures))

    def _pause(self, failures: int) -> float:
        times = self._times
        if self._lost.code in LASTING:
            return times.lasting_wait_s * (1 + self._jitter())
        longest: float = min(times.first_wait_s * 2.0 ** min(failures - 1, 20), times.longest_wait_s)
        return longest * (0.5 + self._jitter() / 2)

    async def _live(self) -> NoReturn:
        # From the first byte to the last. Raises Unreachable.
        try:
            async with asyncio.timeout(self._times.dial_s):
                reader, writer = await self._dial()
        except TimeoutError:
            raise Unreachable("unreachable", f"no answer within {self._times.dial_s:g} s", BUSY) from None
        beating = None
        try:
            self._accept(await self._greeted(reader, writer))
            self._writer = writer
            self._spoke_at = asyncio.get_running_loop().time()
            beating = asyncio.create_task(self._beat(reader, writer), name="heartbeat")
            while True:
                self._take(await self._next(reader))
                self._spoke_at = asyncio.get_running_loop().time()
        except FrameBroken as broken:
            raise (_ended(broken.text) if reader.at_eof() else no_message(broken.text)) from None
        except OSError as error:
            if beating is not None and beating.done():
                raise silent(self._times.silent_s) from None
            raise _ended(type(error).__name__) from None
        finally:
            self._writer = None
            self._end(writer, beating)

    def _end(self, writer: asyncio.StreamWriter, beating: asyncio.Task[None] | None) -> None:
        if beating is not None:
            beating.cancel()
        writer.transport.abort()
        for answer in self._waiting.values():
            if not answer.done():
                text = "the connection to the gateway broke before the answer came"
                answer.set_result(_unanswered(mt.RES_E_INTERNAL_FAIL_RECEIVE, text))

    async def _greeted(self, reader: Lively, writer: asyncio.StreamWriter) -> Welcome:
        self._say(writer, self._greeting())
        try:
            async with asyncio.timeout(self._times.dial_s):
                said = await self._next(reader)
        except TimeoutError:
            raise silent(self._times.dial_s) from None
        if isinstance(said, Refused):
            raise refusal(said)
        if not isinstance(said, Welcome):
            raise no_message(f"its first word was {type(said).__name__}")
        if said.version != VERSION:
            raise wrong_version(said.version)
        return said

    async def _beat(self, reader: Lively, writer: asyncio.StreamWriter) -> None:
        # Whoever is asked and says nothing for too long is hung up on: the other end of a dead line never says goodbye.
        now = asyncio.get_running_loop().time
        asked = now()
        while reader.heard_at >= asked or now() - reader.heard_at <= self._times.silent_s:
            if now() - self._spoke_at > self._times.whole_s:
                break
            if reader.heard_at >= asked:
                asked = now()
            self._say(writer, Ping(self._clock.now()))
            await asyncio.sleep(self._times.ping_s)
        reader.set_exception(ConnectionAbortedError("silent"))

    async def _next(self, reader: Lively) -> Heard:
        payload = await read_frame(reader, LONGEST_FROM_GATEWAY)
        if payload is None:
            raise _ended("it closed the connection")
        try:
            return _heard.decode(payload)
        except (msgspec.DecodeError, RecursionError) as error:
            raise no_message(str(error)[:80]) from None

    def _take(self, said: Heard) -> None:
        match said:
            case Answered(id=number):
                if number > self._asked or number < 1:
                    raise asked_too_much(number)
                answer = self._waiting.get(number)
                if answer is not None and not answer.done():  # else it comes too late, or a second time
                    answer.set_result(said)
            case Ticked() | Changed() | Health():
                self._heard(said)
            case Pong(at=at, now=theirs):
                self._compare(at, theirs)
            case Refused():
                raise refusal(said)
            case _:
                raise no_message(f"{type(said).__name__} came a second time")

    def _compare(self, asked: int, theirs: int) -> None:
        # Their clock against the middle of the way there and back. A slow way is a bad ruler: it is used for want of another.
        now = self._clock.now()
        if self.skew_ms is None or 0 <= now - asked <= PROMPT_MS:
            self.skew_ms = theirs - (asked + now) // 2

    def _say(self, writer: asyncio.StreamWriter, message: Message) -> None:
        with contextlib.suppress(OSError):  # whoever reads learns of it
            writer.write(framed(packed(message)))


def _unanswered(code: int, text: str) -> Answered:
    return Answered(0, NOTHING, (code, text))


def _ended(why: str) -> Unreachable:
    return Unreachable("unreachable", f"the connection to the gateway ended ({why})", BUSY)
