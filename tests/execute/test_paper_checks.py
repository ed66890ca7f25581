"""Each refusal of the paper broker, with its own code."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.instruments import CATALOGUE
from signalos_tui.execute.paper.markets import Market
from signalos_tui.execute.paper.symbol_rules import filling_fits, stops_objection, volume_fits
from tests.execute.paper_kit import MONDAY, QUICK, SATURDAY, Bench

BUY, SELL = mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL
DAY = 86_400


def open_bench(**spec: Any) -> Bench:
    """A bench with a quote on EURUSD, gold and an index. spec: what is different about EURUSD."""
    bench = Bench()
    market = bench.terminal._markets.meet("EURUSD")
    market.respecify(replace(market.spec, **spec))
    bench.quote("EURUSD", 1.10000, 1.10010)
    bench.quote("XAUUSD", 2000.00, 2000.20)
    bench.quote("US30", 46_800.0, 46_802.0)
    return bench


@pytest.mark.parametrize("volume", [0.0, -0.1, 0.009, 0.015, 100.01, 1e9, float("nan"), float("inf")])
async def test_a_volume_off_the_grid_is_10014(volume: float) -> None:
    assert (await open_bench().deal("EURUSD", BUY, volume)).retcode == 10014


async def test_an_index_has_its_own_grid() -> None:
    bench = open_bench()
    for volume, code in ((0.05, 10014), (0.25, 10014), (0.3, 10009)):
        assert (await bench.deal("US30", BUY, volume, type_filling=mt.ORDER_FILLING_IOC)).retcode == code


@given(steps=st.integers(1, 10_000))
def test_every_step_of_the_grid_fits_whatever_the_floats_do(steps: int) -> None:
    spec = CATALOGUE["EURUSD"].spec
    assert volume_fits(spec, steps * 0.01)
    assert volume_fits(spec, sum([0.01] * min(steps, 50)))
    assert not volume_fits(spec, steps * 0.01 + 0.003)


@pytest.mark.parametrize(
    ("execution", "mask", "allowed"),
    [
        (mt.SYMBOL_TRADE_EXECUTION_MARKET, 1, {0}),
        (mt.SYMBOL_TRADE_EXECUTION_MARKET, 2, {1}),
        (mt.SYMBOL_TRADE_EXECUTION_MARKET, 3, {0, 1}),
        (mt.SYMBOL_TRADE_EXECUTION_MARKET, 0, set()),
        (mt.SYMBOL_TRADE_EXECUTION_EXCHANGE, 1, {0, 2}),
        (mt.SYMBOL_TRADE_EXECUTION_INSTANT, 0, {0, 1, 2, 3}),
        (mt.SYMBOL_TRADE_EXECUTION_REQUEST, 2, {0, 1, 2, 3}),
    ],
)
def test_the_filling_mask_is_not_the_filling_mode(execution: int, mask: int, allowed: set[int]) -> None:
    spec = replace(CATALOGUE["EURUSD"].spec, trade_exemode=execution, filling_mode=mask)
    assert {filling for filling in range(5) if filling_fits(spec, filling)} == allowed


async def test_an_unsupported_filling_is_10030_also_when_closing() -> None:
    bench = open_bench(filling_mode=mt.SYMBOL_FILLING_IOC)
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10030
    ticket = await bench.buy("EURUSD", 0.1, type_filling=mt.ORDER_FILLING_IOC)
    refused = await bench.deal("EURUSD", SELL, 0.1, position=ticket, type_filling=mt.ORDER_FILLING_FOK)
    assert refused.retcode == 10030


@pytest.mark.parametrize(
    ("side", "levels"),
    [
        (BUY, {"sl": 1.10000}),  # a buy is left at the bid
        (BUY, {"sl": 1.10005}),
        (BUY, {"tp": 1.10000}),
        (SELL, {"sl": 1.10010}),  # a sell at the ask
        (SELL, {"sl": 1.10005}),
        (SELL, {"tp": 1.10010}),
        (BUY, {"sl": -1.0}),
        (BUY, {"sl": float("nan")}),
        (SELL, {"tp": float("inf")}),
    ],
)
async def test_levels_on_the_wrong_side_are_10016(side: int, levels: dict[str, float]) -> None:
    assert (await open_bench().deal("EURUSD", side, 0.1, **levels)).retcode == 10016


async def test_levels_nearer_than_the_stops_level_are_10016() -> None:
    bench = open_bench()  # gold: 20 points
    assert (await bench.deal("XAUUSD", BUY, 0.01, sl=1999.81)).retcode == 10016
    assert (await bench.deal("XAUUSD", BUY, 0.01, tp=2000.19)).retcode == 10016
    assert (await bench.deal("XAUUSD", BUY, 0.01, sl=1999.80, tp=2000.20)).retcode == 10009


@given(
    side=st.sampled_from([BUY, SELL]),
    sl=st.integers(199_000, 201_000),
    tp=st.integers(199_000, 201_000),
    level=st.integers(0, 60),
)
def test_accepted_levels_enclose_the_price(side: int, sl: int, tp: int, level: int) -> None:
    spec = replace(CATALOGUE["XAUUSD"].spec, trade_stops_level=level)
    market = Market("XAUUSD", replace(CATALOGUE["XAUUSD"], spec=spec), "")
    objection = stops_objection(market, side, 2000.0, sl / 100, tp / 100)
    low, high = (sl, tp) if side == BUY else (tp, sl)
    room = max(level, 1)
    assert (objection == 0) == (low <= 200_000 - room and high >= 200_000 + room)


@pytest.mark.parametrize(
    ("kind", "price", "code"),
    [
        (mt.ORDER_TYPE_BUY_LIMIT, 1.10010, 10015),
        (mt.ORDER_TYPE_BUY_LIMIT, 1.10009, 10009),
        (mt.ORDER_TYPE_BUY_STOP, 1.10010, 10015),
        (mt.ORDER_TYPE_BUY_STOP, 1.10011, 10009),
        (mt.ORDER_TYPE_SELL_LIMIT, 1.10000, 10015),
        (mt.ORDER_TYPE_SELL_LIMIT, 1.10001, 10009),
        (mt.ORDER_TYPE_SELL_STOP, 1.10000, 10015),
        (mt.ORDER_TYPE_SELL_STOP, 1.09999, 10009),
        (mt.ORDER_TYPE_BUY_LIMIT, 0.0, 10015),
        (mt.ORDER_TYPE_BUY_LIMIT, -1.0, 10015),
        (mt.ORDER_TYPE_BUY_STOP, float("inf"), 10015),
        (mt.ORDER_TYPE_CLOSE_BY, 1.1, 10035),
        (mt.ORDER_TYPE_BUY, 1.1, 10035),
    ],
)
async def test_a_waiting_order_stands_on_its_side_of_the_market(kind: int, price: float, code: int) -> None:
    assert (await open_bench().wait("EURUSD", kind, price)).retcode == code


async def test_a_waiting_order_nearer_than_the_stops_level_is_10016() -> None:
    bench = open_bench()
    assert (await bench.wait("XAUUSD", mt.ORDER_TYPE_BUY_LIMIT, 2000.01, 0.01)).retcode == 10016
    assert (await bench.wait("XAUUSD", mt.ORDER_TYPE_BUY_LIMIT, 2000.00, 0.01)).retcode == 10009


async def test_levels_of_a_waiting_order_are_measured_from_its_price() -> None:
    bench = open_bench()
    limit = mt.ORDER_TYPE_BUY_LIMIT
    assert (await bench.wait("EURUSD", limit, 1.09500, sl=1.09600)).retcode == 10016
    assert (await bench.wait("EURUSD", limit, 1.09500, tp=1.09400)).retcode == 10016
    assert (await bench.wait("EURUSD", limit, 1.09500, sl=1.09000, tp=1.09700)).retcode == 10009


async def test_the_limit_of_a_stop_limit_is_better_than_its_trigger() -> None:
    bench = open_bench()
    kind = mt.ORDER_TYPE_BUY_STOP_LIMIT
    assert (await bench.wait("EURUSD", kind, 1.10100)).retcode == 10015
    assert (await bench.wait("EURUSD", kind, 1.10100, stoplimit=1.10200)).retcode == 10015
    assert (await bench.wait("EURUSD", kind, 1.10100, stoplimit=1.10050)).retcode == 10009


async def test_kinds_of_orders_the_symbol_does_not_have_are_10035() -> None:
    bench = open_bench(order_mode=mt.SYMBOL_ORDER_MARKET | mt.SYMBOL_ORDER_LIMIT)
    assert (await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_STOP, 1.2)).retcode == 10035
    assert (await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.0)).retcode == 10009
    assert (await bench.deal("EURUSD", mt.ORDER_TYPE_BUY_STOP, 0.1)).retcode == 10035


async def test_an_expiry_that_is_past_or_not_offered_is_10022() -> None:
    bench = open_bench(expiration_mode=mt.SYMBOL_EXPIRATION_GTC | mt.SYMBOL_EXPIRATION_SPECIFIED)
    now = MONDAY // 1000 + 2 * 3600
    for type_time, expiration, code in (
        (mt.ORDER_TIME_SPECIFIED, now, 10022),
        (mt.ORDER_TIME_SPECIFIED, MONDAY // 1000 + 60, 10022),  # UTC instead of server time: two hours ago
        (mt.ORDER_TIME_SPECIFIED, now + 60, 10009),
        (mt.ORDER_TIME_DAY, 0, 10022),
        (9, 0, 10022),
    ):
        result = await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.0, type_time=type_time, expiration=expiration)
        assert result.retcode == code


@pytest.mark.parametrize(
    ("mode", "side", "code"),
    [
        (mt.SYMBOL_TRADE_MODE_DISABLED, BUY, 10017),
        (mt.SYMBOL_TRADE_MODE_LONGONLY, SELL, 10042),
        (mt.SYMBOL_TRADE_MODE_LONGONLY, BUY, 10009),
        (mt.SYMBOL_TRADE_MODE_SHORTONLY, BUY, 10043),
        (mt.SYMBOL_TRADE_MODE_SHORTONLY, SELL, 10009),
        (mt.SYMBOL_TRADE_MODE_CLOSEONLY, BUY, 10044),
    ],
)
async def test_the_trade_mode_of_a_symbol_is_kept(mode: int, side: int, code: int) -> None:
    bench = open_bench(trade_mode=mode)
    assert (await bench.deal("EURUSD", side, 0.1)).retcode == code


async def test_a_symbol_that_may_only_be_closed_can_be_closed() -> None:
    bench = open_bench()
    ticket = await bench.buy("EURUSD", 0.1)
    market = bench.terminal._markets.meet("EURUSD")
    market.respecify(replace(market.spec, trade_mode=mt.SYMBOL_TRADE_MODE_CLOSEONLY))
    assert (await bench.close(ticket)).retcode == 10009


async def test_coins_trade_when_currencies_are_closed() -> None:
    bench = open_bench()
    bench.quote("BTCUSD", 98_000.0, 98_010.0)
    bench.clock.at = SATURDAY
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10018
    assert (await bench.deal("BTCUSD", BUY, 0.01)).retcode == 10009


async def test_a_market_with_fresh_quotes_is_open_whatever_the_timetable_says() -> None:
    bench = open_bench()
    bench.clock.at = SATURDAY
    bench.quote("EURUSD", 1.1, 1.1001)
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10009


async def test_no_quote_is_10021() -> None:
    assert (await Bench().deal("EURUSD", BUY, 0.1)).retcode == 10021


async def test_limits_of_orders_and_volume() -> None:
    bench = Bench(replace(QUICK, max_orders=1))
    market = bench.terminal._markets.meet("EURUSD")
    market.respecify(replace(market.spec, volume_limit=0.5))
    bench.quote("EURUSD", 1.10000, 1.10010)
    assert (await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.0, 0.3)).retcode == 10009
    assert (await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.0, 0.1)).retcode == 10033
    assert (await bench.deal("EURUSD", BUY, 0.3)).retcode == 10034
    assert (await bench.deal("EURUSD", BUY, 0.2)).retcode == 10009
    assert (await bench.deal("EURUSD", SELL, 0.5)).retcode == 10009


async def test_money_is_asked_for_floating_losses_included() -> None:
    bench = open_bench()
    await bench.buy("EURUSD", 5.0)
    assert (await bench.deal("EURUSD", BUY, 4.0)).retcode == 10009
    bench.quote("EURUSD", 1.09950, 1.09960)
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10019


async def test_closing_more_than_is_open_is_10038_and_leaves_a_sellable_rest() -> None:
    bench = open_bench(volume_min=0.05)
    ticket = await bench.buy("EURUSD", 0.1)
    assert (await bench.close(ticket, 0.2)).retcode == 10038
    assert (await bench.close(ticket, 0.07)).retcode == 10014
    assert (await bench.close(ticket, 0.05)).retcode == 10009


async def test_closing_twice_is_10036_and_trades_once() -> None:
    bench = open_bench()
    ticket = await bench.buy("EURUSD", 0.1)
    request = {
        "action": mt.TRADE_ACTION_DEAL,
        "symbol": "EURUSD",
        "type": SELL,
        "volume": 0.1,
        "position": ticket,
    }
    assert (await bench.send(**request)).retcode == 10009
    assert (await bench.send(**request)).retcode == 10036
    assert (await bench.protect(ticket, sl=1.0)).retcode == 10036
    assert await bench.positions() == ()


async def test_a_close_to_the_same_side_or_another_symbol_is_10013() -> None:
    bench = open_bench()
    ticket = await bench.buy("EURUSD", 0.1)
    assert (await bench.deal("EURUSD", BUY, 0.1, position=ticket)).retcode == 10013
    assert (await bench.deal("XAUUSD", SELL, 0.1, position=ticket)).retcode == 10013


async def test_a_close_without_its_ticket_opens_a_hedge() -> None:
    """As on a real hedging account: the most expensive key to forget."""
    bench = open_bench()
    await bench.buy("EURUSD", 0.1)
    await bench.sell("EURUSD", 0.1)
    assert [position.type for position in await bench.positions()] == [BUY, SELL]


async def test_levels_that_change_nothing_are_10025() -> None:
    bench = open_bench()
    ticket = await bench.buy("EURUSD", 0.1, sl=1.09)
    assert (await bench.protect(ticket, sl=1.09)).retcode == 10025
    assert (await bench.protect(ticket, sl=1.0900000001)).retcode == 10025
    assert (await bench.protect(ticket, sl=1.09, tp=1.12)).retcode == 10009


async def test_levels_that_are_not_sent_are_deleted() -> None:
    bench = open_bench()
    ticket = await bench.buy("EURUSD", 0.1, sl=1.09, tp=1.12)
    await bench.protect(ticket, tp=1.13)
    position = await bench.position(ticket)
    assert (position.sl, position.tp) == (0.0, 1.13)


async def test_near_its_levels_a_position_is_frozen() -> None:
    bench = open_bench(trade_freeze_level=30)
    ticket = await bench.buy("EURUSD", 0.1, sl=1.09900)
    bench.quote("EURUSD", 1.09925, 1.09935)
    assert (await bench.protect(ticket, sl=1.09)).retcode == 10029
    assert (await bench.close(ticket)).retcode == 10029
    bench.quote("EURUSD", 1.09935, 1.09945)
    assert (await bench.protect(ticket, sl=1.09)).retcode == 10009


async def test_near_its_price_a_waiting_order_is_frozen() -> None:
    bench = open_bench(trade_freeze_level=30)
    order = bench.done(await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09900))
    bench.quote("EURUSD", 1.09915, 1.09925)
    assert (await bench.send(action=mt.TRADE_ACTION_REMOVE, order=order)).retcode == 10029
    bench.quote("EURUSD", 1.10000, 1.10010)
    assert (await bench.send(action=mt.TRADE_ACTION_REMOVE, order=order)).retcode == 10009


async def test_a_waiting_order_is_changed_or_told_that_nothing_changes() -> None:
    bench = open_bench()
    order = bench.done(await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09, sl=1.08))
    modify = {"action": mt.TRADE_ACTION_MODIFY, "order": order}
    assert (await bench.send(**modify, price=1.09, sl=1.08)).retcode == 10025
    assert (await bench.send(**modify, price=1.2, sl=1.08)).retcode == 10015
    assert (await bench.send(**modify, price=1.095, sl=1.09)).retcode == 10009
    orders = await bench.terminal.orders_get(ticket=order)
    assert orders
    assert (orders[0].price_open, orders[0].sl, orders[0].price_current) == (1.095, 1.09, 1.1001)


@pytest.mark.parametrize("action", [mt.TRADE_ACTION_MODIFY, mt.TRADE_ACTION_REMOVE])
async def test_an_order_that_is_not_there_is_10013(action: int) -> None:
    assert (await open_bench().send(action=action, order=5, price=1.0)).retcode == 10013


async def test_instant_execution_wants_a_price_near_the_market() -> None:
    bench = open_bench(trade_exemode=mt.SYMBOL_TRADE_EXECUTION_INSTANT)
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10015
    assert (await bench.deal("EURUSD", BUY, 0.1, price=1.10000, deviation=9)).retcode == 10004
    assert (await bench.deal("EURUSD", BUY, 0.1, price=1.10000, deviation=10)).retcode == 10009


@pytest.mark.parametrize(
    "request_", [{}, {"action": 0}, {"action": 99}, {"action": 1, "symbol": "NOPE"}, {"action": 6}]
)
async def test_a_request_that_makes_no_sense_is_10013(request_: dict[str, Any]) -> None:
    assert (await open_bench().send(**request_)).retcode == 10013


async def test_a_closed_pair_is_netted_at_the_second_ones_price() -> None:
    bench = open_bench()
    first = await bench.buy("EURUSD", 0.3)
    bench.quote("EURUSD", 1.10200, 1.10210)
    second = await bench.sell("EURUSD", 0.1)
    assert (await bench.send(action=mt.TRADE_ACTION_CLOSE_BY, position=first, position_by=first)).retcode == 10013
    assert (await bench.send(action=mt.TRADE_ACTION_CLOSE_BY, position=first, position_by=9)).retcode == 10036
    result = await bench.send(action=mt.TRADE_ACTION_CLOSE_BY, position=first, position_by=second)
    assert result.retcode == 10009
    one, two = (await bench.deals())[-2:]
    assert (one.entry, two.entry) == (mt.DEAL_ENTRY_OUT_BY, mt.DEAL_ENTRY_OUT_BY)
    assert (one.profit, two.profit) == (19.0, 0.0)
    assert [(position.ticket, position.volume) for position in await bench.positions()] == [(first, 0.2)]
