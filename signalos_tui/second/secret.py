"""The key of a model server: read from a variable or a file when it is needed, shown to nobody.

It has no place in the configuration, and its value in no log, error or journal: what is printed of a `Secret` is its type.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from signalos_tui.config import SecondReader
from signalos_tui.second.failures import Unanswered

LONGEST = 4096


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
        """The value, for the header of a request."""
        return self._value


def read_key(settings: SecondReader, environ: Mapping[str, str] = os.environ) -> Secret:
    """The key the owner named; an empty one when none is named. Raises Unanswered when it cannot be had."""
    if settings.key_env:
        value = environ.get(settings.key_env, "").strip()
        where = f"the variable {settings.key_env}"
    elif settings.key_file:
        value = _of_file(Path(settings.key_file).expanduser())
        where = f"the file {settings.key_file}"
    else:
        return Secret("")
    if not value:
        raise Unanswered("second_key", f"{where} holds no key", "Put the key there, or remove its name")
    if len(value) > LONGEST or not (value.isascii() and value.isprintable()) or " " in value:
        raise Unanswered("second_key", f"{where} holds something that is no key", "It is one line without spaces")
    return Secret(value)


def _of_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST + 2)
        return raw.decode("ascii").strip()
    except (OSError, ValueError) as error:
        what = type(error).__name__
        text = f"the key file {path} cannot be read ({what})"
    raise Unanswered("second_key", text, "Check the file and its permissions")
