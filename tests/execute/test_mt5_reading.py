"""Whatever stands where a structure should: it is taken whole and as it is, or not at all. Bytes of any kind end nothing here."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signalos_tui.execute.mt5.reading import NotReadable, bool_of, long_list, number_of, struct_of, value_of
from signalos_tui.execute.structs import (
    AccountInfo,
    OrderCheckResult,
    OrderSendResult,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
)
from signalos_tui.link.frames import framed
from signalos_tui.link.messages import Call, Hello
from tests.execute.loopback import Loopback, Say, until

KINDS: tuple[type[Any], ...] = (
    AccountInfo,
    OrderCheckResult,
    OrderSendResult,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
)
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(st.sampled_from(KINDS), st.data())
@settings(max_examples=300, deadline=None)
def test_structure_when_a_field_is_anything_then_that_is_what_is_read_or_nothing(kind: type[Any], data: Any) -> None:
    """No default ever takes the place of what was not understood."""
    fields = msgspec.to_builtins(kind())
    name = data.draw(st.sampled_from(sorted(fields)))
    value = data.draw(junk)
    try:
        made = struct_of(kind, {**fields, name: value})
    except NotReadable:
        return
    read = getattr(made, name)
    assert type(read) is type(getattr(kind(), name))
    assert read == value
    assert not isinstance(read, float) or math.isfinite(read)


@given(st.sampled_from(KINDS), st.data())
@settings(max_examples=100, deadline=None)
def test_structure_when_a_field_is_missing_then_not_read(kind: type[Any], data: Any) -> None:
    fields = msgspec.to_builtins(kind())
    del fields[data.draw(st.sampled_from(sorted(fields)))]
    with pytest.raises(NotReadable, match="has no"):
        struct_of(kind, fields)


@given(junk)
@example(9_007_199_254_740_993)
@settings(max_examples=200, deadline=None)
def test_value_when_it_is_anything_then_read_as_what_it_is_or_not_at_all(value: Any) -> None:
    for read in (number_of, bool_of):
        try:
            assert read(value) == value
        except NotReadable:
            continue
    for kind in KINDS:
        with pytest.raises(NotReadable):
            struct_of(kind, value)


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_packed_value_when_it_is_any_bytes_then_a_value_or_not_readable(payload: bytes) -> None:
    try:
        value_of(msgspec.Raw(payload))
    except NotReadable:
        return
    try:
        read = asyncio.run(long_list(Tick, msgspec.Raw(payload)))
    except NotReadable:
        return
    assert read == ()


@pytest.mark.parametrize("seed", range(12))
async def test_gateway_when_it_says_any_bytes_then_the_client_lives_and_finds_it_again(
    seed: int, tmp_path: Path
) -> None:
    """To the greeting or to a question; what comes back is a failed call, and then an answer."""
    from random import Random

    chance = Random(seed)
    left = [seed % 2]

    async def behave(gateway: Loopback, message: Any, say: Say) -> bool:
        wanted = Hello if seed % 2 else Call
        if not isinstance(message, wanted) or not left:
            return False
        left.pop()
        noise = chance.randbytes(chance.randrange(1, 400))
        say(framed(noise) if chance.random() < 0.7 else noise)
        return True

    async with Loopback(tmp_path, behave) as gateway, gateway.client(waits=False) as terminal:
        await until(terminal, lambda: terminal.reach.code != "starting")
        for _ in range(3):
            await until(terminal, lambda: terminal.reach.is_open)
            if await terminal.positions_get() == ():
                break
        assert await terminal.positions_get() == ()
