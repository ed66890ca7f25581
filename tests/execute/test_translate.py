"""Floats to decimals and back: exactly the types the binding takes, exactly the numbers that were meant."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from signalos_tui.errors import Transient
from signalos_tui.execute import constants as mt
from signalos_tui.execute.structs import AccountInfo, SymbolInfo, Tick
from signalos_tui.execute.translate import (
    COMMENT_LENGTH,
    account_of,
    decimal,
    figure,
    fillings,
    is_volume,
    order_type,
    price_or_none,
    quote_of,
    side_of,
    spec_of,
    wire,
)
from signalos_tui.model.ids import Magic, Ticket
from signalos_tui.model.orders import TradeRequest
from signalos_tui.model.signals import OrderKind, Side
from tests.execute.legs import SPEC

AMOUNTS = st.decimals(min_value=0, max_value=10_000_000, places=5, allow_nan=False, allow_infinity=False)


@given(AMOUNTS, AMOUNTS, st.integers(1, 2**53 - 1), st.text(max_size=80))
def test_request_when_sent_then_its_fields_have_exactly_the_types_of_the_binding(
    volume: Decimal, price: Decimal, magic: int, comment: str
) -> None:
    """float and int and nothing derived from them; ASCII comments of at most 25 characters."""
    request = TradeRequest(
        action=mt.TRADE_ACTION_DEAL, symbol="EURUSD", volume=volume, price=price, sl=price, tp=Decimal(0), magic=Magic(magic),
        comment=comment, position=Ticket(7),
    )  # fmt: skip
    sent = wire(request)
    for name in ("volume", "price", "sl", "tp"):
        assert type(sent[name]) is float
    for name in (
        "action",
        "type",
        "magic",
        "position",
        "order",
        "deviation",
        "type_filling",
        "type_time",
        "expiration",
    ):
        assert type(sent[name]) is int
    assert sent["magic"] == magic
    text = sent["comment"]
    assert isinstance(text, str)
    assert text.isascii()
    assert len(text) <= COMMENT_LENGTH <= 25
    assert Decimal(repr(sent["price"])) == price


@given(st.decimals(min_value=0, max_value=1_000_000, places=8, allow_nan=False, allow_infinity=False))
def test_float_when_read_then_it_is_the_number_that_was_meant(value: Decimal) -> None:
    """There and back again."""
    assert decimal(float(value)) == pytest.approx(value, abs=Decimal("1e-8"))


def test_float_when_it_has_noise_then_the_noise_is_gone() -> None:
    """The classic."""
    assert str(decimal(1.0973600000000001)) == "1.09736"
    assert str(decimal(0.1 + 0.2, 2)) == "0.3"
    assert str(decimal(100000.0)) == "100000"
    assert price_or_none(0.0) is None


@pytest.mark.parametrize("mode", range(6))
def test_account_when_its_kind_is_not_known_to_be_play_then_it_is_real(mode: int) -> None:
    """Fails closed (C11)."""
    info = AccountInfo(login=1, server="S", trade_mode=mode)
    assert account_of(info, 0).is_demo is (mode in (mt.ACCOUNT_TRADE_MODE_DEMO, mt.ACCOUNT_TRADE_MODE_CONTEST))


@pytest.mark.parametrize("mask", range(8))
@pytest.mark.parametrize("execution", range(4))
def test_fillings_when_one_is_refused_then_there_is_another_and_never_one_that_cannot_be(
    mask: int, execution: int
) -> None:
    """RETURN is no mode of market execution; each mode stands there once."""
    modes = fillings(replace(SPEC, filling_mode=mask, execution_mode=execution))
    assert len(set(modes)) == len(modes) >= 2
    assert (mt.ORDER_FILLING_RETURN in modes) is (execution != mt.SYMBOL_TRADE_EXECUTION_MARKET)


@pytest.mark.parametrize(
    ("mask", "execution", "sent"),
    [
        (1, mt.SYMBOL_TRADE_EXECUTION_MARKET, mt.ORDER_FILLING_FOK),
        (2, mt.SYMBOL_TRADE_EXECUTION_MARKET, mt.ORDER_FILLING_IOC),
        (3, mt.SYMBOL_TRADE_EXECUTION_MARKET, mt.ORDER_FILLING_FOK),
        (0, mt.SYMBOL_TRADE_EXECUTION_INSTANT, mt.ORDER_FILLING_RETURN),
        (0, mt.SYMBOL_TRADE_EXECUTION_MARKET, mt.ORDER_FILLING_FOK),
    ],
)
def test_filling_when_the_mask_is_a_bit_field_then_the_request_has_the_mode(
    mask: int, execution: int, sent: int
) -> None:
    """The most common bug of all."""
    assert fillings(replace(SPEC, filling_mode=mask, execution_mode=execution))[0] == sent


def test_type_when_translated_then_its_side_comes_back() -> None:
    """Six types, two sides."""
    for side in Side:
        for kind in OrderKind:
            assert side_of(order_type(side, kind)) is side


def test_quote_when_empty_then_there_is_none() -> None:
    """A first tick can be empty."""
    assert quote_of("X", None, 5, 0) is None
    assert quote_of("X", Tick(bid=0.0, ask=1.1), 5, 0) is None
    assert quote_of("X", Tick(bid=1.1, ask=0.0), 5, 0) is None


def test_spec_when_the_tick_size_is_missing_then_it_is_the_point() -> None:
    """Some brokers leave it out."""
    info = SymbolInfo(name="X", digits=3, point=0.001, trade_tick_size=0.0, volume_step=0.01, trade_mode=0)
    assert spec_of(info).tick_size == Decimal("0.001")
    assert not spec_of(info).tradable


@pytest.mark.parametrize("value", [1e21, -1e21, 1.7e308, float("inf"), float("nan")])
def test_figure_when_no_terminal_can_mean_it_then_that_is_no_fault_of_ours(value: float) -> None:
    """A fault of ours, three times in a row, halts trading."""
    with pytest.raises(Transient, match="no price, no volume and no money"):
        decimal(value)
    assert figure(value) is None
    assert not is_volume(value)
    assert [is_volume(lots) for lots in (0.01, 0.0, -1.0, 5e-324)] == [True, False, False, False]
