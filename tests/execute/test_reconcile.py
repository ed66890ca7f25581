"""Journal against broker: every state of a leg, and everything a broker can show of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.absences import BETWEEN_LOOKS_MS, Absences
from signalos_tui.execute.look import Look, Signs
from signalos_tui.execute.reconcile import reconcile, unsettled_at_start
from signalos_tui.execute.structs import TradeDeal, TradeOrder, TradePosition
from signalos_tui.model import events as e
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import Event, Record
from signalos_tui.model.orders import ENDED, LEG_EDGES, ActionKind, CloseReason, LegAction, LegState
from signalos_tui.model.signals import Side
from signalos_tui.state import find_leg, fold
from tests.execute.legs import AT, BLIND, SETTLE_MS, closing, leg, opening, order, position, seen, trade

S = LegState
UNSETTLED = [S.SENDING, S.SENT, S.UNKNOWN]
GIVEN_UP = [S.REJECTED, S.EXPIRED, S.UNFILLED, S.CANCELLED]
LATE = AT + SETTLE_MS + 1


def found(one: LegView, look: Look, absences: Absences | None = None) -> list[Event]:
    """What a look tells about one leg."""
    return reconcile([one], look, absences or Absences(), SETTLE_MS)


def after(one: LegView, events: list[Event]) -> LegView:
    """The leg when these were folded; every transition has to be an edge (V7)."""
    state = DeskState(trades={one.signal: trade(one)})
    now = one
    for event in events:
        state = fold(state, Record(0, AT, event))
        before, now = now, find_leg(state, one.id) or now
        assert now.state is before.state or now.state in LEG_EDGES[before.state], (before.state, event)
    return now


@pytest.mark.parametrize("state", [*UNSETTLED, S.PLACED, *GIVEN_UP])
def test_position_when_it_carries_the_magic_then_the_leg_is_open(state: LegState) -> None:
    """Presence is proof, also for a leg that was given up (the orphan sweep)."""
    one = leg(state)
    (event,) = found(one, seen(position(one, sl=1.0801, volume=0.05)))
    assert isinstance(event, e.LegOpened)
    assert event.adopted is (state not in (S.SENT, S.PLACED))
    opened = after(one, [event])
    assert (opened.state, opened.volume, opened.stop) == (S.OPEN, Decimal("0.05"), Decimal("1.0801"))


@pytest.mark.parametrize("state", [*UNSETTLED, *GIVEN_UP])
def test_order_when_it_carries_the_magic_then_the_leg_is_placed(state: LegState) -> None:
    """The same for an order that waits."""
    one = leg(state)
    assert after(one, found(one, seen(order(one)))).state is S.PLACED


@pytest.mark.parametrize("state", list(LegState))
@pytest.mark.parametrize("look", [BLIND, replace(BLIND, positions=(position(leg(number=2)),))])
def test_nothing_when_the_look_is_not_clear_then_nothing_follows(state: LegState, look: Look) -> None:
    """None is no evidence."""
    assert found(leg(state), look) == []


@pytest.mark.parametrize("state", [S.OPEN, S.CLOSED, *GIVEN_UP, S.INTENT])
def test_nothing_when_absence_is_no_news_then_nothing_follows(state: LegState) -> None:
    """An open position without a deal that explains its end waits for the deal."""
    assert found(leg(state), seen(at=LATE)) == []


@pytest.mark.parametrize("state", UNSETTLED)
def test_leg_when_absent_three_times_after_its_time_then_it_is_given_up(state: LegState) -> None:
    """Three clean looks, 15 s apart, and only after settle_ms (R4, R5)."""
    one, absences = leg(state), Absences()
    for second in range(0, 240, 5):
        assert not found(one, seen(at=AT + second * 1000), absences)
    found(one, seen(at=LATE - 5_000), absences)
    told = [found(one, seen(at=LATE + second * 1000), absences) for second in range(0, 35, 5)]
    assert [len(events) for events in told] == [0, 0, 0, 0, 0, 0, 1]
    assert after(one, told[-1]).state is S.UNFILLED


def given_up_at(looks: list[Look]) -> int | None:
    """The number of the look that gives an unknown leg up, from 1."""
    one, absences = leg(S.UNKNOWN), Absences()
    for number, look in enumerate(looks, 1):
        if found(one, look, absences):
            return number
    return None


def late(second: float, **more: object) -> Look:
    """A clean look that many seconds after the leg's time that shows nothing."""
    return replace(seen(at=LATE + round(second * 1000)), **more)


def test_leg_when_three_looks_in_a_row_miss_it_then_it_is_given_up_by_the_last() -> None:
    """The first look has nothing to be newer than."""
    assert given_up_at([late(0), late(15), late(30), late(45)]) == 4


@pytest.mark.parametrize(
    ("interruption", "more"),
    [
        (replace(BLIND, at=LATE + 40_000), 4),  # it has not even seen a price
        (late(40, is_clean=False), 3),
        (seen(position(leg(S.UNKNOWN)), at=LATE + 40_000), 3),
        (late(115), 2),  # nobody looked for more than a minute: a machine that slept
        (late(10), 3),  # a clock that was set back
        (late(40, link=7), 2),  # the terminal behind the gateway was away for a moment
    ],
)
def test_leg_when_its_absences_are_interrupted_then_they_count_anew(interruption: Look, more: int) -> None:
    """Three in an unbroken row prove it, not three in all (R4). more: how many more looks it takes."""
    one, absences = leg(S.UNKNOWN), Absences()
    for second in (0, 15, 30):
        assert not found(one, late(second, link=6), absences)
    reconcile([one], interruption, absences, SETTLE_MS)
    at, link = (interruption.at - LATE) // 1000, interruption.link or 6
    told = [bool(found(one, late(at + 15 * n, link=link), absences)) for n in range(1, more + 1)]
    assert told == [False] * (more - 1) + [True]


def test_something_foreign_with_its_magic_is_no_absence() -> None:
    """It neither proves nor disproves, so it neither counts nor starts anew."""
    one = leg(S.UNKNOWN)
    looks = [late(0), late(15), seen(position(one, symbol="GBPUSD"), at=LATE + 30_000), late(45), late(60)]
    absences = Absences()
    told = [any(isinstance(x, e.LegUnfilled) for x in found(one, look, absences)) for look in looks]
    assert told == [False, False, False, False, True]


@pytest.mark.parametrize("signs", [Signs(), Signs((("EURUSD", 5),), (1000.0,)), Signs((("GBPUSD", 5),))])
def test_leg_when_the_view_is_frozen_then_its_absence_proves_nothing(signs: Signs) -> None:
    """Connected, our account, every list answered, and no price has moved: a cache (R4, D11)."""
    assert given_up_at([late(second, signs=signs) for second in range(0, 3600, 5)]) is None


def test_leg_when_only_the_money_moves_then_the_view_is_alive() -> None:
    """A change of the account counts like a tick."""
    looks = [late(n * 15, signs=Signs((("EURUSD", 5),), (1000.0 + n,))) for n in range(9)]
    assert given_up_at(looks) == 4


def test_leg_when_prices_move_once_then_that_counts_once() -> None:
    """Each of the three has to be newer than the one before."""
    looks = [late(n * 15, signs=Signs((("EURUSD", min(n, 2)),))) for n in range(40)]
    assert given_up_at(looks) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), st.booleans(), st.booleans(), st.integers(0, 1)), max_size=40))
def test_leg_when_given_up_then_three_living_looks_in_an_unbroken_row_missed_it(
    steps: list[tuple[int, bool, bool, int]],
) -> None:
    """Whatever was looked at: 15 s apart, no gap, no blindness, one link, and a new tick for each."""
    at, tick, looks = 0, 0, []
    for wait, is_clean, ticks, link in steps:
        at, tick = at + wait, tick + ticks
        looks.append(late(at, is_clean=is_clean, link=link + 1, signs=Signs((("EURUSD", tick),))))
    number = given_up_at(looks)
    if number is None:
        return
    row: list[Look] = []
    for look in looks[:number]:
        broken = row and (look.at - row[-1].at > 60_000 or look.link != row[-1].link)
        row = [look] if broken or not look.is_clean else [*row, look]
        if not look.is_clean:
            row = []
    assert row[-1].at - row[0].at >= 30_000
    assert len({look.signs for look in row}) >= 3


def test_leg_when_its_order_was_filled_and_the_deal_is_late_then_it_is_not_given_up() -> None:
    """A filled order in the history is presence, though no deal is listed yet."""
    one, absences = leg(S.UNKNOWN), Absences()
    filled = order(one, state=mt.ORDER_STATE_FILLED, type=mt.ORDER_TYPE_BUY)
    for second in range(0, 600, 15):
        assert not found(one, seen(at=LATE + second * 1000, past=(filled,)), absences)


@pytest.mark.parametrize("state", [*UNSETTLED, S.PLACED])
@pytest.mark.parametrize("ended", [mt.ORDER_STATE_CANCELED, mt.ORDER_STATE_EXPIRED, mt.ORDER_STATE_REJECTED])
def test_order_when_it_ended_unfilled_then_the_leg_is_cancelled(state: LegState, ended: int) -> None:
    """The history says how."""
    one = leg(state)
    assert after(one, found(one, seen(past=(order(one, state=ended),)))).state is S.CANCELLED


@pytest.mark.parametrize("state", [*UNSETTLED, S.PLACED, *GIVEN_UP])
def test_position_when_it_came_and_went_unseen_then_it_is_accounted_for(state: LegState) -> None:
    """Opened and closed between two looks, with its costs; also for a leg that was given up."""
    one = leg(state)
    ended = after(one, found(one, seen(opening(one), closing(one, 0.10, 9001, 12.5, mt.DEAL_REASON_SL))))
    assert (ended.state, ended.close_reason) == (S.CLOSED, CloseReason.STOP)
    assert ended.profit == Decimal("12.5") - Decimal("0.70")


def test_parts_when_closed_in_any_order_then_each_counts_once() -> None:
    """Deals that were counted are not counted again; the cost of opening is booked with the first part."""
    one = leg(S.OPEN)
    look = seen(position(one, volume=0.06), opening(one), closing(one, 0.04, 9001))
    once = after(one, found(one, look))
    assert (once.volume, once.profit) == (Decimal("0.06"), Decimal("9.3"))
    assert found(once, look) == []
    ended = after(once, found(once, seen(opening(one), closing(one, 0.06, 9002), closing(one, 0.04, 9001))))
    assert (ended.state, ended.profit) == (S.CLOSED, Decimal("18.95"))


def test_target_when_hit_then_it_is_told_after_the_close() -> None:
    """What the rules of managing wait for."""
    one = leg(S.OPEN, number=2)
    events = found(one, seen(opening(one), closing(one, 0.10, 9001, 30, mt.DEAL_REASON_TP)))
    assert [type(event) for event in events] == [e.LegClosed, e.TargetReached]


def test_reason_when_we_asked_for_the_close_then_it_is_ours_else_elsewhere() -> None:
    """By the wish that stands; MetaTrader does not say."""
    wish = LegAction(leg().id, 1, ActionKind.CLOSE, CloseReason.FLATTEN, "flatten")
    asked = after(leg(), [e.ActionIntended(wish, "owner")])
    for one, reason in ((asked, CloseReason.FLATTEN), (leg(), CloseReason.ELSEWHERE)):
        assert after(one, found(one, seen(opening(one), closing(one, 0.10, 9001)))).close_reason is reason


@pytest.mark.parametrize("what", [{"symbol": "GBPUSD"}, {"type": mt.POSITION_TYPE_SELL}, {"volume": 0.11}])
@pytest.mark.parametrize("state", [*UNSETTLED, S.PLACED, *GIVEN_UP])
def test_position_when_it_is_something_else_then_it_is_told_once_and_not_adopted(
    state: LegState, what: dict[str, object]
) -> None:
    """Same magic, other symbol, side or more lots (D24)."""
    one, absences = leg(state), Absences()
    look = seen(position(one, **what), at=LATE)
    (event,) = found(one, look, absences)
    assert isinstance(event, e.NoticeRaised)
    assert event.code == "foreign-magic"
    assert found(one, look, absences) == []


def test_copy_when_it_stands_beside_ours_then_ours_is_followed_and_the_copy_told() -> None:
    """In whatever order they are listed, also when ours has gone, also when ours has ended."""
    one = leg(S.OPEN)
    copy = position(one, ticket=6000, identifier=6000)
    for pair in ((copy, position(one)), (position(one), copy)):
        assert [type(event) for event in found(one, seen(*pair))] == [e.NoticeRaised]
    gone = found(one, seen(copy, opening(one), closing(one, 0.10, 9001)))
    assert after(one, gone).state is S.CLOSED
    assert [type(event) for event in found(leg(S.CLOSED), seen(copy))] == [e.NoticeRaised]
    assert found(leg(S.CLOSED), seen(position(one))) == []  # a view that lags


def test_levels_when_moved_at_the_terminal_then_they_are_taken() -> None:
    """Of a position and of an order; a missing one is None."""
    for one, thing in ((leg(), position(leg(), sl=0.0)), (leg(S.PLACED), order(leg(S.PLACED), sl=0.0))):
        now = after(one, found(one, seen(thing)))
        assert (now.stop, now.target) == (None, one.target)


def test_legs_when_in_flight_or_not_sent_then_they_are_left_alone() -> None:
    """Only the process that sent it may speak about a leg whose answer is out."""
    one = leg(S.SENDING)
    look = seen(position(one))
    assert reconcile([one], look, Absences(), SETTLE_MS, frozenset({one.id})) == []
    assert found(leg(S.INTENT), look) == []


def test_start_when_a_leg_is_found_sending_then_it_is_unknown() -> None:
    """And only that one."""
    legs = [leg(state, number) for number, state in enumerate(LegState)]
    (event,) = unsettled_at_start(legs)
    assert isinstance(event, e.LegUnknown)
    assert [one.state for one in legs if one.id == event.leg] == [S.SENDING]


SHOWN = st.lists(
    st.sampled_from(
        ["position", "foreign", "copy", "order", "opening", "out", "cancelled", "filled", "blind", "small"]
    ),
    max_size=4,
    unique=True,
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([s for s in LegState if s is not S.INTENT]),
    st.lists(SHOWN, min_size=1, max_size=6),
    st.sampled_from(Side),
)
def test_leg_when_anything_is_shown_again_and_again_then_it_takes_only_edges(
    state: LegState, shown: list[list[str]], side: Side
) -> None:
    """Whatever a broker shows in whatever order: only edges of the protocol, and what ended as CLOSED stays."""
    one, absences = leg(state, side=side), Absences()
    at = LATE
    for things in shown:
        at += 16_000
        what: dict[str, TradePosition | TradeOrder | TradeDeal] = {
            "position": position(one),
            "small": position(one, volume=0.04),
            "foreign": position(one, ticket=6001, identifier=6001, symbol="GBPUSD"),
            "copy": position(one, ticket=6000, identifier=6000),
            "order": order(one),
            "opening": opening(one),
            "out": closing(one, 0.10, 9001),
        }
        past = tuple(
            order(one, state=ended)
            for name, ended in (("cancelled", mt.ORDER_STATE_CANCELED), ("filled", mt.ORDER_STATE_FILLED))
            if name in things
        )
        look = seen(*(what[name] for name in things if name in what), at=at, past=past)
        look = replace(look, is_clean="blind" not in things, has_history="blind" not in things)
        was = one
        one = after(one, found(one, look, absences))
        if was.state is S.CLOSED:
            assert one == was
        assert one.volume >= 0
        assert one.is_open or not one.volume
        assert one.state in ENDED or one.state in (*UNSETTLED, S.PLACED, S.OPEN)


@pytest.mark.parametrize("state", [S.OPEN, S.CLOSED])
def test_leg_when_broker_and_journal_stay_at_odds_then_it_is_told_once(state: LegState) -> None:
    """A position without an end, or an end without one: a lag at first, an alarm when it stays."""
    one, absences = leg(state), Absences()
    shown = {} if state is S.OPEN else {"positions": (position(one),)}
    told = [found(one, replace(seen(at=LATE + n * BETWEEN_LOOKS_MS), **shown), absences) for n in range(5)]
    assert [len(events) for events in told] == [0, 0, 1, 0, 0]
    (notice,) = told[2]
    assert isinstance(notice, e.NoticeRaised)
    assert notice.code == "unexplained"
