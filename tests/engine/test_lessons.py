"""What the owner teaches, and how it would have read the past: nothing changes but what he was shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.config import Config
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.ids import SignalId
from signalos_tui.model.lessons import Lesson
from signalos_tui.model.signals import (
    ReadingVerdict,
)
from tests.engine.corrected import CLOSES, KNOWS, NOISE, ODD, buys, correct
from tests.engine.kit import CALL, CONFIG, ROOM, Bench, first_signal, simulated

LONG = 14 * 86_400
"""Seconds."""


def test_lesson_when_taught_then_it_counts_from_the_next_post_on_and_after_a_restart(tmp_path: Path) -> None:
    """What was held before stays held; a restart knows the lesson from the journal."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            outcome = await bench.press(c.TeachChannel, channel=ROOM.id, lesson=KNOWS)
            assert outcome.ok, outcome.text
            assert bench.desk.channels[ROOM.id].lesson == KNOWS
            assert bench.desk.signals[first_signal(call)].is_waiting
            assert not bench.truth
            said, now = bench.room.said, bench.clock.now()
        async with Bench(tmp_path, at=now + 1000, said=said) as bench:
            assert bench.desk.channels[ROOM.id].lesson == KNOWS
            later = await bench.say(
                ODD.replace("EURUSD", "GBPUSD").replace("1.0", "1.2").replace("1.29", "1.30"), wait=5
            )
            view = bench.desk.signals[first_signal(later)]
            assert view.signal.stop is not None
            assert bench.desk.posts[later.key].reading is not None
            assert (await bench.press(c.TeachChannel, key="forget", channel=ROOM.id, lesson=Lesson())).ok
            assert bench.desk.channels[ROOM.id].lesson.is_empty

    simulated(story)


def test_lesson_when_the_configuration_says_more_then_both_count(tmp_path: Path) -> None:
    """And what was taught wins."""
    config = Config(
        rules=CONFIG.rules,
        engine=CONFIG.engine,
        channels={ROOM.title: {"reading": {"words": {"stop": ["limes"], "target": ["meta"]}}}},
    )

    async def story() -> None:
        async with Bench(tmp_path, config=config) as bench:
            await bench.say(ODD)
            assert bench.truth
            await bench.press(c.TeachChannel, channel=ROOM.id, lesson=Lesson(words=(("neutral", ("limes",)),)))
            again = await bench.say(ODD.replace("1.0800", "1.0810").replace("1.0900", "1.0990"))
            assert bench.desk.signals[first_signal(again)].is_waiting

    simulated(story)


@pytest.mark.parametrize(
    ("lesson", "word"),
    [
        (Lesson(words=(("stop", ("not",)),)), "in every channel"),
        (Lesson(words=(("nonsense", ("limes",)), ("stop", ("x",)))), "(and 1 more)"),
    ],
)
def test_lesson_when_it_cannot_be_taught_then_nothing_changes(lesson: Lesson, word: str, tmp_path: Path) -> None:
    """The answer says why."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(ODD)
            outcome = await bench.press(c.TeachChannel, channel=ROOM.id, lesson=lesson)
            assert not outcome.ok
            assert word in outcome.text
            assert bench.desk.channels[ROOM.id].lesson.is_empty
            assert not bench.told(e.ChannelTaught)
            rehearsal = await bench.engine.rehearse(ROOM.id, lesson)
            assert rehearsal.problems
            assert rehearsal.posts == 0
            unknown = await bench.press(c.TeachChannel, channel="no:where", lesson=KNOWS)
            assert not unknown.ok

    simulated(story)


def test_lesson_when_a_word_meant_something_else_then_the_answer_says_so(tmp_path: Path) -> None:
    """Taught, and told."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(ODD)
            outcome = await bench.press(c.TeachChannel, channel=ROOM.id, lesson=Lesson(words=(("target", ("sl",)),)))
            assert outcome.ok
            assert "so far" in outcome.text
            again = await bench.press(c.TeachChannel, channel=ROOM.id, lesson=Lesson(words=(("target", ("sl",)),)))
            assert "already" in again.text
            assert len(bench.told(e.ChannelTaught)) == 1

    simulated(story)


def test_lesson_when_the_disk_says_no_then_it_was_never_taught(tmp_path: Path) -> None:
    """Killed or refused at the write: the next start knows nothing of it."""

    async def story() -> None:
        async with Bench(tmp_path, fails=forgets) as bench:
            call = await bench.say(ODD)
            outcome = await bench.press(c.TeachChannel, channel=ROOM.id, lesson=KNOWS)
            assert not outcome.ok
            assert bench.desk.channels[ROOM.id].lesson.is_empty
            said, now = bench.room.said, bench.clock.now()
        async with Bench(tmp_path, at=now + 1000, said=said) as bench:
            assert bench.desk.channels[ROOM.id].lesson.is_empty
            assert bench.desk.signals[first_signal(call)].is_waiting

    def forgets(number: int, events: tuple[e.Event, ...]) -> bool:
        return any(isinstance(one, e.ChannelTaught) for one in events)

    simulated(story)


# --- the past -----------------------------------------------------------------------------------------------------


def test_rehearsal_when_asked_then_it_shows_what_would_change_and_changes_nothing(tmp_path: Path) -> None:
    """Over the newest revisions of what was not withdrawn."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            odd = await bench.say(ODD)
            await bench.say("Good morning everybody")
            gone = await bench.say(ODD.replace("1.0900", "1.0910"))
            await bench.delete(gone)
            fine = await bench.say(CALL)
            await correct(bench, odd, buys())
            seq = bench.desk.seq
            rehearsal = await bench.engine.rehearse(ROOM.id, KNOWS)
            assert bench.desk.seq == seq
            assert rehearsal.posts == 3
            assert [change.key for change in rehearsal.changes] == [odd.key]
            (change,) = rehearsal.changes
            assert (change.before.verdict, change.after.verdict) == (ReadingVerdict.HOLD, ReadingVerdict.ACT)
            assert (rehearsal.newly_acted, rehearsal.no_longer_acted) == (1, 0)
            assert (rehearsal.before.acted, rehearsal.before.held, rehearsal.before.ignored) == (1, 1, 1)
            assert (rehearsal.after.acted, rehearsal.after.held, rehearsal.after.ignored) == (2, 0, 1)
            assert (rehearsal.corrected, rehearsal.agreeing) == (1, 1)
            quiet = await bench.engine.rehearse(ROOM.id, Lesson(ignore=("eurusd now",)), posts=1)
            assert [change.key for change in quiet.changes] == [fine.key]
            assert quiet.no_longer_acted == 1

    simulated(story)


def test_report_when_asked_then_posts_are_counted_by_what_became_of_them(tmp_path: Path) -> None:
    """With reasons, weeks and what could be taught."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            assert [(one.posts, one.weeks) for one in await bench.engine.reading_report()] == [(0, ())]
            odd = await bench.say(ODD, age_s=LONG)
            await bench.say(CALL, age_s=LONG)
            talk = await bench.say("Finito Leute", age_s=LONG)
            await correct(bench, odd, buys())
            await correct(bench, talk, CLOSES)
            (report,) = await bench.engine.reading_report(ROOM.id)
            assert (report.title, report.posts) == (ROOM.title, 3)
            assert (report.acted, report.held, report.ignored, report.failed) == (1, 1, 0, 1)
            assert report.corrected == 2
            assert [(reason.code, count) for reason, count in report.reasons] == [("unread_number", 1)]
            assert [week.posts for week in report.weeks] == [3]
            assert KNOWS in [one.lesson for one in report.suggestions]
            await bench.say(CALL)
            (fresh,) = await bench.engine.reading_report(ROOM.id, days=7)
            assert fresh.posts == 1
            (whole,) = await bench.engine.reading_report(ROOM.id)
            assert [week.posts for week in whole.weeks] == [3, 0, 1]

    simulated(story)


def test_replay_when_the_journal_is_folded_again_then_lessons_and_corrections_are_the_same(tmp_path: Path) -> None:
    """Whatever was taught and corrected in whatever order (V9 is asked by the bench at its end)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            lessons = [KNOWS, Lesson(ignore=("vip offer",)), Lesson(), KNOWS.merged(Lesson(default_symbol="EURUSD"))]
            for lesson in lessons:
                await bench.press(c.TeachChannel, channel=ROOM.id, lesson=lesson)
                call = await bench.say(ODD.replace("1.0900", f"1.09{lesson.entries}0"))
                await correct(bench, call, NOISE)
            assert bench.desk.channels[ROOM.id].lesson == lessons[-1]
            assert len(bench.told(e.ChannelTaught)) == len(lessons)
            assert SignalId(f"{call.key}#1") in bench.desk.signals

    simulated(story)
