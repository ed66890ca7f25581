"""Secrets of the wire: the token both ends share, and what else must never print itself.

A secret comes from a file that only its owner can read, from the environment or from the system's keyring; never from an
argument, which every user of the machine can see. What is printed of a `Secret` is three stars (reference: reliability T2).
"""

from __future__ import annotations

import contextlib
import hmac
import importlib
import importlib.util
import os
import secrets
import stat
import sys
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from signalos_tui.errors import OperatorNeeded

LONGEST = 4096
TOKEN_BYTES = 32


class Secret:
    """A value that does not print itself."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def reveal(self) -> str:
        """The value, for the one place that needs it."""
        return self._value

    def is_same(self, given: str) -> bool:
        """Whether `given` is the value; takes the same time whatever is given. An empty secret is never the same."""
        mine, other = (sha256(text.encode("utf-8", "surrogatepass")).digest() for text in (self._value, given))
        return hmac.compare_digest(mine, other) and bool(self._value)


def make_token(path: Path) -> Secret:
    """A new token of 256 random bits in a file that only its owner can read. Raises FileExistsError, OSError."""
    value = secrets.token_urlsafe(TOKEN_BYTES)
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="ascii") as file:
        file.write(value + "\n")
    return Secret(value)


def read_secret(
    what: str,
    *,
    variable: str = "",
    file: Path | None = None,
    keyring: str = "",
    environ: Mapping[str, str] = os.environ,
) -> Secret:
    """The secret from the first place that has one: environment, file, keyring; an empty one when none does.

    what: for errors, "the gateway's token". variable: its name. keyring: "service/user". Raises OperatorNeeded: a place that
    was named cannot be read, or the file can be read by others.
    """
    if variable and (value := environ.get(variable, "").strip()):
        return _checked(what, value, f"the variable {variable}")
    if file is not None and file.exists():
        return _checked(what, _of_file(what, file), str(file))
    if keyring and (value := _of_keyring(what, keyring)):
        return _checked(what, value, f"the keyring entry {keyring}")
    return Secret("")


def _checked(what: str, value: str, where: str) -> Secret:
    if not value or len(value) > LONGEST or not value.isprintable():
        raise OperatorNeeded(f"{what} in {where} is no single line of text", "Write it there again, on one line")
    return Secret(value)


def _of_file(what: str, file: Path) -> str:
    try:
        with file.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            raw = opened.read(LONGEST + 2)
    except OSError as error:
        text = f"{what} cannot be read: {error.strerror or error} ({file})"
        raise OperatorNeeded(text, "Check the file and its permissions") from None
    if sys.platform != "win32" and mode & 0o077:
        raise OperatorNeeded(f"{what} in {file} can be read by other users (mode {mode:o})", f"Run: chmod 600 {file}")
    with contextlib.suppress(UnicodeDecodeError):
        return raw.decode("utf-8").strip()
    return ""


def _of_keyring(what: str, entry: str) -> str:
    service, _, user = entry.partition("/")
    if importlib.util.find_spec("keyring") is None:
        raise OperatorNeeded(f"{what} should come from the keyring, which cannot be used", "Run: pip install keyring")
    try:
        found = importlib.import_module("keyring").get_password(service, user)
    except Exception as error:  # noqa: BLE001 - a keyring of any maker, and none of its words may reach a log
        text = f"{what} cannot be read from the keyring ({type(error).__name__})"
        raise OperatorNeeded(text, "Unlock the keyring, or use a file") from None
    return found or ""
