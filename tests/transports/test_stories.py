"""What an owner does in a day, on both transports: the same posts, the same prices, the same trades."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import Money, TradingState
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.orders import CloseReason, LegState
from tests.engine.kit import CALL, Room, first_signal
from tests.transports.stage import Life, Place, life, opened

OPEN, CLOSED, PLACED = LegState.OPEN, LegState.CLOSED, LegState.PLACED
LIMIT = "BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900"


@pytest.fixture(params=["in process", "over TLS"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A broker, here and there."""
    with opened(request.param, tmp_path) as there:
        yield there


async def is_open(it: Life) -> None:
    """Let the usual call be opened: two legs."""
    it.say(CALL)
    await it.until(lambda: it.states == [OPEN, OPEN])


async def test_call_when_accepted_then_its_legs_stand_at_the_broker_with_their_levels(place: Place) -> None:
    """Accept: looked for, written down, sent, adopted; the account is told as what it is."""
    async with life(place) as it:
        await is_open(it)
        positions = await it.terminal.positions_get()
        assert positions is not None
        assert {p.magic for p in positions} == {leg.magic for leg in it.legs} == {r.magic for r in place.truth()}
        assert [(p.sl, p.tp) for p in positions] == [(1.08, 1.09), (1.08, 1.095)]
        assert {leg.stop for leg in it.legs} == {Decimal("1.08")}
        kinds = [type(record.event) for record in it.records]
        assert kinds.index(e.IntentRecorded) < kinds.index(e.LegSending) < kinds.index(e.LegOpened)
        await it.until(lambda: it.desk.account is not None and len(it.desk.marks) == 2)
        assert it.desk.account is not None
        assert it.desk.account.money in (Money.DEMO, Money.PAPER)
        assert not it.told(e.TaskFailed)


async def test_call_without_a_stop_when_held_then_the_owner_decides(place: Place) -> None:
    """Hold, approve, reject; nothing is sent before."""
    async with life(place) as it:
        first, second = it.say("BUY EURUSD NOW\nTP 1.0900"), it.say("BUY GBPUSD NOW\nTP 1.2800")
        await it.until(lambda: sum(view.is_waiting for view in it.desk.signals.values()) == 2)
        assert not place.truth()
        assert (await it.press(c.Approve, subject=first_signal(first))).ok
        assert (await it.press(c.Reject, subject=first_signal(second))).ok
        await it.until(lambda: it.states == [OPEN])
        assert it.legs[0].stop is not None
        assert len(place.truth()) == 1


async def test_call_when_too_old_or_unknown_then_denied_and_nothing_is_sent(place: Place) -> None:
    async with life(place) as it:
        it.say(CALL, age_s=600)
        it.say("BUY EURUSD NOW\nSL 1.0900\nTP 1.0800")
        await it.until(lambda: len(it.told(e.SignalDecided)) == 2)
        outcomes = {event.decision.outcome for event in it.told(e.SignalDecided)}
        assert DecisionOutcome.ACCEPTED not in outcomes
        assert not place.truth()


async def test_call_when_its_price_stands_still_then_denied_as_stale(place: Place) -> None:
    """Other prices move and the line stands, so only the age of this one tells (C4)."""
    place.config = replace(place.config, engine=replace(place.config.engine, quote_age_s=0.5))
    async with life(place) as it:
        (place.folder / "frozen").touch()
        before = it.clock.now()
        await it.until(lambda: it.clock.now() - before > 1_200)
        it.say(CALL)
        await it.until(lambda: len(it.told(e.SignalDecided)) == 1)
        decision = it.told(e.SignalDecided)[0].decision
        assert decision.outcome is DecisionOutcome.DENIED
        assert "quote" in [reason.code for reason in decision.reasons]
        (place.folder / "frozen").unlink()
        await it.until(lambda: it.desk.account is not None)
        assert not place.truth()


async def test_target_when_reached_then_its_leg_is_booked_and_the_rest_stands_at_break_even(place: Place) -> None:
    """Target and break-even: the broker closes, we learn of it from its deals and move the other stop."""
    async with life(place) as it:
        await is_open(it)
        opened_at = it.legs[1].price_open
        it.quote(EURUSD=(1.0902, 1.0903))
        await it.until(lambda: it.states == [CLOSED, OPEN] and it.legs[1].stop == opened_at)
        assert it.legs[0].close_reason is CloseReason.TARGET
        assert it.legs[0].profit > 0
        assert [event.number for event in it.told(e.TargetReached)] == [1]
        it.quote(EURUSD=(1.0840, 1.0841))
        await it.until(lambda: it.states == [CLOSED, CLOSED])
        assert it.legs[1].close_reason is CloseReason.STOP


async def test_update_when_it_closes_a_part_then_the_broker_and_the_desk_agree(place: Place) -> None:
    """Partial close, then a moved stop, then the owner closes the rest."""
    async with life(place) as it:
        post = it.say(CALL)
        await it.until(lambda: it.states == [OPEN, OPEN])
        before = [leg.volume for leg in it.legs]
        it.say("close half", reply=post.id)
        await it.until(lambda: sum(leg.volume for leg in it.legs) <= sum(before) * Decimal("0.6"))
        signal = it.legs[0].signal
        assert (await it.press(c.MoveStop, signal=signal, price=Decimal("1.0830"))).ok
        live = [leg.id for leg in it.legs if leg.state is OPEN]
        await it.until(lambda: all(leg.stop == Decimal("1.083") for leg in it.legs if leg.id in live))
        assert (await it.press(c.CloseTrade, signal=signal, fraction=Decimal(1))).ok
        await it.until(lambda: set(it.states) == {CLOSED})
        assert await it.terminal.positions_get() == ()


async def test_pending_order_when_placed_then_moved_cancelled_or_filled(place: Place) -> None:
    """Pending, cancel, and one that is filled by the price."""
    async with life(place) as it:
        it.say(LIMIT)
        it.say("SELL LIMIT GBPUSD 1.2750\nSL 1.2800\nTP 1.2600")
        await it.until(lambda: it.states == [PLACED, PLACED])
        orders = await it.terminal.orders_get()
        assert orders is not None
        assert len(orders) == 2
        euro, pound = it.legs
        assert (await it.press(c.CancelPending, signal=euro.signal)).ok
        await it.until(lambda: LegState.CANCELLED in it.states)
        it.quote(GBPUSD=(1.2755, 1.2756))
        await it.until(lambda: OPEN in it.states)
        assert {leg.id: leg.state for leg in it.legs} == {euro.id: LegState.CANCELLED, pound.id: OPEN}
        assert len(place.truth()) == 2


async def test_stop_when_pressed_then_everything_is_closed_and_nothing_new_is_opened(place: Place) -> None:
    """The kill switch with flatten: positions and pending orders are gone."""
    async with life(place) as it:
        await is_open(it)
        it.say(LIMIT)
        await it.until(lambda: it.states == [OPEN, OPEN, PLACED])
        assert (await it.press(c.StopTrading, mode=c.StopMode.FLATTEN)).ok
        await it.until(lambda: it.states == [CLOSED, CLOSED, LegState.CANCELLED])
        assert it.desk.trading is TradingState.HALTED
        it.say("BUY GBPUSD NOW\nSL 1.2600\nTP 1.2800")
        await it.until(lambda: len(it.told(e.SignalDecided)) == 3)
        assert await it.terminal.positions_get() == ()
        assert await it.terminal.orders_get() == ()
        assert len(place.truth()) == 3


async def test_restart_when_things_stand_then_they_are_taken_up_and_nothing_is_doubled(place: Place) -> None:
    """A second life on the same journal: what happened meanwhile is found, the same posts open nothing again."""
    room = Room()
    async with life(place, room) as it:
        await is_open(it)
        it.say(LIMIT)
        await it.until(lambda: it.states == [OPEN, OPEN, PLACED])
        legs = it.legs
    async with life(place, room, 2) as it:
        assert [(leg.id, leg.position) for leg in it.legs] == [(leg.id, leg.position) for leg in legs]
        it.quote(EURUSD=(1.0902, 1.0903))
        await it.until(lambda: it.states == [CLOSED, OPEN, PLACED])
        assert len(place.truth()) == 3
        assert not it.told(e.LegSending)
        assert it.desk.trading is TradingState.ACTIVE
