"""The accounts of a configuration, each in a folder of its own, put together as one fleet.

What one session is for one account, this is for several: the parts are named in `session.py`, here they are only cut to size. A
journal is opened beside the loop, so that a slow or hung disk of one account does not hold up the others. Every account has its
own instance of a source; where a source can be read only once at a time, `Part.routed` is the place for a branch of a `Hub`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from signalos_tui.aside import aside
from signalos_tui.clock import Clock
from signalos_tui.collect.export import Export
from signalos_tui.collect.routed import Routed, among, unknown
from signalos_tui.collect.source import MessageSource
from signalos_tui.commands.endings import heard
from signalos_tui.commands.places import JOURNAL, account_folder
from signalos_tui.commands.session import Part, Session, demo_salt, export_of
from signalos_tui.commands.summary import summary
from signalos_tui.config import Config
from signalos_tui.engine.fleet import Berth, Fleet
from signalos_tui.errors import ConfigInvalid, OperatorNeeded
from signalos_tui.harmless import one_line
from signalos_tui.journal import Journal

T = TypeVar("T")

Build = Callable[[str, Config, Path, Part], Session]
"""Makes the session of an account: its name, its configuration, its folder, and what it has of its own."""


class FleetSession:
    """All accounts with everything they need: `async with session.at_work()` runs them and closes them.

    control: one for each account. sessions: the newest session of each account that could be opened, for what is asked in the
    end. ended_by: the name of the signal that ended it, "" for none.
    """

    def __init__(self, config: Config, clock: Clock, data: Path, build: Build, *, holder: str, threaded: bool) -> None:
        """threaded: journals are opened and written beside the loop; not where time is simulated."""
        self.config = config
        self.clock = clock
        self.ended_by = ""
        self.sessions: dict[str, Session] = {}
        self._data = data
        self._build = build
        self._holder = holder
        self._threaded = threaded
        self._export: asyncio.Task[Export] | None = None
        openings = {name: partial(self._opened, name) for name in config.accounts}
        self.fleet = Fleet(openings, clock, folders={name: account_folder(data, name) for name in openings})

    @property
    def control(self) -> dict[str, Berth]:
        """What a front end sees of each account."""
        return self.fleet.accounts

    def stop(self, reason: str) -> None:
        """Let every engine end in order."""
        self.fleet.stop(reason)

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[asyncio.Task[None]]:
        """The fleet as a task, told to stop by a signal. Every account has ended, or was left, afterwards.

        The task raises OperatorNeeded when one of them has not ended in order.
        """
        running = asyncio.create_task(self._run(), name="fleet")
        with heard(self._told_to_end):
            try:
                yield running
            finally:
                if not running.done():
                    running.cancel()
                    await asyncio.wait([running])

    async def _run(self) -> None:
        await self.fleet.run()
        wrong = [f"{name}: {berth.unfinished}" for name, berth in self.control.items() if berth.unfinished]
        if wrong:
            raise OperatorNeeded(
                f"not every account ended in order: {'; '.join(wrong)}",
                "The next start compares its trades with the broker",
            )

    def _told_to_end(self, name: str) -> None:
        self.ended_by = name
        self.fleet.stop(name)

    async def _opened(self, name: str) -> Session:
        own, folder = self.config.account(name), account_folder(self._data, name)
        export = await self._read() if own.source.kind == "export" else None
        salt = demo_salt(own, folder) if own.source.kind == "demo" else None
        holder = f"{self._holder}, account {name}"
        journal = await self._aside(
            partial(Journal.open, folder / JOURNAL, salt=salt, threaded=self._threaded, holder=holder), Journal.close
        )
        try:
            part = Part(journal, partial(routed, self.config, name), export)
            session = self.sessions[name] = self._build(name, own, folder, part)
        except BaseException:
            journal.close()
            raise
        return session

    async def _read(self) -> Export:
        # Large, and the same for all of them: read once, beside the loop. Who comes meanwhile waits for the same reading.
        if self._export is None or (self._export.done() and self._export.exception() is not None):
            reading = self._aside(partial(export_of, self.config), lambda export: None)
            self._export = asyncio.create_task(reading, name="reading the export")
        return await asyncio.shield(self._export)

    async def _aside(self, work: Callable[[], T], undo: Callable[[T], None]) -> T:
        return await aside(work, undo) if self._threaded else work()


def routed(config: Config, name: str, source: MessageSource) -> MessageSource:
    """A source cut to the channels of an account. Raises ConfigInvalid for a name that none of them has."""
    names = config.routes(name)
    strangers = unknown(names, source.channels())
    if strangers and not (
        config.watches_folder or config.takes_alerts
    ):  # a folder's channels are known when they are dropped
        known = ", ".join(one_line(channel.title) for channel in source.channels()) or "none"
        raise ConfigInvalid(
            f"accounts.{name}.channels names {strangers[0]!r}, and no channel is called that", f"There are: {known}"
        )
    return Routed(source, among(names))


def summaries(session: FleetSession, title: str) -> Iterator[str]:
    """A summary of each account, and what became of those that have none."""
    for place, (name, berth) in enumerate(session.control.items()):
        if place:
            yield ""
        mine = session.sessions.get(name)
        if mine is not None:
            yield from summary(mine, f"{title}, account {name}")
        else:
            why = berth.trouble.text if berth.trouble else "it was not started"
            yield f"{title}, account {name}"
            yield f"not running: {one_line(why)}"
