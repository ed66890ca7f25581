"""The connection of one login: dialled for ever, asked whether it still answers, and how the login stands, for its owner.

A connection may stand and say nothing for hours (reference: reliability A15), so it is asked. A lost session is tried again as
well, seldom: only its owner can bring it back, and what depends on it has been told.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from telethon.errors import RPCError
from telethon.errors.common import AuthKeyNotFound
from telethon.tl import functions

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.harmless import one_line
from signalos_tui.model.places import LoginView, Standing

CLOCK_OFF_S = 5
"""A clock that is further off is said to be: a post that is so much ahead is held."""
CLOCK_EVERY_S = 600
ASKED_FIRST = 4
"""Questions of the client, one after the other, before it is connected; cut off in the midst it begins with the first one."""


class Connection:
    """Keeps a client connected. client: nobody else connects or disconnects it. changed: told of every other standing.

    standing: now. is_up: set while Telegram answers and the session is good.
    """

    def __init__(
        self, name: str, client: ReadOnlyClient, clock: Clock, pace: Pace, changed: Callable[[LoginView], None]
    ) -> None:
        self.client = client
        self.standing = LoginView(name, Standing.CONNECTING, since=clock.now())
        self.is_up = asyncio.Event()
        self._clock = clock
        self._pace = pace
        self._changed = changed
        self._paused_until = 0
        self._clock_says = ""
        self._entered = ""
        self._look_at_clock_at = 0
        self._came_back = False

    async def keep(self) -> None:
        """Connect, ask, and connect again, until it is cancelled."""
        delay = self._pace.retry_s
        while True:
            try:
                await self._ask_whether_it_answers()
            except failures.PAUSES as pause:  # it answers
                self.pause(pause.seconds)
                self._up()
                await self._sit_out(pause.seconds)
            except (RPCError, AuthKeyNotFound) as error:
                self._refused(error)
                await self.client.hang_up()
                await asyncio.sleep(self._pace.longest_retry_s)
            except (*failures.UNREACHED, *failures.UNREADABLE) as error:
                self._down(Standing.BLIND, failures.unreached(error))
                await self.client.hang_up()
                await asyncio.sleep(delay)
                delay = min(delay * 2, self._pace.longest_retry_s)
            else:
                delay = self._pace.retry_s
                self._up()
                await asyncio.sleep(self._pace.heartbeat_s)

    async def _sit_out(self, seconds: float) -> None:
        # Where it was wanted in the midst of connecting, polls find what comes, and nobody listens until it is over.
        while seconds > 0:
            step = min(seconds, self._pace.heartbeat_s)
            await asyncio.sleep(step)
            seconds -= step
            if not self.client.is_hearing:
                self.client.forget_told()

    def entered(self, device: str, location: str) -> None:
        """The account was logged in somewhere else; told by Telegram, foreign text (reference: reliability T1)."""
        where = ", ".join(filter(None, (one_line(device)[:80], one_line(location)[:80]))) or "an unknown place"
        self._entered = f"the account was logged in on {where}: if that was not you, end that session at once"
        if self.standing.standing is Standing.READING:
            self._up()

    def came_back(self) -> None:
        """The client has connected again by itself."""
        self._look_at_clock_at = 0
        self._came_back = True

    async def redials(self) -> bool:
        """An answer could not be read. True: the connection is made anew, which says again what words the library knows.

        A client that has connected again by itself does not say it, and may be answered as one of years ago (Telethon#4726).
        """
        if not self._came_back:
            return False
        self._came_back = False
        await self.client.hang_up()
        with contextlib.suppress(
            RPCError, AuthKeyNotFound, *failures.UNREACHED, *failures.UNREADABLE
        ):  # `keep` tries on
            async with asyncio.timeout(ASKED_FIRST * self._pace.answer_s):
                await self.client.connect()
        return True

    def pause(self, seconds: int) -> None:
        """Telegram wants a pause, whoever was told so."""
        self._paused_until = max(self._paused_until, self._clock.now() + seconds * 1000)
        if self.is_up.is_set():
            self._up()

    def refused(self, error: Exception) -> bool:
        """A request was refused. True when this was the end of the session."""
        is_lost = bool(failures.lost_session(error))
        if is_lost or not self.is_up.is_set():
            self._refused(error)
        return is_lost

    def _refused(self, error: Exception) -> None:
        why = failures.words(error) if isinstance(error, RPCError) else failures.lost_session(error)
        self._down(failures.standing_of(error), why)

    async def _ask_whether_it_answers(self) -> None:
        if not self.client.is_hearing:
            async with asyncio.timeout(ASKED_FIRST * self._pace.answer_s):
                await self.client.connect()
        async with asyncio.timeout(self._pace.answer_s):
            await self._asked(functions.updates.GetStateRequest())
            if not self.is_up.is_set() or self._clock.now() >= self._look_at_clock_at:
                await self._look_at_clock()

    async def _asked(self, request: Any) -> Any:
        # Whoever refuses answers, and that is all that is asked. What it hides of the chats is noticed there.
        try:
            return await self.client(request)
        except failures.PAUSES:
            raise
        except RPCError as error:
            if failures.lost_session(error):
                raise
            return None

    async def _look_at_clock(self) -> None:
        # A post's age is Telegram's date against this machine's clock.
        telegram = await self._asked(functions.help.GetConfigRequest())
        if telegram is None:
            return
        now = self._clock.now()
        off_s = round(now / 1000 - telegram.date.timestamp())
        size = f"{abs(off_s)} s" if abs(off_s) < 120 else f"{abs(off_s) / 60:.0f} min"
        word = "ahead of" if off_s > 0 else "behind"
        says = f"this machine's clock is {size} {word} Telegram's: set it, or posts seem too old or of the future"
        self._clock_says = says if abs(off_s) > CLOCK_OFF_S else ""
        self._look_at_clock_at = now + CLOCK_EVERY_S * 1000

    def _up(self) -> None:
        now, until = self._clock.now(), self._paused_until
        if until > now:
            self._stand(Standing.FLOODED, failures.flooded(round((until - now) / 1000), now), until)
        else:
            self._stand(Standing.READING, "; ".join(filter(None, (self._entered, self._clock_says))))
        self.is_up.set()

    def _down(self, standing: Standing, why: str) -> None:
        self.is_up.clear()
        self._stand(standing, why)

    def _stand(self, standing: Standing, detail: str = "", until: int = 0) -> None:
        # `since` stays while nothing but the words change.
        was = self.standing
        if (standing, until) == (was.standing, was.until) and (until or detail == was.detail):
            return
        since = was.since if standing is was.standing else self._clock.now()
        self.standing = replace(was, standing=standing, detail=detail, since=since, until=until)
        self._changed(self.standing)
