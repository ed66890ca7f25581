"""One gateway per account: a lock of the operating system on a file that is named for the account.

It ends with the process that holds it, however that ends, on Windows as on Unix (reference: reliability R7). What is written in
the file is for the owner to read.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from hashlib import blake2b
from pathlib import Path

from signalos_tui.errors import OperatorNeeded

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PAPER_ACCOUNT = "paper"
"""The account of a gateway to the paper terminal, as its files are named."""

_FAR = 1 << 30
"""Where Windows locks one byte: beyond the text, which others may then read."""


def file_name(account: str) -> str:
    """A safe name for the files of an account ("<server>/<login>" or "paper"): readable, and unlike any other account's."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "-", account).strip("-.")[:60]
    return f"{readable}-{blake2b(account.encode(), digest_size=4).hexdigest()}"


class AccountLock:
    """Held from `AccountLock(...)` to `release()`."""

    def __init__(self, folder: Path, account: str) -> None:
        """Take it. Raises OperatorNeeded naming the process that holds it."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / f"{file_name(account)}.lock"
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _locked(self._file):
                name = "the paper account" if account == PAPER_ACCOUNT else f"account {account}"
                text = f"{name} has a gateway already: {self._holder()}"
                raise OperatorNeeded(text, "One account, one gateway: stop that one first")
            os.ftruncate(self._file, 0)
            os.write(self._file, f"process {os.getpid()}\n".encode())
        except BaseException:
            os.close(self._file)
            raise

    def _holder(self) -> str:
        with contextlib.suppress(OSError):
            return os.read(self._file, 100).decode("ascii", "replace").strip() or "another process"
        return "another process"

    def release(self) -> None:
        """Let the next one have it. The file stays: removing it would let two processes lock two files of one name."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
        os.close(self._file)


def _locked(file: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(file, _FAR, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            os.lseek(file, 0, os.SEEK_SET)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.lseek(file, 0, os.SEEK_SET)
        return False
    return True
