"""What the owner corrects and teaches: never traded by itself, never lost, and the same after a restart."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.ids import MessageKey, UpdateId
from signalos_tui.model.lessons import Examined
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import (
    Reading,
    ReadingKind,
    ReadingVerdict,
    Signal,
)
from tests.engine.corrected import CLOSES, KNOWS, NOISE, ODD, buys, correct
from tests.engine.kit import CALL, Bench, first_signal, simulated


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
