"""What the console may do with Telegram while the engine runs: log in and out, choose chats, take in posts from before.

Nothing here reads on its own account: it changes who there is and what each follows, on disk first, and `Readers` does the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace
from telethon import errors
from telethon.errors.common import AuthKeyNotFound

from signalos_tui.clock import Clock
from signalos_tui.collect.telegram import asking, entering, failures
from signalos_tui.collect.telegram.importing import MOST, Import
from signalos_tui.collect.telegram.logins import Followed, Login
from signalos_tui.collect.telegram.reader import Reader
from signalos_tui.collect.telegram.readers import Readers
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.control import Progress
from signalos_tui.directory import Talk
from signalos_tui.errors import OperatorNeeded
from signalos_tui.harmless import one_line
from signalos_tui.model.commands import Outcome
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Imported, Message
from signalos_tui.model.places import Chat, ChatKind, Device, LoginView

FRESH_MS: Final = 60_000
"""So long a list of chats is shown again without asking: a search that is being typed asks once."""
FAILED_MS: Final = 2_000
"""So long it is not asked again after a failure."""
LEAVE_S: Final = 5.0

Open = Callable[[str], Login]
"""Takes a login by its name, a new one too. Raises OperatorNeeded, OSError."""
Oldest = Callable[[ChannelId], Awaitable[int | None]]
"""The number from which on every account has the posts of a channel; None: none of them has any."""


class _List(NamedTuple):
    # What a login sees, or is being asked what it sees. at: ms UTC.
    at: int
    seen: asyncio.Task[list[asking.Seen]]


class TelegramDirectory:
    """A `Directory` over the logins of a run. named: those that config.toml names to be read; empty for all of them."""

    def __init__(
        self,
        readers: Readers,
        clock: Clock,
        pace: Pace,
        *,
        open_login: Open,
        oldest: Oldest,
        named: Collection[str] = (),
    ) -> None:
        self._readers = readers
        self._clock = clock
        self._pace = pace
        self._open = open_login
        self._oldest = oldest
        self._named = named
        self._busy: set[str] = set()
        self._lists: dict[str, _List] = {}

    def logins(self) -> tuple[LoginView, ...]:
        """Every login, by name."""
        return tuple(reader.view() for reader in self._readers.all)

    # --- in and out -----------------------------------------------------------------------------------------------

    async def log_in(self, login: str, talk: Talk, *, qr: bool = False) -> Outcome:
        """Let an account in. What does not come to its end leaves nothing behind."""
        reader = self._readers.get(login)
        if reader is not None and not reader.is_lost:
            return Outcome(ok=False, text=f'"{login}" is logged in; another account needs another name')
        with self._alone(login):
            if reader is None:
                one = self._open(login)
                try:
                    reader, who = await self._entered(one, talk, qr=qr)
                except BaseException:
                    one.close()
                    raise
            else:
                reader.is_open = False
                await self._readers.suspend(reader)
                reader.login.begin_anew()
                reader, who = await self._entered(reader.login, talk, qr=qr)
            await self._readers.add(reader)
        return Outcome(ok=True, text=f"logged in as {who}{self._not_named(login)}")

    async def _entered(self, login: Login, talk: Talk, *, qr: bool) -> tuple[Reader, str]:
        me = None
        with _in_words():
            try:
                async with asyncio.timeout(asking.PATIENCE_S):
                    await login.client.connect()
                me = await (entering.by_qr if qr else entering.by_phone)(login.client, talk)
                reader = Reader(login, self._clock, self._pace)
                await self._ask_anew(reader)
            except BaseException:
                await _left(login, is_inside=me is not None)
                raise
        return reader, entering.shown(me)

    async def _ask_anew(self, reader: Reader) -> None:
        # Another account may have come in under the name: how a chat is asked for is each account's own. And to ask
        # for all chats says where the updates of each stand.
        self._lists.pop(reader.name, None)
        try:
            seen = {one.followed.id: one.followed for one in await asking.chats(reader.login)}
        except (*failures.PAUSES, *failures.UNREACHED, *failures.UNREADABLE):
            return  # it is inside all the same, and what it follows is most likely as before
        own = {name: _asked_like(one, seen) for name, one in reader.followed.items()}
        if own != reader.followed:
            _keep(reader, own)

    def _not_named(self, login: str) -> str:
        if not self._named or login in self._named:
            return ""
        return f'. The next run reads it when "{login}" stands in logins under [telegram]'

    async def log_out(self, login: str) -> Outcome:
        """End the session and forget the login. One that is lost is forgotten, whatever Telegram says."""
        reader = self._known(login)
        with self._alone(login):
            told, was_lost = False, reader.is_lost
            reader.is_open = False
            await self._readers.suspend(reader)
            try:
                with _in_words():
                    await reader.connect()
                    told = await asking.log_out(reader.login)
            except BaseException as error:
                if not was_lost or not isinstance(error, OperatorNeeded):
                    reader.is_open = True
                    await self._readers.add(reader)
                    raise
            reader.login.forget()
            await self._readers.remove(reader)
            reader.login.close()
            self._lists.pop(login, None)
        text = "is logged out" if told else "was not logged in any more; it is removed here"
        return Outcome(ok=True, text=f'"{login}" {text}')

    async def devices(self, login: str) -> tuple[Device, ...]:
        """Where the account is logged in."""
        async with self._asked(login) as reader:
            return tuple(await asking.devices(reader.login))

    async def end_device(self, login: str, number: int) -> Outcome:
        """End another session of the account."""
        if not number:
            return Outcome(ok=False, text="that is this session itself; log the login out instead")
        async with self._asked(login) as reader:
            await asking.end_session(reader.login, number)
        return Outcome(ok=True, text="the session is ended")

    # --- chats ----------------------------------------------------------------------------------------------------

    def followed(self, login: str) -> tuple[Chat, ...]:
        """What a login follows, as it is on disk."""
        reader = self._readers.get(login)
        return tuple(_kept(login, one) for one in reader.followed.values()) if reader is not None else ()

    async def chats(self, login: str, search: str = "") -> tuple[Chat, ...]:
        """What a login sees, newest first."""
        wanted = search.strip().removeprefix("@").casefold()
        return tuple(
            self._marked(one.chat)
            for one in await self._seen(self._known(login))
            if wanted in one.chat.title.casefold() or wanted in one.chat.username.casefold()
        )

    async def topics(self, forum: Chat) -> tuple[Chat, ...]:
        """The topics of a forum."""
        return tuple(self._marked(one.chat) for one in await self._topics(self._known(forum.login), forum.id))

    async def follow(self, chat: Chat) -> Outcome:
        """Read a chat from now on."""
        reader = self._known(chat.login)
        if chat.id in reader.followed:
            return Outcome(ok=False, text=f"{one_line(chat.title)} is followed already")
        if chat.kind is ChatKind.TOPIC:
            there = await self._topics(reader, ChannelId(chat.forum))
        else:
            there = await self._seen(reader)
        found = next((one.followed for one in there if one.chat.id == chat.id), None)
        if found is None:
            raise OperatorNeeded(
                f'login "{reader.name}" does not see {one_line(chat.title)} any more', "Join it in a Telegram app"
            )
        before = self._readers.owner(chat.id)
        if before is not None and found.is_small:
            text = f'is read by "{before.name}", and each account numbers the posts of a small group for itself'
            return Outcome(ok=False, text=f"{one_line(found.title)} {text}: no other login can take over")
        _keep(reader, {**reader.followed, found.id: found})
        self._readers.rearrange()
        if before is not None and self._readers.owner(chat.id) is before:
            text = f'read by "{before.name}"; "{reader.name}" takes over when that one is lost'
            return Outcome(ok=True, text=f"{one_line(found.title)} is {text}")
        return Outcome(ok=True, text=f"{one_line(found.title)} is read from now on")

    async def unfollow(self, channel: ChannelId) -> Outcome:
        """Read it no more, by any login."""
        title = ""
        for reader in self._readers.all:
            if channel in reader.followed:
                title = reader.followed[channel].title
                _keep(reader, {name: one for name, one in reader.followed.items() if name != channel})
        if not title:
            return Outcome(ok=False, text=f"{one_line(channel)} is not followed")
        self._readers.rearrange()
        return Outcome(ok=True, text=f"{one_line(title)} is not read any more; its open trades are managed on")

    async def import_history(self, channel: ChannelId, posts: int, progress: Progress | None = None) -> Outcome:
        """Take older posts into the journals, from the oldest one there backwards."""
        owner = self._readers.owner(channel)
        if owner is None:
            return Outcome(ok=False, text=f"{one_line(channel)} is not followed")
        if owner.is_lost:
            raise _away(owner)
        first = self._readers.first_of(channel)
        if first is None or not self._readers.is_read:
            return Outcome(ok=False, text="nothing of it has been read yet; try again in a moment")
        with self._alone(owner.followed[channel].title):
            oldest = await self._oldest(channel)
            work = Import(
                page=lambda below: self._page(channel, below),
                put=self._put,
                below=first if oldest is None else min(first, oldest),
                posts=max(0, min(posts, MOST)),
                clock=self._clock,
                pace=self._pace,
                progress=progress,
            )
            return await work.run()

    async def _put(self, item: Imported) -> None:
        if not self._readers.is_read:
            raise OperatorNeeded("nothing reads any more: the engine has ended", "Ask again when it runs")
        await self._readers.hand(item)

    async def _page(self, channel: ChannelId, below: int) -> list[Message]:
        owner = self._readers.owner(channel)
        if owner is None:
            raise KeyError(channel)
        try:
            return await owner.source.older(channel, below)
        except KeyError:
            if self._readers.owner(channel) is None:
                raise
            raise ConnectionError("the login has only just been given the channel") from None

    # --- asking ---------------------------------------------------------------------------------------------------

    def _known(self, login: str) -> Reader:
        reader = self._readers.get(login)
        if reader is None:
            raise OperatorNeeded(f'there is no Telegram login "{one_line(login)}"', "Log in under that name")
        return reader

    @contextlib.contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        if what in self._busy:
            raise OperatorNeeded(f"something else is being done with {one_line(what)}", "Try again when it is over")
        self._busy.add(what)
        try:
            yield
        finally:
            self._busy.discard(what)

    @contextlib.asynccontextmanager
    async def _asked(self, login: str) -> AsyncIterator[Reader]:
        reader = self._known(login)
        if reader.is_lost:
            raise _away(reader)
        with _in_words():
            await reader.connect()
            yield reader

    async def _seen(self, reader: Reader) -> list[asking.Seen]:
        kept = self._lists.get(reader.name)
        if kept is None or self._is_old(kept, reader):
            asked = asyncio.create_task(self._list(reader.name), name=f"telegram {reader.name} chats")
            asked.add_done_callback(_seen_to)
            kept = self._lists[reader.name] = _List(self._clock.now(), asked)
        return await asyncio.shield(kept.seen)  # whoever asked may stop waiting, the list stays

    def _is_old(self, kept: _List, reader: Reader) -> bool:
        age = self._clock.now() - kept.at
        if not _has_failed(kept.seen):
            return age > FRESH_MS
        return age > FAILED_MS or reader.view().since >= kept.at  # it stands otherwise since

    async def _list(self, login: str) -> list[asking.Seen]:
        async with self._asked(login) as reader:
            return await asking.chats(reader.login)

    async def _topics(self, reader: Reader, forum: str) -> list[asking.Seen]:
        found = next((one.followed for one in await self._seen(reader) if one.chat.id == forum), None)
        if found is None:
            raise OperatorNeeded(f'login "{reader.name}" does not see this forum any more', "Join it in a Telegram app")
        async with self._asked(reader.name):
            return await asking.topics(reader.login, found)

    def _marked(self, chat: Chat) -> Chat:
        return replace(chat, is_followed=self._readers.owner(chat.id) is not None)


def _has_failed(task: asyncio.Task[list[asking.Seen]]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _seen_to(task: asyncio.Task[list[asking.Seen]]) -> None:
    # Whoever still waits gets the failure; that nobody does is none.
    if not task.cancelled():
        task.exception()


def _keep(reader: Reader, channels: Mapping[ChannelId, Followed]) -> None:
    try:
        reader.keep(channels)
    except OSError as error:
        text = f"what is followed cannot be written: {error.strerror or type(error).__name__}"
        raise OperatorNeeded(text, "Look at the disk; nothing was changed") from None


def _kept(login: str, one: Followed) -> Chat:
    kind = ChatKind.TOPIC if one.topic else ChatKind.SMALL_GROUP if one.is_small else ChatKind.CHAT
    forum = replace(one, topic=0).id if one.topic else ""
    return Chat(one.id, login, one.title, kind, forum=forum, is_followed=True)


def _asked_like(one: Followed, seen: Mapping[ChannelId, Followed]) -> Followed:
    # A topic is asked for as its forum is.
    found = seen.get(replace(one, topic=0).id)
    return one if found is None else replace(one, hash=found.hash)


async def _left(login: Login, *, is_inside: bool) -> None:
    # Nothing of a login that did not come to its end stays, neither at Telegram nor here.
    with contextlib.suppress(errors.RPCError, *failures.UNREACHED, *failures.UNREADABLE):
        async with asyncio.timeout(LEAVE_S):
            if is_inside:
                await asking.log_out(login)
            else:
                await login.client.disconnect()
    login.session.delete()


def _away(reader: Reader) -> OperatorNeeded:
    return OperatorNeeded(f'login "{reader.name}": {reader.view().detail}', "Log in again")


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    # What Telegram or the way there says, for the owner.
    try:
        yield
    except AuthKeyNotFound as error:
        raise OperatorNeeded(failures.lost_session(error), "Log in again") from None
    except errors.RPCError as error:
        if failures.lost_session(error):
            raise OperatorNeeded(failures.lost_session(error), "Log in again") from None
        raise entering.refused(error) from None
    except failures.UNREACHED:
        raise OperatorNeeded(*asking.UNREACHABLE) from None
    except failures.UNREADABLE:
        raise OperatorNeeded(failures.NOT_READ) from None
