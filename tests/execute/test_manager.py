"""Wishes on open trades: never more than is there, never a stop that moves against the trade by rule."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.config import Manage
from signalos_tui.execute import manager
from signalos_tui.execute.manager import Market
from signalos_tui.model.desk import LegView, Trade
from signalos_tui.model.ids import Magic
from signalos_tui.model.market import Quote
from signalos_tui.model.orders import ActionKind, CloseReason, Closing, ClosingState, LegAction, LegState
from signalos_tui.model.signals import Distance, Number, OrderKind, Side, Span, Unit, Update, UpdateAction
from tests.execute.legs import AT, SPEC, leg, quote, trade

CLOSE, REDUCE, PROTECT, CANCEL = ActionKind.CLOSE, ActionKind.REDUCE, ActionKind.PROTECT, ActionKind.CANCEL
MARKET = Market(SPEC, quote("1.0870"))

VOLUMES = st.integers(1, 200).map(lambda lots: str(Decimal(lots) / 100))
SIDES = st.sampled_from(Side)


def _closed(one: LegView, actions: tuple[LegAction, ...]) -> Decimal:
    # How much of a leg its actions close.
    mine = [action for action in actions if action.leg == one.id]
    assert len(mine) <= 1
    if not mine:
        return Decimal(0)
    return one.volume if mine[0].kind is CLOSE else one.volume - mine[0].volume


@given(SIDES, st.lists(VOLUMES, min_size=1, max_size=5), st.integers(1, 99), st.sampled_from(["0.01", "0.02", "0.1"]))
def test_part_when_closed_then_it_is_on_the_grid_and_never_more_than_asked(
    side: Side, volumes: list[str], percent: int, step: str
) -> None:
    """The sum is the part rounded down, or the smallest possible one; no leg is left with a rest that cannot stand."""
    spec = replace(SPEC, volume_step=Decimal(step), volume_min=Decimal(step))
    held = [Decimal(v) // spec.volume_step * spec.volume_step for v in volumes]
    legs = [leg(number=n, side=side, volume=str(v)) for n, v in enumerate(held, 1) if v]
    if not legs:
        return
    total = sum((one.volume for one in legs), Decimal(0))
    fraction = Decimal(percent) / 100
    wish = manager.close(trade(*legs), Market(spec, quote("1.0870")), fraction, CloseReason.OWNER, "close")
    parts = [_closed(one, wish.actions) for one in legs]
    for one, part in zip(legs, parts, strict=True):
        assert part % spec.volume_step == 0
        assert 0 <= part <= one.volume
        assert one.volume - part == 0 or one.volume - part >= spec.volume_min
    assert sum(parts) <= max(total * fraction, spec.volume_step)
    assert sum(parts) >= min(total * fraction - spec.volume_step, total)
    assert sum(parts) > 0


@given(st.lists(VOLUMES, min_size=1, max_size=4), st.integers(1, 99), st.sampled_from(["0.05", "0.03", "0.10"]))
def test_part_when_the_smallest_lot_is_larger_than_the_step_then_nothing_is_left_that_cannot_stand(
    volumes: list[str], percent: int, least: str
) -> None:
    """A broker whose smallest lot is several steps."""
    spec = replace(SPEC, volume_min=Decimal(least))
    legs = [leg(number=n, volume=v) for n, v in enumerate(volumes, 1) if Decimal(v) >= spec.volume_min]
    if not legs:
        return
    wish = manager.close(
        trade(*legs), Market(spec, quote("1.0870")), Decimal(percent) / 100, CloseReason.OWNER, "close"
    )
    for one in legs:
        rest = one.volume - _closed(one, wish.actions)
        assert rest == 0 or spec.volume_min <= rest <= one.volume


def test_all_when_closed_then_every_live_leg_goes_whatever_its_state() -> None:
    """Open, waiting, on its way and not yet sent; what ended or is being closed is left out."""
    states = list(LegState)
    legs = [leg(state, number) for number, state in enumerate(states, 1)]
    wish = manager.close_all(trade(*legs), CloseReason.FLATTEN, "flatten")
    live = [one.id for one in legs if one.is_live]
    assert [(action.leg, action.kind) for action in wish.actions] == [(name, CLOSE) for name in live]
    again = [replace(one, actions=tuple(a for a in wish.actions if a.leg == one.id)) for one in legs]
    assert manager.close_all(trade(*again), CloseReason.FLATTEN, "flatten").is_so


def test_all_when_an_order_is_being_removed_then_it_is_closed_all_the_same() -> None:
    """It may be filled before it is removed."""
    one = leg(LegState.PLACED)
    one = replace(one, actions=(LegAction(one.id, 1, CANCEL, CloseReason.OWNER, "cancel"),))
    assert [a.kind for a in manager.close_all(trade(one), CloseReason.FLATTEN, "flatten").actions] == [CLOSE]


def test_orders_when_cancelled_then_positions_stay() -> None:
    """Also what is on its way as an order, and what was not sent."""
    legs = [
        leg(LegState.OPEN, 1), leg(LegState.PLACED, 2), leg(LegState.INTENT, 3), leg(LegState.UNKNOWN, 4),
        leg(LegState.UNKNOWN, 5, kind=OrderKind.LIMIT), leg(LegState.CANCELLED, 6),
    ]  # fmt: skip
    wish = manager.cancel(trade(*legs), "cancel")
    assert [(a.leg[-1], a.kind) for a in wish.actions] == [("2", CANCEL), ("3", CANCEL), ("5", CANCEL)]


def test_break_even_when_the_price_allows_it_for_some_legs_then_the_wish_says_what_is_missing() -> None:
    """One entry in profit, one not yet: whoever wishes can tell that he is not done."""
    first = replace(leg(number=1), stop=Decimal("1.0800"), price_open=Decimal("1.0850"))
    second = replace(leg(number=2), stop=Decimal("1.0800"), price_open=Decimal("1.0870"))
    wish = manager.break_even(trade(first, second), Market(SPEC, quote("1.0860")), Decimal(0), "break-even")
    assert [(a.leg[-1], a.stop) for a in wish.actions] == [("1", Decimal("1.0850"))]
    assert "wrong side" in wish.missed
    assert wish.missed in wish.text


def _stops(one: Trade, wish: manager.Wish) -> list[tuple[Decimal | None, Decimal]]:
    before = {each.id: each.stop for each in one.legs}
    return [(before[a.leg], a.stop) for a in wish.actions if a.stop is not None]


PRICES = st.integers(10_700, 11_000).map(lambda pips: str(Decimal(pips) / 10_000))


@given(
    SIDES,
    st.lists(st.tuples(PRICES, PRICES), min_size=1, max_size=3),
    PRICES,
    st.integers(1, 300),
    st.integers(-50, 50),
)
def test_stop_when_moved_by_rule_then_only_ever_in_favour_and_never_through_the_price(
    side: Side, legs: list[tuple[str, str]], bid: str, pips: int, offset: int
) -> None:
    """Trailing and break-even, wherever price, opening and stop are."""
    held = [
        replace(leg(number=n, side=side), stop=Decimal(stop), price_open=Decimal(opened))
        for n, (stop, opened) in enumerate(legs, 1)
    ]
    one, market = trade(*held), Market(SPEC, quote(bid))
    price = market.quote.closing(side)
    for wish in (
        manager.trail(one, market, Decimal(pips) / 10_000),
        manager.break_even(one, market, Decimal(offset) / 10_000, "even"),
        manager.after_target(one, market, 1, Manage(breakeven_offset_pips=Decimal(offset))),
    ):
        for before, stop in _stops(one, wish):
            assert before is not None
            assert (stop - before) * side.sign > 0
            assert (price - stop) * side.sign > 0


@given(SIDES, PRICES, PRICES, st.integers(0, 200))
def test_stop_when_moved_to_a_price_then_it_keeps_the_brokers_distance_or_says_why_not(
    side: Side, bid: str, stop: str, points: int
) -> None:
    """The owner and the source may loosen a stop, but not put it where the broker refuses it."""
    market = Market(replace(SPEC, stops_level=points), quote(bid))
    wish = manager.move_stop(trade(leg(side=side)), market, Decimal(stop), "stop to")
    for action in wish.actions:
        room = (market.quote.closing(side) - (action.stop or Decimal(0))) * side.sign
        assert room > 0
        assert room >= points * SPEC.point
    assert wish.actions or wish.text


def test_wish_when_said_twice_then_the_second_has_nothing_to_do() -> None:
    """Wishes are absolute (R12)."""
    stop = Decimal("1.0800")
    assert manager.move_stop(trade(leg()), MARKET, stop, "stop to").is_so
    assert manager.break_even(trade(leg(stop=Decimal("1.0850"))), MARKET, Decimal(0), "even").is_so
    assert manager.move_target(trade(leg()), MARKET, Decimal("1.0900"), None, "target to").is_so


def test_target_when_moved_then_only_the_leg_it_names() -> None:
    """And never behind the price."""
    legs = trade(leg(number=1), leg(number=2))
    wish = manager.move_target(legs, MARKET, Decimal("1.0990"), 2, "target to")
    assert [(a.leg[-1], a.target) for a in wish.actions] == [("2", Decimal("1.0990"))]
    assert not manager.move_target(legs, MARKET, Decimal("1.0860"), 2, "target to").actions
    assert not manager.move_target(legs, MARKET, Decimal("1.0990"), 7, "target to").actions


def _update(action: UpdateAction, **more: object) -> Update:
    return replace(Update(1, action), **more)


@pytest.mark.parametrize(
    ("update", "kinds"),
    [
        (_update(UpdateAction.CLOSE), {CLOSE}),
        (_update(UpdateAction.CLOSE_PARTIAL), {REDUCE}),
        (_update(UpdateAction.BREAKEVEN), {PROTECT}),
        (_update(UpdateAction.MOVE_SL, price=Number(Decimal("1.0840"), Span(0, 1))), {PROTECT}),
        (_update(UpdateAction.MOVE_SL, price=Distance(Decimal(10), Unit.PIPS, Span(0, 1))), {PROTECT}),
        (_update(UpdateAction.MOVE_SL), set()),
        (_update(UpdateAction.MOVE_TP, price=Number(Decimal("1.0990"), Span(0, 1))), {PROTECT}),
        (_update(UpdateAction.CANCEL), set()),
        (_update(UpdateAction.REOPEN), set()),
        (_update(UpdateAction.ADD), set()),
        (_update(UpdateAction.CONDITIONAL), set()),
    ],
)
def test_update_when_followed_then_it_becomes_actions_or_a_reason(update: Update, kinds: set[ActionKind]) -> None:
    """Nothing an update says can open a position."""
    wish = manager.for_update(update, trade(leg(number=1), leg(number=2)), MARKET, Manage())
    assert {action.kind for action in wish.actions} == kinds
    assert wish.actions or wish.text


def test_trail_when_by_rule_then_its_distance_is_the_owners_or_the_signals() -> None:
    """In pips, or what the stop was away."""
    assert manager.trail_distance(trade(leg()), SPEC, Manage(trail_pips=Decimal(15))) == Decimal("0.0015")
    assert manager.trail_distance(trade(leg()), SPEC, Manage()) == Decimal("0.0050")
    assert manager.trail_distance(trade(leg(LegState.INTENT)), SPEC, Manage()) is None


def _with_actions(one: LegView, *actions: LegAction) -> LegView:
    return replace(one, actions=(*one.actions, *(a for a in actions if a.leg == one.id)), last_action=len(actions))


def test_level_when_changed_while_another_change_waits_then_it_is_made_from_what_that_will_leave() -> None:
    """Two changes in a row do not undo one another; each carries both levels."""
    first = manager.move_stop(trade(leg()), MARKET, Decimal("1.0840"), "stop to")
    waiting = _with_actions(leg(), *first.actions)
    second = manager.move_target(trade(waiting), MARKET, Decimal("1.0970"), None, "target to")
    assert [(a.stop, a.target) for a in second.actions] == [(Decimal("1.0840"), Decimal("1.0970"))]
    assert manager.move_stop(trade(waiting), MARKET, Decimal("1.0840"), "stop to").is_so
    back = manager.move_stop(trade(waiting), MARKET, Decimal("1.0800"), "stop to")
    assert [a.stop for a in back.actions] == [Decimal("1.0800")]


@pytest.mark.parametrize("state", [LegState.INTENT, LegState.SENDING, LegState.SENT, LegState.UNKNOWN])
def test_level_when_a_leg_is_on_its_way_then_the_wish_is_kept_for_it(state: LegState) -> None:
    """From the plan's levels; a part and break-even cannot be kept and say so."""
    legs = trade(leg(number=1), leg(state, 2))
    wish = manager.move_stop(legs, MARKET, Decimal("1.0840"), "stop to")
    assert [(a.leg[-1], a.stop, a.target) for a in wish.actions] == [
        ("1", Decimal("1.0840"), Decimal("1.0900")),
        ("2", Decimal("1.0840"), Decimal("1.0950")),
    ]
    half = manager.close(legs, MARKET, Decimal("0.5"), CloseReason.OWNER, "close")
    even = manager.break_even(legs, MARKET, Decimal(0), "even")
    for one in (half, even):
        assert {a.leg[-1] for a in one.actions} == {"1"}
        assert "1 of its legs" in one.missed
        assert one.missed in one.text


def test_target_when_named_by_what_was_planned_then_only_that_leg_moves() -> None:
    """Whatever its number, and whatever became of its target since."""
    legs = trade(leg(number=1), leg(number=2, target=Decimal("1.0960")))
    wish = manager.move_planned_target(legs, MARKET, Decimal("1.0950"), Decimal("1.0990"), "edited")
    assert [(a.leg[-1], a.target) for a in wish.actions] == [("2", Decimal("1.0990"))]
    assert not manager.move_planned_target(legs, MARKET, Decimal("1.0960"), Decimal("1.0990"), "edited").actions


# --- a netting account: one position, one stop ----------------------------------------------------------------------

NETTED = Market(SPEC, quote("1.0870"), is_netting=True)


@given(SIDES, st.lists(st.tuples(st.integers(10_800, 10_860), st.integers(1, 50)), min_size=1, max_size=4))
def test_break_even_when_legs_share_a_position_then_all_get_the_one_stop_of_its_average_price(
    side: Side, opened: list[tuple[int, int]]
) -> None:
    """Two stops in one position cannot be; the average is where the whole comes out even."""
    worst = Decimal("1.0500") if side is Side.BUY else Decimal("1.1200")
    legs = [
        leg(number=n, side=side, volume=str(Decimal(lots) / 100), price_open=Decimal(pips) / 10_000, stop=worst)
        for n, (pips, lots) in enumerate(opened, 1)
    ]
    lots = sum(volume for _, volume in opened)
    average = Decimal(sum(pips * volume for pips, volume in opened)) / lots / 10_000
    price = "1.0950" if side is Side.BUY else "1.0700"
    wish = manager.break_even(trade(*legs), replace(NETTED, quote=quote(price)), Decimal(0), "break-even")
    assert {action.stop for action in wish.actions} == {SPEC.rounded(average)}
    assert len(wish.actions) == len(legs)


@pytest.mark.parametrize(("entry", "goes_along"), [("1.0900", True), ("1.0830", False)])
def test_stop_when_moved_then_orders_that_wait_follow_where_it_fits_their_entry(entry: str, goes_along: bool) -> None:
    """An order that is filled brings its stop to the position; below the new stop the price comes only after it."""
    waiting = leg(LegState.PLACED, 2)
    waiting = replace(waiting, plan=replace(waiting.plan, entry=Decimal(entry)))
    wish = manager.break_even(trade(leg(), waiting), NETTED, Decimal(0), "break-even")
    assert [action.leg[-1] for action in wish.actions] == (["1", "2"] if goes_along else ["1"])
    trailing = manager.trail(trade(leg(), waiting), NETTED, Decimal("0.0010"))
    assert [action.leg[-1] for action in trailing.actions] == (["1", "2"] if goes_along else ["1"])
    hedging = manager.break_even(trade(leg(), waiting), MARKET, Decimal(0), "break-even")
    assert [action.leg[-1] for action in hedging.actions] == ["1"]


@given(SIDES, st.lists(st.sampled_from(["open", "closing", "unsettled", "given up", "no target"]), min_size=1, max_size=5),
       st.integers(-20, 320))  # fmt: skip
def test_targets_when_kept_then_only_what_is_reached_and_not_the_brokers_is_closed_once(
    side: Side, kinds: list[str], pips: int
) -> None:
    """Targets at 50, 100, ... pips; the last is the position's own, and beyond it the broker closes all."""
    legs = []
    for number, kind in enumerate(kinds, 1):
        one = leg(number=number, side=side)
        closing = Closing(1, 1, Magic(9), one.volume, AT)
        if kind == "closing":
            one = replace(one, actions=(LegAction(one.id, 1, CLOSE, CloseReason.OWNER, "x"),))
        elif kind == "unsettled":
            one = replace(one, closings=(closing,))
        elif kind == "given up":
            one = replace(one, closings=(replace(closing, state=ClosingState.UNFILLED),))
        elif kind == "no target":
            one = replace(one, target=None)
        legs.append(one)
    price = Decimal("1.0850") + side.sign * Decimal(pips) / 10_000
    now = replace(NETTED, quote=Quote("EURUSD", price, price, AT))
    wish = manager.kept_targets(trade(*legs), now)
    last = None if "no target" in kinds else 50 * len(kinds)
    reached = [
        number
        for number, kind in enumerate(kinds, 1)
        if kind == "open" and 50 * number <= pips and 50 * number != last and (last is None or pips < last)
    ]
    assert [int(action.leg[-1]) for action in wish.actions] == reached
    assert all((action.kind, action.reason) == (CLOSE, CloseReason.TARGET) for action in wish.actions)
