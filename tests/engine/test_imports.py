"""Posts from before a channel was followed: judged with, never acted on. And channels that come and go while the engine runs."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.config import Config
from signalos_tui.engine.importing import Importing
from signalos_tui.journal import Journal
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.messages import Channel, Deletion, Followed, Imported, Unfollowed
from tests.engine.kit import CALL, ROOM, Bench, first_signal, simulated

ODD = "BUY EURUSD 1.0850\nLimes 1.0800\nTP1 1.0900"
KNOWS = Lesson(words=(("stop", ("limes",)),))


def test_post_from_before_when_fresh_repeated_edited_or_withdrawn_then_nothing_is_made_of_it(tmp_path: Path) -> None:
    """Even one that could still be traded: what was asked for to judge by is no order."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            old = bench.post(CALL, number=40)
            for item in (Imported(old), Imported(old), old, replace(old, text=CALL.replace("1.08", "1.07"))):
                bench.room.say(item)
            bench.room.say(Deletion(ROOM.id, 40, bench.clock.now()))
            await asyncio.sleep(3)
            assert (bench.desk.channels[ROOM.id].imported, bench.desk.channels[ROOM.id].messages) == (1, 0)
            assert not bench.desk.signals
            assert not bench.desk.trades
            assert bench.journal.cursors() == {}
            live = await bench.say(CALL)
            assert live.id == 41
            assert len(bench.desk.trades) == 1
            assert bench.journal.cursors() == {ROOM.id: 41}

    simulated(story)


def test_post_from_before_when_edited_again_and_again_then_it_opens_and_closes_nothing(tmp_path: Path) -> None:
    """A second edit finds no trace of the first: what is not in view does not come into it by being edited."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            old, fresh = bench.post("hello", number=39, age_s=9 * 86_400), bench.post("hello", number=40)
            for one in (fresh, old):
                bench.room.say(Imported(one))
            await asyncio.sleep(2)
            for text in ("hello!", CALL, CALL):
                bench.room.say(replace(fresh, text=text, edited_at=bench.clock.now()))
                await asyncio.sleep(2)
            assert not bench.desk.signals
            assert bench.truth == []
            await bench.say(CALL)
            for text in ("oh", "Close EURUSD now", "Close all now", "Close all now"):
                bench.room.say(replace(old, text=text, edited_at=bench.clock.now()))
                await asyncio.sleep(2)
            assert not bench.desk.updates
            assert [trade.is_live for trade in bench.desk.trades.values()] == [True]
            assert sum(isinstance(one.event, e.MessageEdited) for one in bench.records) == 5

    simulated(story)


def test_post_from_before_when_it_is_still_to_come_live_then_left_to_that_and_followed(tmp_path: Path) -> None:
    """An import is about the accounts together; the one that lags behind has not read yet what another calls the past."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.room.say(bench.post("Good morning", number=5))
            call = await bench.say(CALL)
            assert call.id == 6
            close = bench.post("Close EURUSD now!", number=9, reply=call.id)
            for item in (close, bench.post("hello", number=3), bench.post("lost meanwhile", number=4)):
                bench.room.say(Imported(item))
            await asyncio.sleep(2)
            assert [one.message.id for one in bench.told(e.PostImported)] == [3, 4]
            bench.room.say(close)
            await asyncio.sleep(5)
            assert not await bench.positions()

    simulated(story)


def test_journal_that_takes_a_past_then_only_what_it_has_not_to_read_itself(tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "a").mkdir()
        async with Bench(tmp_path / "a") as bench:
            for number in (7, 10):
                bench.room.say(bench.post("hello", number=number))
            await asyncio.sleep(2)
            post = bench.post

        async def took(name: str, oldest: int | None) -> tuple[int, list[int]]:
            (tmp_path / name).mkdir(exist_ok=True)
            with contextlib.closing(Journal.open(tmp_path / name / "journal.db", threaded=False, holder="t")) as book:
                work = Importing(book, bench.clock, Config(), oldest)
                below = await work.begin(ROOM, 4)
                for number in (12, 11, 9, 8, 6, 5, 3):
                    await work.take(Imported(post("hello", number=number)))
                events = [record.event for record in book.tail(0)]
                return below, [one.message.id for one in events if isinstance(one, e.PostImported)]

        (tmp_path / "b").mkdir()
        assert await took("a", 7) == (7, [9, 8, 6, 5, 3]), "read live up to 10"
        assert await took("b", None) == (4, [3]), "a new one begins with its newest posts, from 4 on"
        assert await took("b", 3) == (3, [3])

    simulated(story)


def test_posts_from_before_then_report_and_rehearsal_read_them_as_they_would_be_read_today(tmp_path: Path) -> None:
    async def story() -> None:
        async with Bench(tmp_path) as bench:
            texts = [CALL, ODD, ODD, ODD, "Good morning"]
            for number, text in enumerate(texts, 1):
                bench.room.say(Imported(bench.post(text, number=number, age_s=9 * 86_400)))
            await asyncio.sleep(3)
            (report,) = await bench.engine.reading_report(ROOM.id)
            assert (report.posts, report.acted, report.held, report.ignored) == (5, 1, 3, 1)
            assert [(reason.code, count) for reason, count in report.reasons] == [("unread_number", 3)]
            told: list[tuple[int, int]] = []
            rehearsal = await bench.engine.rehearse(ROOM.id, KNOWS, progress=lambda read, of: told.append((read, of)))
            assert (rehearsal.posts, rehearsal.newly_acted) == (5, 3)
            assert told[-1] == (5, 5)

    simulated(story)


def test_channel_when_followed_and_unfollowed_then_the_desk_knows_and_a_trade_of_it_stays(tmp_path: Path) -> None:
    async def story() -> None:
        other = Channel(ROOM.id, "Renamed")
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            for item in (Unfollowed(ROOM.id), Unfollowed(ROOM.id), Followed(other), Followed(other)):
                bench.room.say(item)
            await asyncio.sleep(3)
            said = [
                one.event for one in bench.records if isinstance(one.event, e.ChannelFollowed | e.ChannelUnfollowed)
            ]
            assert said == [e.ChannelFollowed(ROOM), e.ChannelUnfollowed(ROOM.id), e.ChannelFollowed(other)]
            assert bench.desk.channels[ROOM.id].is_followed
            assert [trade.is_live for trade in bench.desk.trades.values()] == [True]

    simulated(story)


def test_call_when_its_channel_is_not_followed_any_more_then_denied(tmp_path: Path) -> None:
    """It was on its way when the owner dropped the channel: nobody would hear its follow-ups."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.room.say(Unfollowed(ROOM.id))
            call = await bench.say(CALL)
            decision = bench.desk.signals[first_signal(call)].decision
            assert decision is not None
            assert decision.outcome is DecisionOutcome.DENIED
            assert bench.truth == []

    simulated(story)
