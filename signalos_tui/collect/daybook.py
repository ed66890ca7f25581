"""Posts that come without numbers get them here, on disk first: an append-only file of JSON lines for each channel.

A messenger numbers its posts and keeps them; whoever posts an alert or drops a file does neither. A daybook does both for them:
what it has taken is durable before anybody is told so, has the next number of its channel, and can be read again by every engine
from wherever that engine is. One thread writes it; readers see what is on disk, and never wait for a disk that hangs.
"""

from __future__ import annotations

import contextlib
import os
import threading
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from signalos_tui.durable import replace_whole, sync_folder
from signalos_tui.errors import SourceUnreadable

K = TypeVar("K")

LONGEST_LINE = 1 << 20
_AWAY = "Move the file away: what was posted before is in the journal, and numbers go on where they were"


class Entry(Struct, frozen=True, omit_defaults=True):
    """One revision of one post.

    id: its number. at: when it was posted, ms UTC. mark: a hash that says whether the same comes again. ref: what its sender
    calls it, "" for nothing. taken: when it came, ms UTC. edited_at: of a later revision of an older number, ms UTC.
    answers_elsewhere: it answers what has no number here. file: where it stood, "" where that does not matter.
    """

    id: int
    at: int
    text: str
    mark: str
    ref: str = ""
    taken: int = 0
    reply_to: int | None = None
    edited_at: int | None = None
    answers_elsewhere: bool = False
    file: str = ""


_DECODER = msgspec.json.Decoder(Entry)


class Daybook:
    """The posts of one channel. One thread appends; any may read."""

    def __init__(self, path: Path, *, keep: int = 0) -> None:
        """path: made when it is not there, with its folder. keep: opened with twice as many, older ones are dropped; 0: none.

        A last line that was torn is dropped: nobody was told that it is kept. Raises SourceUnreadable: damaged further up, or
        the disk says no.
        """
        self.path = path
        self._lock = threading.Lock()
        self._offsets = array("Q")  # where each line begins
        self._afters = array("Q")  # for each number from the first kept one on: how many lines are not after it
        self._first = 1
        self._last = 0
        self._end = 0
        self._is_torn = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if path.exists():
                self._shorten(keep)
                for entry, size in _entries(path):
                    self._count(entry, size)
            self._writing = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)
            self._reading = path.open("rb")
            try:
                self._writing.truncate(self._end)
                sync_folder(path.parent)
            except OSError:
                self.close()
                raise
        except OSError as error:
            text = f"{path} cannot be kept: {error.strerror or error}"
            raise SourceUnreadable(text, "Mend the folder and its permissions") from error

    @property
    def last(self) -> int:
        """The number of the newest post; 0 for none."""
        return self._last

    @property
    def first(self) -> int:
        """The number of the oldest post that is kept; the next one where none is."""
        return self._first if self._afters else self._last + 1

    def reach(self, number: int) -> None:
        """Numbers go on after `number`: a journal knows that one already."""
        with self._lock:
            self._last = max(self._last, number)

    def entries(self) -> Iterator[Entry]:
        """All that are kept, oldest first."""
        place = 0
        while True:
            found, place = self.page(place)
            if not found:
                return
            yield from found

    def append(self, entries: Sequence[Entry]) -> None:
        """Write them, all or none, and wait for the disk. Raises OSError: nothing of them is kept."""
        lines = [msgspec.json.encode(entry) + b"\n" for entry in entries]
        if self._is_torn:
            self._writing.truncate(self._end)
        self._is_torn = True
        try:
            self._write(b"".join(lines))
        except OSError:
            with contextlib.suppress(OSError):  # else before the next one is written
                self._writing.truncate(self._end)
                self._is_torn = False
            raise
        self._is_torn = False
        with self._lock:
            for entry, line in zip(entries, lines, strict=True):
                self._count(entry, len(line))

    def place_after(self, number: int) -> int:
        """The line where everything begins that came after the post `number` first did."""
        with self._lock:
            if number < self._first or not self._afters:
                return 0
            if number >= self._first + len(self._afters):
                return len(self._offsets)
            return self._afters[number - self._first]

    def page(self, place: int, most: int = 200) -> tuple[list[Entry], int]:
        """At most so many entries from a line on, and the line after them. Raises OSError."""
        with self._lock:
            after = min(place + most, len(self._offsets))
            if place >= after:
                return [], place
            end = self._offsets[after] if after < len(self._offsets) else self._end
            self._reading.seek(self._offsets[place])
            raw = self._reading.read(end - self._offsets[place])
        return [_DECODER.decode(line) for line in raw.split(b"\n")[:-1]], after

    def close(self) -> None:
        """Let go of the file."""
        self._writing.close()
        self._reading.close()

    def _write(self, content: bytes) -> None:
        self._writing.seek(self._end)
        written = self._writing.write(content)
        if written != len(content):
            raise OSError(f"{written} of {len(content)} bytes could be written")
        os.fsync(self._writing.fileno())

    def _count(self, entry: Entry, size: int) -> None:
        if entry.edited_at is None:
            if not self._afters:
                self._first = entry.id
            while self._first + len(self._afters) < entry.id:  # numbers that a journal had already
                self._afters.append(len(self._offsets))
            self._afters.append(len(self._offsets) + 1)
            self._last = max(self._last, entry.id)
        self._offsets.append(self._end)
        self._end += size

    def _shorten(self, keep: int) -> None:
        # The newest `keep` lines in the place of all of them.
        if not keep:
            return
        newest: deque[Entry] = deque(maxlen=keep)
        count = 0
        for entry, _ in _entries(self.path):
            newest.append(entry)
            count += 1
        if count <= 2 * keep:
            return
        replace_whole(self.path, (msgspec.json.encode(entry) + b"\n" for entry in newest))


def merged(entries: Iterable[tuple[K, Entry]]) -> list[tuple[K, Entry]]:
    """Entries of several channels in the order they were taken, those of each channel as its daybook has them.

    entries: by channel, each in its own order. A clock that was set back meanwhile swaps nothing within a channel.
    """
    latest: dict[K, int] = {}
    keyed: list[tuple[int, tuple[K, Entry]]] = []
    for channel, entry in entries:
        latest[channel] = max(entry.taken, latest.get(channel, 0))
        keyed.append((latest[channel], (channel, entry)))
    keyed.sort(key=lambda one: one[0])
    return [one for _, one in keyed]


def _entries(path: Path) -> Iterator[tuple[Entry, int]]:
    # Each whole line and its length. Raises SourceUnreadable: something that is no entry has more behind it.
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
            try:
                entry = _DECODER.decode(line)
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                if file.read(1):
                    raise SourceUnreadable(f"{path} is damaged in line {number}: {error}", _AWAY) from error
                return
            if not line.endswith(b"\n"):
                return
            yield entry, len(line)
