"""An event loop without a machine below it: no sockets, no selector, no threads; time stands in a variable and jumps.

A simulated world makes hundreds of thousands of these, so it is as small as an event loop can be: of asyncio's own it keeps what
tasks and futures ask of a loop, and leaves out debugging, polling and what other threads would need. It cannot wait for anything
outside itself, which is what makes a run a function of its seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from heapq import heappop, heappush
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

RESOLUTION = 1e-9


class Standstill(Exception):
    """Nothing is left that could ever happen: the world waits for something that will not come."""


class _Call:
    # What is to be called, as `asyncio.Handle` is. at: simulated seconds.

    __slots__ = ("_args", "_at", "_callback", "_context", "is_off")

    def __init__(self, at: float, callback: Callable[..., object], args: Any, context: Context | None) -> None:
        self._at = at
        self._callback: Callable[..., object] | None = callback
        self._args = args
        self._context = context if context is not None else copy_context()
        self.is_off = False

    def __lt__(self, other: _Call) -> bool:
        return self._at < other._at

    def cancel(self) -> None:
        self.is_off = True
        self._callback = self._args = None  # so that nothing is kept by it

    def cancelled(self) -> bool:
        return self.is_off

    def when(self) -> float:
        return self._at

    def now(self, loop: SimulatedLoop) -> None:
        assert self._callback is not None
        try:
            self._context.run(self._callback, *self._args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 (a loop's edge: one callback's error ends no other)
            loop.call_exception_handler({"message": "an error in a callback", "exception": error})


class SimulatedLoop(asyncio.BaseEventLoop):
    """Simulated seconds since it was made are its time."""

    _scheduled: list[Any]
    _ready: Any
    _stopping: bool
    _task_factory: Any

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0

    def time(self) -> float:
        """Simulated seconds since the loop was made."""
        return self._now

    def call_soon(self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None) -> Any:
        """Call it in this moment, after what is to be called already."""
        call = _Call(0.0, callback, args, context)
        self._ready.append(call)
        return call

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> Any:
        """Call it after so many seconds."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> Any:
        """Call it then."""
        call = _Call(when, callback, args, context)
        heappush(self._scheduled, call)
        return call

    def create_task(self, coro: Any, *, name: object = None, context: Context | None = None) -> asyncio.Task[Any]:
        """A task; one without a name gets none, as nobody looks at it."""
        make: Callable[..., asyncio.Task[Any]] = self._task_factory or _task
        return make(self, coro, name=name or "a task", context=context)

    def _run_once(self) -> None:
        ready, scheduled = self._ready, self._scheduled
        while scheduled and scheduled[0].is_off:
            heappop(scheduled)
        if not ready and not self._stopping:
            if not scheduled:
                raise Standstill
            self._now = max(self._now, scheduled[0].when())
        due = self._now + RESOLUTION
        while scheduled and scheduled[0].when() < due:
            ready.append(heappop(scheduled))
        for _ in range(len(ready)):
            call = ready.popleft()
            if not call.is_off:
                call.now(self)

    def _write_to_self(self) -> None:
        # Nobody has to be woken: there is one thread.
        return


def _task(loop: SimulatedLoop, work: Any, **more: Any) -> asyncio.Task[Any]:
    return asyncio.Task(work, loop=loop, **more)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one world to its end."""
    loop = SimulatedLoop()
    loop.set_exception_handler(lambda _loop, _context: None)  # whoever was killed leaves its tasks as they are
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
