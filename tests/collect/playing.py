"""Sources under a simulated clock: what they publish, with the moment at which it came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import cast

from signalos_tui.clock import Clock, LoopClock, VirtualTimeLoop
from signalos_tui.collect.source import MessageSource
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Published

START = 1_795_000_000_000

Heard = list[tuple[int, Published]]


def played(
    make: Callable[[Clock], MessageSource],
    since: Mapping[ChannelId, int] | None = None,
    *,
    seconds: float = 1e9,
    start: int = START,
) -> Heard:
    """What a source publishes within `seconds` of simulated time."""

    async def listen() -> Heard:
        clock = LoopClock(asyncio.get_running_loop(), start)
        heard: Heard = []
        stream = cast("AsyncGenerator[Published, None]", make(clock).published(since or {}))
        async with aclosing(stream):
            async for item in stream:
                if clock.now() - start > seconds * 1000:
                    break
                heard.append((clock.now(), item))
        return heard

    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(listen())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
