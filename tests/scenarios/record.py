"""Records a scenario from the real demo: the engine runs in simulated time and everything it publishes is written down.

python -m tests.scenarios.record [--name demo] [--seconds 105] [--seed 7]
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.clock import LoopClock
from signalos_tui.commands.demo import BEGINS
from signalos_tui.commands.places import configuration
from signalos_tui.commands.session import demo_session, simulated
from signalos_tui.logs import quiet
from signalos_tui.model.events import Record
from tests.scenarios import dump


async def recorded(folder: Path, seconds: float, seed: int) -> list[Record]:
    """What the demo publishes in its first seconds, prices and floating results included."""
    clock = LoopClock(asyncio.get_running_loop(), BEGINS)
    config = configuration(None)
    config = replace(config, demo=replace(config.demo, seed=seed), engine=replace(config.engine, pulse_s=1.0))
    session = demo_session(config, clock, folder, threaded=False, holder="recording")
    records: list[Record] = []

    async def listen() -> None:
        async for record in session.engine.events(0):
            records.append(record)  # noqa: PERF401 (the listening is cancelled; what was heard stays)

    listening = asyncio.create_task(listen())
    running = asyncio.create_task(session.run())
    await asyncio.sleep(seconds)
    await asyncio.sleep(0)
    listening.cancel()
    session.engine.stop("recorded")
    await running
    session.close()
    return records


def main() -> None:
    """Read the arguments, record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="demo")
    parser.add_argument("--seconds", type=float, default=105)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    quiet()
    with tempfile.TemporaryDirectory() as name:
        records = simulated(lambda: recorded(Path(name), options.seconds, options.seed))
    print(f"{len(records)} records in {dump(options.name, records)}")  # noqa: T201


if __name__ == "__main__":
    main()
