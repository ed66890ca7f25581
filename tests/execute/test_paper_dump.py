"""Instruments of real brokers: what was recorded of them can be traded on paper, and nonsense is refused with its place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.dump import MOST_BYTES, AccountFacts, Dump, load_dump, read_symbols
from signalos_tui.execute.paper.instruments import Session
from signalos_tui.execute.paper.server_time import utc_ms
from signalos_tui.execute.structs import SymbolInfo
from tests.execute import reference
from tests.execute.paper_kit import MONDAY, QUICK, Bench

RECORDED = reference.load("symbols")
FULL = RECORDED["full"]
HOSTILE = st.sampled_from("aZ0. /\\\x00\x07\x1b\x7f\x9b\u202e\u200b\ufeff\ud83d\U0001f680é")
FILLING = {0: mt.ORDER_FILLING_FOK, 1: mt.ORDER_FILLING_FOK, 2: mt.ORDER_FILLING_IOC}
SWAP_MODES = {"disabled": 0, "points": 1, "currency_symbol": 2, "interest_current": 5}


def label(entry: dict[str, Any]) -> str:
    return f"{entry['symbol']}-{entry['broker']}-{entry['info']['time']}"


def written(path: Path, symbols: list[dict[str, Any]], **account: Any) -> Path:
    path.write_text(json.dumps({"format": 1, "made": 0, "account": account, "symbols": symbols}))
    return path


def bench_of(dump: Dump, **changes: Any) -> Bench:
    return Bench(replace(dump.applied(QUICK), **changes))


@pytest.mark.parametrize("entry", FULL, ids=label)
async def test_a_recorded_instrument_is_told_as_it_was_recorded(entry: dict[str, Any], tmp_path: Path) -> None:
    """Every field of the dump comes back, but for those that follow from quotes of other pairs."""
    bench = bench_of(load_dump(written(tmp_path / "symbols.json", [entry["info"]])))
    info = await bench.terminal.symbol_info(entry["symbol"])
    assert info is not None
    told = {field: getattr(info, field) for field in entry["info"] if not field.startswith("trade_tick_value")}
    assert told == {field: value for field, value in entry["info"].items() if field in told}
    tick = await bench.terminal.symbol_info_tick(entry["symbol"])
    assert tick is not None
    assert (tick.time, tick.bid, tick.ask) == tuple(entry["info"][field] for field in ("time", "bid", "ask"))


ELSEWHERE: dict[str, tuple[str, dict[str, tuple[float, float]]]] = {
    "EURUSD-MetaQuotes-Demo-1647042897": ("EUR", {}),
    "EURJPY-MetaQuotes-Demo-1585069682": ("USD", {"USDJPY": (111.380, 111.387)}),
    "EURJPY-unknown-1668586522": ("USD", {"USDJPY": (139.393, 139.404)}),
    "USDMXN-unknown-1688763002": ("GBP", {"GBPUSD": (1.28421, 1.28427)}),
    "USDJPY-unknown-1705969770": ("GBP", {"GBPJPY": (188.039, 188.191)}),
    "USTEC-Tickmill-1776711877": ("USD", {}),
    "ETHUSD-unknown-1785532534": ("USD", {}),
}
"""The account's currency, and what other pairs must have been quoted at: with the digits brokers quote them with."""


@pytest.mark.parametrize("entry", FULL, ids=label)
async def test_tick_values_are_those_of_the_real_terminal(entry: dict[str, Any]) -> None:
    """Gains are converted at the worse side and losses too, directly or through the dollar."""
    currency, quotes = ELSEWHERE[label(entry)]
    bench = bench_of(read_symbols([entry["info"]], AccountFacts(), "test"), currency=currency)
    for symbol, (bid, ask) in quotes.items():
        bench.quote(symbol, bid, ask)
    info = await bench.terminal.symbol_info(entry["symbol"])
    assert info is not None
    for field in ("trade_tick_value", "trade_tick_value_profit", "trade_tick_value_loss"):
        assert getattr(info, field) == pytest.approx(entry["info"][field], rel=1e-12)


@pytest.mark.parametrize("entry", FULL, ids=label)
async def test_a_recorded_instrument_is_traded(entry: dict[str, Any]) -> None:
    spec = entry["info"]
    dump = read_symbols([spec], AccountFacts(leverage=100), "test")
    bench = bench_of(dump, balance=1_000_000.0)
    bench.quote(entry["symbol"], spec["bid"], spec["ask"])
    filling = FILLING[spec["filling_mode"] & 2]
    ask: dict[str, Any] = {"type_filling": filling, "price": spec["ask"]}
    ticket = await bench.buy(entry["symbol"], spec["volume_min"], **ask)
    assert (await bench.position(ticket)).price_open == spec["ask"]
    bid: dict[str, Any] = ask | {"price": spec["bid"], "position": ticket}
    assert (await bench.deal(entry["symbol"], mt.ORDER_TYPE_SELL, spec["volume_min"], **bid)).retcode == 10009
    deal = await bench.last_deal()
    expected = (spec["bid"] - spec["ask"]) * spec["volume_min"] * spec["trade_contract_size"]
    if spec["currency_profit"] == "USD":
        assert deal.profit == pytest.approx(expected, abs=0.005)
    else:
        assert deal.profit < 0


def test_kinds_of_instruments_keep_their_hours() -> None:
    dump = read_symbols([FULL[0]["info"], FULL[5]["info"], FULL[6]["info"]], AccountFacts(), "test")
    assert [each.session for each in dump.instruments] == [Session.WEEK, Session.DAYS, Session.ALWAYS]


def as_symbol_info(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """A specification of the other broker's exporter as SymbolInfo; what it does not tell is what is usual."""
    is_currency = name[:3] == spec["base_currency"] and spec["contract_size"] == 100_000
    price = 1.0 if is_currency else 100.0
    return {
        "name": name,
        "path": spec["path"],
        "description": spec["description"],
        "digits": spec["digits"],
        "point": spec["point"],
        "trade_tick_size": spec["tick_size"],
        "trade_contract_size": spec["contract_size"],
        "trade_calc_mode": mt.SYMBOL_CALC_MODE_FOREX if is_currency else mt.SYMBOL_CALC_MODE_CFDLEVERAGE,
        "trade_mode": mt.SYMBOL_TRADE_MODE_FULL,
        "trade_exemode": mt.SYMBOL_TRADE_EXECUTION_MARKET,
        "trade_stops_level": spec["stops_level"],
        "trade_freeze_level": spec["freeze_level"],
        "filling_mode": 3,
        "order_mode": 127,
        "expiration_mode": 15,
        "swap_mode": SWAP_MODES[spec["swap_mode"]],
        "bid": price,
        "ask": round(price + spec["point"], spec["digits"]),
        **{field: spec[field] for field in ("volume_min", "volume_max", "volume_step", "volume_limit")},
        **{field: spec[field] for field in ("swap_long", "swap_short", "swap_rollover3days", "margin_initial")},
        **{f"currency_{kind}": spec[f"{kind}_currency"] for kind in ("base", "profit", "margin")},
    }


@pytest.mark.parametrize("name", sorted(RECORDED["vantage_demo_subset"]["symbols"]))
async def test_a_brokers_specification_is_traded_where_its_money_can_be_converted(name: str) -> None:
    spec = as_symbol_info(name, RECORDED["vantage_demo_subset"]["symbols"][name])
    broker = RECORDED["vantage_demo_subset"]["broker_info"]
    facts = AccountFacts(leverage=broker["leverage"], margin_so_call=50.0, margin_so_so=20.0)
    bench = bench_of(read_symbols([spec], facts, "test"), balance=1e6)
    bench.quote(name, spec["bid"], spec["ask"])
    result = await bench.deal(name, mt.ORDER_TYPE_BUY, spec["volume_min"])
    if spec["currency_profit"] == "HKD":  # no pair of the catalogue or of this one-symbol broker leads to the dollar
        assert result.retcode == 10017
        return
    assert result.retcode == 10009
    room = spec["trade_stops_level"] * spec["point"]
    near, far = spec["bid"] - room / 2 - spec["point"], spec["bid"] - room - spec["point"]
    if room > 4 * spec["point"]:
        assert (await bench.protect(result.order, sl=round(near, spec["digits"]))).retcode == 10016
    assert (await bench.protect(result.order, sl=round(far, spec["digits"]))).retcode == 10009


async def test_names_with_a_suffix_meet_the_feeds_plain_ones() -> None:
    spec = FULL[0]["info"] | {"name": "EURUSD.m", "path": "Forex\\EURUSD.m"}
    index = FULL[5]["info"]
    bench = bench_of(read_symbols([spec, index], AccountFacts(), "test"), suffix=".m")
    bench.quote("EURUSD", 1.2, 1.2001)
    info = await bench.terminal.symbol_info("EURUSD.m")
    assert info is not None
    assert (info.bid, info.path, info.swap_long) == (1.2, "Forex\\EURUSD.m", -0.7)
    assert await bench.terminal.symbol_info("USTEC") is not None


async def test_what_the_paper_terminal_tells_of_its_instruments_can_be_read_back() -> None:
    """All of its own catalogue, as a gateway in front of it would write it down."""
    bench = Bench()
    bench.quote("EURUSD", 1.1, 1.1001)
    told = await bench.terminal.symbols_get()
    assert told is not None
    again = bench_of(read_symbols([asdict(info) for info in told], AccountFacts(), "test"))
    assert await again.terminal.symbols_get() == told


async def test_recorded_quotes_are_old_quotes(tmp_path: Path) -> None:
    """Nobody shall take a price of the file for today's."""
    bench = bench_of(load_dump(written(tmp_path / "symbols.json", [FULL[0]["info"]])))
    tick = await bench.terminal.symbol_info_tick("EURUSD")
    assert tick is not None
    assert utc_ms(tick.time_msc) < MONDAY - 86_400_000


def test_the_accounts_rules_are_taken_over_and_its_money_is_not(tmp_path: Path) -> None:
    facts = {"margin_mode": 0, "leverage": 30, "fifo_close": True, "limit_orders": 50, "margin_so_mode": 1}
    more = {"margin_so_call": 200.0, "margin_so_so": 100.0, "currency": "EUR", "trade_mode": 2, "server": "Live"}
    settings = load_dump(written(tmp_path / "symbols.json", [FULL[0]["info"]], **facts, **more)).applied(QUICK)
    assert (settings.is_netting, settings.leverage, settings.fifo_close, settings.max_orders) == (True, 30, True, 50)
    assert (settings.stop_out_mode, settings.margin_call, settings.stop_out) == (1, 200.0, 100.0)
    assert (settings.currency, settings.balance, settings.trade_mode) == ("USD", 10_000.0, mt.ACCOUNT_TRADE_MODE_DEMO)
    assert settings.server == QUICK.server


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"digits": None}, "Expected `int`, got `null`"),
        ({"point": 0.0}, "point was 0.0, it has to be above 0"),
        ({"point": 0.1}, "point was 0.1 with 5 digits"),
        ({"digits": 400}, "digits"),
        ({"digits": -1}, "digits was -1"),
        ({"trade_contract_size": -1.0}, "trade_contract_size was -1.0"),
        ({"volume_min": 1000.0}, "volume_min was 1000.0, more than volume_max 500.0"),
        ({"volume_step": "0.01"}, "Expected `float`, got `str`"),
        ({"name": ""}, 'name was ""'),
        ({"name": "X" * 32}, 'name was "XXX'),
        ({"name": "EUR\x1b[2J"}, "control characters"),
        ({"description": "\x07"}, "description was"),
        ({"path": "x" * 2000}, "path was"),
        ({"bid": 1e400}, "no file of symbols"),
        ({"volume_step": 1e-300}, "volume_step was 1e-300, 1e-08 to 1000000000 are possible"),
        ({"volume_step": 1000.0}, "volume_step was 1000.0, more than volume_max 500.0"),
        ({"volume_max": 1e18}, "volume_max was 1e+18"),
        ({"trade_calc_mode": 7}, "trade_calc_mode was 7"),
        ({"swap_rollover3days": 10**30}, "swap_rollover3days was 1000"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(changes: dict[str, Any], told: str, tmp_path: Path) -> None:
    path = written(tmp_path / "symbols.json", [FULL[0]["info"] | changes])
    with pytest.raises(ConfigInvalid) as refusal:
        load_dump(path)
    assert told in str(refusal.value)
    assert "\x1b" not in str(refusal.value)
    assert "dump-symbols" in refusal.value.remedy


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"symbols": 5}', b'{"symbols": []}', b"\xff\xfe", b"null"])
def test_what_is_no_file_of_symbols_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "symbols.json"
    path.write_bytes(content)
    with pytest.raises(ConfigInvalid, match=r"symbols\.json"):
        load_dump(path)


def symbols_text(**changes: Any) -> bytes:
    whole = {"format": 1, "account": {}, "symbols": [FULL[0]["info"]]} | changes
    return json.dumps({key: value for key, value in whole.items() if value is not None}).encode()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (symbols_text(format=2), "has format 2, this program knows 1"),
        (symbols_text(format=None), "`format`"),
        (symbols_text(account=None), "`account`"),
        (symbols_text(account={"leverage": 0}), "the account's facts make no sense: leverage was 0"),
        (symbols_text(account={"margin_so_so": -1.0, "margin_mode": 9}), "margin_mode was 9, margin_so_so was -1.0"),
        (b'{"symbols": [{"x": ' + b"[" * 100_000, "is no file of symbols"),
    ],
)
def test_what_another_program_wrote_is_refused_in_one_line(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "symbols.json"
    path.write_bytes(content)
    with pytest.raises(ConfigInvalid) as refusal:
        load_dump(path)
    assert told in refusal.value.text
    assert "\n" not in refusal.value.text
    assert "AccountFacts" not in refusal.value.text


def test_only_a_regular_file_of_some_size_is_read(tmp_path: Path) -> None:
    pipe, large = tmp_path / "pipe", tmp_path / "large"
    os.mkfifo(pipe)
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    for path in (pipe, Path("/dev/zero"), tmp_path):
        with pytest.raises(ConfigInvalid, match="is no regular file"):
            load_dump(path)
    with pytest.raises(ConfigInvalid, match="is larger than 64 MB"):
        load_dump(large)


@pytest.mark.parametrize("field", ["name", "path", "digits"])
def test_half_a_character_is_no_text(field: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"symbol 1"):
        read_symbols([FULL[0]["info"] | {field: "\ud83d"}], AccountFacts(), "test")


def test_missing_fields_and_doubles_are_named(tmp_path: Path) -> None:
    spec = dict(FULL[0]["info"])
    with pytest.raises(ConfigInvalid, match=r"symbol 2 \(EURUSD\) is there twice"):
        load_dump(written(tmp_path / "a.json", [spec, spec]))
    del spec["filling_mode"], spec["volume_step"]
    with pytest.raises(ConfigInvalid, match=r"symbol 1 \(EURUSD\) has no filling_mode, volume_step"):
        load_dump(written(tmp_path / "b.json", [spec]))
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        load_dump(tmp_path / "missing.json")
    with pytest.raises(ConfigInvalid, match="account's facts"):
        load_dump(written(tmp_path / "c.json", [FULL[0]["info"]], margin_mode=9))


@given(
    st.dictionaries(
        st.sampled_from(SymbolInfo.__struct_fields__),
        st.one_of(st.integers(), st.floats(), st.text(HOSTILE, max_size=40), st.none(), st.booleans(), st.just([])),
        max_size=8,
    )
)
async def test_any_field_may_be_hostile_and_nothing_breaks(changes: dict[str, Any]) -> None:
    """Either it is refused, or the instrument can be told and calculated with."""
    try:
        dump = read_symbols([FULL[0]["info"] | changes], AccountFacts(), "test")
    except ConfigInvalid:
        return
    bench = bench_of(dump)
    (instrument,) = dump.instruments
    assert await bench.terminal.symbol_info(instrument.spec.name) is not None
    await bench.terminal.order_calc_margin(mt.ORDER_TYPE_BUY, instrument.spec.name, 0.1, 1.1)
    await bench.terminal.order_check({"action": 1, "symbol": instrument.spec.name[:29], "volume": 0.1})
    assert msgspec.json.decode(msgspec.json.encode(instrument.spec), type=SymbolInfo) == instrument.spec
