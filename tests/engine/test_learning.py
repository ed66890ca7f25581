"""What the owner corrects and teaches: never traded by itself, never lost, and the same after a restart."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.config import Config
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.commands import Outcome
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.ids import MessageKey, SignalId, UpdateId
from signalos_tui.model.lessons import Examined, Lesson
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import (
    Number,
    Reading,
    ReadingKind,
    ReadingVerdict,
    Side,
    Signal,
    Span,
    Update,
    UpdateAction,
)
from tests.engine.kit import CALL, CONFIG, ROOM, Bench, first_signal, simulated

ODD = "BUY EURUSD 1.0850\nLimes 1.0800\nTP1 1.0900"
"""A call whose stop has a name of the channel's own."""

LONG = 14 * 86_400
"""Seconds."""

KNOWS = Lesson(words=(("stop", ("limes",)),))


def at(value: str) -> Number:
    """A price as it is typed."""
    return Number(Decimal(value), Span(0, 0))


def buys(stop: str = "1.0800", target: str = "1.0900", entry: str = "1.0850") -> Reading:
    """The owner's reading of a call."""
    zone = (at(entry),) if entry else ()
    signal = Signal(1, Side.BUY, "EURUSD", entry=zone, stop=at(stop), targets=(at(target),))
    return Reading(ReadingKind.SIGNAL, ReadingVerdict.ACT, 1.0, (signal,))


NOISE = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 1.0)
CLOSES = Reading(ReadingKind.UPDATE, ReadingVerdict.ACT, 1.0, updates=(Update(1, UpdateAction.CLOSE),))


async def correct(bench: Bench, message: Message, reading: Reading, revision: int = 0, **more: Any) -> Outcome:
    """The owner corrects a post."""
    return await bench.press(c.CorrectReading, message=message.key, revision=revision, reading=reading, **more)


async def examined(bench: Bench, message: Message, reading: Reading) -> Examined:
    """What the dialog is told while the owner types."""
    asked = c.CorrectReading(key="look", issued_at=0, message=message.key, revision=0, reading=reading)
    return await bench.engine.examine(asked)


# --- corrections --------------------------------------------------------------------------------------------------


def test_correction_when_taken_then_it_is_held_and_only_an_approval_trades_it(tmp_path: Path) -> None:
    """The whole way: held by the reader, corrected, approved, traded with the owner's stop."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            sid = first_signal(call)
            assert bench.desk.signals[sid].outcome is DecisionOutcome.HELD
            outcome = await correct(bench, call, buys())
            assert outcome.ok, outcome.text
            assert not bench.truth
            view = bench.desk.signals[sid]
            assert view.is_waiting
            assert view.decision is not None
            assert view.decision.reasons[0].code == "corrected"
            assert view.signal.stop is not None
            assert ODD[view.signal.stop.span.start : view.signal.stop.span.end] == "1.0800"
            post = bench.desk.posts[call.key]
            assert post.corrected == view.reading
            assert post.reading is not None
            assert post.reading != post.corrected
            assert (await bench.press(c.Approve, subject=sid)).ok
            assert {leg.plan.stop for leg in bench.legs} == {Decimal("1.08")}
            assert bench.truth

    simulated(story)


def test_correction_when_the_post_is_long_stale_then_it_is_held_all_the_same(tmp_path: Path) -> None:
    """Correcting takes longer than a call is fresh; the owner's approval decides that, not the clock."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            await asyncio.sleep(600)
            await correct(bench, call, buys())
            assert bench.desk.signals[first_signal(call)].is_waiting
            assert not bench.truth
            assert (await bench.press(c.Approve, subject=first_signal(call))).ok
            assert bench.truth

    simulated(story)


@pytest.mark.parametrize(
    ("reading", "word"),
    [
        (buys("1.0801"), "1.0801 does not stand in the post"),
        (buys(target="1.0950"), "1.0950 does not stand"),
        (Reading(ReadingKind.SIGNAL, ReadingVerdict.ACT, 1.0, (Signal(1, None, "EURUSD"),)), "buy or a sell"),
    ],
)
def test_correction_when_it_cannot_be_proven_then_nothing_changes(reading: Reading, word: str, tmp_path: Path) -> None:
    """The answer says which number is not there; the desk is as it was."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            before = bench.desk.signals
            outcome = await correct(bench, call, reading)
            assert not outcome.ok
            assert word in outcome.text
            assert bench.desk.signals == before
            assert not bench.told(e.ReadingCorrected)
            found = await examined(bench, call, reading)
            assert found.reading is None
            assert any(word in problem.text for problem in found.problems)

    simulated(story)


def test_correction_when_the_post_was_edited_deleted_or_is_unknown_then_it_is_refused(tmp_path: Path) -> None:
    """A stale revision is another text."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            await bench.edit(call, ODD.replace("1.0800", "1.0810"))
            outcome = await correct(bench, call, buys("1.0810"))
            assert not outcome.ok
            assert "edited meanwhile" in outcome.text
            assert (await correct(bench, call, buys("1.0810"), revision=1)).ok
            await bench.delete(call)
            assert "deleted" in (await correct(bench, call, buys("1.0810"), revision=1)).text
            asked = c.CorrectReading(key="k", issued_at=0, message=MessageKey("no/1"), revision=0, reading=NOISE)
            assert "no longer in view" in (await bench.engine.examine(asked)).problems[0].text

    simulated(story)


def test_correction_when_the_post_was_traded_then_it_is_for_the_record_only(tmp_path: Path) -> None:
    """Another stop, another side, noise: the trade stays as it is."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            before = (bench.desk.trades, bench.desk.signals)
            for reading in (buys("1.0900", "1.0950", ""), buys(entry=""), NOISE, CLOSES):
                outcome = await correct(bench, call, reading)
                assert outcome.ok
                assert "for the record" in outcome.text
                corrected = bench.desk.posts[call.key].corrected
                assert corrected is not None
                assert corrected.kind is reading.kind
            assert [leg.levels for leg in bench.legs] == [(Decimal("1.08"), Decimal(t)) for t in ("1.09", "1.095")]
            assert (bench.desk.trades, bench.desk.signals) == before
            assert not bench.told(e.ActionIntended)

    simulated(story)


def test_correction_when_a_held_call_is_none_then_it_waits_no_longer(tmp_path: Path) -> None:
    """And an edit of it asks first, whatever it says."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            assert (await correct(bench, call, NOISE)).ok
            view = bench.desk.signals[first_signal(call)]
            assert not view.is_waiting
            assert view.rejected_by == "console"
            await bench.edit(call, CALL)
            assert bench.desk.signals[first_signal(call)].is_waiting
            assert not bench.truth

    simulated(story)


def test_edit_when_the_call_was_corrected_then_it_is_never_opened_by_itself(tmp_path: Path) -> None:
    """The owner had doubts about this post; a new text does not end them."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            await correct(bench, call, buys())
            for text in (CALL, CALL.replace("1.0950", "1.0960")):
                await bench.edit(call, text)
                view = bench.desk.signals[first_signal(call)]
                assert view.is_waiting
                assert view.decision is not None
                assert view.decision.reasons[0].code == "edit_of_corrected"
                assert bench.desk.posts[call.key].corrected is None
            assert not bench.truth

    simulated(story)


def test_correction_when_noise_was_a_call_or_an_update_then_it_is_held(tmp_path: Path) -> None:
    """What the reader passed over, the owner may bring back."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            talk = await bench.say("Finito Leute")
            assert not bench.desk.updates
            assert (await correct(bench, talk, CLOSES)).ok
            uid = UpdateId(f"{talk.key}~1")
            assert bench.desk.updates[uid].is_waiting
            assert not bench.told(e.ActionIntended)
            assert (await bench.press(c.Approve, subject=uid)).ok
            assert not bench.trade.is_live
            assert (await correct(bench, talk, NOISE)).text.startswith("Corrected for the record")

    simulated(story)


def test_correction_when_it_contradicts_itself_then_an_approval_is_still_refused(tmp_path: Path) -> None:
    """The owner's reading goes through the same gate: a buy with its stop above."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            await correct(bench, call, buys("1.0900", "1.0800"))
            assert not (await bench.press(c.Approve, subject=first_signal(call))).ok
            assert not bench.truth

    simulated(story)


def test_correction_when_pressed_twice_then_it_is_one(tmp_path: Path) -> None:
    """The same key, now and after a restart."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            first = await correct(bench, call, buys(), key="once")
            assert await correct(bench, call, buys(), key="once") == first
            assert len(bench.told(e.ReadingCorrected)) == 1
            said, now = bench.room.said, bench.clock.now()
        async with Bench(tmp_path, at=now + 1000, said=said) as bench:
            assert await correct(bench, call, buys(), key="once") == first
            assert bench.desk.signals[first_signal(call)].is_waiting
            assert bench.desk.posts[call.key].corrected is not None
            assert not bench.truth

    simulated(story)


def test_examine_when_the_correction_shows_a_habit_then_it_is_proposed(tmp_path: Path) -> None:
    """With a sentence, and nothing is written down."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            seq = bench.desk.seq
            found = await examined(bench, call, buys())
            assert found.reading is not None
            assert [one.lesson for one in found.suggestions] == [KNOWS]
            assert found.suggestions[0].text == '"limes": the stop loss'
            assert bench.desk.seq == seq

    simulated(story)


# --- lessons ------------------------------------------------------------------------------------------------------


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
