"""Several engines side by side in simulated time, and what can trouble one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn

from msgspec.structs import replace

from signalos_tui.clock import LoopClock
from signalos_tui.collect.hub import Branch
from signalos_tui.engine.fleet import AtWork, Fleet
from signalos_tui.model.events import Event
from signalos_tui.model.messages import Message
from tests.engine.kit import BEGINS, CALL, GOLD, PAPER, ROOM, Bench

LOGINS = {"main": 1_000_001, "prop": 2_000_002, "third": 3_000_003}
POSTS = ((5.0, CALL), (20.0, GOLD), (40.0, "Close half now"), (60.0, "BUY GBPUSD NOW\nSL 1.2650\nTP 1.2750"))
"""Seconds after the start, and what the room says then, to every account."""


class Boat(Bench):
    """A bench as an account of a fleet. trouble: begun when it works, on itself."""

    def __init__(self, folder: Path, name: str, trouble: Troubling | None, at: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, paper=replace(PAPER, login=LOGINS.get(name, 9)), at=at)
        self._trouble = trouble
        self._has_room = True

    async def run(self) -> None:
        """Work, with prices, posts and trouble."""
        tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._publish())]
        engine = asyncio.create_task(self.engine.run())
        trouble = asyncio.create_task(self._trouble(self) if self._trouble else asyncio.Event().wait())
        try:
            done, _ = await asyncio.wait([engine, trouble], return_when=asyncio.FIRST_COMPLETED)
            if trouble in done:
                await trouble
            await engine
        finally:
            for task in (*tasks, trouble, engine):
                task.cancel()
            await asyncio.gather(*tasks, trouble, engine, return_exceptions=True)

    def share(self, branch: Branch) -> None:
        """Read a source that others read too, instead of a room of its own."""
        self._has_room = False
        self.engine._sources = (branch,)

    async def _publish(self) -> None:
        if not self._has_room:
            await asyncio.Event().wait()
        for number, (second, text) in enumerate(POSTS, 1):
            at = BEGINS + round(second * 1000)
            if at >= self.clock.now():
                await asyncio.sleep((at - self.clock.now()) / 1000)
                self.room.say(Message(ROOM.id, number, at, text))


Troubling = Callable[[Boat], Coroutine[Any, Any, None]]


class Harbour:
    """Opens boats, keeps what each of them wrote, and lets some be in trouble."""

    def __init__(self, folder: Path, **troubles: Troubling) -> None:
        self.folder = folder
        self.clock = LoopClock(asyncio.get_running_loop(), BEGINS)
        self.troubles = troubles
        self.boats: dict[str, list[Boat]] = {}
        self.refuse: dict[str, Exception] = {}
        self.is_full: Callable[[tuple[Event, ...]], bool] | None = None
        """Which groups of every boat cannot be written."""
        self.branches: dict[str, Branch] = {}

    def opening(self, name: str) -> Callable[[], Awaitable[AtWork]]:
        async def opened() -> Boat:
            if name in self.refuse:
                raise self.refuse[name]
            boat = Boat(self.folder / name, name, self.troubles.get(name), at=self.clock.now())
            setattr(boat.journal, "fails", lambda number, events: bool(self.is_full and self.is_full(events)))  # noqa: B010
            if name in self.branches:
                boat.share(self.branches[name])
            self.boats.setdefault(name, []).append(boat)
            return boat

        return opened

    def fleet(self, *names: str, end_s: float = 20.0) -> Fleet:
        folders = {name: self.folder / name for name in names}
        return Fleet({name: self.opening(name) for name in names}, self.clock, folders=folders, end_s=end_s)

    def written(self, name: str) -> list[tuple[int, int, Event]]:
        return [(record.seq, record.at, record.event) for boat in self.boats[name] for record in boat.records]


async def ran(fleet: Fleet, seconds: float) -> None:
    running = asyncio.create_task(fleet.run())
    await asyncio.sleep(seconds)
    fleet.stop("the test is over")
    await running


# --- what troubles one -----------------------------------------------------------------------------------------------


async def terminal_hangs(boat: Boat) -> None:
    async def never(*_: object, **__: object) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    await asyncio.sleep(4)
    for call in ("order_send", "positions_get", "orders_get", "account_info", "symbol_info_tick"):
        setattr(boat.terminal, call, never)


async def disk_is_full(boat: Boat) -> None:
    await asyncio.sleep(4)
    setattr(boat.journal, "fails", lambda number, events: True)  # noqa: B010


async def engine_crashes(boat: Boat) -> None:
    await asyncio.sleep(6)
    raise ArithmeticError("a fault of ours")
