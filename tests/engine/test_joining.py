"""Posts that make one call together are one call: traded once, with every number from the post that says it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.config import Config
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.revisions import Part
from tests.engine.joined import ACCEPTED, DEFAULT, DENIED, HELD, LEVELS, NOW, D, levels_of, view_of
from tests.engine.kit import CONFIG, Bench, first_signal, simulated


def _log(bench: Bench) -> str:
    return "\n".join(line.text for line in bench.desk.log)


# --- a call that waits --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reply", [False, True])
def test_levels_when_they_follow_a_bare_call_then_both_are_one_call(reply: bool, tmp_path: Path) -> None:
    """Held without its stop, traded with it; the trace knows which post each number comes from."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            assert view_of(bench, call).outcome is HELD
            levels = await bench.say(LEVELS, reply=call.id if reply else None)
            view = view_of(bench, call)
            assert view.outcome is ACCEPTED
            assert view.parts == (Part(levels.key, ("stop", "targets")),)
            stop = view.signal.stop
            assert stop is not None
            assert levels.text[stop.span.start : stop.span.end] == "2330"
            assert levels_of(bench) == [(D(2330), D(2350)), (D(2330), D(2360))]
            assert list(bench.desk.signals) == [view.id]
            assert f"is one call with #{levels.id} (stop, targets)" in _log(bench)

    simulated(story)


def test_levels_when_they_come_one_by_one_then_the_stop_opens_and_the_targets_follow(tmp_path: Path) -> None:
    """Each post adds what is missing; the trade has one leg, so it takes the nearest target."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say("BUY GOLD", wait=5)
            await bench.say("SL 2330", wait=5)
            assert view_of(bench, call).outcome is ACCEPTED
            await bench.say("TP 2350 2360")
            assert levels_of(bench) == [(D(2330), D(2350))]
            assert len(bench.truth) == 1

    simulated(story)


def test_market_when_named_first_then_the_call_behind_it_is_about_it(tmp_path: Path) -> None:
    """Market, call, levels: three posts, one trade."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            heading = await bench.say("GOLD 🔥", wait=5)
            await bench.say("who is ready?", wait=5)
            call = await bench.say("BUY NOW", wait=5)
            levels = await bench.say(LEVELS)
            view = view_of(bench, call)
            assert view.outcome is ACCEPTED
            assert [part.key for part in view.parts] == [heading.key, levels.key]
            assert view.signal.symbol == "XAUUSD"
            assert len(bench.truth) == 2

    simulated(story)


@pytest.mark.parametrize(
    "between",
    ["good luck everybody", "what is the stop?", "TP1 hit +40 pips", "lunch time"],
)
def test_chatter_when_between_then_the_posts_are_joined_all_the_same(between: str, tmp_path: Path) -> None:
    """Others may talk; another call ends it (next test)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.say(between, wait=5)
            await bench.say(LEVELS)
            assert view_of(bench, call).outcome is ACCEPTED

    simulated(story)


def test_levels_when_another_call_stands_between_then_they_are_not_joined(tmp_path: Path) -> None:
    """Whose levels they are is not certain; as an answer it is."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.say("EURUSD SELL NOW", wait=5)
            loose = await bench.say(LEVELS)
            assert view_of(bench, call).outcome is HELD
            assert view_of(bench, loose).outcome is DENIED
            await bench.say(LEVELS, reply=call.id)
            assert view_of(bench, call).outcome is ACCEPTED
            assert len(bench.truth) == 2

    simulated(story)


@pytest.mark.parametrize(
    "text",
    [
        "SELL SL 2350\nTP 2330",
        "EURUSD SL 1.0800\nTP 1.0900",
        "SL 2330 TP 2350 hit",
        "if it breaks 2345 SL 2330 TP 2350",
        "close half",
        "SL 2330\nTP 2350\nBUY GOLD NOW\nSL 2320\nTP 2370",
        "Sell limit EURUSD 1.0900 SL 1.0950 TP 1.0800",
    ],
)
def test_post_when_it_contradicts_or_is_no_list_of_levels_then_never_joined(text: str, tmp_path: Path) -> None:
    """Another direction, another market, a report, a condition, a command, a call of its own."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.say(text)
            view = view_of(bench, call)
            assert (view.outcome, view.parts, view.signal.stop) == (HELD, (), None)
            assert not bench.told(e.PostsJoined)

    simulated(story)


@pytest.mark.parametrize(("text", "why"), [("SL 2350\nTP 2330", "behind the stop"), ("SL 2330?\nTP 2350", "question")])
def test_levels_when_they_do_not_fit_the_call_then_the_whole_is_held(text: str, why: str, tmp_path: Path) -> None:
    """Looked at as if one post had said all of it."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.say(text)
            view = view_of(bench, call)
            assert view.decision is not None
            assert view.outcome is not ACCEPTED
            assert why in " ".join(reason.text for reason in view.reading.reasons)
            assert not bench.truth

    simulated(story)


@pytest.mark.parametrize(("window", "pause", "joins"), [(120, 100, True), (120, 130, False), (0, 5, False)])
def test_window_when_over_or_off_then_nothing_is_joined(window: int, pause: int, joins: bool, tmp_path: Path) -> None:
    """A call is as old as its last post: what is joined late is not stale."""
    config = replace(CONFIG, rules=replace(CONFIG.rules, join_window_s=window))

    async def story() -> None:
        async with Bench(tmp_path, config=config) as bench:
            call = await bench.say(NOW, wait=pause)
            await bench.say(LEVELS)
            assert (view_of(bench, call).outcome is ACCEPTED) is joins
            assert len(bench.truth) == (2 if joins else 0)

    simulated(story)


def test_window_when_a_channel_has_its_own_then_that_counts(tmp_path: Path) -> None:
    """Off for this channel alone."""
    config = replace(CONFIG, channels={"Test Room": {"rules": {"join_window_s": 0}}})

    async def story() -> None:
        async with Bench(tmp_path, config=config) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.say(LEVELS)
            assert view_of(bench, call).outcome is HELD

    simulated(story)


def test_call_when_rejected_or_deleted_then_levels_do_not_wake_it(tmp_path: Path) -> None:
    """The owner's no stands, and so does the author's."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.press(c.Reject, subject=first_signal(call))
            await bench.say(LEVELS)
            other = await bench.say("GOLD SELL NOW", wait=5)
            await bench.delete(other)
            await bench.say("SL 2350\nTP 2330")
            assert not bench.truth
            assert not bench.told(e.PostsJoined)

    simulated(story)


def test_call_when_made_again_in_full_then_only_that_is_traded(tmp_path: Path) -> None:
    """First the hint, then the signal: the hint can not be approved beside it."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            hint = await bench.say(NOW, wait=5)
            call = await bench.say(f"BUY GOLD 2340.2\n{LEVELS}")
            assert view_of(bench, call).outcome is ACCEPTED
            assert view_of(bench, hint).rejected
            assert not (await bench.press(c.Approve, subject=first_signal(hint))).ok
            assert len(bench.truth) == 2

    simulated(story)


@pytest.mark.parametrize("word", ["close gold now", "cancel", "delete this order", "close all"])
def test_call_when_called_off_then_levels_do_not_wake_it(word: str, tmp_path: Path) -> None:
    """The author took it back before he gave its levels: those are of nothing."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.say(word)
            await bench.say(LEVELS)
            assert view_of(bench, call).parts == ()
            assert not bench.truth

    simulated(story)


def test_call_when_something_else_is_called_off_then_its_levels_join(tmp_path: Path) -> None:
    """A close that names another market is about another trade."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.say("close EURUSD now")
            await bench.say(LEVELS)
            assert view_of(bench, call).outcome is ACCEPTED

    simulated(story)


@pytest.mark.parametrize("config", [CONFIG, DEFAULT])
def test_talk_when_edited_into_levels_after_the_window_then_nothing_is_joined(config: Config, tmp_path: Path) -> None:
    """An edit says what it says when it is made, not when the post first stood there."""

    async def story() -> None:
        async with Bench(tmp_path, config=config) as bench:
            await bench.say(NOW, wait=5)
            talk = await bench.say("hello all", wait=200)
            before = levels_of(bench)
            await bench.edit(talk, "SL 2335\nTP 2350")
            assert levels_of(bench) == before
            assert not bench.told(e.PostsJoined)

    simulated(story)
