"""What a text can prove, and what it cannot: times, dates, money, sizes and list numbers are no prices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.decode import Profile, grounds
from signalos_tui.decode.grounds import PLAIN_LENGTH, PLAIN_LINES
from signalos_tui.model.signals import OrderKind, Side, Unit


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("BUY GOLD 4061-59 SL 4046", {"4061", "4059", "4046"}),
        ("XAUUSD 2411-09 TP 2415-20-30", {"2411", "2409", "2415", "2420", "2430"}),
        ("EURJPY 134.30/35", {"134.30", "134.35"}),
        ("0.00002150 - 2180", {"0.00002150", "0.00002180"}),
        ("BTC 95k", {"95000"}),
        ("EURUSD 1,085", {"1.085", "1085"}),
        ("بيع الذهب ٤٠٦١ وقف ٤٠٧٠", {"4061", "4070"}),
        ("at 12:30 on 2026-01-05, +40 pips, 30%, 20x, £100, 0.5 lot", set()),
        ("lot: 0.5, leverage 20", set()),
        ("1) 2) TP1 TP2", {"1", "2"}),
        ("①②③", set()),
        ("SL 0", set()),
        ("SL -4046 TP +4080", {"4046"}),
    ],
)
def test_prices_when_listed_then_as_the_scanner_counts_them(text: str, prices: set[str]) -> None:
    assert set(grounds(text).prices) == {Decimal(price) for price in prices}


def test_distances_shares_and_ordinals_when_written_then_with_their_units() -> None:
    found = grounds("close half or 30% at TP2, SL 50 pips, 1.5R, 1/3, 2nd")
    assert (Decimal(50), Unit.PIPS) in found.distances
    assert {Decimal("0.5"), Decimal("0.3"), Decimal("0.333")} <= found.shares
    assert 2 in found.ordinals


@pytest.mark.parametrize(
    ("text", "sides", "orders"),
    [
        ("BUY LIMIT EURUSD 1.08", {Side.BUY}, {OrderKind.LIMIT}),
        ("sell stop gold 4061", {Side.SELL}, {OrderKind.STOP}),
        ("лонг лимиткой 61200", {Side.BUY}, {OrderKind.LIMIT}),
        ("close all sells", {Side.SELL}, set()),
        ("EURUSD 1.08", set(), set()),
        ("BUY now, SELL later", {Side.BUY, Side.SELL}, {OrderKind.MARKET}),
    ],
)
def test_directions_and_orders_when_named_then_found(text: str, sides: set[Side], orders: set[OrderKind]) -> None:
    assert set(grounds(text).sides) == sides
    assert set(grounds(text).orders) == orders


def test_markets_when_named_then_found_by_any_spelling_of_theirs_alone() -> None:
    found = grounds("BUY xau/usd and RELIANCE, not the silver app")
    for name, symbol in (("XAUUSD", "XAUUSD"), ("xau-usd", "XAUUSD"), ("reliance", "RELIANCE")):
        market = found.market(name)
        assert market is not None
        assert market.symbol == symbol
    assert found.market("EURUSD") is None
    assert found.market("") is None
    assert found.market("gold") is None, "that word does not stand here"
    own = grounds("BUY 4061", Profile(default_symbol="XAUUSD")).market("XAUUSD")
    assert own is not None
    assert own.span is None


PLAIN = "BUY EURUSD 1.0850\nSL 1.0800\nTP 1.0900\nalso watch 1.0870"


@pytest.mark.parametrize("text", [PLAIN, "بيع الذهب ٤٠٦١\nوقف ٤٠٧٠", "🔥 SELL GOLD 4061 🔥"])
def test_plain_when_a_text_hides_and_argues_nothing_then_it_is(text: str) -> None:
    assert grounds(text).is_plain


@pytest.mark.parametrize(
    "text",
    [
        PLAIN + " " * PLAIN_LENGTH,
        PLAIN + "\n" * PLAIN_LINES,
        PLAIN + " {",
        PLAIN + " <b>",
        PLAIN + ' "agree"',
        PLAIN + "\u200b",
        PLAIN + "\u202e",
        PLAIN.replace("BUY", "ВUY"),
        PLAIN + " https://example.org",
        PLAIN + " t.me/x",
        PLAIN + " kindly listen to what my uncle told everybody yesterday evening",
    ],
    ids=range(11),
)
def test_plain_when_a_text_hides_or_argues_then_it_is_not(text: str) -> None:
    assert not grounds(text).is_plain


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_when_looked_at_then_nothing_is_raised_and_every_place_lies_in_it(text: str) -> None:
    found = grounds(text)
    spans = [*found.prices.values(), *found.distances.values(), *found.sides.values()]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
