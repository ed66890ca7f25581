"""The logins in the data folder: which there are, what each follows, and the client that stands for one of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from telethon.tl import types

from signalos_tui import __version__
from signalos_tui.collect.telegram.lock import Lock
from signalos_tui.collect.telegram.pictures import Pictures
from signalos_tui.collect.telegram.posts import channel_id, group_id
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.collect.telegram.session import SUFFIX, StoredSession
from signalos_tui.collect.telegram.vault import Vault, VaultClosed
from signalos_tui.errors import OperatorNeeded
from signalos_tui.link.secret import Secret
from signalos_tui.logs import logger
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel

FOLDER = "telegram"
"""Where they lie in the data folder."""
FOLLOWED = ".channels"
LONGEST = 32

_log = logger("signalos.telegram")


class App(NamedTuple):
    """Who asks Telegram: what my.telegram.org gave the owner."""

    api_id: int
    api_hash: Secret


class Followed(Struct, frozen=True):
    """A chat that is read. number: bare, as Telegram counts. hash: without it Telegram does not answer about it.

    topic: of a forum, when only that is read. is_small: a small group, which has no hash.
    """

    number: int
    hash: int
    title: str
    topic: int = 0
    is_small: bool = False

    @property
    def id(self) -> ChannelId:
        """As everywhere else."""
        return group_id(self.number) if self.is_small else channel_id(self.number, self.topic)

    @property
    def channel(self) -> Channel:
        """As the engine knows it. The title is the one it had when it was followed."""
        return Channel(self.id, self.title)

    @property
    def peer(self) -> Any:
        """As a request names it."""
        return types.InputPeerChat(self.number) if self.is_small else types.InputPeerChannel(self.number, self.hash)


class Login:
    """One login, held by this process from `open_login` to `close`. client: not connected yet."""

    def __init__(self, name: str, vault: Vault, lock: Lock, app: App, pictures: Pictures | None = None) -> None:
        """pictures: where what posts show is kept; None: nowhere. Raises VaultClosed: its file was changed."""
        self.name = name
        self.pictures = pictures
        self._vault = vault
        self._lock = lock
        self._app = app
        self._open()

    def _open(self) -> None:
        app = self._app
        self.session = StoredSession(self._vault, self.name)
        self.client = ReadOnlyClient(
            self.session,
            app.api_id,
            app.api_hash.reveal(),
            sequential_updates=True,
            flood_sleep_threshold=0,
            connection_retries=-1,
            request_retries=2,
            raise_last_call_error=True,
            device_model="SignalOS",
            system_version="1",
            app_version=__version__,
            base_logger=_wordless(),
        )

    @property
    def has_key(self) -> bool:
        """Something was kept of it; whether Telegram still knows it is seen by asking."""
        return bool(getattr(self.session.auth_key, "key", None))

    def followed(self) -> tuple[Followed, ...]:
        """The channels it reads. Raises VaultClosed."""
        return followed_by(self._vault, self.name)

    def follow(self, channels: Sequence[Followed]) -> None:
        """Read these from now on. Raises OSError."""
        self._vault.write(self.name + FOLLOWED, msgspec.msgpack.encode(tuple(channels)))

    def begin_anew(self) -> None:
        """A new key instead of one that Telegram no longer takes; what is followed stays. The client is disconnected before."""
        self.session.delete()
        self._open()

    def forget(self) -> None:
        """Remove what is kept of it, also after Telegram has ended the session."""
        self.session.delete()
        self._vault.remove(self.name + FOLLOWED)

    def close(self) -> None:
        """Write what is left and let another process have it. The client is disconnected before."""
        try:
            self.session.close()
        finally:
            self._lock.release()


def open_login(vault: Vault, name: str, app: App, holder: str, pictures: Pictures | None = None) -> Login:
    """Take a login, a new one too. holder: the command that wants it. pictures: as in `Login`.

    Raises OperatorNeeded: no name, or another process has it (SessionBusy); VaultClosed; OSError.
    """
    if not (0 < len(name) <= LONGEST and all(c.isascii() and (c.isalnum() or c in "-_") for c in name)):
        raise OperatorNeeded(f"a login's name was {name!r}", f"Use 1 to {LONGEST} letters, digits, - and _")
    lock = Lock(vault.folder / f"{name}.lock", name, holder)
    try:
        return Login(name, vault, lock, app, pictures)
    except BaseException:
        lock.release()
        raise


def followed_by(vault: Vault, name: str) -> tuple[Followed, ...]:
    """The channels that a login reads, whoever holds it. Raises VaultClosed."""
    content = vault.read(name + FOLLOWED)
    if content is None:
        return ()
    try:
        return msgspec.msgpack.decode(content, type=tuple[Followed, ...])
    except msgspec.DecodeError:
        raise VaultClosed(f"{name}{FOLLOWED} is of another version", "Remove it and follow again") from None


def names(folder: Path) -> tuple[str, ...]:
    """The logins in the folder of a vault."""
    return tuple(sorted(one.name.removesuffix(SUFFIX) for one in folder.glob(f"*{SUFFIX}") if one.name[0] != "."))


def known(folder: Path) -> tuple[str, ...]:
    """The logins, and those whose session has ended while their channels are still known."""
    lists = (one.name.removesuffix(FOLLOWED) for one in folder.glob(f"*{FOLLOWED}") if one.name[0] != ".")
    return tuple(sorted({*names(folder), *lists}))


class _Wordless(logging.Handler):
    # Telethon logs requests and what it could not understand: phone numbers, codes, posts. That something was logged is worth
    # a line, where and of what kind; not a word of it.

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        _log.warning("telethon reports a fault", where=record.name, line=record.lineno, kind=kind)


def _wordless() -> logging.Logger:
    inner = logging.getLogger("telethon")
    if not any(isinstance(one, _Wordless) for one in inner.handlers):
        inner.handlers = [_Wordless(logging.ERROR)]
    inner.propagate = False
    inner.setLevel(logging.ERROR)
    return inner
