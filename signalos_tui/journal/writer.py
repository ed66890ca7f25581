"""The writer thread: everybody who waits while it writes shares the next commit.

One sync costs the same for one record as for a thousand, so the groups that arrive during a commit go into one transaction.
Results go back to each event loop in one call, in the order of the records.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from signalos_tui.errors import JournalFailed
from signalos_tui.journal.ledger import Answer, Group
from signalos_tui.model.events import Record

_BATCH_EVENTS = 4_096


class _Append(NamedTuple):
    group: Group
    future: asyncio.Future[list[Record]] | Future[list[Record]]


class _Call(NamedTuple):
    # Other work that has to happen between two commits.

    work: Callable[[], None]
    future: asyncio.Future[None]


class _End(NamedTuple):
    pass


_Job = _Append | _Call | _End
_Result = tuple[Any, Any]  # a future and its value or exception


class Writer:
    """Owns the thread. commit: what writes groups, in the thread."""

    def __init__(self, commit: Callable[[Sequence[Group]], list[Answer]], name: str) -> None:
        self._commit = commit
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def append(self, group: Group) -> asyncio.Future[list[Record]]:
        """Hand a group over; the future has its records once they are durable."""
        future: asyncio.Future[list[Record]] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Append(group, future))
        return future

    def append_and_wait(self, group: Group) -> list[Record]:
        """The same, blocking the calling thread."""
        future: Future[list[Record]] = Future()
        self._jobs.put(_Append(group, future))
        return future.result()

    def call(self, work: Callable[[], None]) -> asyncio.Future[None]:
        """Run `work` in the thread, between two commits."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Call(work, future))
        return future

    def close(self) -> None:
        """Write what was handed over, then end the thread."""
        self._jobs.put(_End())
        self._thread.join()

    def _run(self) -> None:
        while True:
            appends, then = self._gather()
            results: list[_Result] = []
            if appends:
                results.extend(zip((job.future for job in appends), self._committed(appends), strict=True))
            if isinstance(then, _Call):
                results.append((then.future, self._called(then)))
            _deliver(results)
            if isinstance(then, _End):
                return

    def _gather(self) -> tuple[list[_Append], _Call | _End | None]:
        # All appends that wait, up to a size, and the first other job if one comes among them.
        appends: list[_Append] = []
        events = 0
        job: _Job = self._jobs.get()
        while True:
            if not isinstance(job, _Append):
                return appends, job
            appends.append(job)
            events += len(job.group.events)
            if events >= _BATCH_EVENTS:
                return appends, None
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return appends, None

    def _committed(self, appends: list[_Append]) -> Sequence[Answer]:
        try:
            return self._commit([job.group for job in appends])
        except Exception as error:  # noqa: BLE001 (the edge of the thread: whoever waits must hear of it)
            return [JournalFailed(f"the journal's writer failed: {error!r}", "Report it") for _ in appends]

    def _called(self, job: _Call) -> Exception | None:
        try:
            job.work()
        except Exception as error:  # noqa: BLE001 (goes to whoever waits)
            return error
        return None


def _deliver(results: Sequence[_Result]) -> None:
    loops: dict[asyncio.AbstractEventLoop, list[_Result]] = {}
    for future, value in results:
        if isinstance(future, Future):
            _settle(future, value)
        else:
            loops.setdefault(future.get_loop(), []).append((future, value))
    for loop, mine in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_settle_all, mine)


def _settle_all(results: Sequence[_Result]) -> None:
    for future, value in results:
        if not future.done():
            _settle(future, value)


def _settle(future: Any, value: Any) -> None:
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
