"""A simulated world: the product's own engine, journal and paper terminal, one story, and no machine.

Everything that is waited for is waited for in simulated time on one event loop, so a world is a function of its story. A crash
abandons the engine object; the next one starts on what was on disk. The world ends when nothing is left to settle, or when it
should have been.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Protocol
from unittest.mock import patch

import msgspec
from msgspec import Struct

from signalos_tui.clock import LoopClock
from signalos_tui.config import Config
from signalos_tui.decode import read
from signalos_tui.engine import Engine, joining, reading
from signalos_tui.errors import SignalOSError
from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper import PaperSettings, PaperTerminal
from signalos_tui.execute.paper.book import Books, Keeper
from signalos_tui.journal import Journal
from signalos_tui.logs import quiet
from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Record
from signalos_tui.model.orders import LegState
from signalos_tui.state import durable
from tests.proof import disk as disks
from tests.proof import loop as loops
from tests.proof.broker import Broker, Wire
from tests.proof.disk import Disk
from tests.proof.process import Process, adopt
from tests.proof.story import BEGINS, ROOM, Crash, Story
from tests.proof.telegram import Telegram
from tests.proof.watch import Moment, at_request

UNSETTLED = frozenset({LegState.INTENT, LegState.SENDING, LegState.SENT, LegState.UNKNOWN})
LOOKS_EVERY_S = 6.0
BOOTS_AGAIN_S = 5.0
QUOTES_EVERY_S = 7.0
SETTLED_WITHIN_S = 1_600
"""After the last post: the longest a story has. Beyond it a leg counts as unsettled."""


class MachineClock:
    """The machine's clock: simulated time, and what somebody set it by."""

    def __init__(self, true: LoopClock, jumps: tuple[tuple[int, int], ...]) -> None:
        self._true = true
        self._jumps = jumps

    def now(self) -> int:
        """Milliseconds since the epoch, as the machine believes."""
        now = self._true.now()
        for at, by in self._jumps:
            if now >= at:
                now += by
        return now


class End(Struct, frozen=True):
    """What a world left. state: of the last engine. digest: the same for the same story, on any machine.

    lives, points: processes started and points passed. seconds: how long it lasted. broken: why the last engine could not start.
    seen: what was wrong while it lived. requests: made of the broker.
    """

    story: Story
    records: tuple[Record, ...]
    books: Books
    state: DeskState
    digest: str
    lives: int
    points: int
    seconds: float
    is_settled: bool
    restored: bool
    broken: str = ""
    seen: tuple[str, ...] = ()
    requests: int = 0


@contextmanager
def ready(*, in_memory: bool = True) -> Iterator[None]:
    """While this holds, worlds can be lived: journals in memory, and what is pure and slow only once."""
    quiet()
    cached: Any = lru_cache(maxsize=100_000)(read)
    merged: Any = lru_cache(maxsize=1_000)(Config.trading)

    def known(text: str, *more: Any) -> Any:
        try:
            return cached(text, *more)
        except TypeError:
            return read(text, *more)

    by_config: dict[int, Any] = {}

    def trading(self: Config, *key: str, **more: str) -> Any:
        name = (id(self), key, tuple(more.items()))
        found = by_config.get(hash(name))
        if found is None:
            found = by_config[hash(name)] = merged.__wrapped__(self, *key, **more)
        return found

    with (
        disks.in_memory() if in_memory else nullcontext(),
        patch.object(reading, "read", known),
        patch.object(joining, "read", known),
        patch.object(Config, "trading", trading),
        patch.object(
            sys, "unraisablehook", lambda _: None
        ),  # what a killed process leaves behind complains when it is freed
    ):
        yield


def lived(story: Story) -> End:
    """Live a story to its end. Call it while `ready` holds."""
    return loops.run(World(story, Disk(story.failures)).run())


class Storage(Protocol):
    """Where a journal lies: in memory, or in a folder."""

    def open(self, process: Process) -> Journal: ...
    def lose(self) -> None: ...
    def copy(self) -> None: ...
    def restore(self) -> bool: ...
    def leg_state(self, magic: object) -> str: ...


class World:
    """One story on one disk. keeper: who keeps the broker's books. starts: ms UTC."""

    def __init__(self, story: Story, disk: Storage, keeper: Keeper | None = None, starts: int = BEGINS) -> None:
        self.story = story
        self.disk = disk
        self.keeper = keeper
        self.starts = starts
        self.lives = self.points = 0
        self.restored, self.boots_from = False, 0
        self.broken = ""
        self.seen: list[str] = []
        self.engine: Engine | None = None
        self.process: Process | None = None

    async def run(self) -> End:
        """Live all lives of the story."""
        loop = asyncio.get_running_loop()
        adopt(loop)
        self.true = LoopClock(loop, self.starts)
        self.clock = MachineClock(self.true, self.story.jumps)
        feed = Feed(self.story.symbols)
        paper = PaperTerminal(feed, self.true, paper_of(self.story), self.keeper, seed=self.story.seed)
        self.paper = paper
        self.broker = Broker(paper, self.story.fates, self.story.windows, self.true)
        self.broker.watch = self._request
        market = loop.create_task(self._market(paper))
        owner = loop.create_task(self._owner())
        copier = loop.create_task(self._copy())
        await asyncio.sleep(0)
        for crash in self.story.crashes:
            await self._life(crash)
            if self.process is not None and not self.process.is_dead:
                break
        else:
            await self._life(None)
        settled = await self._settled()
        market.cancel()
        owner.cancel()
        copier.cancel()
        return await self._end(settled)

    # --- lives ----------------------------------------------------------------------------------------------------

    async def _life(self, crash: Crash | None) -> None:
        # One process: until it is killed, or until everything is settled.
        while True:
            self.lives += 1
            process = self.process = self._process(crash.at_point if crash else 0)
            running = process.start(self._engine(process))
            deadline = self.true.now() + SETTLED_WITHIN_S * 1000
            while not process.is_dead and not running.done() and self.true.now() < deadline:
                if self._is_calm():
                    break
                await asyncio.wait([running, process.ended], timeout=LOOKS_EVERY_S, return_when="FIRST_COMPLETED")
            self.points += process.points
            if process.is_dead:
                assert crash is not None
                self.engine = None
                await process.bury()
                await asyncio.sleep(crash.pause / 1000)
                if crash.restores and self.disk.restore():
                    self.restored, self.boots_from = True, self.true.now()
                return
            if not running.done():
                process.spare()
                return
            self.broken = str(running.exception() or "it ended by itself")
            await asyncio.sleep(BOOTS_AGAIN_S)  # it could not start: whoever looks after it starts it again
            if self.true.now() > self.story.busy_until + SETTLED_WITHIN_S * 1000:
                return

    def _process(self, dies_at: int | str) -> Process:
        return Process(dies_at, self.disk.lose)

    async def _engine(self, process: Process) -> None:
        journal = self.disk.open(process)
        engine = Engine(
            config=self.story.config,
            clock=self.clock,
            journal=journal,
            terminal=Wire(self.broker, process),
            sources=[Telegram((ROOM,), self.story.entries, self.true, repeats=self.lives % 2 == 1)],
        )
        self.engine = engine
        self.journal = journal
        try:
            await engine.run()
        except SignalOSError:  # it could not start: a session gives the journal back, so that the next one can
            journal.close()
            raise

    def _is_calm(self) -> bool:
        # Nothing is published any more, nothing is under way, nothing waits for an answer.
        engine = self.engine
        if engine is None or self.true.now() < self.story.busy_until + 3_000 or self.broker.under_way:
            return False
        state = engine.snapshot()
        is_quarantined = engine._desk.journal.mismatch and state.trading is TradingState.HALTED
        if not state.is_running or not (state.is_armed or is_quarantined) or engine._desk.is_halted_unwritten:
            return False
        if self.broker.window() is not None:
            return False
        return not any(
            leg.state in UNSETTLED or (leg.is_live and leg.actions)
            for trade in state.trades.values()
            for leg in trade.legs
        )

    async def _settled(self) -> bool:
        # The engine has the time to look at the books once more, and finds nothing new in them.
        engine, settings = self.engine, self.story.config.engine
        if engine is None or self.process is None or self.process.is_dead:
            return False
        deadline = self.true.now() + SETTLED_WITHIN_S * 1000
        while self.true.now() < deadline:
            before = engine.snapshot().seq
            await asyncio.sleep(settings.reconcile_s + settings.poll_s + 1)
            if self._is_calm() and engine.snapshot().seq == before:
                return True
        return False

    def _request(self, request: Mapping[str, object]) -> None:
        if self.engine is not None:
            written = self.disk.leg_state(request.get("magic"))
            moment = Moment(written, self.engine.snapshot(), self.true.now(), self.boots_from)
            self.seen += at_request(self.story, request, moment)

    # --- the rest of the world ------------------------------------------------------------------------------------

    async def _market(self, paper: PaperTerminal) -> None:
        for at, symbol, bid, ask in self.story.prices:
            wait = at - self.true.now()
            if wait > 0:
                await asyncio.sleep(wait / 1000)
            paper.apply(FeedTick(at, symbol, bid, ask))
        last = self.story.prices[-len(self.story.symbols) :]
        while (
            True
        ):  # from here on prices stand still and go on being quoted: a terminal without news proves nothing (R4)
            await asyncio.sleep(QUOTES_EVERY_S)
            for _, symbol, bid, ask in last:
                paper.apply(FeedTick(self.true.now(), symbol, bid, ask))

    async def _copy(self) -> None:
        if self.story.copy_at:
            await asyncio.sleep((self.story.copy_at - BEGINS) / 1000)
            self.disk.copy()

    async def _owner(self) -> None:
        for command in self.story.keys:
            await asyncio.sleep(max(command.issued_at - self.true.now(), 0) / 1000)
            await self._press(command)
        while True:  # a person who finds trading stopped by a journal that went back looks, and lets it go on
            await asyncio.sleep(12)
            engine = self.engine
            if engine is not None and "older than what was sent" in engine.snapshot().trading_reason:
                on = c.SetTradingState(
                    key=f"seen {self.true.now()}", issued_at=self.clock.now(), state=TradingState.ACTIVE
                )
                await self._press(on)

    async def _press(self, command: c.Command) -> None:
        for _ in range(40):
            engine, process = self.engine, self.process
            if engine is not None and process is not None and not process.is_dead and engine.snapshot().is_running:
                pressed = msgspec.structs.replace(command, issued_at=self.clock.now())
                asked = process.start(_ignored(engine.submit(pressed)))
                await asyncio.wait([asked, process.ended], return_when="FIRST_COMPLETED")
                if not process.is_dead:
                    return
            await asyncio.sleep(1.5)

    # --- the end --------------------------------------------------------------------------------------------------

    async def _end(self, settled: bool) -> End:
        engine, process = self.engine, self.process
        assert process is not None
        state = engine.snapshot() if engine is not None else DeskState()
        records: tuple[Record, ...] = ()
        if engine is not None:
            records = tuple(self.journal.tail(0))
        truth = self.broker.books
        digest = blake2b(digest_size=12)
        if engine is not None:
            digest.update(self.journal.head.hash.encode())
        digest.update(msgspec.json.encode((truth.truth, truth.deals, self.points, self.true.now())))
        process.kill()
        await process.bury()
        return End(
            self.story, records, truth, durable(state), digest.hexdigest(), self.lives, self.points,
            (self.true.now() - BEGINS) / 1000, settled, self.restored, self.broken, tuple(self.seen),
            self.broker.requests,
        )  # fmt: skip


class Feed:
    """Names of symbols; the world quotes them by hand."""

    def __init__(self, symbols: tuple[str, ...]) -> None:
        self.symbols = symbols

    def ticks(self, start: int) -> Iterator[FeedTick]:
        """None."""
        return iter(())


def paper_of(story: Story) -> PaperSettings:
    mode = mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING if story.netting else mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
    return PaperSettings(latency_ms=story.config.paper.latency_ms, slippage_points=3, margin_mode=mode)


async def _ignored(asking: Any) -> None:
    try:
        await asking
    except SignalOSError:
        return
