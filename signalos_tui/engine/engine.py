"""The engine: boot in the order of rule R10, then every task under supervision, until it is told to stop.

Starting is recovering: lock and integrity (the open journal), fold the state, connect, compare every leg with the broker, sweep
for orphans, read what was left unread, and only then open the doors and the channels.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from signalos_tui import __version__
from signalos_tui.clock import Clock
from signalos_tui.collect.source import MessageSource
from signalos_tui.config import Config
from signalos_tui.config.titles import Named
from signalos_tui.control import NEWEST, Progress
from signalos_tui.engine.by_rule import ByRule
from signalos_tui.engine.choosing import Choosing
from signalos_tui.engine.commanding import Commanding
from signalos_tui.engine.deciding import Decider
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.guarding import disagreement, require_times
from signalos_tui.engine.history import History
from signalos_tui.engine.intake import Intake
from signalos_tui.engine.kept_stop import KeptStop
from signalos_tui.engine.learning import Learning
from signalos_tui.engine.linking import Linking
from signalos_tui.engine.managing import Managing
from signalos_tui.engine.reading import ReadingRoom
from signalos_tui.engine.renaming import not_counted
from signalos_tui.engine.seconding import Reader, Seconding
from signalos_tui.engine.settings import Settings
from signalos_tui.engine.supervisor import Supervisor
from signalos_tui.engine.symbols import Symbols
from signalos_tui.engine.venue import Venue
from signalos_tui.engine.watching import Watching
from signalos_tui.errors import JournalFailed, Transient
from signalos_tui.execute.dispatcher import Dispatcher
from signalos_tui.execute.terminal import Link, Terminal, note_of
from signalos_tui.journal import Journal
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Command, CorrectReading, Outcome
from signalos_tui.model.decisions import Decision
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import (
    EngineArmed,
    EngineStarted,
    EngineStopped,
    Event,
    NoticeRaised,
    Record,
    Severity,
    TradingStateChanged,
)
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.lessons import Examined, Lesson, ReadingReport, Rehearsal

CONNECT_RETRY_S = 2.0
FINISH_S = 5.0
QUARANTINE = "the journal is older than what was sent from here"


class Engine:
    """One account, its channels, its journal. Offers `Control` to front ends."""

    def __init__(
        self,
        *,
        config: Config,
        clock: Clock,
        journal: Journal,
        terminal: Terminal,
        sources: Sequence[MessageSource],
        is_paper: bool = True,
        link: Link | None = None,
        second: Reader | None = None,
        kept_stop: KeptStop | None = None,
    ) -> None:
        """link: the way to a terminal that stands elsewhere; then starting waits for it as long as it takes.

        kept_stop: where a STOP is kept while the journal cannot be written; None: nowhere, and that is said.
        """
        self._config = config
        self._sources = tuple(sources)
        self._desk = Desk(journal, clock)
        self._venue = Venue(terminal, clock, is_paper=is_paper, link=link)
        account, ahead = (lambda: self._desk.state.account_name), (lambda: self._venue.offset_s)
        self._dispatcher = Dispatcher(terminal, self._desk, clock, account, ahead)
        settings = Settings(self._desk, config)
        self._managing = Managing(self._desk, self._venue, self._dispatcher, settings, config.engine.quote_age_s)
        self._by_rule = ByRule(self._desk, self._venue, self._managing, config.engine.pulse_s)
        self._symbols = Symbols(self._desk, self._venue, config)
        self._decider = Decider(self._desk, self._venue, config, settings, self._symbols)
        self._room = ReadingRoom(self._desk, self._decider, self._managing, settings)
        self._watching = Watching(self._desk, self._venue, self._dispatcher, self._managing, config)
        self._learning = Learning(self._desk, self._decider, settings)
        self._history = History(self._desk, settings)
        choosing = Choosing(self._desk, self._symbols, self._decider)
        kept = kept_stop or KeptStop(None)
        self._commanding = Commanding(self._desk, self._decider, self._managing, self._learning, choosing, kept)
        self._seconding = (
            Seconding(self._desk, second, self._decider, config.second_reader, self._room.profile)
            if second is not None
            else None
        )
        self._supervisor = Supervisor(self._desk)
        # Told which account was connected to, before anything is written or sent; a fleet refuses one it has already.
        self.claims: Callable[[str], Awaitable[None]] = _unclaimed
        self._stopping = asyncio.Event()
        ask, back = terminal.terminal_info, self._watching.back
        self._linking = Linking(self._desk, link, ask, back, self._stopping) if link is not None else None
        self._ended = asyncio.Event()
        self._stop_reason = "stopped"
        self._reading = 0

    # --- the control port -----------------------------------------------------------------------------------------

    def snapshot(self) -> DeskState:
        """The desk now."""
        return self._desk.state

    async def submit(self, command: Command) -> Outcome:
        """Ask for something; answered once per key."""
        return await self._commanding.submit(command)

    async def foresee(self, signal: SignalId) -> Decision | None:
        """What approving a held signal would decide now."""
        return await self._commanding.foresee(signal)

    async def examine(self, correction: CorrectReading) -> Examined:
        """What a correction would be, and what it could teach."""
        return self._learning.examine(correction)

    async def rehearse(
        self, channel: ChannelId, lesson: Lesson, posts: int = NEWEST, progress: Progress | None = None
    ) -> Rehearsal:
        """What a lesson would change; the journal is read beside the engine, which goes on."""
        return await self._history.rehearse(channel, lesson, posts, progress)

    async def reading_report(self, channel: ChannelId | None = None, days: int = 0) -> tuple[ReadingReport, ...]:
        """How well channels are read."""
        return await self._history.report(channel, days)

    def keep_stop_in(self, kept_stop: KeptStop) -> None:
        """Take up the STOP kept there, and keep one there: a fleet has one for an account also while it is away."""
        self._commanding.kept_stop = kept_stop

    def events(self, since: int) -> AsyncIterator[Record]:
        """Every record after `since`, then each as it happens."""
        return self._desk.events(since)

    # --- life -----------------------------------------------------------------------------------------------------

    def stop(self, reason: str) -> None:
        """Let `run` end in order."""
        self._stop_reason = reason
        self._stopping.set()

    async def finished(self) -> None:
        """Wait until every source has ended: there is nothing more to come (a replay)."""
        await self._ended.wait()

    async def run(self) -> None:
        """Boot, work until `stop`, end in order. Raises OperatorNeeded when booting is not possible."""
        if not await self._boot():
            return
        supervise = self._supervisor.start
        supervise("writing", self._keep_writing)
        supervise("managing", self._managing.run)
        supervise("following", self._by_rule.run)
        supervise("trailing", self._by_rule.pulse)
        supervise("watching", self._watching.run)
        supervise("prices", self._watching.pulse)
        supervise("symbols", self._symbols.run)
        if self._linking is not None:
            supervise("link", self._linking.run)
        if self._seconding is not None:
            supervise("second reader", self._seconding.run)
        self._managing.recover()
        self._by_rule.recover()
        self._reading = len(self._sources)
        for source in self._sources:
            supervise(f"source {source.name}", partial(self._take_in, source))
        try:
            await self._stopping.wait()
        finally:
            await self._end()

    async def _boot(self) -> bool:
        # False: told to stop before the terminal was there.
        desk = self._desk
        desk.load()
        account = await self._connected(desk.state.account_name)
        if account is None:
            return False
        await self.claims(account)
        await self._commanding.take_up()
        note = await note_of(self._venue.terminal)
        require_times(self._config, note)
        known = disagreement(note, desk.state, desk.journal.generation)
        await desk.record(EngineStarted(__version__, desk.journal.generation, account))
        for warning in desk.journal.warnings:
            await desk.record(NoticeRaised(Severity.WARNING, "journal-doubt", warning))
        if known:
            await desk.record(NoticeRaised(Severity.WARNING, "gateway-doubt", f"quarantine: {known}"))
        recovered = await self._recovered()
        if recovered is None:
            await self._end()
            return False
        compared, adopted = recovered
        for view in desk.state.channels.values():
            if view.is_followed:
                await desk.record(*not_counted(self._config, Named.of(view), desk.state.account))
        names = await self._symbols.matched()
        if desk.journal.mismatch or known:
            self._dispatcher.quarantine(desk.clock.now())
            await desk.record(*names, TradingStateChanged(TradingState.HALTED, QUARANTINE, "engine"))
        else:
            await desk.record(*names, EngineArmed(compared, adopted))
        await self._room.catch_up()
        return True

    async def _recovered(self) -> tuple[int, int] | None:
        work = self._watching.recover
        return await work() if self._linking is None else await self._linking.patiently(work)

    async def _connected(self, expected: str) -> str | None:
        if self._linking is not None:
            account = await self._linking.patiently(partial(self._venue.connect, expected))
            return account.name if account else None
        for attempt in range(1, 4):
            try:
                return (await self._venue.connect(expected)).name
            except Transient:
                if attempt == 3:
                    raise
                await asyncio.sleep(CONNECT_RETRY_S * attempt)
        raise AssertionError("unreachable")

    async def _rearm(self) -> None:
        # The owner has looked at a quarantined journal and trades on.
        if not self._desk.state.is_armed and self._desk.state.trading is TradingState.ACTIVE:
            await self._desk.record(EngineArmed(0, 0))

    async def _take_in(self, source: MessageSource) -> None:
        await Intake(self._desk, self._room, source, self._config).run()
        self._reading -= 1
        if not self._reading:
            self._ended.set()

    async def _keep_writing(self) -> None:
        # When the disk said no, try again until it says yes; then trading is what it was. The end of a quarantine, too.
        while True:
            await asyncio.sleep(1)
            with contextlib.suppress(JournalFailed):
                await self._desk.resume_written()
                await self._rearm()

    async def _end(self) -> None:
        await self._dispatcher.finish(FINISH_S)
        await self._supervisor.stop()
        await self._desk.settle()
        last: Event = EngineStopped(self._stop_reason)
        with contextlib.suppress(JournalFailed):
            await self._desk.resume_written()  # the last chance for a STOP that could not be written
        try:
            await self._desk.record(last)
            await self._desk.save_snapshot()
        except JournalFailed:
            return  # nothing more can be written; the next start recovers from what is there


async def _unclaimed(account: str) -> None:
    """Nobody else is there."""
