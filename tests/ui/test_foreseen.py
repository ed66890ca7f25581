"""The approval dialog says beforehand what the engine would decide, so that no promise is taken back after the answer."""

from __future__ import annotations

from msgspec.structs import replace

from signalos_tui.errors import Transient
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.commands import Outcome
from signalos_tui.model.decisions import Decision, DecisionOutcome
from signalos_tui.model.events import Record
from signalos_tui.model.ids import SignalId
from signalos_tui.model.signals import Reason
from signalos_tui.ui.actions import Selection
from signalos_tui.ui.notices import notices
from signalos_tui.ui.screens.approve import ApproveScreen, against
from tests.ui.console import Desk, console
from tests.ui.stage import GOLD, HELD, desk

WHY = "Target 1, 46844, of a buy must be above the entry 46910"
DENIED = Decision(HELD, DecisionOutcome.DENIED, (), (Reason("geometry", WHY),), by="owner")


async def asked(live: Desk) -> ApproveScreen:
    """The dialog of the held signal, once the engine has been asked."""
    live.app.ask("approve", Selection(subject=HELD))
    await live.settle()
    await live.settle()
    dialog = live.front()
    assert isinstance(dialog, ApproveScreen)
    return dialog


async def test_approval_when_it_would_be_denied_then_the_dialog_says_why_and_takes_no_yes() -> None:
    async with console(foreseen=DENIED) as live:
        dialog = await asked(live)
        assert str(dialog.note.render()) == f"Not possible now: {WHY}"
        assert "none: it would be denied" in live.text()
        assert dialog.yes.disabled
        await live.press("y")
        assert live.submitted == []


async def test_approval_when_it_would_pass_then_the_plan_of_now_is_shown() -> None:
    traded = desk().signals[GOLD].decision
    assert traded is not None
    assert traded.plan is not None
    plan = replace(traded.plan, risk=traded.plan.risk + 7)
    async with console(foreseen=replace(traded, signal=HELD, plan=plan)) as live:
        dialog = await asked(live)
        assert not dialog.yes.disabled
        assert f"about {plan.risk:.2f}" in live.text()


async def test_approval_when_the_engine_cannot_be_asked_then_the_dialog_stands_as_before() -> None:
    async def away(signal: SignalId) -> Decision | None:
        raise Transient("away", "wait")

    async with console() as live:
        live.control.foresee = away  # type: ignore[method-assign]
        assert not (await asked(live)).yes.disabled


def test_a_denial_after_the_owners_approval_when_told_then_once() -> None:
    command = c.Approve(key="k", issued_at=1, subject=HELD)
    held = e.SignalDecided(replace(DENIED, outcome=DecisionOutcome.HELD))
    answered = e.CommandAnswered(command, Outcome(ok=False, text="Still not possible"))
    assert notices([Record(1, 1, held), Record(2, 1, answered)], desk()) == ()
    assert len(notices([Record(1, 1, held)], desk())) == 1
    assert against(None) == ""
