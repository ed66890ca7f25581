"""Netting accounts: one position a symbol, whatever is ordered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import TradePosition
from tests.execute.paper_kit import ALL_TIME, QUICK, Bench

BUY, SELL = mt.ORDER_TYPE_BUY, mt.ORDER_TYPE_SELL
NETTING = replace(QUICK, margin_mode=mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING)


def netting(**changes: Any) -> Bench:
    bench = Bench(replace(NETTING, **changes))
    bench.quote("EURUSD", 1.10000, 1.10010)
    bench.quote("XAUUSD", 2000.00, 2000.20)
    return bench


async def only(bench: Bench) -> TradePosition:
    (position,) = await bench.positions()
    return position


@pytest.mark.parametrize("mode", [mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING, mt.ACCOUNT_MARGIN_MODE_EXCHANGE])
async def test_a_reversal_as_it_was_published(mode: int) -> None:
    """MQL5 book, history of a netting account: two buys, a sale of three, a buy; profit 0.16 and 0.01."""
    bench = Bench(replace(NETTING, margin_mode=mode))
    steps = ((1.10011, BUY, 0.01), (1.10009, BUY, 0.01), (1.10018, SELL, 0.03), (1.10017, BUY, 0.01))
    tickets = []
    for price, side, volume in steps:
        bench.quote("EURUSD", price, price)
        tickets.append(bench.done(await bench.deal("EURUSD", side, volume)))
        if side == SELL:
            position = await only(bench)
            assert (position.ticket, position.identifier) == (tickets[2], tickets[0])
            assert (position.type, position.volume, position.price_open) == (mt.POSITION_TYPE_SELL, 0.01, 1.10018)
    deals = (await bench.deals())[1:]
    told = [(deal.order, deal.type, deal.entry, deal.volume, deal.price, deal.profit) for deal in deals]
    assert told == [
        (tickets[0], mt.DEAL_TYPE_BUY, mt.DEAL_ENTRY_IN, 0.01, 1.10011, 0.0),
        (tickets[1], mt.DEAL_TYPE_BUY, mt.DEAL_ENTRY_IN, 0.01, 1.10009, 0.0),
        (tickets[2], mt.DEAL_TYPE_SELL, mt.DEAL_ENTRY_INOUT, 0.03, 1.10018, 0.16),
        (tickets[3], mt.DEAL_TYPE_BUY, mt.DEAL_ENTRY_OUT, 0.01, 1.10017, 0.01),
    ]
    assert {deal.position_id for deal in deals} == {tickets[0]}
    assert await bench.positions() == ()


async def test_a_sale_of_twice_the_position_changes_its_ticket_and_not_its_identifier() -> None:
    """MQL5 book, XTIUSD: the position's ticket is the second order's, its identifier the first one's."""
    bench = Bench(NETTING)
    bench.quote("USOIL", 109.30, 109.35)
    first = bench.done(await bench.deal("USOIL", BUY, 0.01))
    bench.quote("USOIL", 109.39, 109.44)
    result = await bench.deal("USOIL", SELL, 0.02)
    assert (result.retcode, result.volume, result.price) == (10009, 0.02, 109.39)
    position = await only(bench)
    assert (position.ticket, position.identifier, position.volume) == (result.order, first, 0.01)


async def test_the_same_side_adds_at_the_weighted_price_and_hands_over_its_levels() -> None:
    bench = netting()
    first = await bench.buy("EURUSD", 0.1, sl=1.09, tp=1.12, magic=1)
    bench.quote("EURUSD", 1.10290, 1.10300)
    await bench.buy("EURUSD", 0.2, sl=1.08, magic=2)
    position = await only(bench)
    assert (position.ticket, position.identifier, position.volume) == (first, first, 0.3)
    assert position.price_open == pytest.approx((1.1001 + 2 * 1.103) / 3, abs=1e-10)
    assert (position.sl, position.tp, position.magic) == (1.08, 0.0, 1)


async def test_the_other_side_reduces_and_then_ends_it() -> None:
    bench = netting()
    first = await bench.buy("EURUSD", 0.3, sl=1.09)
    bench.quote("EURUSD", 1.10110, 1.10120)
    await bench.sell("EURUSD", 0.1)
    position = await only(bench)
    assert (position.ticket, position.volume, position.price_open, position.sl) == (first, 0.2, 1.1001, 1.09)
    assert await bench.balance() == 10_010.0
    await bench.sell("EURUSD", 0.2)
    assert await bench.positions() == ()
    assert await bench.balance() == 10_030.0
    assert [deal.entry for deal in await bench.deals()][-2:] == [mt.DEAL_ENTRY_OUT] * 2


async def test_the_swap_of_a_position_is_paid_in_parts_and_with_its_reversal() -> None:
    bench = netting()
    await bench.buy("EURUSD", 1.0)  # -7.20 a night
    bench.clock.advance(86_400_000)
    bench.quote("EURUSD", 1.10000, 1.10010)
    await bench.sell("EURUSD", 0.25)
    assert (await bench.last_deal()).swap == -1.8
    await bench.sell("EURUSD", 1.0)
    deal = await bench.last_deal()
    assert (deal.entry, deal.swap) == (mt.DEAL_ENTRY_INOUT, -5.4)
    position = await only(bench)
    assert (position.volume, position.swap) == (0.25, 0.0)


async def test_levels_are_changed_by_symbol_or_by_ticket() -> None:
    bench = netting()
    ticket = await bench.buy("EURUSD", 0.1)
    result = await bench.send(action=mt.TRADE_ACTION_SLTP, symbol="EURUSD", sl=1.09, tp=1.12)
    assert result.retcode == 10009
    assert ((await only(bench)).sl, (await only(bench)).tp) == (1.09, 1.12)
    assert (await bench.protect(ticket, sl=1.095)).retcode == 10009
    assert (await bench.send(action=mt.TRADE_ACTION_SLTP, symbol="XAUUSD", sl=1.0)).retcode == 10036
    assert (await bench.send(action=mt.TRADE_ACTION_SLTP, symbol="NOPE", sl=1.0)).retcode == 10013


async def test_a_position_can_be_closed_by_its_ticket_and_not_beyond_it() -> None:
    bench = netting()
    ticket = await bench.buy("EURUSD", 0.1)
    assert (await bench.deal("EURUSD", SELL, 0.2, position=ticket)).retcode == 10038
    assert (await bench.deal("EURUSD", BUY, 0.1, position=ticket)).retcode == 10013
    assert (await bench.deal("EURUSD", SELL, 0.1, position=ticket + 1)).retcode == 10036
    assert (await bench.deal("EURUSD", SELL, 0.1, position=ticket)).retcode == 10009
    assert await bench.positions() == ()


async def test_there_is_nothing_to_close_by() -> None:
    bench = netting()
    ticket = await bench.buy("EURUSD", 0.1)
    result = await bench.send(action=mt.TRADE_ACTION_CLOSE_BY, position=ticket, position_by=ticket)
    assert result.retcode == 10013


async def test_stops_and_waiting_orders_act_on_the_one_position() -> None:
    bench = netting()
    first = await bench.buy("EURUSD", 0.1, sl=1.09)
    await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_STOP, 1.10500, 0.2, sl=1.10200)
    bench.quote("EURUSD", 1.10490, 1.10500)
    position = await only(bench)
    assert (position.ticket, position.volume, position.sl) == (first, 0.3, 1.102)
    bench.quote("EURUSD", 1.10200, 1.10210)
    assert await bench.positions() == ()
    deal = await bench.last_deal()
    assert (deal.volume, deal.position_id, deal.comment) == (0.3, first, "[sl 1.10200]")


async def test_margin_is_of_what_is_left_after_the_trade() -> None:
    bench = netting()
    await bench.buy("EURUSD", 0.2)

    async def margin_after(side: int, volume: float) -> float:
        check = await bench.terminal.order_check({"action": 1, "symbol": "EURUSD", "type": side, "volume": volume})
        assert check is not None
        assert check.retcode == 0
        return check.margin

    assert await margin_after(BUY, 0.1) == 330.03
    assert await margin_after(SELL, 0.1) == 110.01
    assert await margin_after(SELL, 0.2) == 0.0
    assert await margin_after(SELL, 0.3) == 110.0  # a tenth of a lot, opened anew at the bid


async def test_what_reduces_is_allowed_when_there_is_no_money_left() -> None:
    bench = netting(balance=1_200.0)
    await bench.buy("EURUSD", 1.0)
    bench.quote("EURUSD", 1.09500, 1.09510)
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == 10019
    assert (await bench.deal("EURUSD", SELL, 0.5)).retcode == 10009


@pytest.mark.parametrize(
    ("mode", "added", "reversed_"),
    [
        (mt.SYMBOL_TRADE_MODE_CLOSEONLY, 10044, 10044),
        (mt.SYMBOL_TRADE_MODE_LONGONLY, 10009, 10042),
        (mt.SYMBOL_TRADE_MODE_SHORTONLY, 10043, 10009),
    ],
)
async def test_trade_modes_forbid_what_is_new_and_never_what_reduces(mode: int, added: int, reversed_: int) -> None:
    bench = netting()
    await bench.buy("EURUSD", 0.3)
    market = bench.terminal._markets.meet("EURUSD")
    market.respecify(replace(market.spec, trade_mode=mode))
    assert (await bench.deal("EURUSD", SELL, 0.1)).retcode == 10009
    assert (await bench.deal("EURUSD", BUY, 0.1)).retcode == added
    assert (await bench.deal("EURUSD", SELL, 0.5)).retcode == reversed_


async def test_limits_count_what_is_new() -> None:
    bench = netting(max_positions=1)
    market = bench.terminal._markets.meet("EURUSD")
    market.respecify(replace(market.spec, volume_limit=0.5))
    await bench.buy("EURUSD", 0.3)
    assert (await bench.deal("EURUSD", BUY, 0.3)).retcode == 10034
    assert (await bench.deal("EURUSD", SELL, 0.8)).retcode == 10009
    assert (await bench.deal("EURUSD", SELL, 0.1)).retcode == 10034
    assert (await bench.deal("XAUUSD", BUY, 0.01)).retcode == 10040
    assert (await bench.wait("XAUUSD", mt.ORDER_TYPE_BUY_LIMIT, 1990.0, 0.01)).retcode == 10040
    assert (await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09, 0.1)).retcode == 10009


async def test_a_crumb_smaller_than_the_smallest_lot_is_not_left() -> None:
    bench = netting()
    await bench.buy("EURUSD", 0.1)
    market = bench.terminal._markets.meet("EURUSD")
    market.respecify(replace(market.spec, volume_min=0.05))
    assert (await bench.deal("EURUSD", SELL, 0.07)).retcode == 10014
    assert (await bench.deal("EURUSD", SELL, 0.05)).retcode == 10009


steps = st.lists(
    st.tuples(st.sampled_from([BUY, SELL]), st.integers(1, 30), st.integers(-300, 300)), min_size=1, max_size=25
)


@settings(max_examples=60)
@given(steps)
async def test_a_netted_account_is_the_arithmetic_sum_of_its_deals(played: list[tuple[int, int, int]]) -> None:
    """Signed volumes add up to the position, and money spent and got back to the result."""
    bench = Bench(replace(NETTING, balance=1_000_000.0))
    lots, cash = 0, 0.0
    for side, hundredths, points in played:
        price = 1.1 + points * 1e-5
        bench.quote("EURUSD", price, price)
        sign = 1 if side == BUY else -1
        assert (await bench.deal("EURUSD", side, hundredths / 100)).retcode == 10009
        lots += sign * hundredths
        cash -= sign * hundredths / 100 * round(price, 5) * 100_000
        positions = await bench.positions()
        assert [(each.volume, each.type) for each in positions] == (
            [(abs(lots) / 100, BUY if lots > 0 else SELL)] if lots else []
        )
        account = await bench.terminal.account_info()
        assert account is not None
        worth = cash + lots / 100 * round(price, 5) * 100_000
        # Every deal is rounded to the cent, and so is what floats.
        assert account.equity == pytest.approx(1_000_000.0 + worth, abs=0.01 * (len(played) + 1))
    deals = (await bench.deals())[1:]
    signed = sum((1 if deal.type == BUY else -1) * round(deal.volume * 100) for deal in deals)
    assert signed == lots
    orders = await bench.terminal.history_orders_get(*ALL_TIME)
    assert orders is not None
    assert {order.position_id for order in orders} == {deal.position_id for deal in deals}
