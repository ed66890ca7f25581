"""One process for a login: a second connection with the same key makes Telegram end it for good (reference: reliability A14).

The lock is the operating system's and ends with the process. What is written in the file is for the owner to read.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from signalos_tui.errors import OperatorNeeded

if sys.platform != "win32":
    import fcntl
else:
    import msvcrt

_FAR = 1 << 20
"""Where Windows locks a byte: behind everything that is read."""


class SessionBusy(OperatorNeeded):
    """Another process uses the login."""


class Lock:
    """Held from `Lock(...)` to `release()`."""

    def __init__(self, path: Path, login: str, holder: str) -> None:
        """path: the file. holder: the command, for whoever is refused. Raises SessionBusy naming the process, OSError."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # not inherited (PEP 446)
        try:
            _take(self._file)
        except OSError:
            other = os.pread(self._file, 200, 0) if sys.platform != "win32" else os.read(self._file, 200)
            os.close(self._file)
            pid, _, what = other.decode("utf-8", "replace").strip().partition(" ")
            by = f"process {pid} ({what})" if pid.isdecimal() else "another process"
            text = f'the Telegram login "{login}" is used by {by}'
            remedy = "Use its console, or stop it first: two at once make Telegram end the session"
            raise SessionBusy(text, remedy) from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()} {holder}\n".encode())

    def release(self) -> None:
        """Let the next one have it. The file stays: removing it would let two processes lock two files of one name."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
        os.close(self._file)


def _take(file: int) -> None:
    if sys.platform == "win32":
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
