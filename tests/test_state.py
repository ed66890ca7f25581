"""The fold: every event has its meaning, a snapshot and what came after it are the whole, and nothing grows without end."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event, Record
from signalos_tui.model.ids import ChannelId, LegId, Ticket
from signalos_tui.model.messages import Channel, Message
from signalos_tui.model.orders import CloseReason, LegState
from signalos_tui.model.signals import Reading, ReadingKind, ReadingVerdict
from signalos_tui.state import durable, find_leg, fold, fold_all, signal_of
from signalos_tui.state.steps import STEPS
from tests.execute.legs import AT, SPEC, leg, trade
from tests.scenarios import load

ONLY_TOLD = {e.TaskFailed, e.NoticeRaised, e.CommandAnswered}
"""Events that are lines of the log and change nothing else."""

ROOM = Channel(ChannelId("test:room"), "Room")
RECORDS = load("desk")
DURABLE = [record for record in RECORDS if record.seq]


def test_events_when_listed_then_each_has_a_step_or_is_only_told() -> None:
    """A new event without a meaning is found here."""
    assert set(get_args(Event)) - set(STEPS) == ONLY_TOLD


@pytest.mark.parametrize("cut", range(0, len(DURABLE), max(1, len(DURABLE) // 25)))
def test_snapshot_when_taken_anywhere_then_with_its_tail_it_is_the_fold_of_all(cut: int) -> None:
    """Kept as bytes in between, as in the journal (V9)."""
    whole = fold_all(DURABLE)
    kept = msgspec.msgpack.encode(durable(fold_all(DURABLE[:cut])))
    again = fold_all(DURABLE[cut:], msgspec.msgpack.decode(kept, type=DeskState))
    assert durable(again) == durable(whole)
    assert msgspec.msgpack.encode(durable(again)) == msgspec.msgpack.encode(durable(whole))


def test_fold_when_applied_then_what_was_before_is_untouched() -> None:
    """States are values: a screen may keep one."""
    state = DeskState()
    for record in RECORDS:
        before = msgspec.msgpack.encode(state)
        after = fold(state, record)
        assert msgspec.msgpack.encode(state) == before
        state = after


def test_what_is_not_journalled_when_folded_then_neither_number_nor_log_move() -> None:
    """Pulses come many a second."""
    state = fold_all(DURABLE)
    pulsed = fold(state, Record(0, AT, e.Pulsed()))
    assert (pulsed.seq, pulsed.at, pulsed.log) == (state.seq, state.at, state.log)
    assert durable(pulsed) == durable(state)


def test_an_instrument_when_told_once_then_it_is_known_until_it_changes() -> None:
    """A pulse without it says nothing about it; a snapshot does not keep it."""
    state = fold(DeskState(), Record(0, AT, e.Pulsed(specs=(SPEC,))))
    state = fold(state, Record(0, AT, e.Pulsed()))
    assert state.specs == {SPEC.name: SPEC}
    changed = replace(SPEC, volume_step=Decimal("0.1"))
    assert fold(state, Record(0, AT, e.Pulsed(specs=(changed,)))).specs == {SPEC.name: changed}
    assert durable(state).specs == {}


def test_edit_when_folded_then_the_post_counts_as_unread_until_it_is_read() -> None:
    """So that a start after a kill reads it (found by reading: the old reading stood)."""
    message = Message(ROOM.id, 1, AT, "one")
    noise = Reading(ReadingKind.NOISE, ReadingVerdict.IGNORE, 0.0)
    edited = replace(message, text="two", edited_at=AT + 1)
    events: list[Event] = [
        e.ChannelFollowed(ROOM),
        e.MessageReceived(message, message.content),
        e.MessageRead(message.key, 0, noise),
        e.MessageEdited(edited, edited.content, 1),
    ]
    state = fold_all(Record(n, AT + n, event) for n, event in enumerate(events, 1))
    post = state.posts[message.key]
    assert (post.message.text, post.revision, post.reading) == ("two", 1, None)
    assert [revision.text for revision in post.earlier] == ["one"]


def test_posts_when_they_are_many_then_old_ones_go_and_what_is_live_or_waits_stays() -> None:
    """A year of messages fits into the same memory."""
    state = replace(DeskState(), trades={leg().signal: trade(leg())})
    first = Message(ROOM.id, 1, AT, "call")
    state = fold(state, Record(1, AT, e.MessageReceived(first, first.content)))
    for number in range(2, 1500):
        message = Message(ROOM.id, number, AT + number, "chatter")
        state = fold(state, Record(number, AT + number, e.MessageReceived(message, message.content)))
    assert len(state.posts) < 500
    assert first.key in state.posts
    assert state.trades


def test_trade_when_its_last_leg_ends_then_its_result_goes_to_its_channel_once() -> None:
    """In R and in money; a late orphan that is adopted counts what it adds."""
    one, other = leg(number=1), leg(LegState.UNFILLED, number=2)
    state = replace(fold(DeskState(), Record(1, AT, e.ChannelFollowed(ROOM))), trades={one.signal: trade(one, other)})
    closed = e.LegClosed(one.id, one.volume, Decimal("1.09"), Decimal(25), CloseReason.TARGET, Ticket(1))
    state = fold(state, Record(2, AT, closed))
    view = state.channels[ROOM.id]
    assert (view.results, view.result_money) == ((Decimal("0.50"),), Decimal(25))
    assert state.trades[one.signal].ended_at == AT
    opened = e.LegOpened(other.id, Ticket(2), other.plan.volume, Decimal("1.0850"), adopted=True)
    late = e.LegClosed(other.id, other.plan.volume, Decimal("1.08"), Decimal(-10), CloseReason.STOP, Ticket(3))
    view = fold(fold(state, Record(3, AT, opened)), Record(4, AT, late)).channels[ROOM.id]
    assert (view.results, view.result_money) == ((Decimal("0.50"), Decimal("-0.20")), Decimal(15))


def test_caps_when_a_leg_is_unsettled_then_it_counts_as_filled() -> None:
    """UNKNOWN is at risk (R11)."""
    for state in LegState:
        at_risk = trade(leg(state)).risk_left
        is_counted = state in (
            LegState.INTENT, LegState.SENDING, LegState.SENT, LegState.UNKNOWN, LegState.PLACED, LegState.OPEN
        )  # fmt: skip
        assert (at_risk > 0) is is_counted, state


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(TradingState), max_size=20))
def test_switch_when_thrown_then_the_last_word_counts(states: list[TradingState]) -> None:
    """And a reason stands only while it is not ACTIVE."""
    desk = fold_all(Record(n, AT, e.TradingStateChanged(s, f"why {n}", "x")) for n, s in enumerate(states, 1))
    assert desk.trading is (states[-1] if states else TradingState.ACTIVE)
    assert bool(desk.trading_reason) is (desk.trading is not TradingState.ACTIVE)


def test_leg_when_looked_for_then_by_its_signal_also_when_issued_again() -> None:
    """Ids name their parents."""
    assert signal_of(LegId("a/1#1.2")) == signal_of(LegId("a/1#1!3.2")) == "a/1#1"
    assert find_leg(DeskState(), LegId("a/1#1.2")) is None
