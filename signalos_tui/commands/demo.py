"""`signalos demo`: the console on the paper terminal with living demo channels, or the same without a screen."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.clock import LoopClock, WallClock
from signalos_tui.commands.console import run_console
from signalos_tui.commands.places import JOURNAL, configuration
from signalos_tui.commands.session import Session, demo_session, simulated
from signalos_tui.commands.summary import summary
from signalos_tui.config import Config
from signalos_tui.journal import queries
from signalos_tui.logs import quiet

BEGINS = round(datetime(2026, 1, 5, 8, tzinfo=UTC).timestamp() * 1000)
"""Simulated demos begin on a Monday morning."""


def demo(
    *, config: Path | None, data: Path | None, headless: bool, minutes: float, seed: int | None, speed: float | None
) -> int:
    """Run the demo. minutes, seed and speed are for a headless one; without a terminal it is headless."""
    settings = configuration(config)
    if seed is not None:
        settings = replace(settings, demo=replace(settings.demo, seed=seed))
    quiet()
    with _folder(data) as folder:
        if headless or not (sys.stdin.isatty() and sys.stdout.isatty()):
            _simulate(settings, folder, minutes, speed)
            return 0
        code = run_console(settings, folder, lambda: _living(settings, folder))
        if data is not None:
            print(f"The journal is kept in {folder}: signalos demo --data {folder} goes on from it.")
        return code


def _living(config: Config, folder: Path) -> Session:
    return demo_session(config, WallClock(), folder, threaded=True, holder="signalos demo")


def _simulate(config: Config, folder: Path, minutes: float, speed: float | None) -> None:
    config = replace(config, engine=replace(config.engine, pulse_s=1.0))
    ended = _ended_at(folder / JOURNAL)
    start = max(BEGINS, ended + 1000 if ended else 0)

    async def run() -> Session:
        clock = LoopClock(asyncio.get_running_loop(), start)
        session = demo_session(config, clock, folder, threaded=False, holder="signalos demo --headless")
        running = asyncio.create_task(session.run())
        try:
            await asyncio.wait([running], timeout=minutes * 60)
            session.engine.stop(f"the {minutes:g} minutes are over")
            await running
        except BaseException:
            session.close()
            raise
        return session

    session = simulated(run, speed)
    try:
        for line in summary(session, f"demo, {minutes:g} minutes, seed {config.demo.seed}"):
            print(line)
    finally:
        session.close()


def _ended_at(path: Path) -> int | None:
    if not path.is_file() or not path.stat().st_size:
        return None
    last = queries.tail(path, 1)
    return last[-1].at if last else None


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data.expanduser()
        return
    with tempfile.TemporaryDirectory(prefix="signalos-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)
