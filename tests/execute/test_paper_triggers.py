"""What quotes and the clock set off, each on its side of the market."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from tests.execute.paper_kit import ALL_TIME, MONDAY, QUICK, Bench

BUY, SELL = mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL
HOUR = 3_600_000
DAY = 24 * HOUR


async def started(**settings: object) -> Bench:
    bench = Bench(replace(QUICK, **settings))
    bench.quote("EURUSD", 1.10000, 1.10020)
    return bench


async def test_a_buy_is_stopped_by_the_bid_and_not_by_the_ask() -> None:
    bench = await started()
    await bench.buy("EURUSD", 0.1, sl=1.09500)
    bench.quote("EURUSD", 1.09501, 1.09502)
    assert len(await bench.positions()) == 1
    bench.quote("EURUSD", 1.09500, 1.09900)
    assert await bench.positions() == ()


async def test_a_sell_is_stopped_by_the_ask_and_not_by_the_bid() -> None:
    bench = await started()
    await bench.sell("EURUSD", 0.1, sl=1.10500)
    bench.quote("EURUSD", 1.10498, 1.10499)
    assert len(await bench.positions()) == 1
    bench.quote("EURUSD", 1.10100, 1.10500)
    assert await bench.positions() == ()


async def test_a_target_of_a_buy_is_reached_by_the_bid() -> None:
    bench = await started()
    await bench.buy("EURUSD", 0.1, tp=1.10500)
    bench.quote("EURUSD", 1.10499, 1.10600)
    assert len(await bench.positions()) == 1
    bench.quote("EURUSD", 1.10500, 1.10600)
    deal = await bench.last_deal()
    assert (deal.reason, deal.comment, deal.price) == (mt.DEAL_REASON_TP, "[tp 1.10500]", 1.105)


async def test_a_target_of_a_sell_is_reached_by_the_ask() -> None:
    bench = await started()
    await bench.sell("EURUSD", 0.1, tp=1.09500)
    bench.quote("EURUSD", 1.09400, 1.09501)
    assert len(await bench.positions()) == 1
    bench.quote("EURUSD", 1.09400, 1.09500)
    assert (await bench.last_deal()).reason == mt.DEAL_REASON_TP


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("below", "ask_for"),
    [
        (True, lambda bench, level: bench.buy("EURUSD", 0.1, sl=level)),
        (False, lambda bench, level: bench.buy("EURUSD", 0.1, tp=level)),
        (False, lambda bench, level: bench.sell("EURUSD", 0.1, sl=level)),
        (True, lambda bench, level: bench.sell("EURUSD", 0.1, tp=level)),
        (True, lambda bench, level: bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, level)),
        (False, lambda bench, level: bench.wait("EURUSD", mt.ORDER_TYPE_SELL_LIMIT, level)),
        (False, lambda bench, level: bench.wait("EURUSD", mt.ORDER_TYPE_BUY_STOP, level)),
        (True, lambda bench, level: bench.wait("EURUSD", mt.ORDER_TYPE_SELL_STOP, level)),
    ],
)
async def test_of_many_levels_each_fires_at_its_own_price(
    below: bool, ask_for: Callable[[Bench, float], Awaitable[object]], reverse: bool
) -> None:
    """The nearest level counts, in whatever order they came."""
    bench = await started(balance=100_000.0)
    levels = [1.1001 + (-0.001 if below else 0.001) * step for step in range(1, 6)]
    for level in reversed(levels) if reverse else levels:
        await ask_for(bench, level)
    deals = len(await bench.deals())
    for fired, level in enumerate(levels, 1):
        bench.quote("EURUSD", level, level)
        assert len(await bench.deals()) == deals + fired


async def test_a_gap_fills_behind_the_level() -> None:
    bench = await started()
    await bench.buy("EURUSD", 0.1, sl=1.09500)
    await bench.buy("EURUSD", 0.1, tp=1.10500)
    bench.quote("EURUSD", 1.09000, 1.09020)
    assert (await bench.last_deal()).price == 1.09
    bench.quote("EURUSD", 1.12000, 1.12020)
    assert (await bench.last_deal()).price == 1.12


@pytest.mark.parametrize(
    ("kind", "price", "before", "at", "filled"),
    [
        (mt.ORDER_TYPE_BUY_LIMIT, 1.09500, (1.09400, 1.09501), (1.09480, 1.09500), 1.09500),
        (mt.ORDER_TYPE_BUY_STOP, 1.10500, (1.10400, 1.10499), (1.10480, 1.10500), 1.10500),
        (mt.ORDER_TYPE_SELL_LIMIT, 1.10500, (1.10499, 1.10600), (1.10500, 1.10600), 1.10500),
        (mt.ORDER_TYPE_SELL_STOP, 1.09500, (1.09501, 1.09400 + 0.002), (1.09500, 1.09600), 1.09500),
        (mt.ORDER_TYPE_BUY_LIMIT, 1.09500, (1.09600, 1.09620), (1.09000, 1.09020), 1.09020),
        (mt.ORDER_TYPE_BUY_STOP, 1.10500, (1.10400, 1.10420), (1.11000, 1.11020), 1.11020),
    ],
)
async def test_waiting_buys_look_at_the_ask_and_sells_at_the_bid(
    kind: int, price: float, before: tuple[float, float], at: tuple[float, float], filled: float
) -> None:
    bench = await started()
    order = bench.done(await bench.wait("EURUSD", kind, price, magic=9, comment="tc"))
    bench.quote("EURUSD", *before)
    assert await bench.positions() == ()
    bench.quote("EURUSD", *at)
    position = await bench.position(order)
    assert (position.price_open, position.type, position.magic, position.comment) == (filled, kind % 2, 9, "tc")
    assert position.identifier == order
    assert await bench.terminal.orders_get() == ()


async def test_a_filled_order_hands_its_levels_to_the_position() -> None:
    bench = await started()
    order = bench.done(await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09500, sl=1.09, tp=1.1))
    bench.quote("EURUSD", 1.09480, 1.09500)
    position = await bench.position(order)
    assert (position.sl, position.tp) == (1.09, 1.1)


async def test_a_gap_through_order_and_stop_opens_and_stops_on_one_quote() -> None:
    bench = await started()
    await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09500, sl=1.09000)
    bench.quote("EURUSD", 1.08000, 1.08020)
    assert await bench.positions() == ()
    entry, exit_ = (await bench.deals())[-2:]
    assert (entry.price, exit_.price, exit_.reason) == (1.0802, 1.08, mt.DEAL_REASON_SL)


async def test_a_stop_limit_becomes_a_limit_at_its_trigger() -> None:
    bench = await started()
    order = bench.done(await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_STOP_LIMIT, 1.10500, stoplimit=1.10300))
    bench.quote("EURUSD", 1.10480, 1.10500)
    waiting = await bench.terminal.orders_get()
    assert waiting
    assert (waiting[0].ticket, waiting[0].type, waiting[0].price_open) == (order, mt.ORDER_TYPE_BUY_LIMIT, 1.103)
    bench.quote("EURUSD", 1.10280, 1.10300)
    assert (await bench.position(order)).price_open == 1.103


async def test_an_order_that_cannot_be_paid_for_is_rejected_when_it_triggers() -> None:
    bench = await started(balance=200.0)
    order = bench.done(await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09500, 1.0))
    bench.quote("EURUSD", 1.09480, 1.09500)
    assert await bench.positions() == ()
    past = await bench.terminal.history_orders_get(*ALL_TIME)
    assert past
    assert (past[-1].ticket, past[-1].state) == (order, mt.ORDER_STATE_REJECTED)


async def test_an_order_expires_on_the_servers_clock() -> None:
    bench = await started()
    ends = MONDAY // 1000 + 2 * 3600 + 60
    order = bench.done(
        await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09, type_time=mt.ORDER_TIME_SPECIFIED, expiration=ends)
    )
    bench.clock.advance(59_999)
    assert await bench.terminal.orders_get()
    bench.clock.advance(1)
    assert await bench.terminal.orders_get() == ()
    past = await bench.terminal.history_orders_get(*ALL_TIME)
    assert past
    assert (past[-1].ticket, past[-1].state, past[-1].time_done) == (order, mt.ORDER_STATE_EXPIRED, ends)
    bench.quote("EURUSD", 1.08980, 1.09)
    assert await bench.positions() == ()


async def test_an_order_for_the_day_ends_with_the_servers_day() -> None:
    bench = await started()
    await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09, type_time=mt.ORDER_TIME_DAY)
    bench.clock.advance(13 * HOUR - 2000)  # 23:59:58 on the broker's clock
    assert await bench.terminal.orders_get()
    bench.clock.advance(2000)
    assert await bench.terminal.orders_get() == ()


async def test_swap_is_booked_at_server_midnight_and_three_times_on_wednesday() -> None:
    bench = await started()
    ticket = await bench.buy("EURUSD", 1.0)  # -7.2 points a night: -7.20
    expected = {0: 0.0, 1: -7.2, 2: -14.4, 3: -36.0, 4: -43.2, 5: -50.4, 6: -50.4, 7: -50.4, 8: -57.6}
    for day, swap in expected.items():
        bench.clock.at = MONDAY + day * DAY
        assert (await bench.position(ticket)).swap == swap, day


async def test_a_missed_week_of_nights_is_booked_at_once() -> None:
    bench = await started()
    ticket = await bench.buy("EURUSD", 1.0)
    bench.clock.at = MONDAY + 8 * DAY
    bench.quote("EURUSD", 1.1, 1.1002)
    assert (await bench.position(ticket)).swap == -57.6


async def test_swap_of_a_coin_is_interest_on_its_price_every_night() -> None:
    bench = await started(balance=100_000.0)
    bench.quote("BTCUSD", 90_000.0, 90_000.0)
    ticket = await bench.buy("BTCUSD", 1.0)
    bench.clock.at = MONDAY + 7 * DAY
    assert (await bench.position(ticket)).swap == -350.0  # 90 000 at 20 % over 360 days is 50 a night


async def test_swap_goes_to_the_balance_with_the_close() -> None:
    bench = await started()
    ticket = await bench.buy("EURUSD", 1.0)
    bench.clock.at = MONDAY + DAY
    bench.quote("EURUSD", 1.10020, 1.10040)
    assert await bench.balance() == 10_000.0
    await bench.close(ticket, 0.25)
    assert (await bench.last_deal()).swap == -1.8
    await bench.close(ticket)
    assert (await bench.last_deal()).swap == -5.4
    assert await bench.balance() == 9_992.8


async def test_the_worst_position_is_closed_when_margin_runs_out() -> None:
    bench = await started(balance=1_000.0)
    better = await bench.buy("EURUSD", 0.2)
    worse = await bench.buy("EURUSD", 0.6)
    bench.quote("EURUSD", 1.09322, 1.09322)
    assert len(await bench.positions()) == 2
    bench.quote("EURUSD", 1.09300, 1.09300)
    assert [position.ticket for position in await bench.positions()] == [better]
    deal = await bench.last_deal()
    assert (deal.position_id, deal.reason) == (worse, mt.DEAL_REASON_SO)
    assert deal.comment.startswith("[so 4")


async def test_stop_out_goes_by_the_account_not_by_one_symbol() -> None:
    bench = await started(balance=1_000.0)
    bench.quote("GBPUSD", 1.30000, 1.30020)
    await bench.buy("EURUSD", 0.3)
    await bench.sell("GBPUSD", 0.3)
    bench.quote("EURUSD", 1.08500, 1.08520)
    assert len(await bench.positions()) == 2
    bench.quote("GBPUSD", 1.31500, 1.31520)
    assert len(await bench.positions()) < 2


async def test_quotes_that_make_no_sense_are_ignored() -> None:
    bench = await started()
    await bench.buy("EURUSD", 0.1, sl=1.09)
    for bid, ask in ((0.0, 1.0), (-1.0, 1.0), (1.2, 1.1), (float("nan"), 1.1), (1.0, float("inf"))):
        bench.quote("EURUSD", bid, ask)
    tick = await bench.terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert (tick.bid, tick.ask) == (1.1, 1.1002)
    assert len(await bench.positions()) == 1


@given(
    side=st.sampled_from([BUY, SELL]),
    sl=st.integers(1, 40),
    tp=st.integers(1, 40),
    path=st.lists(st.tuples(st.integers(-60, 60), st.integers(0, 20)), min_size=1, max_size=25),
)
async def test_a_position_ends_on_the_first_quote_that_reaches_a_level(
    side: int, sl: int, tp: int, path: list[tuple[int, int]]
) -> None:
    """The fences are only an optimisation: a plain look at every quote has to agree."""
    bench = Bench()
    bench.quote("XAUUSD", 2000.00, 2000.00)
    sign = 1 if side == BUY else -1
    stop, target = 2000 - sign * (0.2 + sl / 100), 2000 + sign * (0.2 + tp / 100)
    ticket = bench.done(await bench.deal("XAUUSD", side, 0.1, sl=stop, tp=target))
    ended = None
    for step, spread in path:
        bid, ask = 2000 + step / 100, 2000 + (step + spread) / 100
        bench.quote("XAUUSD", bid, ask)
        away = round(sign * ((bid if side == BUY else ask) - 2000) * 100)
        if ended is None and (away <= -20 - sl or away >= 20 + tp):
            ended = mt.DEAL_REASON_SL if away <= -20 - sl else mt.DEAL_REASON_TP
    deals = await bench.terminal.history_deals_of(ticket)
    assert deals is not None
    assert [deal.reason for deal in deals[1:]] == ([] if ended is None else [ended])
