"""`signalos channels` and `signalos sessions`: which channels are read, and who is logged in where."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from signalos_tui.collect.telegram.asking import (
    Seen,
    chats,
    connected,
    devices,
    end_session,
    log_out,
    require_inside,
    topics,
)
from signalos_tui.collect.telegram.entering import shown
from signalos_tui.collect.telegram.logins import FOLDER, FOLLOWED, Followed, Login, names, open_login
from signalos_tui.collect.telegram.session import SUFFIX
from signalos_tui.commands.places import configuration, data_folder
from signalos_tui.commands.telegram import app_of, counted, vault_of
from signalos_tui.config import Telegram
from signalos_tui.errors import OperatorNeeded, SignalOSError
from signalos_tui.harmless import one_line


def listed(login: str, search: str, forum: str, *, config: Path | None, data: Path | None) -> int:
    """The account's channels and groups, or the topics of a forum, followed ones marked. search: a part of title or name."""

    async def work(one: Login) -> int:
        followed = {each.id for each in one.followed()}
        wanted = search.casefold()
        there = await chats(one)
        for _, chat in await topics(one, _chosen(there, forum)) if forum else there:
            name = f"  @{chat.username}" if chat.username else ""
            if wanted in f"{chat.title}{name}".casefold():
                mark = "*" if chat.id in followed else " "
                print(one_line(f"{mark} {chat.id:<20} {chat.kind:<12} {chat.title}{name}"))
        return 0

    return _with(login, work, config=config, data=data)


def follow(login: str, wanted: Sequence[str], *, config: Path | None, data: Path | None) -> int:
    """Read these from the next start on. wanted: each an id, a name with @, or a whole title."""

    async def work(one: Login) -> int:
        there = await chats(one)
        followed = {each.id: each for each in one.followed()}
        for chat in [await _wanted(one, there, text) for text in wanted]:
            followed[chat.id] = chat
            print(f"following {chat.id}  {one_line(chat.title)}")
        one.follow(tuple(followed.values()))
        print("It is read from the next start of `signalos run` on. A new one is on paper: it opens nothing with real")
        print("money until you say otherwise, in the console with P or in config.toml with `policy`. One that was")
        print("followed before has the policy it had: docs/rules.md")
        return 0

    return _with(login, work, config=config, data=data)


def unfollow(login: str, wanted: Sequence[str], *, config: Path | None, data: Path | None) -> int:
    """Read these no more from the next start on; what they said stays in the journal. Telegram is not asked."""
    table, folder = configuration(config).telegram, data_folder(data)
    one = _existing(table, folder, login, "signalos channels")
    try:
        left = list(one.followed())
        for text in wanted:
            gone = [each for each in left if is_called(text, each)]
            if len(gone) != 1:
                raise not_one(text, gone, "followed channels")
            left.remove(gone[0])
            print(f"no longer following {gone[0].id}  {one_line(gone[0].title)}")
        one.follow(left)
    finally:
        one.close()
    return 0


def _follows(has_list: bool, count: int | None) -> str:
    if not has_list or count == 0:
        return "follows nothing yet"
    return "follows channels" if count is None else f"follows {count} channel{'s' * (count != 1)}"


def sessions_listed(*, config: Path | None, data: Path | None) -> int:
    """The logins of the data folder, with how many channels each follows where no passphrase has to be typed to see it."""
    table, folder = configuration(config).telegram, data_folder(data) / FOLDER
    read, found = table.logins, names(folder)
    counts: dict[str, int] = {}
    with contextlib.suppress(SignalOSError, OSError):
        counts = counted(table, folder, found)
    for name in found:
        saved = datetime.fromtimestamp((folder / f"{name}{SUFFIX}").stat().st_mtime, UTC)
        follows = _follows((folder / f"{name}{FOLLOWED}").exists(), counts.get(name))
        unread = "; not read, as logins under [telegram] names others" if read and name not in read else ""
        print(f"{name:<16} saved {saved:%Y-%m-%d %H:%M} UTC, {follows}{unread}")
    if not found:
        print("nobody is logged in; begin with: signalos login")
    return 0


def tested(login: str, *, config: Path | None, data: Path | None) -> int:
    """Ask Telegram who this login is, and from where its account is logged in."""

    async def work(one: Login) -> int:
        print(f'"{one.name}" is logged in as {shown(await one.client.get_me())}; followed: {len(one.followed())}')
        for each in await devices(one):
            used = datetime.fromtimestamp(each.used_at / 1000, UTC)
            print(f"{each.number or 'this one':>20}  {one_line(each.what)}, last used {used:%Y-%m-%d %H:%M} UTC")
        return 0

    return _with(login, work, config=config, data=data)


def revoked(login: str, number: int, *, config: Path | None, data: Path | None) -> int:
    """End another session of the account. number: as `signalos sessions test` shows it."""

    async def work(one: Login) -> int:
        await end_session(one, number)
        print(f"session {number} is ended")
        return 0

    return _with(login, work, config=config, data=data)


def logged_out(login: str, *, config: Path | None, data: Path | None) -> int:
    """End the login at Telegram and remove what is kept of it, also when Telegram has ended it already."""
    table, folder = configuration(config).telegram, data_folder(data)
    return asyncio.run(_log_out(_existing(table, folder, login, "signalos sessions logout")))


async def _log_out(one: Login) -> int:
    async with connected(one):
        told = await log_out(one)
    one.forget()
    print(f'"{one.name}" is logged out' if told else f'Telegram had ended "{one.name}" already; it is removed here')
    return 0


def _with(name: str, work: Callable[[Login], Awaitable[int]], *, config: Path | None, data: Path | None) -> int:
    one = _existing(configuration(config).telegram, data_folder(data), name, "signalos, another command")
    return asyncio.run(_worked(one, work))


async def _worked(one: Login, work: Callable[[Login], Awaitable[int]]) -> int:
    async with connected(one):
        await require_inside(one)
        return await work(one)


def require_login(folder: Path, name: str) -> None:
    """Before anything is asked. folder: the data folder. Raises OperatorNeeded: nobody is logged in under this name."""
    there = names(folder / FOLDER)
    if name not in there:
        text = f"there is no Telegram login {name!r}" + (f", there are: {', '.join(there)}" if there else "")
        raise OperatorNeeded(text, f"Run: signalos login {one_line(name)}")


def _existing(table: Telegram, folder: Path, name: str, holder: str) -> Login:
    require_login(folder, name)
    app = app_of(table)
    return open_login(vault_of(table, folder), name, app, holder)


async def _wanted(login: Login, there: Sequence[Seen], text: str) -> Followed:
    forum, _, topic = text.partition("/")
    if not topic.isdecimal() or not forum.removeprefix("tg:").startswith("-100"):
        return _chosen(there, text)
    return _chosen(await topics(login, _chosen(there, forum)), text)


def _chosen(there: Sequence[Seen], text: str) -> Followed:
    found = [one.followed for one in there if is_called(text, one.followed, one.chat.username)]
    if len(found) != 1:
        raise not_one(text, found, "channels of this account")
    return found[0]


def is_called(text: str, channel: Followed, username: str = "") -> bool:
    """Whether an owner means this one: by its id, its @name or its whole title."""
    if text.startswith("@"):
        return bool(username) and text[1:].casefold() == username.casefold()
    return text in (channel.id, channel.id.removeprefix("tg:")) or text.casefold() == channel.title.casefold()


def not_one(text: str, found: Sequence[Followed], of: str) -> OperatorNeeded:
    """What to say where several are meant, or none."""
    if not found:
        return OperatorNeeded(f"none of the {of} is {text!r}", "Run: signalos channels list")
    ids = ", ".join(one.id for one in found)
    return OperatorNeeded(f"{len(found)} of the {of} are called {text!r}", f"Name one by its id: {ids}")
