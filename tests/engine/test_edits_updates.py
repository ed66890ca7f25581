"""Updates of a channel: none makes a trade riskier by itself, none undoes another, none is lost on its way."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from signalos_tui.execute.paper.faults import Delay, Fault
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import UpdateView
from signalos_tui.model.ids import update_id
from signalos_tui.model.messages import Message
from signalos_tui.model.orders import ActionKind, CloseReason, LegAction, LegState
from signalos_tui.state import find_leg, fold
from tests.engine.kit import CALL, Bench, first_signal, simulated


def _view(bench: Bench, message: Message, number: int = 1) -> UpdateView:
    return bench.desk.updates[update_id(message.key, number)]


def _stops(bench: Bench) -> set[Decimal | None]:
    return {leg.stop for leg in bench.legs}


@pytest.mark.parametrize(
    ("text", "code"),
    [("Move SL to 1.0500", "riskier"), ("Move SL to 1.0790", "riskier"), ("Move SL to 0.5", "scale")],
)
def test_update_when_its_stop_risks_more_than_planned_then_the_owner_is_asked(
    text: str, code: str, tmp_path: Path
) -> None:
    """With the figures; approved, it is done."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            update = await bench.say(text, reply=call.id)
            view = _view(bench, update)
            assert view.is_waiting
            assert view.decision is not None
            assert [reason.code for reason in view.decision.reasons] == [code]
            assert _stops(bench) == {Decimal("1.08")}
            await bench.press(c.Approve, subject=view.id)
            assert _stops(bench) == {Decimal(text.split()[-1])}

    simulated(story)


def test_update_when_held_as_riskier_then_it_tells_the_money(tmp_path: Path) -> None:
    """What is at risk now and what would be."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            view = _view(bench, await bench.say("Move SL to 1.0700", reply=call.id))
            assert view.decision is not None
            assert "46.53 USD now, 137.77 USD then" in view.decision.reasons[0].text

    simulated(story)


def test_update_when_it_moves_a_target_off_the_scale_then_it_is_held(tmp_path: Path) -> None:
    """A target that is never reached is no target."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            assert _view(bench, await bench.say("TP to 10900", reply=call.id)).is_waiting
            assert [leg.target for leg in bench.legs] == [Decimal("1.09"), Decimal("1.095")]

    simulated(story)


def test_stop_when_the_owner_loosens_it_then_it_is_done(tmp_path: Path) -> None:
    """The checks are for channels."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.press(c.MoveStop, signal=first_signal(call), price=Decimal("1.0500"))
            assert _stops(bench) == {Decimal("1.05")}

    simulated(story)


@pytest.mark.parametrize("apart", [0.01, 0.02, 0.06, 0.2])
def test_levels_when_changed_twice_in_a_row_then_both_changes_stand(apart: float, tmp_path: Path) -> None:
    """The second is made from what the first will leave, not from what is there (found by an attack)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.say("Move SL to 1.0840", reply=call.id, wait=apart)
            await bench.say("TP2 to 1.0970", reply=call.id, wait=apart)
            await bench.press(c.MoveStop, signal=first_signal(call), price=Decimal("1.0842"), wait=5)
            assert [(leg.stop, leg.target) for leg in bench.legs] == [
                (Decimal("1.0842"), Decimal("1.09")),
                (Decimal("1.0842"), Decimal("1.097")),
            ]
            assert not any(leg.actions for leg in bench.legs)

    simulated(story)


@pytest.mark.parametrize("ok", [True, False])
def test_levels_when_a_later_change_is_done_then_an_earlier_one_is_not_repeated(ok: bool, tmp_path: Path) -> None:
    """Its answer was lost, so it is still wished for; a later one that failed leaves it so."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            leg, state = bench.legs[0], bench.desk
        for number, stop in enumerate(("1.0840", "1.0842"), 1):
            action = LegAction(
                leg.id, number, ActionKind.PROTECT, CloseReason.UPDATE, "stop", stop=Decimal(stop), target=leg.target
            )
            state = fold(state, e.Record(0, 0, e.ActionIntended(action, "test")))
        state = fold(state, e.Record(0, 0, e.ActionSettled(leg.id, 2, ok, 0, "")))
        found = find_leg(state, leg.id)
        assert found is not None
        assert [a.number for a in found.actions] == ([] if ok else [1])

    simulated(story)


def test_break_even_when_a_target_is_moved_meanwhile_then_both_stand(tmp_path: Path) -> None:
    """The rule and the channel at the same moment, whichever is first."""

    async def story(folder: Path, wait: float) -> None:
        async with Bench(folder) as bench:
            call = await bench.say(CALL)
            await bench.quote("EURUSD", 1.0905, wait=wait)
            await bench.say("TP2 to 1.0970", reply=call.id, wait=10)
            leg = bench.legs[1]
            assert (leg.stop, leg.target) == (Decimal("1.0851"), Decimal("1.097"))

    for wait in (0.3, 0.55, 0.6, 0.7, 1.0):
        folder = tmp_path / str(wait)
        folder.mkdir()
        simulated(lambda folder=folder, wait=wait: story(folder, wait))  # type: ignore[misc]


@pytest.mark.parametrize("way", ["update", "edit"])
def test_stop_when_moved_while_a_leg_is_sent_then_that_leg_gets_it_too(way: str, tmp_path: Path) -> None:
    """The second leg's answer takes three seconds; the wish waits for it."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), Delay(3)]) as bench:
            call = await bench.say(CALL, wait=1)
            assert bench.states == [LegState.OPEN, LegState.SENDING]
            if way == "update":
                await bench.say("Move SL to 1.0830", reply=call.id, wait=4)
            else:
                await bench.edit(call, CALL.replace("1.0800", "1.0830"), wait=4)
            assert _stops(bench) == {Decimal("1.083")}
            assert not any(leg.actions for leg in bench.legs)

    simulated(story)


@pytest.mark.parametrize("text", ["Close half", "Move SL to entry"])
def test_part_when_asked_while_a_leg_is_sent_then_the_owner_is_told_what_it_missed(text: str, tmp_path: Path) -> None:
    """Neither half of a leg nor its opening price is known before it is there."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), Delay(3)]) as bench:
            call = await bench.say(CALL, wait=1)
            await bench.quote("EURUSD", 1.0870, wait=0.6)
            await bench.say(text, reply=call.id, wait=4)
            (notice,) = [n for n in bench.told(e.NoticeRaised) if n.code == "update-not-complete"]
            assert "1 of its legs still on the way" in notice.text

    simulated(story)


# --- edits of updates ---------------------------------------------------------------------------------------------


def test_update_when_corrected_after_it_was_followed_then_the_correction_is_held(tmp_path: Path) -> None:
    """And the owner is told once (found by an attack: it was dropped)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            update = await bench.say("Move SL to 1.0810", reply=call.id)
            assert _stops(bench) == {Decimal("1.081")}
            await bench.edit(update, "Move SL to 1.0820")
            assert bench.codes == ["update-edited"]
            assert _view(bench, update).outcome is DecisionOutcome.ACCEPTED
            assert _view(bench, update, 2).is_waiting
            assert _stops(bench) == {Decimal("1.081")}
            await bench.edit(update, "Move SL to 1.0825")
            assert bench.codes == ["update-edited"]
            await bench.press(c.Approve, subject=_view(bench, update, 2).id)
            assert _stops(bench) == {Decimal("1.0825")}

    simulated(story)


def test_update_when_corrected_before_it_was_followed_then_the_correction_counts(tmp_path: Path) -> None:
    """A lost digit was held; its correction is an update like any other."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            update = await bench.say("Move SL to 1.0082", reply=call.id)
            assert _view(bench, update).is_waiting
            await bench.edit(update, "Move SL to 1.0820")
            assert _stops(bench) == {Decimal("1.082")}
            assert not bench.codes

    simulated(story)


def test_update_when_rejected_and_then_changed_then_it_is_held_again(tmp_path: Path) -> None:
    """The owner's no is not undone by an edit, however often."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            update = await bench.say("Move SL to 1.0082", reply=call.id)
            await bench.press(c.Reject, subject=_view(bench, update).id)
            for stop in ("1.0820", "1.0825"):
                await bench.edit(update, f"Move SL to {stop}")
                assert _view(bench, update).is_waiting
            assert _stops(bench) == {Decimal("1.08")}

    simulated(story)


@pytest.mark.parametrize("way", ["edit", "deletion"])
def test_update_when_taken_back_while_it_is_held_then_it_does_not_wait_any_more(way: str, tmp_path: Path) -> None:
    """Nobody asks for it now."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            update = await bench.say("Move SL to 1.0082", reply=call.id)
            await (bench.edit(update, "good morning") if way == "edit" else bench.delete(update))
            assert not _view(bench, update).is_waiting

    simulated(story)
