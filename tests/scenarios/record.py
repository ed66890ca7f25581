"""Records a scenario from the real demo: the engine runs in simulated time and everything it publishes is written down.

python -m tests.scenarios.record [--name demo] [--seconds 105] [--seed 7]
python -m tests.scenarios.record --accounts --seconds 75          one file an account: fleet-main, fleet-prop, fleet-small
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.clock import LoopClock
from signalos_tui.commands.demo import BEGINS, opened, settings_of
from signalos_tui.commands.fleet import FleetSession
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


async def recorded_accounts(folder: Path, seconds: float) -> dict[str, list[Record]]:
    """The same for each account of a demo with three."""
    clock = LoopClock(asyncio.get_running_loop(), BEGINS)
    config = settings_of(configuration(None), 7, 3)
    config = replace(config, engine=replace(config.engine, pulse_s=1.0))
    session = opened(config, folder, clock, threaded=False, holder="recording")
    assert isinstance(session, FleetSession)
    records: dict[str, list[Record]] = {name: [] for name in session.control}

    async def listen(name: str) -> None:
        async for record in session.control[name].events(0):
            records[name].append(record)

    async with session.at_work() as running:
        listening = [asyncio.create_task(listen(name)) for name in records]
        await asyncio.sleep(seconds)
        for task in listening:
            task.cancel()
        session.stop("recorded")
        await running
    return records


def main() -> None:
    """Read the arguments, record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="demo")
    parser.add_argument("--seconds", type=float, default=105)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--accounts", action="store_true")
    options = parser.parse_args()
    quiet()
    if options.accounts:
        with tempfile.TemporaryDirectory() as name:
            fleet = simulated(lambda: recorded_accounts(Path(name), options.seconds))
        for account, heard in fleet.items():
            print(f"{len(heard)} records in {dump(f'fleet-{account}', heard)}")  # noqa: T201
        return
    with tempfile.TemporaryDirectory() as name:
        records = simulated(lambda: recorded(Path(name), options.seconds, options.seed))
    print(f"{len(records)} records in {dump(options.name, records)}")  # noqa: T201


if __name__ == "__main__":
    main()
