"""The door to a messenger for front ends: who is logged in, which channels there are, and which of them are read.

What a channel may do on an account is asked of that account's `Control`; a channel is read once, whatever accounts there are.
Nothing here can post, join or mark as read. A run without a messenger (a demo, an export) has no directory.
"""

from __future__ import annotations

from typing import Protocol

from signalos_tui.control import Progress
from signalos_tui.model.commands import Outcome
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.places import Chat, Device, LoginView


class Talk(Protocol):
    """Whoever logs in. Every method may raise OperatorNeeded: there is nobody, or he gave up."""

    async def ask(self, question: str, *, is_secret: bool = False) -> str:
        """An answer; a secret one is not shown while it is typed."""
        ...

    def tell(self, text: str) -> None:
        """A line."""
        ...

    def show(self, link: str) -> None:
        """A link to scan, instead of the one before."""
        ...


class Directory(Protocol):
    """What is offered while the engine runs. Every method that asks the messenger raises OperatorNeeded: what failed, in words.

    Who cancels a call ends it; nothing half done stays behind.
    """

    def logins(self) -> tuple[LoginView, ...]:
        """Every login, by name, as it stands now."""
        ...

    async def log_in(self, login: str, talk: Talk, *, qr: bool = False) -> Outcome:
        """Let a new account in, or one again whose session was lost; it is read from then on."""
        ...

    async def log_out(self, login: str) -> Outcome:
        """End the session at the messenger and forget it here."""
        ...

    async def devices(self, login: str) -> tuple[Device, ...]:
        """Where the account of a login is logged in. It shows that the session is good."""
        ...

    async def end_device(self, login: str, number: int) -> Outcome:
        """End another session of the account."""
        ...

    def followed(self, login: str) -> tuple[Chat, ...]:
        """What a login follows, as it was when it was followed; nobody is asked, so it is there whoever answers."""
        ...

    async def chats(self, login: str, search: str = "") -> tuple[Chat, ...]:
        """What a login sees, newest first; search: a part of the title or the name, in any case."""
        ...

    async def topics(self, forum: Chat) -> tuple[Chat, ...]:
        """The topics of a forum."""
        ...

    async def follow(self, chat: Chat) -> Outcome:
        """Read a chat from now on. A new channel is on paper until its owner says otherwise."""
        ...

    async def unfollow(self, channel: ChannelId) -> Outcome:
        """Read it no more; what it said stays in the journal, and its open trades are managed on."""
        ...

    async def import_history(self, channel: ChannelId, posts: int, progress: Progress | None = None) -> Outcome:
        """Take up to `posts` older posts of a followed channel into the journal, to judge it by. None of them is traded.

        progress: told how many were read and how many there are at most.
        """
        ...
