"""What the doctor says of a MetaTrader 5: each fault by itself, with its remedy, from what a terminal showed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.clock import FrozenClock, LoopClock
from signalos_tui.commands.venue_checks import Moved, Seen, findings, look
from signalos_tui.config import Config, Risk, Rules, Terminal
from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper import PaperSettings, PaperTerminal
from tests.engine.kit import simulated

CLOCK = FrozenClock()
HOUR_MS = 3_600_000
CONFIG = Config(rules=Rules(allow=("XAUUSD", "EURUSD")))


@pytest.fixture
async def sound() -> Seen:
    """A terminal on which everything is as it should be."""
    terminal = PaperTerminal(None, CLOCK, PaperSettings(suffix="m"))
    for symbol, bid in (("EURUSD", 1.085), ("XAUUSD", 2340.0), ("GBPUSD", 1.27)):
        terminal.apply(FeedTick(CLOCK.now(), symbol, bid, bid + 0.0001))
    seen = Seen(
        await terminal.terminal_info(),
        await terminal.account_info(),
        await terminal.symbols_get(),
        moved=Moved("EURUSDm", CLOCK.now() + 3 * HOUR_MS - 400, CLOCK.now()),
        skew_ms=12,
    )
    assert seen.account is not None
    return seen


def told(seen: Seen, config: Config = CONFIG) -> dict[str, Any]:
    return {check.what: check for check in findings(seen, config)}


def wrong(seen: Seen, config: Config = CONFIG) -> Any:
    """The only thing that is wrong."""
    found = [check for check in findings(seen, config) if not check.ok]
    assert len(found) == 1, found
    assert found[0].remedy
    return found[0]


def of_account(seen: Seen, **changes: Any) -> Seen:
    assert seen.account is not None
    return replace(seen, account=replace(seen.account, **changes))


def of_terminal(seen: Seen, **changes: Any) -> Seen:
    assert seen.terminal is not None
    return replace(seen, terminal=replace(seen.terminal, **changes))


def of_symbol(seen: Seen, name: str, **changes: Any) -> Seen:
    assert seen.symbols is not None
    return replace(seen, symbols=tuple(replace(s, **changes) if s.name == name else s for s in seen.symbols))


def test_when_everything_is_right_then_nothing_is_to_mend(sound: Seen) -> None:
    seen = told(sound)
    assert all(check.ok for check in seen.values()), seen
    assert seen["clock"].seen == "the broker's is UTC+3 h"
    assert "demo money" in seen["account"].seen
    assert {"EURUSDm", "XAUUSDm"} <= seen.keys()


def test_algo_trading_when_off_then_which_button(sound: Seen) -> None:
    found = wrong(of_terminal(sound, trade_allowed=False))
    assert found.what == "algo trading"
    assert '"Algo Trading"' in found.remedy


def test_python_interface_when_disabled_then_which_box(sound: Seen) -> None:
    found = wrong(of_terminal(sound, tradeapi_disabled=True))
    assert "Python" in found.seen
    assert "external Python API" in found.remedy


def test_investor_password_when_used_then_said(sound: Seen) -> None:
    found = wrong(of_account(sound, trade_allowed=False))
    assert "investor's password" in found.seen
    assert "master password" in found.remedy


def test_broker_when_it_forbids_robots_then_said(sound: Seen) -> None:
    found = wrong(of_account(sound, trade_expert=False))
    assert "automated trading" in found.seen
    assert "Ask the broker" in found.remedy


def test_terminal_when_not_connected_then_said(sound: Seen) -> None:
    found = wrong(of_terminal(sound, connected=False))
    assert found.what == "connection"
    assert "no connection to its broker" in found.seen


@pytest.mark.parametrize("change", [{"login": 7}, {"server": "Other-Live"}])
def test_account_when_another_one_then_both_are_named(sound: Seen, change: dict[str, Any]) -> None:
    assert sound.account is not None
    wanted = f"{sound.account.server}/{sound.account.login}"
    config = replace(CONFIG, terminal=Terminal(account=wanted))
    assert told(sound, config)["account"].ok
    found = wrong(of_account(sound, **change), config)
    assert wanted in found.seen
    assert str(next(iter(change.values()))) in found.seen


@pytest.mark.parametrize("trade_mode", [mt.ACCOUNT_TRADE_MODE_REAL, 99])
def test_real_money_when_not_permitted_then_said_also_when_it_is_not_known(sound: Seen, trade_mode: int) -> None:
    seen = of_account(sound, trade_mode=trade_mode)
    assert "real money" in wrong(seen).seen
    permitted = replace(CONFIG, terminal=Terminal(demo_only=False))
    assert "real money" in told(seen, permitted)["account"].seen
    assert told(seen, permitted)["account"].ok


@pytest.mark.parametrize("mode", [mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING, mt.ACCOUNT_MARGIN_MODE_EXCHANGE])
def test_netting_when_it_is_the_account_then_what_that_means(sound: Seen, mode: int) -> None:
    seen = of_account(sound, margin_mode=mode)
    found = told(seen)["positions"]
    assert found.ok
    assert "one trade a symbol at a time" in found.seen
    assert "the engine closes at the nearer ones" in found.seen
    assert "nearer" not in told(seen, replace(CONFIG, risk=Risk(max_targets=1)))["positions"].seen


def test_symbol_when_not_there_then_the_nearest_names(sound: Seen) -> None:
    config = replace(CONFIG, rules=Rules(allow=("GBPUDS", "EURUSD")))
    found = wrong(sound, config)
    assert found.seen.startswith("GBPUDS is not there; near it are GBPUSDm")
    assert 'GBPUDS = "GBPUSDm"' in found.remedy


def test_alias_when_it_means_nothing_then_said(sound: Seen) -> None:
    found = wrong(sound, replace(CONFIG, aliases={"GOLDMINI": "XAUUSD.mini"}))
    assert '"XAUUSD.mini"' in found.seen
    assert "XAUUSDm" in found.seen


def test_clock_when_the_gateways_is_off_then_by_how_much(sound: Seen) -> None:
    found = wrong(replace(sound, skew_ms=-45_000))
    assert "45 s behind" in found.seen
    assert "time server" in found.remedy


@pytest.mark.parametrize(("off_ms", "words"), [(90_000, "90 s ahead"), (-200_000, "200 s behind")])
def test_clock_when_prices_are_stamped_off_any_time_zone_then_by_how_much(sound: Seen, off_ms: int, words: str) -> None:
    moved = Moved("EURUSDm", CLOCK.now() + 2 * HOUR_MS + off_ms, CLOCK.now())
    assert words in wrong(replace(sound, moved=moved)).seen


def test_clock_when_no_price_moves_then_nothing_is_claimed(sound: Seen) -> None:
    assert "closed, or quiet" in told(replace(sound, moved=None))["clock"].seen


def test_stops_level_when_above_the_usual_stop_then_which_key(sound: Seen) -> None:
    found = wrong(of_symbol(sound, "EURUSDm", trade_stops_level=900))
    assert found.what == "EURUSDm"
    assert "0.009" in found.seen
    assert "default_stop_pips" in found.remedy
    assert " 90 or more" in found.remedy


def test_filling_when_none_that_a_market_order_can_have_then_said(sound: Seen) -> None:
    market = {"filling_mode": mt.SYMBOL_FILLING_BOC, "trade_exemode": mt.SYMBOL_TRADE_EXECUTION_MARKET}
    found = wrong(of_symbol(sound, "XAUUSDm", **market))
    assert "filling mode" in found.seen
    assert "10030" in found.remedy
    instant = {**market, "trade_exemode": mt.SYMBOL_TRADE_EXECUTION_INSTANT}
    assert told(of_symbol(sound, "XAUUSDm", **instant))["XAUUSDm"].ok


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (mt.SYMBOL_TRADE_MODE_DISABLED, "not traded"),
        (mt.SYMBOL_TRADE_MODE_LONGONLY, "only be bought"),
        (mt.SYMBOL_TRADE_MODE_SHORTONLY, "only be sold"),
        (mt.SYMBOL_TRADE_MODE_CLOSEONLY, "only be closed"),
    ],
)
def test_symbol_when_it_cannot_be_traded_freely_then_said(sound: Seen, mode: int, words: str) -> None:
    assert words in wrong(of_symbol(sound, "XAUUSDm", trade_mode=mode)).seen


def test_terminal_when_it_does_not_answer_then_why(sound: Seen) -> None:
    found = wrong(Seen(None, None, None, "IPC timeout"))
    assert "IPC timeout" in found.seen
    assert "IPC recv" in wrong(replace(sound, symbols=None, error="IPC recv failed")).seen


def test_look_asks_a_terminal_and_changes_nothing() -> None:
    """On a terminal in this process; the first price that moves tells the broker's clock."""

    async def story() -> None:
        clock = LoopClock(asyncio.get_running_loop(), CLOCK.now())
        terminal = PaperTerminal(None, clock, PaperSettings())
        terminal.apply(FeedTick(clock.now(), "EURUSD", 1.085, 1.0851))
        before = await terminal.positions_get()
        looking = asyncio.create_task(look(terminal, Config(), clock))
        await asyncio.sleep(1)
        terminal.apply(FeedTick(clock.now(), "EURUSD", 1.0852, 1.0853))
        seen = await looking
        assert seen.moved is not None
        assert seen.moved.symbol == "EURUSD"
        assert await terminal.positions_get() == before

    simulated(story)
