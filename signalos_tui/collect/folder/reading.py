"""What one file of the folder holds: all of it, or why nothing. And a look at a whole folder that posts nothing."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from signalos_tui.collect.export import Export, parse_export
from signalos_tui.collect.folder.drops import Drop, Garbage, channel_name, lines, post
from signalos_tui.collect.folder.looking import Folder, Found
from signalos_tui.errors import SignalOSError
from signalos_tui.harmless import one_line

INBOX = "inbox"
"""The channel of what lies in the folder itself. What cannot be read elsewhere is said here, until there is a channel for it."""
SURVEYED = 1000
"""Files that a survey reads, the newest ones."""
SURVEYED_BYTES = 256 << 20
"""Bytes that a survey reads in all; one file is always read."""


class Content(NamedTuple):
    """What a file holds: drops, or an export."""

    drops: list[Drop]
    export: Export | None = None


class Survey(NamedTuple):
    """What a look found. files: there. read: looked into. faults: why nothing of a file is taken, by its name."""

    files: int
    read: int
    faults: dict[str, str]


def content_of(folder: Folder, found: Found, now: int) -> Content | None:
    """What a file holds; None when it has changed meanwhile. now: ms UTC. Raises Garbage with the reason, in one line."""
    try:
        content = folder.read(found)
        if content is None:
            return None
        if found.name.lower().endswith(".json"):
            return Content([], parse_export(Path(found.name), content))
        return Content(_drops(found, content, now))
    except (Garbage, OSError, SignalOSError) as error:
        why = error.strerror if isinstance(error, OSError) else getattr(error, "text", str(error))
        raise Garbage(one_line(_without(found.name, str(why)))[:300]) from error


def survey(root: Path, *, largest: int, now: int) -> Survey:
    """Read a folder as a run would, and keep nothing. largest: bytes of one file. Raises OSError: it cannot be looked at."""
    folder = Folder(root, settle_s=0, largest=largest)
    folder.ready(0)
    found = folder.ready(0)[::-1]
    read = size = 0
    for one in found[:SURVEYED]:
        size += min(one.shape.size, largest)
        if read and size > SURVEYED_BYTES:
            break
        read += 1
        try:
            content_of(folder, one, now)
        except Garbage as why:
            folder.settle(one, str(why))
    return Survey(len(found), read, dict(sorted(folder.faults.items())))


def _drops(found: Found, content: bytes, now: int) -> list[Drop]:
    first, slash, _ = found.name.partition("/")
    channel = channel_name(first) if slash else INBOX
    if found.name.lower().endswith(".jsonl"):
        return lines(content, channel, found.name)
    drop = post(content, channel, found.name, min(found.at, now))
    return [drop] if drop is not None else []


def _without(name: str, why: str) -> str:
    # The reader of exports names the file; whoever tells of the fault does so as well.
    path = str(Path(name))
    if why.startswith(f"{path}: "):
        return why.removeprefix(f"{path}: ")
    return f"it {why.removeprefix(f'{path} ')}" if why.startswith(f"{path} ") else why
