"""The key of a model server: read from a variable or a file when it is needed, shown to nobody.

It has no place in the configuration, and its value in no log, error or journal.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from signalos_tui.config import SecondReader
from signalos_tui.errors import OperatorNeeded
from signalos_tui.link.secret import Secret, read_secret
from signalos_tui.second.failures import Unanswered


def read_key(settings: SecondReader, environ: Mapping[str, str] = os.environ) -> Secret:
    """The key the owner named; an empty one when none is named. Raises Unanswered when it cannot be had."""
    file = Path(settings.key_file).expanduser() if settings.key_file else None
    if not settings.key_env and file is None:
        return Secret("")
    where = f"the variable {settings.key_env}" if settings.key_env else f"the file {file}"
    if not settings.key_env and file is not None and not file.exists():
        raise Unanswered("second_key", f"{where} cannot be read: it is not there", "Put the key there")
    found = _read(settings.key_env, file, environ)
    if isinstance(found, OperatorNeeded):
        raise Unanswered("second_key", found.text, found.remedy)
    if not found:
        raise Unanswered("second_key", f"{where} holds no key", "Put the key there, or remove its name")
    if not found.reveal().isascii() or " " in found.reveal():
        raise Unanswered("second_key", f"{where} holds something that is no key", "It is one line without spaces")
    return found


def _read(variable: str, file: Path | None, environ: Mapping[str, str]) -> Secret | OperatorNeeded:
    # What went wrong is given back, so that no traceback leads to where the value was.
    try:
        return read_secret("the model server's key", variable=variable, file=file, environ=environ)
    except OperatorNeeded as error:
        return error.with_traceback(None)
