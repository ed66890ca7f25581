"""`signalos run`: the engine of a configuration, or those of its accounts, with the console or without."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from signalos_tui.bus import FellBehind
from signalos_tui.clock import WallClock
from signalos_tui.commands.console import has_terminal, run_console
from signalos_tui.commands.fleet import FleetSession
from signalos_tui.commands.places import configuration, data_folder, require_layout
from signalos_tui.commands.session import Part, Session, live_session
from signalos_tui.config import Config
from signalos_tui.control import Control
from signalos_tui.errors import OperatorNeeded
from signalos_tui.logs import configure, logger, quiet
from signalos_tui.narrate import narrate

if TYPE_CHECKING:  # Telethon is loaded where Telegram is read, and nowhere else
    from signalos_tui.commands.beside import Beside
    from signalos_tui.commands.telegram import Following

HEADLESS = "signalos run --headless"


def run(*, config: Path | None, data: Path | None, headless: bool) -> int:
    """Run until it is told to stop: q in the console; SIGTERM, SIGINT or SIGHUP without one."""
    settings = configuration(config)
    folder = data_folder(data)
    require_layout(folder, settings)
    if not headless:
        if not has_terminal():
            raise OperatorNeeded("there is no terminal to show the console on", "Without one: signalos run --headless")
        quiet()
        with _read(settings, folder, "signalos run", has_console=True) as (following, beside):
            opened = partial(_opened, settings, folder, "signalos run", following, beside)
            return run_console(settings, folder, opened, following)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    configure(settings.logging.level, folder / "logs", settings.logging.max_mb)
    with _read(settings, folder, HEADLESS, has_console=False) as (following, beside):
        asyncio.run(_serve(settings, folder, following, beside))
    return 0


@contextlib.contextmanager
def _read(
    config: Config, folder: Path, holder: str, *, has_console: bool
) -> Iterator[tuple[Following | None, Beside | None]]:
    # Taken before anything is shown: a passphrase may have to be asked for, a port may be in use. In a console one can log in.
    with contextlib.ExitStack() as taken:
        following: Following | None = None
        beside: Beside | None = None
        if config.source.kind == "telegram":
            from signalos_tui.commands.telegram import Following

            following = Following(config, folder, WallClock(), holder, has_console=has_console)
            taken.enter_context(contextlib.closing(following))
        if config.watches_folder or config.takes_alerts:
            from signalos_tui.commands.beside import Beside

            beside = taken.enter_context(contextlib.closing(Beside(config, folder, WallClock(), holder)))
        yield following, beside


def _opened(
    config: Config, folder: Path, holder: str, following: Following | None = None, beside: Beside | None = None
) -> Session | FleetSession:
    # One account in the folder itself; several in folders of their own, each kept going beside the others.
    clock = WallClock()
    if not config.accounts:
        live = following.all() if following else None
        others = beside.sources("", folder) if beside else ()
        return live_session(config, clock, folder, holder=holder, live=live, beside=others)

    def build(name: str, own: Config, data: Path, part: Part) -> Session:
        live = following.routed(config, name) if following else None
        others = beside.sources(name, data) if beside else ()
        own_holder = f"{holder}, account {name}"
        return live_session(own, clock, data, holder=own_holder, part=part, live=live, beside=others)

    return FleetSession(config, clock, folder, build, holder=holder, threaded=True)


async def _serve(config: Config, folder: Path, following: Following | None, beside: Beside | None) -> None:
    session = _opened(config, folder, HEADLESS, following, beside)
    if isinstance(session, Session):
        telling = [_tell(session.control, session.journal.head.seq)]
    else:
        telling = [_tell(berth, 0, account=name) for name, berth in session.control.items()]
    tasks = [asyncio.create_task(one, name="log") for one in telling]
    if following is not None and not following.readers.channels():
        logger("signalos.telegram").warning("no channel is followed; choose some in the console, or: signalos channels")
    try:
        async with session.at_work() as running:
            try:
                await running
            finally:
                await asyncio.sleep(0)  # the last lines
                for task in tasks:
                    task.cancel()
    finally:
        if following is not None:
            await following.hang_up()


async def _tell(control: Control, since: int, **fields: str) -> None:
    # The journal's events as log lines, in the words of the console's log pane. fields: what every line says besides.
    log = logger("signalos.engine")
    while True:
        try:
            async for record in control.events(since):
                line = narrate(record.event, control.snapshot()) if record.seq else None
                if line is not None:
                    write = {"info": log.info, "warning": log.warning, "alarm": log.error}[line.severity]
                    write(line.text, seq=record.seq, at=record.at, **fields)
        except FellBehind:
            since = control.snapshot().seq
            log.warning("log lines were left out, the journal has them", seq=since, **fields)
