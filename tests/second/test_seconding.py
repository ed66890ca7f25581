"""The second reader beside the pipeline: what it says is written down and shown, and changes nothing unless it may."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.model.events import (
    Event,
    SecondReading,
    TaskFailed,
)
from signalos_tui.second.failures import Unanswered
from tests.engine.kit import CALL, Bench, first_signal, simulated
from tests.second.answers import NOISE, perfect
from tests.second.benches import ASKING, EASY, ON, TRADING, UNLABELLED, Broken, bench, opinions
from tests.second.links import differing, slow_bench

POUND = "BUY GBPUSD NOW\nSL 1.2650\nTP1 1.2800\nTP2 1.2850"
"""A clear call of two legs on another market."""

DOWN = Unanswered("second_down", "its server cannot be reached (ConnectError)", again=True)


# --- what is said -------------------------------------------------------------------------------------------------


def test_held_signal_when_both_agree_then_shown_and_still_held(tmp_path: Path) -> None:
    async def work() -> None:
        desk, link = bench(tmp_path, perfect)
        async with desk:
            message = await desk.say(ASKING)
            (opinion,) = opinions(desk)
            assert opinion.agrees
            assert opinion.model == "m"
            assert desk.desk.posts[message.key].second == opinion
            assert desk.desk.signals[first_signal(message)].is_waiting
            assert link.asked == [ASKING]
            assert desk.desk.log[-1].text == (
                "Test Room #1: second reader: BUY EURUSD 1.085 SL 1.08 TP 1.09, agrees with the rules"
            )
        assert link.closed == 1
        assert desk.truth == []

    simulated(work)


def test_held_signal_when_they_differ_then_the_field_is_named(tmp_path: Path) -> None:
    async def work() -> None:
        desk, _ = bench(tmp_path, differing, TRADING)
        async with desk:
            await desk.say(UNLABELLED)
            (opinion,) = opinions(desk)
            assert (opinion.agrees, opinion.differs) == (False, ("stop",))
            assert desk.desk.log[-1].text.endswith("SL 1.09 TP 1.09, differs in stop")
        assert desk.truth == []

    simulated(work)


def test_held_update_when_read_alike_then_shown_and_never_done(tmp_path: Path) -> None:
    async def work() -> None:
        desk, link = bench(tmp_path, perfect, TRADING)
        async with desk:
            await desk.say(CALL)
            await desk.say("you may close half of EURUSD now")
            (opinion,) = opinions(desk)
            assert opinion.agrees
            assert len(link.asked) == 1
            assert all(leg.is_open and leg.volume == leg.opened for leg in desk.legs)

    simulated(work)


def test_messages_when_not_held_then_nobody_is_asked(tmp_path: Path) -> None:
    async def work() -> None:
        desk, link = bench(tmp_path, perfect, TRADING)
        async with desk:
            for text in (CALL, "Good morning traders", "TP1 hit +40 pips"):
                await desk.say(text)
        assert link.asked == []

    simulated(work)


def test_updates_when_only_signals_are_asked_about_then_left_alone(tmp_path: Path) -> None:
    async def work() -> None:
        desk, link = bench(tmp_path, perfect, replace(ON, only_when="held_signals"))
        async with desk:
            await desk.say("you may close half of EURUSD now")
            assert link.asked == []
            await desk.say(ASKING)
            assert link.asked == [ASKING]

    simulated(work)


def test_model_when_off_then_nothing_is_asked_or_written(tmp_path: Path) -> None:
    async def work() -> None:
        async with Bench(tmp_path) as desk:
            await desk.say(UNLABELLED)
            assert opinions(desk) == []

    simulated(work)


def test_model_when_slow_then_the_next_call_trades_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        desk, link = slow_bench(tmp_path, 15)
        async with desk:
            await desk.say(ASKING, wait=0.5)
            await desk.say(POUND, wait=2)
            assert len(desk.truth) == 2, "traded while the model still thinks"
            assert link.asked == []
            await desk.until(lambda: len(opinions(desk)) == 1)

    simulated(work)


def test_model_when_it_never_answers_then_given_up(tmp_path: Path) -> None:
    async def work() -> None:
        desk, _ = slow_bench(tmp_path, 100_000)
        async with desk:
            await desk.say(UNLABELLED)
            await desk.until(lambda: len(opinions(desk)) == 1)
            assert [opinion.why.code for opinion in opinions(desk) if opinion.why] == ["second_slow"]
        assert desk.truth == []

    simulated(work)


def test_server_when_down_then_told_once_and_left_alone_after_a_while(tmp_path: Path) -> None:
    async def work() -> None:
        desk, link = bench(tmp_path, DOWN, TRADING)
        async with desk:
            for count in range(6):
                await desk.say(f"{UNLABELLED} {count}", wait=5)
            codes = [opinion.why.code for opinion in opinions(desk) if opinion.why]
            assert codes == ["second_down"] * 3 + ["second_paused"] * 3
            assert len(link.asked) == 6, "two attempts each, then a pause"
            assert desk.codes.count("second-reader") == 1
            assert desk.is_active
        assert desk.truth == []

    simulated(work)


def test_reader_when_it_breaks_then_posts_stay_held_and_trading_goes_on(tmp_path: Path) -> None:
    async def work() -> None:
        broken = Broken()
        async with Bench(tmp_path, config=replace(EASY, second_reader=TRADING), second=broken) as desk:
            for count in range(5):
                await desk.say(f"{UNLABELLED} {count}")
            assert desk.told(TaskFailed) == []
            assert desk.is_active
            assert {opinion.why.code for opinion in opinions(desk) if opinion.why} == {"second_failed"}
            assert not any(UNLABELLED in line.text for line in desk.desk.log)
            await desk.say(POUND)
            assert len(desk.truth) == 2
        assert broken.closed == 1

    simulated(work)


def test_disk_when_the_opinion_cannot_be_written_then_the_post_stays_held(tmp_path: Path) -> None:
    def fails(number: int, events: tuple[Event, ...]) -> bool:
        return any(isinstance(event, SecondReading) for event in events)

    async def work() -> None:
        desk, _ = bench(tmp_path, perfect, TRADING, fails=fails)
        async with desk:
            message = await desk.say(UNLABELLED, wait=5)
            assert opinions(desk) == []
            assert desk.desk.signals[first_signal(message)].is_waiting
            assert desk.is_active, "writing works again, and trading with it"
            assert desk.told(TaskFailed) == []
        assert desk.truth == []

    simulated(work)


def test_queue_when_too_long_then_the_oldest_posts_are_left_out(tmp_path: Path) -> None:
    async def work() -> None:
        desk, link = slow_bench(tmp_path, 15, settings=replace(ON, timeout_s=20.0, requests_per_day=0))
        async with desk:
            for count in range(60):
                await desk.say(f"{ASKING} {count}", wait=0.1)
            await desk.until(lambda: len(opinions(desk)) == 51, within_s=2000)
            await asyncio.sleep(60)
            assert len(link.asked) == 51, "the one that was asked, and 50 that waited"
            assert link.asked[-1] == f"{ASKING} 59"

    simulated(work)


# --- asked once ---------------------------------------------------------------------------------------------------


def test_restart_when_answered_before_then_not_asked_again(tmp_path: Path) -> None:
    async def work() -> None:
        desk, _ = bench(tmp_path, perfect)
        async with desk:
            message = await desk.say(ASKING)
            said = list(desk.room.said)
        again, link = bench(tmp_path, NOISE, said=said, at=desk.clock.now())
        async with again:
            await asyncio.sleep(3)
            assert link.asked == []
            second = again.desk.posts[message.key].second
            assert second is not None
            assert second.agrees, "what was said stays said"

    simulated(work)


def test_restart_when_not_answered_before_then_asked(tmp_path: Path) -> None:
    async def work() -> None:
        async with Bench(tmp_path) as desk:
            await desk.say(ASKING)
            said = list(desk.room.said)
        again, link = bench(tmp_path, perfect, said=said, at=desk.clock.now())
        async with again:
            await asyncio.sleep(3)
            assert link.asked == [ASKING]

    simulated(work)


def test_budget_when_used_up_then_over_for_the_day_and_over_restarts(tmp_path: Path) -> None:
    async def work() -> None:
        few = replace(ON, requests_per_day=2)
        desk, link = bench(tmp_path, perfect, few)
        async with desk:
            for count in range(3):
                await desk.say(f"{ASKING} {count}")
            assert len(link.asked) == 2
            assert desk.desk.second.requests == 2
            said = list(desk.room.said)
        again, link = bench(tmp_path, perfect, few, said=said, at=desk.clock.now())
        async with again:
            await again.say(f"{ASKING} again")
            assert link.asked == []
            assert [opinion.why.code for opinion in opinions(again) if opinion.why] == ["second_budget"]
            said = list(again.room.said)
        tomorrow, link = bench(tmp_path, perfect, few, said=said, at=again.clock.now() + 86_400_000)
        async with tomorrow:
            await tomorrow.say(f"{ASKING} tomorrow")
            assert len(link.asked) == 1

    simulated(work)


def test_edit_when_it_comes_while_the_model_thinks_then_the_new_text_is_asked_about(tmp_path: Path) -> None:
    async def work() -> None:
        desk, link = slow_bench(tmp_path, 10)
        async with desk:
            message = await desk.say(UNLABELLED, wait=5)
            await desk.edit(message, ASKING, wait=30)
            assert link.asked == [UNLABELLED, ASKING]
            late, second = opinions(desk)
            assert late.why is not None
            assert late.why.code == "second_late"
            assert late.tokens, "what was used counts all the same"
            assert desk.desk.posts[message.key].second == second
            assert second.agrees
        assert desk.truth == []

    simulated(work)
