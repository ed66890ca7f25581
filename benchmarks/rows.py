"""A table that never stands still: 200 rows x 8 cells, all changed ten times a second, in a terminal of 80x24.

Beside it the stock table of Textual doing the same in the same minute, and the whole desk with every price moving.
Run: `python -m benchmarks.rows [--quick]`.
"""

from __future__ import annotations

import sys

from benchmarks.figure import Figure
from benchmarks.screens import MARKER
from benchmarks.terminal import Load, Program

SIZE = (80, 24)
DESK_SIZE = (120, 40)


def measure(quick: bool = False) -> list[Figure]:
    """CPU and bytes of our table and of the living desk, against the stock table."""
    seconds = 3.0 if quick else 10.0
    stock = _load("table", MARKER, SIZE, seconds)
    own = _load("grid", MARKER, SIZE, seconds)
    living = _load("living", "STOP", DESK_SIZE, seconds)
    return [
        Figure(
            "200 rows x 8 cells at 10 Hz, CPU", own.cpu, "% core", "stock DataTable", stock.cpu, "<= 15 % of a core"
        ),
        Figure(
            "200 rows x 8 cells at 10 Hz, output",
            own.rate / 1e3,
            "kB/s",
            "stock DataTable",
            stock.rate / 1e3,
            "<= 30 kB/s",
        ),
        Figure(
            "desk, every price moving at 10 Hz, CPU",
            living.cpu,
            "% core",
            "stock DataTable",
            stock.cpu,
            "<= 15 % of a core",
        ),
        Figure(
            "desk, every price moving, output",
            living.rate / 1e3,
            "kB/s",
            "stock DataTable",
            stock.rate / 1e3,
            "<= 30 kB/s",
        ),
    ]


def _load(name: str, marker: str, size: tuple[int, int], seconds: float) -> Load:
    with Program(("benchmarks.screens", name), size) as program:
        program.first_frame(marker)
        program.watch(1.0)  # the start is another figure
        return program.watch(seconds)


if __name__ == "__main__":
    for figure in measure("--quick" in sys.argv):
        print(figure)
