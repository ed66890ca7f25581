"""What the owner presses: once a key, one answer, in time, from any number of screens."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.ids import SignalId
from signalos_tui.model.messages import Policy
from signalos_tui.model.orders import ActionKind, CloseReason, LegState
from tests.engine.kit import CALL, ROOM, Bench, first_signal, simulated

HALF = Decimal("0.5")


def test_command_when_sent_twice_then_it_acts_once_and_answers_twice(tmp_path: Path) -> None:
    """A retry, a double tap, the same after a restart (F1)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            command = c.CloseTrade(key="one", issued_at=bench.clock.now(), signal=first_signal(call), fraction=HALF)
            first, second = await asyncio.gather(bench.engine.submit(command), bench.engine.submit(command))
            await asyncio.sleep(3)
            third = await bench.engine.submit(command)
            assert first == second == third
            assert first.ok
            lots = bench.trade.volume
            assert len(bench.told(e.CommandAnswered)) == 1
            said, now = bench.room.said, bench.clock.now()
        async with Bench(tmp_path, at=now + 1000, said=said) as bench:
            assert await bench.engine.submit(command) == first
            await asyncio.sleep(3)
            assert bench.trade.volume == lots

    simulated(story)


def test_command_when_old_then_it_is_refused(tmp_path: Path) -> None:
    """Yesterday's "close all" (F2)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            old = bench.clock.now() - 61_000
            outcome = await bench.press(c.CloseTrade, at=old, signal=first_signal(call))
            assert not outcome.ok
            assert "61 s" in outcome.text
            assert bench.states == [LegState.OPEN, LegState.OPEN]

    simulated(story)


def test_close_when_two_screens_press_together_then_each_leg_is_closed_once(tmp_path: Path) -> None:
    """Two keys, one intent (F10)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            closing = [bench.press(c.CloseTrade, signal=first_signal(call)) for _ in range(3)]
            outcomes = await asyncio.gather(*closing)
            assert all(outcome.ok for outcome in outcomes)
            actions = [event.action for event in bench.told(e.ActionIntended)]
            assert sorted((a.leg, a.kind) for a in actions) == [(leg.id, ActionKind.CLOSE) for leg in bench.legs]
            assert {leg.close_reason for leg in bench.legs} == {CloseReason.OWNER}

    simulated(story)


def test_close_when_legs_are_not_sent_yet_then_they_never_are(tmp_path: Path) -> None:
    """The terminal is away; the owner closes; it comes back."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.terminal.is_connected = False
            call = await bench.say(CALL)
            assert (await bench.press(c.CloseTrade, signal=first_signal(call))).ok
            bench.terminal.is_connected = True
            await asyncio.sleep(5)
            assert bench.states == [LegState.EXPIRED, LegState.EXPIRED]
            assert not bench.truth

    simulated(story)


def test_keys_when_pressed_on_a_trade_then_stops_targets_and_trail_follow(tmp_path: Path) -> None:
    """Each of the trade's keys, and its refusals."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = first_signal(await bench.say(CALL))
            assert not (await bench.press(c.BreakEven, signal=call)).ok  # the price is not there yet
            assert (await bench.press(c.MoveStop, signal=call, price=Decimal("1.0810"))).ok
            assert {leg.stop for leg in bench.legs} == {Decimal("1.081")}
            assert not (await bench.press(c.MoveStop, signal=call, price=Decimal("1.0999"))).ok
            assert not (await bench.press(c.MoveStop, signal=call, price=Decimal("NaN"))).ok
            assert (await bench.press(c.MoveTarget, signal=call, price=Decimal("1.0960"), number=2)).ok
            assert [leg.target for leg in bench.legs] == [Decimal("1.09"), Decimal("1.096")]
            await bench.quote("EURUSD", 1.0880)
            assert (await bench.press(c.BreakEven, signal=call)).ok
            assert all(leg.stop == leg.price_open for leg in bench.legs)
            assert (await bench.press(c.TrailStop, signal=call, distance=Decimal("0.0010"))).ok
            await bench.quote("EURUSD", 1.0885, wait=5)
            assert {leg.stop for leg in bench.legs} == {Decimal("1.0875")}
            assert (await bench.press(c.TrailStop, signal=call, distance=None)).ok
            assert not (await bench.press(c.CloseTrade, signal=call, fraction=Decimal(2))).ok
            assert not (await bench.press(c.CloseTrade, signal=SignalId("test:room/99#1"))).ok

    simulated(story)


def test_channel_when_paused_then_its_calls_are_denied_until_it_is_resumed(tmp_path: Path) -> None:
    """It is read on, nothing is opened."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            assert (await bench.press(c.PauseChannel, channel=ROOM.id)).ok
            denied = await bench.say(CALL)
            assert bench.desk.signals[first_signal(denied)].outcome is DecisionOutcome.DENIED
            assert (await bench.press(c.ResumeChannel, channel=ROOM.id)).ok
            await bench.say(CALL)
            assert bench.states == [LegState.OPEN, LegState.OPEN]

    simulated(story)


def test_state_when_reducing_then_nothing_opens_and_follow_ups_still_work(tmp_path: Path) -> None:
    """REDUCING: no new positions, open ones are managed."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            assert (await bench.press(c.SetTradingState, state=TradingState.REDUCING)).ok
            await bench.say("SELL XAUUSD NOW\nSL 2360\nTP1 2330")
            assert len(bench.desk.trades) == 1
            await bench.say("close now", reply=call.id)
            assert not await bench.positions()

    simulated(story)


def test_command_when_something_breaks_behind_it_then_it_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The door always answers."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)

            async def broken(symbol: str) -> None:
                raise OSError("pipe")

            monkeypatch.setattr(bench.terminal, "symbol_info", broken)
            outcome = await bench.press(c.BreakEven, signal=first_signal(call))
            assert not outcome.ok
            assert "OSError" in outcome.text
            monkeypatch.undo()

    simulated(story)


def test_approval_when_a_target_is_passed_then_it_is_foreseen_and_the_signal_stays_held_with_that_reason(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.press(c.SetPolicy, channel=ROOM.id, policy=Policy.ASK)
            signal = first_signal(await bench.say(CALL))
            foreseen = await bench.engine.foresee(signal)
            assert foreseen is not None
            assert foreseen.outcome is DecisionOutcome.ACCEPTED
            await bench.quote("EURUSD", 1.0910)
            before = bench.desk
            foreseen = await bench.engine.foresee(signal)
            assert foreseen is not None
            assert foreseen.outcome is DecisionOutcome.DENIED
            assert bench.desk.seq == before.seq, "looking ahead writes nothing"
            outcome = await bench.press(c.Approve, subject=signal)
            assert outcome.text == f"Still not possible: {foreseen.reasons[0].text}"
            view = bench.desk.signals[signal]
            assert view.is_waiting
            assert view.decision is not None
            assert view.decision.reasons == foreseen.reasons
            assert view.price == before.signals[signal].price, "the drift is still counted from when it was read"
            await bench.quote("EURUSD", 1.0850)
            assert (await bench.press(c.Approve, subject=signal)).ok
            assert await bench.engine.foresee(signal) is None

    simulated(story)
