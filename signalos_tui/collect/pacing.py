"""Waiting for a moment of a `Clock`, so that what was published at a time comes at that time, on any clock."""

from __future__ import annotations

import asyncio

from signalos_tui.clock import Clock


async def until(clock: Clock, at: int) -> None:
    """Return when `clock` shows `at` (ms UTC) or later; at once when it already does."""
    while True:
        wait = at - clock.now()
        if wait <= 0:
            return
        await asyncio.sleep(wait / 1000)  # again after it: clocks round, and wall clocks are set
