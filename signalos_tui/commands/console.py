"""A console over an engine, or several, in the same process: all run on one loop, each side may end first."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from signalos_tui.commands.endings import forsake
from signalos_tui.commands.fleet import FleetSession
from signalos_tui.commands.session import Session
from signalos_tui.config import Config

if TYPE_CHECKING:  # Telethon is loaded where Telegram is read, and nowhere else
    from signalos_tui.commands.telegram import Following

CLOSE_S = 5.0


def has_terminal() -> bool:
    """Whether there is a terminal to show a console on. Textual reads from stdin and draws on stderr."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def run_console(
    config: Config,
    data: Path,
    open_session: Callable[[], Session | FleetSession],
    following: Following | None = None,
    *,
    is_kept: bool = True,
) -> int:
    """Show the console until its owner quits. following: what is read on Telegram. Returns 1 when the console itself broke.

    is_kept: `data` outlives the run. Raises what keeps the engine from starting.
    """
    return asyncio.run(_run(config, data, open_session, following, is_kept=is_kept))


async def _run(
    config: Config,
    data: Path,
    open_session: Callable[[], Session | FleetSession],
    following: Following | None,
    *,
    is_kept: bool,
) -> int:
    from signalos_tui.ui.app import ConsoleApp

    session = open_session()
    async with session.at_work() as engine:
        directory = following.directory if following else None
        app = ConsoleApp(
            session.control, config, data_dir=data, clock=session.clock, directory=directory, is_kept=is_kept
        )
        console = asyncio.create_task(app.run_async(), name="console")
        try:
            await asyncio.wait([engine, console], return_when=asyncio.FIRST_COMPLETED)
            if not console.done():  # the engine could not start, or ended
                app.exit()
                await asyncio.wait([console], timeout=CLOSE_S)
        finally:
            console.cancel()
            session.stop("the terminal is gone" if app.has_lost_terminal else "the console was closed")
            try:
                await engine
            finally:
                await asyncio.wait([console], timeout=CLOSE_S)
                if following is not None:
                    await following.hang_up()
                if app.has_lost_terminal:
                    forsake()
        return app.return_code or 0
