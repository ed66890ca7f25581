"""Every kind of edit, what follows from it, and that the log says it in words."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.events import Severity
from signalos_tui.model.orders import LegState
from signalos_tui.model.revisions import DifferenceKind
from tests.engine.kit import CALL, CONFIG, Bench, first_signal, simulated

ACCEPTED, HELD = DecisionOutcome.ACCEPTED, DecisionOutcome.HELD
Kind = DifferenceKind
HALF = "SELL GBPUSD NOW\nTP 1.2600"
"""A call that waits for its stop."""


def _kinds(bench: Bench) -> list[DifferenceKind]:
    return [one.kind for one in bench.told(e.MessageRead)[-1].differences]


def _said(bench: Bench) -> list[str]:
    return [line.text for line in bench.desk.log if "edit" in line.text]


# --- before the trade ---------------------------------------------------------------------------------------------


def test_edit_when_nothing_that_matters_changed_then_it_says_so_and_nothing_follows(tmp_path: Path) -> None:
    """Other words around the same call; a correction of a typing error in a remark."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            legs = bench.legs
            await bench.edit(call, f"🔥 {CALL}\ngood luck")
            assert _kinds(bench) == [Kind.SAME]
            assert _said(bench)[-1] == "Test Room #1: the edit changed nothing that matters"
            assert bench.legs == legs
            talk = await bench.say("good morning")
            await bench.edit(talk, "good evening")
            assert _said(bench)[-1] == "Test Room #2: the edit changed nothing that matters"

    simulated(story)


def test_edit_when_it_completes_a_call_that_waits_then_it_is_decided_anew(tmp_path: Path) -> None:
    """The missing stop comes with the edit."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(HALF)
            assert bench.desk.signals[first_signal(call)].outcome is HELD
            await bench.edit(call, f"{HALF}\nSL 1.2750")
            assert _kinds(bench) == [Kind.COMPLETED]
            assert _said(bench)[-1] == "Test Room #1: edited, sell GBPUSD: stop none -> 1.275"
            view = bench.desk.signals[first_signal(call)]
            assert (view.outcome, view.edited) == (ACCEPTED, "sell GBPUSD: stop none -> 1.275")
            assert len(bench.truth) == 1

    simulated(story)


@pytest.mark.parametrize(
    ("text", "became"),
    [("SELL EURUSD NOW\nTP 1.0800\nSL 1.0900", "sell EURUSD"), ("BUY GBPUSD NOW\nTP 1.2800\nSL 1.2650", "buy GBPUSD")],
)
def test_edit_when_it_makes_another_call_of_one_that_waits_then_held_and_told_loudly(
    text: str, became: str, tmp_path: Path
) -> None:
    """Complete and sound, but not what was said: never opened by itself, not after a further edit either."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(HALF)
            await bench.edit(call, text)
            assert _kinds(bench) == [Kind.SWAPPED]
            view = bench.desk.signals[first_signal(call)]
            assert view.is_waiting
            assert view.decision is not None
            assert view.decision.reasons[0].text == f"An edit made sell GBPUSD into {became}"
            assert "edit-swapped" in bench.codes
            line = next(line for line in bench.desk.log if f"sell GBPUSD became {became}" in line.text)
            assert line.severity is Severity.WARNING
            await bench.edit(call, f"{text}0")
            assert bench.desk.signals[first_signal(call)].is_waiting
            await bench.press(c.Approve, subject=first_signal(call))
            assert len(bench.truth) == 1

    simulated(story)


def test_edit_when_it_takes_a_call_that_waits_away_then_nothing_is_left_to_approve(tmp_path: Path) -> None:
    """Withdrawn before it was sent."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(HALF)
            await bench.edit(call, "sorry, wrong room")
            assert _kinds(bench) == [Kind.WITHDRAWN]
            assert _said(bench)[-2:] == [
                "Test Room #1: edited, sell GBPUSD is gone from it",
                "Test Room #1: an edit took the signal away (source)",
            ]
            assert not (await bench.press(c.Approve, subject=first_signal(call))).ok

    simulated(story)


# --- after the trade ----------------------------------------------------------------------------------------------


def test_edit_when_it_moves_levels_of_a_trade_then_followed_and_told_with_both_figures(tmp_path: Path) -> None:
    """Stop and target in one edit."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.edit(call, CALL.replace("1.0800", "1.0810").replace("1.0950", "1.0960"))
            assert _kinds(bench) == [Kind.LEVELS]
            said = "Test Room #1: edited, buy EURUSD: stop 1.08 -> 1.081, targets 1.09 1.095 -> 1.09 1.096"
            assert said in _said(bench)
            assert {leg.stop for leg in bench.legs} == {Decimal("1.081")}

    simulated(story)


def test_edit_when_it_makes_another_call_of_a_trade_then_told_with_both_names(tmp_path: Path) -> None:
    """The trade stays as it is; what the post says now is held."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.edit(call, HALF)
            assert Kind.SWAPPED in _kinds(bench)
            assert any("buy EURUSD became sell GBPUSD" in text for text in _said(bench))
            assert "edit-swapped" in bench.codes
            assert len(bench.truth) == 2

    simulated(story)


def test_edit_when_it_adds_a_call_to_a_trade_then_told_and_held(tmp_path: Path) -> None:
    """A second call in a post that was traded."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.edit(call, f"{CALL}\n\n{HALF}\nSL 1.2750")
            assert _kinds(bench) == [Kind.SAME, Kind.ADDED]
            assert any(text == "Test Room #1: edited, sell GBPUSD came into it" for text in _said(bench))
            assert "edit-new-signal" in bench.codes

    simulated(story)


def test_edit_of_an_update_then_told_what_it_asked_and_asks_now(tmp_path: Path) -> None:
    """Also what was already done, which stays."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            update = await bench.say("Move SL to 1.0820", reply=call.id)
            await bench.edit(update, "Move SL to 1.0825")
            assert any("move sl 1.082" in text for text in _said(bench))
            await bench.edit(update, "thanks")
            assert Kind.WITHDRAWN in _kinds(bench) or "update-edited" in bench.codes

    simulated(story)


# --- deletions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "state", "told"),
    [
        ("ignore", LegState.PLACED, False),
        ("cancel", LegState.CANCELLED, True),
        ("alert", LegState.PLACED, True),
    ],
)
@pytest.mark.parametrize("how", ["deleted", "edited away"])
def test_message_when_taken_back_then_the_owners_policy_decides(
    policy: str, state: LegState, told: bool, how: str, tmp_path: Path
) -> None:
    """An order that waits: left alone, cancelled, or only told about; the same when the call is edited away."""
    config = replace(CONFIG, channels={"Test Room": {"manage": {"deleted": policy}}})

    async def story() -> None:
        async with Bench(tmp_path, config=config) as bench:
            call = await bench.say("BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900")
            assert bench.states == [LegState.PLACED]
            if how == "deleted":
                await bench.delete(call)
            else:
                await bench.edit(call, "never mind")
            assert bench.states == [state]
            assert ("signal-withdrawn" in bench.codes) is told

    simulated(story)


@pytest.mark.parametrize("policy", ["ignore", "cancel", "alert"])
def test_message_when_deleted_and_its_position_is_open_then_it_stays(policy: str, tmp_path: Path) -> None:
    """No policy closes a position: its stop is at the broker."""
    config = replace(CONFIG, manage=replace(CONFIG.manage, deleted=policy))

    async def story() -> None:
        async with Bench(tmp_path, config=config) as bench:
            call = await bench.say(CALL)
            await bench.delete(call)
            assert bench.states == [LegState.OPEN, LegState.OPEN]
            assert ("signal-withdrawn" in bench.codes) is (policy != "ignore")

    simulated(story)


# --- what an update means -----------------------------------------------------------------------------------------


def test_update_when_it_answers_through_others_then_it_reaches_its_call(tmp_path: Path) -> None:
    """An answer to an update, to a remark between, and to an update that answered nothing itself."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            moved = await bench.say("Move SL to 1.0820", reply=call.id)
            await bench.say("SELL GBPUSD NOW\nSL 1.2750\nTP 1.2600")
            remark = await bench.say("looking good", reply=moved.id)
            await bench.say("Move SL to 1.0830", reply=remark.id)
            assert {leg.stop for leg in bench.legs if leg.symbol == "EURUSD"} == {Decimal("1.083")}
            loose = await bench.say("EURUSD: move SL to 1.0835")
            await bench.say("close it now", reply=loose.id)
            assert {leg.symbol for leg in bench.legs if leg.is_open} == {"GBPUSD"}

    simulated(story)


def test_update_when_several_trades_fit_then_held_with_their_names(tmp_path: Path) -> None:
    """Two trades of one market: the posts tell them apart."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            await bench.say("BUY EURUSD 1.0849\nSL 1.0790\nTP 1.0990")
            update = await bench.say("close now")
            view = next(view for view in bench.desk.updates.values() if view.key == update.key)
            assert view.is_waiting
            assert view.decision is not None
            assert "buy EURUSD (#1), buy EURUSD (#2)" in view.decision.reasons[0].text
            assert all(leg.is_live for leg in bench.legs)

    simulated(story)


@pytest.mark.parametrize("text", ["cancel this", "close now"])
def test_update_when_it_calls_off_what_waits_then_it_cannot_be_approved(text: str, tmp_path: Path) -> None:
    """Held for its stop, then taken back in an answer."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(HALF)
            await bench.say(text, reply=call.id)
            assert bench.desk.signals[first_signal(call)].rejected == "post #2 calls it off"
            assert not (await bench.press(c.Approve, subject=first_signal(call))).ok

    simulated(story)
