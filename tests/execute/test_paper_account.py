"""The paper account's money: whatever is traded, the sums come out."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.instruments import CATALOGUE, Session, inferred
from signalos_tui.execute.paper.money import LegMargin, hedged, nights
from signalos_tui.execute.paper.server_time import DAY_MS, next_midnight, server_ms, utc_ms
from tests.execute.paper_kit import ALL_TIME, MONDAY, QUICK, Bench

BUY, SELL = mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL
PRICES = {"EURUSD": (1.1, 1e-5), "USDJPY": (150.0, 1e-3), "EURJPY": (165.0, 1e-3), "XAUUSD": (2000.0, 1e-2)}


async def test_a_new_account_starts_with_its_deposit() -> None:
    bench = Bench()
    (deal,) = await bench.deals()
    assert (deal.type, deal.profit, deal.order, deal.symbol) == (mt.DEAL_TYPE_BALANCE, 10_000.0, 0, "")


async def test_commission_is_paid_on_both_sides() -> None:
    bench = Bench(replace(QUICK, commission=3.5))
    bench.quote("EURUSD", 1.1, 1.1)
    ticket = await bench.buy("EURUSD", 0.1)
    assert await bench.balance() == 9_999.65
    await bench.close(ticket)
    assert await bench.balance() == 9_999.3
    assert [deal.commission for deal in (await bench.deals())[1:]] == [-0.35, -0.35]


async def test_yen_are_converted_at_the_worse_side() -> None:
    bench = Bench(replace(QUICK, currency="EUR"))
    bench.quote("EURUSD", 1.1, 1.2)
    bench.quote("XAUUSD", 2000.0, 2000.0)
    winner = await bench.buy("XAUUSD", 0.1)
    loser = await bench.sell("XAUUSD", 0.1)
    bench.quote("XAUUSD", 2012.0, 2012.0)
    assert (await bench.position(winner)).profit == 100.0  # 120 dollars at the ask
    assert (await bench.position(loser)).profit == -109.09  # 120 dollars at the bid


async def test_closing_in_parts_keeps_the_ticket_and_sums_up() -> None:
    bench = Bench()
    bench.quote("EURUSD", 1.1, 1.1)
    ticket = await bench.buy("EURUSD", 0.3, sl=1.09, magic=5)
    bench.quote("EURUSD", 1.105, 1.105)
    await bench.close(ticket, 0.1)
    position = await bench.position(ticket)
    assert (position.ticket, position.identifier, position.volume, position.sl) == (ticket, ticket, 0.2, 1.09)
    account = await bench.terminal.account_info()
    assert account is not None
    assert account.margin == 220.0
    await bench.close(ticket, 0.2)
    assert await bench.balance() == 10_150.0
    deals = await bench.terminal.history_deals_of(ticket)
    assert deals is not None
    assert [deal.volume for deal in deals] == [0.3, 0.1, 0.2]


async def test_a_hedge_binds_margin_once() -> None:
    bench = Bench()
    bench.quote("EURUSD", 1.1, 1.1)
    await bench.buy("EURUSD", 1.0)
    await bench.sell("EURUSD", 1.0)
    account = await bench.terminal.account_info()
    assert account is not None
    assert account.margin == 1100.0


def test_hedged_margin_counts_the_rest_in_full() -> None:
    spec = replace(CATALOGUE["EURUSD"].spec, margin_hedged=50_000.0)
    assert hedged(spec, LegMargin(3.0, 3300.0), LegMargin(1.0, 1100.0)) == pytest.approx(2200.0 + 550.0)
    assert hedged(spec, LegMargin(0.0, 0.0), LegMargin(1.0, 1100.0)) == 1100.0
    legwise = replace(spec, margin_hedged_use_leg=True)
    assert hedged(legwise, LegMargin(3.0, 3300.0), LegMargin(1.0, 1100.0)) == 3300.0


Step = tuple[Any, ...]
symbols = st.sampled_from(sorted(PRICES))
steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("quote"), symbols, st.integers(-800, 800), st.integers(0, 30)),
    st.tuples(st.just("open"), symbols, st.sampled_from([BUY, SELL]), st.integers(1, 40), st.integers(0, 400)),
    st.tuples(st.just("close"), st.integers(0, 9), st.integers(1, 40)),
    st.tuples(st.just("pend"), symbols, st.integers(2, 5), st.integers(1, 300)),
    st.tuples(st.just("sleep"), st.integers(1, 60 * 60 * 24 * 2)),
)


async def play(bench: Bench, step: Step) -> None:
    match step:
        case ("quote", symbol, offset, spread):
            price, point = PRICES[symbol]
            bench.quote(symbol, price + offset * point, price + (offset + spread) * point)
        case ("open", symbol, side, hundredths, stop):
            price, point = PRICES[symbol]
            away = price - (1 if side == BUY else -1) * stop * 3 * point if stop else 0.0
            await bench.deal(symbol, side, hundredths / 100, sl=away, magic=hundredths)
        case ("close", index, hundredths):
            positions = await bench.positions()
            if index < len(positions):
                position = positions[index]
                volume = min(hundredths / 100, position.volume)
                await bench.deal(position.symbol, 1 - position.type, volume, position=position.ticket)
        case ("pend", symbol, kind, points):
            price, point = PRICES[symbol]
            below = kind in (mt.ORDER_TYPE_BUY_LIMIT, mt.ORDER_TYPE_SELL_STOP)
            await bench.wait(symbol, kind, price + (-points if below else points) * point, 0.05, magic=kind)
        case ("sleep", seconds):
            bench.clock.advance(seconds * 1000)


@settings(max_examples=60)
@given(st.lists(steps, min_size=5, max_size=40), st.integers(0, 5))
async def test_whatever_is_traded_the_sums_come_out(played: list[Step], seed: int) -> None:
    """Balance is the sum of all deals, equity is balance and profit, and nothing is open that was not accepted."""
    bench = Bench(replace(QUICK, commission=3.5, slippage_points=3), seed=seed)
    for symbol, (price, _) in PRICES.items():
        bench.quote(symbol, price, price)
    for step in played:
        await play(bench, step)
        account = await bench.terminal.account_info()
        deals, positions = await bench.deals(), await bench.positions()
        assert account is not None
        booked = sum(deal.profit + deal.swap + deal.commission + deal.fee for deal in deals)
        assert account.balance == pytest.approx(booked, abs=1e-6)
        floating = sum(position.profit + position.swap for position in positions)
        assert account.equity == pytest.approx(account.balance + floating, abs=1e-6)
        assert account.margin_free == pytest.approx(account.equity - account.margin, abs=1e-6)
        assert (account.margin > 0) == bool(positions)
        assert {position.ticket for position in positions} <= {row.ticket for row in bench.terminal.truth if row.opens}
        # The estimate that decides when to look at the margin closely may lag behind a moving currency, not more.
        lag = 0.01 + sum(0.02 + abs(position.profit) * 0.012 for position in positions)
        assert bench.terminal._dealer.floating == pytest.approx(floating, abs=lag)
    await volumes_add_up(bench)


async def volumes_add_up(bench: Bench) -> None:
    open_now = {position.ticket: position.volume for position in await bench.positions()}
    lots: dict[int, float] = {}
    for deal in (await bench.deals())[1:]:
        sign = 1 if deal.entry == mt.DEAL_ENTRY_IN else -1
        lots[deal.position_id] = lots.get(deal.position_id, 0.0) + sign * deal.volume
    for ticket, volume in lots.items():
        assert volume == pytest.approx(open_now.get(ticket, 0.0), abs=1e-9)
    orders = await bench.terminal.history_orders_get(*ALL_TIME)
    assert orders is not None
    assert len({order.ticket for order in orders}) == len(orders)


@given(st.integers(MONDAY, MONDAY + 366 * DAY_MS))
def test_midnights_are_midnights_all_year(at: int) -> None:
    midnight = next_midnight(at)
    assert 0 < midnight - at <= DAY_MS + 3_600_000
    assert server_ms(midnight) % DAY_MS == 0


@given(st.integers(MONDAY, MONDAY + 366 * DAY_MS))
def test_server_time_converts_back(at: int) -> None:
    """But for the hour that the clock repeats in autumn."""
    assert abs(utc_ms(server_ms(at)) - at) in (0, 3_600_000)


@pytest.mark.parametrize("switch", [1_772_953_200_000, 1_793_512_800_000])
@pytest.mark.parametrize("away", [-DAY_MS, -3_600_001, 3_600_000, DAY_MS])
def test_server_time_is_exact_around_the_change_of_the_clock(switch: int, away: int) -> None:
    """8 March and 1 November 2026, when New York changes its clock."""
    assert server_ms(switch) - server_ms(switch - 1) != 1
    assert utc_ms(server_ms(switch + away)) == switch + away


def test_server_time_is_exact_just_before_spring() -> None:
    assert utc_ms(server_ms(1_772_953_199_999)) == 1_772_953_199_999


def test_a_week_has_seven_nights_of_swap() -> None:
    for name in ("EURUSD", "US30", "BTCUSD"):
        assert sum(nights(CATALOGUE[name].spec, day) for day in range(7)) == 7


def test_sessions_on_the_servers_clock() -> None:
    hour, midnight = 3_600_000, 1_767_571_200_000  # Monday 00:00, as the server says it
    assert Session.WEEK.is_open(midnight)
    assert not Session.DAYS.is_open(midnight + 30 * 60_000)
    assert Session.DAYS.is_open(midnight + hour)
    assert not Session.WEEK.is_open(midnight - 1)
    assert Session.ALWAYS.is_open(midnight - 1)


@pytest.mark.parametrize(
    ("name", "base", "profit", "digits", "contract"),
    [
        ("EURGBP", "EUR", "GBP", 5, 100_000.0),
        ("CADJPY", "CAD", "JPY", 3, 100_000.0),
        ("XAUEUR", "XAU", "EUR", 2, 100.0),
        ("SOLUSD", "SOL", "USD", 4, 1.0),
        ("UK100", "USD", "USD", 2, 1.0),
    ],
)
def test_an_unknown_name_gets_a_sane_specification(
    name: str, base: str, profit: str, digits: int, contract: float
) -> None:
    spec = inferred(name).spec
    assert (spec.name, spec.currency_base, spec.currency_profit) == (name, base, profit)
    assert (spec.digits, spec.trade_contract_size) == (digits, contract)
    assert inferred(name, 1).spec.point == 0.1


@given(st.text(min_size=1, max_size=20), st.one_of(st.none(), st.integers(0, 8)))
def test_any_name_gets_a_specification_that_can_be_traded(name: str, digits: int | None) -> None:
    spec = inferred(name, digits).spec
    assert spec.name == name
    assert spec.point > 0
    assert spec.volume_min > 0


async def test_names_carry_the_brokers_suffix_and_feeds_do_not() -> None:
    bench = Bench(replace(QUICK, suffix=".m"))
    bench.quote("EURUSD", 1.1, 1.1001)
    assert await bench.terminal.symbol_info("EURUSD") is None
    assert await bench.terminal.last_error() == (-4, "Terminal: Not found")
    info = await bench.terminal.symbol_info("EURUSD.m")
    assert info is not None
    assert (info.name, info.path, info.bid) == ("EURUSD.m", "Forex\\EURUSD.m", 1.1)
    assert await bench.buy("EURUSD.m", 0.1)


async def test_what_cannot_be_converted_cannot_be_traded() -> None:
    bench = Bench(replace(QUICK, currency="PLN"))
    bench.quote("EURUSD", 1.1, 1.1001)
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == mt.TRADE_RETCODE_TRADE_DISABLED
    assert await bench.terminal.order_calc_profit(BUY, "EURUSD", 0.1, 1.0, 1.1) is None


async def test_what_cannot_be_converted_yet_is_not_dealt_until_it_can() -> None:
    """A pair without a quote has no price that could be made up: pesos wait for theirs."""
    pesos = {"currency_base": "USD", "currency_profit": "MXN", "currency_margin": "USD", "name": "USDMXN"}
    dollar = replace(CATALOGUE["USDJPY"], spec=replace(CATALOGUE["USDJPY"].spec, **pesos), price=0.0)
    euro = replace(dollar, spec=replace(dollar.spec, name="EURMXN", currency_base="EUR", currency_margin="EUR"))
    bench = Bench(replace(QUICK, instruments=(dollar, euro)))
    bench.quote("EURMXN", 20.1, 20.2)
    assert (await bench.deal("EURMXN", BUY, 0.1)).retcode == mt.TRADE_RETCODE_PRICE_OFF
    assert await bench.terminal.order_calc_profit(BUY, "EURMXN", 0.1, 20.0, 21.0) is None
    assert await bench.terminal.last_error() == (-1, "Terminal: Call failed")
    info = await bench.terminal.symbol_info("EURMXN")
    assert info is not None
    assert info.trade_tick_value == 0.0
    bench.quote("USDMXN", 17.0, 17.2)
    assert await bench.terminal.order_calc_profit(BUY, "EURMXN", 1.0, 20.0, 20.1) == 581.4
    assert await bench.buy("EURMXN", 0.1)
