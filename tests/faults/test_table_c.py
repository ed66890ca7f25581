"""Table C, deciding: what is stale, ambiguous, too small, too much or somebody else's account is not traded, with the reason."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.config import Rules
from signalos_tui.evaluate.symbols import resolve
from signalos_tui.execute.constants import SYMBOL_TRADE_MODE_DISABLED
from signalos_tui.execute.paper.faults import Delay, LoseReply, LoseRequest, Refuse
from signalos_tui.execute.structs import SymbolInfo
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.orders import LegState
from tests.engine.kit import BEGINS, CALL, CONFIG, GOLD, PAPER, Bench, simulated
from tests.evaluate.test_sizing import sized

ONE = "BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"
DENIED, HELD, ACCEPTED = DecisionOutcome.DENIED, DecisionOutcome.HELD, DecisionOutcome.ACCEPTED


def decided(bench: Bench) -> list[DecisionOutcome]:
    """What became of every signal so far, in order."""
    return [event.decision.outcome for event in bench.told(e.SignalDecided)]


def why(bench: Bench) -> str:
    """The reasons of the last decision."""
    return "; ".join(reason.text for reason in bench.told(e.SignalDecided)[-1].decision.reasons)


@pytest.mark.parametrize("age_s", [31, 600, 86_400])
def test_c1_message_when_older_than_it_may_be_then_shown_and_never_sent(age_s: float, tmp_path: Path) -> None:
    """A backlog after a restart is read, decided as stale, and nothing leaves the house."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(ONE, age_s=age_s)
            assert decided(bench) == [DENIED]
            assert str(age_s) in why(bench).replace(",", "").replace(" ", "") or "old" in why(bench)
            assert not bench.terminal.calls
            assert not bench.truth

    simulated(story)


def test_c1_backlog_when_the_engine_was_away_then_only_the_fresh_post_is_traded(tmp_path: Path) -> None:
    """Two posts wait at the start, one from an hour ago and one from this second."""

    async def story() -> None:
        async with Bench(tmp_path) as first:
            old = first.post(ONE)
        later = BEGINS + 3_600_000
        fresh = replace(old, id=2, posted_at=later, text=GOLD)
        async with Bench(tmp_path, at=later, said=[old, fresh]) as bench:
            await asyncio.sleep(3)
            assert decided(bench) == [DENIED, ACCEPTED]
            assert {row.symbol for row in bench.truth} == {"XAUUSD"}

    simulated(story)


def test_c2_symbol_when_the_broker_decorates_it_then_the_only_one_that_fits_is_traded(tmp_path: Path) -> None:
    """XAUUSD is XAUUSD.m here."""

    async def story() -> None:
        async with Bench(tmp_path, paper=replace(PAPER, suffix=".m")) as bench:
            await bench.say(GOLD)
            assert decided(bench) == [ACCEPTED]
            assert {row.symbol for row in bench.truth} == {"XAUUSD.m"}

    simulated(story)


@pytest.mark.parametrize("listed", [("XAUUSDm", "XAUUSD.pro"), ("GOLD", "XAUUSD.c"), ("XAUUSDm", "XAUUSDr")])
def test_c2_symbol_when_two_fit_then_none_is_chosen(listed: tuple[str, ...]) -> None:
    """Never the first match."""
    found = resolve("XAUUSD", listed)
    assert found.name is None
    assert not found.is_certain
    assert set(found.candidates) == set(listed)


def test_c2_symbol_when_the_broker_has_switched_it_off_then_denied(tmp_path: Path) -> None:
    """A name that fits is no use when it may not be traded."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            symbol_info = bench.terminal.symbol_info

            async def disabled(symbol: str) -> SymbolInfo | None:
                info = await symbol_info(symbol)
                return replace(info, trade_mode=SYMBOL_TRADE_MODE_DISABLED) if info else None

            setattr(bench.terminal, "symbol_info", disabled)  # noqa: B010 (mypy: it is a method's place)
            await bench.say(ONE)
            assert decided(bench) == [DENIED]
            assert "EURUSD" in why(bench)
            assert not bench.terminal.calls

    simulated(story)


@given(
    loss=st.decimals(min_value="1", max_value="5000", places=2),
    step=st.sampled_from(["0.01", "0.1", "1"]),
    smallest=st.sampled_from(["0.01", "0.1", "1"]),
    count=st.integers(1, 5),
)
def test_c3_volume_then_rounded_down_on_the_step_and_never_lifted_to_the_smallest(
    loss: Decimal, step: str, smallest: str, count: int
) -> None:
    """What the risk does not pay for is not traded; below the smallest lot it is refused in words."""
    from tests.evaluate.cases import ACCOUNT
    from tests.evaluate.cases import GOLD as SPEC

    spec = replace(SPEC, volume_step=Decimal(step), volume_min=Decimal(smallest))
    made = sized(count, loss=str(loss), spec=spec)
    if made.plan is None:
        assert made.reasons
        return
    assert made.risk is not None
    assert made.risk <= ACCOUNT.equity / 100
    for leg in made.plan.legs:
        assert leg.volume % Decimal(step) == 0
        assert leg.volume >= Decimal(smallest)


@pytest.mark.parametrize("way", ["prices stop", "no tick", "no account"])
def test_c4_price_or_account_when_stale_or_missing_then_nothing_is_sized(way: str, tmp_path: Path) -> None:
    """No figure that is older than it may be goes into a plan."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await asyncio.sleep(2)

            async def nothing(*_: object) -> None:
                return None

            match way:
                case "prices stop":
                    bench.prices.clear()
                    await asyncio.sleep(25)
                case "no tick":
                    setattr(bench.terminal, "symbol_info_tick", nothing)  # noqa: B010
                case _:
                    setattr(bench.terminal, "account_info", nothing)  # noqa: B010
            await bench.say(ONE)
            assert decided(bench) == [DENIED]
            assert why(bench)
            assert not bench.terminal.calls

    simulated(story)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 0.0, 1e308])
@pytest.mark.parametrize("function", ["order_calc_profit", "order_calc_margin"])
def test_c5_figure_when_no_number_then_denied(function: str, value: float, tmp_path: Path) -> None:
    """The terminal computes money; an answer that cannot be money is no answer."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:

            async def broken(*_: object) -> float:
                return value

            setattr(bench.terminal, function, broken)
            await bench.say(ONE)
            if (function, value) == ("order_calc_margin", 0.0):
                return  # an account without margin is one that some brokers have
            assert decided(bench) == [DENIED]
            assert not bench.terminal.calls

    simulated(story)


@pytest.mark.parametrize("field", ["balance", "equity", "margin_free"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_c5_account_when_its_money_is_no_number_then_denied(field: str, value: float, tmp_path: Path) -> None:
    """An account without figures is no account."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            inner = bench.terminal.account_info

            async def broken() -> Any:
                info = await inner()
                return replace(info, **{field: value}) if info else None

            setattr(bench.terminal, "account_info", broken)  # noqa: B010
            await bench.say(ONE)
            assert decided(bench) == [DENIED]
            assert not bench.terminal.calls

    simulated(story)


@pytest.mark.parametrize("field", ["bid", "ask"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 0.0, -1.0])
def test_c5_quote_when_no_number_then_denied(field: str, value: float, tmp_path: Path) -> None:
    """A price of nothing is no price."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            inner = bench.terminal.symbol_info_tick

            async def broken(symbol: str) -> Any:
                tick = await inner(symbol)
                return replace(tick, **{field: value}) if tick else None

            setattr(bench.terminal, "symbol_info_tick", broken)  # noqa: B010
            await bench.say(ONE)
            assert decided(bench) == [DENIED]
            assert not bench.terminal.calls

    simulated(story)


def test_c6_trade_when_called_twice_then_the_cap_counts_both(tmp_path: Path) -> None:
    """Another call for the same market, other levels: the owner's cap for one symbol decides."""
    config = replace(CONFIG, rules=replace(CONFIG.rules, max_open_per_symbol=1))

    async def story() -> None:
        async with Bench(tmp_path, config=config) as bench:
            await bench.say(ONE)
            await bench.say("BUY EURUSD NOW\nSL 1.0790\nTP 1.0920")
            assert decided(bench) == [ACCEPTED, DENIED]
            assert len(bench.truth) == 1

    simulated(story)


@pytest.mark.parametrize("fault", [LoseReply(), LoseRequest()])
def test_c7_caps_when_one_order_is_unknown_then_it_counts_as_filled(fault: Any, tmp_path: Path) -> None:
    """Three calls at once, the first one's answer lost: the cap of two holds, whatever became of it (R11)."""
    config = replace(CONFIG, rules=replace(CONFIG.rules, max_open_trades=2))
    calls = [ONE, "SELL GBPUSD NOW\nSL 1.2790\nTP 1.2600", "SELL XAUUSD NOW\nSL 2360\nTP 2330"]

    async def story() -> None:
        async with Bench(tmp_path, config=config, faults=[fault]) as bench:
            for text in calls:
                await bench.say(text, wait=0)
            await asyncio.sleep(5)
            assert decided(bench) == [ACCEPTED, ACCEPTED, DENIED]
            assert LegState.UNKNOWN in bench.states or len(bench.truth) == 2

    simulated(story)


def test_c8_market_when_closed_then_refused_once_and_not_tried_again(tmp_path: Path) -> None:
    """10018 is definite: no loop, and nothing is sent when the market opens again."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(10018)]) as bench:
            await bench.say(ONE)
            assert bench.states == [LegState.REJECTED]
            await asyncio.sleep(600)
            assert len(bench.terminal.calls) == 1
            assert not bench.truth

    simulated(story)


@pytest.mark.parametrize("after_ms", [0, 1, 2, 5, 20, 60, 110, 400, 900, 2_500, 5_200])
def test_c9_switch_when_thrown_at_any_moment_then_nothing_new_is_sent_after_it(after_ms: int, tmp_path: Path) -> None:
    """Whatever was on its way is settled by looking; the bench refuses every send that begins after the commit."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Delay(2.0), Delay(2.0)]) as bench:
            await bench.say(CALL, wait=after_ms / 1000)
            await bench.stop(wait=0)
            stopped = next(r.at for r in bench.records if isinstance(r.event, e.TradingStateChanged))
            await asyncio.sleep(600)
            sent = [r.at for r in bench.records if isinstance(r.event, e.LegSending)]
            assert all(at <= stopped for at in sent)
            assert all(state in (LegState.OPEN, LegState.EXPIRED, LegState.REJECTED) for state in bench.states)
            assert len(bench.truth) == bench.states.count(LegState.OPEN)

    simulated(story)


@pytest.mark.parametrize(
    "change",
    [1_772_953_200_000, 1_793_512_800_000],
    ids=["New York goes to summer time", "New York goes back to winter time"],
)
def test_c10_clock_of_the_broker_when_it_jumps_by_an_hour_then_prices_keep_their_age(
    change: int, tmp_path: Path
) -> None:
    """Its offset is measured from ticks: calls before and after the change are both fresh, and an old price stays old."""

    async def story() -> None:
        async with Bench(tmp_path, at=change - 120_000) as bench:
            await asyncio.sleep(5)
            await bench.say(ONE)
            assert decided(bench) == [ACCEPTED]
            await asyncio.sleep((change - bench.clock.now()) / 1000 + 30)
            await bench.say("SELL GBPUSD NOW\nSL 1.2790\nTP 1.2600")
            assert decided(bench) == [ACCEPTED, ACCEPTED]
            bench.prices.clear()
            await asyncio.sleep(60)
            await bench.say("SELL XAUUSD NOW\nSL 2360\nTP 2330")
            assert decided(bench) == [ACCEPTED, ACCEPTED, DENIED]

    simulated(story)


def test_c11_account_when_it_is_another_one_then_nothing_is_sent_and_nothing_is_believed(tmp_path: Path) -> None:
    """The terminal logs in elsewhere in the middle of a trade: its empty list proves nothing, and nothing new is sent."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(ONE)
            assert bench.states == [LegState.OPEN]
            bench.terminal.other_login = 4711
            calls = len(bench.terminal.calls)
            await bench.say("SELL GBPUSD NOW\nSL 1.2790\nTP 1.2600", wait=60)
            assert decided(bench)[-1] is DENIED
            assert bench.states == [LegState.OPEN]
            await bench.press(c.CloseTrade, signal=bench.trade.signal)
            assert len(bench.terminal.calls) == calls

    simulated(story)


def test_c11_account_when_the_terminal_starts_with_another_one_then_the_engine_does_not_start(tmp_path: Path) -> None:
    """A journal belongs to one account."""

    async def story() -> None:
        async with Bench(tmp_path):
            pass
        bench = Bench(tmp_path)
        bench.terminal.other_login = 4711
        with pytest.raises(Exception, match="4711"):
            await bench.__aenter__()
        await bench.kill()
        bench.paper.close()
        bench.journal.close()

    simulated(story)


def test_rules_then_their_defaults_are_what_this_table_relies_on() -> None:
    """The oldest post that is traded, by default."""
    assert Rules().max_age_s == 30
