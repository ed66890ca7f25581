"""Several accounts at once: an engine each, side by side, and nothing of one that another has to wait for.

An engine knows one account, one journal and one terminal, and stays like that. The fleet opens them, keeps each under its own
watch, and holds for each a `Control` that stays while its engine comes and goes: one that cannot start (its journal is held, its
terminal is away or shows another account) says why and is tried again, and the others trade. Two engines never work on the same
account: who connects second is turned away before it writes or sends anything.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from msgspec.structs import replace

from signalos_tui.clock import Clock
from signalos_tui.control import NEWEST, Progress
from signalos_tui.engine.engine import Engine
from signalos_tui.engine.kept_stop import KeptStop
from signalos_tui.errors import OperatorNeeded, SignalOSError, Transient
from signalos_tui.journal import Journal
from signalos_tui.logs import logger
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Command, CorrectReading, Outcome, StopMode, StopTrading
from signalos_tui.model.decisions import Decision
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Record
from signalos_tui.model.ids import ChannelId, SignalId
from signalos_tui.model.lessons import Examined, Lesson, ReadingReport, Rehearsal

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
SOUND_MS = 300_000
"""An engine that ran this long begins its delays anew when it fails."""
END_S = 20.0
"""How long the engines have to end in order, all together."""
UNARMED_S = 3.0
"""The same for those that have not begun to trade."""
LEAVE_S = 2.0
"""How long one that did not has to let itself be cancelled."""

_log = logger("signalos.fleet")


class AtWork(Protocol):
    """An engine with everything it needs."""

    @property
    def engine(self) -> Engine:
        """The engine."""
        ...

    @property
    def journal(self) -> Journal:
        """Its journal, open."""
        ...

    async def run(self) -> None:
        """Work until the engine is stopped. Raises OperatorNeeded, Transient."""
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...


Opening = Callable[[], Awaitable[AtWork]]
"""Opens an account's journal and terminal. Raises OperatorNeeded, Transient."""


class Trouble(NamedTuple):
    """Why an account does not work. again_at: when it is tried again, ms UTC; None when it is not."""

    text: str
    again_at: int | None = None


class Berth:
    """An account's place in the fleet. Offers `Control`, whether its engine runs or not.

    trouble: why it does not work, None while it does. starts: how often its engine was opened.
    """

    def __init__(
        self, name: str, opening: Opening, clock: Clock, claim: Callable[[Berth, str], None], folder: Path | None
    ) -> None:
        """folder: of the account, where a STOP is kept that came while it was away."""
        self.name = name
        self.trouble: Trouble | None = None
        self.starts = 0
        self.unfinished = ""
        """What went wrong in its end; "" for a good one."""
        self.is_up = False
        """Its engine has taken up its account."""
        self._opening = opening
        self._clock = clock
        self._claim = claim
        self._session: AtWork | None = None
        self._head = 0
        self._last = DeskState()
        self._idle: tuple[DeskState, Trouble | None, DeskState] | None = None
        self._begun = asyncio.Event()
        self._ended = asyncio.Event()
        self._stopping = asyncio.Event()
        self._reason = ""
        self._stopped = KeptStop(folder)
        self._task: asyncio.Task[None] | None = None

    # --- the control port -----------------------------------------------------------------------------------------

    def snapshot(self) -> DeskState:
        """The desk of the engine; while there is none at work, the last one with the reason why nothing is traded."""
        state = self._session.engine.snapshot() if self._session is not None else self._last
        if self.is_up:
            return state
        if not state.seq:
            state = self._last
        if self._idle is None or self._idle[0] is not state or self._idle[1] is not self.trouble:
            self._idle = (state, self.trouble, idle(state, self.trouble))
        return self._idle[2]

    async def submit(self, command: Command) -> Outcome:
        """Ask the engine; while there is none, nothing is done and that is the answer. STOP holds for when there is one."""
        if self.is_up:
            return await self._engine().submit(command)
        if isinstance(command, StopTrading):
            return await self._stop_later(command)
        return Outcome(ok=False, text=str(self._away()))

    async def _stop_later(self, command: StopTrading) -> Outcome:
        # An account that is away must not come back trading after its owner has stopped everything.
        lost = self._stopped.keep(replace(command, mode=StopMode.FREEZE))
        text = f"{self._away()}. It is stopped before it trades again"
        if lost:
            text += f", as long as this console is not ended ({lost})"
        left = "" if command.mode is StopMode.FREEZE else ", and nothing of it was closed: press it again then"
        return Outcome(ok=not left and not lost, text=f"{text}{left}")

    async def foresee(self, signal: SignalId) -> Decision | None:
        """What approving a held signal would decide. Raises Transient while there is no engine."""
        return await self._engine().foresee(signal)

    async def examine(self, correction: CorrectReading) -> Examined:
        """What a correction would be. Raises Transient while there is no engine."""
        return await self._engine().examine(correction)

    async def rehearse(
        self, channel: ChannelId, lesson: Lesson, posts: int = NEWEST, progress: Progress | None = None
    ) -> Rehearsal:
        """What a lesson would change. Raises Transient while there is no engine."""
        return await self._engine().rehearse(channel, lesson, posts, progress)

    async def reading_report(self, channel: ChannelId | None = None, days: int = 0) -> tuple[ReadingReport, ...]:
        """How well channels are read. Raises Transient while there is no engine."""
        return await self._engine().reading_report(channel, days)

    async def events(self, since: int) -> AsyncIterator[Record]:
        """Every record after `since`, over the ends and starts of the engine.

        Asked before it ever ran, and since 0: what happens from its start on. Raises FellBehind.
        """
        place = since
        begins_with_it = not since and not self.starts
        while True:
            await self._begun.wait()
            session = self._session
            if session is None:  # it has ended again meanwhile
                continue
            if begins_with_it:
                place, begins_with_it = self._head, False
            source = cast("AsyncGenerator[Record, None]", session.engine.events(place))
            async with contextlib.aclosing(_until(self._ended, source)) as records:
                async for record in records:
                    place = record.seq or place
                    yield record

    def _engine(self) -> Engine:
        if self._session is None:
            raise self._away()
        return self._session.engine

    def _away(self) -> Transient:
        return Transient(f"the account {self.name} is not running: {self.snapshot().trading_reason}")

    # --- life -----------------------------------------------------------------------------------------------------

    def start(self) -> asyncio.Task[None]:
        """Work, and begin again after a failure, until `stop`."""
        self._task = asyncio.create_task(self._keep(), name=f"account {self.name}")
        return self._task

    def stop(self, reason: str) -> None:
        """Let it end in order. What has not even reached its terminal has nothing to end."""
        self._reason = reason
        self._stopping.set()
        if self.is_up and self._session is not None:
            self._session.engine.stop(reason)
        elif self._task is not None:
            self._task.cancel()

    def leave(self) -> None:
        """Let go of the files of an engine that cannot be ended: it can write nothing more, so it can send nothing more."""
        if self._session is not None:
            self._session.close()

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            began = self._clock.now()
            try:
                await self._work()
            except (Exception, asyncio.CancelledError) as error:  # an account's own edge: no other must feel it
                if self._is_cancelled(error):
                    raise
                failures = 1 if self._clock.now() - began > SOUND_MS else failures + 1
                delay = min(FIRST_DELAY_S * 2 ** (failures - 1), LONGEST_DELAY_S)
                self._failed(error, failures, delay)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), delay)
            else:
                self.trouble = Trouble(self._reason or "it has ended")
                return

    async def _work(self) -> None:
        session = await self._opening()
        self.starts += 1
        session.engine.claims = self._connected
        session.engine.keep_stop_in(self._stopped)
        self._session, self._head = session, session.journal.head.seq
        self._ended = asyncio.Event()
        self._begun.set()
        try:
            await session.run()
        finally:
            self.is_up = False
            self._last = session.engine.snapshot()
            self._begun.clear()
            self._ended.set()
            self._session = None
            session.close()

    def _is_cancelled(self, error: BaseException) -> bool:
        # We are told to end; what the engine cancelled within itself is a failure like any other.
        return isinstance(error, asyncio.CancelledError) and self._task is not None and self._task.cancelling() > 0

    async def _connected(self, account: str) -> None:
        self._claim(self, account)
        self.is_up, self.trouble = True, None

    def _failed(self, error: BaseException, failures: int, delay: float) -> None:
        what = str(error) if isinstance(error, SignalOSError) else f"{type(error).__name__}: {error}"
        if self._stopping.is_set():
            self.unfinished = what
        _log.error("account failed", account=self.name, error=what, failures=failures, again_s=delay)
        self.trouble = Trouble(what, self._clock.now() + round(delay * 1000))


def idle(state: DeskState, trouble: Trouble | None) -> DeskState:
    """A desk nobody works at: what was open when it was last seen stays in view, its prices do not."""
    way = state.reach
    why = trouble.text if trouble else "it is being started"
    if trouble is None and way is not None and not way.is_open:
        why = f"{way.text}. {way.remedy}" if way.remedy else way.text
    return replace(
        state,
        is_running=False,
        is_armed=False,
        account=None,
        quotes={},
        marks={},
        trading=TradingState.HALTED,
        trading_reason=why,
    )


class Fleet:
    """The accounts of a configuration. accounts: a `Control` each, by its name, in the order of the file."""

    def __init__(
        self,
        openings: Mapping[str, Opening],
        clock: Clock,
        *,
        folders: Mapping[str, Path] | None = None,
        end_s: float = END_S,
    ) -> None:
        """folders: of the accounts, where a STOP for one that is away is kept over the end of this program."""
        where = folders or {}
        self.accounts = {
            name: Berth(name, opening, clock, self._claimed, where.get(name)) for name, opening in openings.items()
        }
        self._end_s = end_s
        self._reason = "stopped"
        self._stopping = asyncio.Event()
        self._claims: dict[str, Berth] = {}

    def stop(self, reason: str) -> None:
        """Let `run` end in order."""
        self._reason = reason
        self._stopping.set()

    async def run(self) -> None:
        """Work until `stop`, or until every account has ended by itself; what went wrong in its end each of them knows."""
        tasks = {berth: berth.start() for berth in self.accounts.values()}
        stopped = asyncio.create_task(self._stopping.wait(), name="fleet stop")
        try:
            while not stopped.done() and not all(task.done() for task in tasks.values()):
                going: list[asyncio.Task[Any]] = [stopped, *(task for task in tasks.values() if not task.done())]
                await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            await self._end(tasks)

    async def _end(self, tasks: Mapping[Berth, asyncio.Task[None]]) -> None:
        for berth, task in tasks.items():
            if not task.done():
                berth.stop(self._reason)
        # One that is still comparing itself with its terminal may never come to its end; it has sent nothing of its own yet.
        _, hanging = await asyncio.wait(tasks.values(), timeout=min(UNARMED_S, self._end_s))
        for berth, task in tasks.items():
            if task in hanging and not berth.snapshot().is_armed:
                task.cancel()
        if hanging:
            _, hanging = await asyncio.wait(hanging, timeout=max(0.0, self._end_s - UNARMED_S))
        for task in hanging:
            task.cancel()
        if hanging:
            await asyncio.wait(hanging, timeout=LEAVE_S)
        for berth in (berth for berth, task in tasks.items() if task in hanging):
            _log.error("account did not end in time", account=berth.name, within_s=self._end_s)
            berth.leave()
            berth.unfinished = f"it did not end within {self._end_s:g} s"

    def _claimed(self, berth: Berth, account: str) -> None:
        # One executor for each account of a broker, whatever it is called here.
        holder = self._claims.get(account)
        if holder is not None and holder is not berth and holder.is_up:
            raise OperatorNeeded(
                f"{account} is traded by {holder.name} already", f"Give {berth.name} a terminal with another account"
            )
        self._claims[account] = berth


async def _until(ended: asyncio.Event, records: AsyncGenerator[Record, None]) -> AsyncGenerator[Record, None]:
    # What an engine says, and nothing more once it has ended and its last words were heard.
    over = asyncio.create_task(ended.wait())
    step: asyncio.Future[Record] | None = None
    try:
        while True:
            step = step or asyncio.ensure_future(anext(records))
            either: list[asyncio.Future[Any]] = [step, over]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not step.done() and over.done():
                await asyncio.wait([step], timeout=0.01)
                if not step.done():
                    return
            try:
                record = step.result()
            except StopAsyncIteration:
                return
            finally:
                step = None
            yield record
    finally:
        over.cancel()
        if step is not None:
            step.cancel()
            await asyncio.wait([step])
        await records.aclose()
