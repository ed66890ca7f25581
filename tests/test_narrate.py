"""The words of an event tell a wish from what came of it, and money from a number."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from signalos_tui.model import events as e
from signalos_tui.model.account import Account
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import LegId, Ticket
from signalos_tui.model.orders import ActionKind, CloseReason, LegAction
from signalos_tui.narrate import money, narrate
from tests.ui.stage import GOLD, desk

LEG = LegId(f"{GOLD}.1")


def words(event: e.Event, state: DeskState) -> str:
    """The line of an event."""
    line = narrate(event, state)
    assert line is not None
    return line.text


def test_a_wish_and_its_confirmation_when_told_then_they_are_not_the_same_line() -> None:
    levels = {"stop": Decimal("1.33838"), "target": Decimal("1.33718")}
    wish = LegAction(leg=LEG, number=1, kind=ActionKind.PROTECT, reason=CloseReason.UPDATE, text="break-even", **levels)
    asked = words(e.ActionIntended(wish, "rules"), desk())
    done = words(e.LegProtected(LEG, text="break-even", **levels), desk())
    assert asked == "leg 2041#1.1 asked: stop 1.33838 target 1.33718 (break-even)"
    assert done == "leg 2041#1.1 at the broker: stop 1.33838 target 1.33718 (break-even)"


def test_money_when_the_currency_is_known_then_it_stands_beside_it() -> None:
    closed = e.LegClosed(LEG, Decimal("0.1"), Decimal(2350), Decimal("2.25"), CloseReason.TARGET, Ticket(1))
    assert "+2.25 (target)" in words(closed, replace(desk(), currency=""))
    assert "+2.25 EUR (target)" in words(closed, replace(desk(), currency="EUR"))
    assert money(Decimal(1500), "USD") == "+1 500.00 USD"


def test_a_signal_when_accepted_then_its_lots_and_its_risk_have_their_units() -> None:
    decision = desk().signals[GOLD].decision
    assert decision is not None
    text = words(e.SignalDecided(decision), replace(desk(), currency="USD"))
    assert " lots of XAUUSD in " in text
    assert text.endswith(" USD")
    assert isinstance(desk().account, Account)
