"""What the owner has asked of the messenger and what goes on whichever screen is in front: following, and importing history.

To follow a channel or to import a thousand posts is a decision, so it does not end because the screen it was made on was closed;
its end is told as a notice, and quitting the console ends it. What is only looked up (chats, topics, devices) belongs to the
screen that asks, and ends with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Protocol

from textual.notifications import SeverityLevel
from textual.worker import Worker

from signalos_tui.directory import Directory
from signalos_tui.errors import SignalOSError
from signalos_tui.model.commands import Outcome
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.places import Chat
from signalos_tui.ui.text import spaced


class Console(Protocol):
    """What an errand needs of the app."""

    def run_worker(self, work: Any, *, name: str, exit_on_error: bool) -> Worker[None]:
        """Do it beside the screens."""
        ...

    def tell(self, text: str, severity: SeverityLevel = "information", topic: str = "") -> None:
        """Say something to the owner."""
        ...


class Import:
    """Older posts of a chat on their way into the journal. posts: so many at most. read, most: how far it is; most 0: not known.

    outcome: how it ended, None while it runs.
    """

    def __init__(self, chat: Chat, posts: int) -> None:
        self.chat = chat
        self.posts = posts
        self.read = 0
        self.most = 0
        self.outcome: Outcome | None = None
        self.worker: Worker[None] | None = None

    @property
    def is_running(self) -> bool:
        """It has not ended."""
        return self.outcome is None

    @property
    def said(self) -> str:
        """How far it is, in a few words."""
        return f"importing {spaced(self.read)}" + (f" of {spaced(self.most)}" if self.most else "")

    def stop(self) -> None:
        """End it; what was read so far stays in the journal."""
        if self.worker is not None and self.is_running:
            self.worker.cancel()


class Errands:
    """One for a console with a messenger. version: another number whenever something here is otherwise."""

    def __init__(self, app: Console, directory: Directory) -> None:
        self._app = app
        self._directory = directory
        self._under_way: dict[ChannelId, str] = {}
        self._decided: dict[ChannelId, bool] = {}
        self.imports: dict[ChannelId, Import] = {}
        self.version = 0

    def doing(self, chat: ChannelId) -> str:
        """What is being done with a chat, "" for nothing."""
        running = self.imports.get(chat)
        return running.said if running is not None and running.is_running else self._under_way.get(chat, "")

    def is_followed(self, chat: Chat) -> bool:
        """Whether a chat is read now, also where it was looked up before that was decided."""
        return self._decided.get(chat.id, chat.is_followed)

    def looked_up(self, chats: Iterable[Chat]) -> None:
        """These were asked for just now: the newest answer counts, also for what another login sees of them."""
        self._decided.update((chat.id, chat.is_followed) for chat in chats)

    def follow(self, chat: Chat) -> None:
        """Read a chat from now on."""
        self._decide(chat, "following ...", True, partial(self._directory.follow, chat))

    def unfollow(self, chat: Chat) -> None:
        """Read it no more."""
        self._decide(chat, "unfollowing ...", False, partial(self._directory.unfollow, chat.id))

    def import_history(self, chat: Chat, posts: int) -> Import:
        """Take older posts of a chat in, as many as `posts`; the one that runs already, where one does."""
        known = self.imports.get(chat.id)
        if known is not None and known.is_running:
            return known
        one = self.imports[chat.id] = Import(chat, posts)
        one.worker = self._app.run_worker(partial(self._imported, one), name="the import", exit_on_error=False)
        self.version += 1
        return one

    async def told(self, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Do something and tell how it ended."""
        try:
            outcome = await work()
        except SignalOSError as error:
            outcome = Outcome(ok=False, text=str(error))
        self._app.tell(outcome.text, "information" if outcome.ok else "error")
        return outcome

    # --- parts ----------------------------------------------------------------------------------------------------

    def _decide(self, chat: Chat, words: str, follows: bool, work: Callable[[], Awaitable[Outcome]]) -> None:
        if chat.id in self._under_way:
            return
        self._under_way[chat.id] = words
        self.version += 1
        begin = partial(self._decided_on, chat, follows, work)
        self._app.run_worker(begin, name=words.removesuffix(" ..."), exit_on_error=False)

    async def _decided_on(self, chat: Chat, follows: bool, work: Callable[[], Awaitable[Outcome]]) -> None:
        try:
            outcome = await self.told(work)
            if outcome.ok:
                self._decided[chat.id] = follows
        finally:
            del self._under_way[chat.id]
            self.version += 1

    async def _imported(self, one: Import) -> None:
        def tell(read: int, most: int) -> None:
            one.read, one.most = read, most
            self.version += 1

        try:
            one.outcome = await self.told(partial(self._directory.import_history, one.chat.id, one.posts, tell))
        except asyncio.CancelledError:
            one.outcome = Outcome(ok=False, text=f"Stopped after {spaced(one.read)} posts; they stay in the journal")
            raise
        except Exception as error:
            one.outcome = Outcome(ok=False, text=f"the import failed: {error}")
            raise
        finally:
            self.version += 1
