"""The reader: a whole parse of a signal, and how fast chatter is put aside. Run: `python -m benchmarks.parse [--quick]`.

The floor is one scan of the same texts with one compiled alternation of the words and numbers a signal is made of: what any
reader by regular expression pays before it has understood anything.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median

from benchmarks.corpus import posts
from benchmarks.figure import Figure
from signalos_tui.decode import read
from signalos_tui.decode.pipeline import LONGEST
from signalos_tui.model.signals import ReadingKind

SCAN = re.compile(
    r"(?P<side>buy|sell|long|short)|(?P<entry>entry|enter|now|market|limit|stop)|(?P<sl>sl|stop\s?loss)|(?P<tp>tp\d?|target|take\s?profit)"
    r"|(?P<symbol>xau|gold|[a-z]{6}|[a-z]{2,5}usdt)|(?P<number>\d+(?:[.,]\d+)*)|(?P<unit>pips?|points?|%)",
    re.IGNORECASE,
)
LONG = "gold looks heavy today, we wait for the close and keep the risk small. "


def _each(work: Callable[[str], object], texts: Sequence[str], rounds: int) -> float:
    # The median over rounds of the mean microseconds a text takes.
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        for text in texts:
            work(text)
        times.append((time.perf_counter() - started) / len(texts) * 1e6)
    return median(times)


def _scanned(text: str) -> int:
    return sum(1 for _ in SCAN.finditer(text))


def measure(quick: bool = False) -> list[Figure]:
    """Microseconds a message, and the milliseconds of a very long one."""
    rounds = 5 if quick else 25
    signals, chatter = posts(ReadingKind.SIGNAL), posts(ReadingKind.NOISE)
    long = LONG * (100_000 // len(LONG))
    longest = (LONG + "\n") * (LONGEST // (len(LONG) + 1))
    return [
        Figure(
            "full parse of a signal", _each(read, signals, rounds), "us", "alternation scan",
            _each(_scanned, signals, rounds), "<= 40 us",
        ),
        Figure(
            "chatter put aside", _each(read, chatter, rounds), "us", "alternation scan",
            _each(_scanned, chatter, rounds), "<= 4 us",
        ),
        Figure(
            "the longest text that is read, 10 kB", _each(read, (longest,), rounds) / 1000, "ms", "alternation scan",
            _each(_scanned, (longest,), rounds) / 1000, "<= 5 ms",
        ),
        Figure(
            "100 kB of text, put aside unread", _each(read, (long,), rounds) / 1000, "ms", "alternation scan",
            _each(_scanned, (long,), rounds) / 1000, "<= 50 ms",
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    for figure in measure("--quick" in sys.argv):
        print(figure)
