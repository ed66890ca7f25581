"""From a message received to its order intents on disk, through the whole engine. Run: `python -m benchmarks.intent [--quick]`.

The floor is an append of 4 KiB with `fdatasync` on the same disk in the same run. Between the two lie two commits (the message,
then reading, decision and intents), the reader, the rules and some ten questions to the paper terminal. Each trade is closed as
soon as it is open, so that the desk is that of a quiet day and not one of a hundred positions.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles

from benchmarks.figure import Figure
from signalos_tui.clock import WallClock
from signalos_tui.commands.places import JOURNAL
from signalos_tui.commands.session import Session
from signalos_tui.config import Config, Risk, Rules
from signalos_tui.execute.feeds.synthetic import SyntheticMarket
from signalos_tui.journal import Journal
from signalos_tui.model.commands import CloseTrade
from signalos_tui.model.events import IntentRecorded, LegOpened
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.messages import Channel, Message, Published

ALL = Decimal(100)
CHANNEL = Channel(ChannelId("bench:1"), "Benchmark")


class _Posts:
    # A source that posts one call at a time and takes the time until its intents are on disk.
    name = "benchmark"

    def __init__(self, market: SyntheticMarket, clock: WallClock, count: int) -> None:
        self._market, self._clock, self._count = market, clock, count
        self.times: list[float] = []
        self._started = 0.0

    def channels(self) -> tuple[Channel, ...]:
        return (CHANNEL,)

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        for number in range(1, self._count + 1):
            await asyncio.sleep(0.05)
            bid, _ = self._market.price("EURUSD") or (1.1, 1.1)
            text = f"EURUSD SELL NOW\nSL {bid * 1.01 + number / 1e5:.5f}\nTP {bid * 0.99:.5f}"
            message = Message(CHANNEL.id, number, self._clock.now(), text)
            self._started = time.perf_counter()
            yield message

    def intended(self) -> None:
        self.times.append((time.perf_counter() - self._started) * 1e6)


async def _run(folder: Path, count: int) -> list[float]:
    clock = WallClock()
    market = SyntheticMarket(1, weekend=False)
    source = _Posts(market, clock, count)
    rules = Rules(
        max_open_trades=0, max_open_per_symbol=0, duplicate_window_min=0, max_open_risk=ALL, max_daily_loss=ALL
    )
    config = Config(risk=Risk(mode="lots", value=Decimal("0.01")), rules=rules)
    journal = Journal.open(folder / JOURNAL, holder="benchmark")
    session = Session(config, clock, folder, journal=journal, feed=market, sources=[source])
    running = asyncio.create_task(session.run())
    listening = asyncio.create_task(_listen(session, source))
    await session.engine.finished()
    session.engine.stop("measured")
    await running
    listening.cancel()
    session.close()
    return source.times


async def _listen(session: Session, source: _Posts) -> None:
    async for record in session.engine.events(0):
        event = record.event
        if isinstance(event, IntentRecorded):
            source.intended()
        elif isinstance(event, LegOpened):
            signal = SignalId(event.leg.rpartition(".")[0])
            await session.engine.submit(CloseTrade(key=event.leg, issued_at=record.at, signal=signal))


def _sync(folder: Path, count: int) -> float:
    times = []
    with (folder / "floor").open("wb", buffering=0) as file:
        for _ in range(count):
            started = time.perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - started) * 1e6)
    return median(times)


def measure(quick: bool = False) -> list[Figure]:
    """Median and 99th percentile in microseconds."""
    count = 60 if quick else 150
    with tempfile.TemporaryDirectory(dir=os.environ.get("SIGNALOS_BENCH_DIR", ".")) as name:
        floor = _sync(Path(name), count)
        times = asyncio.run(_run(Path(name) / "data", count))
        floor = (floor + _sync(Path(name), count)) / 2
    return [
        Figure("message to durable intent, p50", median(times), "us", "one fdatasync", floor, "<= 2.5x + 300 us"),
        Figure("message to durable intent, p99", quantiles(times, n=100)[98], "us", "one fdatasync", floor, "-"),
    ]


if __name__ == "__main__":
    for figure in measure("--quick" in sys.argv):
        print(figure)
