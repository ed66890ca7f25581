"""The folder of sessions: each file sealed with AES-GCM under one key, from the system's keyring or made of a passphrase.

A session is worth the whole account, so it lies on no disk in clear and goes to no process twice. What was changed by a byte is
refused, and so is a file under another one's name. `vault.json` holds no secret: where the key is, the salt, and a sealed word by
which a wrong passphrase is told from a damaged file (reference: reliability T1, T2).
"""

from __future__ import annotations

import base64
import contextlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from msgspec import Struct

from signalos_tui.durable import replace_whole
from signalos_tui.errors import OperatorNeeded
from signalos_tui.link.secret import Secret

HEAD = "vault.json"
SERVICE = "signalos-telegram"
NONCE = 12
SHORTEST = 8
_WORD = b"this is the key"
_MAGIC = b"SIGNALOS 1\n"


class VaultClosed(OperatorNeeded):
    """The sessions cannot be read: no key, a wrong one, or a file that was changed."""


class WrongPassphrase(VaultClosed):
    """The passphrase of this vault is another one."""


class Keyring(Protocol):
    """What is used of a keyring."""

    def get_password(self, service: str, user: str) -> str | None:
        """A value that was kept."""
        ...

    def set_password(self, service: str, user: str, password: str) -> None:
        """Keep a value."""
        ...


AskPassphrase = Callable[[bool], Secret]
"""Where a passphrase comes from. True: it is a new one. Raises OperatorNeeded when there is nobody to ask."""


class _Head(Struct, frozen=True):
    # What vault.json says. check: _WORD, sealed.
    id: str
    key: Literal["keyring", "passphrase"]
    salt: bytes
    check: bytes
    version: Literal[1] = 1


class Vault:
    """Sealed files in a folder, by name."""

    def __init__(self, folder: Path, key: bytes) -> None:
        """key: 32 bytes. Use `open_vault`."""
        self.folder = folder
        self._cipher = AESGCM(key)

    def write(self, name: str, content: bytes) -> None:
        """Seal a file, whole or not at all. Raises OSError."""
        replace_whole(self.folder / name, [seal(self._cipher, name, content)])

    def read(self, name: str) -> bytes | None:
        """What a file holds; None when there is none. Raises VaultClosed: it was changed; OSError."""
        try:
            sealed = (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None
        content = unseal(self._cipher, name, sealed)
        if content is None:
            text = f"{self.folder / name} is damaged, was changed, or is another file's copy"
            raise VaultClosed(
                text, "Remove it and run `signalos login` again; end the old session in Telegram's settings"
            )
        return content

    def remove(self, name: str) -> None:
        """Forget a file; one that is not there is forgotten."""
        (self.folder / name).unlink(missing_ok=True)


def open_vault(folder: Path, keyring: Keyring | None, ask: AskPassphrase, *, prefers_passphrase: bool = False) -> Vault:
    """The vault in a folder, which is made at the first call. keyring: None where the system has none that is safe.

    prefers_passphrase: a new vault's key comes from one although there is a keyring. Raises VaultClosed (WrongPassphrase),
    OperatorNeeded, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    head = _read_head(folder / HEAD)
    if head is None:
        return _made(folder, None if prefers_passphrase else keyring, ask)
    key = _kept(head, keyring) if head.key == "keyring" else _derived(ask(False), head.salt)
    if unseal(AESGCM(key), HEAD, head.check) != _WORD:
        if head.key == "passphrase":
            raise WrongPassphrase("the passphrase of the Telegram sessions is not the right one", "Try again")
        raise VaultClosed(f"the key in the keyring does not fit {folder}", "Was the folder copied from elsewhere?")
    return Vault(folder, key)


def system_keyring() -> Keyring | None:
    """The system's keyring, None where there is none or where it would keep values in clear."""
    import keyring
    from keyring.errors import KeyringError

    try:
        found = keyring.get_keyring()
        return found if found.priority >= 1 else None
    except (KeyringError, RuntimeError):
        return None


def seal(cipher: AESGCM, name: str, content: bytes) -> bytes:
    """Content under a name: magic, nonce, and what AES-GCM makes of it with the name as a part of the proof."""
    nonce = secrets.token_bytes(NONCE)
    return _MAGIC + nonce + cipher.encrypt(nonce, content, _MAGIC + name.encode())


def unseal(cipher: AESGCM, name: str, sealed: bytes) -> bytes | None:
    """The content; None for anything that `seal` did not make with this key and name."""
    start = len(_MAGIC) + NONCE
    if not sealed.startswith(_MAGIC) or len(sealed) < start + 16:
        return None
    try:
        return cipher.decrypt(sealed[len(_MAGIC) : start], sealed[start:], _MAGIC + name.encode())
    except InvalidTag:
        return None


def _made(folder: Path, keyring: Keyring | None, ask: AskPassphrase) -> Vault:
    strangers = sorted(one.name for one in folder.glob("*.session"))
    if strangers:
        text = f"{folder} holds {strangers[0]} and no {HEAD}, without which nothing there can be opened"
        raise VaultClosed(text, "Bring that file back, or remove the sessions and log in again")
    identity, salt = secrets.token_hex(8), secrets.token_bytes(16)
    if keyring is not None:
        key = secrets.token_bytes(32)
        _keep(keyring, identity, key)
    else:
        passphrase = ask(True)
        if len(passphrase.reveal()) < SHORTEST:
            raise VaultClosed(f"the passphrase has less than {SHORTEST} characters", "Choose a longer one")
        key = _derived(passphrase, salt)
    check = seal(AESGCM(key), HEAD, _WORD)
    head = _Head(identity, "keyring" if keyring is not None else "passphrase", salt, check)
    replace_whole(folder / HEAD, [msgspec.json.encode(head)])
    return Vault(folder, key)


def _read_head(path: Path) -> _Head | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Head)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError:
        raise VaultClosed(f"{path} is damaged", "Bring it back from a copy, or remove the folder and log in") from None


def _derived(passphrase: Secret, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << 17, r=8, p=1).derive(
        passphrase.reveal().encode("utf-8", "surrogatepass")
    )


def _keep(keyring: Keyring, identity: str, key: bytes) -> None:
    try:
        keyring.set_password(SERVICE, identity, base64.b64encode(key).decode())
    except Exception as error:  # noqa: BLE001 - a keyring of any maker, and none of its words may reach a log
        text = f"the keyring takes no key ({type(error).__name__})"
        raise VaultClosed(text, "Unlock it, or name a passphrase: passphrase_env under [telegram]") from None


def _kept(head: _Head, keyring: Keyring | None) -> bytes:
    if keyring is None:
        raise VaultClosed(
            "the key of the Telegram sessions is in a keyring, and there is none here", "Unlock or start it"
        )
    try:
        found = keyring.get_password(SERVICE, head.id)
    except Exception as error:  # noqa: BLE001 - a keyring of any maker, and none of its words may reach a log
        raise VaultClosed(f"the keyring cannot be read ({type(error).__name__})", "Unlock it") from None
    if not found:
        text = "the keyring has no key for the Telegram sessions of this folder"
        raise VaultClosed(text, "Remove the folder's `telegram` and log in again")
    with contextlib.suppress(ValueError):
        key = base64.b64decode(found, validate=True)
        if len(key) == 32:
            return key
    raise VaultClosed("what the keyring has for the Telegram sessions is no key", "Remove it there and log in again")
