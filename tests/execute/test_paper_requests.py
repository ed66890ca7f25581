"""How the paper terminal reads arguments: as strictly as the official package."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalos_tui.execute.paper.requests import BadArgument, parse
from tests.execute.paper_kit import Bench


class Side(IntEnum):
    BUY = 0


@pytest.mark.parametrize("field", ["volume", "price", "stoplimit", "sl", "tp"])
@pytest.mark.parametrize("value", [1, Decimal("1.5"), "1.5", None, True])
async def test_only_a_float_is_a_price_or_a_volume(field: str, value: object) -> None:
    bench = Bench()
    assert await bench.terminal.order_send({"action": 1, "symbol": "EURUSD", field: value}) is None
    assert await bench.terminal.last_error() == (-2, f'Invalid "{field}" argument')


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("magic", -1),
        ("magic", 1 << 64),
        ("magic", 7.0),
        ("type", 1 << 32),
        ("deviation", -1),
        ("position", "5"),
        ("expiration", 1 << 63),
        ("expiration", 1.5),
        ("symbol", b"EURUSD"),
        ("symbol", None),
        ("comment", "x" * 30),
        ("comment", "🚀" * 15),
        ("comment", "\ud83d"),
    ],
)
async def test_what_the_terminal_cannot_read_fails_the_call(field: str, value: object) -> None:
    with pytest.raises(BadArgument, match=field):
        parse({field: value})


def test_what_the_terminal_can_read_is_echoed() -> None:
    echo = parse({"comment": "x" * 29, "magic": (1 << 64) - 1, "type": Side.BUY, "sl": 1.5, "nonsense": object()})
    assert (echo.comment, echo.magic, echo.type, echo.sl) == ("x" * 29, (1 << 64) - 1, 0, 1.5)
    assert type(echo.type) is int


def test_an_emoji_counts_twice() -> None:
    assert parse({"comment": "🚀" * 14 + "x"}).comment == "🚀" * 14 + "x"


@given(
    st.dictionaries(
        st.sampled_from(["action", "magic", "symbol", "volume", "price", "sl", "type", "comment", "expiration", "x"]),
        st.one_of(st.integers(), st.floats(), st.text(), st.none(), st.booleans(), st.binary()),
    )
)
def test_any_request_is_read_or_refused_but_never_breaks(request: dict[str, Any]) -> None:
    try:
        echo = parse(request)
    except BadArgument:
        return
    for field, value in request.items():
        if field != "x":
            read = getattr(echo, field)
            assert read == value or value != value


@given(
    st.fixed_dictionaries(
        {"action": st.sampled_from([0, 1, 2, 5, 6, 7, 8, 10, 99])},
        optional={
            "symbol": st.sampled_from(["EURUSD", "XAUUSD", "", "NOPE"]),
            "volume": st.floats(),
            "price": st.floats(),
            "stoplimit": st.floats(),
            "sl": st.floats(),
            "tp": st.floats(),
            "type": st.integers(0, 12),
            "type_filling": st.integers(0, 5),
            "type_time": st.integers(0, 5),
            "expiration": st.integers(-(1 << 40), 1 << 40),
            "position": st.integers(0, 60_000_000),
            "position_by": st.integers(0, 3),
            "order": st.integers(0, 3),
        },
    )
)
async def test_no_request_breaks_the_terminal_or_its_account(request: dict[str, Any]) -> None:
    """Not a number, infinity, impossible enumerations: each is answered, and the account stays sane."""
    bench = Bench()
    bench.quote("EURUSD", 1.1, 1.1001)
    bench.quote("XAUUSD", 2000.0, 2000.2)
    result = await bench.send(**request)
    assert result.retcode >= 10000
    account = await bench.terminal.account_info()
    assert account is not None
    assert account.balance == 10_000.0
    assert 0 <= account.margin <= account.equity
    assert len(bench.terminal.truth) == (result.retcode == 10009)
