"""Closes, stops, foreign hands and lost journals: a position is what the broker has (D15 to D24)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.faults import (
    AcceptLate,
    Break,
    Fault,
    LoseReply,
    LoseRequest,
    Refuse,
    TimeOut,
)
from signalos_tui.execute.structs import OrderSendResult
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.orders import CloseReason, LegState
from tests.engine.calls import CLOSED, LIMIT, ONE, OPEN, SETTLED_S
from tests.engine.kit import Bench, first_signal, simulated


@pytest.mark.parametrize("fault", [LoseReply(), LoseRequest(), TimeOut(), Break(), AcceptLate(30), Refuse(10004)])
def test_close_when_its_answer_is_lost_then_it_is_repeated_until_it_is_so(fault: Fault, tmp_path: Path) -> None:
    """Closes are absolute: said again, they do no harm (D20)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), fault]) as bench:
            call = await bench.say(ONE)
            await bench.press(c.CloseTrade, signal=first_signal(call))
            await asyncio.sleep(60)
            assert bench.states == [CLOSED]
            assert not bench.legs[0].actions
            assert bench.legs[0].close_reason is CloseReason.OWNER

    simulated(story)


@pytest.mark.parametrize("fault", [LoseReply(), LoseRequest(), TimeOut(), AcceptLate(30), AcceptLate(120)])
def test_half_when_its_answer_is_lost_then_half_is_closed_and_not_more(fault: Fault, tmp_path: Path) -> None:
    """A part that is still on its way must not be closed a second time (D19; found by reading: it could be)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), fault]) as bench:
            call = await bench.say(ONE)
            lots = bench.trade.volume
            outcome = await bench.press(c.CloseTrade, signal=first_signal(call), fraction=Decimal("0.5"))
            assert outcome.ok
            await asyncio.sleep(SETTLED_S)
            assert lots / 2 <= bench.trade.volume < lots
            assert not bench.legs[0].actions
            (position,) = await bench.positions()
            assert Decimal(str(position.volume)) == bench.trade.volume

    simulated(story)


def test_half_when_killed_after_it_was_sent_then_the_next_life_does_not_close_it_again(tmp_path: Path) -> None:
    """The next life does not know whether it was sent, so it waits until it would have shown."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), AcceptLate(60)]) as bench:
            call = await bench.say(ONE)
            lots = bench.trade.volume
            await bench.press(c.CloseTrade, signal=first_signal(call), fraction=Decimal("0.5"))
            late, now, said = bench.terminal, bench.clock.now(), bench.room.said
            del late._late  # the order stays on its way; this life will not wait for it
            late._late = set()
        async with Bench(tmp_path, at=now + 2000, said=said) as bench:
            await asyncio.sleep(30)
            assert bench.trade.volume == lots
            assert not bench.terminal.calls
            await asyncio.sleep(SETTLED_S)
            assert bench.trade.volume < lots
            assert len(bench.terminal.calls) == 1

    simulated(story)


def test_position_when_closed_by_its_stop_while_we_were_away_then_it_is_closed(tmp_path: Path) -> None:
    """Recognised by its position, whatever its comment says now (D16)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(ONE)
            now, said = bench.clock.now(), bench.room.said
            bench.engine.stop("away")
            await bench.running
            await bench.quote("EURUSD", 1.0790)
            assert not await bench.positions()
        async with Bench(tmp_path, at=now + 60_000, said=said) as bench:
            assert bench.states == [CLOSED]
            assert bench.legs[0].close_reason is CloseReason.STOP

    simulated(story)


def test_position_when_the_owner_closes_or_moves_it_by_hand_then_it_is_taken_as_it_is(tmp_path: Path) -> None:
    """Never repaired by reopening (D17)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(ONE)
            (position,) = await bench.positions()
            await bench.paper.order_send(
                {
                    "action": mt.TRADE_ACTION_SLTP,
                    "symbol": "EURUSD",
                    "position": position.ticket,
                    "sl": 1.0822,
                    "tp": 0.0,
                }
            )
            await asyncio.sleep(3)
            assert (bench.legs[0].stop, bench.legs[0].target) == (Decimal("1.0822"), None)
            await bench.paper.order_send(
                {
                    "action": mt.TRADE_ACTION_DEAL,
                    "symbol": "EURUSD",
                    "position": position.ticket,
                    "type": mt.ORDER_TYPE_SELL,
                    "volume": position.volume,
                    "type_filling": mt.ORDER_FILLING_FOK,
                }
            )
            await asyncio.sleep(3)
            assert bench.states == [CLOSED]
            assert bench.legs[0].close_reason is CloseReason.ELSEWHERE
            await asyncio.sleep(SETTLED_S)
            assert len(bench.truth) == 1

    simulated(story)


def test_copy_of_our_magic_when_another_program_makes_one_then_it_is_told_and_left_alone(tmp_path: Path) -> None:
    """A foreign position with our magic, while ours is open and after it ended (D24; found by reading: it was taken for ours)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ONE)
            await bench.paper.order_send(
                {
                    "action": mt.TRADE_ACTION_DEAL,
                    "symbol": "EURUSD",
                    "type": mt.ORDER_TYPE_BUY,
                    "volume": 0.5,
                    "magic": bench.legs[0].magic,
                    "type_filling": mt.ORDER_FILLING_FOK,
                }
            )
            await asyncio.sleep(3)
            assert bench.codes.count("foreign-magic") == 1
            await bench.press(c.CloseTrade, signal=first_signal(call))
            await asyncio.sleep(60)
            assert bench.states == [CLOSED]
            (left,) = await bench.positions()
            assert left.volume == 0.5
            assert not bench.told(e.TaskFailed)

    simulated(story)


def test_magic_when_the_journal_was_lost_then_what_is_at_the_broker_is_adopted_instead_of_sent(tmp_path: Path) -> None:
    """The same post on an empty journal gives the same magics, and they are found before anything is sent (R3)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ONE)
            await bench.say(LIMIT)
            now = bench.clock.now()
        for name in ("journal.db", "journal.db-wal", "journal.db-shm", "journal.db.head"):
            (tmp_path / name).unlink(missing_ok=True)
        async with Bench(tmp_path, at=now, said=[replace(call, posted_at=now)]) as bench:
            await asyncio.sleep(3)
            assert bench.states == [OPEN]
            assert bench.told(e.LegOpened)[0].adopted
            assert not bench.terminal.calls

    simulated(story)


def test_order_that_was_removed_when_its_journal_was_lost_then_it_is_not_sent_again(tmp_path: Path) -> None:
    """Its trace in the history is enough (found by reading: the leg took an edge that was none)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            limit = await bench.say(LIMIT)
            await bench.press(c.CancelPending, signal=first_signal(limit))
            assert bench.states == [LegState.CANCELLED]
            now = bench.clock.now()
        for name in ("journal.db", "journal.db-wal", "journal.db-shm", "journal.db.head"):
            (tmp_path / name).unlink(missing_ok=True)
        async with Bench(tmp_path, at=now, said=[replace(limit, posted_at=now)]) as bench:
            await asyncio.sleep(3)
            assert bench.states == [LegState.CANCELLED]
            assert not bench.terminal.calls

    simulated(story)


def test_order_when_placed_first_and_dealt_later_then_it_waits_for_proof(tmp_path: Path) -> None:
    """10008 is a promise (D7)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            send = bench.paper.order_send
            late: list[asyncio.Task[object]] = []

            async def placed(request: dict[str, object], intent: object = None) -> object:
                async def deal() -> object:
                    await asyncio.sleep(20)
                    return await send(request)

                late.append(asyncio.create_task(deal()))
                check = await bench.paper.order_check(request)
                assert check is not None
                return OrderSendResult(retcode=mt.TRADE_RETCODE_PLACED, order=99, request=check.request)

            setattr(bench.paper, "order_send", placed)  # noqa: B010
            await bench.say(ONE)
            assert bench.states == [LegState.SENT]
            await asyncio.sleep(30)
            assert bench.states == [OPEN]
            assert len(bench.truth) == 1

    simulated(story)
