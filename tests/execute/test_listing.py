"""A terminal's list as the matching sees it: the broker's words cut, its sizes exact, and what is no instrument left out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.execute.listing import LONGEST_WORDS, is_describable, listed_of, listing, shape
from signalos_tui.execute.paper.instruments import CATALOGUE
from signalos_tui.model.symbols import TradeMode

GOLD = replace(CATALOGUE["XAUUSD"].spec, bid=2340.1, ask=2340.3, trade_tick_value=1.0)


def test_instrument_when_listed_then_its_figures_are_exact() -> None:
    listed = listed_of(GOLD)
    assert (listed.name, listed.description, listed.path) == ("XAUUSD", "Gold vs US Dollar", "Metals\\XAUUSD")
    assert (listed.digits, listed.contract_size, listed.tick_size) == (2, Decimal(100), Decimal("0.01"))
    assert (listed.tick_value, listed.spread) == (Decimal(1), Decimal("0.2"))
    assert (listed.base, listed.profit, listed.mode, listed.is_dated) == ("XAU", "USD", TradeMode.FULL, False)


@pytest.mark.parametrize(
    ("change", "mode"),
    [
        ({"trade_mode": mt.SYMBOL_TRADE_MODE_DISABLED}, TradeMode.DISABLED),
        ({"trade_mode": mt.SYMBOL_TRADE_MODE_LONGONLY}, TradeMode.LONG_ONLY),
        ({"trade_mode": mt.SYMBOL_TRADE_MODE_SHORTONLY}, TradeMode.SHORT_ONLY),
        ({"trade_mode": mt.SYMBOL_TRADE_MODE_CLOSEONLY}, TradeMode.CLOSE_ONLY),
        ({"trade_mode": 17}, TradeMode.DISABLED),
        ({"custom": True}, TradeMode.DISABLED),
    ],
)
def test_mode_when_it_is_not_full_then_said_and_an_unknown_one_is_closed(
    change: dict[str, Any], mode: TradeMode
) -> None:
    assert listed_of(replace(GOLD, **change)).mode is mode


def test_instrument_when_it_expires_or_has_no_quote_then_said() -> None:
    assert listed_of(replace(GOLD, expiration_time=1_900_000_000)).is_dated
    assert listed_of(replace(GOLD, bid=0.0)).spread is None
    assert listed_of(replace(GOLD, bid=5.0, ask=4.0)).spread is None


@pytest.mark.parametrize("field", ["trade_contract_size", "point", "volume_min", "volume_max", "volume_step"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf"), 1e300])
def test_size_when_it_is_none_then_the_instrument_is_left_out(field: str, value: float) -> None:
    broken = replace(GOLD, name="BROKEN", **{field: value})
    assert not is_describable(broken)
    assert [one.name for one in listing([broken, GOLD])] == ["XAUUSD"]


@pytest.mark.parametrize(
    "change", [{"trade_tick_value": float("nan")}, {"ask": float("inf")}, {"digits": -1}, {"digits": 99}]
)
def test_other_figures_when_they_are_none_then_left_out_too(change: dict[str, Any]) -> None:
    assert listing([replace(GOLD, **change)]) == ()


def test_words_when_they_are_endless_then_cut() -> None:
    listed = listed_of(replace(GOLD, description="x" * 9_999, path="y" * 9_999, currency_profit="z" * 99))
    assert len(listed.description) == len(listed.path) == LONGEST_WORDS
    assert len(listed.profit) == 8


def test_shape_when_only_the_price_moves_then_the_same() -> None:
    assert shape(replace(GOLD, bid=1.0, ask=2.0, trade_tick_value=9.0, time=7)) == shape(GOLD)
    assert shape(replace(GOLD, trade_contract_size=10.0)) != shape(GOLD)
