"""What was not told: the newest numbers of all chats, what is missing, and what the newest posts say by now.

Each is asked again and again, and what fails is tried again at its next turn. What cannot be seen meanwhile is said, by whoever
noticed it, and taken back by the same.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from enum import Enum, auto
from typing import Any, Protocol

from telethon.errors import BadRequestError, RPCError
from telethon.errors.common import AuthKeyNotFound
from telethon.tl import functions, types

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.chats import Chats
from signalos_tui.collect.telegram.connection import Connection
from signalos_tui.collect.telegram.outlet import Outlet
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.sight import NOT_YET, through
from signalos_tui.collect.telegram.watched import PAGE, Watched
from signalos_tui.logs import logger
from signalos_tui.model.messages import Health, Published
from signalos_tui.model.places import LoginView

FETCHERS = 4
"""Requests for missing posts that are under way at once; Telegram pauses who asks for much more."""
IN_VAIN = 3
"""Requests for one chat in a row without an answer, before it counts as not seen."""
CONNECTION, POLL, FETCH, COMPARE = "connection", "poll", "fetch", "compare"
"""Who notices that a chat cannot be seen."""


class Hand(Protocol):
    """Hands on what became of messages."""

    def __call__(self, watched: Watched, items: list[Published], messages: Sequence[Any] = ()) -> None:
        """messages: as Telegram sent them."""


Moved = Callable[[Sequence[Any]], None]
"""Looks through the chats of an answer for groups that have become another one."""


_log = logger("signalos.telegram")


class Turn(Enum):
    """What became of a request. WAITED: it failed by something that passes, and a pause was made."""

    DONE = auto()
    WAITED = auto()
    REFUSED = auto()


class Fetching:
    """Asks for one reading of a source. hand, moved: what is done with an answer."""

    def __init__(
        self, connection: Connection, chats: Chats, outlet: Outlet, clock: Clock, pace: Pace, hand: Hand, moved: Moved
    ) -> None:
        self._connection = connection
        self._is_up = connection.is_up
        self._chats = chats
        self._outlet = outlet
        self._clock = clock
        self._pace = pace
        self._hand = hand
        self._moved = moved
        self._lacking: dict[Watched, None] = {}
        self._in_doubt: dict[Watched, None] = {}
        self._in_vain: dict[tuple[Watched, str], int] = {}
        self._silent: list[Watched] = []
        self._are_tops_served = True
        self._is_lacking = asyncio.Event()
        self._again = asyncio.Event()
        self._hurry = asyncio.Event()

    def tasks(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """What runs side by side."""
        return [self._poll, self._compare, *[self._fetch] * FETCHERS]

    def look_again(self) -> None:
        """Something may have been missed: look at everything now."""
        self._again.set()

    def compare_soon(self, chats: Iterable[Watched]) -> None:
        """Edits and deletions may have been missed in these chats."""
        self._in_doubt.update((watched, None) for watched in chats)

    def hurry(self) -> None:
        """Look at the newest numbers now: there is another chat, or too much was missed to be told."""
        self._hurry.set()

    def begin(self, now: LoginView) -> None:
        """Nobody has answered yet in this reading. now: how the login stood before it."""
        health, why = through(now)
        if health is Health.OK:
            health, why = Health.CONNECTING, NOT_YET
        self._hide(self._chats.all(), CONNECTION, why, health)

    def stands(self, now: LoginView) -> None:
        """The login stands otherwise."""
        health, why = through(now)
        if health is Health.OK:
            self._again.set()
        else:
            self._hide(self._chats.all(), CONNECTION, why, health)

    def _hide(self, chats: Iterable[Watched], by: str, why: str, health: Health = Health.BLIND) -> None:
        for watched in chats:
            watched.sight.hide(by, why, health)
            self._outlet.put(watched.news())

    # --- what was not told ----------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        while True:
            await self._is_up.wait()
            self._hurry.clear()
            await self._look_at_tops()
            in_doubt, self._in_doubt = self._in_doubt, {}
            await self._compare_these(in_doubt)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll_s):
                    await self._hurry.wait()

    async def _look_at_tops(self) -> None:
        # One request for up to a hundred chats says the newest number of each. One that may not be seen any more would spoil it
        # for all; such are asked each by itself, seldom (`_compare_these`). So are those of which the answer says nothing.
        seen = [watched for watched in self._chats.all() if not watched.is_barred]
        for start in range(0, len(seen), PAGE):
            part = seen[start : start + PAGE]
            alone, self._are_tops_served = part, True
            if len(part) > 1 and await self._guarded(part, POLL, self._ask_tops, part) is Turn.DONE:
                alone = self._silent
            for watched in alone if self._is_up.is_set() else ():
                await self._look_at_top(watched)

    async def _look_at_top(self, watched: Watched) -> None:
        await self._guarded([watched], POLL, self._ask_top, watched)

    async def _ask_tops(self, part: Sequence[Watched]) -> None:
        peers = [types.InputDialogPeer(watched.peer) for watched in part]
        try:
            answer = await self._connection.client(functions.messages.GetPeerDialogsRequest(peers))
        except RPCError as error:
            self._are_tops_served = failures.is_of_the_chat(error)
            raise
        self._are_tops_served = True
        self._moved(answer.chats)
        tops = {self._chats.at(dialog.peer): dialog.top_message for dialog in answer.dialogs}
        self._silent = [watched for watched in part if watched not in tops]
        for watched, top in tops.items():
            if watched is not None:
                self._has_top(watched, top)

    async def _ask_top(self, watched: Watched) -> None:
        # Alone; and where Telegram does not say, its history does.
        if self._are_tops_served:
            try:
                await self._ask_tops([watched])
            except failures.PAUSES:
                raise
            except RPCError as error:
                if failures.lost_session(error) or failures.is_of_the_chat(error):
                    raise
            else:
                if not self._silent:
                    return
        answer = await self._connection.client(_newest(watched, 1))
        self._moved(answer.chats)
        self._has_top(watched, max((post.id for post in watched.posts(answer.messages)), default=0))

    def _has_top(self, watched: Watched, top: int) -> None:
        watched.is_barred = False
        watched.heard_of(top)
        self.soon(watched)
        self._outlet.put(watched.news())

    def soon(self, watched: Watched) -> None:
        """Something may be missing of a chat."""
        if watched.lacks:
            self._lacking[watched] = None
            self._is_lacking.set()
        elif watched.sight.is_hidden(FETCH):  # it came in another way
            watched.sight.clear(FETCH)
            self._outlet.put(watched.news())

    async def _fetch(self) -> None:
        # A page of one chat, then the next chat: none waits until another one has all of its posts.
        while True:
            await self._is_lacking.wait()
            await self._is_up.wait()
            await self._outlet.room()
            if not self._lacking:
                self._is_lacking.clear()
                continue
            watched = next(iter(self._lacking))
            del self._lacking[watched]
            if watched.is_fetching:  # whoever does goes on while something is missing
                continue
            watched.is_fetching = True
            try:
                turn = await self._guarded([watched], FETCH, self._fetch_page, watched)
            finally:
                watched.is_fetching = False
            if turn is not Turn.REFUSED:  # who came for it meanwhile left it to us
                self.soon(watched)

    async def _fetch_page(self, watched: Watched) -> None:
        ask = watched.wanted()
        if ask is None:
            return
        try:
            answer = await self._connection.client(ask.request)
        except failures.UNREADABLE:
            if ask.without is None or await self._connection.redials():
                raise
            self._hand(watched, ask.without())
            return
        except BadRequestError as error:
            if ask.without is None or not ask.may_fail or failures.is_of_the_chat(error):
                raise
            _log.warning(
                "posts from before cannot be had", channel=watched.channels[0].id, reason=failures.words(error)
            )
            self._hand(watched, ask.without())
            return
        self._hand(watched, ask.take(watched.posts(answer.messages), self._clock.now()), answer.messages)
        self._moved(answer.chats)

    async def _compare(self) -> None:
        while True:
            await self._is_up.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.compare_s):
                    await self._again.wait()
            await self._is_up.wait()
            if self._again.is_set():
                self._again.clear()
                await self._look_at_tops()
            await self._compare_these(self._chats.all())

    async def _compare_these(self, chats: Iterable[Watched]) -> None:
        for watched in chats:
            if watched.is_barred:
                await self._look_at_top(watched)
            if watched.has_begun and not watched.is_barred:
                await self._outlet.room()
                await self._guarded([watched], COMPARE, self._compare_one, watched)

    async def _compare_one(self, watched: Watched) -> None:
        asked = watched.settled
        answer = await self._connection.client(_newest(watched, PAGE))
        newest = watched.posts(answer.messages)
        self._hand(watched, watched.compare(newest, asked, self._clock.now()), answer.messages)
        self._moved(answer.chats)
        self.soon(watched)

    async def _guarded(
        self, chats: Sequence[Watched], by: str, work: Callable[..., Awaitable[None]], *arguments: Any
    ) -> Turn:
        # What fails here is tried again at the next turn; what it hides meanwhile is said.
        try:
            async with asyncio.timeout(self._pace.answer_s):
                await work(*arguments)
        except failures.PAUSES as pause:
            self._connection.pause(pause.seconds)
            self._hide(chats, by, failures.flooded(pause.seconds, self._clock.now()))
            self._again.set()
            await asyncio.sleep(pause.seconds)
        except failures.UNREACHED:  # the connection's own task says so, and brings it back
            self._unreached(chats, by)
            await asyncio.sleep(self._pace.retry_s)
        except failures.UNREADABLE:
            if await self._connection.redials():
                return Turn.WAITED
            _log.warning("an answer cannot be read", channels=[watched.channels[0].id for watched in chats], by=by)
            if len(chats) == 1 and by != COMPARE:  # what is posted comes all the same
                self._hide(chats, by, failures.NOT_READ)
            return Turn.REFUSED
        except (RPCError, AuthKeyNotFound) as error:
            if not self._connection.refused(error) and isinstance(error, RPCError) and len(chats) == 1:
                chats[0].is_barred = chats[0].is_barred or (by == POLL and not failures.passes(error))
                self._hide(chats, by, failures.words(error))
            return Turn.REFUSED
        else:
            for watched in chats:
                self._in_vain.pop((watched, by), None)
                watched.sight.clear(by, CONNECTION)
                self._outlet.put(watched.news())
            return Turn.DONE
        return Turn.WAITED

    def _unreached(self, chats: Sequence[Watched], by: str) -> None:
        # One chat for which nobody answers, while others are answered, is that chat's own trouble.
        if len(chats) > 1 or not self._is_up.is_set():
            self._again.set()
            return
        for watched in chats:
            times = self._in_vain[watched, by] = self._in_vain.get((watched, by), 0) + 1
            if times >= IN_VAIN:
                self._hide([watched], by, "Telegram does not answer when it is asked for this channel")


def _newest(watched: Watched, limit: int) -> Any:
    return functions.messages.GetHistoryRequest(watched.peer, 0, None, 0, limit, 0, 0, 0)
