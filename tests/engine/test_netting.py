"""A netting account: the legs of a trade share one position, and each still has its own fate (D15, decision 0010)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.faults import AcceptLate, Break, Fault, LoseReply, LoseRequest, Refuse, TimeOut
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.orders import CloseReason, LegState
from tests.engine.kit import PAPER, Bench, first_signal, simulated

NETTING = replace(PAPER, margin_mode=mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING, slippage_points=2, commission=3.5)
THREE = "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0880\nTP2 1.0900\nTP3 1.0950"
TWO = "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0900\nTP2 1.0950"
MIXED = "BUY LIMIT EURUSD 1.0830\nSL 1.0780\nTP1 1.0900\nTP2 1.0950"
OPEN, CLOSED = LegState.OPEN, LegState.CLOSED
SETTLED_S = 330


def netted(folder: Path, faults: Iterable[Fault] = ()) -> Bench:
    """A bench on a netting account."""
    return Bench(folder, faults=faults, paper=NETTING)


async def agreed(bench: Bench) -> None:
    """The legs add up to what the broker holds, and their money to what it made (V5)."""
    lots = sum((leg.volume for leg in bench.legs if leg.is_open), Decimal(0))
    held = sum((Decimal(str(p.volume)) for p in await bench.positions()), Decimal(0))
    assert lots == held, (bench.states, lots, held)
    assert len(await bench.positions()) <= 1
    if not held:
        account = await bench.paper.account_info()
        assert account is not None
        made = sum((leg.profit for leg in bench.legs), Decimal(0))
        assert abs(made - (Decimal(str(account.balance)) - 10_000)) <= Decimal("0.01") * len(bench.legs)


def test_legs_when_opened_then_they_share_one_position_with_one_stop_and_the_last_target(tmp_path: Path) -> None:
    """Each by its own deal with its own magic; the position always has a stop at the broker."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            await bench.say(THREE)
            assert bench.states == [OPEN] * 3
            (position,) = await bench.positions()
            assert [position.sl, position.tp] == [1.0800, 1.0950]
            assert Decimal(str(position.volume)) == bench.trade.volume
            assert {leg.position for leg in bench.legs} == {position.identifier}
            assert [leg.target for leg in bench.legs] == [Decimal("1.088"), Decimal("1.09"), Decimal("1.095")]
            assert len({row.magic for row in bench.truth}) == 3
            requests = [event.request for event in bench.told(e.LegSending)]
            assert {(r.sl, r.tp) for r in requests} == {(Decimal("1.08"), Decimal("1.095"))}
            await agreed(bench)

    simulated(story)


def test_targets_when_the_price_reaches_them_then_each_leg_closes_at_its_own(tmp_path: Path) -> None:
    """The near ones by the engine, the last by the broker; the rules of managing follow."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            await bench.say(THREE)
            await bench.quote("EURUSD", 1.0881, wait=5)
            assert bench.states == [CLOSED, OPEN, OPEN]
            assert bench.legs[0].close_reason is CloseReason.TARGET
            assert list(bench.trade.reached) == [1]
            (position,) = await bench.positions()
            assert position.sl > 1.0849  # break-even, one stop for all
            assert {leg.stop for leg in bench.trade.open_legs} == {Decimal(str(position.sl))}
            await agreed(bench)
            await bench.quote("EURUSD", 1.0901, wait=5)
            assert bench.states == [CLOSED, CLOSED, OPEN]
            await agreed(bench)
            await bench.quote("EURUSD", 1.0951, wait=5)
            assert bench.states == [CLOSED] * 3
            assert list(bench.trade.reached) == [1, 2, 3]
            assert bench.legs[2].close_reason is CloseReason.TARGET
            await agreed(bench)

    simulated(story)


@pytest.mark.parametrize(("bid", "reason"), [(1.0790, CloseReason.STOP), (1.0960, CloseReason.TARGET)])
def test_position_when_the_broker_ends_it_then_every_leg_gets_its_share(
    bid: float, reason: CloseReason, tmp_path: Path
) -> None:
    """One deal, three legs: volume and money are shared out, to the cent."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            await bench.say(THREE)
            await bench.quote("EURUSD", bid, wait=5)
            assert bench.states == [CLOSED] * 3
            assert {leg.close_reason for leg in bench.legs} == {reason}
            assert (
                len(bench.terminal.calls) == 3
            )  # nothing was closed by us: the price was beyond the last target at once
            await agreed(bench)

    simulated(story)


def test_position_when_it_ends_while_we_are_away_then_the_next_start_shares_it_out(tmp_path: Path) -> None:
    """D16 on a netting account."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            await bench.say(THREE)
            now, said = bench.clock.now(), bench.room.said
            bench.engine.stop("away")
            await bench.running
            await bench.quote("EURUSD", 1.0790)
        again = Bench(tmp_path, at=now + 60_000, said=said, paper=NETTING)
        async with again as bench:
            assert bench.states == [CLOSED] * 3
            assert {leg.close_reason for leg in bench.legs} == {CloseReason.STOP}
            await agreed(bench)

    simulated(story)


@pytest.mark.parametrize(
    "fault", [LoseReply(), TimeOut(), Break(executed=True), AcceptLate(5), AcceptLate(150), AcceptLate(600)]
)
def test_leg_when_its_answer_is_lost_then_it_is_found_by_its_deal(fault: Fault, tmp_path: Path) -> None:
    """The second of three; the position is there either way, so only deals can tell (D2 to D4, D15)."""

    async def story() -> None:
        async with netted(tmp_path, [Fault(), fault]) as bench:
            await bench.say(THREE)
            await asyncio.sleep(700)
            assert bench.states == [OPEN] * 3
            assert len(bench.truth) == len(bench.terminal.calls) == 3
            await agreed(bench)

    simulated(story)


def test_leg_when_it_never_arrived_then_it_is_given_up_and_the_others_stand(tmp_path: Path) -> None:
    """A position of the others is no evidence for it."""

    async def story() -> None:
        async with netted(tmp_path, [Fault(), LoseRequest()]) as bench:
            await bench.say(THREE)
            assert bench.states == [OPEN, LegState.UNKNOWN, OPEN]
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN, LegState.UNFILLED, OPEN]
            await agreed(bench)

    simulated(story)


@pytest.mark.parametrize("fault", [LoseReply(), TimeOut(), Break(executed=True), AcceptLate(5), AcceptLate(150)])
def test_close_when_its_answer_is_lost_then_it_is_never_sent_again_and_found(fault: Fault, tmp_path: Path) -> None:
    """Said twice it would open the opposite trade (R12)."""

    async def story() -> None:
        async with netted(tmp_path, [Fault(), Fault(), fault]) as bench:
            call = await bench.say(TWO)
            await bench.press(c.CloseTrade, signal=first_signal(call))
            assert bench.told(e.CloseUnknown)
            await asyncio.sleep(200)
            assert bench.states == [CLOSED, CLOSED]
            assert len(bench.terminal.calls) == 4
            assert {leg.close_reason for leg in bench.legs} == {CloseReason.OWNER}
            await agreed(bench)

    simulated(story)


@pytest.mark.parametrize("fault", [LoseRequest(), Break(), Refuse(10012), Refuse(10031), Refuse(4242)])
def test_close_when_it_never_arrived_then_the_owner_is_told_and_asks_anew(fault: Fault, tmp_path: Path) -> None:
    """Given up after proven absence, not repeated; what the owner asks for then is another deal with another magic."""

    async def story() -> None:
        async with netted(tmp_path, [Fault(), Fault(), fault]) as bench:
            call = await bench.say(TWO)
            await bench.press(c.CloseTrade, signal=first_signal(call))
            assert bench.states == [OPEN, CLOSED]
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN, CLOSED]
            assert bench.told(e.CloseUnfilled)
            assert not bench.legs[0].actions
            assert len(bench.terminal.calls) == 4
            await bench.press(c.CloseTrade, signal=first_signal(call))
            assert bench.states == [CLOSED, CLOSED]
            magics = [call["magic"] for call in bench.terminal.calls]
            assert len(set(magics)) == 5
            await agreed(bench)

    simulated(story)


def test_close_when_given_up_arrives_after_all_then_it_is_told_and_nothing_is_reversed(tmp_path: Path) -> None:
    """Ten minutes late: the leg is closed by it."""

    async def story() -> None:
        async with netted(tmp_path, [Fault(), Fault(), AcceptLate(600)]) as bench:
            call = await bench.say(TWO)
            await bench.press(c.CloseTrade, signal=first_signal(call), fraction=Decimal("0.5"))
            await asyncio.sleep(SETTLED_S)
            assert bench.told(e.CloseUnfilled)
            await asyncio.sleep(SETTLED_S)
            assert "late-close" in bench.codes
            await agreed(bench)

    simulated(story)


@pytest.mark.parametrize("code", [10004, 10021, 10030])
def test_close_when_refused_for_now_then_it_is_asked_again_by_another_deal(code: int, tmp_path: Path) -> None:
    """Definite: nothing was closed."""

    async def story() -> None:
        async with netted(tmp_path, [Fault(), Fault(), Refuse(code)]) as bench:
            call = await bench.say(TWO)
            await bench.press(c.CloseTrade, signal=first_signal(call), wait=10)
            assert bench.states == [CLOSED, CLOSED]
            assert len(bench.told(e.CloseRefused)) == 1
            assert [event.part for event in bench.told(e.CloseSending)] == [1, 2, 1]
            await agreed(bench)

    simulated(story)


def test_close_when_only_a_part_of_it_is_done_then_the_rest_is_another_deal(tmp_path: Path) -> None:
    """10010: each deal with a magic of its own, until nothing is left of the leg."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            call = await bench.say(TWO)
            send = bench.paper.order_send
            cut = iter([True, True])

            async def partial(request: dict[str, object], intent: object = None) -> object:
                volume = request.get("volume")
                if request["action"] != mt.TRADE_ACTION_DEAL or not next(cut, False):
                    return await send(request)
                assert isinstance(volume, float)
                result = await send({**request, "volume": round(volume / 2, 2)})
                assert result is not None
                return replace(
                    result, retcode=mt.TRADE_RETCODE_DONE_PARTIAL, request=replace(result.request, volume=volume)
                )

            setattr(bench.paper, "order_send", partial)  # noqa: B010
            await bench.press(c.CloseTrade, signal=first_signal(call), wait=60)
            assert bench.states == [CLOSED, CLOSED]
            assert [event.part for event in bench.told(e.CloseSending)] == [1, 1, 2, 2]
            assert all(event.volume for event in bench.told(e.CloseDone))
            await agreed(bench)

    simulated(story)


def test_close_when_the_position_ended_this_moment_then_nothing_opposite_is_opened(tmp_path: Path) -> None:
    """The stop is hit between the look and the arrival of the close."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            call = await bench.say(TWO)
            send = bench.paper.order_send

            async def stopped_first(request: dict[str, object], intent: object = None) -> object:
                bench.prices["EURUSD"] = (1.0790, 1.0791)
                await asyncio.sleep(1)
                return await send(request)

            setattr(bench.paper, "order_send", stopped_first)  # noqa: B010
            await bench.press(c.CloseTrade, signal=first_signal(call))
            await asyncio.sleep(60)
            assert bench.states == [CLOSED, CLOSED]
            assert not await bench.positions()
            assert {leg.close_reason for leg in bench.legs} == {CloseReason.STOP}
            await agreed(bench)

    simulated(story)


def test_half_when_closed_then_the_legs_shrink_as_asked(tmp_path: Path) -> None:
    """A part of a trade is dealt over its legs, each by a deal of its own."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            call = await bench.say(TWO)
            lots = bench.trade.volume
            await bench.press(c.CloseTrade, signal=first_signal(call), fraction=Decimal("0.5"), wait=5)
            assert lots / 2 <= bench.trade.volume < lots
            assert not any(leg.actions for leg in bench.legs)
            assert all(event.ok for event in bench.told(e.ActionSettled))
            await agreed(bench)

    simulated(story)


def test_position_when_the_owner_takes_a_part_by_hand_then_near_targets_go_first(tmp_path: Path) -> None:
    """Adopted, never repaired (D17)."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            await bench.say(TWO)
            first = bench.legs[0].volume
            await by_hand(bench, mt.ORDER_TYPE_SELL, float(first))
            assert bench.states == [CLOSED, OPEN]
            assert bench.legs[0].close_reason is CloseReason.ELSEWHERE
            await agreed(bench)

    simulated(story)


def test_position_when_the_owner_adds_by_hand_then_it_is_told_and_his_part_is_his(tmp_path: Path) -> None:
    """What is not ours is closed first when it is closed by hand, and never by us."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            call = await bench.say(TWO)
            await by_hand(bench, mt.ORDER_TYPE_BUY, 0.5)
            await asyncio.sleep(60)
            assert bench.codes.count("unexplained") == 1
            await by_hand(bench, mt.ORDER_TYPE_SELL, 0.2)
            assert bench.states == [OPEN, OPEN]
            await bench.press(c.CloseTrade, signal=first_signal(call), wait=5)
            assert bench.states == [CLOSED, CLOSED]
            (left,) = await bench.positions()
            assert left.volume == pytest.approx(0.3)

    simulated(story)


def test_call_when_the_symbol_has_a_trade_or_the_account_a_position_then_nothing_is_opened(tmp_path: Path) -> None:
    """Two trades in one position would close one another."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            await by_hand(bench, mt.ORDER_TYPE_SELL, 0.2, "GBPUSD")
            await bench.say("BUY GBPUSD NOW\nSL 1.2600\nTP 1.2900", wait=40)
            assert bench.states == [LegState.EXPIRED]
            assert "which this would close" in bench.told(e.LegExpired)[0].text
            await bench.say(TWO)
            await bench.say("SELL EURUSD NOW\nSL 1.0920\nTP 1.0700")
            decision = bench.told(e.SignalDecided)[-1].decision
            assert decision.outcome is DecisionOutcome.DENIED
            assert "one position a symbol" in "; ".join(reason.text for reason in decision.reasons)
            assert len(bench.truth) == 3

    simulated(story)


def test_order_when_it_waits_then_it_joins_the_position_when_it_is_filled(tmp_path: Path) -> None:
    """Pending orders are each leg's own; the stop that was moved meanwhile goes with them."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            call = await bench.say(MIXED)
            assert bench.states == [LegState.PLACED] * 2
            await bench.press(c.MoveStop, signal=first_signal(call), price=Decimal("1.0790"))
            await bench.quote("EURUSD", 1.0828, wait=5)
            assert bench.states == [OPEN, OPEN]
            (position,) = await bench.positions()
            assert (position.sl, position.tp) == (1.0790, 1.0950)
            await agreed(bench)
            await bench.quote("EURUSD", 1.0901, wait=5)
            assert bench.states == [CLOSED, OPEN]
            await agreed(bench)

    simulated(story)


def test_engine_when_killed_while_closing_then_the_next_life_looks_before_it_closes(tmp_path: Path) -> None:
    """The write-ahead line is all it knows; the deal is found by its magic and not sent again (R1, R3)."""

    async def story() -> None:
        async with netted(tmp_path, [Fault(), Fault(), AcceptLate(60)]) as bench:
            call = await bench.say(TWO)
            await bench.press(c.CloseTrade, signal=first_signal(call), wait=0.2)
            late, now, said = bench.terminal, bench.clock.now(), bench.room.said
            await bench.kill()
            sent = len(bench.told(e.CloseSending))
            bench.is_replayed = False
            still = late._late  # the order stays on its way
            late._late = set()
        again = Bench(tmp_path, at=now + 2000, said=said, paper=NETTING)
        async with again as bench:
            assert bench.told(e.CloseUnknown) or bench.legs[0].unsettled
            await asyncio.sleep(50)
            for task in still:
                task.cancel()
            await asyncio.sleep(SETTLED_S)
            closings = [one for leg in bench.legs for one in leg.closings]
            assert len({one.magic for one in closings}) == len(closings) >= sent
            assert not {call["magic"] for call in bench.terminal.calls} & {one.magic for one in closings[:1]}
            await agreed(bench)

    simulated(story)


async def by_hand(bench: Bench, side: int, lots: float, symbol: str = "EURUSD") -> None:
    """A deal of the owner's at the terminal, without a magic."""
    request = {
        "action": mt.TRADE_ACTION_DEAL,
        "symbol": symbol,
        "type": side,
        "volume": lots,
        "type_filling": mt.ORDER_FILLING_FOK,
    }
    result = await bench.paper.order_send(request)
    assert result is not None
    assert result.retcode == mt.TRADE_RETCODE_DONE
    await asyncio.sleep(3)
