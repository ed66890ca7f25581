"""Databases that nobody but their owner can read, from their first byte on."""

from __future__ import annotations

import os
from pathlib import Path


def keep_private(path: Path) -> None:
    """Make a database's file, empty and for its owner alone; of one that is there take the others' rights away. Raises OSError.

    To be called before SQLite is, which would let everybody read what it makes; the files it puts beside a database get the
    database's own mode. A file that is there is not opened: closing it would take away the locks this process has on it.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            if one.is_file() and one.stat().st_mode & 0o077:
                one.chmod(0o600)
