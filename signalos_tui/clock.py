"""Time as a parameter: the wall clock, a frozen clock, and an event loop whose time is simulated.

The engine only ever asks a `Clock` for the time and `asyncio.sleep`s. Under `VirtualTimeLoop` the same engine runs a month in
seconds: whenever every task waits for a timer, time jumps to the next one instead of passing. That makes a demo, a replay and
a simulation deterministic without a line of code of their own.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from typing import Any, Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> int:
        """Milliseconds since the epoch, UTC."""
        ...


class WallClock:
    """The machine's clock."""

    def now(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return time.time_ns() // 1_000_000


class FrozenClock:
    """Stands still until told otherwise."""

    def __init__(self, at: int = 1_767_603_600_000) -> None:
        self.at = at

    def now(self) -> int:
        """The moment it was set to."""
        return self.at

    def advance(self, ms: int) -> None:
        """Move on by `ms` milliseconds."""
        self.at += ms


class LoopClock:
    """The time of an event loop, counted from `start` (ms UTC); with `VirtualTimeLoop`, simulated time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: int) -> None:
        self._loop = loop
        self._origin = loop.time()
        self._start = start

    def now(self) -> int:
        """Milliseconds since the epoch, UTC."""
        return self._start + round((self._loop.time() - self._origin) * 1000)


class _JumpingSelector(selectors.DefaultSelector):
    # Hands waiting time to the loop's clock instead of to the kernel.

    loop: VirtualTimeLoop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(timeout / self.loop.speed if self.loop.speed else 0)
        if not ready:
            self.loop.jump(timeout)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer when nothing else is left to do.

    speed: simulated seconds per real second; None or 0 for as fast as it can. Work in threads is not waited for: whatever
    runs on this loop has to finish on this loop.
    """

    def __init__(self, speed: float | None = None) -> None:
        self.speed = speed
        self._virtual = 0.0
        selector = _JumpingSelector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Simulated seconds since the loop was made."""
        return self._virtual

    def jump(self, seconds: float) -> None:
        """Move the clock on."""
        self._virtual += seconds
