"""The watched folder: what is dropped is posted once, whole, in the order of time, and never touched."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.clock import FrozenClock
from signalos_tui.collect.folder import desk, looking, reading
from signalos_tui.collect.folder.drops import Drop, Garbage, channel_name, lines, post
from signalos_tui.collect.folder.looking import Folder
from signalos_tui.collect.folder.reading import survey
from signalos_tui.collect.folder.source import FolderSource
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Followed, Health, HealthReport, Message, Published

NOW = 1_795_264_200_000
INBOX, GOLD = ChannelId("file:inbox"), ChannelId("file:gold")
PATIENCE_S = 30.0


def drop(root: Path, name: str, content: str | bytes, age_s: float = 60) -> Path:
    """A file, written so many seconds ago."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    moment = (NOW - round(age_s * 1000)) * 1_000_000
    os.utime(path, ns=(moment, moment))
    return path


def line(text: str, at: int = NOW, **more: Any) -> str:
    return json.dumps({"at": at, "text": text, **more}) + "\n"


def export(*posts: tuple[int, str], number: int = 77, **more: Any) -> str:
    messages = [
        {"id": id_, "type": "message", "date_unixtime": str(NOW // 1000 - 1000 + id_), "text": text, **more}
        for id_, text in posts
    ]
    return json.dumps({"name": "Exported", "id": number, "messages": messages})


class Ear:
    """Listens to a source all the time; channels that are made known are left out."""

    def __init__(self, stream: AsyncGenerator[Published, None]) -> None:
        self._stream = stream
        self._heard: asyncio.Queue[Published] = asyncio.Queue()

    async def listen(self) -> None:
        async with aclosing(self._stream) as stream:
            async for item in stream:
                if not isinstance(item, Followed):
                    self._heard.put_nowait(item)

    async def items(self, count: int) -> list[Published]:
        async with asyncio.timeout(PATIENCE_S):
            return [await self._heard.get() for _ in range(count)]

    async def texts(self, count: int) -> list[tuple[ChannelId, int, str]]:
        posts = [one for one in await self.items(count) if isinstance(one, Message)]
        assert len(posts) == count, posts
        return [(one.channel, one.id, one.text) for one in posts]

    async def hears_nothing(self) -> bool:
        """Within a good many looks."""
        await asyncio.sleep(0.3)
        return self._heard.empty()


@asynccontextmanager
async def watched(
    tmp_path: Path, since: Mapping[ChannelId, int] | None = None, largest: int = 1 << 20
) -> AsyncIterator[Ear]:
    (tmp_path / "in").mkdir(exist_ok=True)
    source = FolderSource(
        tmp_path / "in", tmp_path / "books", FrozenClock(NOW), poll_s=0.01, settle_s=0.02, largest=largest
    )
    ear = Ear(cast("AsyncGenerator[Published, None]", source.published(since or {})))
    listening = asyncio.create_task(ear.listen())
    try:
        yield ear
    finally:
        listening.cancel()
        await asyncio.wait([listening])


async def test_files_when_dropped_then_posted_once_in_the_order_of_time_and_left_where_they_are(tmp_path: Path) -> None:
    root = tmp_path / "in"
    drop(root, "b.txt", "second", age_s=50)
    drop(root, "gold/a.md", "first", age_s=55)
    drop(root, "gold/z.jsonl", line("third", NOW - 40_000) + line("zeroth", NOW - 70_000, channel="Euro Café"))
    drop(root, "chat/result.json", export((3, "exported")))
    drop(root, "chat/photo.jpg", b"\xff\xd8")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    async with watched(tmp_path) as ear:
        assert await ear.texts(5) == [
            ("tg:77", 3, "exported"),
            ("file:euro café", 1, "zeroth"),
            (GOLD, 1, "first"),
            (INBOX, 1, "second"),
            (GOLD, 2, "third"),
        ]
        drop(root, "copy/result.json", export((3, "exported")))
        assert await ear.texts(1) == [("tg:77", 3, "exported")]  # the same again: the journal knows it
        drop(root, "gold/z.jsonl", (root / "gold/z.jsonl").read_text() + line("fourth"))
        assert await ear.texts(1) == [(GOLD, 3, "fourth")]
    assert {path: path.read_bytes() for path in before} == before | {
        root / "gold/z.jsonl": (root / "gold/z.jsonl").read_bytes()
    }


async def test_posts_when_nothing_was_journalled_then_owed_after_a_restart_and_else_never_again(tmp_path: Path) -> None:
    drop(tmp_path / "in", "gold/a.txt", "one", age_s=50)
    drop(tmp_path / "in", "gold/b.txt", "two", age_s=40)
    async with watched(tmp_path) as ear:
        assert [number for _, number, _ in await ear.texts(2)] == [1, 2]
    async with watched(tmp_path, {GOLD: 1}) as ear:
        assert await ear.texts(1) == [(GOLD, 2, "two")]
    async with watched(tmp_path, {GOLD: 2}) as ear:
        assert await ear.hears_nothing()
        drop(tmp_path / "in", "gold/c.txt", "three", age_s=0)
        assert await ear.texts(1) == [(GOLD, 3, "three")]


async def test_numbers_when_the_books_are_gone_then_go_on_after_the_journals(tmp_path: Path) -> None:
    drop(tmp_path / "in", "gold/a.txt", "one")
    async with watched(tmp_path, {GOLD: 41}) as ear:
        assert await ear.texts(1) == [(GOLD, 42, "one")]


async def test_time_when_a_file_is_old_or_from_the_future_then_its_own_but_never_later_than_now(tmp_path: Path) -> None:
    drop(tmp_path / "in", "a.txt", "old", age_s=86_400)
    drop(tmp_path / "in", "b.txt", "ahead", age_s=-3600)
    async with watched(tmp_path) as ear:
        posts = [one for one in await ear.items(2) if isinstance(one, Message)]
    assert [post.posted_at for post in posts] == [NOW - 86_400_000, NOW]


async def test_file_when_half_written_then_read_once_it_stands_still(tmp_path: Path) -> None:
    folder = Folder(tmp_path, settle_s=5, largest=1000)
    drop(tmp_path, "a.txt", "GOLD BUY")
    assert folder.ready(0) == []
    drop(tmp_path, "a.txt", "GOLD BUY 4000")
    assert folder.ready(6) == []
    assert folder.ready(10) == []
    (found,) = folder.ready(11)
    drop(tmp_path, "a.txt", "GOLD BUY 4000 sl 3990")  # between the look and the reading
    assert folder.read(found) is None
    assert folder.ready(12) == []
    (found,) = folder.ready(17)
    assert folder.read(found) == b"GOLD BUY 4000 sl 3990"
    folder.settle(found)
    assert folder.ready(30) == []


async def test_file_when_replaced_then_a_new_post_and_the_same_words_again_none(tmp_path: Path) -> None:
    root = tmp_path / "in"
    drop(root, "latest.txt", "GOLD BUY")
    async with watched(tmp_path) as ear:
        assert await ear.texts(1) == [(INBOX, 1, "GOLD BUY")]
        drop(root, "latest.txt", "GOLD SELL", age_s=5)
        assert await ear.texts(1) == [(INBOX, 2, "GOLD SELL")]
        drop(root, "latest.txt", "GOLD BUY", age_s=4)
        assert await ear.hears_nothing()
        (root / "latest.txt").unlink()
        assert await ear.hears_nothing()
        drop(root, "other.txt", "GOLD BUY", age_s=3)
        assert await ear.texts(1) == [(INBOX, 3, "GOLD BUY")]


async def test_lines_when_they_have_ids_then_edited_and_answered_and_an_old_version_takes_nothing_back(
    tmp_path: Path,
) -> None:
    root = tmp_path / "in"
    drop(root, "a.jsonl", line("BUY GOLD", NOW - 9000, id=42) + line("close", NOW - 8000, id="x", reply_to=42))
    async with watched(tmp_path) as ear:
        buy, close = await ear.items(2)
        assert buy == Message(INBOX, 1, NOW - 9000, "BUY GOLD")
        assert close == Message(INBOX, 2, NOW - 8000, "close", reply_to=1)
        drop(root, "b.jsonl", line("BUY GOLD sl 4000", NOW - 9000, id=42))
        assert await ear.items(1) == [Message(INBOX, 1, NOW - 9000, "BUY GOLD sl 4000", edited_at=NOW)]
        drop(root, "c.jsonl", line("BUY GOLD", NOW - 9000, id="42"))
        assert await ear.hears_nothing()
    async with watched(tmp_path, {INBOX: 2}) as ear:  # an edit that came after the last post is owed too
        assert [item.edited_at for item in await ear.items(1) if isinstance(item, Message)] == [NOW]
        assert await ear.hears_nothing()


async def test_exports_when_several_have_one_post_then_the_newest_words_are_posted(tmp_path: Path) -> None:
    root, later = tmp_path / "in", str(NOW // 1000)
    drop(root, "new/result.json", export((5, "after"), edited_unixtime=later))
    drop(root, "old/result.json", export((5, "before"), (6, "other")))
    async with watched(tmp_path) as ear:
        assert [text for *_, text in await ear.texts(2)] == ["other", "after"]
        drop(root, "older/result.json", export((5, "before")))
        assert await ear.hears_nothing()


async def test_garbage_when_dropped_then_told_once_with_its_name_and_left_alone(tmp_path: Path) -> None:
    root = tmp_path / "in"
    bad: dict[str, tuple[str | bytes, str]] = {
        "broken.json": ('{"name": "x", "id": 1, "messages": [', "ends too early"),
        "page.json": ("<html>", "an export in HTML"),
        "bad.jsonl": (line("fine") + "{}\n", 'line 2: "at" is missing'),
        "image.txt": (b"\x89PNG\r\n\x1a\n\x00\xff", "no text in UTF-8"),
        "long.md": ("x" * 20_000, "has 20,000 characters"),
        "huge.txt": ("x" * 50_000, "has 50,000 bytes, more than 40,000"),
        "a#b/post.txt": ("x", "cannot be a channel"),
    }
    for name, (content, why) in bad.items():
        path = drop(root, name, content)
        async with watched(tmp_path, largest=40_000) as ear:
            (report,) = await ear.items(1)
            assert isinstance(report, HealthReport)
            assert (report.channel, report.health) == (INBOX, Health.BLIND)
            assert report.detail.startswith(f"{name} was left alone: ")
            assert why in report.detail
            assert await ear.hears_nothing()
            path.unlink()
            assert await ear.items(1) == [HealthReport(INBOX, Health.OK)]


async def test_garbage_when_its_folder_is_a_channel_then_that_one_is_blind_and_without_the_folder_all_are(
    tmp_path: Path,
) -> None:
    root = tmp_path / "in"
    drop(root, "gold/a.txt", "one")
    async with watched(tmp_path) as ear:
        await ear.texts(1)
        drop(root, "gold/bad.jsonl", "no json")
        (report,) = await ear.items(1)
        assert isinstance(report, HealthReport)
        assert (report.channel, report.health) == (GOLD, Health.BLIND)
        assert report.detail.startswith("gold/bad.jsonl was left alone: line 1: ")
        drop(root, "gold/bad.jsonl", line("two"))
        assert set(await ear.items(2)) == {HealthReport(GOLD, Health.OK), Message(GOLD, 2, NOW, "two")}
        root.rename(tmp_path / "away")
        gone = "the folder cannot be read: No such file or directory"
        assert set(await ear.items(2)) == {HealthReport(one, Health.BLIND, gone) for one in (GOLD, INBOX)}


async def test_garbage_when_several_lie_there_then_each_is_logged_once_and_the_channel_names_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "in"
    drop(root, "bad.jsonl", '{"at": 1}')
    drop(root, "garbage.json", "no export", age_s=50)
    drop(root, "garbage.txt", b"\xff\x00\xfe", age_s=40)
    drop(root, "live/result.json", export((1, "x"), number=-1001234), age_s=30)
    logged: list[tuple[str, str]] = []
    monkeypatch.setattr(desk._log, "warning", lambda text, **fields: logged.append((fields["file"], fields["why"])))
    async with watched(tmp_path) as ear:
        (report,) = await ear.items(1)
        assert isinstance(report, HealthReport)
        assert report.detail == 'bad.jsonl was left alone: line 1: "text" is missing (and 3 more)'
        assert await ear.hears_nothing()
    told = dict(logged)
    assert len(logged) == len(told) == 4
    assert told["garbage.json"] == "it is damaged in line 1: what stands there is not JSON"
    assert told["garbage.txt"].startswith("it is no text in UTF-8")
    assert told["live/result.json"].startswith("chat 1 has the negative id -1001234, Telegram's other way of writing")
    assert told["live/result.json"].count("result.json") == 0
    found = survey(root, largest=1 << 20, now=NOW)
    assert (found.files, found.read, found.faults) == (4, 4, told)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("no json", "it is not JSON"),
        ("[1]", "it is a list, should be an object in braces"),
        ('{"at": 1, "text": 5}', '"text" is a number, should be a text'),
        ('{"at": [], "text": "x"}', '"at" is a list, should be a number or a text'),
        ('{"at": 1, "text": "x", "chanel": "gold"}', '"chanel" is no field that is known'),
    ],
)
def test_line_when_it_has_another_shape_then_told_in_plain_words(given: str, why: str) -> None:
    with pytest.raises(Garbage) as caught:
        lines(given.encode(), "inbox")
    assert str(caught.value) == f"line 1: {why}"


def test_survey_when_there_are_many_files_then_the_newest_are_read_and_all_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, "old.jsonl", "never read", age_s=90)
    drop(tmp_path, "new.txt", "fine", age_s=5)
    monkeypatch.setattr(reading, "SURVEYED", 1)
    assert survey(tmp_path, largest=1000, now=NOW) == (2, 1, {})


async def test_links_when_they_lead_outside_then_not_followed_and_told(tmp_path: Path) -> None:
    secret = drop(tmp_path, "outside/secret.txt", "what nobody should post")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.txt").symlink_to(secret)
    (tmp_path / "in" / "folder.txt").symlink_to(secret.parent)
    os.mkfifo(tmp_path / "in" / "pipe.txt")
    async with watched(tmp_path) as ear:
        (report,) = await ear.items(1)
        assert isinstance(report, HealthReport)
        assert (
            report.detail
            == "folder.txt was left alone: it is a link or no regular file, and is not followed (and 2 more)"
        )
        drop(tmp_path / "in", "fine.txt", "fine")
        assert await ear.texts(1) == [(INBOX, 1, "fine")]


async def test_files_when_thousands_cannot_be_read_then_a_few_are_logged_by_name_and_the_others_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    for number in range(30):
        (tmp_path / "in" / f"{number}.txt").symlink_to("nowhere")
    logged: list[dict[str, Any]] = []
    monkeypatch.setattr(desk._log, "warning", lambda text, **fields: logged.append(fields))
    monkeypatch.setattr(looking, "MOST_FILES", 25)
    async with watched(tmp_path) as ear:
        await ear.items(1)
    assert len(logged) == desk.LOGGED + 1
    assert logged[-1] == {"count": 6}  # of 25, and that there are more


async def test_reading_when_refused_by_the_system_then_told_and_read_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path / "in", "a.txt", "x")

    def refused(*_: Any) -> int:
        raise PermissionError(13, "Permission denied")

    async with watched(tmp_path) as ear:
        with monkeypatch.context() as broken:
            broken.setattr(os, "open", refused)
            (report,) = await ear.items(1)
        assert report == HealthReport(INBOX, Health.BLIND, "a.txt was left alone: Permission denied")
        drop(tmp_path / "in", "a.txt", "x", age_s=1)
        assert set(await ear.items(2)) == {HealthReport(INBOX, Health.OK), Message(INBOX, 1, NOW - 1000, "x")}


async def test_folder_when_it_goes_away_then_blind_until_it_is_back(tmp_path: Path) -> None:
    async with watched(tmp_path) as ear:
        drop(tmp_path / "in", "a.txt", "one")
        await ear.texts(1)
        (tmp_path / "in").rename(tmp_path / "away")
        assert await ear.items(1) == [
            HealthReport(INBOX, Health.BLIND, "the folder cannot be read: No such file or directory")
        ]
        (tmp_path / "away").rename(tmp_path / "in")
        assert await ear.items(1) == [HealthReport(INBOX, Health.OK)]


async def test_disk_when_numbers_cannot_be_kept_then_told_and_posted_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path / "in", "a.txt", "x")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    async with watched(tmp_path) as ear:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", full)
            (report,) = await ear.items(1)
            assert isinstance(report, HealthReport)
            assert "No space left" in report.detail
        assert set(await ear.items(2)) == {HealthReport(INBOX, Health.OK), Message(INBOX, 1, NOW - 60_000, "x")}


async def test_files_when_ten_thousand_then_all_are_posted_in_order_while_others_get_their_turn(tmp_path: Path) -> None:
    root = tmp_path / "in" / "gold"
    root.mkdir(parents=True)
    for number in range(10_000):
        (root / f"{number}.txt").write_text(f"post {number}")
        moment = (NOW - 20_000_000 + number * 1000) * 1_000_000
        os.utime(root / f"{number}.txt", ns=(moment, moment))
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    beside = asyncio.create_task(other())
    async with watched(tmp_path) as ear:
        posts = await ear.texts(10_000)
    beside.cancel()
    assert posts == [(GOLD, number + 1, f"post {number}") for number in range(10_000)]
    assert turns > 20


# --- what files say -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["GOLD BUY\r\n", "\ufeffGOLD BUY", "  GOLD BUY  "])
def test_text_when_written_by_any_editor_then_read(content: str) -> None:
    assert post(content.encode(), "gold", "a.txt", 5) == Drop("gold", 5, "GOLD BUY", ref="file:a.txt")
    assert post(("\ufeff" + content.strip("\ufeff")).encode("utf-16-le"), "gold", "a.txt", 5) is not None
    assert post(b" \r\n", "gold", "a.txt", 5) is None


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ('{"at": 1, "txt": "x", "text": "x"}', '"txt" is no field that is known'),
        ('{"at": "2026-11-21T12:30:00", "text": "x"}', "no time zone"),
        ('{"at": 1e400, "text": "x"}', "line 1"),
        ('{"at": NaN, "text": "x"}', "line 1"),
        ('{"at": -5, "text": "x"}', 'at was "-5"'),
        ('{"at": true, "text": "x"}', "line 1"),
        ('{"at": "١٧٩٥", "text": "x"}', "at was"),
        ('{"at": 1, "text": " "}', "text is empty"),
        ('{"at": 1, "text": "\\ud800"}', "line 1"),
        ('{"at": 1, "text": "x", "id": ""}', "0 characters"),
        ('{"at": 1, "text": "x", "channel": "a/b"}', "cannot be a channel"),
        ('{"at": 1, "text": "x", "channel": "a~b"}', "cannot be a channel"),
        ("[" * 5000, "line 1"),
    ],
)
def test_line_when_wrong_then_the_file_is_garbage(raw: str, why: str) -> None:
    with pytest.raises(Garbage) as refused:
        lines(raw.encode(), "gold")
    assert why in str(refused.value)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_content_when_anything_at_all_then_drops_or_garbage(content: bytes) -> None:
    for read in (lambda: lines(content, "gold"), lambda: [post(content, "gold", "a.txt", 5)]):
        try:
            found = read()
        except Garbage:
            continue
        assert all(one is None or (one.text.strip() and one.channel) for one in found)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_channel_when_named_by_anybody_then_its_ids_can_be_taken_apart(name: str) -> None:
    try:
        plain = channel_name(name)
    except Garbage:
        return
    assert not {"/", "#", "~", "!", "\n"} & set(plain)
    assert channel_name(plain) == plain
