"""One gateway per account: a lock on a file that is named for the account (reference: reliability R7)."""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

from signalos_tui.errors import OperatorNeeded
from signalos_tui.held import FileLock, Held

PAPER_ACCOUNT = "paper"
"""The account of a gateway to the paper terminal, as its files are named."""


def file_name(account: str) -> str:
    """A safe name for the files of an account ("<server>/<login>" or "paper"): readable, and unlike any other account's."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", account).strip("-.")[:60]
    return f"{readable}-{blake2b(account.encode(), digest_size=4).hexdigest()}"


class AccountLock(FileLock):
    """Held from `AccountLock(...)` to `release()`."""

    def __init__(self, folder: Path, account: str) -> None:
        """Take it. Raises OperatorNeeded naming the process that holds it, OSError."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            super().__init__(folder / f"{file_name(account)}.lock")
        except Held as other:
            name = "the paper account" if account == PAPER_ACCOUNT else f"account {account}"
            text = f"{name} has a gateway already: {other.by}"
            raise OperatorNeeded(text, "One account, one gateway: stop that one first") from None
