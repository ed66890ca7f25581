"""The paper terminal against published examples (MQL5 Reference and book) and the shapes of answers.

Recorded results of real terminals are played in `test_paper_recorded.py`, recorded instruments in `test_paper_dump.py`.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.server_time import server_ms
from signalos_tui.execute.structs import OrderSendResult
from tests.execute.paper_kit import ALL_TIME, MONDAY, QUICK, SATURDAY, Bench

EURO = replace(QUICK, currency="EUR", balance=9681.25)


@pytest.mark.parametrize(
    ("symbol", "ask", "margin"),
    [
        ("EURUSD", 1.0991, 109.91),
        ("GBPUSD", 1.2273, 122.73),
        ("USDJPY", 110.0, 100.0),
        ("USDCHF", 0.97, 100.0),
        ("EURJPY", 120.9, 109.91),
        ("GBPJPY", 135.0, 122.73),
    ],
)
async def test_margin_of_a_tenth_of_a_lot_at_one_to_a_hundred(symbol: str, ask: float, margin: float) -> None:
    """Published example of `order_calc_margin`: the margin currency is converted at the ask."""
    bench = Bench()
    bench.quote("EURUSD", 1.0990, 1.0991)
    bench.quote("GBPUSD", 1.2272, 1.2273)
    bench.quote(symbol, ask - 0.0001, ask)
    assert await bench.terminal.order_calc_margin(mt.ORDER_TYPE_BUY, symbol, 0.1, ask) == margin


async def test_margin_of_gold_is_price_times_contract_by_leverage() -> None:
    bench = Bench()
    assert await bench.terminal.order_calc_margin(mt.ORDER_TYPE_BUY, "XAUUSD", 0.01, 1899.97) == 19.0


@pytest.mark.parametrize(
    ("side", "symbol", "start", "end", "profit"),
    [
        (mt.ORDER_TYPE_BUY, "EURUSD", 1.10000, 1.10300, 300.0),
        (mt.ORDER_TYPE_SELL, "GBPUSD", 1.25000, 1.24700, 300.0),
        (mt.ORDER_TYPE_BUY, "USDJPY", 108.183, 108.483, 276.54),
        (mt.ORDER_TYPE_SELL, "USDJPY", 108.179, 107.879, 278.09),
    ],
)
async def test_profit_of_three_hundred_points(side: int, symbol: str, start: float, end: float, profit: float) -> None:
    """Published example of `order_calc_profit`: yen are converted at the closing price."""
    bench = Bench()
    assert await bench.terminal.order_calc_profit(side, symbol, 1.0, start, end) == profit


async def test_ticks_are_worth_less_in_profit_than_in_loss() -> None:
    """Recorded on a euro account: gains convert at the ask, losses at the bid."""
    bench = Bench(EURO)
    bench.quote("EURUSD", 1.09137, 1.09152)
    info = await bench.terminal.symbol_info("EURUSD")
    assert info is not None
    assert info.trade_tick_value_profit == pytest.approx(0.9161536206391089, rel=1e-12)
    assert info.trade_tick_value_loss == pytest.approx(0.9162795385616245, rel=1e-12)
    assert info.spread == 15


async def test_order_check_tells_the_account_after_the_trade() -> None:
    """Recorded on a euro account at 1:100."""
    bench = Bench(EURO)
    bench.quote("EURUSD", 1.09714, 1.09729)
    check = await bench.terminal.order_check(
        {"action": 1, "symbol": "EURUSD", "volume": 0.01, "price": 1.09729, "deviation": 10, "type_filling": 1}
    )
    assert check is not None
    assert (check.retcode, check.comment) == (0, "Done")
    assert (check.balance, check.equity, check.profit) == (9681.25, 9681.25, 0.0)
    assert (check.margin, check.margin_free, check.margin_level) == (10.0, 9671.25, 96812.5)
    assert check.request.price == 1.09729


@pytest.mark.parametrize(
    ("side", "opened", "now", "profit"),
    [(0, (1.10500, 1.10508), 1.10189, -3.19), (1, (1.10507, 1.10515), 1.10192, 3.15)],
)
async def test_open_positions_are_valued_as_recorded(
    side: int, opened: tuple[float, float], now: float, profit: float
) -> None:
    bench = Bench()
    bench.quote("EURUSD", *opened)
    ticket = bench.done(await bench.deal("EURUSD", side, 0.01))
    bench.quote("EURUSD", now, now)
    position = await bench.position(ticket)
    assert (position.profit, position.price_current) == (profit, now)


def shape(result: OrderSendResult) -> dict[str, Any]:
    return {
        field: getattr(result, field) for field in result.__struct_fields__ if field not in ("request", "request_id")
    }


NOTHING = {"deal": 0, "order": 0, "volume": 0.0, "price": 0.0, "bid": 0.0, "ask": 0.0, "retcode_external": 0}


async def test_a_deal_names_ticket_volume_price_and_quote() -> None:
    bench = Bench()
    bench.quote("GBPUSD", 1.24491, 1.24500)
    result = await bench.deal("GBPUSD", mt.ORDER_TYPE_BUY, 0.1, price=1.245, sl=1.244, tp=1.246, magic=234000)
    assert result.deal
    assert result.order
    assert shape(result) == NOTHING | {
        "retcode": 10009,
        "deal": result.deal,
        "order": result.order,
        "volume": 0.1,
        "price": 1.245,
        "bid": 1.24491,
        "ask": 1.245,
        "comment": "Request executed",
    }


async def test_a_waiting_order_names_its_ticket_and_no_price() -> None:
    bench = Bench()
    bench.quote("EURUSD", 1.10500, 1.10508)
    result = await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.10482, 1.0)
    assert shape(result) == NOTHING | {
        "retcode": 10009,
        "order": result.order,
        "volume": 1.0,
        "comment": "Request executed",
    }
    removed = await bench.send(action=mt.TRADE_ACTION_REMOVE, order=result.order)
    assert shape(removed) == NOTHING | {"retcode": 10009, "order": result.order, "comment": "Request executed"}


async def test_changed_levels_name_nothing() -> None:
    bench = Bench()
    bench.quote("EURUSD", 1.10500, 1.10508)
    ticket = await bench.sell("EURUSD", 1.0)
    result = await bench.protect(ticket, sl=1.11507, tp=1.09507)
    assert shape(result) == NOTHING | {"retcode": 10009, "comment": "Request executed"}
    assert result.request_id


async def test_a_refusal_by_the_terminal_is_all_zeros() -> None:
    """Recorded: stops one point from the price."""
    bench = Bench()
    bench.quote("EURUSD", 1.08201, 1.08208)
    result = await bench.deal("EURUSD", mt.ORDER_TYPE_SELL, 0.01, price=1.08201, sl=1.0819995946, tp=1.08105)
    assert shape(result) == NOTHING | {"retcode": 10016, "comment": "Invalid stops"}
    assert result.request_id == 0


async def test_a_terminal_that_may_not_trade_says_so() -> None:
    bench = Bench()
    bench.quote("XAUUSD", 2326.0, 2326.08)
    bench.terminal.algo_trading = False
    result = await bench.deal("XAUUSD", mt.ORDER_TYPE_BUY, 0.01)
    assert shape(result) == NOTHING | {"retcode": 10027, "comment": "AutoTrading disabled by client"}
    info = await bench.terminal.terminal_info()
    assert info is not None
    assert not info.trade_allowed


async def test_a_refusal_by_the_server_carries_the_quote_and_a_number() -> None:
    bench = Bench()
    bench.quote("XAUUSD", 1929.22, 1929.31)
    result = await bench.deal("XAUUSD", mt.ORDER_TYPE_BUY, 50.0)
    assert shape(result) == NOTHING | {"retcode": 10019, "bid": 1929.22, "ask": 1929.31, "comment": "No money"}
    assert result.request_id == 1


async def test_a_check_passes_on_a_closed_market_and_the_order_does_not() -> None:
    bench = Bench()
    bench.quote("EURUSD", 1.1, 1.1001)
    bench.clock.at = SATURDAY
    request = {"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0, "type_filling": 0}
    check = await bench.terminal.order_check(request)
    assert check is not None
    assert check.retcode == 0
    assert (await bench.send(**request)).retcode == mt.TRADE_RETCODE_MARKET_CLOSED


async def test_times_are_the_servers_wall_clock() -> None:
    bench = Bench()
    bench.quote("EURUSD", 1.1, 1.1001)
    tick = await bench.terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert tick.time_msc == MONDAY + 2 * 3_600_000
    assert tick.time == tick.time_msc // 1000


async def test_server_time_follows_new_yorks_summer() -> None:
    july = 1_783_000_000_000
    assert server_ms(july) - july == 3 * 3_600_000
    assert server_ms(MONDAY) - MONDAY == 2 * 3_600_000


async def test_a_stop_is_a_market_order_with_the_level_in_its_comment() -> None:
    """Recorded on Bitcoin: level 65087.71, filled worse at the market."""
    bench = Bench()
    bench.quote("BTCUSD", 65_000.0, 65_050.0)
    ticket = await bench.sell("BTCUSD", 0.1, sl=65_087.71, magic=42)
    bench.quote("BTCUSD", 65_060.0, 65_093.81)
    deal = await bench.last_deal()
    assert (deal.entry, deal.reason, deal.type) == (mt.DEAL_ENTRY_OUT, mt.DEAL_REASON_SL, mt.DEAL_TYPE_BUY)
    assert (deal.price, deal.comment, deal.magic) == (65_093.81, "[sl 65087.71]", 42)
    assert deal.position_id == ticket != deal.order
    orders = await bench.terminal.history_orders_get(0, 1 << 40)
    assert orders is not None
    assert (orders[-1].ticket, orders[-1].price_open, orders[-1].state) == (
        deal.order,
        65_087.71,
        mt.ORDER_STATE_FILLED,
    )


async def test_a_check_of_gold_tells_margin_free_margin_and_level() -> None:
    """MQL5 book, OrderCheck: 0.01 lots at 1899.97, leverage 100, equity 15565.22; its margin is OrderCalcMargin's."""
    bench = Bench(replace(QUICK, balance=15_565.22))
    bench.quote("XAUUSD", 1899.77, 1899.97)
    request = {"action": 1, "symbol": "XAUUSD", "volume": 0.01, "price": 1899.97}
    check = await bench.terminal.order_check(request)
    assert check is not None
    assert (check.retcode, check.balance, check.equity, check.profit) == (0, 15_565.22, 15_565.22, 0.0)
    assert (check.margin, check.margin_free, round(check.margin_level, 2)) == (19.0, 15_546.22, 81_922.21)
    assert await bench.terminal.order_calc_margin(mt.ORDER_TYPE_BUY, "XAUUSD", 0.01, 1899.97) == check.margin


async def test_a_check_of_a_second_trade_tells_the_margin_of_both() -> None:
    """MQL5 book, OrderCheck with a position open: margin is cumulative, profit floats in it."""
    bench = Bench()
    bench.quote("XAUUSD", 1899.77, 1899.97)
    await bench.buy("XAUUSD", 0.01)
    check = await bench.terminal.order_check({"action": 1, "symbol": "XAUUSD", "volume": 0.01})
    assert check is not None
    assert (check.margin, check.profit, check.equity) == (38.0, -0.2, 9_999.8)


@pytest.mark.parametrize(
    ("symbol", "opened", "level", "price", "reason", "comment"),
    [
        ("EURUSD", 1.13612, {"sl": 1.13224}, 1.13221, mt.DEAL_REASON_SL, "[sl 1.13224]"),
        ("XAUUSD", 1812.91, {"tp": 1818.89}, 1818.91, mt.DEAL_REASON_TP, "[tp 1818.89]"),
    ],
)
async def test_a_level_is_an_order_at_its_price_and_a_deal_at_the_markets(
    symbol: str, opened: float, level: dict[str, float], price: float, reason: int, comment: str
) -> None:
    """MQL5 book, logs of a stop and of a target: "sell at 1.13224" is done at 1.13221, 1818.89 at 1818.91."""
    bench = Bench()
    bench.quote(symbol, opened - 0.1, opened)
    ticket = await bench.buy(symbol, 0.01, magic=7)
    bench.quote(symbol, opened, opened + 0.1)
    assert (await bench.protect(ticket, **level)).retcode == 10009
    bench.quote(symbol, price, price + 0.1)
    deal = await bench.last_deal()
    assert (deal.type, deal.entry, deal.price, deal.magic) == (mt.DEAL_TYPE_SELL, mt.DEAL_ENTRY_OUT, price, 7)
    assert (deal.reason, deal.comment, deal.position_id) == (reason, comment, ticket)
    orders = await bench.terminal.history_orders_get(*ALL_TIME)
    assert orders
    assert (orders[-1].ticket, orders[-1].price_open, orders[-1].reason) == (deal.order, *level.values(), reason)


async def test_two_positions_closed_by_one_another_as_it_was_published() -> None:
    """MQL5 book, CLOSE_BY: a buy at 1.08344, a sale at 1.08340; -0.04 falls on the first, each deal at the other's price."""
    bench = Bench()
    bench.quote("EURUSD", 1.08340, 1.08344)
    first, second = await bench.buy("EURUSD", 0.01), await bench.sell("EURUSD", 0.01)
    bench.quote("EURUSD", 1.09000, 1.09010)
    result = await bench.send(action=mt.TRADE_ACTION_CLOSE_BY, position=first, position_by=second)
    assert (result.retcode, result.volume, result.price) == (10009, 0.01, 1.0834)
    one, other = (await bench.deals())[-2:]
    assert (one.position_id, one.type, one.entry, one.price, one.profit) == (first, 1, 3, 1.0834, -0.04)
    assert (other.position_id, other.type, other.entry, other.price, other.profit) == (second, 0, 3, 1.08344, 0.0)
    assert one.order == other.order == result.order
    orders = await bench.terminal.history_orders_get(*ALL_TIME)
    assert orders
    order = orders[-1]
    assert (order.ticket, order.type, order.price_open) == (result.order, mt.ORDER_TYPE_CLOSE_BY, 1.0834)
    assert (order.position_id, order.position_by_id, order.comment) == (first, second, f"#{first} by #{second}")
    assert await bench.positions() == ()


@pytest.mark.parametrize(
    ("kind", "price", "stoplimit"),
    [
        (mt.ORDER_TYPE_BUY_LIMIT, 1.08824, 0.0),
        (mt.ORDER_TYPE_SELL_LIMIT, 1.10238, 0.0),
        (mt.ORDER_TYPE_BUY_STOP, 1.10944, 0.0),
        (mt.ORDER_TYPE_SELL_STOP, 1.08118, 0.0),
        (mt.ORDER_TYPE_BUY_STOP_LIMIT, 1.10520, 1.09531),
        (mt.ORDER_TYPE_SELL_STOP_LIMIT, 1.08542, 1.09531),
    ],
)
async def test_an_order_of_each_kind_is_placed_as_it_was_published(kind: int, price: float, stoplimit: float) -> None:
    """MQL5 book, one pending order of each type with filling FOK around 1.09531: all DONE, V=0.01, no deal."""
    bench = Bench()
    bench.quote("EURUSD", 1.09525, 1.09531)
    result = await bench.send(
        action=mt.TRADE_ACTION_PENDING, symbol="EURUSD", type=kind, volume=0.01, price=price, stoplimit=stoplimit,
        type_filling=mt.ORDER_FILLING_FOK, magic=1234567890,
    )  # fmt: skip
    assert (result.retcode, result.volume, result.deal, result.comment) == (10009, 0.01, 0, "Request executed")
    orders = await bench.terminal.orders_get(ticket=result.order)
    assert orders
    assert (orders[0].type, orders[0].price_open, orders[0].price_stoplimit) == (kind, price, stoplimit)
    assert (orders[0].magic, orders[0].type_filling) == (1234567890, mt.ORDER_FILLING_FOK)


async def test_opening_protecting_and_closing_as_it_was_published() -> None:
    """MQL5 book, log of OrderSendTransaction: three answers, three request numbers, orders that know their position."""
    bench = Bench(replace(QUICK, answer_quotes="fills"))
    bench.quote("EURUSD", 1.10901, 1.10913)
    opened = await bench.deal("EURUSD", mt.ORDER_TYPE_BUY, 0.01, price=1.10913, deviation=10, magic=1234567890)
    assert (opened.price, opened.bid, opened.ask, opened.request_id) == (1.10913, 1.10913, 1.10913, 1)
    levels = await bench.protect(opened.order, sl=1.09913, tp=1.11913)
    assert (levels.retcode, levels.order, levels.deal, levels.request_id) == (10009, 0, 0, 2)
    closed = await bench.close(opened.order)
    assert (closed.price, closed.bid, closed.ask, closed.request_id) == (1.10901, 1.10901, 1.10901, 3)
    orders = await bench.terminal.history_orders_get(*ALL_TIME)
    assert orders
    told = [(order.ticket, order.type, order.state, order.position_id) for order in orders]
    assert told == [
        (opened.order, mt.ORDER_TYPE_BUY, mt.ORDER_STATE_FILLED, opened.order),
        (closed.order, mt.ORDER_TYPE_SELL, mt.ORDER_STATE_FILLED, opened.order),
    ]
