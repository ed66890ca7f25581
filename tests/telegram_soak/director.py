"""The director of a soak: does at the server what the plan says, ends and starts the reader, and keeps the books.

Server and director share a process and a loop, so what is done and what is written down about it cannot differ. The reader is
another process. It is never waited for but to keep it from falling behind without end (`LEAD`), and where the plan says so.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from telethon.tl import functions, types

from signalos_tui.collect.telegram.posts import channel_id
from tests.support.telegram.server import Server
from tests.support.telegram.session import Failed, Session
from tests.support.telegram.world import Room, World
from tests.telegram_soak import plan
from tests.telegram_soak.books import Books, Gap, Shelf, connected
from tests.telegram_soak.memory import Memory
from tests.telegram_soak.product import Product
from tests.telegram_soak.words import text_of

LEAD = 400
"""Posts the channels may be ahead of the journal, outages aside."""
PATIENCE_S = 180.0
"""Nothing that has to happen takes longer, on a machine that does anything at all."""
ENOUGH = 20
PRUNE_EVERY = 200
KEPT = 1_500
SLOW_S = 2.0
AWAY_S = 2.0


class Stuck(Exception):
    """What had to happen did not."""


class Director:
    """A soak of so many posts. told: called now and then; the soak comes to its end early when it says False."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        posts: int,
        channels: int,
        told: Callable[[Director], bool] = lambda _: True,
        ways: Sequence[str] = plan.WAYS,
        pace: str = "",
    ) -> None:
        """ways: the kinds of outages. pace: lines for [telegram] in the configuration."""
        self.plan = plan.Plan(seed, posts, channels, ways)
        self.counts: Counter[str] = Counter()
        self.memory = Memory()
        self.world = World()
        self.owner = self.world.person("+49170555123")
        self.server = Server(self.world)
        self.published = 0
        self.began = time.monotonic()
        self._folder, self._pace, self._told = folder, pace, told
        self._rooms = [self.world.room(f"Channel {number}", self.owner) for number in range(channels)]
        self._shelves = {room.id: Shelf(partial(text_of, seed, number)) for number, room in enumerate(self._rooms)}
        self.books = Books({channel_id(number): shelf for number, shelf in self._shelves.items()})
        self._journal: sqlite3.Connection | None = None
        self._is_away, self._is_started = True, False
        self._way = "start"
        self._left: set[Session] = set()
        self._compared: set[int] = set()
        self._looked_at = 0.0

    async def run(self) -> None:
        """All of it. Raises Stuck: with what was waited for."""
        self.server.answered = self._answered
        async with self.server:
            self.product = Product(self._folder, self.server.port, self._pace)
            try:
                for room in self._rooms:
                    self._post(room)
                await self.product.prepare(self.owner)
                self._open()
                await self._until(lambda: not self._lead(), "a new reader to begin with what there is")
                for step in self.plan:
                    await self._do(step)
                    await self._breathe()
                self._is_started = False
                await self.product.stop()
                self._read()
                self.books.end()
            finally:
                self.product.close()
                if self._journal is not None:
                    self._journal.close()

    # --- the steps ------------------------------------------------------------------------------------------------

    async def _do(self, step: plan.Step) -> None:
        self.counts[type(step).__name__] += 1
        match step:
            case plan.Posts(number, count, is_told):
                await self._publish(self._rooms[number], count, is_told=is_told)
            case plan.Silent(number, count):
                await self._publish(self._rooms[number], count, is_told=False, how="silent")
            case plan.Found(number):
                await self._until(lambda: not self._shelf(number).missing(), f"channel {number} to be found")
            case plan.Gone(how):
                await self._leave(how)
            case plan.Back():
                await self._come_back()
            case plan.Calm():
                await self._until(self._is_calm, "everything to be known and compared")
            case _:
                self._do_at_once(step)

    def _do_at_once(self, step: plan.Step) -> None:
        match step:
            case plan.Edit(number, back, is_told):
                self._edit(self._rooms[number], back, is_told=is_told)
            case plan.Delete(number, back, count, is_told):
                self._delete(self._rooms[number], back, count, is_told=is_told)
            case plan.React(number, back, is_hidden):
                self._react(self._rooms[number], back, is_hidden=is_hidden)
            case plan.Twice(number):
                room = self._rooms[number]
                if room.events:
                    self.server.tell(room, room.events[-1][1])
            case plan.Swapped(number, count):
                self._swap(self._rooms[number], count)
            case plan.Flood(method, seconds):
                self.server.refuse_next(method, Failed(420, f"FLOOD_WAIT_{seconds}"))

    async def _publish(self, room: Room, count: int, *, is_told: bool, how: str = "lost") -> None:
        shelf = self._shelves[room.id]
        is_heard = is_told and not self._is_away
        self.world.is_telling = is_told
        for _ in range(count):
            self._post(room)
        self.world.is_telling = True
        if is_heard:
            shelf.told.append((shelf.given, time.time()))
        else:
            shelf.has_lost = True
            self.books.unsure([shelf])
            since = 0.0 if self._is_away else time.time()
            shelf.gaps.append(Gap(shelf.given, count, since, self._way if self._is_away else how))
        while not self._is_away and self._lead() > LEAD:
            await self._wait("the journal to follow")

    def _post(self, room: Room) -> None:
        shelf = self._shelves[room.id]
        number = room.given + 1
        more: dict[str, Any] = {}
        if number % 50 == 0:
            more["reply_to"] = types.MessageReplyHeader(reply_to_msg_id=number - 3)
        elif number % 70 == 0:
            more["fwd_from"] = types.MessageFwdHeader(date=self.world.rooms[room.id].tl.date, from_name="Elsewhere")
        elif number % 90 < 3:
            more["grouped_id"] = 1 + number // 90
        self.world.post(room, shelf.text_of(number, 0), **more)
        self.books.published(shelf, number)
        self.published += 1
        if number % PRUNE_EVERY == 0:
            self.world.forget(room, max(KEPT, shelf.missing() + PRUNE_EVERY))

    def _edit(self, room: Room, back: int, *, is_told: bool) -> None:
        shelf = self._shelves[room.id]
        number = _nth(shelf.there, back)
        if number is None:
            return
        revision = self.books.edited(shelf, number, self._known_at(shelf, is_told=is_told))
        self.world.is_telling = is_told
        self.world.edit(room, number, shelf.text_of(number, revision))
        self.world.is_telling = True
        self._lost(shelf, is_told=is_told)

    def _delete(self, room: Room, back: int, count: int, *, is_told: bool) -> None:
        shelf = self._shelves[room.id]
        numbers = [number for more in range(count) if (number := _nth(shelf.there, back + more)) is not None]
        if len(shelf.there) < 20:
            return
        self.books.deleted(shelf, numbers, self._known_at(shelf, is_told=is_told))
        self.world.is_telling = is_told
        self.world.delete(room, numbers)
        self.world.is_telling = True
        self._lost(shelf, is_told=is_told)

    def _react(self, room: Room, back: int, *, is_hidden: bool) -> None:
        number = _nth(self._shelves[room.id].there, back)
        if number is not None:
            self.world.edit(room, number, is_hidden=is_hidden)
            self._lost(self._shelves[room.id], is_told=True)

    def _swap(self, room: Room, count: int) -> None:
        self.world.is_telling = False
        for _ in range(count):
            self._post(room)
        self.world.is_telling = True
        if self._is_away:
            shelf = self._shelves[room.id]
            self._lost(shelf, is_told=True)
            shelf.gaps.append(Gap(shelf.given, count, 0.0, self._way))
        for _, update in reversed(room.events[-count:]):
            self.server.tell(room, update)

    def _known_at(self, shelf: Shelf, *, is_told: bool) -> float:
        # When a change that is told now can be known: at once, unless the client's count of events is out of order.
        return time.time() if is_told and not self._is_away and not shelf.has_lost else 0.0

    def _lost(self, shelf: Shelf, *, is_told: bool) -> None:
        if not is_told or self._is_away:
            shelf.has_lost = True
            self.books.unsure([shelf])

    # --- outages --------------------------------------------------------------------------------------------------

    async def _leave(self, how: str) -> None:
        self.counts[how] += 1
        self._way, self._is_away, self._left = how, True, set(self.server.sessions)
        match how:
            case "drop":
                self.server.drop()
            case "away":
                await self.server.close()
            case "slow":
                self.server.delay_s = SLOW_S
            case "half-open":
                for session in self.server.sessions:
                    session.is_muted = True
            case "stop":
                self._is_started = False
                await self.product.stop()
            case "kill":
                self._is_started = False
                await self.product.kill()
        self._compared.clear()
        self.books.unsure(self._shelves.values())
        for shelf in self._shelves.values():
            shelf.has_lost = True
            shelf.told.clear()
            for gap in shelf.gaps:
                gap.since, gap.how = 0.0, how

    async def _come_back(self) -> None:
        match self._way:
            case "away":
                await asyncio.sleep(AWAY_S)
                await self.server.open()
            case "slow":
                await asyncio.sleep(SLOW_S)
                self.server.delay_s = 0.0
                self._left.clear()
                self._heard_again(time.time())
            case "stop" | "kill":
                self._open()

        await self._until(lambda: not self._is_away, f'it to be there again after "{self._way}"')

    def _open(self) -> None:
        self.product.start()
        self._is_started = True
        self.memory.begins()

    # --- what the server sees -------------------------------------------------------------------------------------

    def _answered(self, session: Session, request: Any, answer: Any) -> None:
        now = time.time()
        if session in self._left:
            return  # what it is told now it may never read
        if self._is_away:
            self._heard_again(now)
        match request:
            case functions.messages.GetHistoryRequest():
                number = request.peer.channel_id
                self._compared.add(number)
                self._read()
                self.books.compared(self._shelves[number], [one.id for one in answer.messages], now)
            case functions.updates.GetChannelDifferenceRequest():
                shelf = self._shelves[request.channel.channel_id]
                if isinstance(answer, types.updates.ChannelDifferenceTooLong):
                    self.books.unsure([shelf])
                shelf.has_lost = False

    def _heard_again(self, now: float) -> None:
        self._is_away = False
        for shelf in self._shelves.values():
            for gap in shelf.gaps:
                gap.since = gap.since or now

    # --- waiting and looking --------------------------------------------------------------------------------------

    def _shelf(self, number: int) -> Shelf:
        return self._shelves[self._rooms[number].id]

    def _lead(self) -> int:
        return sum(shelf.missing() for shelf in self._shelves.values())

    def _is_calm(self) -> bool:
        is_compared = len(self._compared) == len(self._rooms) or not self.counts["Gone"]
        return is_compared and not self.books.is_waiting()

    async def _breathe(self) -> None:
        # Let the server work, read what was written meanwhile.
        await asyncio.sleep(0)
        if time.monotonic() - self._looked_at < 0.05:
            return
        self._looked_at = time.monotonic()
        self.server.asked.clear()
        self._read()
        self.books.wrong += self.books.overdue(time.time())
        if len(self.books.wrong) >= ENOUGH:
            raise Stuck(f"{ENOUGH} things are wrong, that is enough")
        if self._is_started and not self.product.is_running:
            raise Stuck(f"the program ended by itself: {self.product.said()}")
        if self.product.is_running:
            self.memory.look(self.product.memory(), self.books.received)
        if not self._told(self):
            self.plan.end_soon()

    async def _wait(self, what: str) -> None:
        await self._until(lambda: self._lead() <= LEAD // 2, what)

    async def _until(self, is_so: Callable[[], bool], what: str) -> None:
        ends = time.monotonic() + PATIENCE_S
        while not is_so():
            await asyncio.sleep(0.02)
            await self._breathe()
            if time.monotonic() > ends:
                raise Stuck(f"waited {PATIENCE_S:.0f} s for {what}; {self._state()}")

    def _state(self) -> str:
        short = [f"{shelf.missing()} posts of channel {number}" for number, shelf in enumerate(self._shelves.values())]
        missing = ", ".join(one for one in short if one[0] != "0") or "no posts"
        return f"{missing} missing, {len(self._compared)} channels compared"

    def _read(self) -> None:
        if self._journal is None:
            try:
                self._journal = connected(self.product.journal)
            except sqlite3.OperationalError:  # not there yet
                return
        self.books.read(self._journal)


def _nth(numbers: list[int], back: int) -> int | None:
    return numbers[-back] if back <= len(numbers) else None
