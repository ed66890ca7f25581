"""A file that one process holds: a lock of the operating system, which ends with the process, however that ends.

So there is no stale lock to clean up, on Windows as on Unix (reference: reliability R7, A14). What is written in the file is for
the owner to read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FAR = 1 << 30
"""Where Windows locks one byte: beyond the text, which others may then read."""
_TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
NOBODY_NAMED = "another process"


class Held(Exception):
    """Another process has it. by: which, as a phrase: "process 4711 (signalos run), since 2026-01-05T09:00:00+00:00"."""

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by


class FileLock:
    """Held from `FileLock(...)` to `release()`. path: of the file."""

    def __init__(self, path: Path, holder: str = "") -> None:
        """holder: the command, for whoever is turned away. Raises Held, OSError."""
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # not inherited (PEP 446)
        try:
            if not _locked(self._file):
                raise Held(_named(path))
            started = datetime.now(UTC).isoformat(timespec="seconds")
            what = f" ({holder})" if holder else ""
            os.ftruncate(self._file, 0)
            os.write(self._file, f"process {os.getpid()}{what}, since {started}\n".encode())
        except BaseException:
            os.close(self._file)
            raise

    def release(self) -> None:
        """Let the next one have it. The file stays: removing it would let two processes lock two files of one name."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
        _unlock(self._file)
        os.close(self._file)


def holder_of(path: Path) -> str:
    """Who holds a file right now, as a phrase; "" for nobody."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        if not _locked(file.fileno(), shared=True):
            return _named(path)
        _unlock(file.fileno())
    return ""


def _named(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip() or NOBODY_NAMED
    return NOBODY_NAMED


def _locked(file: int, *, shared: bool = False) -> bool:
    # shared: in passing, beside others who only look; Windows has no such lock. Raises OSError: there are no locks here.
    try:
        if sys.platform == "win32":
            _on_the_byte(file, msvcrt.LK_NBLCK)
        else:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True


def _unlock(file: int) -> None:
    # Unix does it at the close, Windows some time after it.
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            _on_the_byte(file, msvcrt.LK_UNLCK)


def _on_the_byte(file: int, what: int) -> None:
    if sys.platform == "win32":
        os.lseek(file, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(file, what, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)
