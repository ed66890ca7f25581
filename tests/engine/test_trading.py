"""From a post to positions and to their end, on a good day."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace

from signalos_tui.config import Manage
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.orders import CloseReason, LegState
from tests.engine.kit import CALL, CONFIG, GOLD, Bench, first_signal, simulated

OPEN, CLOSED, PLACED = LegState.OPEN, LegState.CLOSED, LegState.PLACED


def test_call_when_published_then_each_leg_is_written_down_sent_and_open(tmp_path: Path) -> None:
    """The whole chain, in the order of the promise."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            assert bench.states == [OPEN, OPEN]
            kinds: list[object] = [type(record.event) for record in bench.records]
            chain = [e.MessageReceived, e.MessageRead, e.SignalDecided, e.IntentRecorded, e.LegSending, e.LegOpened]
            places = [kinds.index(kind) for kind in chain]
            assert places == sorted(places)
            assert {(row.magic, row.opens) for row in bench.truth} == {(leg.magic, True) for leg in bench.legs}
            positions = await bench.positions()
            assert [(p.sl, p.tp) for p in positions] == [(1.08, 1.09), (1.08, 1.095)]
            assert sum(leg.plan.risk for leg in bench.legs) <= Decimal(50)

    simulated(story)


def test_target_when_reached_then_the_rest_stands_at_its_opening_price(tmp_path: Path) -> None:
    """Break-even by rule, on disk before it is asked for."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            bench.prices["EURUSD"] = (1.0902, 1.0903)
            await bench.until(lambda: bench.states == [CLOSED, OPEN] and bench.legs[1].stop == bench.legs[1].price_open)
            first, second = bench.legs
            assert first.close_reason is CloseReason.TARGET
            assert first.profit > 0
            assert bench.trade.reached == (1,)
            bench.prices["EURUSD"] = (1.0840, 1.0841)
            await bench.until(lambda: bench.states == [CLOSED, CLOSED])
            assert bench.legs[1].close_reason is CloseReason.STOP
            assert bench.trade.ended_at is not None
            assert second.opened == bench.legs[1].opened

    simulated(story)


def test_trailing_when_a_target_was_hit_then_the_stop_follows_and_never_turns_back(tmp_path: Path) -> None:
    """`trail_after_target`, with a price that rises and falls."""

    async def story() -> None:
        config = replace(CONFIG, manage=Manage(trail_after_target=1, trail_pips=Decimal(20)))
        async with Bench(tmp_path, config=config) as bench:
            await bench.say(CALL)
            bench.prices["EURUSD"] = (1.0902, 1.0903)
            await bench.until(lambda: bench.trade.trail == Decimal("0.0020"))
            stops = [Decimal(0)]
            for bid in (1.0910, 1.0905, 1.0925, 1.0912):
                bench.prices["EURUSD"] = (bid, bid + 0.0001)
                await bench.until(lambda: not bench.legs[1].actions, within_s=20)
                await bench.say("nice move", wait=5)
                stops.append(bench.legs[1].stop or Decimal(0))
            assert stops == sorted(stops)
            assert stops[-1] == Decimal("1.0905")

    simulated(story)


def test_follow_ups_when_answering_a_call_then_they_reach_its_trade(tmp_path: Path) -> None:
    """Half, a stop, and the end; another trade of the channel stays as it was."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            gold = await bench.say(GOLD)
            lots = bench.desk.trades[first_signal(call)].volume
            before = bench.desk.trades[first_signal(gold)].volume
            await bench.say("close half", reply=call.id)
            assert bench.desk.trades[first_signal(call)].volume <= lots / 2 + Decimal("0.01")
            await bench.say("move SL to 1.0820", reply=call.id)
            assert {leg.stop for leg in bench.desk.trades[first_signal(call)].open_legs} == {Decimal("1.082")}
            await bench.say("close now", reply=call.id)
            assert not bench.desk.trades[first_signal(call)].is_live
            assert bench.desk.trades[first_signal(gold)].volume == before

    simulated(story)


def test_post_when_it_asks_for_two_things_then_both_are_done(tmp_path: Path) -> None:
    """Two follow-ups of one post number their actions one after the other (found by a drill: they took the same number)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            await bench.quote("EURUSD", 1.0870)
            lots = bench.trade.volume
            await bench.say("close half and move SL to breakeven", reply=call.id, wait=8)
            assert len(bench.told(e.UpdateDecided)) == 2
            assert "post-set-aside" not in bench.codes
            assert Decimal(0) < bench.trade.volume < lots
            assert all(leg.stop == leg.price_open for leg in bench.trade.open_legs)

    simulated(story)


def test_post_when_it_calls_two_trades_then_they_share_the_cap(tmp_path: Path) -> None:
    """The second of two signals of one post sees the first one (reference: reliability C7)."""

    async def story() -> None:
        config = replace(CONFIG, rules=replace(CONFIG.rules, max_open_trades=1))
        async with Bench(tmp_path, config=config) as bench:
            await bench.say(f"{CALL}\n\n{GOLD}")
            outcomes = [event.decision.outcome for event in bench.told(e.SignalDecided)]
            assert len(outcomes) == 2
            assert outcomes.count(DecisionOutcome.ACCEPTED) == 1
            assert len(bench.desk.trades) == 1

    simulated(story)


def test_held_signal_when_approved_then_it_is_traded_and_when_rejected_never(tmp_path: Path) -> None:
    """The owner's answer, and that there is only one."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            yes = await bench.say("SELL EURUSD NOW\nTP 1.0800")
            no = await bench.say("SELL GBPUSD NOW\nTP 1.2600")
            assert not bench.legs
            assert [view.is_waiting for view in bench.desk.signals.values()] == [True, True]
            assert (await bench.press(c.Approve, subject=first_signal(yes))).ok
            assert bench.states == [OPEN]
            assert bench.legs[0].stop is not None
            assert not (await bench.press(c.Approve, subject=first_signal(yes))).ok
            assert (await bench.press(c.Reject, subject=first_signal(no))).ok
            assert not (await bench.press(c.Approve, subject=first_signal(no))).ok
            assert len(bench.truth) == 1

    simulated(story)


def test_pending_order_when_its_price_comes_then_it_is_a_position_of_the_same_leg(tmp_path: Path) -> None:
    """A limit order waits in the book, is moved there, and opens."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say("BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900")
            assert bench.states == [PLACED]
            await bench.say("move SL to 1.0790", reply=call.id)
            assert bench.legs[0].stop == Decimal("1.079")
            bench.prices["EURUSD"] = (1.0817, 1.0818)
            await bench.until(lambda: bench.states == [OPEN])
            assert len(bench.truth) == 1

    simulated(story)
