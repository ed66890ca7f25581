"""While the terminal is not seen nothing is lost: what a channel says waits for the owner, what he wants is done right after."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from signalos_tui.model import commands as c
from signalos_tui.model.decisions import NOTHING_DONE, DecisionOutcome
from signalos_tui.model.desk import UpdateView
from signalos_tui.model.orders import LegState
from signalos_tui.ui.phrases import update_said
from tests.engine.kit import CALL, Bench, simulated

AWAY_S = 13.0


def _update(bench: Bench) -> UpdateView:
    (view,) = bench.desk.updates.values()
    return view


@pytest.mark.parametrize("away_s", [0.3, AWAY_S, 200.0])
def test_flatten_when_pressed_during_an_outage_then_all_is_closed_at_once_when_it_is_over(
    away_s: float, tmp_path: Path
) -> None:
    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            assert len(await bench.positions()) == 2
            await asyncio.sleep(31)  # not in step with the rounds of comparing
            bench.terminal.is_connected = False
            await asyncio.sleep(away_s)
            assert (await bench.stop(c.StopMode.FLATTEN, wait=2)).ok
            await asyncio.sleep(away_s)
            assert len(await bench.paper.positions_get() or ()) == 2
            bench.terminal.is_connected = True
            await bench.until(lambda: set(bench.states) == {LegState.CLOSED}, 3)
            assert not await bench.positions()

    simulated(story)


@pytest.mark.parametrize("text", ["close half", "Move SL to break even", "Move SL to 1.0840", "close now"])
def test_update_when_the_terminal_is_away_then_it_is_held_with_the_reason_and_done_by_one_key(
    text: str, tmp_path: Path
) -> None:
    """Also over a restart; approved while it is still away, it stays held."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.quote("EURUSD", 1.0860)
            bench.terminal.is_connected = False
            await bench.say(text, reply=call.id)
            view = _update(bench)
            assert view.is_waiting
            assert update_said(view, bench.desk).sign == "?"
            assert "cannot be seen" in update_said(view, bench.desk).text
            asked = await bench.press(c.Approve, subject=view.id)
            assert not asked.ok
            assert "stays held" in asked.text
            assert _update(bench).is_waiting
            said = bench.room.said
        async with Bench(tmp_path, said=said, at=bench.clock.now()) as later:
            await later.quote("EURUSD", 1.0860)
            assert _update(later).is_waiting
            assert (await later.press(c.Approve, subject=view.id, key="again")).ok
            assert _update(later).outcome is DecisionOutcome.ACCEPTED
            assert update_said(_update(later), later.desk).text == "done for 1 trade"
            assert all(not leg.actions and leg.last_action for leg in later.legs)

    simulated(story)


def test_update_when_its_price_stands_still_then_a_level_is_held_and_a_close_is_done(tmp_path: Path) -> None:
    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.quote("EURUSD", 1.0860)
            del bench.prices["EURUSD"]
            await asyncio.sleep(30)
            await bench.say("Move SL to break even", reply=call.id)
            assert "too old" in update_said(_update(bench), bench.desk).text
            await bench.say("close now", reply=call.id)
            assert set(bench.states) == {LegState.CLOSED}

    simulated(story)


def test_update_when_it_changes_nothing_then_it_says_so_and_why(tmp_path: Path) -> None:
    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.say("cancel the pending orders", reply=call.id)
            view = _update(bench)
            assert view.decision is not None
            assert view.decision.outcome is DecisionOutcome.ACCEPTED
            assert [reason.code for reason in view.decision.reasons] == [NOTHING_DONE]
            assert update_said(view, bench.desk).text.startswith("nothing done: ")

    simulated(story)
