"""One channel's daybook, and what it has had already: which drops are news, which edit a post, and which say nothing new.

A file is read whole whenever it has changed, so most of what it says is known. What a sender has given an id is compared with all
that was said under it, in order: text and its edits may come again any number of times, in any file, and a text that comes back
after another one is an edit like the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from signalos_tui.collect.daybook import Daybook, Entry
from signalos_tui.collect.folder.drops import NAMED, Drop


class _Said(NamedTuple):
    # One text under an id, and the file it first stood in there.
    mark: str
    file: str


class Book:
    """A daybook of drops."""

    def __init__(self, path: Path, reached: int) -> None:
        """reached: the number of the last post that a journal has. Raises SourceUnreadable."""
        self._book = Daybook(path)
        self._book.reach(reached)
        self._had: set[tuple[str, str]] = set()
        self._said: dict[str, list[_Said]] = {}
        self._numbers: dict[str, int] = {}
        for entry in self._book.entries():
            self._remember(entry)

    def close(self) -> None:
        """Let go of the file."""
        self._book.close()

    def after(self, number: int) -> Iterator[Entry]:
        """Everything that came after the post of this number. Raises OSError."""
        place = self._book.place_after(number)
        while True:
            entries, place = self._book.page(place)
            if not entries:
                return
            yield from entries

    def take(self, drops: list[Drop], now: int) -> list[Entry]:
        """The entries that drops are, without those it has had. Raises OSError: nothing of them is kept."""
        new: list[Entry] = []
        numbers = dict(self._numbers)
        number = self._book.last
        for drop in self._news(drops):
            edits = numbers.get(drop.ref) if drop.is_edit else None
            if edits is None:
                number += 1
            entry = Entry(
                id=edits or number,
                at=drop.at,
                text=drop.text,
                mark=drop.mark,
                ref=drop.ref,
                taken=now,
                reply_to=numbers.get(drop.answers),
                edited_at=now if edits else None,
                answers_elsewhere=bool(drop.answers) and drop.answers not in numbers,
                file=drop.file,
            )
            if drop.ref:
                numbers.setdefault(drop.ref, entry.id)
            new.append(entry)
        if new:
            self._book.append(new)
        for entry in new:
            self._remember(entry)
        return new

    def _news(self, drops: list[Drop]) -> list[Drop]:
        """What was not said yet, in its order."""
        news: list[Drop] = []
        had: set[tuple[str, str]] = set()
        said: dict[str, list[_Said]] = {}
        places: dict[tuple[str, str], int] = {}
        last: dict[tuple[str, str], Drop] = {}
        for drop in drops:
            if not drop.is_edit:
                key = (drop.ref, drop.mark)
                if key not in self._had and key not in had:
                    had.add(key)
                    news.append(drop)
                continue
            # How far along what was said before a file has come; what is not found from there on is new.
            words = said.setdefault(drop.ref, list(self._said.get(drop.ref, ())))
            way = (drop.file, drop.ref)
            place = next((n for n in range(places.get(way, 0), len(words)) if words[n].mark == drop.mark), len(words))
            if place == len(words):
                words.append(_Said(drop.mark, drop.file))
                news.append(drop)
            places[way], last[way] = place, drop
        for (file, ref), drop in last.items():
            # A file takes back its own words, where it had the last; an older one that is dropped beside it takes back nothing.
            newest = said[ref][-1]
            if file and newest.file == file and newest.mark != drop.mark:
                said[ref].append(_Said(drop.mark, file))
                news.append(drop)
        return news

    def _remember(self, entry: Entry) -> None:
        if entry.ref.startswith(NAMED):
            self._said.setdefault(entry.ref, []).append(_Said(entry.mark, entry.file))
        else:
            self._had.add((entry.ref, entry.mark))
        if entry.ref:
            self._numbers.setdefault(entry.ref, entry.id)


def in_time(drops: Iterable[Drop]) -> list[Drop]:
    """Drops by their time; what a file says of one id stays in the file's order, whatever time its lines give."""
    latest: dict[tuple[str, str, str], int] = {}
    keyed: list[tuple[tuple[int, str], Drop]] = []
    for drop in drops:
        at = drop.at
        if drop.is_edit:
            way = (drop.channel, drop.file, drop.ref)
            at = latest[way] = max(at, latest.get(way, at))
        keyed.append(((at, drop.channel), drop))
    keyed.sort(key=lambda one: one[0])
    return [drop for _, drop in keyed]
