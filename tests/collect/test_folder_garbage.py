"""What cannot be read in the watched folder: told once, left alone, and in nobody's way."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.collect.folder import desk, looking, reading
from signalos_tui.collect.folder.drops import Drop, Garbage, channel_name, lines, post
from signalos_tui.collect.folder.reading import survey
from signalos_tui.model.messages import Health, HealthReport, Message
from tests.collect.dropping import GOLD, INBOX, NOW, drop, export, line, watched


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
