"""`signalos replay`: a channel's whole history through your own rules, on the paper terminal, before a cent is at risk."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.clock import LoopClock
from signalos_tui.collect.export import Export, due, read_export
from signalos_tui.commands.places import JOURNAL, configuration_of, kept_or_passing
from signalos_tui.commands.session import Session, replay_session, simulated
from signalos_tui.commands.summary import details, summary
from signalos_tui.config import Config
from signalos_tui.errors import SourceUnreadable
from signalos_tui.execute.feeds.files import PriceFiles
from signalos_tui.harmless import one_line
from signalos_tui.logs import quiet
from signalos_tui.model.events import MessageReceived

POLL_S = 60.0
"""The terminal announces every change by itself; in simulated months nothing else is worth looking for more often."""
BEFORE_MS = 900_000
"""The terminal starts a quarter of an hour before the first post, so that it has prices."""
MOST_AFTER_S = 30 * 86_400
"""How long trades may run on after the last post."""


def replay(
    export: Path,
    prices: list[str],
    *,
    zone: str,
    spread: float | None,
    data: Path | None,
    config: Path | None,
    account: str = "",
) -> int:
    """Play an export. account: by the rules and the paper account of one of several, whatever channels go to it.

    Raises SourceUnreadable, ConfigInvalid, JournalUnusable.
    """
    settings = _unhurried(configuration_of(config, account))
    quiet()
    read = read_export(export.expanduser())
    if not read.messages:
        raise SourceUnreadable(f"{export} holds no messages", "Export a chat that has some")
    feed = PriceFiles(prices, zone=zone, spread=spread)
    first = min(due(message) for message in read.messages)
    start = max(first - BEFORE_MS, 0)
    title = f"replay of {export.name}: {len(read.messages)} posts, prices of {', '.join(feed.symbols)}"
    with kept_or_passing(data, "replay") as folder:
        if (folder / JOURNAL).exists():
            raise SourceUnreadable(f"{folder} holds a journal already", "A replay begins anew: name an empty folder")
        if simulated(lambda: _play(settings, folder, read, feed, start, title)) == "SIGINT":
            raise KeyboardInterrupt
    return 0


async def _play(config: Config, folder: Path, read: Export, feed: PriceFiles, start: int, title: str) -> str:
    # Returns the name of the signal that ended it early, "" when it came to its end.
    clock = LoopClock(asyncio.get_running_loop(), start)
    session = replay_session(config, clock, folder, feed, read)
    async with session.at_work() as running:
        showing = asyncio.create_task(_show_progress(session, len(read.messages)))
        ended = asyncio.create_task(session.engine.finished())
        try:
            await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                await _until_settled(session, running)
            session.engine.stop("the export is played")
            await running
        finally:
            ended.cancel()
            showing.cancel()
            await asyncio.wait([showing])
        for line in (*summary(session, title), *details(session)):
            print(one_line(line))
    return session.ended_by


async def _until_settled(session: Session, running: asyncio.Task[None]) -> None:
    # Trades run on until they end or the prices do.
    waited = 0.0
    while waited < MOST_AFTER_S and session.engine.snapshot().live_trades:
        if running.done() or session.has_no_more_prices:
            break
        await asyncio.wait([running], timeout=POLL_S)
        waited += POLL_S
    await asyncio.wait([running], timeout=POLL_S * 2)


async def _show_progress(session: Session, total: int) -> None:
    # A bar on stderr, where somebody looks.
    if not sys.stderr.isatty():
        return
    done, shown = 0, -1
    try:
        async for record in session.engine.events(0):
            done += isinstance(record.event, MessageReceived)
            percent = done * 100 // total
            if percent != shown:
                shown = percent
                bar = "#" * (percent * 40 // 100)
                print(f"\r[{bar:<40}] {done} of {total} posts", end="", file=sys.stderr, flush=True)
    finally:
        print(file=sys.stderr)


def _unhurried(config: Config) -> Config:
    engine = replace(config.engine, poll_s=POLL_S, pulse_s=POLL_S, reconcile_s=3600.0)
    return replace(config, engine=engine)
