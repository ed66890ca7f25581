"""All benchmarks as one table, on the screen and in benchmarks/RESULTS.md. Run: `make bench`, or with `--quick` for a look.

No figure is written by hand: the file holds what this run measured, with the floor of the same run beside it.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import calibration
from benchmarks.figure import Figure

MODULES = ("parse", "journal", "intent", "telegram", "wire", "recovery", "console", "rows")
RESULTS = Path(__file__).with_name("RESULTS.md")


def table(figures: list[Figure]) -> Iterator[str]:
    """The lines of the table."""
    yield "| what | figure | goal | floor | ratio |"
    yield "|---|--:|---|---|--:|"
    for figure in figures:
        floor = f"{figure.floor_name}: {figure.floor:,.1f} {figure.unit}"
        yield f"| {figure.name} | {figure.value:,.1f} {figure.unit} | {figure.goal} | {floor} | {figure.ratio:.2f} |"


def main() -> None:
    """Measure everything and write the table."""
    quick = "--quick" in sys.argv
    figures: list[Figure] = []
    for name in MODULES:
        for figure in importlib.import_module(f"benchmarks.{name}").measure(quick=quick):
            print(figure, flush=True)
            figures.append(figure)
    if quick:
        return
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    head = ["# Benchmarks", "", f"Measured {when} on {machine} by `make bench`.", ""]
    RESULTS.write_text("\n".join([*head, *table(figures), *calibration.own(), ""]), encoding="utf-8")
    print(f"written to {RESULTS.relative_to(Path.cwd())}" if RESULTS.is_relative_to(Path.cwd()) else RESULTS)


if __name__ == "__main__":
    main()
