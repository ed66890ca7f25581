"""`signalos demo`: the console on the paper terminal with living demo channels, or the same without a screen."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.clock import LoopClock, WallClock
from signalos_tui.commands.console import has_terminal, run_console
from signalos_tui.commands.places import JOURNAL, configuration, kept_or_passing
from signalos_tui.commands.session import Session, demo_session, simulated
from signalos_tui.commands.summary import summary
from signalos_tui.config import Config
from signalos_tui.errors import JournalUnusable
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
    with kept_or_passing(data, "demo") as folder:
        if headless or not has_terminal():
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

    async def run() -> str:
        clock = LoopClock(asyncio.get_running_loop(), start)
        session = demo_session(config, clock, folder, threaded=False, holder="signalos demo --headless")
        async with session.at_work() as running:
            await asyncio.wait([running], timeout=minutes * 60)
            session.engine.stop(f"the {minutes:g} minutes are over")
            await running
            length = f"ended by {session.ended_by}" if session.ended_by else f"{minutes:g} minutes"
            for line in summary(session, f"demo, {length}, seed {config.demo.seed}"):
                print(line)
        return session.ended_by

    if simulated(run, speed) == "SIGINT":
        raise KeyboardInterrupt


def _ended_at(path: Path) -> int | None:
    try:
        last = queries.tail(path, 1)
    except JournalUnusable:  # none yet; one that is damaged says so when it is opened for writing
        return None
    return last[-1].at if last else None
