"""How long an answer has been out, counted fairly: only while we ourselves get our turn.

On a busy machine this process waits as its worker does, and a timer that fires late would call a worker hung whose answer is
already there. So time is counted in small steps, and a step that came late counts as one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

STEP_S = 0.25
LATE = 2.0
"""A step that took more than so many times its length counts as one: we were not there either."""


class Patience:
    """`with Patience(limit_s, say)`: calls `say` once when the block has taken longer than that. is_over: it was called."""

    def __init__(self, limit_s: float, say: Callable[[], None]) -> None:
        self.is_over = False
        self._left_s = limit_s
        self._say = say
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._arm()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _arm(self) -> None:
        self._began = self._loop.time()
        self._step_s = min(STEP_S, self._left_s)
        self._timer = self._loop.call_later(self._step_s, self._passed)

    def _passed(self) -> None:
        took = self._loop.time() - self._began
        self._left_s -= took if took <= LATE * self._step_s else self._step_s
        if self._left_s > 0:
            self._arm()
            return
        self._timer, self.is_over = None, True
        self._say()
