"""The watched folder: what is dropped is posted once, whole, in the order of time, and never touched."""

from __future__ import annotations

from pathlib import Path

from signalos_tui.clock import FrozenClock
from signalos_tui.collect.folder.desk import Desk
from signalos_tui.collect.folder.looking import Folder
from signalos_tui.model.messages import Message
from tests.collect.dropping import GOLD, INBOX, NOW, drop, export, line, watched


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


def test_posts_when_the_clock_was_set_back_then_owed_in_the_order_they_were_numbered(tmp_path: Path) -> None:
    """The close was handed on before the call that it closes, and the trade stayed."""
    clock = FrozenClock(NOW)

    def desk() -> Desk:
        return Desk(Folder(tmp_path / "in", settle_s=0, largest=1000), tmp_path / "books", clock, {})

    first = desk()
    for name, text in (("a", "BUY EURUSD"), ("b", "Close EURUSD")):
        drop(tmp_path / "in", f"gold/{name}.txt", text)
        first.look()
        first.look()
        clock.advance(-500)
    first.close()
    second = desk()
    assert [(one.id, one.text) for one in second.left({}) if isinstance(one, Message)] == [
        (1, "BUY EURUSD"),
        (2, "Close EURUSD"),
    ]
    second.close()


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
        drop(root, "e.jsonl", line("close", NOW - 7000, reply_to="never heard of"))
        assert await ear.items(1) == [Message(INBOX, 3, NOW - 7000, "close", answers_elsewhere=True)]
        drop(root, "b.jsonl", line("BUY GOLD sl 4000", NOW - 9000, id=42))
        assert await ear.items(1) == [Message(INBOX, 1, NOW - 9000, "BUY GOLD sl 4000", edited_at=NOW)]
        drop(root, "c.jsonl", line("BUY GOLD", NOW - 9000, id="42"))
        assert await ear.hears_nothing()
    async with watched(tmp_path, {INBOX: 3}) as ear:  # an edit that came after the last post is owed too
        assert [item.edited_at for item in await ear.items(1) if isinstance(item, Message)] == [NOW]
        assert await ear.hears_nothing()


async def test_line_when_edited_and_edited_back_then_the_files_last_word_holds(tmp_path: Path) -> None:
    """The last edit was taken for one that was had already: the file said 4030 and the desk 4035."""
    root = tmp_path / "in"
    narrow, wide = (line(f"GOLD BUY sl {stop}", NOW - 9000, id=1) for stop in (4030, 4035))

    def edit(text: str) -> Message:
        return Message(INBOX, 1, NOW - 9000, text, edited_at=NOW)

    async with watched(tmp_path) as ear:
        drop(root, "a.jsonl", narrow)
        assert await ear.texts(1) == [(INBOX, 1, "GOLD BUY sl 4030")]
        drop(root, "a.jsonl", narrow + wide)
        assert await ear.items(1) == [edit("GOLD BUY sl 4035")]
        drop(root, "a.jsonl", narrow + wide + narrow)
        assert await ear.items(1) == [edit("GOLD BUY sl 4030")]
        drop(root, "a.jsonl", narrow + wide + narrow + line("other", id=2))
        assert await ear.texts(1) == [(INBOX, 2, "other")]
        drop(root, "a.jsonl", wide + line("other", id=2))  # in its place
        assert await ear.items(1) == [edit("GOLD BUY sl 4035")]
        drop(root, "old.jsonl", narrow)
        assert await ear.hears_nothing()
    async with watched(tmp_path, {INBOX: 2}) as ear:
        assert await ear.items(1) == [edit("GOLD BUY sl 4035")]  # owed: it came after the last post
        drop(root, "a.jsonl", narrow + line("other", id=2))
        assert await ear.items(1) == [edit("GOLD BUY sl 4030")]


async def test_line_when_its_edits_give_other_times_then_the_order_of_the_file_holds(tmp_path: Path) -> None:
    early, late = line("GOLD BUY sl 4030", NOW - 9000, id=1), line("GOLD BUY sl 4035", NOW - 4000, id=1)
    drop(tmp_path / "in", "a.jsonl", early + late + early)
    async with watched(tmp_path) as ear:
        assert [text[-4:] for *_, text in await ear.texts(3)] == ["4030", "4035", "4030"]


async def test_exports_when_several_have_one_post_then_the_newest_words_are_posted(tmp_path: Path) -> None:
    root, later = tmp_path / "in", str(NOW // 1000)
    drop(root, "new/result.json", export((5, "after"), edited_unixtime=later))
    drop(root, "old/result.json", export((5, "before"), (6, "other")))
    async with watched(tmp_path) as ear:
        assert [text for *_, text in await ear.texts(2)] == ["other", "after"]
        drop(root, "older/result.json", export((5, "before")))
        assert await ear.hears_nothing()
