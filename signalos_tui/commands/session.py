"""The composition root: the parts of an engine on the paper terminal, put together and taken apart in order.

The only place where real parts are named. `Session` runs them on whatever event loop it is given: real time for a console and a
service, simulated time for a headless demo and a replay.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from signalos_tui.clock import Clock, VirtualTimeLoop
from signalos_tui.collect.demo.source import DemoSource
from signalos_tui.collect.export import ExportSource, read_export
from signalos_tui.collect.source import MessageSource
from signalos_tui.commands.places import JOURNAL, PAPER
from signalos_tui.config import Config
from signalos_tui.engine import Engine
from signalos_tui.errors import SourceUnreadable
from signalos_tui.execute.feeds.feed import Feed
from signalos_tui.execute.feeds.files import PriceFiles
from signalos_tui.execute.feeds.synthetic import WATCHABLE_PACE, SyntheticMarket
from signalos_tui.execute.paper import PaperSettings, PaperStore, PaperTerminal
from signalos_tui.journal import Journal

T = TypeVar("T")


class Session:
    """An engine on the paper terminal with everything it needs. Close it when it has run."""

    def __init__(
        self,
        config: Config,
        clock: Clock,
        data: Path,
        *,
        feed: Feed,
        sources: list[MessageSource],
        threaded: bool,
        holder: str,
        salt: bytes | None = None,
        seed: int = 0,
    ) -> None:
        """Raises JournalUnusable."""
        self.config = config
        self.has_no_more_prices = False
        self.clock = clock
        self.journal = Journal.open(data / JOURNAL, threaded=threaded, holder=holder, salt=salt)
        try:
            self.terminal = PaperTerminal(feed, clock, _paper(config), PaperStore(data / PAPER), seed)
        except BaseException:
            self.journal.close()
            raise
        self.engine = Engine(config=config, clock=clock, journal=self.journal, terminal=self.terminal, sources=sources)

    async def run(self) -> None:
        """Run broker and engine until the engine is stopped. Raises OperatorNeeded when it cannot boot."""
        broker = asyncio.create_task(self.terminal.run(), name="paper broker")
        broker.add_done_callback(self._prices_ended)
        try:
            await self.engine.run()
        finally:
            broker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await broker

    def _prices_ended(self, broker: asyncio.Task[None]) -> None:
        self.has_no_more_prices = True
        if not broker.cancelled() and broker.exception() is not None:
            self.engine.stop(f"the paper broker failed: {broker.exception()}")

    def close(self) -> None:
        """Let go of the files."""
        self.terminal.close()
        self.journal.close()


def demo_session(config: Config, clock: Clock, data: Path, *, threaded: bool, holder: str) -> Session:
    """The demo channels on the synthetic market. A folder that has been used goes on from its last prices."""
    seed = config.demo.seed
    market = SyntheticMarket(seed, prices=_last_prices(data / PAPER), tick_hz=1.0, pace=_pace(config), weekend=False)
    is_new = not (data / JOURNAL).exists()
    return Session(
        config,
        clock,
        data,
        feed=market,
        sources=[DemoSource(seed, clock, market.price)],
        threaded=threaded,
        holder=holder,
        salt=blake2b(f"demo {seed}".encode(), digest_size=16).digest() if is_new else None,
        seed=seed,
    )


def live_session(config: Config, clock: Clock, data: Path, *, holder: str) -> Session:
    """The engine of a configuration. Raises SourceUnreadable, JournalUnusable."""
    if config.source.kind == "demo":
        return demo_session(config, clock, data, threaded=True, holder=holder)
    if not config.source.path:
        raise SourceUnreadable(
            "source.path is empty", 'Name the export\'s result.json under [source], or kind = "demo"'
        )
    export = read_export(Path(config.source.path).expanduser())
    feed: Feed = (
        PriceFiles(config.source.prices)
        if config.source.prices
        else SyntheticMarket(config.demo.seed, prices=_last_prices(data / PAPER), pace=_pace(config))
    )
    sources: list[MessageSource] = [ExportSource(export, clock)]
    return Session(config, clock, data, feed=feed, sources=sources, threaded=True, holder=holder)


def simulated(main: Callable[[], Coroutine[Any, Any, T]], speed: float | None = None) -> T:
    """Run a coroutine in simulated time. speed: simulated seconds a second, None for as fast as it can."""
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(speed)) as runner:
        return runner.run(main())


def _paper(config: Config) -> PaperSettings:
    paper = config.paper
    return PaperSettings(
        balance=float(paper.balance),
        currency=paper.currency,
        leverage=paper.leverage,
        suffix=paper.suffix,
        commission=float(paper.commission),
        slippage_points=paper.slippage_points,
        latency_ms=paper.latency_ms,
    )


def _pace(config: Config) -> float:
    return float(config.demo.pace) * WATCHABLE_PACE


def _last_prices(path: Path) -> dict[str, float]:
    if not path.exists():
        return {}
    store = PaperStore(path)
    try:
        return {symbol: (bid + ask) / 2 for symbol, _, bid, ask in store.quotes()}
    finally:
        store.close()
