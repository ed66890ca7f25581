"""The console's first frame: how long until the desk is painted, and how much memory it holds then.

The floor is a bare Textual app with four stock tables, started alternately in the same minute, so both pay for a slow machine.
Run: `python -m benchmarks.console [--quick]`.
"""

from __future__ import annotations

import sys
from statistics import median

from benchmarks.figure import Figure
from benchmarks.screens import MARKER
from benchmarks.terminal import Program, Start

SIZE = (120, 40)


def measure(quick: bool = False) -> list[Figure]:
    """Medians of several starts, ours and the floor's in turn."""
    turns = 3 if quick else 9
    starts = [(_start("desk", "STOP"), _start("bare", MARKER)) for _ in range(turns)]
    ours, floors = [pair[0] for pair in starts], [pair[1] for pair in starts]
    return [
        Figure(
            "console first frame", median(s.ms for s in ours), "ms",
            "bare Textual, 4 tables", median(s.ms for s in floors), "<= 1200 ms",
        ),
        Figure(
            "console memory at the first frame", median(s.mb for s in ours), "MB",
            "bare Textual, 4 tables", median(s.mb for s in floors), "<= 80 MB",
        ),
    ]  # fmt: skip


def _start(name: str, marker: str) -> Start:
    with Program(("benchmarks.screens", name), SIZE) as program:
        return program.first_frame(marker)


if __name__ == "__main__":
    for figure in measure("--quick" in sys.argv):
        print(figure)
