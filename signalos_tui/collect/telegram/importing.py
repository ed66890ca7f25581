"""Posts from before a channel was followed, a page at a time backwards: to judge the channel by, never to act on.

Where it stops, for whatever reason, the next one goes on: the journal knows how far back it has come. A pause that Telegram wants
is kept; the comparison, the numbers and the gaps of what is live are not touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct
from telethon.errors import RPCError
from telethon.errors.common import AuthKeyNotFound

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram import failures
from signalos_tui.collect.telegram.entering import refused
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.control import Progress
from signalos_tui.model.commands import Outcome
from signalos_tui.model.messages import Imported, Message

MOST = 20_000
"""Posts of one import."""
LONGEST_PAUSE_S = 900
"""A longer one is not waited for."""
TRIES = 5
"""In a row without an answer."""

Page = Callable[[int], Awaitable[list[Message]]]
"""The posts before a number, newest first; [] when there are none. Raises what a client raises; KeyError: it is not followed."""


class Import(Struct):
    """One import. below: posts before this number. posts: so many at most. read: so many so far. put: hands one on and waits."""

    page: Page
    put: Callable[[Imported], Awaitable[None]]
    below: int
    posts: int
    clock: Clock
    pace: Pace
    progress: Progress | None = None
    read: int = 0

    async def run(self) -> Outcome:
        """Read them. Whoever cancels it ends it; what was read is kept."""
        self._tell()
        while self.read < self.posts:
            found = await self._found()
            if isinstance(found, str):
                return Outcome(
                    ok=False, text=f"{self._count()}, then it stopped: {found}. Ask again later, it goes on from there"
                )
            if not found:
                return Outcome(ok=True, text=f"{self._count()}; there are none before them")
            for message in found[: self.posts - self.read]:
                await self.put(Imported(message))
                self.below = message.id
                self.read += 1
            self._tell()
            if self.read < self.posts:
                await asyncio.sleep(self.pace.page_s)
        return Outcome(ok=True, text=f"{self._count()}; ask again for those before them")

    async def _found(self) -> list[Message] | str:
        # The next page, or why there is none to be had.
        attempt = 0
        while attempt < TRIES:
            try:
                async with asyncio.timeout(self.pace.answer_s):
                    return await self.page(self.below)
            except failures.PAUSES as pause:
                if pause.seconds > LONGEST_PAUSE_S:
                    return failures.flooded(pause.seconds, self.clock.now())
                self._tell()
                await asyncio.sleep(pause.seconds)
            except KeyError:
                return "the channel is not followed any more"
            except AuthKeyNotFound as error:
                return failures.lost_session(error)
            except failures.UNREADABLE:
                return failures.NOT_READ
            except RPCError as error:
                return refused(error).text
            except failures.UNREACHED:
                attempt += 1
                await asyncio.sleep(min(self.pace.retry_s * 2**attempt, self.pace.longest_retry_s))
        return "Telegram does not answer"

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.read, self.posts)

    def _count(self) -> str:
        return f"{self.read} older post{'s' * (self.read != 1)} read"
