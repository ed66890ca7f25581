"""Margin, profit, swap and stop-out by every mode an instrument or an account may have."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import money
from signalos_tui.execute.paper.instruments import Instrument, Session
from signalos_tui.execute.paper.money import LegMargin
from signalos_tui.execute.structs import SymbolInfo
from tests.execute.paper_kit import MONDAY, QUICK, Bench

BUY, SELL = mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL
DAY = 86_400_000
SPEC = SymbolInfo(
    name="THING", digits=2, point=0.01, trade_tick_size=0.05, trade_contract_size=10.0, trade_mode=4, trade_exemode=2,
    filling_mode=3, order_mode=127, expiration_mode=15, volume_min=0.01, volume_max=100.0, volume_step=0.01,
    currency_base="USD", currency_profit="USD", currency_margin="USD", margin_hedged=10.0, trade_face_value=1000.0,
)  # fmt: skip


def thing(mode: int, *, tick_price: float = 0.0, rate: float = 1.0, **spec: Any) -> Instrument:
    return Instrument(replace(SPEC, trade_calc_mode=mode, **spec), Session.WEEK, 100.0, rate, tick_price)


def bench_with(instrument: Instrument, bid: float = 200.0, ask: float = 200.0, **settings: Any) -> Bench:
    bench = Bench(replace(QUICK, instruments=(instrument,), **settings))
    bench.quote("THING", bid, ask)
    return bench


@pytest.mark.parametrize(
    ("instrument", "margin"),
    [
        (thing(mt.SYMBOL_CALC_MODE_FOREX), 2 * 10 / 100),
        (thing(mt.SYMBOL_CALC_MODE_FOREX_NO_LEVERAGE), 2 * 10),
        (thing(mt.SYMBOL_CALC_MODE_CFD), 2 * 10 * 200),
        (thing(mt.SYMBOL_CALC_MODE_CFDLEVERAGE), 2 * 10 * 200 / 100),
        (thing(mt.SYMBOL_CALC_MODE_CFDINDEX), 2 * 10 * 200),
        (thing(mt.SYMBOL_CALC_MODE_CFDINDEX, tick_price=0.1), 2 * 10 * 200 * 0.1 / 0.05),
        (thing(mt.SYMBOL_CALC_MODE_FUTURES, margin_initial=650.0), 2 * 650),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_FUTURES, margin_initial=650.0), 2 * 650),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_FUTURES_FORTS, margin_initial=650.0), 2 * 650),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_STOCKS), 2 * 10 * 200),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_STOCKS_MOEX), 2 * 10 * 200),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_BONDS), 2 * 10 * 1000 * 200 / 100),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_BONDS_MOEX), 2 * 10 * 1000 * 200 / 100),
        (thing(mt.SYMBOL_CALC_MODE_SERV_COLLATERAL), 0.0),
        (thing(mt.SYMBOL_CALC_MODE_CFD, rate=1.5), 2 * 10 * 200 * 1.5),
        (thing(mt.SYMBOL_CALC_MODE_CFDLEVERAGE, margin_initial=500.0), 2 * 500 / 100),
        (thing(mt.SYMBOL_CALC_MODE_FOREX, margin_initial=10.0), 2 * 10 / 100),
    ],
)
def test_margin_is_what_the_calculation_mode_says(instrument: Instrument, margin: float) -> None:
    """Two lots at 200, a contract of 10, leverage 100; an initial margin stands in for contract and price."""
    assert money.margin(instrument, BUY, 2.0, 200.0, 100) == pytest.approx(margin)


@pytest.mark.parametrize(("side", "price", "less"), [(BUY, 190.0, 20.0), (SELL, 190.0, 0.0), (SELL, 205.0, 10.0)])
def test_forts_lends_more_to_whoever_trades_at_the_better_side_of_clearing(
    side: int, price: float, less: float
) -> None:
    """Discount: lots times the distance from the clearing price in ticks, times the tick's price."""
    instrument = thing(
        mt.SYMBOL_CALC_MODE_EXCH_FUTURES_FORTS, margin_initial=650.0, session_price_settlement=200.0, tick_price=0.05
    )
    assert money.margin(instrument, side, 2.0, price, 100) == pytest.approx(2 * 650.0 - less)


def test_a_position_that_is_held_binds_the_maintenance_margin() -> None:
    instrument = thing(mt.SYMBOL_CALC_MODE_EXCH_FUTURES, margin_initial=650.0, margin_maintenance=400.0)
    assert money.margin(instrument, BUY, 1.0, 200.0, 100) == 650.0
    assert money.margin(instrument, BUY, 1.0, 200.0, 100, is_held=True) == 400.0


@pytest.mark.parametrize("mode", [mt.SYMBOL_CALC_MODE_EXCH_OPTIONS, mt.SYMBOL_CALC_MODE_EXCH_OPTIONS_MARGIN, 99])
async def test_what_has_no_formula_cannot_be_traded(mode: int) -> None:
    with pytest.raises(LookupError, match=f"calculation mode {mode}"):
        money.margin(thing(mode), BUY, 1.0, 200.0, 100)
    bench = bench_with(thing(mode))
    assert (await bench.deal("THING", BUY, 1.0)).retcode == mt.TRADE_RETCODE_TRADE_DISABLED
    assert await bench.terminal.order_calc_margin(BUY, "THING", 1.0, 200.0) is None


@pytest.mark.parametrize(
    ("instrument", "profit"),
    [
        (thing(mt.SYMBOL_CALC_MODE_CFD), 2 * 10 * 3.0),
        (thing(mt.SYMBOL_CALC_MODE_CFDINDEX), 2 * 10 * 3.0),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_STOCKS), 2 * 10 * 3.0),
        (thing(mt.SYMBOL_CALC_MODE_FUTURES, tick_price=0.1), 2 * 3.0 * 0.1 / 0.05),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_FUTURES_FORTS, tick_price=0.1), 2 * 3.0 * 0.1 / 0.05),
        (thing(mt.SYMBOL_CALC_MODE_EXCH_BONDS), 2 * 10 * 1000 * 3.0 / 100),
        (thing(mt.SYMBOL_CALC_MODE_SERV_COLLATERAL), 0.0),
    ],
)
def test_profit_is_what_the_calculation_mode_says(instrument: Instrument, profit: float) -> None:
    assert money.profit(instrument, BUY, 2.0, 200.0, 203.0) == pytest.approx(profit)
    assert money.profit(instrument, SELL, 2.0, 200.0, 203.0) == pytest.approx(-profit)


async def test_a_future_is_valued_and_closed_by_its_tick() -> None:
    """Also by the quick estimate that decides about the stop-out."""
    bench = bench_with(thing(mt.SYMBOL_CALC_MODE_FUTURES, tick_price=0.1, margin_initial=100.0))
    ticket = await bench.buy("THING", 2.0)
    bench.quote("THING", 203.0, 203.0)
    assert (await bench.position(ticket)).profit == 12.0
    assert bench.terminal._dealer.floating == pytest.approx(12.0)
    info = await bench.terminal.symbol_info("THING")
    assert info is not None
    assert info.trade_tick_value == 0.1
    await bench.close(ticket)
    assert await bench.balance() == 10_012.0


def test_covered_lots_bind_the_hedged_contract_or_the_hedged_money() -> None:
    long, short = LegMargin(3.0, 3300.0), LegMargin(1.0, 1100.0)
    contract = replace(SPEC, margin_hedged=5.0)  # half a contract of 10
    assert money.hedged(contract, long, short) == pytest.approx(2200.0 + 550.0)
    initial = replace(SPEC, margin_initial=1100.0, margin_hedged=275.0)  # a quarter of the money
    assert money.hedged(initial, long, short) == pytest.approx(2200.0 + 275.0)
    assert money.hedged(replace(SPEC, margin_hedged=0.0), long, short) == pytest.approx(2200.0)
    assert money.hedged(replace(SPEC, margin_hedged_use_leg=True), long, short) == 3300.0


@pytest.mark.parametrize(
    ("mode", "night"),
    [
        (mt.SYMBOL_SWAP_MODE_DISABLED, 0.0),
        (mt.SYMBOL_SWAP_MODE_POINTS, -3.0 * 0.01 * 10 * 2),
        (mt.SYMBOL_SWAP_MODE_CURRENCY_SYMBOL, -3.0 * 2),
        (mt.SYMBOL_SWAP_MODE_CURRENCY_MARGIN, -3.0 * 2),
        (mt.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, -3.0 * 2),
        (mt.SYMBOL_SWAP_MODE_INTEREST_CURRENT, 210.0 * 10 * 2 * -0.03 / 360),
        (mt.SYMBOL_SWAP_MODE_INTEREST_OPEN, 200.0 * 10 * 2 * -0.03 / 360),
        (99, 0.0),
    ],
)
async def test_a_night_costs_what_the_swap_mode_says(mode: int, night: float) -> None:
    bench = bench_with(thing(mt.SYMBOL_CALC_MODE_CFDLEVERAGE, swap_mode=mode, swap_long=-3.0, swap_rollover3days=3))
    ticket = await bench.buy("THING", 2.0)
    bench.quote("THING", 210.0, 210.0)
    bench.clock.at = MONDAY + DAY
    assert (await bench.position(ticket)).swap == pytest.approx(round(night, 2))


async def test_swap_in_the_deposits_currency_is_not_converted() -> None:
    spec: dict[str, Any] = {
        "swap_mode": mt.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT,
        "swap_long": -3.0,
        "currency_profit": "JPY",
    }
    bench = bench_with(thing(mt.SYMBOL_CALC_MODE_CFDLEVERAGE, **spec), currency="EUR")
    ticket = await bench.buy("THING", 1.0)
    bench.clock.at = MONDAY + DAY
    assert (await bench.position(ticket)).swap == -3.0


@pytest.mark.parametrize(
    ("mode", "side", "days", "reopened"),
    [
        (mt.SYMBOL_SWAP_MODE_REOPEN_CURRENT, BUY, 1, 210.0 + 0.05),
        (mt.SYMBOL_SWAP_MODE_REOPEN_CURRENT, SELL, 1, 210.2 + 0.02),
        (mt.SYMBOL_SWAP_MODE_REOPEN_BID, SELL, 1, 210.0 + 0.02),
        (mt.SYMBOL_SWAP_MODE_REOPEN_CURRENT, BUY, 3, 210.0 + 0.05 + 0.05 + 0.15),
    ],
)
async def test_some_brokers_charge_nights_by_opening_the_position_anew(
    mode: int, side: int, days: int, reopened: float
) -> None:
    """Another ticket, the same identifier, a price that is worse by the points of the night."""
    spec: dict[str, Any] = {"swap_mode": mode, "swap_long": -5.0, "swap_short": 2.0, "swap_rollover3days": 3}
    bench = bench_with(thing(mt.SYMBOL_CALC_MODE_CFDLEVERAGE, **spec))
    ticket = bench.done(await bench.deal("THING", side, 2.0, sl=100.0 if side == BUY else 300.0, magic=8))
    bench.quote("THING", 210.0, 210.2)
    for day in range(1, days + 1):
        bench.clock.at = MONDAY + day * DAY
        await bench.positions()
    (position,) = await bench.positions()
    assert (position.identifier, position.volume, position.magic, position.swap) == (ticket, 2.0, 8, 0.0)
    assert position.ticket != ticket
    assert position.sl
    if days == 1:
        assert position.price_open == pytest.approx(reopened)
    deals = await bench.terminal.history_deals_of(ticket)
    assert deals is not None
    assert [(deal.entry, deal.reason) for deal in deals[1:]] == [(1, 7), (0, 7)] * days
    assert (await bench.close(position.ticket)).retcode == 10009


async def test_stop_out_in_money_looks_at_the_free_margin() -> None:
    settings = {"stop_out_mode": mt.ACCOUNT_STOPOUT_MODE_MONEY, "stop_out": 100.0, "margin_call": 200.0}
    bench = bench_with(thing(mt.SYMBOL_CALC_MODE_CFDLEVERAGE), balance=1_000.0, **settings)
    await bench.buy("THING", 4.0)  # 80 of margin, 40 a unit of price
    account = await bench.terminal.account_info()
    assert account is not None
    assert (account.margin_so_mode, account.margin_so_so, account.margin_so_call) == (1, 100.0, 200.0)
    bench.quote("THING", 180.0, 180.0)  # 800 lost: 200 of equity, 120 free
    assert len(await bench.positions()) == 1
    bench.quote("THING", 179.0, 179.0)  # 80 free
    assert await bench.positions() == ()
    assert (await bench.last_deal()).reason == mt.DEAL_REASON_SO


async def test_credit_counts_as_money_and_is_not_balance() -> None:
    bench = bench_with(thing(mt.SYMBOL_CALC_MODE_CFDLEVERAGE), balance=100.0)
    bench.terminal.operate(500.0, mt.DEAL_TYPE_CREDIT, "Bonus credit")
    bench.terminal.operate(-30.0, comment="Withdrawal")
    account = await bench.terminal.account_info()
    assert account is not None
    assert (account.balance, account.credit, account.equity, account.margin_free) == (70.0, 500.0, 570.0, 570.0)
    deals = await bench.deals()
    told = [(deal.type, deal.profit, deal.order, deal.symbol, deal.volume, deal.comment) for deal in deals]
    assert told == [
        (mt.DEAL_TYPE_BALANCE, 100.0, 0, "", 0.0, ""),
        (mt.DEAL_TYPE_CREDIT, 500.0, 0, "", 0.0, "Bonus credit"),
        (mt.DEAL_TYPE_BALANCE, -30.0, 0, "", 0.0, "Withdrawal"),
    ]
    with pytest.raises(ValueError, match="kind was 0"):
        bench.terminal.operate(1.0, mt.DEAL_TYPE_BUY)


@given(
    mode=st.sampled_from(sorted(money.TRADABLE)),
    lots=st.integers(1, 10_000),
    price=st.floats(0.01, 1e6),
    move=st.floats(-0.5, 0.5),
    initial=st.sampled_from([0.0, 100_000.0]),
)
def test_whatever_the_mode_money_is_a_number_and_adds_up(
    mode: int, lots: int, price: float, move: float, initial: float
) -> None:
    """Margin is never below nothing, profit is the mirror of the other side's, and both are linear in the volume."""
    instrument, volume, end = thing(mode, margin_initial=initial), lots / 100, price * (1 + move)
    margin = money.margin(instrument, BUY, volume, price, 100)
    assert margin >= 0
    assert 2 * margin == pytest.approx(money.margin(instrument, BUY, 2 * volume, price, 100))
    gain = money.profit(instrument, BUY, volume, price, end)
    assert gain == pytest.approx(-money.profit(instrument, SELL, volume, price, end))
    assert gain == pytest.approx(money.profit(instrument, BUY, 1.0, 0.0, 1.0) * (end - price) * volume, abs=1e-6)
