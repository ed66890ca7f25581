"""The past of a channel, read from the file while another writes it: newest first, page by page, each post once."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.journal import Journal, JournalUnusable
from signalos_tui.journal.history import PAGE, lessons, oldest, past
from signalos_tui.journal.schema import FIRST
from signalos_tui.journal.verify import rebuild_projections, verify
from signalos_tui.model import events as e
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.lessons import Lesson, PastPost
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict
from signalos_tui.state import durable, fold_all
from tests.journal import samples as s

HELD = Reading(ReadingKind.SIGNAL, ReadingVerdict.HOLD, 0.5)
NOISE = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 1.0)
LESSON = Lesson(words=(("stop", ("limes",)),), default_symbol="XAUUSD")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def posts(path: Path, newest: int | None = None, channel: ChannelId = s.GOLD) -> list[PastPost]:
    """All posts of a channel."""
    return [post for page in past(path, channel, newest) for post in page]


def test_past_when_asked_then_each_post_comes_once_newest_first(path: Path) -> None:
    """More than one page, beside another channel."""
    count = PAGE * 2 + 7
    with_others = [
        one for n in range(1, count + 1) for one in (s.received(n), s.received(n, channel=ChannelId("tg:9")))
    ]
    journal = Journal.open(path, threaded=False)
    journal.append_now(with_others, 1)
    found = posts(path)
    assert [post.message.id for post in found] == list(range(count, 0, -1))
    assert {post.message.channel for post in found} == {s.GOLD}
    assert [post.message.id for post in posts(path, PAGE + 3)] == list(range(count, count - PAGE - 3, -1))
    assert posts(path, 0) == []
    assert posts(path, channel=ChannelId("tg:none")) == []
    journal.close()


def test_posts_from_before_then_they_are_of_the_past_and_move_no_place_of_a_source(path: Path) -> None:
    """They are beside what is owed: a channel with nothing else is as new as one that is empty."""
    journal = Journal.open(path, threaded=False)
    older = [e.PostImported(s.post(n), s.post(n).content) for n in range(3, 0, -1)]
    journal.append_now([s.received(4), *older], 1)
    journal.append_now([e.PostImported(s.post(9, channel=ChannelId("tg:9")), "x")], 2)
    assert journal.cursors() == {s.GOLD: 4}
    assert [post.message.id for post in posts(path)] == [4, 3, 2, 1]
    assert [oldest(path, ChannelId(name)) for name in (s.GOLD, "tg:9", "tg:none")] == [1, 9, None]
    journal.close()
    assert verify(path).ok


def test_post_when_edited_then_only_what_was_said_of_its_newest_revision_counts(path: Path) -> None:
    """An older reading and an older correction are about another text."""
    first = s.received(1)
    key = first.message.key
    newer = replace(first.message, text="SELL XAUUSD", edited_at=9)
    events: list[e.Event] = [
        first,
        e.MessageRead(key, 0, HELD),
        e.ReadingCorrected(key, 0, NOISE, "console"),
    ]
    journal = Journal.open(path, threaded=False)
    journal.append_now(events, 1)
    assert posts(path) == [PastPost(first.message, 0, HELD, NOISE)]
    journal.append_now([e.MessageEdited(newer, newer.content, 1)], 2)
    assert posts(path) == [PastPost(newer, 1)]
    journal.append_now([e.MessageRead(key, 1, NOISE), e.ReadingCorrected(key, 1, HELD, "console")], 3)
    journal.append_now([e.MessageDeleted(key)], 4)
    assert posts(path) == [PastPost(newer, 1, NOISE, HELD, is_deleted=True)]
    journal.close()
    assert verify(path).ok


def test_lesson_when_taught_again_then_the_last_one_counts_and_a_rebuild_gives_the_same(path: Path) -> None:
    """It replaces the one before as a whole; an empty one forgets."""
    journal = Journal.open(path, threaded=False)
    journal.append_now([s.followed(), e.ChannelTaught(s.GOLD, LESSON, "console")], 1)
    assert [(channel.id, lesson) for channel, lesson in lessons(path)] == [(s.GOLD, LESSON)]
    journal.append_now([s.followed("Gold VIP 2")], 2)
    assert [(channel.title, lesson) for channel, lesson in lessons(path)] == [("Gold VIP 2", LESSON)]
    journal.append_now([e.ChannelTaught(s.GOLD, Lesson(), "console")], 3)
    assert [lesson for _, lesson in lessons(path)] == [Lesson()]
    journal.close()
    assert verify(path).ok


def test_journal_when_of_the_schema_before_then_it_is_read_and_verified_as_it_is(path: Path) -> None:
    """A report on a file that no newer engine has opened yet."""
    Journal.open(path, threaded=False).close()
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE channels DROP COLUMN lesson")
        connection.execute(f"PRAGMA user_version = {FIRST.version}")
        connection.execute("INSERT INTO channels (channel, title, provider) VALUES ('tg:1', 'Old', '')")
    connection.close()
    assert [lesson for _, lesson in lessons(path)] == [Lesson()]
    assert [finding.text for finding in verify(path).findings] == ["channels is not what the events say at 'tg:1'"]
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM channels")
    connection.close()
    assert verify(path).ok


def test_past_when_there_is_no_journal_then_it_says_so(path: Path) -> None:
    """With what to do."""
    with pytest.raises(JournalUnusable, match="no journal"):
        lessons(path)
    with pytest.raises(JournalUnusable, match="no journal"):
        posts(path)


LESSONS = st.sampled_from([LESSON, Lesson(), Lesson(ignore=("vip offer",)), Lesson(side_from_levels=True)])
READINGS = st.sampled_from([HELD, NOISE])
STEPS = st.one_of(
    st.tuples(st.just("teach"), LESSONS),
    st.tuples(st.just("correct"), READINGS),
    st.tuples(st.just("edit"), st.sampled_from(["BUY XAUUSD now", "good morning"])),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(STEPS, max_size=12), st.integers(0, 12))
def test_journal_when_replayed_then_lessons_and_corrections_are_what_the_desk_knew(
    steps: list[tuple[str, Any]], cut: int
) -> None:
    """From its records, from a snapshot in between and its tail, from the tables, and from the tables made anew."""
    first = s.received(1)
    key, revision = first.message.key, 0
    events: list[e.Event] = [s.followed(), first, e.MessageRead(key, 0, HELD)]
    for kind, value in steps:
        if kind == "teach":
            events.append(e.ChannelTaught(s.GOLD, value, "console"))
        elif kind == "correct":
            events.append(e.ReadingCorrected(key, revision, value, "console"))
        else:
            revision += 1
            message = replace(first.message, text=value, edited_at=revision)
            events += [e.MessageEdited(message, f"{revision}", revision), e.MessageRead(key, revision, HELD)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        journal = Journal.open(path, threaded=False)
        state = fold_all(journal.append_now(events, 1))
        kept = msgspec.msgpack.decode(
            msgspec.msgpack.encode(durable(fold_all(list(journal.tail(0))[: cut + 3]))), type=DeskState
        )
        assert durable(fold_all(journal.tail(0))) == durable(state)
        assert durable(fold_all(journal.tail(kept.seq), kept)) == durable(state)
        for _ in range(2):
            assert [lesson for _, lesson in lessons(path)] == [state.channels[s.GOLD].lesson]
            (post,) = posts(path)
            known = state.posts[key]
            assert (post.revision, post.reading, post.corrected) == (known.revision, known.reading, known.corrected)
            journal.close()
            rebuild_projections(path)
            assert verify(path).ok
