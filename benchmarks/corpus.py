"""Posts to measure the reader on: what the demo channels publish in half an hour, sorted into signals and chatter."""

from __future__ import annotations

import asyncio
from functools import cache

from signalos_tui.clock import LoopClock, VirtualTimeLoop
from signalos_tui.collect.demo.source import DemoSource
from signalos_tui.decode import read
from signalos_tui.execute.feeds.synthetic import WATCHABLE_PACE, SyntheticMarket
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import ReadingKind

START = 1_767_603_600_000
MINUTES = 30


@cache
def posts(kind: ReadingKind) -> tuple[str, ...]:
    """The texts that are read as this kind."""
    return tuple(text for text in _published() if read(text).kind is kind)


@cache
def _published() -> tuple[str, ...]:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return tuple(runner.run(_listen()))


async def _listen() -> list[str]:
    clock = LoopClock(asyncio.get_running_loop(), START)
    market = SyntheticMarket(7, pace=WATCHABLE_PACE, weekend=False)
    texts: list[str] = []
    source = DemoSource(7, clock, market.price).published({})
    async for item in source:
        if isinstance(item, Message):
            texts.append(item.text)
        if clock.now() - START > MINUTES * 60_000:
            break
    await source.aclose()  # type: ignore[attr-defined]
    return texts
