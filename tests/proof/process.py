"""The engine's process in a simulated world: it can be killed at any point, and a dead one does nothing any more.

Whatever an engine does to the world goes through its disk and its terminal, and both ask here first. So abandoning the engine
object is a SIGKILL: what it still computes reaches nobody. (`tests.proof.kills` does the same to real processes.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any
from weakref import ref


class Gone(BaseException):
    """This process was killed. Not an Exception: nothing in the product catches it."""


_LIVES: ContextVar[Process | None] = ContextVar("lives", default=None)


class Process:
    """One life. dies_at: the point at which it is killed, 0 for never, or its name. points: passed so far.

    on_death: what the machine does at that moment (a transaction that was open is lost).
    """

    def __init__(self, dies_at: int | str, on_death: Callable[[], None]) -> None:
        self.points = 0
        self.is_dead = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._dies_at = dies_at
        self._on_death = on_death
        # What has ended goes at once: a list that kept it would be a circle for the collector to find.
        self._tasks: list[ref[asyncio.Task[Any]]] = []

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Begin a task of this process; the tasks it makes are the process's too."""
        token = _LIVES.set(self)
        try:
            return asyncio.get_running_loop().create_task(work)
        finally:
            _LIVES.reset(token)

    def point(self, name: str = "") -> None:
        """Pass one point. Raises Gone when the process is dead, or dies of it."""
        if self.is_dead:
            raise Gone
        self.points += 1
        if self.points == self._dies_at or (name and name == self._dies_at):
            self.kill()
            raise Gone

    def breathe(self) -> None:
        """Raises Gone when the process is dead."""
        if self.is_dead:
            raise Gone

    def spare(self) -> None:
        """Let it live."""
        self._dies_at = 0

    def kill(self) -> None:
        """SIGKILL."""
        if not self.is_dead:
            self.is_dead = True
            self._on_death()
            if not self.ended.done():
                self.ended.set_result(None)

    async def bury(self) -> None:
        """Let go of what the dead process was doing."""
        for _ in range(8):
            left = [task for one in self._tasks if (task := one()) is not None and not task.done()]
            if not left:
                return
            for task in left:
                task.cancel()
            await asyncio.sleep(0)
        self._tasks.clear()


def adopt(loop: asyncio.AbstractEventLoop) -> None:
    """Let every task that is made on `loop` belong to the process that makes it."""

    def make(loop: asyncio.AbstractEventLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **more)
        process = _LIVES.get()
        if process is not None:
            process._tasks.append(ref(task))
        return task

    loop.set_task_factory(make)
