"""How a dealing desk may treat a market order: requotes, parts, promises, bare answers, and positions that are listed late."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.manners import Manner
from signalos_tui.execute.structs import TradeOrder
from tests.execute.paper_kit import ALL_TIME, QUICK, Bench

BUY, SELL = mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL
INSTANT = {"trade_exemode": mt.SYMBOL_TRADE_EXECUTION_INSTANT}
EXCHANGE = {"trade_exemode": mt.SYMBOL_TRADE_EXECUTION_EXCHANGE}


def bench_with(*manners: Manner, spec: dict[str, Any] | None = None, **settings: Any) -> Bench:
    bench = Bench(replace(QUICK, **settings))
    market = bench.terminal._markets.meet("EURUSD")
    market.respecify(replace(market.spec, **(spec or {})))
    bench.quote("EURUSD", 1.10000, 1.10010)
    bench.terminal.manners.extend(manners)
    return bench


async def waiting(bench: Bench) -> tuple[TradeOrder, ...]:
    orders = await bench.terminal.orders_get()
    assert orders is not None
    return orders


async def past(bench: Bench) -> TradeOrder:
    orders = await bench.terminal.history_orders_get(*ALL_TIME)
    assert orders
    return orders[-1]


async def test_a_requote_trades_nothing_and_carries_the_quote() -> None:
    bench = bench_with(Manner(requotes=True))
    result = await bench.deal("EURUSD", BUY, 0.1)
    assert (result.retcode, result.comment, result.bid, result.ask) == (10004, "Requote", 1.1, 1.1001)
    assert (result.deal, result.order, result.request_id) == (0, 0, 1)
    assert bench.terminal.truth == ()
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10009


async def test_requotes_and_parts_come_by_chance_where_the_settings_say_so() -> None:
    bench = bench_with(requotes=0.5, spec=INSTANT)
    codes = [(await bench.deal("EURUSD", BUY, 0.01, price=1.1001)).retcode for _ in range(40)]
    assert set(codes) == {10004, 10009}
    again = bench_with(requotes=0.5, spec=INSTANT)
    assert codes == [(await again.deal("EURUSD", BUY, 0.01, price=1.1001)).retcode for _ in range(40)]
    bench = bench_with(partials=0.5)
    results = [await bench.deal("EURUSD", BUY, 0.1, type_filling=mt.ORDER_FILLING_IOC) for _ in range(40)]
    assert {10009, 10010} <= {result.retcode for result in results}


async def test_slippage_is_what_the_script_says_in_either_direction() -> None:
    bench = bench_with(Manner(slippage=7), Manner(slippage=-3), Manner(slippage=2))
    assert (await bench.deal("EURUSD", BUY, 0.1)).price == 1.10017
    assert (await bench.deal("EURUSD", BUY, 0.1)).price == 1.10007
    assert (await bench.deal("EURUSD", SELL, 0.1)).price == 1.09998


@pytest.mark.parametrize("filling", [mt.ORDER_FILLING_FOK, mt.ORDER_FILLING_IOC, mt.ORDER_FILLING_RETURN])
async def test_half_a_counterpart_is_for_each_filling_what_it_says(filling: int) -> None:
    bench = bench_with(Manner(fraction=0.5), spec=EXCHANGE)
    result = await bench.deal("EURUSD", BUY, 0.3, type_filling=filling, magic=5)
    volumes = [position.volume for position in await bench.positions()]
    if filling == mt.ORDER_FILLING_FOK:
        assert (result.retcode, result.volume, result.order, volumes) == (10006, 0.0, 0, [])
        assert (await past(bench)).state == mt.ORDER_STATE_REJECTED
        return
    assert (result.retcode, result.volume, volumes) == (10010, 0.15, [0.15])
    if filling == mt.ORDER_FILLING_IOC:
        ended = await past(bench)
        assert (ended.ticket, ended.state, ended.volume_current) == (result.order, mt.ORDER_STATE_CANCELED, 0.15)
        assert ended.position_id == result.order
        return
    (order,) = await waiting(bench)
    assert (order.ticket, order.state, order.volume_current) == (result.order, mt.ORDER_STATE_PARTIAL, 0.15)
    await bench.protect(result.order, sl=1.05)
    bench.quote("EURUSD", 1.10100, 1.10110)
    assert await waiting(bench) == ()
    position = await bench.position(result.order)
    assert (position.volume, position.magic, position.sl) == (0.3, 5, 1.05)
    assert position.price_open == pytest.approx(1.1006)
    deals = await bench.terminal.history_deals_of(result.order)
    assert deals is not None
    assert [(deal.entry, deal.volume) for deal in deals] == [(mt.DEAL_ENTRY_IN, 0.15)] * 2
    assert (await past(bench)).state == mt.ORDER_STATE_FILLED


async def test_the_rest_of_an_order_can_be_removed_and_not_changed() -> None:
    bench = bench_with(Manner(fraction=0.5), spec=EXCHANGE)
    order = (await bench.deal("EURUSD", BUY, 0.3, type_filling=mt.ORDER_FILLING_RETURN)).order
    assert (await bench.send(action=mt.TRADE_ACTION_MODIFY, order=order, price=1.0)).retcode == 10013
    assert (await bench.send(action=mt.TRADE_ACTION_REMOVE, order=order)).retcode == 10009
    ended = await past(bench)
    assert (ended.state, ended.volume_initial, ended.volume_current) == (mt.ORDER_STATE_CANCELED, 0.3, 0.15)
    bench.quote("EURUSD", 1.2, 1.2001)
    assert (await bench.position(order)).volume == 0.15


async def test_a_part_of_a_close_leaves_the_rest_of_the_position() -> None:
    bench = bench_with()
    ticket = await bench.buy("EURUSD", 0.3)
    bench.terminal.manners.append(Manner(fraction=0.5))
    request = {"type_filling": mt.ORDER_FILLING_IOC, "position": ticket}
    result = await bench.deal("EURUSD", SELL, 0.3, **request)
    assert (result.retcode, result.volume) == (10010, 0.15)
    assert (await bench.position(ticket)).volume == 0.15


@pytest.mark.parametrize(("volume", "fraction", "code"), [(0.08, 0.5, 10006), (0.08, 0.7, 10006), (0.1, 0.5, 10010)])
async def test_a_part_or_a_rest_too_small_to_trade_is_none(volume: float, fraction: float, code: int) -> None:
    """Neither four nor three hundredths are an order where five are the smallest."""
    bench = bench_with(Manner(fraction=fraction), spec={"volume_min": 0.05})
    assert (await bench.deal("EURUSD", BUY, volume, type_filling=mt.ORDER_FILLING_IOC)).retcode == code
    assert len(await bench.positions()) == (code == 10010)


async def test_a_promise_is_dealt_at_its_time_and_no_sooner() -> None:
    bench = bench_with(Manner(placed_ms=5_000))
    result = await bench.deal("EURUSD", BUY, 0.1, magic=9, sl=1.09)
    assert (result.retcode, result.comment) == (10008, "Order placed")
    assert result.order
    assert (result.deal, result.price) == (0, 0.0)
    bench.clock.advance(4_999)
    bench.quote("EURUSD", 1.10100, 1.10110)
    assert [order.ticket for order in await waiting(bench)] == [result.order]
    assert await bench.positions() == ()
    bench.clock.advance(1)
    position = await bench.position(result.order)
    assert (position.price_open, position.magic, position.sl) == (1.1011, 9, 1.09)
    assert await waiting(bench) == ()
    assert len(bench.terminal.truth) == 1


async def test_a_promise_may_be_broken_by_the_dealer() -> None:
    bench = bench_with(Manner(placed_ms=5_000, cancels=True))
    result = await bench.deal("EURUSD", BUY, 0.1)
    bench.clock.advance(5_000)
    assert await bench.positions() == ()
    ended = await past(bench)
    assert (ended.ticket, ended.state) == (result.order, mt.ORDER_STATE_CANCELED)


async def test_a_promised_close_takes_no_second_one_and_closes_once() -> None:
    bench = bench_with()
    ticket = await bench.buy("EURUSD", 0.1)
    bench.terminal.manners.append(Manner(placed_ms=1_000))
    assert (await bench.close(ticket)).retcode == 10008
    assert (await bench.close(ticket)).retcode == 10039
    bench.clock.advance(1_000)
    assert await bench.positions() == ()
    deal = await bench.last_deal()
    assert (deal.entry, deal.position_id) == (mt.DEAL_ENTRY_OUT, ticket)


async def test_a_promised_close_whose_position_was_stopped_meanwhile_is_rejected() -> None:
    bench = bench_with()
    ticket = await bench.buy("EURUSD", 0.1, sl=1.09)
    bench.terminal.manners.append(Manner(placed_ms=1_000))
    await bench.close(ticket)
    bench.quote("EURUSD", 1.08, 1.0801)
    bench.clock.advance(1_000)
    assert await waiting(bench) == ()
    assert (await past(bench)).state == mt.ORDER_STATE_REJECTED
    assert (await bench.last_deal()).reason == mt.DEAL_REASON_SL


async def test_an_exchange_names_neither_deal_nor_price() -> None:
    bench = bench_with(spec=EXCHANGE)
    result = await bench.deal("EURUSD", BUY, 0.1)
    assert (result.retcode, result.deal, result.price) == (10009, 0, 0.0)
    assert result.order
    deals = await bench.terminal.history_deals_of(result.order)
    assert deals is not None
    assert [deal.price for deal in deals] == [1.1001]
    bench.terminal.manners.append(Manner(is_bare=False))
    assert (await bench.deal("EURUSD", BUY, 0.1)).deal


async def test_a_position_is_listed_a_moment_after_its_deal() -> None:
    bench = bench_with(position_delay_ms=800)
    result = await bench.deal("EURUSD", BUY, 0.1)
    assert result.deal
    assert await bench.positions() == ()
    assert (await bench.last_deal()).position_id == result.order
    bench.clock.advance(799)
    assert await bench.positions() == ()
    bench.clock.advance(1)
    assert (await bench.position(result.order)).volume == 0.1


@pytest.mark.parametrize("execution", [mt.SYMBOL_TRADE_EXECUTION_REQUEST, mt.SYMBOL_TRADE_EXECUTION_INSTANT])
async def test_request_and_instant_execution_keep_to_the_deviation_also_on_closes(execution: int) -> None:
    bench = bench_with(spec={"trade_exemode": execution})
    ticket = bench.done(await bench.deal("EURUSD", BUY, 0.1, price=1.1001))
    close: dict[str, Any] = {"position": ticket, "deviation": 5}
    assert (await bench.deal("EURUSD", SELL, 0.1, price=1.10006, **close)).retcode == 10004
    assert (await bench.deal("EURUSD", SELL, 0.1, **close)).retcode == 10015
    assert (await bench.deal("EURUSD", SELL, 0.1, price=1.10005, **close)).price == 1.1


@pytest.mark.parametrize("execution", [mt.SYMBOL_TRADE_EXECUTION_MARKET, mt.SYMBOL_TRADE_EXECUTION_EXCHANGE])
async def test_market_and_exchange_execution_ignore_price_and_deviation(execution: int) -> None:
    bench = bench_with(spec={"trade_exemode": execution})
    assert (await bench.deal("EURUSD", BUY, 0.1, price=1.0, deviation=1)).retcode == 10009
    assert (await bench.last_deal()).price == 1.1001


async def test_an_order_of_the_history_knows_the_market_it_ended_on() -> None:
    """As in the published histories: a limit at 1.09500 that met 1.09480 shows both prices."""
    bench = bench_with()
    await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09500)
    bench.quote("EURUSD", 1.09470, 1.09480)
    order = await past(bench)
    assert (order.price_open, order.price_current) == (1.095, 1.0948)


@pytest.mark.parametrize("kind", [mt.ORDER_TYPE_BUY_LIMIT, mt.ORDER_TYPE_BUY_STOP])
async def test_a_waiting_order_may_be_filled_in_parts_too(kind: int) -> None:
    bench = bench_with()
    price = 1.09500 if kind == mt.ORDER_TYPE_BUY_LIMIT else 1.10500
    order = bench.done(await bench.wait("EURUSD", kind, price, 0.3, sl=1.05, magic=4))
    bench.terminal.triggered.extend([Manner(fraction=0.4), Manner(fraction=0.5)])
    for filled in (0.12, 0.21, 0.3):
        bench.quote("EURUSD", price - 0.0001, price)
        position = await bench.position(order)
        assert (position.volume, position.sl, position.magic) == (filled, 1.05, 4)
        assert [each.volume_current for each in await waiting(bench)] == (
            [round(0.3 - filled, 2)] if filled < 0.3 else []
        )
    deals = await bench.terminal.history_deals_of(order)
    assert deals is not None
    assert [deal.volume for deal in deals] == [0.12, 0.09, 0.09]
    ended = await past(bench)
    assert (ended.ticket, ended.state, ended.price_open) == (order, mt.ORDER_STATE_FILLED, price)


async def test_a_waiting_order_that_finds_nobody_and_may_not_wait_is_rejected() -> None:
    bench = bench_with()
    request = {"action": 5, "symbol": "EURUSD", "type": 2, "volume": 0.3, "price": 1.095, "type_filling": 0}
    order = bench.done(await bench.send(**request))
    bench.terminal.triggered.append(Manner(fraction=0.4))
    bench.quote("EURUSD", 1.0949, 1.095)
    assert await bench.positions() == ()
    assert ((await past(bench)).ticket, (await past(bench)).state) == (order, mt.ORDER_STATE_REJECTED)


async def test_what_is_traded_by_hand_says_so() -> None:
    """Neither answer nor latency: somebody sits at the terminal."""
    bench = bench_with()
    ticket = await bench.buy("EURUSD", 0.1, magic=3)
    bench.terminal.by_hand({"action": mt.TRADE_ACTION_SLTP, "position": ticket, "sl": 1.05})
    assert (await bench.position(ticket)).sl == 1.05
    close = {"action": 1, "symbol": "EURUSD", "type": SELL, "volume": 0.1, "position": ticket}
    assert bench.terminal.by_hand(close).retcode == 10009
    deal = await bench.last_deal()
    assert (deal.reason, deal.magic, deal.entry) == (mt.DEAL_REASON_CLIENT, 0, mt.DEAL_ENTRY_OUT)
    await bench.buy("EURUSD", 0.1)
    assert (await bench.last_deal()).reason == mt.DEAL_REASON_EXPERT


async def test_a_terminal_that_watches_nothing_tells_no_ticks_before_it_is_told_to() -> None:
    bench = bench_with(watches_all=False)
    assert await bench.terminal.symbol_info_tick("EURUSD") is None
    assert await bench.terminal.symbol_select("EURUSD")
    tick = await bench.terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert tick.bid == 1.1


async def test_some_brokers_answer_a_pending_order_with_placed() -> None:
    bench = bench_with(pending_retcode=mt.TRADE_RETCODE_PLACED)
    result = await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09)
    assert (result.retcode, result.comment, result.volume) == (10008, "Order placed", 0.1)
    assert [order.ticket for order in await waiting(bench)] == [result.order]
    removed = await bench.send(action=mt.TRADE_ACTION_REMOVE, order=result.order)
    assert removed.retcode == 10009
