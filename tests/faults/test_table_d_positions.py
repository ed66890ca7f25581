"""Table D, executing: what becomes of positions, on hedging and on netting accounts."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.errors import JournalUnusable
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import PaperSettings
from signalos_tui.execute.paper.faults import AcceptLate, Fault, LoseReply, LoseRequest, Refuse, TimeOut
from signalos_tui.execute.terminal import GatewayNote
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.orders import CloseReason, LegState
from tests.engine.kit import Bench, first_signal, simulated
from tests.engine.test_netting import NETTING, agreed, by_hand
from tests.faults.executing import BOTH, CLOSED, ONE, OPEN, SETTLED_S, TWO, UNFILLED, UNKNOWN


def test_d15_legs_when_they_share_a_position_then_each_is_known_by_its_deals(tmp_path: Path) -> None:
    """Three legs, one position, its magic whose you like: two answers are lost and one request, and each is told apart."""

    async def story() -> None:
        faults = [LoseReply(), LoseRequest(), TimeOut()]
        async with Bench(tmp_path, faults=faults, paper=NETTING) as bench:
            await bench.say("BUY EURUSD NOW\nSL 1.0800\nTP1 1.0880\nTP2 1.0900\nTP3 1.0950")
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN, UNFILLED, OPEN]
            await agreed(bench)

    simulated(story)


@BOTH
def test_d16_position_when_its_stop_closed_it_while_we_were_down_then_closed(
    paper: PaperSettings, tmp_path: Path
) -> None:
    """Whatever its comment says now: known by its position."""

    async def story() -> None:
        async with Bench(tmp_path, paper=paper) as bench:
            await bench.say(TWO)
            now, said = bench.clock.now(), bench.room.said
            bench.engine.stop("away")
            await bench.running
            await bench.quote("EURUSD", 1.0790)
        async with Bench(tmp_path, at=now + 60_000, said=said, paper=paper) as bench:
            assert bench.states == [CLOSED, CLOSED]
            assert {leg.close_reason for leg in bench.legs} == {CloseReason.STOP}
            await agreed(bench)

    simulated(story)


@BOTH
def test_d17_position_when_the_owner_closes_it_by_hand_then_it_is_never_opened_again(
    paper: PaperSettings, tmp_path: Path
) -> None:
    """Adopted as it is."""

    async def story() -> None:
        async with Bench(tmp_path, paper=paper) as bench:
            await bench.say(ONE)
            (position,) = await bench.positions()
            await bench.paper.order_send(
                {
                    "action": mt.TRADE_ACTION_DEAL, "symbol": "EURUSD", "position": position.ticket,
                    "type": mt.ORDER_TYPE_SELL, "volume": position.volume, "type_filling": mt.ORDER_FILLING_FOK,
                }
            )  # fmt: skip
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [CLOSED]
            assert bench.legs[0].close_reason is CloseReason.ELSEWHERE
            assert len(bench.truth) == 1

    simulated(story)


@BOTH
def test_d18_levels_when_moved_twice_and_an_answer_is_lost_then_the_last_wish_stands(
    paper: PaperSettings, tmp_path: Path
) -> None:
    """Absolute values under growing numbers; 10025 "no changes" is done."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), LoseRequest(), LoseReply()], paper=paper) as bench:
            call = first_signal(await bench.say(ONE))
            for price in ("1.0810", "1.0820"):
                await bench.press(c.MoveStop, signal=call, price=Decimal(price), wait=0.1)
            await asyncio.sleep(120)
            assert bench.legs[0].stop == Decimal("1.0820")
            assert not bench.legs[0].actions
            (position,) = await bench.positions()
            assert position.sl == 1.0820
            numbers = [event.action.number for event in bench.told(e.ActionIntended)]
            assert numbers == sorted(set(numbers))

    simulated(story)


@pytest.mark.parametrize("fault", [LoseReply(), LoseRequest(), AcceptLate(30)])
@BOTH
def test_d19_half_when_its_answer_is_lost_then_no_more_than_half_is_closed(
    paper: PaperSettings, fault: Fault, tmp_path: Path
) -> None:
    """ "Reduce to", and not again while it may still be on its way."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), fault], paper=paper) as bench:
            call = await bench.say(ONE)
            lots = bench.trade.volume
            await bench.press(c.CloseTrade, signal=first_signal(call), fraction=Decimal("0.5"))
            await asyncio.sleep(SETTLED_S + 60)
            assert lots / 2 <= bench.trade.volume <= lots
            assert not bench.legs[0].actions
            await agreed(bench)

    simulated(story)


@BOTH
def test_d20_close_when_the_position_is_closed_already_then_that_is_success(
    paper: PaperSettings, tmp_path: Path
) -> None:
    """10036: the owner closed it a moment before."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), Refuse(mt.TRADE_RETCODE_POSITION_CLOSED)], paper=paper) as bench:
            call = await bench.say(ONE)
            bench.prices["EURUSD"] = (1.0790, 1.0791)
            await bench.press(c.CloseTrade, signal=first_signal(call))
            await asyncio.sleep(60)
            assert bench.states == [CLOSED]
            assert not bench.legs[0].actions
            assert not await bench.positions()

    simulated(story)


@BOTH
def test_d21_order_when_its_stop_is_refused_then_it_is_not_opened_naked(paper: PaperSettings, tmp_path: Path) -> None:
    """10016: the whole order is refused; nothing is opened first and protected later (R8)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(mt.TRADE_RETCODE_INVALID_STOPS)], paper=paper) as bench:
            await bench.say(ONE, wait=40)
            assert bench.states == [LegState.REJECTED]
            assert len(bench.terminal.calls) == 1
            assert not await bench.positions()
            assert all(event.request.sl for event in bench.told(e.LegSending))

    simulated(story)


@pytest.mark.parametrize("code", [10004, 10020, 10021])
@BOTH
def test_d22_requotes_when_they_do_not_end_then_three_tries_spread_in_time_and_no_more(
    paper: PaperSettings, code: int, tmp_path: Path
) -> None:
    """Bounded, within its time, each pause longer than the one before."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(code)] * 9, paper=paper) as bench:
            await bench.say(ONE, wait=20)
            assert bench.states == [LegState.REJECTED]
            sent = [record.at for record in bench.records if isinstance(record.event, e.LegSending)]
            assert len(sent) == len(bench.terminal.calls) == 3
            first, second = sent[1] - sent[0], sent[2] - sent[1]
            assert 300 <= first < second < bench.legs[0].ttl_ms

    simulated(story)


@BOTH
def test_d22_too_many_requests_when_the_server_says_so_then_nothing_is_sent_again(
    paper: PaperSettings, tmp_path: Path
) -> None:
    """10024 from the server proves nothing about this request, so it is looked for."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(10024)], paper=paper) as bench:
            await bench.say(ONE)
            assert bench.states == [UNKNOWN]
            assert len(bench.terminal.calls) == 1

    simulated(story)


def test_d23_engine_when_another_has_the_journal_or_the_account_then_it_does_not_trade(tmp_path: Path) -> None:
    """The journal's lock here; the gateway's "somebody else has it now" halts, and goes on watching."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            with pytest.raises(JournalUnusable):
                Bench(tmp_path)
            await bench.say(ONE)

            async def taken() -> GatewayNote:
                return GatewayNote(fence=9, holds=False)

            setattr(bench.terminal, "ledger_note", taken)  # noqa: B010
            await asyncio.sleep(40)
            assert bench.desk.trading is TradingState.HALTED
            await bench.say("BUY GBPUSD NOW\nSL 1.2600\nTP 1.2900")
            assert len(bench.truth) == 1
            await bench.quote("EURUSD", 1.0790, wait=3)
            assert bench.states == [CLOSED]

    simulated(story)


@pytest.mark.parametrize(
    "what", [{"symbol": "GBPUSD"}, {"type": mt.ORDER_TYPE_SELL}, {"volume": 5.0}], ids=["symbol", "side", "volume"]
)
@BOTH
def test_d24_order_when_another_program_uses_our_magic_then_told_and_not_adopted(
    paper: PaperSettings, what: dict[str, object], tmp_path: Path
) -> None:
    """While ours is on its way and unknown: what differs in symbol, side or volume is not ours."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[LoseRequest()], paper=paper) as bench:
            await bench.say(ONE)
            copy = {
                "action": mt.TRADE_ACTION_DEAL, "symbol": "EURUSD", "type": mt.ORDER_TYPE_BUY, "volume": 0.01,
                "magic": bench.legs[0].magic, "type_filling": mt.ORDER_FILLING_FOK,
            } | what  # fmt: skip
            await bench.paper.order_send(copy)
            await asyncio.sleep(60)
            assert bench.codes.count("foreign-magic") == 1
            assert bench.states == [UNKNOWN]
            assert not bench.told(e.LegOpened)

    simulated(story)


def test_d24_position_when_somebody_else_trades_the_symbol_then_nothing_is_closed_that_is_not_ours(
    tmp_path: Path,
) -> None:
    """Netting: a sale by hand that is not accounted for yet holds every close back until it is (never reversed)."""

    async def story() -> None:
        async with Bench(tmp_path, paper=NETTING) as bench:
            call = await bench.say(TWO)
            bench.terminal.is_blind = True  # the sale is not seen by comparing
            await by_hand(bench, mt.ORDER_TYPE_SELL, float(bench.legs[0].volume))
            dispatcher, before = bench.engine._dispatcher, len(bench.terminal.calls)
            compare = bench.engine._watching.compare
            setattr(bench.engine._watching, "compare", _nothing)  # noqa: B010
            bench.terminal.is_blind = False
            await bench.press(c.CloseTrade, signal=first_signal(call), wait=20)
            assert len(bench.terminal.calls) == before
            assert dispatcher.in_flight == frozenset()
            setattr(bench.engine._watching, "compare", compare)  # noqa: B010
            await asyncio.sleep(60)
            assert bench.states == [CLOSED, CLOSED]
            assert not await bench.positions()
            await agreed(bench)

    simulated(story)


async def _nothing(**_: Any) -> None:
    return None
