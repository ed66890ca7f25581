"""Appending: order, atomicity, contiguity, and what a refused group leaves behind."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.clock import VirtualTimeLoop
from signalos_tui.journal import Journal, JournalConflict, JournalFailed
from signalos_tui.journal.queries import statistics
from signalos_tui.journal.verify import verify
from signalos_tui.model import events as e
from signalos_tui.model.commands import Outcome
from signalos_tui.model.ids import ChannelId, LegId, Magic, MessageKey
from signalos_tui.model.messages import Message
from tests.journal import samples as s


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture(params=[True, False], ids=["threaded", "inline"])
def journal(path: Path, request: pytest.FixtureRequest) -> Iterator[Journal]:
    opened = Journal.open(path, threaded=request.param)
    yield opened
    opened.close()


async def test_append_when_it_returns_then_records_are_numbered_and_readable(journal: Journal) -> None:
    first = await journal.append([s.notice("a"), s.notice("b")], 10)
    second = await journal.append([s.notice("c")], 20)
    assert [(r.seq, r.at) for r in (*first, *second)] == [(1, 10), (2, 10), (3, 20)]
    assert list(journal.tail(0)) == [*first, *second]
    assert list(journal.tail(2)) == second
    assert list(journal.tail(3)) == []
    assert journal.head.seq == 3


async def test_append_when_there_is_nothing_to_write_then_nothing_is(journal: Journal) -> None:
    assert await journal.append([], 1) == []
    assert journal.head.seq == 0


async def test_append_now_when_called_then_it_is_the_same_journal(journal: Journal) -> None:
    journal.append_now([s.notice("a")], 1)
    await journal.append([s.notice("b")], 2)
    assert [record.seq for record in journal.tail(0)] == [1, 2]


async def test_fifty_writers_when_they_share_commits_then_groups_are_whole_and_numbers_have_no_gap(path: Path) -> None:
    journal = Journal.open(path)

    async def write(writer: int) -> list[list[e.Record]]:
        return [
            await journal.append([s.notice(f"{writer} {turn} {part}") for part in range(turn % 4 + 1)], turn)
            for turn in range(8)
        ]

    groups = [group for mine in await asyncio.gather(*map(write, range(50))) for group in mine]
    for group in groups:
        assert [record.seq for record in group] == list(range(group[0].seq, group[0].seq + len(group)))
    written = sorted((record for group in groups for record in group), key=lambda record: record.seq)
    assert [record.seq for record in written] == list(range(1, 1001))
    assert list(journal.tail(0)) == written
    journal.close()
    assert verify(path).ok


async def test_conflict_when_others_share_its_batch_then_it_fails_alone(path: Path) -> None:
    journal = Journal.open(path)
    await journal.append([s.received(1)], 1)
    good = [journal.append([s.notice(str(n)), s.received(n)], n) for n in range(2, 12)]
    bad = [journal.append([s.notice("lost"), s.received(1)], 99) for _ in range(3)]
    answers = await asyncio.gather(*good[:5], *bad, *good[5:], return_exceptions=True)
    assert [type(answer) for answer in answers] == [list] * 5 + [JournalConflict] * 3 + [list] * 5
    assert "tg:-1001/1" in str(answers[5])
    assert journal.head.seq == 21
    assert all(getattr(record.event, "text", "") != "lost" for record in journal.tail(0))
    journal.close()
    assert verify(path).ok


@pytest.mark.parametrize(
    "events",
    [
        [s.received(1)],
        [s.notice(), s.received(1, "the same post with other words")],
        [s.intended(1, leg=2, magic=101)],
        [s.intended(1, magic=999)],
        [s.sending(1, attempt=1)],
        [s.sending(9)],
        [s.opened(9)],
        [s.answered("key-1")],
        [e.MessageEdited(s.post(1), "new", 0)],
        [e.MessageEdited(s.post(77), "new", 1)],
        [e.LegExpired(s.leg_of(1), "too late")],
        [s.closed(9)],
        [e.Pulsed()],
        [e.TaskFailed("task", "error", 1, float("nan"))],
        [s.notice("a lone surrogate \ud800")],
        [e.MessageDeleted(MessageKey("no number"))],
    ],
    ids=lambda events: e.kind_of(events[-1]),
)
async def test_append_when_it_contradicts_the_journal_then_none_of_the_group_is_written(
    journal: Journal, events: list[e.Event]
) -> None:
    await journal.append([s.received(1), s.intended(1), s.sending(1), s.answered("key-1"), s.intended(2)], 1)
    before = journal.head
    with pytest.raises(JournalConflict):
        await journal.append([s.notice("goes with it"), *events], 2)
    assert journal.head == before
    assert len(await journal.append([s.notice("goes on")], 3)) == 1


async def test_append_when_the_time_is_no_whole_number_then_it_is_refused(journal: Journal) -> None:
    for at in (1.5, 1 << 70):
        with pytest.raises(JournalConflict):
            await journal.append([s.notice()], at)  # type: ignore[arg-type]
    assert journal.head.seq == 0


async def test_leg_when_unknown_then_never_sending_again(journal: Journal) -> None:
    """The promise itself: no edge leads from an ambiguous send back to sending, the journal refuses one."""
    await journal.append([s.intended(1), s.sending(1), e.LegUnknown(s.leg_of(1), 10012, "timeout")], 1)
    with pytest.raises(JournalConflict, match="must not be sent again"):
        await journal.append([s.sending(1, attempt=2)], 2)


async def test_leg_when_refused_for_its_price_then_a_new_attempt_may_follow(journal: Journal) -> None:
    again = e.LegRejected(s.leg_of(1), 10004, "requote", final=False)
    await journal.append([s.intended(1), s.sending(1), again, s.sending(1, attempt=2), s.opened(1)], 1)
    assert journal.head.seq == 5


async def test_append_when_the_wait_is_given_up_then_the_journal_goes_on(path: Path) -> None:
    journal = Journal.open(path)
    task = asyncio.ensure_future(journal.append([s.notice("given up")], 1))
    await asyncio.sleep(0)
    task.cancel()
    records = await journal.append([s.notice("next")], 2)
    assert records[0].seq == 2  # what was handed over is written all the same
    journal.close()


async def test_append_when_closed_then_it_fails(journal: Journal) -> None:
    await journal.append([s.notice()], 1)
    journal.close()
    journal.close()
    with pytest.raises(JournalFailed, match="closed"):
        await journal.append([s.notice()], 2)
    with pytest.raises(JournalFailed, match="closed"):
        await journal.save_snapshot(1, b"")


def test_append_when_time_is_virtual_then_it_finishes_on_the_loop(path: Path) -> None:
    journal = Journal.open(path, threaded=False, salt=b"simulated")
    loop = VirtualTimeLoop()

    async def month() -> None:
        for day in range(30):
            await asyncio.sleep(86_400)
            await journal.append([s.notice(str(day))], round(loop.time() * 1000))

    loop.run_until_complete(month())
    loop.close()
    assert [record.at for record in journal.tail(0)] == [day * 86_400_000 for day in range(1, 31)]
    journal.close()


def test_journal_when_written_twice_with_one_salt_then_byte_for_byte_the_same_chain(tmp_path: Path) -> None:
    heads = []
    for name in ("a.db", "b.db"):
        journal = Journal.open(tmp_path / name, threaded=False, salt=b"fixed")
        for number in range(1, 5):
            journal.append_now(s.life(number), s.AT + number)
        heads.append(journal.head)
        journal.close()
    assert heads[0] == heads[1]


async def test_projections_when_asked_then_they_know_posts_magics_and_answers(journal: Journal) -> None:
    other = ChannelId("tg:-1002")
    await journal.append([s.received(3), s.received(5, channel=other), s.received(4)], 1)
    await journal.append([s.intended(3, magic=4711), s.answered("key-9", 3)], 2)
    edited = Message(s.GOLD, 3, s.AT, "BUY XAUUSD SL 2330", edited_at=s.AT + 5)
    await journal.append([e.MessageEdited(edited, edited.content, 1)], 3)
    assert journal.cursors() == {s.GOLD: 4, other: 5}
    assert journal.message_content(s.post(3).key) == (edited.content, 1)
    assert journal.message_content(s.post(4).key) == (s.post(4).content, 0)
    assert journal.message_content(s.post(99).key) is None
    await journal.append([e.MessageDeleted(s.post(3).key)], 4)
    assert [journal.is_deleted(s.post(number).key) for number in (3, 4, 99)] == [True, False, False]
    assert journal.magic_owner(Magic(4711)) == s.leg_of(3)
    assert journal.magic_owner(Magic(1)) is None
    assert journal.answer_of("key-9") == Outcome(True, "closing")
    assert journal.answer_of("key-0") is None


async def test_statistics_when_a_trade_ends_then_its_profit_is_exact(journal: Journal) -> None:
    await journal.append(s.life(1)[:-3], 1_000)
    await journal.append([s.reduced(1, "0.1"), s.closed(1, "0.2")], 2_000)
    (row,) = statistics(journal.path)
    assert (row.channel, row.accepted, row.profit) == (s.GOLD, 1, Decimal("0.3"))
    assert statistics(journal.path, since=1_001) == []


async def test_snapshot_when_several_are_saved_then_the_newest_is_found_and_two_are_kept(
    path: Path, journal: Journal
) -> None:
    none = journal.snapshot
    assert none is None
    await journal.append([s.notice(str(n)) for n in range(5)], 1)
    for seq in (1, 3, 5):
        await journal.save_snapshot(seq, b"state %d" % seq)
    assert journal.snapshot == (5, b"state 5")
    with pytest.raises(JournalConflict, match="no record 6"):
        await journal.save_snapshot(6, b"")
    journal.close()
    again = Journal.open(path)
    assert again.snapshot == (5, b"state 5")
    again.close()


_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(_texts, min_size=1, max_size=5), max_size=8), st.sets(st.integers(0, 7)))
def test_any_sequence_of_appends_when_reopened_then_the_same_records_and_head(
    groups: list[list[str]], restarts: set[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        journal = Journal.open(path, threaded=False)
        written: list[e.Record] = []
        for number, texts in enumerate(groups):
            events: list[e.Event] = [s.notice(text) for text in texts]
            events.append(s.received(number + 1, texts[0]))
            written += journal.append_now(events, number)
            if number in restarts:
                journal.close()
                journal = Journal.open(path, threaded=False)
        head = journal.head
        journal.close()
        again = Journal.open(path, threaded=False)
        assert again.head == head
        assert list(again.tail(0)) == written
        assert [record.event for record in written if isinstance(record.event, e.NoticeRaised)] == [
            s.notice(text) for texts in groups for text in texts
        ]
        assert not again.mismatch
        again.close()
        assert verify(path).ok


_steps = st.lists(
    st.tuples(st.integers(1, 2), st.sampled_from(["intent", "sending", "unknown", "opened", "closed", "expired"])),
    max_size=14,
)


@settings(max_examples=40, deadline=None)
@given(_steps)
def test_any_order_of_leg_events_when_sent_then_at_most_once_after_doubt(steps: list[tuple[int, str]]) -> None:
    """Whatever is tried, the journal never holds a sending after an unknown, an opening or an end of the same leg."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        journal = Journal.open(path, threaded=False)
        attempts = {1: 0, 2: 0}
        for number, step in steps:
            attempts[number] += step == "sending"
            leg: LegId = s.leg_of(number)
            events: dict[str, e.Event] = {
                "intent": s.intended(number),
                "sending": s.sending(number, attempts[number]),
                "unknown": e.LegUnknown(leg, 10012, "timeout"),
                "opened": s.opened(number),
                "closed": s.closed(number),
                "expired": e.LegExpired(leg, "late"),
            }
            try:
                journal.append_now([events[step]], 1)
            except JournalConflict:
                continue
        for number in (1, 2):
            mine = [e.kind_of(r.event) for r in journal.tail(0) if getattr(r.event, "leg", "") == s.leg_of(number)]
            assert mine.count("intent-recorded") <= 1
            doubt = next(
                (i for i, kind in enumerate(mine) if kind in ("leg-unknown", "leg-opened", "leg-closed")), None
            )
            assert doubt is None or "leg-sending" not in mine[doubt:]
        journal.close()
        assert verify(path).ok
