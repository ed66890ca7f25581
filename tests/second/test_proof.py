"""Only what the text says gets through: each claim points at it, or refuses the whole answer."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import Profile, grounds, read
from signalos_tui.model.signals import Distance, Number, Open, OrderKind, ReadingVerdict, Side, Span, Unit, UpdateAction
from signalos_tui.second.answer import parse_answer
from signalos_tui.second.compare import differences
from signalos_tui.second.failures import Unproven
from signalos_tui.second.proof import proven
from tests.decode.corpus import messages
from tests.second.answers import NOISE, as_answer, one, perfect, price

CALL = "SELL XAU/USD limit 4061-59, SL 4070, TP 4050 / 30 pips / open, risk 1%, 12:30, lot 0.5"


def shown(text: str, answer: dict[str, Any], profile: Profile | None = None) -> Any:
    return proven(parse_answer(json.dumps(answer)), grounds(text, profile or Profile()))


def update(**fields: Any) -> dict[str, Any]:
    empty = {
        "action": "close",
        "symbol": None,
        "side": None,
        "percent": None,
        "level": None,
        "target": None,
        "everything": False,
    }
    return {"kind": "update", "signals": [], "updates": [empty | fields]}


def test_claims_when_in_the_text_then_taken_from_it_with_their_places() -> None:
    levels = [price("4050.0"), {"value": "30", "unit": "pips"}, {"value": None, "unit": "open"}]
    answer = one(side="sell", symbol="gold", order="limit", entry=["4061", "4059"], stop=price("4070"), targets=levels)
    with pytest.raises(Unproven, match="a market that the text does not name"):
        shown(CALL, answer)
    answer["signals"][0]["symbol"] = "xauusd"
    reading = shown(CALL, answer)
    signal = reading.signals[0]
    assert reading.verdict is ReadingVerdict.HOLD
    assert (signal.side, signal.symbol, signal.order) == (Side.SELL, "XAUUSD", OrderKind.LIMIT)
    assert [(number.value, CALL[number.span.start : number.span.end]) for number in signal.entry] == [
        (Decimal(4059), "59"),
        (Decimal(4061), "4061"),
    ]
    assert isinstance(signal.stop, Number)
    assert CALL[signal.stop.span.start : signal.stop.span.end] == "4070"
    near, far, last = signal.targets
    assert isinstance(near, Number)
    assert str(near.value) == "4050", "the text's own digits, not the model's"
    assert isinstance(far, Distance)
    assert (far.value, far.unit) == (Decimal(30), Unit.PIPS)
    assert isinstance(last, Open)
    assert signal.side_span == Span(0, 4)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"side": "buy"}, "no word for that is in the text"),
        ({"symbol": "EURUSD"}, "a market that the text does not name"),
        ({"order": "stop", "symbol": "XAUUSD"}, ""),
        ({"entry": ["4062"]}, "an entry that is no price in the text"),
        ({"entry": ["59"]}, "an entry that is no price in the text"),
        ({"entry": ["12"]}, "no price in the text"),
        ({"entry": ["0.5"]}, "no price in the text"),
        ({"entry": ["1"]}, "no price in the text"),
        ({"entry": ["30"]}, "no price in the text"),
        ({"stop": price("407")}, "a stop that is no price"),
        ({"stop": {"value": "30", "unit": "percent"}}, "a stop in percent that is not in the text"),
        ({"stop": {"value": None, "unit": "open"}}, "a stop that is left open"),
        ({"stop": {"value": None, "unit": "price"}}, "a stop without a value"),
        ({"targets": [price("40500")]}, "a target that is no price"),
        ({"targets": [{"value": "31", "unit": "pips"}]}, "a target in pips"),
        ({"targets": [{"value": "4050", "unit": "open"}]}, "a target left open"),
    ],
)
def test_claim_when_not_in_the_text_then_refused_without_repeating_it(fields: dict[str, Any], why: str) -> None:
    if not why:
        assert shown(CALL, one(**fields)).signals[0].order is OrderKind.STOP, "SL is a word for a stop"
        return
    with pytest.raises(Unproven) as caught:
        shown(CALL, one(**fields))
    assert why in caught.value.text
    assert not any(digit.isdigit() for digit in caught.value.text)


def test_order_when_no_word_asks_for_it_then_refused() -> None:
    with pytest.raises(Unproven, match="the text does not ask for one"):
        shown("BUY EURUSD 1.0850", one(order="limit"))


def test_open_when_the_text_leaves_nothing_open_then_refused() -> None:
    with pytest.raises(Unproven, match="leaves none open"):
        shown("BUY EURUSD 1.0850", one(targets=[{"value": None, "unit": "open"}]))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("بيع الذهب ٤٠٦١", "4061"),
        ("सोना खरीदें २३४५.५०", "2345.50"),
        ("ＢＵＹ ＧＯＬＤ ４０６１", "4061"),
        ("BUY GOLD 4,061.50", "4061.50"),
        ("BUY GOLD 4.061,50", "4061.50"),
        ("Buy BTC 95k", "95000"),
        ("EURJPY 134.30/35", "134.35"),
        ("tp1.1.96600", "1.96600"),
    ],
)
def test_number_when_written_in_another_way_then_counted_as_the_rules_count_it(text: str, value: str) -> None:
    assert shown(text, one(entry=[value])).signals[0].entry[0].value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("close half now", {"action": "close_partial", "percent": "50"}),
        ("close 30% now", {"action": "close_partial", "percent": "30"}),
        ("move SL to 1.0850", {"action": "move_sl", "level": price("1.0850")}),
        ("TP2 to 1.0950", {"action": "move_tp", "level": price("1.0950"), "target": 2}),
    ],
)
def test_update_when_in_the_text_then_taken(text: str, fields: dict[str, Any]) -> None:
    assert shown(text, update(**fields)).updates[0].action is UpdateAction(fields["action"])


@pytest.mark.parametrize(
    "fields",
    [
        {"percent": "50"},
        {"percent": "100"},
        {"level": price("1.0801")},
        {"target": 3},
        {"symbol": "GOLD"},
        {"side": "sell"},
        {"level": {"value": None, "unit": "open"}},
    ],
)
def test_update_when_not_in_the_text_then_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Unproven):
        shown("close it at 1.0800 please, TP2 was hit", update(**fields))


def test_market_when_the_owner_gave_the_channel_one_then_it_may_be_claimed() -> None:
    profile = Profile(default_symbol="XAUUSD")
    signal = shown("BUY NOW 4061", one(side="buy", symbol="XAUUSD"), profile).signals[0]
    assert (signal.symbol, signal.symbol_span) == ("XAUUSD", None)


def test_noise_when_claimed_then_it_asks_for_nothing() -> None:
    assert shown(CALL, NOISE).verdict is ReadingVerdict.IGNORE


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, ()),
        ({"side": "sell"}, ("side",)),
        ({"entry": []}, ("entry",)),
        ({"order": "market"}, ("order",)),
        ({"stop": price("1.0900")}, ("stop",)),
        ({"stop": None, "targets": []}, ("stop", "targets")),
        ({"symbol": None}, ("symbol",)),
    ],
)
def test_readings_when_compared_then_every_differing_field_is_named(
    fields: dict[str, Any], named: tuple[str, ...]
) -> None:
    text = "BUY EURUSD 1.0850 SL 1.0800 TP 1.0900 (never sell it)"
    answer = perfect(text)
    answer["signals"][0] |= fields
    assert differences(read(text), shown(text, answer)) == named
    assert differences(read(text), shown(text, NOISE)) == ("kind",)


def test_corpus_when_read_by_a_perfect_model_then_proven_and_the_same() -> None:
    """The proof refuses what is invented, not what is there: in every language, whatever the rules can read."""
    asked, refused = 0, []
    for _, message in messages():
        reading = read(message["text"])
        if reading.verdict is ReadingVerdict.IGNORE:
            continue
        asked += 1
        try:
            assert differences(reading, shown(message["text"], as_answer(reading))) == ()
        except Unproven as failure:
            refused.append((failure.text, message["text"]))
    assert asked > 1000
    assert len(refused) * 200 <= asked, refused


FIGURES = st.decimals(min_value="0.0001", max_value=99999, places=4, allow_nan=False).map(lambda d: f"{d:f}")


@settings(max_examples=60, deadline=None)
@given(st.lists(FIGURES, min_size=2, max_size=5), FIGURES, st.text(max_size=30))
def test_any_number_when_not_written_then_never_gets_through(written: list[str], invented: str, noise: str) -> None:
    """Whatever stands around the numbers, one that the scanner did not find is refused."""
    text = f"BUY GOLD {' SL '.join(written)} {noise}"
    known = grounds(text).prices
    answer = one(entry=[invented])
    if Decimal(invented) in known:
        assert shown(text, answer).signals[0].entry[0].value == Decimal(invented)
    else:
        with pytest.raises(Unproven):
            shown(text, answer)
