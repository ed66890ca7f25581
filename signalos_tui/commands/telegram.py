"""What every command that speaks with Telegram needs: the vault of sessions, a connected login, and the sources of a run."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from signalos_tui.clock import Clock
from signalos_tui.collect.hub import Hub
from signalos_tui.collect.routed import among, unknown
from signalos_tui.collect.telegram.directory import TelegramDirectory
from signalos_tui.collect.telegram.logins import FOLDER, App, followed_by, known, names, open_login
from signalos_tui.collect.telegram.pictures import FOLDER as MEDIA
from signalos_tui.collect.telegram.pictures import Limits, Pictures
from signalos_tui.collect.telegram.reader import Reader
from signalos_tui.collect.telegram.readers import Readers
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.vault import HEAD, SHORTEST, Vault, WrongPassphrase, open_vault, system_keyring
from signalos_tui.commands.places import JOURNAL, account_folder
from signalos_tui.commands.session import Live
from signalos_tui.config import Config, Telegram
from signalos_tui.errors import ConfigInvalid, OperatorNeeded, SourceUnreadable
from signalos_tui.harmless import one_line
from signalos_tui.journal.history import oldest
from signalos_tui.link.secret import Secret, read_secret
from signalos_tui.logs import logger
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel

_log = logger("signalos.telegram")

MB = 1 << 20
_HASH = re.compile("[0-9a-fA-F]{32}")
USUAL = "main"
"""The login that is meant when none is named."""
HANG_UP_S = 5.0
ELSEWHERE = ("hook:", "file:")
"""How the ids of channels begin that are not Telegram's."""
MISTYPED = 3
"""How often a passphrase that is typed may be wrong."""
_ABOUT_PASSPHRASE = f"""This system has no keyring, so a passphrase seals the Telegram sessions on this disk.
It has at least {SHORTEST} characters, and is asked for again at every start.
It cannot be recovered: whoever loses it has to log in anew."""


class PassphraseTyped(OperatorNeeded):
    """The sessions stay closed until somebody types their passphrase."""


def app_of(table: Telegram) -> App:
    """Who asks. Raises ConfigInvalid, OperatorNeeded: nothing says it, the hash cannot be read, or is none; it is not shown."""
    if table.lacks is not None:
        raise ConfigInvalid(f"telegram: {table.lacks[1]}", "Write it under [telegram], as docs/telegram.md says")
    file = Path(table.api_hash_file).expanduser() if table.api_hash_file else None
    found = read_secret("the api_hash", variable=table.api_hash_env, file=file, keyring=table.api_hash_keyring)
    if not found:
        where = _place(table.api_hash_env, table.api_hash_file, table.api_hash_keyring)
        raise OperatorNeeded(f"there is no api_hash in {where}", "Put it there, as my.telegram.org shows it")
    if not _HASH.fullmatch(found.reveal()):
        seen = f"the api_hash has {len(found.reveal())} characters, and is not 32 digits of 0-9 and a-f"
        raise OperatorNeeded(seen, "Copy it again from my.telegram.org")
    return App(table.api_id, found)


def vault_of(table: Telegram, data: Path) -> Vault:
    """The sessions of a data folder, opened. Raises OperatorNeeded, OSError."""
    named = bool(table.passphrase_env or table.passphrase_file)

    def ask(is_new: bool) -> Secret:
        return passphrase_of(table) or _typed(is_new=is_new)

    for tries in reversed(range(1 if named else MISTYPED)):
        try:
            return open_vault(data / FOLDER, system_keyring(), ask, prefers_passphrase=named)
        except WrongPassphrase as wrong:
            if not tries:
                raise
            print(f"That was not it: {wrong.text}.", file=sys.stderr)
    raise AssertionError("unreachable")


def counted(table: Telegram, folder: Path, logins: Sequence[str]) -> dict[str, int]:
    """How many channels each of these follows. folder: of the sessions.

    Raises PassphraseTyped: nobody is asked for a passphrase only to count; VaultClosed, OperatorNeeded, OSError.
    """

    def ask(is_new: bool) -> Secret:
        found = passphrase_of(table)
        if not found:
            raise PassphraseTyped("the passphrase is asked for at the start")
        return found

    if not (folder / HEAD).exists():
        raise OperatorNeeded(f"{folder / HEAD} is gone, and without it no session opens", "Restore it, or log in again")
    vault = open_vault(folder, system_keyring(), ask)
    return {name: len(followed_by(vault, name)) for name in logins}


def passphrase_of(table: Telegram) -> Secret:
    """The sessions' passphrase where a place is named, an empty one where none is. Raises OperatorNeeded: it is not there."""
    file = Path(table.passphrase_file).expanduser() if table.passphrase_file else None
    found = read_secret("the passphrase", variable=table.passphrase_env, file=file)
    if (table.passphrase_env or table.passphrase_file) and not found:
        where = _place(table.passphrase_env, table.passphrase_file)
        raise OperatorNeeded(f"there is no passphrase in {where}", "Put it there; it opens the Telegram sessions")
    return found


def _place(variable: str, file: str, keyring: str = "") -> str:
    if variable:
        return f"the environment variable {variable}"
    return f"the file {file}" if file else f"the keyring entry {keyring}"


class Following:
    """What a run reads on Telegram: all logins as one source, shared where several accounts read it.

    directory: what may be done with them meanwhile.
    """

    def __init__(self, config: Config, data: Path, clock: Clock, holder: str, *, has_console: bool = False) -> None:
        """Takes every login and asks for a passphrase where one is needed. has_console: its owner can log in later.

        Raises OperatorNeeded, OSError.
        """
        table = config.telegram
        app, vault = app_of(table), vault_of(table, data)
        wanted = table.logins or known(vault.folder)
        if not has_console:
            _require_sessions(table.logins, names(vault.folder))
        self._config = config
        self._data = data
        pace, pictures = pace_of(table), pictures_of(table, data)
        readers: list[Reader] = []
        with contextlib.ExitStack() as taken:  # all of them or none
            for name in wanted:
                login = open_login(vault, name, app, holder, pictures)
                taken.callback(login.close)
                readers.append(Reader(login, clock, pace))
            taken.pop_all()
        self.readers = Readers(readers, clock, pace)
        self.directory = TelegramDirectory(
            self.readers,
            clock,
            pace,
            open_login=lambda name: open_login(vault, name, app, holder, pictures),
            oldest=self._oldest,
            named=table.logins,
        )
        self._hub = Hub(self.readers, missed=self.readers.missed)

    def all(self) -> Live:
        """What the one account there is reads."""
        return Live([self.readers])

    def routed(self, config: Config, account: str) -> Live:
        """What one of several accounts reads. A route may name a channel that is followed only later; until then it is logged."""
        wanted = config.routes(account)
        for name in unknown(wanted, self.readers.channels()):
            if name.startswith(ELSEWHERE):
                continue
            _log.warning("a route names no channel that is followed", account=account, channel=one_line(name))
        return Live([self._hub.branch(among(wanted))])

    async def hang_up(self) -> None:
        """Disconnect what was asked while no engine read."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANG_UP_S):
                for reader in self.readers.all:
                    await reader.stop()

    def close(self) -> None:
        """Save and let go of every login."""
        for reader in self.readers.all:
            reader.login.close()

    async def _oldest(self, channel: ChannelId) -> int | None:
        # The number that all accounts have come back to; one that has nothing of the channel yet gets its newest posts first.
        found = [await asyncio.to_thread(oldest, path, channel) for path in self._journals(channel) if path.exists()]
        return max((number for number in found if number is not None), default=None)

    def _journals(self, channel: ChannelId) -> Iterator[Path]:
        if not self._config.accounts:
            yield self._data / JOURNAL
            return
        info = next((one for one in self.readers.channels() if one.id == channel), Channel(channel, ""))
        for name in self._config.accounts:
            if among(self._config.routes(name))(info):
                yield account_folder(self._data, name) / JOURNAL


def _require_sessions(named: Sequence[str], there: Sequence[str]) -> None:
    missing = [name for name in named if name not in there]
    if missing or not there:
        what = f'no Telegram login "{missing[0]}"' if missing else "nobody is logged in to Telegram"
        raise SourceUnreadable(what, f"Run: signalos login {missing[0] if missing else USUAL}")


def pace_of(table: Telegram) -> Pace:
    """How often Telegram is asked."""
    return Pace(
        poll_s=table.poll_s,
        compare_s=table.compare_s,
        heartbeat_s=table.heartbeat_s,
        first_posts=table.first_posts,
    )


def pictures_of(table: Telegram, data: Path) -> Pictures | None:
    """Where what posts show is kept; None: nowhere."""
    if table.media == "off":
        return None
    limits = Limits(largest=table.media_max_mb * MB, total=table.media_total_mb * MB, per_minute=table.media_per_minute)
    return Pictures(data / MEDIA, limits)


def _typed(*, is_new: bool) -> Secret:
    if not sys.stdin.isatty():
        text = "there is no keyring and no terminal to ask for the sessions' passphrase"
        raise OperatorNeeded(text, "Name passphrase_env or passphrase_file under [telegram]")
    try:
        return Secret(_new_passphrase() if is_new else getpass.getpass("Passphrase of the sessions: "))
    except EOFError:
        raise OperatorNeeded("the input ended before the passphrase did", "Type it, and press Enter") from None


def _new_passphrase() -> str:
    print(_ABOUT_PASSPHRASE, file=sys.stderr)
    while True:
        typed = getpass.getpass("New passphrase for the Telegram sessions: ")
        if len(typed) < SHORTEST:
            print(f"It has {len(typed)} characters, {SHORTEST} are the least.", file=sys.stderr)
        elif getpass.getpass("The same once more: ") == typed:
            return typed
        else:
            print("The two were not the same.", file=sys.stderr)
