"""One process for a login: a second connection with the same key makes Telegram end it for good (reference: reliability A14)."""

from __future__ import annotations

from pathlib import Path

from signalos_tui.errors import OperatorNeeded
from signalos_tui.held import FileLock, Held


class SessionBusy(OperatorNeeded):
    """Another process uses the login."""


class Lock(FileLock):
    """Held from `Lock(...)` to `release()`."""

    def __init__(self, path: Path, login: str, holder: str) -> None:
        """path: the file. holder: the command, for whoever is refused. Raises SessionBusy naming the process, OSError."""
        try:
            super().__init__(path, holder)
        except Held as other:
            text = f'the Telegram login "{login}" is used by {other.by}'
            remedy = "Use its console, or stop it first: two at once make Telegram end the session"
            raise SessionBusy(text, remedy) from None
