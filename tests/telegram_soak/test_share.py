"""The share of the soak that runs with every test, and whether its books notice what must not be.

`make soak-telegram` runs a million posts over forty channels.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest

from signalos_tui.journal.codec import encode
from signalos_tui.model.events import Event, MessageDeleted, MessageEdited, MessageReceived, kind_of
from signalos_tui.model.ids import ChannelId, message_key
from signalos_tui.model.messages import Message
from tests.telegram_soak.books import GRACE_S, Books, Shelf
from tests.telegram_soak.director import Director
from tests.telegram_soak.plan import WAYS, Plan
from tests.telegram_soak.verdict import judged, table

LONGEST_S = 300
GOLD = ChannelId("tg:-1005000")
BUSY = 60.0
"""Seconds a gap may be open here: a machine that runs all other tests beside it is no measure."""


@pytest.mark.timeout(LONGEST_S)
async def test_reader_when_a_share_of_everything_goes_wrong_then_every_post_is_journalled_once(tmp_path: Path) -> None:
    """All kinds of faults but the connection that stands and is dead: giving that one up takes longer than this test."""
    ways = [how for how in WAYS if how != "half-open"]
    quick = "poll_s = 1\nheartbeat_s = 1"
    director = Director(tmp_path, seed=5, posts=2_000, channels=12, ways=ways, pace=quick)
    await director.run()
    assert not judged(director, BUSY), "\n".join([*judged(director, BUSY), *table(director)])
    assert director.books.received > 1_900
    assert director.books.edits > 10
    assert len(director.books.closed) > 20


def test_plan_when_made_again_then_the_same_story() -> None:
    """A seed is a soak."""
    told = [list(Plan(7, 3_000, 40)) for _ in range(2)]
    assert told[0] == told[1] != list(Plan(8, 3_000, 40))


# --- whether the books bite -------------------------------------------------------------------------------------------


def received(number: int, text: str = "") -> MessageReceived:
    """As published, or with other words."""
    message = Message(GOLD, number, 1, text or f"post {number}.0")
    return MessageReceived(message, message.content)


def edited(number: int, text: str) -> MessageEdited:
    """Another revision."""
    message = Message(GOLD, number, 1, text, edited_at=2)
    return MessageEdited(message, message.content, 1)


def deleted(number: int) -> MessageDeleted:
    """Withdrawn."""
    return MessageDeleted(message_key(GOLD, number))


def books(*events: Event) -> Books:
    """Three posts, the second edited and the third deleted, both told; and what the journal has."""
    shelf = Shelf(lambda number, revision: f"post {number}.{revision}")
    kept = Books({GOLD: shelf})
    for number in (1, 2, 3):
        kept.published(shelf, number)
    kept.edited(shelf, 2, 1.0)
    kept.deleted(shelf, [3], 1.0)
    journal = sqlite3.connect(":memory:")
    journal.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, at INTEGER, kind TEXT, body BLOB)")
    rows = [(seq, 1, kind_of(event), encode(event)[0]) for seq, event in enumerate(events, 1)]
    journal.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
    kept.read(journal)
    kept.wrong += kept.overdue(2.0 + GRACE_S)
    kept.end()
    return kept


SOUND = (received(1), received(2), received(3), edited(2, "post 2.1"), deleted(3))


@pytest.mark.parametrize(
    "events",
    [
        SOUND,
        (received(1), received(2, "post 2.1"), received(3), deleted(3)),
        (received(1), received(2, "post 2.1")),
    ],
)
def test_books_when_all_is_there_then_nothing_is_wrong(events: Iterable[Event]) -> None:
    assert not books(*events).wrong


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ((*SOUND, received(1)), "post 1 of .* is in the journal twice"),
        ((received(2), *SOUND[2:]), "post 1 of .* is not in the journal, and 2 is"),
        ((received(1),), "post 2 of .* is not in the journal"),
        ((*SOUND, edited(1, "post 1.0")), "post 1 of .* says what it said"),
        ((*SOUND, edited(2, "post 2.0")), "went back from revision 1 to 0"),
        ((*SOUND, edited(1, "something else")), "never said 'something else'"),
        ((*SOUND, deleted(1)), "post 1 of .* stands, and is deleted"),
        ((*SOUND, deleted(3)), "post 3 of .* is deleted in the journal twice"),
        (SOUND[:3] + SOUND[4:], "post 2 of .*: revision 1 .told. could be known"),
        (SOUND[:4], "post 3 of .*: its deletion .told. could be known"),
    ],
)
def test_books_when_something_is_not_as_it_was_then_they_say_so(events: Iterable[Event], says: str) -> None:
    found = books(*events).wrong
    assert len(found) == 1
    assert re.search(says, found[0])
