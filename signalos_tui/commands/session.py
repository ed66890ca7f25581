"""The composition root: the parts of an engine and its terminal, put together and taken apart in order.

The only place where real parts are named. `Session` runs them on whatever event loop it is given: real time for a console and a
service, simulated time for a headless demo and a replay. However a run is ended, the engine says its last word into the journal.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from random import SystemRandom
from typing import Any, NamedTuple, TypeVar

from signalos_tui.clock import Clock, VirtualTimeLoop
from signalos_tui.collect.demo.source import DemoSource
from signalos_tui.collect.export import Export, ExportSource, read_export
from signalos_tui.collect.source import MessageSource
from signalos_tui.commands.endings import heard
from signalos_tui.commands.places import JOURNAL, PAPER
from signalos_tui.commands.terminals import Living, gateway_terminal, paper_terminal
from signalos_tui.config import Config
from signalos_tui.engine import Engine, Reader
from signalos_tui.engine.kept_stop import KeptStop
from signalos_tui.errors import ConfigInvalid, JournalFailed, SourceUnreadable
from signalos_tui.execute.feeds.feed import Feed
from signalos_tui.execute.feeds.files import PriceFiles
from signalos_tui.execute.mt5 import Mt5Terminal
from signalos_tui.execute.paper.invented import invented_market
from signalos_tui.journal import Journal

T = TypeVar("T")


class Session:
    """An engine on its terminal with everything it needs: `async with session.at_work()` runs it and closes it.

    ended_by: the name of the signal that ended it, "" for none.
    """

    def __init__(
        self,
        config: Config,
        clock: Clock,
        data: Path,
        *,
        journal: Journal,
        feed: Feed | None = None,
        terminal: Mt5Terminal | None = None,
        sources: list[MessageSource],
        seed: int = 0,
        second: Reader | None = None,
    ) -> None:
        """journal: the open journal of the folder `data`. feed: the paper terminal's prices. terminal: instead of that one.

        Raises SourceUnreadable, ConfigInvalid: the paper account.
        """
        self.config = config
        self.clock = clock
        self.journal = journal
        self.has_no_more_prices = False
        self.ended_by = ""
        self.terminal: Living
        if terminal is not None:
            self.terminal = terminal
        else:
            assert feed is not None, "the paper terminal needs prices"
            self.terminal = paper_terminal(config, clock, data, feed, seed)
        self.engine = Engine(
            config=config,
            clock=clock,
            journal=journal,
            terminal=self.terminal,
            link=terminal,
            sources=sources,
            second=second,
            kept_stop=KeptStop(data),
        )

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[asyncio.Task[None]]:
        """The engine as a task, told to stop by a signal. It has ended in order and its files are closed afterwards.

        The task raises OperatorNeeded: it could not boot, the paper broker failed, the end could not be written.
        """
        running = asyncio.create_task(self.run(), name="engine")
        try:
            with heard(self._told_to_end):
                try:
                    yield running
                finally:
                    if not running.done():
                        running.cancel()
                        await asyncio.wait([running])
        finally:
            self.close()

    def _told_to_end(self, name: str) -> None:
        self.ended_by = name
        self.engine.stop(name)

    @property
    def control(self) -> Engine:
        """What a front end sees."""
        return self.engine

    def stop(self, reason: str) -> None:
        """Let the engine end in order."""
        self.engine.stop(reason)

    async def run(self) -> None:
        """Run terminal and engine until the engine is stopped. Raises OperatorNeeded."""
        broker = asyncio.create_task(self.terminal.run(), name="terminal")
        broker.add_done_callback(self._prices_ended)
        try:
            await self.engine.run()
        finally:
            broker.cancel()
            await asyncio.wait([broker])
        if not broker.cancelled() and (failure := broker.exception()) is not None:
            raise failure
        desk = self.engine.snapshot()
        if desk.is_running:
            raise JournalFailed(
                f"the end of this run is not in the journal: {desk.trading_reason}",
                "Make room or mend the disk; the next start compares every trade with the broker",
            )

    def _prices_ended(self, broker: asyncio.Task[None]) -> None:
        self.has_no_more_prices = True
        if not broker.cancelled() and (failure := broker.exception()) is not None:
            self.engine.stop(f"the terminal failed: {failure}")

    def close(self) -> None:
        """Let go of the files."""
        try:
            self.terminal.close()
        finally:
            self.journal.close()


class Live(NamedTuple):
    """What reads live, cut to an account already."""

    sources: Sequence[MessageSource]


class Part(NamedTuple):
    """What a session is given as one account of several.

    journal: of its folder, open. routed: cuts a source to its channels. export: of the source, read once for all of them.
    """

    journal: Journal
    routed: Callable[[MessageSource], MessageSource]
    export: Export | None = None


@contextlib.contextmanager
def _taken(
    data: Path, *, holder: str, threaded: bool = True, salt: bytes | None = None, part: Part | None = None
) -> Iterator[Journal]:
    # The journal and with it the folder: nothing else is touched before it is ours. Given back when the rest fails.
    journal = part.journal if part else Journal.open(data / JOURNAL, threaded=threaded, holder=holder, salt=salt)
    try:
        yield journal
    except BaseException:
        journal.close()
        raise


def demo_salt(config: Config, data: Path) -> bytes | None:
    """The salt of a new demo journal, so that the same seed makes the same magics; None for one that has its own."""
    is_new = not (data / JOURNAL).exists()
    return blake2b(f"demo {config.demo.seed}".encode(), digest_size=16).digest() if is_new else None


def demo_session(
    config: Config,
    clock: Clock,
    data: Path,
    *,
    threaded: bool,
    holder: str,
    second: Reader | None = None,
    part: Part | None = None,
    beside: Sequence[MessageSource] = (),
) -> Session:
    """The demo channels on the synthetic market. A folder that has been used goes on from its last prices.

    Raises JournalUnusable.
    """
    seed = config.demo.seed
    with _taken(data, holder=holder, threaded=threaded, salt=demo_salt(config, data), part=part) as journal:
        market = invented_market(seed, data / PAPER, config.demo.pace)
        sources = [*_routed([DemoSource(seed, clock, market.price)], part), *beside]
        return Session(config, clock, data, journal=journal, feed=market, sources=sources, seed=seed, second=second)


def live_session(
    config: Config,
    clock: Clock,
    data: Path,
    *,
    holder: str,
    part: Part | None = None,
    live: Live | None = None,
    beside: Sequence[MessageSource] = (),
) -> Session:
    """The engine of a configuration. part: as one account of several. live: for source.kind = "telegram".

    beside: what else is read, cut to the account already; all there is for source.kind = "folder" and "webhook". Raises
    SourceUnreadable, JournalUnusable.
    """
    if config.terminal.kind == "mt5":
        return gateway_session(config, clock, data, holder=holder, part=part, live=live, beside=beside)
    if config.source.kind == "demo":
        second = _second(config)
        return demo_session(config, clock, data, threaded=True, holder=holder, second=second, part=part, beside=beside)
    export = _export(config, part) if config.source.kind == "export" else None
    files = PriceFiles(config.source.prices) if config.source.prices else None
    with _taken(data, holder=holder, part=part) as journal:
        feed = files or invented_market(config.demo.seed, data / PAPER, config.demo.pace)
        sources = _read(live, export, clock, part, beside)
        return Session(config, clock, data, journal=journal, feed=feed, sources=sources, second=_second(config))


def gateway_session(
    config: Config,
    clock: Clock,
    data: Path,
    *,
    holder: str,
    part: Part | None = None,
    live: Live | None = None,
    beside: Sequence[MessageSource] = (),
) -> Session:
    """The engine of a configuration on a MetaTrader 5 beside a gateway, which need not be there yet.

    Invented channels never trade real money. Raises SourceUnreadable, JournalUnusable, ConfigInvalid.
    """
    if config.source.kind == "demo" and not config.terminal.demo_only:
        raise ConfigInvalid(
            'source.kind was "demo" and terminal.demo_only false: the demo channels would trade real money',
            "Name a source of your own under [source], or set demo_only = true",
        )
    export = _export(config, part) if config.source.kind == "export" else None
    with _taken(data, holder=holder, part=part) as journal:
        terminal = gateway_terminal(config, clock, journal)
        if config.source.kind == "demo":
            sources = [*_routed([DemoSource(config.demo.seed, clock, terminal.price)], part), *beside]
        else:
            sources = _read(live, export, clock, part, beside)
        return Session(config, clock, data, journal=journal, terminal=terminal, sources=sources, second=_second(config))


def _read(
    live: Live | None, export: Export | None, clock: Clock, part: Part | None, beside: Sequence[MessageSource]
) -> list[MessageSource]:
    if live is not None:
        return [*live.sources, *beside]
    if export is not None:
        return [*_routed([ExportSource(export, clock)], part), *beside]
    if not beside:
        raise SourceUnreadable("nothing reads the followed channels here", "Use `signalos run`")
    return list(beside)


def _export(config: Config, part: Part | None) -> Export:
    return part.export if part and part.export else export_of(config)


def export_of(config: Config) -> Export:
    """The export that the configuration names. Raises SourceUnreadable."""
    if not config.source.path:
        raise SourceUnreadable(
            "source.path is empty", 'Name the export\'s result.json under [source], or kind = "demo"'
        )
    return read_export(Path(config.source.path).expanduser())


def replay_session(config: Config, clock: Clock, data: Path, feed: Feed, export: Export) -> Session:
    """An export on the prices of its time. Raises JournalUnusable."""
    with _taken(data, holder="signalos replay", threaded=False, salt=b"signalos replay.") as journal:
        return Session(config, clock, data, journal=journal, feed=feed, sources=[ExportSource(export, clock)])


def simulated(main: Callable[[], Coroutine[Any, Any, T]], speed: float | None = None) -> T:
    """Run a coroutine in simulated time. speed: simulated seconds a second, None for as fast as it can."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(speed)) as runner:
        return runner.run(main())


def _routed(sources: list[MessageSource], part: Part | None) -> list[MessageSource]:
    return [part.routed(source) for source in sources] if part else sources


def _second(config: Config) -> Reader | None:
    # Only where time is real: simulated time does not wait for a server, and what was asked once is in the journal.
    if not config.second_reader.enabled:
        return None
    from signalos_tui.second import ModelReader

    return ModelReader(config.second_reader, jitter=SystemRandom().random)
