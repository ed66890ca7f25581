"""Files that are there after a power cut: whole, or as they were before. And whether those that are open are still in place."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def replace_whole(path: Path, content: Iterable[bytes]) -> None:
    """Put a file that only its owner can read in the place of `path`: all of it or nothing, durably.

    Raises OSError: it was not replaced, or it was and a power cut may take that back.
    """
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system can. Raises OSError."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class InPlace:
    """Open files, and whether they still stand where they were opened: what one that does not takes is gone with the process."""

    def __init__(self, *paths: Path) -> None:
        """paths: opened; one that is not made yet is looked for from now on. Raises OSError."""
        self._opened = {path: _identity(path) for path in paths}

    def gone(self) -> Path | None:
        """The first of them that was removed or replaced; None for none. Raises OSError: it cannot be known."""
        for path, opened in self._opened.items():
            now = _identity(path)
            if opened is None:
                self._opened[path] = now
            elif now != opened:
                return path
        return None


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        about = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return about.st_dev, about.st_ino
