"""Long tasks that are started again when they fail, or halt trading where everybody can see it.

The last place that catches everything; where one rule, one post or one command may fail alone, its own edge does. What an error
means is said by its class (errors.py): Transient is tried again with back-off, OperatorNeeded halts at once, anything else is a
fault of ours: tried again, and halted when it keeps coming back.
"""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable

from signalos_tui.engine.desk import Desk
from signalos_tui.errors import JournalFailed, OperatorNeeded, SignalOSError, Transient
from signalos_tui.logs import logger
from signalos_tui.model.account import TradingState
from signalos_tui.model.events import Event, TaskFailed, TradingStateChanged

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
FAULTS = 3
FAULTS_WITHIN_MS = 300_000

_log = logger("signalos.supervisor")


def delay_s(failures: int) -> float:
    """How long what has failed so often in a row waits before it is tried again."""
    return float(min(FIRST_DELAY_S * 2 ** min(failures - 1, 20), LONGEST_DELAY_S))


class Faults:
    """Tells what failed, and halts trading when that is what the error means."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen: dict[str, deque[int]] = {}

    async def tell(self, name: str, error: Exception, failures: int, delay: float, *, family: str = "") -> None:
        """Write down that `name` has failed and is tried again after `delay` seconds. family: whose faults count together."""
        what = str(error) if isinstance(error, SignalOSError) else f"{type(error).__name__}: {error}"
        _log.error("task failed", task=name, error=what, failures=failures, trace=_trace(error))
        events: list[Event] = [TaskFailed(name, what, failures, delay)]
        if self._must_halt(family or name, error):
            events.append(TradingStateChanged(TradingState.HALTED, f"{name}: {what}", "supervisor"))
        try:
            if not isinstance(error, JournalFailed):
                await self._desk.record(*events)
        except JournalFailed as failed:  # the desk has halted already; what failed is told without being written
            _log.error("journal failed", error=str(failed))
            for event in events:
                self._desk.pulse(event)

    def _must_halt(self, family: str, error: Exception) -> bool:
        if self._desk.state.trading is TradingState.HALTED or isinstance(error, Transient):
            return False
        if isinstance(error, OperatorNeeded):
            return True
        now = self._desk.clock.now()
        faults = self._seen.setdefault(family, deque(maxlen=FAULTS))
        faults.append(now)
        return len(faults) == FAULTS and now - faults[0] < FAULTS_WITHIN_MS


class Supervisor:
    """Runs named tasks until told to stop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._faults = Faults(desk)

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` under supervision; it is called again after a failure, not after it returned."""
        self._tasks[name] = asyncio.create_task(self._supervise(name, work), name=name)

    async def stop(self) -> None:
        """Cancel every task and wait for them, last started first."""
        for task in reversed(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    async def _supervise(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        failures = 0
        while True:
            started = self._desk.clock.now()
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception as caught:  # noqa: BLE001 (the supervisor's edge: nothing may disappear beyond it)
                error = _first(caught)
                if self._desk.clock.now() - started > FAULTS_WITHIN_MS:
                    failures = 0
                failures += 1
                delay = delay_s(failures)
                await self._faults.tell(name, error, failures, delay)
                await asyncio.sleep(delay)
            else:
                return


def _first(error: Exception) -> Exception:
    # What a task group wraps.
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _trace(error: Exception) -> list[str]:
    # Where it happened, without the values that were in play (no secret can get into a log this way).
    return [
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
