"""`signalos replay`: a channel's whole history through your own rules, on the paper terminal, before a cent is at risk."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.clock import LoopClock
from signalos_tui.collect.export import Export, ExportSource, due, read_export
from signalos_tui.commands.places import configuration
from signalos_tui.commands.session import Session, simulated
from signalos_tui.commands.summary import details, summary
from signalos_tui.config import Config
from signalos_tui.errors import SourceUnreadable
from signalos_tui.execute.feeds.files import PriceFiles
from signalos_tui.logs import quiet
from signalos_tui.model.events import Record

POLL_S = 60.0
"""The terminal announces every change by itself; in simulated months nothing else is worth looking for more often."""
BEFORE_MS = 60_000
"""The terminal starts a minute before the first post, so that it has prices."""
MOST_AFTER_S = 30 * 86_400
"""How long trades may run on after the last post."""


def replay(
    export: Path, prices: list[str], *, zone: str, spread: float | None, data: Path | None, config: Path | None
) -> int:
    """Play an export. Raises SourceUnreadable, ConfigInvalid, JournalUnusable."""
    settings = _unhurried(configuration(config))
    quiet()
    read = read_export(export.expanduser())
    if not read.messages:
        raise SourceUnreadable(f"{export} holds no messages", "Export a chat that has some")
    feed = PriceFiles(prices, zone=zone, spread=spread)
    first = min(due(message) for message in read.messages)
    start = max(first - BEFORE_MS, 0)
    with _folder(data) as folder:
        session = simulated(lambda: _play(settings, folder, read, feed, start))
        try:
            title = f"replay of {export.name}: {len(read.messages)} posts, prices of {', '.join(feed.symbols)}"
            for line in (*summary(session, title), *details(session)):
                print(line)
        finally:
            session.close()
    return 0


async def _play(config: Config, folder: Path, read: Export, feed: PriceFiles, start: int) -> Session:
    clock = LoopClock(asyncio.get_running_loop(), start)
    session = Session(
        config,
        clock,
        folder,
        feed=feed,
        sources=[ExportSource(read, clock)],
        threaded=False,
        holder="signalos replay",
        salt=b"signalos replay.",
    )
    if session.journal.head.seq:
        session.close()
        raise SourceUnreadable(f"{folder} holds a journal already", "A replay begins anew: name an empty folder")
    progress = _progress(len(read.messages))
    listening = asyncio.create_task(_listen(session, progress))
    running = asyncio.create_task(session.run())
    ended = asyncio.create_task(session.engine.finished())
    try:
        await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await _until_settled(session, running)
        session.engine.stop("the export is played")
        await running
    except BaseException:
        session.close()
        raise
    finally:
        ended.cancel()
        listening.cancel()
        progress(None)
    return session


async def _until_settled(session: Session, running: asyncio.Task[None]) -> None:
    # Trades run on until they end or the prices do.
    waited = 0.0
    while session.engine.snapshot().live_trades and not session.has_no_more_prices and waited < MOST_AFTER_S:
        await asyncio.wait([running], timeout=POLL_S)
        waited += POLL_S
    await asyncio.wait([running], timeout=POLL_S * 2)


async def _listen(session: Session, progress: Callable[[Record | None], None]) -> None:
    async for record in session.engine.events(0):
        progress(record)


def _progress(total: int) -> Callable[[Record | None], None]:
    # A bar on stderr, where somebody looks.
    done = 0
    shown = -1

    def tell(record: Record | None) -> None:
        nonlocal done, shown
        if not sys.stderr.isatty():
            return
        if record is None:
            print(file=sys.stderr)
            return
        done += type(record.event).__name__ == "MessageReceived"
        percent = done * 100 // total
        if percent != shown:
            shown = percent
            bar = "#" * (percent * 40 // 100)
            print(f"\r[{bar:<40}] {done} of {total} posts", end="", file=sys.stderr, flush=True)

    return tell


def _unhurried(config: Config) -> Config:
    engine = replace(config.engine, poll_s=POLL_S, pulse_s=POLL_S, reconcile_s=3600.0, quote_age_s=120.0)
    return replace(config, engine=engine)


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data.expanduser()
        return
    with tempfile.TemporaryDirectory(prefix="signalos-replay-", ignore_cleanup_errors=True) as name:
        yield Path(name)
