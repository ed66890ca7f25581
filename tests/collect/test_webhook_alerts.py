"""Alerts become posts: whatever is sent, a price that is posted is one that was sent, and nobody's token is ever posted."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signalos_tui.collect.webhook.alerts import Alert, alert_of, opened
from signalos_tui.collect.webhook.fields import Unusable
from signalos_tui.decode.pipeline import read
from signalos_tui.model.signals import Number, OrderKind, ReadingVerdict, Side

TOKEN = "kR7-this-is-the-token-nobody-may-see"


def alert(**fields: Any) -> Alert:
    return alert_of(opened(json.dumps({"token": TOKEN, **fields}).encode()))


def refused(body: bytes) -> str:
    with pytest.raises(Unusable) as why:
        alert_of(opened(body))
    return str(why.value)


def outcome(body: bytes) -> tuple[tuple[str, ...], str]:
    try:
        return alert_of(opened(body)).posts, ""
    except Unusable as why:
        return (), str(why)


@pytest.mark.parametrize(
    ("fields", "posts"),
    [
        ({"symbol": "EURUSD", "action": "buy"}, ["BUY EURUSD NOW"]),
        (
            {"ticker": "FX:eurusd", "side": "Long", "price": 1.085, "sl": "1.0800", "tp": ["1.0900", 1.1]},
            ["BUY EURUSD NOW\nEntry 1.085\nSL 1.0800\nTP1 1.0900\nTP2 1.1"],
        ),
        (
            {"symbol": "XAUUSD", "action": "SELL", "type": "limit", "entry": 4046.5, "stop loss": 4056, "tp1": 4030},
            ["SELL LIMIT XAUUSD 4046.5\nSL 4056\nTP1 4030"],
        ),
        ({"symbol": "EURUSD", "action": "close", "sl": "NaN", "tp": "{{plot_0}}"}, ["Close EURUSD"]),
        ({"symbol": "EURUSD", "action": "cancel"}, ["Cancel EURUSD"]),
        ({"symbol": "EURUSD", "action": "breakeven"}, ["EURUSD: move SL to breakeven"]),
        ({"symbol": "EURUSD", "action": "move_sl", "sl": 1.09}, ["Move SL of EURUSD to 1.09"]),
        ({"symbol": "EURUSD", "action": "sell", "market_position": "flat"}, ["Close EURUSD"]),
        (
            {"symbol": "EURUSD", "action": "buy", "market_position": "long", "prev_market_position": "short"},
            ["Close EURUSD", "BUY EURUSD NOW"],
        ),
        (
            {"symbol": "EURUSD", "action": "buy", "market_position": "long", "prev_market_position": "flat"},
            ["BUY EURUSD NOW"],
        ),
        ({"text": "  GOLD BUY NOW\r\nsl 4000 "}, ["GOLD BUY NOW\r\nsl 4000"]),
        ({"symbol": "US30", "action": "buy", "sl": None, "tp": "", "qty": 5, "exchange": "X"}, ["BUY US30 NOW"]),
    ],
)
def test_fields_when_sent_then_posted_as_words(fields: dict[str, Any], posts: list[str]) -> None:
    assert list(alert(**fields).posts) == posts


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ('"stoplos": 5', '"stoplos" is no field, did you mean "stoploss"?'),
        ('"sl": NaN', 'sl was "NaN"'),
        ('"sl": Infinity', 'sl was "Infinity"'),
        ('"sl": 1e400', 'sl was "1e400"'),
        ('"sl": 1e3', 'sl was "1e3"'),
        ('"sl": -5', 'sl was "-5"'),
        ('"sl": "1,085"', 'sl was "1,085"'),
        ('"sl": "١٫٠٨"', 'sl was "'),
        ('"sl": "１.08"', 'sl was "'),
        ('"sl": 0.000', "sl was 0.000: leave it out"),
        ('"sl": true', "sl is no text"),
        ('"sl": [1]', "sl is no text"),
        ('"sl": {"a": 1}', "sl is no text"),
        ('"sl": "{{plot_1}}"', "sl is a placeholder"),
        ('"sl": 1.08, "stop": 1.07', '"sl" is given twice'),
        ('"sl": 1.08, "sl": 1.08', "a field is given twice"),
        ('"tp": [1,2,3,4,5,6,7,8,9,10,11]', "tp has 11 prices"),
        ('"tp": [[1.1]]', "tp is no text"),
        ('"order": "limit"', "price is missing"),
        ('"order": "iceberg"', "order was"),
        ('"sl": {{plot_0}}', "is not JSON (line 1): a placeholder belongs in quotes"),
        ('"sl": ', "is not JSON (line 1): a placeholder belongs in quotes"),
        ('"sl": n/a', "is not JSON (line 1): a placeholder belongs in quotes"),
        ('"text": "GOLD BUY"', "text stands alone"),
        ('"sent": "yesterday"', "sent was"),
        ('"sent": "2026-11-21T12:30:00"', "it has no time zone"),
        ('"market_position": "short"', "closes a part of it"),
        ('"market_position": "sideways"', "may be long, short or flat"),
        ('"symbol": "NQ1!"', "a field is given twice"),
    ],
)
def test_field_when_it_cannot_be_meant_then_the_whole_alert_is_refused(more: str, why: str) -> None:
    body = f'{{"token": "{TOKEN}", "symbol": "EURUSD", "action": "buy", {more}}}'.encode()
    assert why in refused(body)
    assert opened(body).token == TOKEN  # so that its owner is told, though it is no JSON


@pytest.mark.parametrize(
    "body", ["{broken", '{"sl": 1.08', '{"text": "stop: {{plot_0}}", oops}', '{"sl": 1.08,}', '{"' * 8000]
)
def test_json_when_broken_elsewhere_then_no_placeholder_is_blamed(body: str) -> None:
    assert refused(body.encode()) == "the alert begins like JSON and is not JSON (line 1)"


@pytest.mark.parametrize("name", ["NQ1!", "", "100", "E U", "EUR\nUSD", "GOLD;DROP", "x" * 33, "ＥＵＲ", "EUR{{x}}"])
def test_symbol_when_no_broker_could_have_it_then_refused(name: str) -> None:
    assert "symbol" in refused(json.dumps({"symbol": name, "action": "buy"}).encode())


@pytest.mark.parametrize("action", ["", "hold", "BUY BUY", "buy{{x}}", 5, None, ["buy"]])
def test_action_when_not_one_of_those_there_are_then_refused(action: object) -> None:
    assert "action" in refused(json.dumps({"symbol": "EURUSD", "action": action}).encode())


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ("2026-11-21T12:30:00Z", 1795264200000),
        ("2026-11-21T14:30:00+02:00", 1795264200000),
        (1795264200, 1795264200000),
        (1795264200123, 1795264200123),
    ],
)
def test_time_when_said_then_known_to_the_millisecond(sent: object, at: int) -> None:
    assert alert(symbol="EURUSD", action="buy", timenow=sent).sent == at


def test_text_when_plain_then_posted_without_the_line_of_its_token() -> None:
    body = opened(f"\ufefftoken: {TOKEN}\r\nGOLD BUY NOW\r\nsl 4000\r\n".encode())
    assert body.token == TOKEN
    assert alert_of(body).posts == ("GOLD BUY NOW\nsl 4000",)
    assert opened(b"GOLD BUY NOW").token == ""
    assert "1 to 4096" in refused(b"token: x\n" + b"a" * 5000)
    assert "no UTF-8" in refused(b"\xff\xfe\x00")
    assert "nested too deep" in refused(b'{"a":' * 8000)


SYMBOLS = st.sampled_from(["EURUSD", "XAUUSD", "BTCUSDT.P", "FX:GBPJPY", "US30", "OANDA:NAS100"])
LIKELY = {"EURUSD": "1.08", "XAUUSD": "4046", "GBPJPY": "190.5", "US30": "47000", "NAS100": "25000", "BTCUSDT": "90000"}


@settings(deadline=None)
@given(
    name=SYMBOLS,
    side=st.sampled_from(["buy", "sell", "LONG", "short"]),
    order=st.sampled_from(["market", "limit", "stop"]),
    far=st.lists(st.integers(1, 400), min_size=3, max_size=3, unique=True),
    zeros=st.integers(0, 12),
)
@example(name="EURUSD", side="buy", order="market", far=[1, 2, 3], zeros=12)
def test_prices_when_posted_then_the_reader_reads_exactly_those_or_nothing(
    name: str, side: str, order: str, far: list[int], zeros: int
) -> None:
    """The reader is the real one: what it would act on is what was sent, to the last digit."""
    base = Decimal(LIKELY[name.rpartition(":")[2].removesuffix(".P")])
    is_buy = side.lower() in ("buy", "long")
    stop, *targets = (base * (1 + Decimal(step) / 10_000 * (1 if is_buy else -1)) for step in sorted(far))
    stop = base - (stop - base)
    price = f"{base}.{'0' * zeros}" if zeros and base == int(base) else str(base)
    (text,) = alert(
        symbol=name, action=side, order=order, price=price, sl=str(stop), tp=[str(t) for t in targets]
    ).posts
    reading = read(text)
    if reading.verdict is not ReadingVerdict.ACT:
        assert reading.reasons, text
        return
    (signal,) = reading.signals
    assert signal.side is (Side.BUY if is_buy else Side.SELL)
    assert signal.order is OrderKind(order)
    assert [one.value for one in signal.entry] == [base]
    assert isinstance(signal.stop, Number)
    assert signal.stop.value == stop
    assert [one.value for one in signal.targets if isinstance(one, Number)] == targets


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_body_when_anything_at_all_then_an_alert_or_a_reason(body: bytes) -> None:
    posted, why = outcome(body)
    assert bool(posted) != bool(why)
    assert all(0 < len(post) <= 4096 for post in posted)
    assert len(why) < 250


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([1.5, "1.5", "buy"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
NAMES = st.sampled_from(
    ["symbol", "action", "price", "sl", "tp", "tp1", "order", "text", "id", "sent", "market_position"]
)


@settings(deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_json_when_hostile_then_no_price_is_posted_that_was_not_sent(fields: dict[str, Any]) -> None:
    posted, why = outcome(json.dumps({"token": TOKEN, **fields}).encode())
    assert TOKEN not in why
    sent = json.dumps(fields, ensure_ascii=False)
    for post in posted:
        assert TOKEN not in post
        if "text" not in fields:
            for number in re.findall(r"(?:Entry|SL|TP\d|LIMIT \S+|STOP \S+) (\S+)", post):
                assert number in sent or number == fields.get("symbol", "")
