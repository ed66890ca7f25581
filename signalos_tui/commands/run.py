"""`signalos run`: the engine of a configuration, with the console or without."""

from __future__ import annotations

import asyncio
from pathlib import Path

from signalos_tui.bus import FellBehind
from signalos_tui.clock import WallClock
from signalos_tui.commands.console import has_terminal, run_console
from signalos_tui.commands.places import configuration, data_folder
from signalos_tui.commands.session import Session, live_session
from signalos_tui.config import Config
from signalos_tui.errors import OperatorNeeded
from signalos_tui.logs import configure, logger, quiet
from signalos_tui.narrate import narrate


def run(*, config: Path | None, data: Path | None, headless: bool) -> int:
    """Run until it is told to stop: q in the console; SIGTERM, SIGINT or SIGHUP without one."""
    settings = configuration(config)
    folder = data_folder(data)
    if not headless:
        if not has_terminal():
            raise OperatorNeeded("there is no terminal to show the console on", "Without one: signalos run --headless")
        quiet()
        return run_console(settings, folder, lambda: live_session(settings, WallClock(), folder, holder="signalos run"))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    configure(settings.logging.level, folder / "logs", settings.logging.max_mb)
    asyncio.run(_serve(settings, folder))
    return 0


async def _serve(config: Config, folder: Path) -> None:
    session = live_session(config, WallClock(), folder, holder="signalos run --headless")
    telling = asyncio.create_task(_tell(session), name="log")
    async with session.at_work() as running:
        try:
            await running
        finally:
            await asyncio.sleep(0)  # the last lines
            telling.cancel()


async def _tell(session: Session) -> None:
    # The journal's events as log lines, in the words of the console's log pane.
    log = logger("signalos.engine")
    since = session.journal.head.seq
    while True:
        try:
            async for record in session.engine.events(since):
                line = narrate(record.event, session.engine.snapshot()) if record.seq else None
                if line is not None:
                    write = {"info": log.info, "warning": log.warning, "alarm": log.error}[line.severity]
                    write(line.text, seq=record.seq, at=record.at)
        except FellBehind:
            since = session.engine.snapshot().seq
            log.warning("log lines were left out, the journal has them", seq=since)
