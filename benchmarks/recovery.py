"""Start-up with a long past: 1,000,000 events and 50 open legs until the engine is armed. Run: `python -m benchmarks.recovery`.

The floor is opening the same file with `sqlite3` and counting its rows: what any start pays that looks at the file at all.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from pathlib import Path

from benchmarks.figure import Figure
from signalos_tui.clock import LoopClock, VirtualTimeLoop, WallClock
from signalos_tui.commands.places import JOURNAL
from signalos_tui.commands.session import Session
from signalos_tui.config import Config, Manage, Risk, Rules
from signalos_tui.execute.feeds.synthetic import SyntheticMarket
from signalos_tui.journal import Journal
from signalos_tui.model.events import EngineArmed, NoticeRaised, Severity
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Message, Published

ALL = Decimal(100)
OPEN = 50
CHANNEL = Channel(ChannelId("bench:1"), "Benchmark")
START = 1_767_603_600_000


class _Calls:
    # Fifty calls with a far stop and target, so that all of them stay open.
    name = "benchmark"

    def __init__(self, clock: LoopClock | WallClock, market: SyntheticMarket, count: int) -> None:
        self._clock, self._market, self._count = clock, market, count

    def channels(self) -> tuple[Channel, ...]:
        return (CHANNEL,)

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        for number in range(since.get(CHANNEL.id, 0) + 1, self._count + 1):
            await asyncio.sleep(2)
            bid, _ = self._market.price("EURUSD") or (1.1, 1.1)
            text = f"EURUSD SELL NOW\nSL {bid * 1.04 + number / 1e5:.5f}\nTP {bid * 0.96:.5f}"
            yield Message(CHANNEL.id, number, self._clock.now(), text)


def _config() -> Config:
    rules = Rules(
        max_open_trades=0, max_open_per_symbol=0, duplicate_window_min=0, max_open_risk=ALL, max_daily_loss=ALL
    )
    return Config(risk=Risk(mode="lots", value=Decimal("0.01")), rules=rules, manage=Manage())


async def _fill(folder: Path) -> None:
    clock = LoopClock(asyncio.get_running_loop(), START)
    market = SyntheticMarket(1, weekend=False)
    source = _Calls(clock, market, OPEN)
    journal = Journal.open(folder / JOURNAL, threaded=False, holder="benchmark")
    session = Session(_config(), clock, folder, journal=journal, feed=market, sources=[source])
    running = asyncio.create_task(session.run())
    await session.engine.finished()
    await asyncio.sleep(5)
    session.engine.stop("filled")
    await running
    session.close()


def _lengthen(folder: Path, events: int) -> None:
    journal = Journal.open(folder / JOURNAL, threaded=False, holder="benchmark")
    try:
        left = events - journal.head.seq
        while left > 0:
            size = min(left, 10_000)
            journal.append_now([NoticeRaised(Severity.INFO, "past", f"line {n}") for n in range(size)], START + 1)
            left -= size
    finally:
        journal.close()


async def _start(folder: Path) -> tuple[float, int]:
    # Seconds from opening the journal to being armed, and how many legs were open then.
    clock = WallClock()
    market = SyntheticMarket(1, weekend=False)
    started = time.perf_counter()
    source = _Calls(clock, market, 0)
    journal = Journal.open(folder / JOURNAL, holder="benchmark")
    session = Session(_config(), clock, folder, journal=journal, feed=market, sources=[source])
    running = asyncio.create_task(session.run())
    seconds = 0.0
    async for record in session.engine.events(session.journal.head.seq):
        if isinstance(record.event, EngineArmed):
            seconds = time.perf_counter() - started
            break
    legs = sum(len(trade.open_legs) for trade in session.engine.snapshot().trades.values())
    session.engine.stop("measured")
    await running
    session.close()
    return seconds, legs


def _count(path: Path) -> float:
    started = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()
    return time.perf_counter() - started


def measure(quick: bool = False) -> list[Figure]:
    """Milliseconds to recover: with no snapshot of the long past, so that all of it is folded, and with the one that leaves."""
    events = 50_000 if quick else 1_000_000
    with tempfile.TemporaryDirectory(dir=os.environ.get("SIGNALOS_BENCH_DIR", ".")) as name:
        folder = Path(name)
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(_fill(folder))
        _lengthen(folder, events)
        folded, _ = asyncio.run(_start(folder))
        seconds, legs = asyncio.run(_start(folder))
        floor = _count(folder / JOURNAL)
    assert legs == OPEN, f"{legs} legs were open"
    return [
        Figure(
            f"recovery, {events:,} events, {legs} open legs", seconds * 1e3, "ms", "count(*)", floor * 1e3, "<= 2000 ms"
        ),
        Figure(f"recovery, {events:,} events, none snapshotted", folded * 1e3, "ms", "count(*)", floor * 1e3, "-"),
    ]


if __name__ == "__main__":
    for figure in measure("--quick" in sys.argv):
        print(figure)
