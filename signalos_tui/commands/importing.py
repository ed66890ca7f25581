"""`signalos channels import`: posts from before a channel was followed, into the journals while no engine has them."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from signalos_tui.clock import WallClock
from signalos_tui.collect.routed import among
from signalos_tui.collect.telegram.asking import connected, require_inside
from signalos_tui.collect.telegram.importing import Import
from signalos_tui.collect.telegram.logins import FOLDER, Followed, Login, followed_by, names, open_login
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.source import TelegramSource
from signalos_tui.collect.telegram.vault import Vault
from signalos_tui.commands.channels import is_called, not_one, require_login
from signalos_tui.commands.places import JOURNAL, account_folder, configuration, data_folder, require_layout
from signalos_tui.commands.telegram import USUAL, app_of, pace_of, vault_of
from signalos_tui.config import Config
from signalos_tui.engine.importing import Importing
from signalos_tui.errors import JournalUnusable, OperatorNeeded
from signalos_tui.harmless import one_line
from signalos_tui.journal import Journal
from signalos_tui.journal.history import oldest
from signalos_tui.journal.lock import holder_of
from signalos_tui.model.commands import Outcome
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Imported

HOLDER = "signalos channels import"


def import_posts(channel: str, posts: int, *, config: Path | None, data: Path | None) -> int:
    """Take older posts of a followed channel into every journal that it is routed to.

    channel: its id or whole title. Raises OperatorNeeded: an engine has a journal, nobody follows it; OSError.
    """
    settings, folder = configuration(config), data_folder(data)
    _require_any(settings.telegram.logins, folder)
    require_layout(folder, settings)
    journals = _journals(settings, folder)
    _require_free(journals)
    app, vault = app_of(settings.telegram), vault_of(settings.telegram, folder)
    name, followed = _found(vault, settings.telegram.logins, channel)
    wanted = [path for account, path in journals.items() if _takes(settings, account, followed)]
    if not wanted:
        raise OperatorNeeded(f"{one_line(followed.title)} is routed to no account", "Look at channels under [accounts]")
    known = {path: oldest(path, followed.id) if path.exists() else None for path in wanted}
    with contextlib.ExitStack() as taken:
        books = [_opened(path, settings, first, taken) for path, first in known.items()]
        login = open_login(vault, name, app, HOLDER)
        outcome = asyncio.run(_import(login, followed, books, posts, settings))
    print(outcome.text, file=sys.stdout if outcome.ok else sys.stderr)
    return 0 if outcome.ok else 1


async def _import(
    login: Login, followed: Followed, books: Sequence[Importing], posts: int, settings: Config
) -> Outcome:
    pace = pace_of(settings.telegram)
    async with connected(login):
        await require_inside(login)
        source = TelegramSource(f"telegram {login.name}", login.client, {}, WallClock(), pace)
        source.follow(followed.channel, followed.peer, None)
        is_new = any(book.oldest is None for book in books)
        first = await _before_the_first(source, followed.id, pace) if is_new else 0
        below = max([await book.begin(followed.channel, first) for book in books])

        async def put(item: Imported) -> None:
            for book in books:
                await book.take(item)

        work = Import(lambda number: source.older(followed.id, number), put, below, posts, WallClock(), pace, _tell)
        try:
            return await work.run()
        except asyncio.CancelledError:
            print(f"\n{work.read} older posts are in the journal; asked again, it goes on from there", file=sys.stderr)
            raise
        finally:
            print(file=sys.stderr)


async def _before_the_first(source: TelegramSource, channel: ChannelId, pace: Pace) -> int:
    # Nothing of it was ever read: its newest posts are what the next run begins with, so they are left to it.
    newest = await source.older(channel, 0)
    if len(newest) <= pace.first_posts:
        return newest[-1].id if newest else 1
    return newest[pace.first_posts - 1].id if pace.first_posts else newest[0].id + 1


def _tell(read: int, most: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{read} of {most} posts", end="", file=sys.stderr, flush=True)


def _journals(settings: Config, folder: Path) -> dict[str, Path]:
    if not settings.accounts:
        return {"": folder / JOURNAL}
    return {name: account_folder(folder, name) / JOURNAL for name in settings.accounts}


def _takes(settings: Config, account: str, followed: Followed) -> bool:
    return not account or among(settings.routes(account))(followed.channel)


def _require_any(named: Sequence[str], folder: Path) -> None:
    there = names(folder / FOLDER)
    wanted = named or there or (USUAL,)
    if not set(wanted) & set(there):
        require_login(folder, wanted[0])


def _require_free(journals: Mapping[str, Path]) -> None:
    for path in journals.values():
        holder = holder_of(path)
        if holder:
            raise JournalUnusable(f"the journal {path} is held by {holder}", "Import in its console, or stop it first")


def _opened(path: Path, settings: Config, first: int | None, taken: contextlib.ExitStack) -> Importing:
    journal = Journal.open(path, holder=HOLDER)
    taken.callback(journal.close)
    return Importing(journal, WallClock(), settings, first)


def _found(vault: Vault, logins: Sequence[str], text: str) -> tuple[str, Followed]:
    # The first login that follows it; what two of them follow is one channel.
    there = {
        one.id: (name, one)
        for name in reversed(logins or names(vault.folder))
        for one in followed_by(vault, name)
        if is_called(text, one)
    }
    if len(there) != 1:
        raise not_one(text, [one for _, one in there.values()], "followed channels")
    return next(iter(there.values()))
