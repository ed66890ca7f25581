"""The journal: durable events a second under fifty writers, and the time of one durable record.

The floors are measured in the same run on the same disk: the standard library's `sqlite3` in plain groups of fifty, without
hashes, projections or anybody waiting; and an append of 4 KiB with `fdatasync`. Run: `python -m benchmarks.journal [--quick]`.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure
from signalos_tui.journal import Journal
from signalos_tui.model.events import Event, MessageRead, MessageReceived, NoticeRaised, Severity
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict

WRITERS = 50
AT = 1_767_603_600_000
TEXT = "XAUUSD BUY 2345-2340\nSL 2335\nTP 2350 2360 2370\nuse your own risk management"
NOISE = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 0.99, language="en")


def channel(number: int, turn: int) -> list[Event]:
    """What a channel brings each turn: a post, what it was read as, a notice about it."""
    post = Message(ChannelId(f"tg:-100{number}"), turn + 1, AT, TEXT)
    text = f"post {turn} of channel {number} was noise"
    return [
        MessageReceived(post, post.content),
        MessageRead(post.key, 0, NOISE),
        NoticeRaised(Severity.INFO, "read", text),
    ]


def notices(number: int, turn: int) -> list[Event]:
    """Records that no projection remembers."""
    return [NoticeRaised(Severity.INFO, "note", f"notice {turn} part {part} of writer {number}") for part in range(3)]


async def _fifty(folder: Path, turns: int, make: Callable[[int, int], list[Event]]) -> float:
    # Fifty tasks, each waiting for one durable event before it writes the next.
    work = [[event for turn in range(turns) for event in make(writer, turn)] for writer in range(WRITERS)]
    journal = Journal.open(folder / "fifty.db", holder="benchmark")

    async def write(events: list[Event]) -> None:
        for event in events:
            await journal.append((event,), AT)

    started = time.perf_counter()
    await asyncio.gather(*map(write, work))
    seconds = time.perf_counter() - started
    assert journal.head.seq == sum(map(len, work))
    journal.close()
    return journal.head.seq / seconds


async def _single(folder: Path, count: int) -> float:
    # One task, one record at a time: the median microseconds until it is durable.
    journal = Journal.open(folder / "single.db", holder="benchmark")
    times: list[float] = []
    for number in range(count):
        event = notices(0, number)[0]
        started = time.perf_counter()
        await journal.append((event,), AT)
        times.append(time.perf_counter() - started)
    journal.close()
    return median(times) * 1e6


def _plain(folder: Path, groups: int) -> float:
    # The floor of the rate: bare rows of the same size in transactions of fifty.
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, at INTEGER, kind TEXT, body BLOB)")
    body = b"x" * 160
    started = time.perf_counter()
    for group in range(groups):
        rows = [(group * WRITERS + number, AT, "message-received", body) for number in range(WRITERS)]
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.close()
    return groups * WRITERS / seconds


def _sync(folder: Path, count: int) -> float:
    # The floor of the time: the disk alone, median microseconds of an append with fdatasync.
    sync = getattr(os, "fdatasync", os.fsync)
    block = b"x" * 4096
    times: list[float] = []
    with (folder / "raw").open("wb", buffering=0) as file:
        for _ in range(count):
            started = time.perf_counter()
            file.write(block)
            sync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times) * 1e6


def _in_folder(folder: Path | None, work: Callable[[Path], float]) -> float:
    with tempfile.TemporaryDirectory(dir=folder, prefix="signalos-benchmark-") as own:
        return work(Path(own))


def measure(quick: bool = False, folder: Path | None = None) -> list[Figure]:
    """Medians of some runs, floors and figures taking turns. folder: on the disk to measure, default the temporary one (where
    that is memory, nothing is synced and the figures mean nothing).
    """
    turns, singles, runs = (40, 200, 2) if quick else (150, 1_000, 5)
    groups = turns * 3
    mixed, bare, plain, single, sync = [], [], [], [], []
    for _ in range(runs):
        plain.append(_in_folder(folder, lambda where: _plain(where, groups)))
        mixed.append(_in_folder(folder, lambda where: asyncio.run(_fifty(where, turns, channel))))
        bare.append(_in_folder(folder, lambda where: asyncio.run(_fifty(where, turns, notices))))
        sync.append(_in_folder(folder, lambda where: _sync(where, singles)))
        single.append(_in_folder(folder, lambda where: asyncio.run(_single(where, singles))))
    floor = "stdlib sqlite3, bare rows in groups of 50"
    return [
        Figure(
            "journal, 50 writers, posts and readings",
            median(mixed),
            "events/s",
            floor,
            median(plain),
            ">= 30,000 events/s",
        ),
        Figure(
            "journal, 50 writers, no projections", median(bare), "events/s", floor, median(plain), ">= 30,000 events/s"
        ),
        Figure(
            "journal, one durable record, median",
            median(single),
            "us",
            "append + fdatasync",
            median(sync),
            "<= 2.5 x the floor",
        ),
    ]


if __name__ == "__main__":
    for figure in measure(quick="--quick" in sys.argv):
        print(figure)
