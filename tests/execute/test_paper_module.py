"""The drop-in module: what a program written for the official package meets on the paper terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.clock import FrozenClock
from signalos_tui.errors import ConfigInvalid, OperatorNeeded
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper.faults import Break, LoseReply
from signalos_tui.execute.paper.groups import in_group
from signalos_tui.execute.paper.module import PaperModule, open_module
from signalos_tui.execute.paper.tape import bar_opening
from tests.execute import reference
from tests.execute.paper_kit import MONDAY, QUICK

FUNCTIONS = """
    initialize shutdown login version terminal_info account_info last_error symbols_total symbols_get symbol_info
    symbol_info_tick symbol_select market_book_add market_book_get market_book_release copy_rates_from
    copy_rates_from_pos copy_rates_range copy_ticks_from copy_ticks_range orders_total orders_get order_calc_margin
    order_calc_profit order_check order_send positions_total positions_get history_orders_total history_orders_get
    history_deals_total history_deals_get
"""
SERVER_NOW = MONDAY // 1000 + 2 * 3600


@pytest.fixture
def mt5() -> Iterator[PaperModule]:
    module = open_module(QUICK, clock=FrozenClock())
    assert module.initialize("terminal64.exe", login=QUICK.login, password="x", server=QUICK.server, timeout=1000)
    module.quote("EURUSD", 1.1, 1.1001)
    module.quote("XAUUSD", 2000.0, 2000.2)
    yield module
    module.close()


def buy(mt5: PaperModule, **more: Any) -> Any:
    request = {"action": mt5.TRADE_ACTION_DEAL, "symbol": "EURUSD", "volume": 0.1, "type": mt5.ORDER_TYPE_BUY}
    return mt5.order_send(request | more)


def test_all_functions_and_constants_of_the_package_are_there(mt5: PaperModule) -> None:
    functions = FUNCTIONS.split()
    assert len(functions) == 32
    assert all(callable(getattr(mt5, name)) for name in functions)
    constants = reference.load("constants")
    assert {name: getattr(mt5, name) for name in constants} == constants
    assert not hasattr(mt5, "SYMBOL_FILLING_FOK")


def test_nothing_works_before_initialize_nor_after_shutdown() -> None:
    module = open_module(QUICK)
    for _ in range(2):
        assert module.account_info() is None
        assert module.last_error() == (-10004, "No IPC connection")
        assert module.positions_get() is None
        assert module.order_send({}) is None
        assert module.order_send("no dict") is None
        assert module.last_error() == (-10004, "No IPC connection")
        assert not module.login(QUICK.login)
        assert module.symbols_total() == 0
        assert module.initialize()
        assert module.account_info() is not None
        assert module.last_error() == (1, "Success")
        module.shutdown()
    module.close()


@pytest.mark.parametrize(("login", "server"), [(5, None), (5, QUICK.server), (QUICK.login, "Other-Live")])
def test_another_account_is_not_authorised_and_nothing_is_used_then(login: int, server: str | None) -> None:
    module = open_module(QUICK)
    assert not module.initialize(login=login, server=server, password="x")
    assert module.last_error() == (-6, "Terminal: Authorization failed")
    assert module.account_info() is None
    module.close()


def test_an_argument_that_is_none_is_refused() -> None:
    module = open_module(QUICK)
    wrong: Any = "5"
    assert not module.initialize(login=wrong)
    assert module.last_error() == (-2, "Terminal: Invalid params")
    module.close()


def test_results_are_what_the_package_hands_out(mt5: PaperModule) -> None:
    result = buy(mt5, sl=1.09, magic=7, comment="hello")
    assert type(result).__name__ == "OrderSendResult"
    assert type(result.request).__name__ == "TradeRequest"
    assert result.retcode == result[0] == mt5.TRADE_RETCODE_DONE
    told = result._asdict()
    assert told["request"].magic == 7
    assert told["request"]._asdict()["comment"] == "hello"
    (position,) = mt5.positions_get(ticket=result.order) or ()
    assert (position.ticket, position.sl, position.reason) == (result.order, 1.09, mt5.POSITION_REASON_EXPERT)


def test_money_and_instruments_are_told(mt5: PaperModule) -> None:
    account, info, tick = mt5.account_info(), mt5.symbol_info("EURUSD"), mt5.symbol_info_tick("EURUSD")
    assert account is not None
    assert account._asdict()["balance"] == 10_000.0
    assert info is not None
    assert info._asdict()["ask"] == 1.1001
    assert tick is not None
    assert tick._asdict()["time"] == SERVER_NOW
    assert mt5.symbols_total() == len(mt5.symbols_get() or ()) > 10
    assert mt5.order_calc_margin(mt5.ORDER_TYPE_BUY, "EURUSD", 1, 1.1) == 1100.0
    assert mt5.order_calc_profit(mt5.ORDER_TYPE_BUY, "EURUSD", 1, 1, 2) == 100_000.0
    wrong: Any = "1"
    assert mt5.order_calc_margin(mt5.ORDER_TYPE_BUY, "EURUSD", wrong, 1.1) is None
    assert mt5.last_error() == (-2, "Terminal: Invalid params")
    assert mt5.symbol_info("NOPE") is None
    assert mt5.last_error() == (-4, "Terminal: Not found")
    version = mt5.version()
    assert version is not None
    assert version[0] == 500


@pytest.mark.parametrize("request_", [{"volume": 1}, {"price": Decimal(1)}, {"magic": -1}, {"comment": "x" * 30}])
def test_a_request_that_cannot_be_read_is_none_and_names_the_field(mt5: PaperModule, request_: dict[str, Any]) -> None:
    assert buy(mt5, **request_) is None
    assert mt5.last_error() == (-2, f'Invalid "{next(iter(request_))}" argument')


@pytest.mark.parametrize("symbol", [None, 5, b"EURUSD", ["EURUSD"], {}])
def test_a_symbol_has_to_be_a_text(mt5: PaperModule, symbol: Any) -> None:
    calls = (
        lambda: mt5.symbol_info(symbol),
        lambda: mt5.symbol_info_tick(symbol),
        lambda: mt5.symbol_select(symbol),
        lambda: mt5.symbols_get(symbol),
        lambda: mt5.market_book_add(symbol),
        lambda: mt5.market_book_get(symbol),
        lambda: mt5.order_calc_margin(0, symbol, 0.1, 1.1),
        lambda: mt5.order_calc_profit(0, symbol, 0.1, 1.1, 1.2),
        lambda: mt5.copy_ticks_from(symbol, 0, 1, mt5.COPY_TICKS_ALL),
        lambda: mt5.copy_rates_from_pos(symbol, mt5.TIMEFRAME_M1, 0, 1),
    )
    for call in calls:
        assert not call()
        assert mt5.last_error() == (-2, "Terminal: Invalid params")


def test_books_that_cannot_be_kept_break_the_pipe(tmp_path: Path) -> None:
    """Whatever stands in memory then is gone after a restart, so nothing of it is told."""
    module = open_module(QUICK, store=tmp_path / "paper.db", clock=FrozenClock())
    assert module.initialize()
    module.quote("EURUSD", 1.1, 1.1001)
    assert module._background is not None
    store = module._background.terminal._keeper
    store.failure = OperatorNeeded("the disk is full", "Make room")
    assert module.positions_get() is None
    assert module.last_error() == (-10002, "IPC recv failed")
    assert buy(module) is None
    store.failure = None
    module.close()


def test_a_feed_that_breaks_is_the_end_of_the_terminal_and_is_told() -> None:
    class Broken:
        symbols: tuple[str, ...] = ("EURUSD",)

        def ticks(self, start: int) -> Iterator[FeedTick]:
            yield FeedTick(start, "EURUSD", 1.1, 1.1001)
            yield FeedTick(start + 50, "EURUSD", 1.1, 1.1001)
            msg = "the file ends in the middle of a line"
            raise ValueError(msg)

    module = open_module(replace(QUICK, latency_ms=(60_000, 60_000)), feed=Broken())
    assert module.initialize()
    assert buy(module) is None  # it was on its way when the terminal ended
    assert module.last_error() == (-10002, "IPC recv failed")
    assert module.account_info() is None
    assert module.last_error() == (-10002, "IPC recv failed")
    with pytest.raises(ValueError, match="middle of a line"):
        module.close()
    module.close()


def test_a_terminal_that_has_ended_is_started_again() -> None:
    class Once:
        symbols: tuple[str, ...] = ("EURUSD",)
        starts = 0

        def ticks(self, start: int) -> Iterator[FeedTick]:
            self.starts += 1
            if self.starts == 1:
                raise OSError
            yield FeedTick(start, "EURUSD", 1.1, 1.1001)

    feed = Once()
    module = open_module(QUICK, feed=feed)
    assert module.initialize()
    while module.account_info() is not None:  # until the feed has broken
        pass
    assert module.initialize()
    assert module.account_info() is not None
    assert feed.starts == 2
    module.close()


def test_a_request_has_to_be_a_dict(mt5: PaperModule) -> None:
    for call in (mt5.order_send, mt5.order_check):
        assert call([("action", 1)]) is None
        assert mt5.last_error() == (-2, "Terminal: Invalid params")


def test_a_check_tells_the_account_after_the_trade(mt5: PaperModule) -> None:
    check: Any = mt5.order_check({"action": 1, "symbol": "EURUSD", "volume": 0.1, "type": 0})
    assert (check.retcode, check.comment, check.margin) == (0, "Done", 110.01)


def test_lists_are_filtered_by_symbol_group_or_ticket_in_this_order(mt5: PaperModule) -> None:
    euro = buy(mt5).order
    gold = buy(mt5, symbol="XAUUSD", volume=0.01).order

    def tickets(**filters: Any) -> list[int]:
        return [position.ticket for position in mt5.positions_get(**filters) or ()]

    assert tickets() == [euro, gold]
    assert mt5.positions_total() == 2
    assert tickets(symbol="EURUSD") == [euro]
    assert tickets(symbol="EURUSD", ticket=gold) == [euro]
    assert tickets(group="*USD,!*XAU*") == [euro]
    assert tickets(ticket=gold) == [gold]
    assert mt5.positions_get(symbol="NOPE") == ()
    assert mt5.positions_get(ticket=1) == ()
    assert mt5.last_error() == (1, "Success")
    wrong: Any = "5"
    assert mt5.positions_get(ticket=wrong) is None
    assert mt5.last_error() == (-2, "Terminal: Invalid params")
    assert mt5.orders_get() == ()
    assert mt5.orders_total() == 0


def test_the_history_is_found_by_window_group_ticket_and_position(mt5: PaperModule) -> None:
    opened = buy(mt5).order
    closed = buy(mt5, type=1, position=opened).order
    other = buy(mt5, symbol="XAUUSD", volume=0.01).order
    window = (SERVER_NOW - 10, SERVER_NOW + 10)

    def orders(*dates: Any, **filters: Any) -> list[int]:
        return [order.ticket for order in mt5.history_orders_get(*dates, **filters) or ()]

    def deals(*dates: Any, **filters: Any) -> list[int]:
        return [deal.order for deal in mt5.history_deals_get(*dates, **filters) or ()]

    assert orders(*window) == [opened, closed, other]
    assert orders(*window, group="*EUR*") == [opened, closed]
    assert orders(ticket=closed) == [closed]
    assert orders(position=opened) == [opened, closed]
    assert deals(*window) == [0, opened, closed, other]  # the deposit has no order
    assert deals(*window, group="*EUR*") == [opened, closed]
    assert deals(ticket=closed) == [closed]
    assert deals(position=opened) == [opened, closed]
    assert (mt5.history_orders_total(*window), mt5.history_deals_total(*window)) == (3, 4)
    assert orders(SERVER_NOW + 1, SERVER_NOW + 10) == []
    assert mt5.history_deals_get() is None
    assert mt5.last_error() == (-2, "Terminal: Invalid params")


def test_a_window_is_server_time_however_it_is_said(mt5: PaperModule, monkeypatch: pytest.MonkeyPatch) -> None:
    """A datetime without a zone is local time, because the package calls its `.timestamp()`."""
    aware = datetime.fromtimestamp(SERVER_NOW, UTC)
    assert mt5.history_deals_total(aware, aware) == 1
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        naive = aware.replace(tzinfo=None)
        assert mt5.history_deals_total(naive, naive) == 0
        local = datetime.fromtimestamp(SERVER_NOW)  # noqa: DTZ006 - local time is the point
        assert mt5.history_deals_total(local, local) == 1
    finally:
        monkeypatch.undo()
        time.tzset()


def test_ticks_and_bars_are_those_that_were_seen(mt5: PaperModule) -> None:
    mt5.quote("EURUSD", 1.1002, 1.1004)
    mt5.quote("EURUSD", 1.0999, 1.1001)
    ticks = mt5.copy_ticks_from("EURUSD", SERVER_NOW, 2, mt5.COPY_TICKS_ALL)
    assert ticks is not None
    assert [(tick["bid"], tick["time"]) for tick in ticks] == [(1.1, SERVER_NOW), (1.1002, SERVER_NOW)]
    bars = mt5.copy_rates_from_pos("EURUSD", mt5.TIMEFRAME_H1, 0, 10)
    assert bars is not None
    assert [tuple(bar) for bar in bars] == [(SERVER_NOW, 1.1, 1.1002, 1.0999, 1.0999, 3, 10, 0)]
    assert mt5.copy_rates_range("EURUSD", mt5.TIMEFRAME_H1, SERVER_NOW, SERVER_NOW) == bars
    assert mt5.copy_rates_from("EURUSD", mt5.TIMEFRAME_H1, SERVER_NOW + 5, 1) == bars
    assert mt5.copy_ticks_range("EURUSD", 0, SERVER_NOW, mt5.COPY_TICKS_TRADE) == ()


def test_a_past_that_was_not_seen_is_not_made_up(mt5: PaperModule) -> None:
    assert mt5.copy_rates_from_pos("GBPUSD", mt5.TIMEFRAME_M1, 0, 10) is None
    assert mt5.last_error() == (-1, "Terminal: Call failed")
    assert mt5.copy_ticks_from("NOPE", 0, 10, mt5.COPY_TICKS_ALL) is None
    assert mt5.last_error() == (-4, "Terminal: Not found")
    assert mt5.copy_rates_from_pos("EURUSD", 7, 0, 10) is None
    assert mt5.last_error() == (-2, "Terminal: Invalid params")


@pytest.mark.parametrize(
    ("timeframe", "opening"),
    [
        ("TIMEFRAME_M15", "2026-01-07 13:45"),
        ("TIMEFRAME_H4", "2026-01-07 12:00"),
        ("TIMEFRAME_D1", "2026-01-07 00:00"),
        ("TIMEFRAME_W1", "2026-01-04 00:00"),
        ("TIMEFRAME_MN1", "2026-01-01 00:00"),
    ],
)
def test_bars_open_where_they_do_in_the_terminal(timeframe: str, opening: str) -> None:
    at = round(datetime(2026, 1, 7, 13, 59, 59, tzinfo=UTC).timestamp())
    began = bar_opening(reference.load("constants")[timeframe], at)
    assert datetime.fromtimestamp(began, UTC).strftime("%Y-%m-%d %H:%M") == opening


def test_there_is_no_order_book_where_the_broker_shows_none(mt5: PaperModule) -> None:
    assert not mt5.market_book_add("EURUSD")
    assert mt5.market_book_get("EURUSD") is None
    assert mt5.last_error() == (-1, "Terminal: Call failed")
    assert mt5.market_book_release("EURUSD")
    assert not mt5.market_book_add("NOPE")
    assert mt5.last_error() == (-4, "Terminal: Not found")


@pytest.mark.parametrize(
    ("pattern", "inside"),
    [
        ("*", ["EURUSD", "EURJPY", "GBPUSD", ""]),
        ("*USD", ["EURUSD", "GBPUSD"]),
        ("EUR*", ["EURUSD", "EURJPY"]),
        ("EURUSD,GBPUSD", ["EURUSD", "GBPUSD"]),
        ("*,!*USD*", ["EURJPY", ""]),
        ("*, !EUR*, EURJPY", ["EURJPY", "GBPUSD", ""]),
        ("!*", []),
        ("", []),
    ],
)
def test_groups_take_their_conditions_one_after_another(pattern: str, inside: list[str]) -> None:
    assert list(filter(in_group(pattern), ["EURUSD", "EURJPY", "GBPUSD", ""])) == inside


def test_the_terminal_goes_on_while_nobody_is_connected(mt5: PaperModule) -> None:
    ticket = buy(mt5, sl=1.09).order
    mt5.shutdown()
    mt5.quote("EURUSD", 1.08, 1.0801)
    assert mt5.initialize()
    assert mt5.positions_get() == ()
    assert [deal.entry for deal in mt5.history_deals_get(position=ticket) or ()] == [0, 1]


def test_prices_move_between_the_calls() -> None:
    class Rising:
        symbols: tuple[str, ...] = ("EURUSD",)

        def ticks(self, start: int) -> Iterator[FeedTick]:
            return (FeedTick(start, "EURUSD", 1 + step * 1e-5, 1.1) for step in range(3000))

    module = open_module(QUICK, feed=Rising())
    assert module.initialize()
    seen: list[float] = []
    while not seen or seen[-1] < 1.02999:
        tick = module.symbol_info_tick("EURUSD")
        if tick is not None:
            seen.append(tick._asdict()["bid"])
    assert seen == sorted(seen)
    assert module.symbols_total() == 1
    module.close()


def test_the_books_outlive_the_terminal(tmp_path: Path) -> None:
    module = open_module(QUICK, store=tmp_path / "paper.db", clock=FrozenClock())
    assert module.initialize()
    module.quote("EURUSD", 1.1, 1.1001)
    ticket = buy(module).order
    module.close()
    assert module.account_info() is None
    assert module.initialize()
    assert [position.ticket for position in module.positions_get() or ()] == [ticket]
    module.close()
    module.close()


def test_books_of_another_account_raise_where_they_are_opened(tmp_path: Path) -> None:
    first = open_module(QUICK, store=tmp_path / "paper.db")
    assert first.initialize()
    first.close()
    second = open_module(replace(QUICK, login=5), store=tmp_path / "paper.db")
    with pytest.raises(ConfigInvalid, match="paper books"):
        second.initialize()
    assert "paper terminal" not in [thread.name for thread in threading.enumerate()]


def test_lost_answers_are_none_with_the_errors_of_a_broken_pipe() -> None:
    module = open_module(QUICK, clock=FrozenClock(), script=[LoseReply(), Break()])
    assert module.initialize()
    module.quote("EURUSD", 1.1, 1.1001)
    assert buy(module) is None
    assert module.last_error() == (-10005, "IPC timeout")
    assert module.positions_total() == 1
    assert buy(module) is None
    assert module.last_error() == (-10002, "IPC recv failed")
    assert buy(module).retcode == 10009
    module.close()


def test_the_example_of_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "paper.md").read_text()
    lines = [
        line.removeprefix("    ") for line in text.partition("## For programs")[2].splitlines() if line[:4] == "    "
    ]
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)
    assert "'balance': 10000.0" in capsys.readouterr().out
    names["mt5"].close()
