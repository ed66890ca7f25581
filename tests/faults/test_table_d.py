"""Table D, executing: answers that are lost, late, false or missing, on hedging and on netting accounts.

Each row at least once, named by its number. What the gateway's own process has to do for D9, D13, D14 and D23 is tried in
tests/gateway; here stands what the engine does on its side. The rows' many variants are in tests/engine/test_terminal_fails.py
and tests/engine/test_netting.py.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.config import Send
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import PaperSettings
from signalos_tui.execute.paper.faults import AcceptLate, Fault, LoseReply, LoseRequest, Refuse, TimeOut
from signalos_tui.execute.retcodes import ATTEMPTED_BEFORE, REFUSED, REPRICED, WORKER_LOST
from signalos_tui.execute.structs import OrderSendResult
from signalos_tui.execute.terminal import Intent
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.orders import LegState
from tests.engine.kit import CONFIG, Bench, first_signal, simulated
from tests.engine.test_netting import agreed
from tests.faults.executing import BOTH, CLOSED, ONE, OPEN, SETTLED_S, TWO, UNFILLED, UNKNOWN


def once(bench: Bench) -> None:
    """No leg was accepted twice (V2)."""
    assert max(Counter(row.magic for row in bench.truth).values(), default=0) <= 1


def answering(bench: Bench, name: str, result: Any) -> None:
    """Let a method of the terminal give this from now on."""

    async def given(*_: Any, **__: Any) -> Any:
        return result

    setattr(bench.terminal, name, given)


@pytest.mark.parametrize("moment", range(1, 400, 21))
@BOTH
def test_d1_engine_when_killed_at_any_moment_then_the_next_life_agrees_with_the_broker(
    paper: PaperSettings, moment: int, tmp_path: Path
) -> None:
    """While two legs are sent and closed; tests/crash does the same with real processes, at every write and every call."""

    async def story() -> None:
        async with Bench(tmp_path, paper=paper) as bench:
            bench.is_replayed = False
            call = bench.post(TWO)
            bench.room.say(call)
            if moment % 2:
                await bench.until(lambda: bench.states == [OPEN, OPEN])
                command = c.CloseTrade(key="close", issued_at=bench.clock.now(), signal=first_signal(call))
                pressed = asyncio.create_task(bench.engine.submit(command))
            await asyncio.sleep(moment / 1000)
            await bench.kill()
            if moment % 2:
                pressed.cancel()
                await asyncio.gather(pressed, return_exceptions=True)
            now, said = bench.clock.now(), bench.room.said
        async with Bench(tmp_path, at=now + 3000, said=said, paper=paper) as bench:
            await asyncio.sleep(SETTLED_S)
            once(bench)
            assert all(one.state in (OPEN, CLOSED, UNFILLED, LegState.EXPIRED) for one in bench.legs), bench.states
            lots = sum((one.volume for one in bench.legs if one.is_open), Decimal(0))
            held = sum((Decimal(str(p.volume)) for p in await bench.positions()), Decimal(0))
            assert lots == held

    simulated(story)


@pytest.mark.parametrize("fault", [LoseReply(), TimeOut()], ids=["-10005", "10012"])
@BOTH
def test_d2_order_when_accepted_and_the_reply_is_lost_then_it_is_found_by_its_magic(
    paper: PaperSettings, fault: Fault, tmp_path: Path
) -> None:
    """UNKNOWN becomes OPEN, and nothing is sent again."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[fault], paper=paper) as bench:
            await bench.say(ONE)
            assert bench.told(e.LegUnknown)
            assert bench.states == [OPEN]
            await asyncio.sleep(SETTLED_S)
            assert len(bench.terminal.calls) == len(bench.truth) == 1

    simulated(story)


@BOTH
def test_d3_order_when_accepted_two_minutes_late_then_it_is_adopted(paper: PaperSettings, tmp_path: Path) -> None:
    """And the owner reads that it was found."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[AcceptLate(160)], paper=paper) as bench:
            await bench.say(ONE)
            await asyncio.sleep(150)
            assert bench.states == [UNKNOWN]
            await asyncio.sleep(20)
            assert bench.states == [OPEN]
            assert bench.told(e.LegOpened)[0].adopted
            assert any("adopted" in line.text for line in bench.desk.log)
            assert len(bench.terminal.calls) == 1

    simulated(story)


@BOTH
def test_d4_order_when_in_no_list_for_ten_minutes_then_given_up_told_and_later_adopted(
    paper: PaperSettings, tmp_path: Path
) -> None:
    """Never sent again."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[AcceptLate(600)], paper=paper) as bench:
            await bench.say(ONE)
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [UNFILLED]
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN]
            assert bench.told(e.LegOpened)[0].adopted
            assert len(bench.terminal.calls) == len(bench.truth) == 1

    simulated(story)


@BOTH
def test_d5_order_when_never_delivered_then_unfilled_in_words(paper: PaperSettings, tmp_path: Path) -> None:
    """A person may issue it anew, which is another leg with another magic."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[LoseRequest()], paper=paper) as bench:
            await bench.say(ONE)
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [UNFILLED]
            assert "not sent again" in bench.told(e.LegUnfilled)[0].text
            assert len(bench.terminal.calls) == 1

    simulated(story)


@pytest.mark.parametrize("code", sorted(REFUSED | REPRICED))
@BOTH
def test_d6_order_when_refused_for_certain_then_it_ends_or_is_priced_again(
    paper: PaperSettings, code: int, tmp_path: Path
) -> None:
    """Every definite code; at most a new attempt within the time, and only where the price or the filling was the matter."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(code)], paper=paper) as bench:
            await bench.say(ONE, wait=6)
            again = code in REPRICED or code == mt.TRADE_RETCODE_INVALID_FILL
            assert bench.states == [OPEN if again else LegState.REJECTED]
            assert len(bench.terminal.calls) == 1 + again
            assert str(code) in bench.told(e.LegRejected)[0].text

    simulated(story)


@pytest.mark.parametrize("is_dealt", [True, False], ids=["filled", "cancelled by the dealer"])
@BOTH
def test_d7_order_when_placed_only_then_it_stays_sent_until_proven(
    paper: PaperSettings, is_dealt: bool, tmp_path: Path
) -> None:
    """10008 is a promise."""

    async def story() -> None:
        async with Bench(tmp_path, paper=paper) as bench:
            send = bench.paper.order_send
            late: list[asyncio.Task[object]] = []

            async def placed(request: dict[str, object], intent: object = None) -> object:
                async def deal() -> object:
                    await asyncio.sleep(20)
                    return await send(request)

                if is_dealt:
                    late.append(asyncio.create_task(deal()))
                check = await bench.paper.order_check(request)
                assert check is not None
                return OrderSendResult(retcode=mt.TRADE_RETCODE_PLACED, order=99, request=check.request)

            setattr(bench.paper, "order_send", placed)  # noqa: B010
            await bench.say(ONE)
            assert bench.states == [LegState.SENT]
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN if is_dealt else UNFILLED]

    simulated(story)


@BOTH
def test_d8_order_when_filled_in_part_then_the_leg_is_what_was_dealt(paper: PaperSettings, tmp_path: Path) -> None:
    """10010: one leg, its volume from the deals."""

    async def story() -> None:
        async with Bench(tmp_path, paper=paper) as bench:
            send = bench.paper.order_send

            async def partial(request: dict[str, object], intent: object = None) -> object:
                volume = request["volume"]
                assert isinstance(volume, float)
                result = await send({**request, "volume": round(volume / 2, 2)})
                assert result is not None
                echo = replace(result.request, volume=volume)
                return replace(result, retcode=mt.TRADE_RETCODE_DONE_PARTIAL, request=echo)

            setattr(bench.paper, "order_send", partial)  # noqa: B010
            await bench.say(ONE)
            assert bench.states == [OPEN]
            assert bench.legs[0].opened < bench.legs[0].plan.volume
            await agreed(bench)

    simulated(story)


@BOTH
def test_d9_order_when_the_call_hangs_then_its_answer_counts_as_lost(paper: PaperSettings, tmp_path: Path) -> None:
    """Nobody waits longer than call_s, and what a gateway says of a worker it had to end is no answer either."""

    async def story() -> None:
        config = replace(CONFIG, send=Send(call_s=3.0))
        async with Bench(tmp_path, config=config, paper=replace(paper, latency_ms=(8000, 8000))) as bench:
            await bench.say(ONE, wait=6)
            assert bench.told(e.LegUnknown)
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN if bench.truth else UNFILLED]
            assert len(bench.terminal.calls) == 1

    simulated(story)


@pytest.mark.parametrize("code", [WORKER_LOST, ATTEMPTED_BEFORE])
@pytest.mark.parametrize("has_traded", [True, False])
@BOTH
def test_d14_order_when_the_gateway_says_attempted_and_unknown_then_it_is_looked_for(
    paper: PaperSettings, has_traded: bool, code: int, tmp_path: Path
) -> None:
    """Also D9: the worker was ended while it called. Never taken for "not sent"."""

    async def story() -> None:
        async with Bench(tmp_path, paper=paper) as bench:
            send = bench.paper.order_send

            async def lost(request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
                if has_traded:
                    await send(request, intent)
                return None

            setattr(bench.terminal, "order_send", lost)  # noqa: B010
            answering(bench, "last_error", (code, "attempted, unknown"))
            await bench.say(ONE)
            assert bench.told(e.LegUnknown)
            await asyncio.sleep(SETTLED_S)
            assert bench.states == [OPEN if has_traded else UNFILLED]
            assert len(bench.told(e.LegSending)) == 1

    simulated(story)


@BOTH
def test_d10_absence_when_the_terminal_is_at_another_account_then_it_proves_nothing(
    paper: PaperSettings, tmp_path: Path
) -> None:
    """In mid-flight, and for as long as it stays there."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Fault(), LoseRequest()], paper=paper) as bench:
            await bench.say(TWO)
            bench.terminal.other_login = 77
            await asyncio.sleep(2 * SETTLED_S)
            assert bench.states == [OPEN, UNKNOWN]
            assert not bench.told(e.LegClosed)
            bench.terminal.other_login = 0
            await asyncio.sleep(60)
            assert bench.states == [OPEN, UNFILLED]

    simulated(story)


@BOTH
def test_d11_absence_when_the_view_is_frozen_then_it_proves_nothing(paper: PaperSettings, tmp_path: Path) -> None:
    """It says that it is connected, every list is answered, and nothing in it moves: a cache (R4)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[LoseRequest()], paper=paper) as bench:
            await bench.say(ONE)
            assert bench.states == [UNKNOWN]
            inner = bench.terminal
            frozen = {
                "positions_get": await inner.positions_get(),
                "orders_get": await inner.orders_get(),
                "history_orders_get": await inner.history_orders_get(0, 1 << 40),
                "history_deals_get": await inner.history_deals_get(0, 1 << 40),
                "symbol_info_tick": await inner.symbol_info_tick("EURUSD"),
                "account_info": await inner.account_info(),
            }
            for name, result in frozen.items():
                answering(bench, name, result)
            await asyncio.sleep(3 * SETTLED_S)
            assert bench.states == [UNKNOWN]
            for name in frozen:
                delattr(inner, name)
            await asyncio.sleep(60)
            assert bench.states == [UNFILLED]

    simulated(story)


@pytest.mark.parametrize("name", ["positions_get", "orders_get", "history_orders_get", "history_deals_get"])
@BOTH
def test_d12_list_when_it_failed_then_it_is_not_empty(paper: PaperSettings, name: str, tmp_path: Path) -> None:
    """None is an error and () is nothing; each of the four lists alone keeps a leg from being given up."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[LoseRequest()], paper=paper) as bench:
            await bench.say(ONE)
            answering(bench, name, None)
            await asyncio.sleep(2 * SETTLED_S)
            assert bench.states == [UNKNOWN]
            delattr(bench.terminal, name)
            await asyncio.sleep(60)
            assert bench.states == [UNFILLED]

    simulated(story)


@BOTH
def test_d13_requests_when_sent_then_each_has_an_id_that_is_never_used_twice(
    paper: PaperSettings, tmp_path: Path
) -> None:
    """What lets a gateway call once for an id, whoever repeats the frame (R6). The same attempt keeps its id."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(10004)], paper=paper) as bench:
            intents: list[Intent] = []
            send = bench.terminal.order_send

            async def noted(request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
                assert intent is not None
                intents.append(intent)
                return await send(request, intent)

            setattr(bench.terminal, "order_send", noted)  # noqa: B010
            call = await bench.say(TWO)
            await bench.press(c.CloseTrade, signal=first_signal(call), wait=10)
            assert bench.states == [CLOSED, CLOSED]
            ids = [intent.id for intent in intents]
            assert len(set(ids)) == len(ids) == 5
            assert ids[:3] == [f"{bench.legs[0].id}/1", f"{bench.legs[0].id}/2", f"{bench.legs[1].id}/1"]
            assert all("~" in name and "/" not in name.rpartition("~")[2].partition("/")[0] for name in ids[3:])
            assert [intent.at for intent in intents[:3]] == [
                bench.legs[n].intent_at for n in (0, 0, 1)
            ]  # an old intent is an old one, however often it is tried

    simulated(story)
