"""What an account or a broker forbids, each with its own code, and what ends with the trading day."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.requests import parse
from tests.execute.paper_kit import ALL_TIME, MONDAY, QUICK, Bench

BUY, SELL = mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL
DAY = 86_400_000
LIMIT = mt.ORDER_TYPE_BUY_LIMIT


def bench_with(spec: dict[str, Any] | None = None, **settings: Any) -> Bench:
    bench = Bench(replace(QUICK, **settings))
    respecified(bench, **(spec or {}))
    bench.quote("EURUSD", 1.10000, 1.10010)
    bench.quote("XAUUSD", 2000.00, 2000.20)
    return bench


def respecified(bench: Bench, **spec: Any) -> None:
    market = bench.terminal._markets.meet("EURUSD")
    market.respecify(replace(market.spec, **spec))


async def test_an_investor_sees_everything_and_trades_nothing() -> None:
    bench = bench_with(is_investor=True)
    for request in (
        {"action": 1, "symbol": "EURUSD", "volume": 0.1},
        {"action": 5, "symbol": "EURUSD", "volume": 0.1, "type": LIMIT, "price": 1.0, "type_filling": 2},
    ):
        result = await bench.send(**request)
        assert (result.retcode, result.comment) == (10017, "Trade disabled")
        check = await bench.terminal.order_check(request)
        assert check is not None
        assert check.retcode == 10017
    account = await bench.terminal.account_info()
    assert account is not None
    assert (account.trade_allowed, account.trade_expert) == (False, True)


async def test_a_server_may_let_no_robots_trade() -> None:
    bench = bench_with(experts_allowed=False)
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10026
    account = await bench.terminal.account_info()
    assert account is not None
    assert (account.trade_allowed, account.trade_expert) == (True, False)


async def test_a_terminal_without_its_server_sends_nothing() -> None:
    bench = bench_with()
    bench.terminal.is_connected = False
    result = await bench.deal("EURUSD", BUY, 0.1)
    assert (result.retcode, result.request_id, result.comment) == (10031, 0, "No connection")
    info = await bench.terminal.terminal_info()
    assert info is not None
    assert (info.connected, info.trade_allowed) == (False, True)


async def test_an_account_says_what_it_is() -> None:
    bench = bench_with(trade_mode=mt.ACCOUNT_TRADE_MODE_REAL, margin_mode=0, fifo_close=True, company="Broker Ltd")
    account = await bench.terminal.account_info()
    assert account is not None
    assert (account.trade_mode, account.margin_mode, account.fifo_close) == (2, 0, True)
    assert account.company == "Broker Ltd"


async def test_where_first_in_goes_first_out_the_older_position_closes_first() -> None:
    bench = bench_with(fifo_close=True)
    first = await bench.buy("EURUSD", 0.2)
    bench.clock.advance(1000)
    second, other = await bench.buy("EURUSD", 0.1), await bench.sell("EURUSD", 0.1)
    gold = await bench.buy("XAUUSD", 0.01)
    assert (await bench.close(second)).retcode == 10045
    by = {"action": mt.TRADE_ACTION_CLOSE_BY, "position": second, "position_by": other}
    assert (await bench.send(**by)).retcode == 10045
    for ticket in (gold, other, first, second):
        assert (await bench.close(ticket)).retcode == 10009


async def test_where_hedging_is_prohibited_only_one_side_is_opened() -> None:
    bench = bench_with(hedging_prohibited=True)
    ticket = await bench.buy("EURUSD", 0.1)
    assert (await bench.deal("EURUSD", SELL, 0.1)).retcode == 10046
    assert (await bench.wait("EURUSD", mt.ORDER_TYPE_SELL_LIMIT, 1.2)).retcode == 10046
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10009
    assert (await bench.deal("XAUUSD", SELL, 0.01)).retcode == 10009
    assert (await bench.close(ticket)).retcode == 10009


async def test_positions_and_orders_that_may_become_positions_are_limited() -> None:
    bench = bench_with(max_positions=2)
    ticket = await bench.buy("EURUSD", 0.1)
    order = bench.done(await bench.wait("EURUSD", LIMIT, 1.0))
    assert (await bench.deal("XAUUSD", BUY, 0.01)).retcode == 10040
    assert (await bench.wait("EURUSD", LIMIT, 1.0)).retcode == 10040
    assert (await bench.send(action=mt.TRADE_ACTION_REMOVE, order=order)).retcode == 10009
    assert (await bench.deal("XAUUSD", BUY, 0.01)).retcode == 10009
    assert (await bench.close(ticket)).retcode == 10009


@pytest.mark.parametrize(
    ("bit", "request_"),
    [
        (mt.SYMBOL_ORDER_MARKET, {"action": 1, "volume": 0.1}),
        (mt.SYMBOL_ORDER_LIMIT, {"action": 5, "volume": 0.1, "type": LIMIT, "price": 1.0}),
        (mt.SYMBOL_ORDER_STOP, {"action": 5, "volume": 0.1, "type": 4, "price": 1.2}),
        (mt.SYMBOL_ORDER_STOP_LIMIT, {"action": 5, "volume": 0.1, "type": 6, "price": 1.2, "stoplimit": 1.15}),
    ],
)
async def test_kinds_of_orders_are_bits_of_the_symbols_order_mode(bit: int, request_: dict[str, Any]) -> None:
    request = request_ | {"symbol": "EURUSD"}
    assert (await bench_with({"order_mode": 127}).send(**request)).retcode == 10009
    assert (await bench_with({"order_mode": 127 & ~bit}).send(**request)).retcode == 10035


async def test_levels_are_bits_of_it_as_well() -> None:
    bench = bench_with({"order_mode": 127 & ~mt.SYMBOL_ORDER_SL})
    assert (await bench.deal("EURUSD", BUY, 0.1, sl=1.0)).retcode == 10016
    assert (await bench.deal("EURUSD", BUY, 0.1, tp=1.2)).retcode == 10009
    bench = bench_with({"order_mode": 127 & ~mt.SYMBOL_ORDER_TP})
    ticket = await bench.buy("EURUSD", 0.1)
    assert (await bench.protect(ticket, tp=1.2)).retcode == 10016
    assert (await bench.protect(ticket, sl=1.0)).retcode == 10009


async def test_closing_by_another_is_one_too() -> None:
    bench = bench_with({"order_mode": 63})
    pair = {"position": await bench.buy("EURUSD", 0.1), "position_by": await bench.sell("EURUSD", 0.1)}
    assert (await bench.send(action=mt.TRADE_ACTION_CLOSE_BY, **pair)).retcode == 10035


async def test_prices_stand_on_the_symbols_ticks() -> None:
    """A quarter is a tick of this one: what stands between two of them is no price."""
    bench = bench_with({"trade_tick_size": 0.00025})
    assert (await bench.wait("EURUSD", LIMIT, 1.0901)).retcode == 10015
    assert (await bench.wait("EURUSD", LIMIT, 1.09025, sl=1.0801)).retcode == 10016
    assert (await bench.wait("EURUSD", LIMIT, 1.09025, sl=1.08025)).retcode == 10009
    assert (await bench.deal("EURUSD", BUY, 0.1, tp=1.2001)).retcode == 10016
    assert (await bench.deal("EURUSD", BUY, 0.1, tp=1.20025)).retcode == 10009


async def test_prices_with_more_digits_are_rounded_halves_up() -> None:
    bench = bench_with()
    assert round(1.089675, 5) == 1.08967  # as a binary fraction it is a hair below the half
    ticket = await bench.buy("EURUSD", 0.1, sl=1.089675)
    assert (await bench.position(ticket)).sl == 1.08968
    order = bench.done(await bench.wait("EURUSD", LIMIT, 1.0900049))
    orders = await bench.terminal.orders_get(ticket=order)
    assert orders
    assert orders[0].price_open == 1.09


async def test_a_position_larger_than_the_largest_order_is_closed_in_pieces() -> None:
    bench = bench_with(margin_mode=0, balance=1e6)
    respecified(bench, volume_max=1.0)
    await bench.buy("EURUSD", 1.0)
    ticket = await bench.buy("EURUSD", 1.0)
    assert (await bench.close(ticket - 1, 2.0)).retcode == 10014
    assert (await bench.close(ticket - 1, 1.0)).retcode == 10009


@pytest.mark.parametrize(
    ("mode", "orders", "stop"),
    [
        (mt.SYMBOL_ORDERS_GTC, 1, 1.05),
        (mt.SYMBOL_ORDERS_DAILY, 0, 0.0),
        (mt.SYMBOL_ORDERS_DAILY_NO_STOPS, 0, 1.05),
    ],
)
async def test_orders_and_levels_live_as_long_as_the_symbol_lets_them(mode: int, orders: int, stop: float) -> None:
    bench = bench_with({"order_gtc_mode": mode})
    ticket = await bench.buy("EURUSD", 0.1, sl=1.05)
    await bench.wait("EURUSD", LIMIT, 1.0)
    kept = bench.done(await bench.wait("XAUUSD", LIMIT, 1900.0, 0.01))
    bench.clock.at = MONDAY + DAY
    found = await bench.terminal.orders_get()
    assert found is not None
    assert len(found) == 1 + orders
    assert kept in [order.ticket for order in found]
    assert (await bench.position(ticket)).sl == stop
    bench.quote("EURUSD", 0.9, 0.9001)
    is_stopped = ticket not in [position.ticket for position in await bench.positions()]
    assert is_stopped == bool(stop)
    past = await bench.terminal.history_orders_get(*ALL_TIME)
    assert past is not None
    assert (mt.ORDER_STATE_EXPIRED in [order.state for order in past]) == (not orders)


async def test_a_days_order_and_a_set_days_order_end_with_that_day() -> None:
    bench = bench_with()
    server_today = MONDAY // 1000 + 2 * 3600
    for kind, expiration, days in (
        (mt.ORDER_TIME_DAY, 0, 1),
        (mt.ORDER_TIME_SPECIFIED_DAY, server_today + 2 * 86_400, 3),
    ):
        order = bench.done(await bench.wait("EURUSD", LIMIT, 1.0, type_time=kind, expiration=expiration))
        (waiting,) = await bench.terminal.orders_get(ticket=order) or ()
        assert waiting.time_expiration % 86_400 == 86_399
        assert (waiting.time_expiration + 1 - server_today) / 86_400 == pytest.approx(days - 11 / 24)


async def test_ticks_are_only_told_of_what_is_watched() -> None:
    bench = bench_with()
    assert await bench.terminal.symbol_select("EURUSD", enable=False)
    assert await bench.terminal.symbol_info_tick("EURUSD") is None
    assert await bench.terminal.last_error() == (-4, "Terminal: Not found")
    info = await bench.terminal.symbol_info("EURUSD")
    assert info is not None
    assert (info.select, info.visible) == (False, False)
    assert await bench.terminal.symbol_select("EURUSD")
    assert await bench.terminal.symbol_info_tick("EURUSD") is not None
    await bench.buy("EURUSD", 0.1)
    assert not await bench.terminal.symbol_select("EURUSD", enable=False)
    assert not await bench.terminal.symbol_select("NOPE")


def test_values_of_other_libraries_are_read_as_what_they_are() -> None:
    class Number(float):
        pass

    class Name(str):
        __slots__ = ()

    echo = parse({"volume": Number(0.1), "symbol": Name("EURUSD"), "type": True})
    assert (type(echo.volume), type(echo.symbol), type(echo.type)) == (float, str, int)
