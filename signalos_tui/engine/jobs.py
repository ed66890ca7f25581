"""Jobs side by side, each under an edge of its own: one that breaks is told of and taken up again, and ends no other.

A job is named and asked for: asked for again while it waits, it runs once; asked for while it runs, once more after
that. What breaks is a fault of ours, so trading is halted when it keeps coming, as everywhere under the supervisor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from signalos_tui.engine.desk import Desk
from signalos_tui.engine.supervisor import Faults, delay_s
from signalos_tui.errors import JournalFailed

Job = TypeVar("Job", bound=Hashable)


class Jobs(Generic[Job]):
    """Works on jobs. family: what their faults count as together. work: one job, to its end. named: what it is called."""

    def __init__(
        self, family: str, desk: Desk, work: Callable[[Job], Awaitable[None]], named: Callable[[Job], str]
    ) -> None:
        self._family = family
        self._work = work
        self._named = named
        self._faults = Faults(desk)
        self._todo: dict[Job, None] = {}
        self._failures: dict[Job, int] = {}
        self._wake = asyncio.Event()

    def ask(self, *jobs: Job) -> None:
        """Have these done soon."""
        self._todo.update(dict.fromkeys(jobs))
        self._wake.set()

    async def run(self) -> None:
        """Work on what is asked for, until cancelled."""
        working: dict[Job, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                await self._wake.wait()
                self._wake.clear()
                for job in list(self._todo):
                    task = working.get(job)
                    if task is None or task.done():
                        del self._todo[job]
                        working[job] = group.create_task(self._guarded(job), name=self._named(job))
                working = {job: task for job, task in working.items() if not task.done()}

    async def _guarded(self, job: Job) -> None:
        try:
            await self._work(job)
        except JournalFailed:
            return  # the desk has halted; what was intended is taken up again when it can be written down
        except Exception as error:  # noqa: BLE001 (the job's edge: what others send and close must not end with it)
            failures = self._failures[job] = self._failures.get(job, 0) + 1
            delay = delay_s(failures)
            # Whoever asks for it meanwhile has it tried at once.
            asyncio.get_running_loop().call_later(delay, self.ask, job)
            await self._faults.tell(f"{self._family} {self._named(job)}", error, failures, delay, family=self._family)
            return
        self._failures.pop(job, None)
        if job in self._todo:
            self._wake.set()
