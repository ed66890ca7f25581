"""Posts that complete a call which is traded already, edits and deletions of its posts, answers and restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signalos_tui.config import Config
from signalos_tui.model import commands as c
from signalos_tui.model.desk import SignalView
from signalos_tui.model.ids import update_id
from signalos_tui.model.messages import Message
from signalos_tui.model.orders import LegState
from signalos_tui.model.revisions import Part
from tests.engine.joined import ACCEPTED, DEFAULT, HELD, LEVELS, NOW, D, levels_of, view_of
from tests.engine.kit import CONFIG, Bench, first_signal, simulated


def _codes(view: SignalView) -> list[str]:
    return [reason.code for reason in view.decision.reasons] if view.decision else []


def test_levels_when_the_call_is_traded_then_they_become_its_levels(tmp_path: Path) -> None:
    """Opened at once with the default stop; tighter levels are followed like an update, and nothing is opened again."""

    async def story() -> None:
        async with Bench(tmp_path, config=DEFAULT) as bench:
            await bench.say(NOW, wait=5)
            assert levels_of(bench) == [(D("2330.2"), None)]
            await bench.say("SL 2335\nTP 2350\nTP 2360")
            assert levels_of(bench) == [(D(2335), D(2350))]
            assert len(bench.truth) == 1

    simulated(story)


def test_levels_when_their_stop_risks_more_than_was_agreed_then_the_owner_is_asked(tmp_path: Path) -> None:
    """The target is taken, the wider stop waits with the money it would cost."""

    async def story() -> None:
        async with Bench(tmp_path, config=DEFAULT) as bench:
            call = await bench.say(NOW, wait=5)
            levels = await bench.say("SL 2320\nTP 2350")
            stop = bench.desk.updates[update_id(levels.key, 1)]
            assert stop.is_waiting
            assert stop.decision is not None
            assert stop.decision.signals == (first_signal(call),)
            assert [reason.code for reason in stop.decision.reasons] == ["riskier"]
            assert levels_of(bench) == [(D("2330.2"), D(2350))]
            await bench.press(c.Approve, subject=stop.id)
            assert bench.legs[0].stop == D(2320)

    simulated(story)


def test_call_when_traded_and_made_again_in_full_then_it_is_not_opened_twice(tmp_path: Path) -> None:
    """Only its levels are taken."""

    async def story() -> None:
        async with Bench(tmp_path, config=DEFAULT) as bench:
            await bench.say(NOW, wait=5)
            await bench.say("BUY GOLD NOW\nSL 2335\nTP 2350")
            assert levels_of(bench) == [(D(2335), D(2350))]
            assert len(bench.truth) == 1

    simulated(story)


def test_levels_when_given_as_distances_to_a_traded_call_then_held(tmp_path: Path) -> None:
    """From which price they count is not said."""

    async def story() -> None:
        async with Bench(tmp_path, config=DEFAULT) as bench:
            await bench.say(NOW, wait=5)
            levels = await bench.say("SL 40 pips\nTP 80 pips")
            assert bench.desk.updates[update_id(levels.key, 1)].is_waiting
            assert levels_of(bench) == [(D("2330.2"), None)]

    simulated(story)


# --- edits and deletions of either post ---------------------------------------------------------------------------


def test_levels_when_edited_after_the_trade_then_the_trade_follows(tmp_path: Path) -> None:
    """As if the one post that says all had been edited."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            levels = await bench.say(LEVELS)
            await bench.edit(levels, LEVELS.replace("2330", "2335"))
            assert {leg.stop for leg in bench.legs} == {D(2335)}
            await bench.edit(call, "Gold buy now!!")
            assert {leg.stop for leg in bench.legs} == {D(2335)}
            assert view_of(bench, call).parts
            assert not bench.codes
            await bench.edit(levels, "thank you all")
            assert "edit-not-followed" in bench.codes
            assert {leg.stop for leg in bench.legs} == {D(2335)}
            assert len(bench.truth) == 2

    simulated(story)


def test_levels_when_corrected_before_the_trade_then_the_call_is_decided_anew(tmp_path: Path) -> None:
    """A typing error in the stop holds; its correction releases."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            levels = await bench.say("SL 23300\nTP 2350")
            assert not bench.truth
            await bench.edit(levels, "SL 2330\nTP 2350")
            assert view_of(bench, call).outcome is ACCEPTED
            assert levels_of(bench) == [(D(2330), D(2350))]

    simulated(story)


def test_part_when_edited_into_a_call_of_its_own_then_that_is_held(tmp_path: Path) -> None:
    """A post of a trade never opens another one by an edit."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(NOW, wait=5)
            levels = await bench.say(LEVELS)
            await bench.edit(levels, "SELL EURUSD NOW\nSL 1.0900\nTP 1.0800")
            assert view_of(bench, levels).outcome is HELD
            assert len(bench.truth) == 2

    simulated(story)


def test_call_when_edited_into_another_market_then_it_is_told_and_its_parts_stay_out(tmp_path: Path) -> None:
    """The levels of gold never reach another market."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            await bench.say(LEVELS)
            await bench.edit(call, "EURUSD BUY NOW")
            assert "edit-swapped" in bench.codes
            assert {leg.stop for leg in bench.legs} == {D(2330)}
            assert len(bench.truth) == 2

    simulated(story)


@pytest.mark.parametrize("which", ["call", "levels"])
def test_post_when_deleted_after_the_trade_then_the_owners_rule_counts(which: str, tmp_path: Path) -> None:
    """Of a call that is made of two posts, either is its message."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say("BUY LIMIT GOLD 2330", wait=5)
            levels = await bench.say("SL 2320\nTP 2350")
            assert bench.states == [LegState.PLACED]
            await bench.delete(call if which == "call" else levels)
            assert bench.states == [LegState.CANCELLED]
            assert "signal-withdrawn" in bench.codes

    simulated(story)


def test_levels_when_deleted_before_the_trade_then_the_call_waits_without_them(tmp_path: Path) -> None:
    """A deletion never opens anything; levels that come instead do."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            levels = await bench.say("SL 2330?\nTP 2350", wait=5)
            assert view_of(bench, call).signal.stop is not None
            await bench.delete(levels)
            view = view_of(bench, call)
            assert (view.outcome, view.signal.stop, view.parts) == (HELD, None, ())
            assert _codes(view)[0] == "part_gone"
            await bench.say(LEVELS)
            assert view_of(bench, call).outcome is ACCEPTED

    simulated(story)


# --- answers, restarts --------------------------------------------------------------------------------------------


def test_update_when_it_answers_the_levels_then_it_is_about_the_call(tmp_path: Path) -> None:
    """Either post stands for the trade."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(NOW, wait=5)
            levels = await bench.say(LEVELS)
            await bench.say("EURUSD BUY NOW\nSL 1.0800\nTP 1.0900")
            await bench.say("close now", reply=levels.id)
            assert {(leg.symbol, leg.state) for leg in bench.legs} == {
                ("XAUUSD", LegState.CLOSED),
                ("EURUSD", LegState.OPEN),
            }

    simulated(story)


@pytest.mark.parametrize("killed", ["before", "after"])
def test_engine_when_it_starts_again_then_the_posts_are_joined_and_traded_once(killed: str, tmp_path: Path) -> None:
    """Ended between the two posts, or after both; the state is its fold, which the bench checks as well (V9)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(NOW, wait=5)
            levels = bench.post(LEVELS)
            if killed == "after":
                bench.room.say(levels)
                await asyncio.sleep(3)
            said, now = [*bench.room.said], bench.clock.now()
        missed = [levels] if killed == "before" else []
        async with Bench(tmp_path, at=now + 5000, said=[*said, *missed]) as bench:
            await asyncio.sleep(5)
            assert view_of(bench, call).outcome is ACCEPTED
            assert view_of(bench, call).parts == (Part(levels.key, ("stop", "targets")),)
            assert len(bench.truth) == 2
            await bench.edit(levels, LEVELS.replace("2330", "2335"))
            assert {leg.stop for leg in bench.legs} == {D(2335)}

    simulated(story)


TEXTS = (
    *(NOW, "BUY GOLD", "GOLD", "BUY NOW", LEVELS, "SL 2330", "TP 2350", "SL 2335 TP 2352", "EURUSD SELL NOW"),
    *("SL 1.0900 TP 1.0800", f"BUY GOLD 2340.2\n{LEVELS}", "close now", "cancel this", "hello", "SELL LIMIT GOLD 2345"),
    *("SL 2355\nTP 2330", "move SL to 2338", "SL 40 pips TP 80 pips"),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("say", "say", "answer", "edit", "delete")), st.integers(0, 9), st.sampled_from(TEXTS)
        ),
        min_size=3,
        max_size=10,
    ),
    st.sampled_from((CONFIG, DEFAULT)),
)
def test_posts_when_anything_happens_to_them_then_nothing_is_opened_twice(
    history: list[tuple[str, int, str]], config: Config
) -> None:
    """Calls, parts, answers, edits and deletions in any order; the bench checks every edge and that the state is its fold."""

    async def story(folder: Path) -> None:
        async with Bench(folder, config=config) as bench:
            posts: list[Message] = []
            for how, place, text in history:
                at = place % len(posts) if posts else 0
                if how == "edit" and posts:
                    posts[at] = await bench.edit(posts[at], text, wait=2)
                elif how == "delete" and posts:
                    await bench.delete(posts[at], wait=2)
                else:
                    posts.append(await bench.say(text, reply=posts[at].id if how == "answer" and posts else None))
            magics = [row.magic for row in bench.truth]
            assert len(magics) == len(set(magics))
            assert "post-set-aside" not in bench.codes

    with TemporaryDirectory() as name:
        simulated(lambda: story(Path(name)))


def test_window_when_configured_then_bounded() -> None:
    """Two minutes unless the owner says otherwise."""
    assert Config().rules.join_window_s == 120
