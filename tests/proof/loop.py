"""An event loop without a machine below it: no sockets, no selector, no threads; time stands in a variable and jumps.

A simulated world makes hundreds of thousands of these, so it is as small as an event loop can be. It cannot wait for anything
outside itself, which is what makes a run a function of its seed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Standstill(Exception):
    """Nothing is left that could ever happen: the world waits for something that will not come."""


class _NoSelector:
    # What BaseEventLoop asks to wait for; instead of waiting, the time is now that of the next timer.

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> tuple[()]:
        if timeout is None:
            raise Standstill
        if timeout > 0:
            self._loop.jump()
        return ()


class SimulatedLoop(asyncio.BaseEventLoop):
    """Simulated seconds since it was made are its time."""

    _scheduled: list[Any]
    _ready: Any

    def __init__(self) -> None:
        super().__init__()
        self._selector = _NoSelector(self)
        self._now = 0.0
        self._clock_resolution = 1e-9

    def time(self) -> float:
        """Simulated seconds since the loop was made."""
        return self._now

    def jump(self) -> None:
        """To the next timer."""
        self._now = max(self._now, self._scheduled[0]._when)

    def _process_events(self, _: object) -> None:
        # There are none from outside.
        return

    def _write_to_self(self) -> None:
        # Nobody has to be woken: there is one thread.
        return


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run one world to its end."""
    loop = SimulatedLoop()
    loop.set_exception_handler(lambda _loop, _context: None)  # whoever was killed leaves its tasks as they are
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
