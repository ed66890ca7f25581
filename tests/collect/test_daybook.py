"""The daybook: numbers without a hole, on disk before anybody knows, readable again from anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.collect.daybook import Daybook, Entry, merged
from signalos_tui.errors import SourceUnreadable


def entry(number: int, text: str = "", edited_at: int | None = None) -> Entry:
    return Entry(id=number, at=1_000 + number, text=text or f"post {number}", mark=str(number), edited_at=edited_at)


Opened = Callable[..., Daybook]


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens a daybook; it is closed in the end."""
    books: list[Daybook] = []

    def open_one(path: Path, keep: int = 0) -> Daybook:
        books.append(Daybook(path, keep=keep))
        return books[-1]

    yield open_one
    for book in books:
        book.close()


def after(book: Daybook, number: int) -> list[int]:
    found, _ = book.page(book.place_after(number))
    return [one.id for one in found]


def test_entries_when_written_then_read_back_by_the_next_one(tmp_path: Path, opened: Opened) -> None:
    first = opened(tmp_path / "a" / "gold.jsonl")
    first.append([entry(1), entry(2, "two\nlines \u2028 and a 🔥")])
    first.append([entry(3)])
    second = opened(tmp_path / "a" / "gold.jsonl")
    assert (
        list(second.entries()) == list(first.entries()) == [entry(1), entry(2, "two\nlines \u2028 and a 🔥"), entry(3)]
    )
    assert second.last == 3
    assert (tmp_path / "a" / "gold.jsonl").stat().st_mode & 0o077 == 0


def test_place_when_asked_then_everything_that_came_later(tmp_path: Path, opened: Opened) -> None:
    book = opened(tmp_path / "x.jsonl")
    assert after(book, 0) == []
    book.append([entry(1), entry(2), entry(1, "changed", 5_000), entry(3)])
    assert after(book, 0) == [1, 2, 1, 3]
    assert after(book, 1) == [2, 1, 3]
    assert after(book, 2) == [1, 3]
    assert after(book, 3) == after(book, 99) == []
    assert book.page(1, most=2) == ([entry(2), entry(1, "changed", 5_000)], 3)


def test_numbers_when_a_journal_is_further_then_go_on_after_it(tmp_path: Path, opened: Opened) -> None:
    book = opened(tmp_path / "x.jsonl")
    book.append([entry(1)])
    book.reach(7)
    assert book.last == 7
    book.append([entry(8)])
    for known in (book, opened(tmp_path / "x.jsonl")):
        assert after(known, 1) == after(known, 5) == after(known, 7) == [8]
        assert after(known, 8) == []


@pytest.mark.parametrize(
    "tail", [b'{"id":3,"at":1', b"\x00" * 40, b"garbage\n", b'{"id":3,"at":1,"text":"x","mark":""}']
)
def test_last_line_when_torn_then_dropped_and_written_over(tmp_path: Path, opened: Opened, tail: bytes) -> None:
    path = tmp_path / "x.jsonl"
    opened(path).append([entry(1), entry(2)])
    path.write_bytes(path.read_bytes() + tail)
    book = opened(path)
    assert book.last == 2
    book.append([entry(3)])
    assert [one.id for one in opened(path).entries()] == [1, 2, 3]


def test_file_when_damaged_further_up_then_said_with_its_line(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "x.jsonl"
    opened(path).append([entry(1), entry(2), entry(3)])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{}\n" + lines[2])
    with pytest.raises(SourceUnreadable, match="damaged in line 2") as refused:
        opened(path)
    assert "Move the file away" in refused.value.remedy


def test_disk_when_it_says_no_then_nothing_is_kept_and_the_next_one_is(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.jsonl"
    book = opened(path)
    book.append([entry(1)])

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            book.append([entry(2), entry(3)])
    assert [one.id for one in opened(path).entries()] == [1]
    book.append([entry(2, "again")])
    assert list(opened(path).entries()) == [entry(1), entry(2, "again")]
    assert after(book, 1) == [2]


def test_old_entries_when_there_are_too_many_then_dropped_at_the_next_start(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "x.jsonl"
    opened(path).append([entry(number) for number in range(1, 22)])
    book = opened(path, keep=10)
    assert [one.id for one in book.entries()] == list(range(12, 22))
    assert after(book, 3) == list(range(12, 22))
    assert after(book, 15) == list(range(16, 22))
    assert path.stat().st_mode & 0o077 == 0


def test_channels_when_merged_then_in_time_and_each_in_its_order_whatever_its_clock_did() -> None:
    gold = [replace(entry(n), taken=taken) for n, taken in ((1, 100), (2, 40), (3, 200))]
    euro = [replace(entry(n), taken=taken) for n, taken in ((1, 50), (2, 150), (3, 300))]
    mixed = merged([*(("gold", one) for one in gold), *(("euro", one) for one in euro)])
    assert [(name, one.id) for name, one in mixed] == [
        ("euro", 1),
        ("gold", 1),
        ("gold", 2),
        ("euro", 2),
        ("gold", 3),
        ("euro", 3),
    ]
