"""One writer per journal: a lock file that also says who holds it, and a look at the file system it stands on.

The lock is the operating system's (`flock`): it ends with the process that holds it, however that process ends, so there is
no stale lock to clean up. What is written in the file is for the owner to read.
"""

from __future__ import annotations

import contextlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from signalos_tui.errors import JournalUnusable

if sys.platform != "win32":
    import fcntl

_UNSUITABLE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "vboxsf", "drvfs", "fuse.sshfs", "fuse.rclone"}
_SYNCED = {"onedrive", "dropbox", "google drive", "googledrive", "icloud drive", "nextcloud"}


class Lock:
    """Held from `Lock(...)` to `release()`."""

    def __init__(self, path: Path, holder: str) -> None:
        """Take the lock of the journal at `path`. Raises JournalUnusable naming the process that holds it."""
        self.path = path.with_name(f"{path.name}.lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)  # not inherited (PEP 446)
        try:
            self._take(path)
            started = datetime.now(UTC).isoformat(timespec="seconds")
            os.ftruncate(self._file, 0)
            os.write(self._file, f"{os.getpid()}\n{holder}\n{started}\n".encode())
        except BaseException:
            os.close(self._file)
            raise

    def _take(self, path: Path) -> None:
        if sys.platform == "win32":
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise JournalUnusable(
                f"the journal {path} is held by {read_holder(self.path)}",
                "Stop that one first, or name another folder with --data",
            ) from None

    def release(self) -> None:
        """Let the next one have it. The file stays: removing it would let two processes lock two files of one name."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, 0)
        os.close(self._file)


def holder_of(path: Path) -> str:
    """Who holds the journal at `path` right now, as a phrase; "" for nobody."""
    lock = path.with_name(f"{path.name}.lock")
    if sys.platform == "win32" or not lock.exists():
        return ""
    with contextlib.suppress(OSError), lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return read_holder(lock)
    return ""


def read_holder(lock: Path) -> str:
    """Who a lock file names, as a phrase: "process 4711 (signalos run), since 2026-01-05T09:00:00+00:00"."""
    try:
        lines = lock.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    pid, holder, started = (*lines, "", "", "")[:3]
    if not pid:
        return "another process"
    return f"process {pid}{f' ({holder})' if holder else ''}{f', since {started}' if started else ''}"


def doubts(path: Path, mounts: str | None = None) -> tuple[str, ...]:
    """What speaks against keeping a journal at `path`. mounts: the text of /proc/mounts, read when None."""
    found: list[str] = []
    if sys.platform == "win32":
        found.append("this system has no flock: make sure that only one SignalOS uses the journal")
    where = path.absolute()
    found.extend(
        f"the journal lies in {part}, which copies files while they change: move it to a local folder"
        for part in where.parts
        if part.lower() in _SYNCED or part.lower().startswith("onedrive")
    )
    kind = _file_system(where, _mounts() if mounts is None else mounts)
    if kind in _UNSUITABLE:
        found.append(f"the journal lies on {kind}, where locks and syncs are not reliable: move it to a local disk")
    return tuple(found)


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _file_system(where: Path, mounts: str) -> str:
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if where.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind
