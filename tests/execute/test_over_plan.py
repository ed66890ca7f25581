"""What a leg may lose at its stop, whatever the price did between the decision and the deal (property)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.config import Rules
from signalos_tui.evaluate.updates import doubt
from signalos_tui.execute.sending import MOST_OVER_PLAN, run_away
from signalos_tui.model.desk import LegView
from signalos_tui.model.market import Quote
from signalos_tui.model.orders import LegState
from signalos_tui.model.signals import OrderKind, Side
from tests.execute.legs import AT, leg, quote, trade

POINT = Decimal("0.00001")
REFERENCE = Decimal("1.0850")
SIDES = st.sampled_from(Side)
POINTS = st.integers(-800, 800)


def _planned(side: Side, way: int, target: int = 500) -> LegView:
    one = leg(LegState.INTENT, side=side)
    plan = replace(
        one.plan,
        kind=OrderKind.MARKET,
        entry=None,
        reference=REFERENCE,
        stop=REFERENCE - side.sign * way * POINT,
        target=REFERENCE + side.sign * target * POINT,
    )
    return replace(one, plan=plan)


@given(side=SIDES, way=st.integers(1, 500), ran=POINTS, spread=st.integers(0, 60), slip=st.integers(0, 20))
def test_leg_when_it_is_opened_at_any_price_then_its_stop_costs_little_more_than_planned(
    side: Side, way: int, ran: int, spread: int, slip: int
) -> None:
    """The planned risk, a tenth, and what the deviation lets through; and the caps count just that."""
    one = _planned(side, way)
    paid = REFERENCE + side.sign * ran * POINT
    out = paid - side.sign * spread * POINT
    shown = Quote("EURUSD", min(paid, out), max(paid, out), AT)
    if run_away(one, shown, one.plan.stop) is not None:
        return
    volume = one.plan.volume
    dealt = paid + side.sign * slip * POINT
    opened = replace(one, state=LegState.OPEN, opened=volume, volume=volume, price_open=dealt, stop=one.plan.stop)
    lost = Decimal(max(0, ran + slip + way)) * 50 / way
    assert abs(opened.risk_left - lost) < Decimal("1e-20")
    assert lost <= 50 * (1 + MOST_OVER_PLAN) + Decimal(slip) * 50 / way + Decimal("1e-20")


def test_leg_when_its_journal_kept_no_reference_then_only_levels_that_are_behind_keep_it_back() -> None:
    """An intent of the version before: there is nothing to hold its price against."""
    one = _planned(Side.BUY, 500)
    one = replace(one, plan=replace(one.plan, reference=None))
    assert run_away(one, quote("1.0890"), one.plan.stop) is None
    assert run_away(one, quote("1.0900"), one.plan.stop) is not None
    assert run_away(one, quote("1.0799"), one.plan.stop) is not None


def test_stop_when_moved_then_the_money_is_told_for_the_price_that_was_paid() -> None:
    """50 for 50 pips as planned, opened 10 pips worse: 60 now, and 70 with a stop 10 pips farther."""
    one = _planned(Side.BUY, 500)
    opened = replace(
        one, state=LegState.OPEN, opened=one.plan.volume, volume=one.plan.volume,
        price_open=Decimal("1.0860"), stop=Decimal("1.0800"),
    )  # fmt: skip
    found = doubt(trade(opened), quote("1.0850"), Rules(), stop=Decimal("1.0790"), currency="USD")
    assert found is not None
    assert "At risk: 60.00 USD now, 70.00 USD then" in found.text
