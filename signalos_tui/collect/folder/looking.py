"""What lies in a folder: which files stand still, and their content. Nothing is moved, changed or deleted.

A file is read when it has been seen twice with the same size and time, so one that is half-written waits. Links are not followed
and what is no regular file is not opened: a folder that others can write to must not make us read what they cannot.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from signalos_tui.collect.folder.drops import Garbage

ENDINGS = (".json", ".jsonl", ".md", ".txt")
MOST_FILES = 50_000
DEEPEST = 4
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Shape(NamedTuple):
    """What shows that a file is not what it was."""

    size: int
    changed: int
    number: int


class Found(NamedTuple):
    """A file that stands still. name: below the folder, with "/"."""

    name: str
    shape: Shape

    @property
    def at(self) -> int:
        """When it was written, ms UTC."""
        return self.shape.changed // 1_000_000


class Folder:
    """A folder over time. settle_s: how long a file has to be the same before it is read. largest: bytes of one file."""

    def __init__(self, root: Path, *, settle_s: float, largest: int) -> None:
        self._root = root
        self._settle_s = settle_s
        self.largest = largest
        self._seen: dict[str, tuple[Shape, float]] = {}
        self._done: dict[str, Shape] = {}
        self._bad: dict[str, str] = {}
        self._passed: dict[str, str] = {}

    @property
    def faults(self) -> dict[str, str]:
        """What cannot be read, and why, by name."""
        return self._passed | self._bad

    def ready(self, moment: float) -> list[Found]:
        """Files that are to be read now, oldest first. moment: seconds, of a clock that only goes forward. Raises OSError."""
        self._passed = {}
        there = dict(self._files(self._root, "", 0))
        for known in (self._seen, self._done, self._bad):
            for name in known.keys() - there.keys():
                known.pop(name)
        due: list[Found] = []
        for name, shape in there.items():
            if self._done.get(name) == shape:
                continue
            before = self._seen.get(name)
            if before is None or before[0] != shape:
                self._seen[name] = (shape, moment)
            elif moment - before[1] >= self._settle_s:
                due.append(Found(name, shape))
        return sorted(due, key=lambda found: (found.shape.changed, found.name))

    def read(self, found: Found) -> bytes | None:
        """The content of a file; None when it has changed meanwhile. Raises Garbage, OSError."""
        if found.shape.size > self.largest:
            raise Garbage(f"it has {found.shape.size:,} bytes, more than {self.largest:,} (folder.max_mb)")
        descriptor = os.open(self._root / found.name, _FLAGS)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or _shape(status) != found.shape:
                return None
            content = file.read(found.shape.size + 1)
            return content if _shape(os.fstat(descriptor)) == found.shape and len(content) == found.shape.size else None

    def settle(self, found: Found, fault: str = "") -> None:
        """A file has been dealt with: it is left alone until it changes. fault: why nothing of it was taken."""
        self._done[found.name] = found.shape
        self._bad.pop(found.name, None)
        if fault:
            self._bad[found.name] = fault

    def put_off(self, found: Found, fault: str) -> None:
        """A file could not be dealt with now: it is ready again at the next look."""
        self._bad[found.name] = fault

    def _files(self, folder: Path, below: str, depth: int) -> Iterator[tuple[str, Shape]]:
        # Every file with one of our endings. The folder itself has to be there; what is wrong inside is a fault.
        count = 0
        with os.scandir(folder) as entries:
            for entry in entries:
                name = f"{below}{entry.name}"
                is_ours = entry.name.lower().endswith(ENDINGS) and not entry.name.startswith(".")
                try:
                    if entry.is_dir(follow_symlinks=False):
                        yield from self._inside(entry, name, depth)
                    elif is_ours and entry.is_file(follow_symlinks=False):
                        count += 1
                        yield name, _shape(entry.stat(follow_symlinks=False))
                    elif is_ours:
                        count += 1
                        self._passed[name] = "it is a link or no regular file, and is not followed"
                except FileNotFoundError:  # gone between two looks
                    continue
                except OSError as error:
                    self._passed[name] = error.strerror or str(error)
                if count >= MOST_FILES:
                    self._passed[below or "."] = f"more than {MOST_FILES:,} files: the others are not looked at"
                    return

    def _inside(self, entry: os.DirEntry[str], name: str, depth: int) -> Iterator[tuple[str, Shape]]:
        if entry.name.startswith("."):
            return
        if depth + 1 >= DEEPEST:
            self._passed[f"{name}/"] = f"folders deeper than {DEEPEST} are not looked into"
            return
        yield from self._files(Path(entry.path), f"{name}/", depth + 1)


def _shape(status: os.stat_result) -> Shape:
    return Shape(status.st_size, status.st_mtime_ns, status.st_ino)
