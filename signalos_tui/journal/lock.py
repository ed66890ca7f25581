"""One writer per journal: a lock file that also says who holds it, and a look at the file system it stands on."""

from __future__ import annotations

from pathlib import Path

from signalos_tui import held
from signalos_tui.errors import JournalUnusable
from signalos_tui.held import FileLock, Held

_UNSUITABLE = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "vboxsf", "drvfs", "fuse.sshfs", "fuse.rclone"}
_SYNCED = {"onedrive", "dropbox", "google drive", "googledrive", "icloud drive", "nextcloud"}


class Lock(FileLock):
    """Held from `Lock(...)` to `release()`."""

    def __init__(self, path: Path, holder: str) -> None:
        """Take the lock of the journal at `path`. Raises JournalUnusable naming the process that holds it, OSError."""
        try:
            super().__init__(_lock_of(path), holder)
        except Held as other:
            text = f"the journal {path} is held by {other.by}"
            raise JournalUnusable(text, "Stop that one first, or name another folder with --data") from None


def holder_of(path: Path) -> str:
    """Who holds the journal at `path` right now, as a phrase; "" for nobody."""
    return held.holder_of(_lock_of(path))


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def doubts(path: Path, mounts: str | None = None) -> tuple[str, ...]:
    """What speaks against keeping a journal at `path`. mounts: the text of /proc/mounts, read when None."""
    found: list[str] = []
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
