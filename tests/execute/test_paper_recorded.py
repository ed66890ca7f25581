"""Every recorded result of a real terminal, played again: the situation set up, the request sent, all fields compared.

What differs by nature is compared by relation: tickets and request numbers (there or not), times. How brokers differ in the
shape of their answers is a setting of the paper broker, and each record is played on the broker it came from.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import PaperSettings
from signalos_tui.execute.structs import OrderSendResult, TradeDeal, TradePosition
from tests.execute import reference
from tests.execute.paper_kit import ALL_TIME, QUICK, Bench

RECORDS = reference.load("recorded_results")["records"]
NUMBERED = dict(enumerate(RECORDS))
POINTS = {"EURUSD": 1e-5, "GBPUSD": 1e-5, "USDJPY": 1e-3, "BTCUSD": 0.1, "XAUUSD": 0.01}
TICKETS = ("deal", "order", "request_id")
ARGUMENTS = ("order", "position")  # tickets of the request: they are this account's, not the recorded one's


def records_of(struct: str) -> list[Any]:
    numbers = [number for number, record in NUMBERED.items() if record["struct"] == struct]
    return [pytest.param(NUMBERED[number]["value"], id=f"{number}") for number in numbers]


def sends(*actions: int) -> list[Any]:
    found = records_of("OrderSendResult")
    return [each for each in found if each.values[0]["request"]["action"] in actions]


def test_every_record_is_played() -> None:
    """57 records: sends, a check, positions, deals, an account, a list and an exit."""
    played = sum(len(records_of(struct)) for struct in {record["struct"] for record in RECORDS})
    assert played == len(RECORDS) == 57
    assert len(sends(1, 5, 6, 8)) == len(records_of("OrderSendResult")) == 48


def broker(answer: dict[str, Any]) -> PaperSettings:
    """The manners of the broker that gave an answer."""
    bid, ask, price, is_order = answer["bid"], answer["ask"], answer["price"], not answer["deal"]
    quotes = "deals"
    if bid and is_order:
        quotes = "always"
    elif not bid and answer["deal"]:
        quotes = "never"
    elif bid == ask == price and answer["deal"]:
        quotes = "fills"
    own = bool(answer["request"]["comment"]) and answer["comment"] == answer["request"]["comment"]
    return replace(QUICK, answer_quotes=quotes, echoes_comment=own, balance=1_000_000.0)


def at_broker(settings: PaperSettings, symbol: str, **spec: Any) -> Bench:
    """Instant execution and no distance for stops, as the demo server had it that most records come from."""
    bench = Bench(settings)
    market = bench.terminal._markets.meet(symbol)
    shape = {"trade_exemode": mt.SYMBOL_TRADE_EXECUTION_INSTANT, "filling_mode": 1, "trade_stops_level": 0} | spec
    market.respecify(replace(market.spec, **shape))
    return bench


def quoted(bench: Bench, symbol: str, side: int, price: float, other: float = 0.0) -> None:
    """Quote a symbol so that a trade of that side is made at the price. other: the other side of the quote."""
    away = round(price + POINTS[symbol] * (1 if side else -1), 5)
    bid, ask = (price, other or away) if side else (other or away, price)
    bench.quote(symbol, bid, ask)


def request_of(answer: dict[str, Any], **tickets: int) -> dict[str, Any]:
    return dict(answer["request"], **tickets)


def compared(result: OrderSendResult, recorded: dict[str, Any]) -> None:
    """All fields but tickets are alike; tickets and numbers are there exactly where the recorded ones are."""
    ours, theirs = asdict(result), dict(recorded)
    mine, request = asdict(ours.pop("request")), dict(theirs.pop("request"))
    for field in TICKETS:
        assert bool(ours.pop(field)) == bool(theirs.pop(field)), field
    for field in ARGUMENTS:
        assert bool(mine.pop(field)) == bool(request.pop(field)), field
    assert ours == pytest.approx(theirs, rel=1e-12)
    assert mine == pytest.approx(request, rel=1e-12)


@pytest.mark.parametrize("answer", [each for each in sends(1) if each.values[0]["retcode"] == 10009])
async def test_a_recorded_deal(answer: dict[str, Any]) -> None:
    request = answer["request"]
    symbol, side, price = request["symbol"], request["type"], answer["price"]
    bench = at_broker(broker(answer), symbol)
    position = 0
    if request["position"]:
        quoted(bench, symbol, 1 - side, price)
        opened = await bench.deal(symbol, 1 - side, request["volume"], price=price, deviation=10)
        position = bench.done(opened)
    other = answer["ask" if side else "bid"]
    quoted(bench, symbol, side, price, other if other != price else 0.0)
    compared(await bench.send(**request_of(answer, position=position)), answer)
    assert len(await bench.positions()) == (0 if position else 1)


@pytest.mark.parametrize("answer", sends(5))
async def test_a_recorded_pending_order(answer: dict[str, Any]) -> None:
    request = answer["request"]
    bench = at_broker(broker(answer), request["symbol"])
    above = round(request["price"] * 1.01, 2)
    bench.quote(request["symbol"], answer["bid"] or above, answer["ask"] or above + 1e-4)
    result = await bench.send(**request)
    compared(result, answer)
    orders = await bench.terminal.orders_get(ticket=result.order)
    assert orders
    assert orders[0].type == request["type"]
    assert orders[0].price_open == pytest.approx(request["price"])


@pytest.mark.parametrize("answer", sends(8))
async def test_a_recorded_removal(answer: dict[str, Any]) -> None:
    bench = at_broker(broker(answer), "EURUSD")
    bench.quote("EURUSD", 1.1, 1.1001)
    order = bench.done(await bench.wait("EURUSD", mt.ORDER_TYPE_BUY_LIMIT, 1.09))
    result = await bench.send(**request_of(answer, order=order))
    compared(result, answer)
    assert result.order == order


async def held_as(bench: Bench, request: dict[str, Any]) -> int:
    """A position like the one whose levels were changed."""
    side, symbol = request["type"], request["symbol"]
    price = request["price"] or request["sl"] * 1.01
    quoted(bench, symbol, side, round(price, 5))
    volume = request["volume"] or 0.01
    return bench.done(await bench.deal(symbol, side, volume, price=round(price, 5), deviation=10))


@pytest.mark.parametrize("answer", sends(6))
async def test_a_recorded_change_of_levels(answer: dict[str, Any]) -> None:
    request = answer["request"]
    bench = at_broker(broker(answer), request["symbol"])
    ticket = await held_as(bench, request)
    compared(await bench.send(**request_of(answer, position=ticket)), answer)
    position = await bench.position(ticket)
    point = POINTS[request["symbol"]]
    assert (position.sl, position.tp) == pytest.approx((request["sl"], request["tp"]), abs=point)


SERIES = [
    [each.values[0] for each in group]
    for _, group in groupby(
        sends(6), key=lambda each: (each.values[0]["request"]["position"], each.values[0]["request"]["symbol"])
    )
]


@pytest.mark.parametrize("answers", [series for series in SERIES if len(series) > 1])
async def test_a_recorded_trail_of_levels_changes_something_with_every_step(answers: list[dict[str, Any]]) -> None:
    """Trailing stops as they were sent one after another: none of them was "no changes", halves are rounded up."""
    first = answers[0]["request"]
    bench = at_broker(broker(answers[0]), first["symbol"])
    ticket = await held_as(bench, first)
    for answer in answers:
        compared(await bench.send(**request_of(answer, position=ticket)), answer)


@pytest.mark.parametrize("answer", [each for each in sends(1) if each.values[0]["retcode"] == 10016])
async def test_a_recorded_refusal_of_stops(answer: dict[str, Any]) -> None:
    """The stop of a sale was a point below its price: under the ask."""
    bench = Bench()
    quoted(bench, "EURUSD", 1, answer["request"]["price"])
    compared(await bench.send(**answer["request"]), answer)


@pytest.mark.parametrize("answer", [each for each in sends(1) if each.values[0]["retcode"] == 10027])
async def test_a_recorded_refusal_of_a_terminal_that_may_not_trade(answer: dict[str, Any]) -> None:
    bench = Bench()
    quoted(bench, "XAUUSD", 0, answer["request"]["price"])
    bench.terminal.algo_trading = False
    compared(await bench.send(**answer["request"]), answer)


@pytest.mark.parametrize("answer", [each for each in sends(1) if each.values[0]["retcode"] == 10004])
async def test_a_recorded_requote(answer: dict[str, Any]) -> None:
    """Gold with three digits: two cents are twenty points, ten were allowed. BOC is accepted by instant execution."""
    spec = {"digits": 3, "point": 0.001, "trade_tick_size": 0.001}
    bench = at_broker(broker(answer), "XAUUSD", **spec)
    bench.quote("XAUUSD", answer["bid"], answer["ask"])
    compared(await bench.send(**answer["request"]), answer)


@pytest.mark.parametrize("values", records_of("list(OrderSendResult)"))
async def test_a_recorded_refusal_of_a_price_of_zero(values: list[Any]) -> None:
    fields, arguments = reference.load("structs")["OrderSendResult"]["fields"], values[-1]
    request = dict(zip(reference.load("structs")["TradeRequest"]["fields"], arguments, strict=True))
    answer = dict(zip(fields, [*values[:-1], request], strict=True))
    bench = at_broker(QUICK, "EURUSD")
    bench.quote("EURUSD", 1.1, 1.1001)
    compared(await bench.send(**request), answer)


@pytest.mark.parametrize("account", records_of("AccountInfo"))
async def test_a_recorded_account(account: dict[str, Any]) -> None:
    settings = PaperSettings(
        login=account["login"],
        name=account["name"],
        server=account["server"],
        company=account["company"],
        currency=account["currency"],
        leverage=account["leverage"],
        balance=account["balance"],
        margin_mode=account["margin_mode"],
        margin_call=account["margin_so_call"],
        stop_out=account["margin_so_so"],
        max_orders=account["limit_orders"],
    )
    told = await Bench(settings).terminal.account_info()
    assert told is not None
    assert asdict(told) == account


@pytest.mark.parametrize("recorded", records_of("OrderCheckResult"))
async def test_a_recorded_check(recorded: dict[str, Any]) -> None:
    bench = at_broker(replace(QUICK, currency="EUR", balance=recorded["balance"]), "EURUSD")
    quoted(bench, "EURUSD", 0, recorded["request"]["price"])
    check = await bench.terminal.order_check(recorded["request"])
    assert check is not None
    told = asdict(check)
    assert asdict(told.pop("request")) == recorded["request"]
    assert told == {field: value for field, value in recorded.items() if field != "request"}


@pytest.mark.parametrize("recorded", records_of("TradePosition"))
async def test_a_recorded_position(recorded: dict[str, Any]) -> None:
    """One night after its opening; the swap of a night is chosen so that it is the recorded one."""
    side, price, now = recorded["type"], recorded["price_open"], recorded["price_current"]
    lots = recorded["volume"]
    swaps = {"swap_mode": mt.SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT, "swap_long": -0.09 / lots, "swap_short": 0.01 / lots}
    bench = at_broker(replace(QUICK, reason=recorded["reason"]), "EURUSD", **swaps)
    quoted(bench, "EURUSD", side, price)
    levels = {"sl": recorded["sl"], "tp": recorded["tp"]}
    ticket = bench.done(await bench.deal("EURUSD", side, lots, price=price, **levels))
    bench.clock.advance(86_400_000)
    bench.quote("EURUSD", now, now)
    told = asdict(await bench.position(ticket))
    assert told["ticket"] == told["identifier"] == ticket
    assert told["time"] == told["time_msc"] // 1000
    assert told["time_update"] == told["time_update_msc"] // 1000
    apart = ("ticket", "identifier", "time", "time_msc", "time_update", "time_update_msc")
    assert {field: value for field, value in told.items() if field not in apart} == {
        field: value for field, value in recorded.items() if field not in apart
    }


def deal_compared(deal: TradeDeal, recorded: dict[str, Any]) -> None:
    told = asdict(deal)
    assert bool(told["order"]) == bool(recorded["order"])
    assert (told["order"] == told["position_id"]) == (recorded["order"] == recorded["position_id"])
    assert told["ticket"]
    assert told["time"] == told["time_msc"] // 1000
    apart = ("ticket", "order", "position_id", "time", "time_msc")
    assert {field: value for field, value in told.items() if field not in apart} == {
        field: value for field, value in recorded.items() if field not in apart
    }


@pytest.mark.parametrize("recorded", records_of("TradeDeal"))
async def test_a_recorded_deal_of_the_history(recorded: dict[str, Any]) -> None:
    """Two buys, one of them with commission at the entry, and a deposit."""
    commission = -recorded["commission"] / recorded["volume"] if recorded["volume"] else 0.0
    bench = Bench(replace(QUICK, reason=recorded["reason"], commission=commission))
    if recorded["type"] == mt.DEAL_TYPE_BALANCE:
        deal_compared((await bench.deals())[0], recorded)
        return
    quoted(bench, recorded["symbol"], 0, recorded["price"])
    await bench.buy(recorded["symbol"], recorded["volume"])
    deal_compared(await bench.last_deal(), recorded)


@pytest.mark.parametrize("recorded", records_of("SL exit (fields quoted)"))
async def test_a_recorded_exit_at_a_stop(recorded: dict[str, Any]) -> None:
    """A level, a market behind it, and the loss that was recorded: a sale of a hundredth from 60 cents' worth below."""
    bench = Bench()
    start = round(recorded["price"] + recorded["profit"] / 0.01, 2)
    bench.quote("BTCUSD", start, start + 1)
    ticket = await bench.sell("BTCUSD", 0.01, sl=recorded["requested_sl"])
    bench.quote("BTCUSD", recorded["price"] - 1, recorded["price"])
    deal = await bench.last_deal()
    told = (deal.entry, deal.price, deal.profit, deal.comment)
    assert told == tuple(recorded[field] for field in ("entry", "price", "profit", "comment"))
    assert (deal.position_id, deal.reason) == (ticket, mt.DEAL_REASON_SL)
    orders = await bench.terminal.history_orders_get(*ALL_TIME)
    assert orders
    assert orders[-1].ticket == deal.order != ticket
    assert isinstance((await bench.terminal.positions_get()), tuple)


def test_positions_have_the_fields_that_were_recorded() -> None:
    (recorded, *_) = [record["value"] for record in RECORDS if record["struct"] == "TradePosition"]
    assert list(recorded) == list(TradePosition.__struct_fields__)
