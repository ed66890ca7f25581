"""What every command that speaks with Telegram needs: the vault of sessions, a connected login, and the sources of a run."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from pathlib import Path

from signalos_tui.clock import Clock
from signalos_tui.collect.hub import Hub
from signalos_tui.collect.routed import among, unknown
from signalos_tui.collect.source import MessageSource
from signalos_tui.collect.telegram.logins import FOLDER, App, Login, names, open_login
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.source import TelegramSource
from signalos_tui.collect.telegram.vault import Vault, open_vault, system_keyring
from signalos_tui.commands.session import Live
from signalos_tui.config import Config, Telegram
from signalos_tui.errors import ConfigInvalid, OperatorNeeded, SourceUnreadable
from signalos_tui.harmless import one_line
from signalos_tui.link.secret import Secret, read_secret
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel

USUAL = "main"
"""The login that is meant when none is named."""


def app_of(table: Telegram) -> App:
    """Who asks. Raises ConfigInvalid, OperatorNeeded: nothing says it, or the place of the hash cannot be read."""
    if table.lacks is not None:
        raise ConfigInvalid(f"telegram: {table.lacks[1]}", "Write it under [telegram]; docs/telegram.md says how")
    file = Path(table.api_hash_file).expanduser() if table.api_hash_file else None
    found = read_secret("the api_hash", variable=table.api_hash_env, file=file, keyring=table.api_hash_keyring)
    if not found:
        where = table.api_hash_env or table.api_hash_file or table.api_hash_keyring
        raise OperatorNeeded(f"there is no api_hash in {where}", "Put it there, as my.telegram.org shows it")
    return App(table.api_id, found)


def vault_of(table: Telegram, data: Path) -> Vault:
    """The sessions of a data folder, opened. Raises OperatorNeeded, OSError."""
    named = bool(table.passphrase_env or table.passphrase_file)

    def ask(is_new: bool) -> Secret:
        file = Path(table.passphrase_file).expanduser() if table.passphrase_file else None
        found = read_secret("the passphrase", variable=table.passphrase_env, file=file)
        if found:
            return found
        if named:
            where = table.passphrase_env or table.passphrase_file
            raise OperatorNeeded(f"there is no passphrase in {where}", "Put it there; it opens the Telegram sessions")
        return _typed(is_new=is_new)

    return open_vault(data / FOLDER, system_keyring(), ask, prefers_passphrase=named)


class Following:
    """The channels that a run reads on Telegram: a source for each login, shared where several accounts read it."""

    def __init__(self, config: Config, data: Path, clock: Clock, holder: str) -> None:
        """Takes every login and asks for a passphrase where one is needed. Raises OperatorNeeded, OSError."""
        table = config.telegram
        self._logins: list[Login] = []
        self.sources: list[MessageSource] = []
        app, vault = app_of(table), vault_of(table, data)
        there = names(vault.folder)
        missing = [name for name in table.logins if name not in there]
        if missing or not there:
            what = f'no Telegram login "{missing[0]}"' if missing else "nobody is logged in to Telegram"
            raise SourceUnreadable(what, f"Run: signalos login {missing[0] if missing else USUAL}")
        try:
            for name in table.logins or there:
                self._logins.append(open_login(vault, name, app, holder))
            self.sources = _sources(self._logins, clock, _pace(table))
        except BaseException:
            self.close()
            raise
        self._hubs = [Hub(source) for source in self.sources]

    def all(self) -> Live:
        """What the one account there is reads."""
        return Live(self.sources)

    def routed(self, config: Config, account: str) -> Live:
        """What one of several accounts reads. Raises ConfigInvalid: it names a channel that nobody follows."""
        wanted = config.routes(account)
        channels = self.channels()
        strangers = unknown(wanted, channels)
        if strangers:
            known = ", ".join(one_line(channel.title) for channel in channels)
            text = f"accounts.{account}.channels names {strangers[0]!r}, and no followed channel is called that"
            raise ConfigInvalid(text, f"There are: {known}")
        return Live([hub.branch(among(wanted)) for hub in self._hubs])

    def channels(self) -> tuple[Channel, ...]:
        """All of them."""
        return tuple(channel for source in self.sources for channel in source.channels())

    def close(self) -> None:
        """Save and let go of every login."""
        for login in self._logins:
            login.close()
        self._logins.clear()


def _sources(logins: Sequence[Login], clock: Clock, pace: Pace) -> list[MessageSource]:
    # A channel that several logins follow is read by the first of them.
    made: list[MessageSource] = []
    taken: set[ChannelId] = set()
    for login in logins:
        mine = {one.id: (one.channel, one.peer) for one in login.followed() if one.id not in taken}
        taken |= mine.keys()
        if mine:
            made.append(TelegramSource(f"telegram {login.name}", login.client, mine, clock, pace))
    if not made:
        raise SourceUnreadable("no Telegram channel is followed", "Run: signalos channels list, then channels follow")
    return made


def _pace(table: Telegram) -> Pace:
    return Pace(
        poll_s=table.poll_s,
        compare_s=table.compare_s,
        heartbeat_s=table.heartbeat_s,
        first_posts=table.first_posts,
    )


def _typed(*, is_new: bool) -> Secret:
    if not sys.stdin.isatty():
        text = "there is no keyring and no terminal to ask for the sessions' passphrase"
        raise OperatorNeeded(text, "Name passphrase_env or passphrase_file under [telegram]")
    first = getpass.getpass("New passphrase for the Telegram sessions: " if is_new else "Passphrase of the sessions: ")
    if is_new and getpass.getpass("The same once more: ") != first:
        raise OperatorNeeded("the two passphrases were not the same", "Try again")
    return Secret(first)
