"""What lies on the desk: files that stand still become posts with numbers, in the order of time, each once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from signalos_tui.clock import Clock
from signalos_tui.collect.daybook import Entry, merged
from signalos_tui.collect.export import due
from signalos_tui.collect.folder.book import Book, in_time
from signalos_tui.collect.folder.drops import Drop, Garbage, channel_name
from signalos_tui.collect.folder.looking import Folder, Found
from signalos_tui.collect.folder.reading import INBOX, content_of
from signalos_tui.errors import SignalOSError
from signalos_tui.harmless import one_line
from signalos_tui.logs import logger
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Followed, Message, Published

LOGGED = 20
"""Files left alone that one look logs by name."""
_BOOK = "channel-"

_log = logger("signalos.folder")


def channel_of(name: str) -> ChannelId:
    """The channel of a folder's name."""
    return ChannelId(f"file:{name}")


class Look(NamedTuple):
    """What came of one look. troubles: what cannot be read, by channel. closed: why nothing can."""

    items: list[Published]
    troubles: Mapping[ChannelId, str]
    closed: str = ""


class Desk:
    """What is worked at beside the loop, one look at a time.

    books: the folder of the daybooks. since: the number of the last journalled post of each channel.
    """

    def __init__(self, folder: Folder, books: Path, clock: Clock, since: Mapping[ChannelId, int]) -> None:
        self._folder = folder
        self._path = books
        self._clock = clock
        self._since = since
        self._books: dict[str, Book] = {}
        self._followed: set[ChannelId] = set()
        self._revisions: dict[tuple[ChannelId, int], int] = {}
        self._told: dict[str, str] = {}

    def close(self) -> None:
        """Let go of the daybooks."""
        for book in self._books.values():
            book.close()

    def left(self, since: Mapping[ChannelId, int]) -> list[Published]:
        """What was numbered and may not have been journalled, oldest first. Raises SourceUnreadable."""
        entries = (
            (name, entry)
            for name in channels_in(self._path)
            for entry in self._book(name).after(since.get(channel_of(name), 0))
        )
        return [_message(name, entry) for name, entry in merged(entries)]

    def look(self) -> Look:
        """What has come since the last look, in the order of time, and how well the folder can be read."""
        try:
            found = self._folder.ready(time.monotonic())
        except OSError as error:
            return Look([], {}, f"the folder cannot be read: {error.strerror or error}")
        drops: list[Drop] = []
        messages: list[Message] = []
        channels: dict[ChannelId, Channel] = {}
        read: list[Found] = []
        size = 0
        for one in found:
            if read and size + one.shape.size > self._folder.largest:
                break  # the others at the next look
            if self._read(one, drops, messages, channels):
                read.append(one)
                size += one.shape.size
        items = [*self._numbered(drops, read), *self._newest(messages)]
        for one in read:
            self._folder.settle(one)
        items = _in_time(items)
        return Look([*self._introduced(items, channels), *items], self._troubles())

    def _read(
        self, found: Found, drops: list[Drop], messages: list[Message], channels: dict[ChannelId, Channel]
    ) -> bool:
        # Whether the file was read. All of it is taken, or nothing.
        try:
            content = content_of(self._folder, found, self._clock.now())
        except Garbage as why:
            self._folder.settle(found, str(why))
            return False
        if content is None:
            return False
        drops += content.drops
        if content.export is not None:
            messages += [message for message in content.export.messages if message.id > 0]
            channels.update((channel.id, channel) for channel in content.export.channels)
        return True

    def _numbered(self, drops: list[Drop], read: list[Found]) -> list[Message]:
        # What is new gets its number, on disk. When the disk refuses, the files are read again at the next look.
        made: list[Message] = []
        drops = in_time(drops)
        for name in dict.fromkeys(drop.channel for drop in drops):
            try:
                entries = self._book(name).take([drop for drop in drops if drop.channel == name], self._clock.now())
            except (OSError, SignalOSError) as error:
                for one in read:
                    self._folder.put_off(one, f"its posts cannot be numbered: {one_line(str(error))[:200]}")
                read.clear()
                return made
            made += [_message(name, entry) for entry in entries]
        return made

    def _newest(self, messages: list[Message]) -> Iterable[Message]:
        # Of several exports of one channel the newest revision of each post; an older one would take back an edit.
        newest: dict[tuple[ChannelId, int], Message] = {}
        for message in messages:
            key, moment = (message.channel, message.id), message.edited_at or message.posted_at
            if moment >= self._revisions.get(key, 0):
                newest[key] = message
                if message.edited_at is not None:
                    self._revisions[key] = moment
        return sorted(newest.values(), key=lambda item: (due(item), item.channel, item.id))

    def _introduced(self, items: list[Message], channels: Mapping[ChannelId, Channel]) -> list[Published]:
        new = [item.channel for item in items if item.channel not in self._followed]
        self._followed.update(new)
        return [
            Followed(channels.get(channel) or Channel(channel, channel.removeprefix("file:")))
            for channel in dict.fromkeys(new)
        ]

    def _troubles(self) -> Mapping[ChannelId, str]:
        faults = self._folder.faults
        new = [(name, why) for name, why in faults.items() if self._told.get(name) != why]
        for name, why in new[:LOGGED]:
            _log.warning("a file was left alone", file=one_line(name), why=why)
        if len(new) > LOGGED:
            _log.warning("more files were left alone", count=len(new) - LOGGED)
        self._told = dict(faults)
        found: dict[ChannelId, list[str]] = {}
        for name in sorted(faults):
            found.setdefault(self._whose(name), []).append(name)
        return {
            channel: f"{one_line(names[0])} was left alone: {faults[names[0]]}"
            + (f" (and {len(names) - 1} more)" if len(names) > 1 else "")
            for channel, names in found.items()
        }

    def _whose(self, name: str) -> ChannelId:
        # The channel of the folder a file lies in; the inbox where that has had no post.
        first, slash, _ = name.partition("/")
        with contextlib.suppress(Garbage):
            if slash and channel_name(first) in self._books:
                return channel_of(channel_name(first))
        return channel_of(INBOX)

    def _book(self, name: str) -> Book:
        if name not in self._books:
            path = self._path / f"{_BOOK}{quote(name, safe='')}.jsonl"
            self._books[name] = Book(path, self._since.get(channel_of(name), 0))
        return self._books[name]


def _in_time(items: list[Message]) -> list[Message]:
    # By when they are due; what is one channel's stays in its order: an edit of ours is due now, whatever its post says.
    latest: dict[ChannelId, int] = {}
    keyed: list[tuple[tuple[int, ChannelId], Message]] = []
    for item in items:
        latest[item.channel] = max(due(item), latest.get(item.channel, 0))
        keyed.append(((latest[item.channel], item.channel), item))
    keyed.sort(key=lambda one: one[0])
    return [item for _, item in keyed]


def channels_in(books: Path) -> list[str]:
    """The names of the channels that have a daybook."""
    found = sorted(books.glob(f"{_BOOK}*.jsonl")) if books.is_dir() else []
    return [unquote(path.stem.removeprefix(_BOOK)) for path in found]


def _message(name: str, entry: Entry) -> Message:
    return Message(
        channel_of(name),
        entry.id,
        entry.at,
        entry.text,
        edited_at=entry.edited_at,
        reply_to=entry.reply_to,
        answers_elsewhere=entry.answers_elsewhere,
    )
