"""The client of a gateway as a terminal: what it answers, what it never makes up, and what it does not let through."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.clock import FrozenClock
from signalos_tui.execute import constants as mt
from signalos_tui.execute.mt5 import Expected, Times, listing
from signalos_tui.execute.retcodes import Answer as Meaning
from signalos_tui.execute.retcodes import classify
from signalos_tui.execute.structs import OrderSendResult, SymbolInfo, Tick
from signalos_tui.execute.terminal import Intent
from signalos_tui.link.frames import framed
from signalos_tui.link.messages import (
    ATTEMPTED_BEFORE,
    PAGE,
    REFUSED_BY_GATEWAY,
    WORKER_LOST,
    Answer,
    Call,
    Changed,
    Follow,
    Health,
    Hello,
    Ticked,
    packed,
)
from tests.execute.loopback import TOKEN, Loopback, Say, plain, request, until

INTENT = Intent("leg/1", 1, 2)


@pytest.fixture
async def gateway(tmp_path: Path) -> Any:
    """A gateway that behaves."""
    async with Loopback(tmp_path) as running:
        yield running


def answering(method: str, *answers: Any, error: tuple[int, str] = (1, "Success")) -> Any:
    """A behaviour: this method's results, one after the other, instead of the terminal's."""
    left = list(answers)

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if not (isinstance(message, Call) and message.method == method and left):
            return False
        say(framed(packed(Answer(message.id, left.pop(0), error))))
        return True

    return behave


def paged(symbols: list[Any]) -> Any:
    """A behaviour: a broker's list, page by page."""

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        if not (isinstance(message, Call) and message.method == "symbols_get"):
            return False
        start, count = message.arguments["start"], message.arguments["count"]
        say(framed(packed(Answer(message.id, symbols[start : start + count], (1, "Success")))))
        return True

    return behave


# --- what it is told ----------------------------------------------------------------------------------------------


async def test_every_question_is_answered_as_the_terminal_would(gateway: Loopback) -> None:
    """The same values over the wire as without it, for every method of the port."""
    paper = gateway.paper
    async with gateway.client() as terminal:
        sent = await terminal.order_send(request(), INTENT)
        assert sent is not None
        assert sent.retcode == mt.TRADE_RETCODE_DONE
        assert await terminal.terminal_info() == await paper.terminal_info()
        assert await terminal.account_info() == await paper.account_info()
        assert await terminal.symbols_get() == await paper.symbols_get()
        assert await terminal.symbol_info("EURUSD") == await paper.symbol_info("EURUSD")
        assert await terminal.symbol_info_tick("EURUSD") == await paper.symbol_info_tick("EURUSD")
        assert await terminal.symbol_select("EURUSD")
        assert await terminal.positions_get() == await paper.positions_get() != ()
        assert await terminal.positions_get(ticket=sent.order) == await paper.positions_get(ticket=sent.order)
        assert await terminal.orders_get(symbol="EURUSD") == ()
        assert await terminal.history_orders_get(0, 1 << 40) == await paper.history_orders_get(0, 1 << 40) != ()
        assert await terminal.history_deals_get(0, 1 << 40) == await paper.history_deals_get(0, 1 << 40) != ()
        assert await terminal.history_deals_of(sent.order) == await paper.history_deals_of(sent.order) != ()
        profit = ("EURUSD", 1.0, 1.08, 1.09)
        assert await terminal.order_calc_profit(0, *profit) == await paper.order_calc_profit(0, *profit)
        margin = ("EURUSD", 1.0, 1.08)
        assert await terminal.order_calc_margin(0, *margin) == await paper.order_calc_margin(0, *margin)
        assert await terminal.order_check(request()) == await paper.order_check(request())


async def test_greeting_says_who_we_are_and_the_token_nowhere_else(gateway: Loopback) -> None:
    want = Expected(trades=True, holder="journal 4711", fence=9)
    async with gateway.client(want):
        (hello,) = gateway.said(Hello)
        assert (hello.token, hello.holder, hello.fence, hello.trades) == (TOKEN, "journal 4711", 9, True)
    async with gateway.client(want) as terminal:
        assert TOKEN not in repr(terminal.reach) + repr(terminal.welcome) + repr(vars(terminal))


async def test_what_does_not_exist_is_none_with_the_terminals_error(gateway: Loopback) -> None:
    async with gateway.client() as terminal:
        assert await terminal.symbol_info("NOSUCH") is None
        assert (await terminal.last_error())[0] == mt.RES_E_NOT_FOUND
        assert not await terminal.symbol_select("NOSUCH")
        assert await terminal.account_info() is not None
        assert await terminal.last_error() == (1, "Success")


async def test_errors_of_many_who_ask_at_once_are_each_ones_own(gateway: Loopback) -> None:
    """Fifty tasks, every second asks for what does not exist; none reads what another was told."""

    async def asking(terminal: Any, number: int) -> bool:
        symbol = "NOSUCH" if number % 2 else "EURUSD"
        found = await terminal.symbol_info(symbol)
        await asyncio.sleep(0)
        code, _ = await terminal.last_error()
        return (found is None, code) == ((True, mt.RES_E_NOT_FOUND) if number % 2 else (False, 1))

    async with gateway.client() as terminal:
        assert all(await asyncio.gather(*(asking(terminal, number) for number in range(50))))


async def test_answers_in_another_order_go_to_whom_they_belong(gateway: Loopback) -> None:
    held: list[Call] = []

    async def behave(loopback: Loopback, message: Any, say: Say) -> bool:
        if not (isinstance(message, Call) and message.method.startswith("order_calc")):
            return False
        held.append(message)
        if len(held) == 3:
            for call in reversed(held):
                say(framed(packed(Answer(call.id, call.arguments["volume"]))))
        return True

    async with gateway.client() as terminal:
        await terminal.symbol_select("EURUSD")
        gateway.behaves = behave
        asked = (terminal.order_calc_margin(0, "EURUSD", volume, 1.0) for volume in (1.0, 2.0, 3.0))
        assert await asyncio.gather(*asked) == [1.0, 2.0, 3.0]


# --- what it does not make up -------------------------------------------------------------------------------------


SOUND = plain(OrderSendResult())


@pytest.mark.parametrize(
    "answer",
    [
        {},
        "done",
        [],
        True,
        {**SOUND, "retcode": "10009"},
        {**SOUND, "retcode": None},
        {**SOUND, "price": float("nan")},
        {**SOUND, "price": float("inf")},
        {**SOUND, "deal": 1.5},
        {**SOUND, "order": True},
        {**SOUND, "comment": b"x"},
        {**SOUND, "request": None},
        {**SOUND, "request": {}},
        {name: value for name, value in SOUND.items() if name != "order"},
    ],
)
async def test_answer_to_an_order_when_not_whole_then_it_proves_nothing(gateway: Loopback, answer: Any) -> None:
    """A missing field is no zero: the call has failed, and the order may have been carried out."""
    async with gateway.client() as terminal:
        gateway.behaves = answering("order_send", answer)
        assert await terminal.order_send(request(), INTENT) is None
        error = await terminal.last_error()
        assert error[0] == mt.RES_E_INTERNAL_FAIL_RECEIVE
        assert classify(None, error) is Meaning.AMBIGUOUS


@pytest.mark.parametrize("answer", [{}, "none", [{}], [None], 5, {"0": {}}])
async def test_list_when_not_readable_then_it_is_a_failed_call_and_not_an_empty_one(
    gateway: Loopback, answer: Any
) -> None:
    """None is not () (D12)."""
    async with gateway.client() as terminal:
        gateway.behaves = answering("positions_get", answer)
        assert await terminal.positions_get() is None
        gateway.behaves = answering("history_deals_get", answer)
        assert await terminal.history_deals_get(0, 1) is None
        gateway.behaves = answering("positions_get", None, error=(-1, "Terminal: Call failed"))
        assert await terminal.positions_get() is None
        assert await terminal.last_error() == (-1, "Terminal: Call failed")
        assert await terminal.positions_get() == ()


async def test_list_of_ten_thousand_symbols_when_read_then_others_get_their_turn(gateway: Loopback) -> None:
    """A broker's whole list never keeps the loop for long."""
    info = plain(await gateway.paper.symbol_info("EURUSD"))
    async with gateway.client(times=Times()) as terminal:
        gateway.behaves = paged([{**info, "name": f"S{number}"} for number in range(10_000)])
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(others())
        symbols = await terminal.symbols_get()
        beside.cancel()
        assert symbols is not None
        assert [symbol.name for symbol in symbols] == [f"S{number}" for number in range(10_000)]
        assert turns > 10_000 / 50


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
async def test_list_of_symbols_when_it_is_this_long_then_whole_and_in_order(gateway: Loopback, count: int) -> None:
    info = plain(await gateway.paper.symbol_info("EURUSD"))
    names = [f"S{number}" for number in range(count)]
    async with gateway.client(times=Times()) as terminal:
        gateway.behaves = paged([{**info, "name": name} for name in names])
        assert [symbol.name for symbol in await terminal.symbols_get() or ()] == names
        assert len(gateway.calls("symbols_get")) == count // PAGE + 1


async def test_list_of_symbols_when_the_gateway_knows_no_pages_then_it_is_asked_for_the_whole(
    gateway: Loopback,
) -> None:
    """An older one refuses arguments it does not know."""
    error = (REFUSED_BY_GATEWAY, "the arguments of symbols_get cannot be used")
    async with gateway.client() as terminal:
        gateway.behaves = answering("symbols_get", None, error=error)
        assert await terminal.symbols_get() == await gateway.paper.symbols_get()
        assert [call.arguments for call in gateway.calls("symbols_get")] == [{"start": 0, "count": PAGE}, {}]
        gateway.behaves = answering("symbols_get", None, None, error=error)
        assert await terminal.symbols_get() is None
        assert await terminal.last_error() == error


async def test_list_of_symbols_when_a_page_fails_or_it_never_ends_then_there_is_none(
    gateway: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = plain(await gateway.paper.symbol_info("EURUSD"))
    page = [{**info, "name": f"S{number}"} for number in range(PAGE)]
    async with gateway.client(times=Times()) as terminal:
        gateway.behaves = answering("symbols_get", page, [*page, info])  # more than was asked for
        assert await terminal.symbols_get() is None
        assert "a page of the list had" in (await terminal.last_error())[1]
        monkeypatch.setattr(listing, "MOST", 2 * PAGE)
        gateway.behaves = answering("symbols_get", page, page, page)
        assert await terminal.symbols_get() is None
        assert "did not end" in (await terminal.last_error())[1]
        gateway.behaves = answering("symbols_get", None, error=(-1, "Terminal: Call failed"))
        assert await terminal.symbols_get() is None
        assert await terminal.last_error() == (-1, "Terminal: Call failed")


async def test_fields_we_do_not_know_are_left_out(gateway: Loopback) -> None:
    """Newer terminals have more of them."""
    info = plain(await gateway.paper.symbol_info("EURUSD"))
    async with gateway.client() as terminal:
        gateway.behaves = answering("symbol_info", {**info, "brand_new": 1})
        assert await terminal.symbol_info("EURUSD") == await gateway.paper.symbol_info("EURUSD")
        gateway.behaves = answering("symbol_info", {**info, "trade_tick_value": float("nan")})
        assert await terminal.symbol_info("EURUSD") is None
        assert "trade_tick_value" in (await terminal.last_error())[1]
        assert isinstance(await terminal.symbol_info("EURUSD"), SymbolInfo)


async def test_no_result_and_no_error_is_a_failure_all_the_same(gateway: Loopback) -> None:
    async with gateway.client() as terminal:
        gateway.behaves = answering("account_info", None)
        assert await terminal.account_info() is None
        assert (await terminal.last_error())[0] == mt.RES_E_FAIL


# --- what it does not let through ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("volume", 1),
        ("volume", True),
        ("volume", float("nan")),
        ("price", "1.0851"),
        ("sl", -1.0),
        ("tp", float("inf")),
        ("type", 0.0),
        ("magic", 1 << 64),
        ("magic", -1),
        ("deviation", None),
        ("comment", "x" * 26),
        ("comment", "grün"),
        ("symbol", "X" * 30),
        ("symbol", "\ud800"),
        ("type_filling", None),
        ("surprise", 1),
    ],
)
async def test_request_when_the_package_would_not_take_it_then_it_never_leaves(
    gateway: Loopback, field: str, value: object
) -> None:
    """The exact types the binding accepts; a definite no, with the field's name."""
    async with gateway.client() as terminal:
        assert await terminal.order_send(request(**{field: value}), INTENT) is None
        error = await terminal.last_error()
        assert error[0] == mt.RES_E_INVALID_PARAMS
        assert f'"{field}"' in error[1]
        assert classify(None, error) is Meaning.REFUSED
        assert await terminal.order_check(request(**{field: value})) is None
        assert not gateway.calls("order_send")
        assert not gateway.calls("order_check")


@pytest.mark.parametrize("field", ["symbol", "volume", "type", "type_filling", "action"])
async def test_request_when_a_field_is_left_out_that_has_no_sound_default_then_it_never_leaves(
    gateway: Loopback, field: str
) -> None:
    """The filling mode above all, also of a close."""
    async with gateway.client() as terminal:
        bare = {name: value for name, value in request(position=5).items() if name != field}
        assert await terminal.order_send(bare, INTENT) is None
        assert field in (await terminal.last_error())[1]
        assert not gateway.calls("order_send")


async def test_order_without_an_intent_never_leaves(gateway: Loopback) -> None:
    """The gateway could not tell it from one it has sent (R6)."""
    async with gateway.client() as terminal:
        assert await terminal.order_send(request()) is None
        assert await terminal.order_send(request(), Intent("", 0, 0)) is None
        assert classify(None, await terminal.last_error()) is Meaning.REFUSED
        assert not gateway.calls("order_send")


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (REFUSED_BY_GATEWAY, Meaning.REFUSED),
        (ATTEMPTED_BEFORE, Meaning.AMBIGUOUS),
        (WORKER_LOST, Meaning.AMBIGUOUS),
        (-20_999, Meaning.AMBIGUOUS),
    ],
)
async def test_codes_of_the_gateway_when_told_then_a_guards_no_is_definite_and_the_rest_is_not(
    gateway: Loopback, code: int, meaning: Meaning
) -> None:
    async with gateway.client() as terminal:
        gateway.behaves = answering("order_send", None, error=(code, "why"))
        assert await terminal.order_send(request(), INTENT) is None
        error = await terminal.last_error()
        assert error == (code, "why")
        assert classify(None, error) is meaning


async def test_words_of_the_gateway_when_endless_or_not_for_a_terminal_then_one_harmless_line(
    gateway: Loopback,
) -> None:
    """They may end up in the journal and on the screen (F9)."""
    async with gateway.client() as terminal:
        gateway.behaves = answering(
            "order_send", None, error=(REFUSED_BY_GATEWAY, "no\x1b]52;c;Zm9v\x07\n" + "x" * 100_000)
        )
        assert await terminal.order_send(request(), INTENT) is None
        _, text = await terminal.last_error()
        assert len(text) <= 300
        assert text.isprintable()


# --- symbols and ticks --------------------------------------------------------------------------------------------


async def test_symbol_is_put_into_the_market_watch_once_before_it_is_used(gateway: Loopback) -> None:
    async with gateway.client() as terminal:
        await terminal.symbol_info("EURUSD")
        await terminal.symbol_info_tick("EURUSD")
        await terminal.order_calc_margin(0, "EURUSD", 1.0, 1.0)
        methods = [call.method for call in gateway.said(Call)]
        assert methods == ["symbol_select", "symbol_info", "symbol_info_tick", "order_calc_margin"]


async def test_symbols_are_selected_and_followed_again_after_an_outage(gateway: Loopback) -> None:
    """A terminal that was started again has an empty market watch."""
    async with gateway.client() as terminal:
        await terminal.symbol_info_tick("EURUSD")
        await gateway.shut()
        await until(terminal, lambda: not terminal.reach.is_open)
        gateway.heard.clear()
        await gateway.open()
        await until(terminal, lambda: terminal.reach.is_open)
        await terminal.symbol_info("EURUSD")
        assert len(gateway.calls("symbol_select")) == 1
        assert gateway.said(Follow) == [Follow(("EURUSD",))]


async def test_tick_when_streamed_a_moment_ago_then_no_question_is_asked(tmp_path: Path) -> None:
    """The newest one answers while it is fresh; then the terminal is asked, whose answer says how old it is (C4)."""
    clock = FrozenClock()
    async with Loopback(tmp_path, clock=clock) as gateway, gateway.client() as terminal:
        first = await terminal.symbol_info_tick("EURUSD")
        assert first is not None
        newer = replace(first, bid=1.0860, ask=1.0861, time_msc=first.time_msc + 5)
        gateway.tell(Ticked({"EURUSD": plain(newer), "NEVER": plain(newer)}))
        await terminal.account_info()  # whatever was said before its answer has arrived
        assert await terminal.symbol_info_tick("EURUSD") == newer
        assert len(gateway.calls("symbol_info_tick")) == 1
        clock.advance(1_001)
        assert await terminal.symbol_info_tick("EURUSD") == first
        assert len(gateway.calls("symbol_info_tick")) == 2
        assert gateway.said(Follow) == [Follow(("EURUSD",))]


@pytest.mark.parametrize("broken", [{}, {"bid": 1.0}, "tick", {**plain(Tick()), "bid": float("nan")}])
async def test_tick_when_not_whole_then_it_is_not_taken(gateway: Loopback, broken: Any) -> None:
    async with gateway.client() as terminal:
        first = await terminal.symbol_info_tick("EURUSD")
        gateway.tell(Ticked({"EURUSD": broken}))
        await terminal.account_info()
        if isinstance(broken, dict):
            assert await terminal.symbol_info_tick("EURUSD") == first
        else:
            await until(terminal, lambda: terminal.reach.is_open)
            assert await terminal.symbol_info_tick("EURUSD") == first


async def test_change_when_announced_then_whoever_waits_learns_of_it_at_once(gateway: Loopback) -> None:
    async with gateway.client() as terminal:
        assert await terminal.changed(0)  # the connection is new: look at everything
        assert not await terminal.changed(0.01)
        gateway.tell(Changed())
        assert await terminal.changed(5.0)
        assert not await terminal.changed(0.01)


async def test_health_when_told_then_in_words_with_what_to_do(gateway: Loopback) -> None:
    async with gateway.client() as terminal:
        gateway.tell(Health("hung", "order_send for 41 s", 5))
        await until(terminal, lambda: not terminal.reach.is_open)
        assert terminal.reach.code == "hung"
        assert "41 s" in terminal.reach.text
        assert "restart MetaTrader" in terminal.reach.remedy
        gateway.tell(Health("ok", "", 6))
        await until(terminal, lambda: terminal.reach.is_open)
