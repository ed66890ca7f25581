"""An alert that closes a trade and opens the other way, where accounts have one position, or the owner wants one, a symbol."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.collect.webhook.alerts import alert_of, opened
from signalos_tui.config import Config
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.faults import Fault, LoseReply, LoseRequest, Refuse
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.orders import LegState
from tests.engine.kit import CONFIG, PAPER, Bench, simulated

NETTING = replace(PAPER, margin_mode=0)
ONE_A_SYMBOL = replace(CONFIG, rules=replace(CONFIG.rules, max_open_per_symbol=1))
ONE = replace(CONFIG, rules=replace(CONFIG.rules, max_open_trades=1))


def posts(**fields: str) -> tuple[str, ...]:
    """What the webhook makes of an alert."""
    return alert_of(opened(json.dumps({"token": "x" * 30, "ticker": "EURUSD", **fields}).encode())).posts


LONG = posts(action="buy", market_position="long", prev_market_position="flat", sl="1.0800", tp="1.0900")
SHORT = posts(action="sell", market_position="short", prev_market_position="long", sl="1.0900", tp="1.0800")


async def _hear(bench: Bench, alert: tuple[str, ...], wait: float) -> None:
    for text in alert:
        bench.room.say(bench.post(text))
    await asyncio.sleep(wait)


@pytest.mark.parametrize(
    ("config", "paper"),
    [(CONFIG, PAPER), (ONE_A_SYMBOL, PAPER), (ONE, PAPER), (CONFIG, NETTING), (ONE_A_SYMBOL, NETTING)],
    ids=["any", "one a symbol", "one", "netting", "netting, one a symbol"],
)
def test_trade_when_an_alert_turns_it_round_then_closed_and_opened_the_other_way(
    tmp_path: Path, config: Config, paper: object
) -> None:
    """docs/sources.md promises it; on a netting account the one comes strictly after the other."""

    async def story() -> None:
        async with Bench(tmp_path, config=config, paper=paper) as bench:  # type: ignore[arg-type]
            await _hear(bench, LONG, 120)
            await _hear(bench, SHORT, 10)
            (position,) = await bench.positions()
            assert position.type == mt.POSITION_TYPE_SELL
            assert bench.states == [LegState.CLOSED, LegState.OPEN]
            assert position.volume == float(bench.legs[1].volume)
            if paper is NETTING:
                kinds = [type(record.event) for record in bench.records]
                _, second = (place for place, kind in enumerate(kinds) if kind is e.LegSending)
                assert second > kinds.index(e.LegClosed)

    simulated(story)


@pytest.mark.parametrize(
    ("fault", "was_closed"),
    [(LoseReply(), True), (LoseRequest(), False), (Refuse(mt.TRADE_RETCODE_MARKET_CLOSED), False)],
)
def test_trade_when_its_close_is_in_doubt_on_a_netting_account_then_the_next_waits_or_is_never_sent(
    tmp_path: Path, fault: Fault, *, was_closed: bool
) -> None:
    """Sent before, it would close what the close is for, and the close would open what nobody called."""

    async def story() -> None:
        async with Bench(tmp_path, paper=NETTING, faults=[Fault(), fault]) as bench:
            await _hear(bench, LONG, 120)
            volume = bench.legs[0].volume
            await _hear(bench, SHORT, 60)
            held, new = await bench.positions(), bench.legs[1]
            if was_closed:
                assert new.state is LegState.OPEN
                assert [(row.type, row.volume) for row in held] == [(mt.POSITION_TYPE_SELL, float(new.volume))]
            else:
                assert new.state is LegState.EXPIRED
                assert "the trade before it on EURUSD has not ended" in bench.told(e.LegExpired)[-1].text
                assert all((row.type, row.volume) == (mt.POSITION_TYPE_BUY, float(volume)) for row in held)

    simulated(story)


def test_trade_when_closed_and_called_again_on_a_netting_account_then_the_second_has_a_position_of_its_own(
    tmp_path: Path,
) -> None:
    """In the same direction it would join the position that is being closed, and be closed with it."""

    async def story() -> None:
        async with Bench(tmp_path, paper=NETTING) as bench:
            await _hear(bench, LONG, 120)
            again = "BUY EURUSD NOW\nSL 1.0810\nTP1 1.0930"
            await _hear(bench, ("Close EURUSD", again), 10)
            assert bench.states == [LegState.CLOSED, LegState.OPEN]
            (position,) = await bench.positions()
            assert (position.volume, position.sl) == (float(bench.legs[1].volume), 1.0810)

    simulated(story)


def test_trade_when_only_a_part_of_it_is_closed_then_it_still_counts(tmp_path: Path) -> None:
    """Half a close makes no room."""

    async def story() -> None:
        async with Bench(tmp_path, config=ONE_A_SYMBOL) as bench:
            await _hear(bench, LONG, 120)
            await _hear(bench, ("Close half EURUSD", SHORT[-1]), 10)
            assert bench.told(e.SignalDecided)[-1].decision.outcome is DecisionOutcome.DENIED
            assert len(await bench.positions()) == 1

    simulated(story)


def test_call_when_the_close_cannot_be_done_then_its_risk_still_counts(tmp_path: Path) -> None:
    """Room in number, none in money: a close that is under way is not done yet."""
    config = replace(ONE_A_SYMBOL, rules=replace(ONE_A_SYMBOL.rules, max_open_risk=CONFIG.risk.value * 3 / 2))

    async def story() -> None:
        async with Bench(tmp_path, config=config) as bench:
            await _hear(bench, LONG, 120)
            await _hear(bench, SHORT, 10)
            assert [reason.code for reason in bench.told(e.SignalDecided)[-1].decision.reasons] == ["open_risk"]

    simulated(story)
