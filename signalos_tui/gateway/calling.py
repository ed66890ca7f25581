"""The supervisor's end of the pipes: starts a worker, asks one thing at a time, and kills it when an answer is overdue.

After a missed answer the worker is dead, always: what it would say later belongs to a question nobody waits for any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from signalos_tui.clock import Clock
from signalos_tui.errors import Transient
from signalos_tui.gateway import pipe
from signalos_tui.gateway.pipe import Ask, Told
from signalos_tui.link.frames import LONGEST_FROM_GATEWAY, FrameBroken, framed, read_frame
from signalos_tui.logs import logger

SECRETS = ("SIGNALOS_GATEWAY_TOKEN", "SIGNALOS_MT5_PASSWORD")
"""Variables the worker does not inherit."""

LONGEST_LINE = 500
_log = logger("signalos.gateway.worker")


class WorkerGone(Transient):
    """The worker hung or died. Whatever it was doing may have been done. is_hung: it was killed for being late."""

    def __init__(self, text: str, *, is_hung: bool) -> None:
        super().__init__(text, "It is started again")
        self.is_hung = is_hung


class Turns:
    """One at a time; who is urgent goes before who is not, among equals the first one."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._count = 0

    @property
    def is_taken(self) -> bool:
        """Somebody has the turn."""
        return self._is_taken

    @contextlib.asynccontextmanager
    async def turn(self, *, is_urgent: bool = False) -> AsyncIterator[None]:
        """Wait for a turn and hold it."""
        if self._is_taken:
            self._count += 1
            mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (not is_urgent, self._count, mine))
            try:
                await mine
            except asyncio.CancelledError:
                if mine.done() and not mine.cancelled():
                    self._pass_on()
                raise
        self._is_taken = True
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        self._is_taken = False
        while self._waiting:
            _, _, next_one = heapq.heappop(self._waiting)
            if not next_one.done():
                self._is_taken = True
                next_one.set_result(None)
                return


class Worker:
    """One worker process."""

    def __init__(self, process: asyncio.subprocess.Process, clock: Clock) -> None:
        self._process = process
        self._clock = clock
        self._count = 0
        self._gone: WorkerGone | None = None
        self._listening = asyncio.create_task(self._hear(), name="worker's words")

    @classmethod
    async def start(cls, clock: Clock) -> Worker:
        """A new process. Raises OSError."""
        environ = {name: value for name, value in os.environ.items() if name.upper() not in SECRETS}
        apart: dict[str, Any] = {"start_new_session": True}  # Ctrl-C in the terminal is for the supervisor alone
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "signalos_tui.gateway.worker",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, **apart,
        )  # fmt: skip
        return cls(process, clock)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def ask(self, do: str, arguments: dict[str, Any], limit_s: float, until: int = 0) -> Told:
        """Ask and wait; hold the turn while you do. until: ms UTC after which it must not begin, where that is sooner.

        Raises WorkerGone, also for every question after the first it missed.
        """
        if self._gone is not None:
            raise self._gone
        self._count += 1
        given_up = self._clock.now() + round(limit_s * 1000)
        ask = Ask(self._count, do, arguments, min(given_up, until or given_up))
        try:
            async with asyncio.timeout(limit_s):
                told = await self._exchange(ask)
        except TimeoutError:
            raise await self._lose(
                f"{do} took longer than {limit_s:g} s, the worker was killed", is_hung=True
            ) from None
        except (FrameBroken, msgspec.DecodeError, OSError) as error:
            raise await self._lose(f"the worker broke off during {do}: {error}", is_hung=False) from None
        except asyncio.CancelledError:
            await self._lose(f"{do} was given up", is_hung=False)
            raise
        if told is None:
            raise await self._lose(f"the worker died during {do}", is_hung=False)
        return told

    async def _exchange(self, ask: Ask) -> Told | None:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(framed(pipe.encode(ask)))
        await stdin.drain()
        payload = await read_frame(stdout, LONGEST_FROM_GATEWAY)
        if payload is None:
            return None
        told: Told = pipe.decode_told(payload)
        if told.id != ask.id:
            raise FrameBroken(f"it answered question {told.id} instead of {ask.id}")
        return told

    async def _lose(self, text: str, *, is_hung: bool) -> WorkerGone:
        self._gone = WorkerGone(text, is_hung=is_hung)
        await self.kill()
        return self._gone

    async def kill(self) -> None:
        """End it at once, and wait until it is gone."""
        if self._gone is None:
            self._gone = WorkerGone("the worker was stopped", is_hung=False)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._listening.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def end(self, limit_s: float) -> None:
        """Let it shut the terminal link down, then end it. Never raises."""
        with contextlib.suppress(WorkerGone):
            await self.ask(pipe.CLOSE, {}, limit_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._process.wait()
        await self.kill()

    async def _hear(self) -> None:
        # What it prints: the module's own words, or how it broke.
        stderr = self._process.stderr
        assert stderr is not None
        while chunk := await stderr.read(64 * 1024):
            for line in chunk.decode("utf-8", "replace").splitlines()[-20:]:
                _log.warning("the worker printed", line=line[:LONGEST_LINE])
