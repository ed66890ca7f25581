"""A gateway in a process of its own, to be killed: `python -m tests.gateway.runner FOLDER`; KILL_AT names a moment it dies at.

Moments: "before insert", "after insert", "before record", "after record". What is killed is this process, as by kill -9.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from signalos_tui.clock import WallClock
from signalos_tui.gateway.intents import IntentStore
from signalos_tui.gateway.serving import serve
from tests.gateway.kit import settings


def _die_at(moment: str) -> None:
    when, _, name = moment.partition(" ")
    inner: Any = getattr(IntentStore, name)

    def dying(*arguments: Any, **named: Any) -> None:
        if when == "after":
            inner(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(IntentStore, name, dying)


def _say_where(address: str) -> None:
    sys.stdout.write(address + "\n")
    sys.stdout.flush()


async def _main(folder: Path) -> None:
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(until.set))
    await serve(settings(folder), WallClock(), until, _say_where)


if __name__ == "__main__":
    if moment := os.environ.get("KILL_AT", ""):
        _die_at(moment)
    asyncio.run(_main(Path(sys.argv[1])))
