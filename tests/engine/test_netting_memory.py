"""What a slow answer or an older journal must not take from the legs of a netted position: a target, and whose a close was."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.faults import AcceptLate, Delay, Fault, LoseRequest, Refuse
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.ids import closing_id
from signalos_tui.model.orders import CloseReason, LegState
from tests.engine.kit import Bench, simulated
from tests.engine.test_netting import NETTING, THREE, agreed, netted

OPEN, CLOSED = LegState.OPEN, LegState.CLOSED
NEAR = [Decimal("1.088"), Decimal("1.09"), Decimal("1.095")]
SECOND = [Delay(4), AcceptLate(5), AcceptLate(30), LoseRequest(), Refuse(mt.TRADE_RETCODE_NO_MONEY)]
"""What becomes of the second leg: late, later, never, and turned down."""


@pytest.mark.parametrize("fault", SECOND, ids=lambda fault: str(fault))
def test_target_when_another_leg_is_not_there_yet_then_it_is_not_taken_for_one_set_by_hand(
    fault: Fault, tmp_path: Path
) -> None:
    """The position carries the last target of all legs, the ones on their way and the ones that never come included."""

    async def story() -> None:
        async with netted(tmp_path, [Fault(), fault]) as bench:
            await bench.say(THREE, wait=400)
            there = [leg for leg in bench.legs if leg.state is OPEN]
            assert [leg.target for leg in there] == [NEAR[leg.number - 1] for leg in there]
            assert bench.legs[0] in there
            await bench.quote("EURUSD", 1.0881, wait=5)
            assert bench.legs[0].state is CLOSED
            assert bench.legs[0].close_reason is CloseReason.TARGET
            assert bench.legs[2].state is OPEN
            await agreed(bench)

    simulated(story)


def test_target_when_it_is_moved_by_hand_then_it_is_taken(tmp_path: Path) -> None:
    """A level that no leg of the trade has is the owner's."""

    async def story() -> None:
        async with netted(tmp_path) as bench:
            await bench.say(THREE)
            (position,) = await bench.positions()
            request = {"action": mt.TRADE_ACTION_SLTP, "symbol": "EURUSD", "position": position.ticket}
            await bench.paper.order_send({**request, "sl": 1.0800, "tp": 1.0930})
            await bench.until(lambda: bench.legs[2].target == Decimal("1.093"), 60)
            assert [leg.target for leg in bench.legs][:2] == NEAR[:2]

    simulated(story)


@pytest.mark.parametrize("fraction", [Decimal(1), Decimal("0.5")])
@pytest.mark.parametrize("kept", ["the wish", "nothing of it"])
def test_close_when_the_journal_is_an_older_copy_then_its_deals_are_its_legs(
    kept: str, fraction: Decimal, tmp_path: Path
) -> None:
    """A close that this journal does not know carries a magic that can be derived, so nobody else's lots pay for it (R9)."""

    async def story() -> None:
        kept_at: list[int] = []

        def copied(_: int, events: tuple[e.Event, ...]) -> bool:
            # The disk as it was just before the second close was written, or before any was wished.
            kinds = [type(event) for event in events]
            wanted = e.ActionIntended if kept == "nothing of it" else e.CloseSending
            if wanted in kinds and not kept_at:
                kept_at.append(1)
                shutil.copyfile(tmp_path / "journal.db", tmp_path / "older.db")
                shutil.copyfile(tmp_path / "journal.db-wal", tmp_path / "older.db-wal")
            return False

        first = Bench(tmp_path, paper=NETTING, fails=copied)
        async with first as bench:
            await bench.say(THREE)
            volumes = [leg.volume for leg in bench.legs]
            await bench.press(c.CloseTrade, signal=bench.trade.signal, fraction=fraction, wait=20)
            held = {leg.number: leg.volume for leg in bench.legs}
            now, said = bench.clock.now(), bench.room.said
        assert kept_at
        for suffix in ("", "-wal"):
            (tmp_path / f"older.db{suffix}").replace(tmp_path / f"journal.db{suffix}")
        (tmp_path / "journal.db-shm").unlink(missing_ok=True)
        again = Bench(tmp_path, at=now + 60_000, said=said, paper=NETTING)
        async with again as bench:
            assert not bench.is_active, "an older copy stands still until its owner has looked"
            await bench.press(c.SetTradingState, state=TradingState.ACTIVE, wait=330)
            assert {leg.number: leg.volume for leg in bench.legs} == held
            assert not any(leg.actions for leg in bench.legs)
            await agreed(bench)
            assert sum(volumes) >= sum(held.values())
            await bench.press(c.CloseTrade, signal=bench.trade.signal, fraction=Decimal(1), wait=20)
            assert bench.states == [CLOSED] * 3
            assert not await bench.positions()
            await agreed(bench)

    simulated(story)


def test_close_when_a_lost_one_was_half_done_then_the_rest_is_another_deal(tmp_path: Path) -> None:
    """The name a lost journal used is passed over once its deals are accounted for."""

    async def story() -> None:
        one = replace(NETTING, slippage_points=0)
        async with Bench(tmp_path, paper=one) as bench:
            await bench.say(THREE)
            leg = bench.legs[0]
            (position,) = await bench.positions()
            name = bench.engine._desk.magic(closing_id(leg.id, 1, 1))
            done = await bench.paper.order_send(
                {
                    "action": mt.TRADE_ACTION_DEAL,
                    "symbol": "EURUSD",
                    "type": mt.ORDER_TYPE_SELL,
                    "volume": 0.01,
                    "price": bench.prices["EURUSD"][0],
                    "position": position.ticket,
                    "magic": name,
                    "type_filling": mt.ORDER_FILLING_IOC,
                }
            )
            assert done is not None
            assert done.retcode == mt.TRADE_RETCODE_DONE
            await bench.until(lambda: bench.legs[0].volume == leg.volume - Decimal("0.01"), 60)
            await bench.press(c.CloseTrade, signal=bench.trade.signal, fraction=Decimal(1), wait=20)
            assert bench.states == [CLOSED] * 3
            assert [closing.part for closing in bench.legs[0].closings] == [2]
            await agreed(bench)

    simulated(story)
