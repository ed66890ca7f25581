"""A login as Telethon keeps it: key, data centre, entities and how far updates were read, sealed in the vault.

Telethon saves at every turn; the file is written a moment after the last change, and at once when the key has changed: what is
lost of the rest is fetched again, a lost key is a lost login.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from telethon.crypto import AuthKey
from telethon.sessions import MemorySession
from telethon.tl import types

from signalos_tui.collect.telegram.vault import Vault, VaultClosed
from signalos_tui.logs import logger

SUFFIX = ".session"
DELAY_S = 5.0

_log = logger("signalos.telegram")


class _Row(Struct, frozen=True, array_like=True):
    # An entity as Telethon keeps it. hash: its access hash, without which it cannot be asked about.
    id: int
    hash: int
    username: str | None
    phone: int | str | None
    name: str | None


class _State(Struct, frozen=True, array_like=True):
    # How far updates were read; of: a channel, 0 for the account itself. date: seconds UTC.
    of: int
    pts: int
    qts: int
    date: int
    seq: int


class _Kept(Struct, frozen=True):
    dc: int
    address: str | None
    port: int | None
    key: bytes
    entities: tuple[_Row, ...]
    states: tuple[_State, ...]


class StoredSession(MemorySession):  # type: ignore[misc] # Telethon has no types
    """The session of one login. Saves itself on the event loop; outside of one, at once."""

    def __init__(self, vault: Vault, login: str) -> None:
        """Raises VaultClosed: the file was changed."""
        super().__init__()
        self._vault = vault
        self._file = login + SUFFIX
        self._later: asyncio.TimerHandle | None = None
        self._written = b""
        self._is_gone = False
        content = vault.read(self._file)
        if content is not None:
            self._take(content)

    def clone(self, to_instance: Any = None) -> Any:
        """For connections to other data centres: those are not kept."""
        return to_instance or MemorySession()

    @property
    def auth_key(self) -> Any:
        """The key that is the login."""
        return self._auth_key

    @auth_key.setter
    def auth_key(self, value: Any) -> None:
        # A key whose bytes are missing is one that is being made. The object is Telethon's and changes in place.
        self._auth_key = value
        if _bytes(value) != self._written:
            self._write()

    def save(self) -> None:
        """Write, soon; at once where the key is another one."""
        if _bytes(self._auth_key) != self._written:
            self._write()
        elif self._later is None:
            try:
                self._later = asyncio.get_running_loop().call_later(DELAY_S, self._write_later)
            except RuntimeError:  # no loop: nothing comes later
                self._write()

    def close(self) -> None:
        """Write what is left to write."""
        if self._later is not None:
            self._write_later()

    def delete(self) -> None:
        """The login is no more; nothing is written after this."""
        self._forget_timer()
        self._is_gone = True
        self._vault.remove(self._file)

    def _write_later(self) -> None:
        try:
            self._write()
        except OSError as error:
            _log.error("the session cannot be saved", reason=error.strerror or type(error).__name__)

    def _write(self) -> None:
        # Without a key there is nothing to keep, unless one was kept that no longer counts.
        self._forget_timer()
        if self._is_gone or not (self._written or _bytes(self._auth_key)):
            return
        kept = _Kept(
            dc=self._dc_id,
            address=self._server_address,
            port=self._port,
            key=_bytes(self._auth_key),
            entities=tuple(_Row(*row) for row in sorted(self._entities, key=lambda row: (row[0], repr(row)))),
            states=tuple(_state(of, state) for of, state in self._update_states.items()),
        )
        self._vault.write(self._file, msgspec.msgpack.encode(kept))
        self._written = kept.key

    def _forget_timer(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None

    def _take(self, content: bytes) -> None:
        try:
            kept = msgspec.msgpack.decode(content, type=_Kept)
        except msgspec.DecodeError:
            raise VaultClosed(f"{self._file} is of another version", "Run `signalos login` again") from None
        self.set_dc(kept.dc, kept.address, kept.port)
        self._written = kept.key
        self._auth_key = AuthKey(kept.key) if kept.key else None
        self._entities = {(row.id, row.hash, row.username, row.phone, row.name) for row in kept.entities}
        self._update_states = {
            one.of: types.updates.State(one.pts, one.qts, datetime.fromtimestamp(one.date, UTC), one.seq, 0)
            for one in kept.states
        }


def _bytes(key: Any) -> bytes:
    return (getattr(key, "key", None) or b"") if key is not None else b""


def _state(of: int, state: Any) -> _State:
    date = state.date
    seconds = int(date.timestamp()) if isinstance(date, datetime) else int(date or 0)
    return _State(of, state.pts, state.qts, seconds, state.seq)
