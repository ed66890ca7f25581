"""Whatever is traded, on any kind of account and however the dealer behaves: the books balance and the seed decides."""

from __future__ import annotations

from math import isfinite
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.manners import Manner
from tests.execute.paper_kit import ALL_TIME, QUICK, Bench

BUY, SELL = mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL
PRICES = {"EURUSD": (1.1, 1e-5), "USDJPY": (150.0, 1e-3), "XAUUSD": (2000.0, 1e-2)}
Step = tuple[Any, ...]

symbols = st.sampled_from(sorted(PRICES))
fillings = st.sampled_from([mt.ORDER_FILLING_FOK, mt.ORDER_FILLING_IOC, mt.ORDER_FILLING_RETURN])
manners = st.builds(
    Manner,
    requotes=st.booleans(),
    fraction=st.floats(0, 1),
    slippage=st.one_of(st.none(), st.integers(-20, 20)),
    placed_ms=st.one_of(st.none(), st.integers(0, 5000)),
    cancels=st.booleans(),
)
steps: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("quote"), symbols, st.integers(-800, 800), st.integers(0, 30)),
    st.tuples(st.just("deal"), symbols, st.sampled_from([BUY, SELL]), st.integers(1, 40), fillings),
    st.tuples(st.just("close"), st.integers(0, 9), st.integers(1, 40), fillings),
    st.tuples(st.just("by"), st.integers(0, 5), st.integers(0, 5)),
    st.tuples(st.just("pend"), symbols, st.integers(2, 5), st.integers(1, 300)),
    st.tuples(st.just("levels"), st.integers(0, 9), st.integers(-400, 400), st.integers(-400, 400)),
    st.tuples(st.just("remove"), st.integers(0, 9)),
    st.tuples(st.just("sleep"), st.integers(1, 60 * 60 * 30)),
    st.tuples(st.just("manner"), manners),
    st.tuples(st.just("triggered"), manners),
)


def opened(netting: bool, exchange: bool, seed: int) -> Bench:
    mode = mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING if netting else mt.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING
    chance = {"requotes": 0.1, "partials": 0.2, "slippage_points": 3}
    bench = Bench(replace(QUICK, margin_mode=mode, commission=3.5, **chance), seed=seed)
    for symbol, (price, _) in PRICES.items():
        market = bench.terminal._markets.meet(symbol)
        if exchange:
            market.respecify(replace(market.spec, trade_exemode=mt.SYMBOL_TRADE_EXECUTION_EXCHANGE))
        bench.quote(symbol, price, price)
    return bench


async def play(bench: Bench, step: Step) -> None:
    match step:
        case ("quote", symbol, offset, spread):
            price, point = PRICES[symbol]
            bench.quote(symbol, price + offset * point, price + (offset + spread) * point)
        case ("sleep", seconds):
            bench.clock.advance(seconds * 1000)
        case ("manner", manner):
            bench.terminal.manners.append(manner)
        case ("triggered", manner):
            bench.terminal.triggered.append(manner)
        case _:
            await order(bench, step)


async def order(bench: Bench, step: Step) -> None:
    match step:
        case ("deal", symbol, side, hundredths, filling):
            await bench.deal(symbol, side, hundredths / 100, type_filling=filling, magic=hundredths)
        case ("close", index, hundredths, filling):
            for position in (await bench.positions())[index : index + 1]:
                volume = min(hundredths / 100, position.volume)
                more = {"position": position.ticket, "type_filling": filling}
                await bench.deal(position.symbol, 1 - position.type, volume, **more)
        case ("by", one, other):
            positions = await bench.positions()
            if max(one, other) < len(positions):
                pair = {"position": positions[one].ticket, "position_by": positions[other].ticket}
                await bench.send(action=mt.TRADE_ACTION_CLOSE_BY, **pair)
        case ("pend", symbol, kind, points):
            price, point = PRICES[symbol]
            below = kind in (mt.ORDER_TYPE_BUY_LIMIT, mt.ORDER_TYPE_SELL_STOP)
            await bench.wait(symbol, kind, price + (-points if below else points) * point, 0.05, magic=kind)
        case ("levels", index, sl, tp):
            for position in (await bench.positions())[index : index + 1]:
                price, point = PRICES[position.symbol]
                await bench.protect(position.ticket, price + sl * point, price + tp * point)
        case ("remove", index):
            for waiting in (await bench.terminal.orders_get() or ())[index : index + 1]:
                await bench.send(action=mt.TRADE_ACTION_REMOVE, order=waiting.ticket)


async def balanced(bench: Bench) -> None:
    """Balance is the sum of the deals, volume is neither lost nor found, and every number is one."""
    account, deals, positions = await bench.terminal.account_info(), await bench.deals(), await bench.positions()
    assert account is not None
    booked = sum(deal.profit + deal.swap + deal.commission + deal.fee for deal in deals)
    assert account.balance == pytest.approx(booked, abs=1e-6)
    floating = sum(position.profit + position.swap for position in positions)
    assert account.equity == pytest.approx(account.balance + floating, abs=1e-6)
    assert account.margin_free == pytest.approx(account.equity - account.margin, abs=1e-6)
    assert (account.margin > 0) == bool(positions)
    signed: dict[int, float] = {}
    for deal in deals[1:]:
        signed[deal.position_id] = signed.get(deal.position_id, 0.0) + (
            deal.volume if deal.type == BUY else -deal.volume
        )
    held = {each.identifier: each.volume if each.type == BUY else -each.volume for each in positions}
    assert len(held) == len(positions)
    assert {key: lots for key, lots in signed.items() if abs(lots) > 1e-9} == pytest.approx(held, abs=1e-9)
    numbers = [value for thing in (account, *deals, *positions) for value in asdict(thing).values()]
    assert all(isfinite(value) for value in numbers if isinstance(value, float))


async def ended(bench: Bench) -> tuple[object, ...]:
    terminal = bench.terminal
    orders = await terminal.history_orders_get(*ALL_TIME)
    assert orders is not None
    assert len({order.ticket for order in orders}) == len(orders)
    for order in orders:
        deals = [deal for deal in await bench.deals() if deal.order == order.ticket]
        filled = round(sum(deal.volume for deal in deals) / (2 if order.type == mt.ORDER_TYPE_CLOSE_BY else 1), 8)
        assert filled == pytest.approx(order.volume_initial - order.volume_current)
    return (await terminal.account_info(), await terminal.positions_get(), orders, await bench.deals(), terminal.truth)


@settings(max_examples=40)
@given(st.lists(steps, min_size=4, max_size=30), st.booleans(), st.booleans(), st.integers(0, 5))
async def test_whatever_happens_the_books_balance_and_happen_again(
    played: list[Step], netting: bool, exchange: bool, seed: int
) -> None:
    one, again = opened(netting, exchange, seed), opened(netting, exchange, seed)
    for step in played:
        await play(one, step)
        await balanced(one)
        await play(again, step)
        await again.positions()  # whoever looks lets time pass: both have to be looked at
    if netting:
        assert len({position.symbol for position in await one.positions()}) == len(await one.positions())
    assert await ended(one) == await ended(again)
