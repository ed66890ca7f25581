"""Whoever connects may send anything, and may read nothing: the gateway stays, answers others, and calls nothing.

Rows F9 and T26 of the fault catalogue and the threat model.
"""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalos_tui.gateway.arguments import checked, fault_of
from signalos_tui.gateway.guards import refusal_of_intent, refusal_of_place, refusal_of_request
from signalos_tui.gateway.serving import SPARE
from signalos_tui.gateway.settings import Guards
from signalos_tui.link.frames import framed
from signalos_tui.link.messages import (
    METHODS,
    ORDER_SEND,
    REFUSED_BY_GATEWAY,
    VERSION,
    Answer,
    Call,
    Follow,
    Ping,
    Pong,
    packed,
)
from tests.gateway.kit import DEAL, SMALL, TOKEN, FakeTerminal, connected, gateway, hello, inside, patient, until
from tests.gateway.kit import settings as made_settings

ROUNDS = 120

anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
account = st.dictionaries(
    st.sampled_from(["login", "server", "trade_mode", "trade_allowed", "trade_expert", "margin_mode"]), anything
)


def _mangled(rng: random.Random) -> bytes:
    """Something that nearly is what a client says."""
    said = [
        packed(hello(token=rng.choice([TOKEN, ""]))),
        packed(Call(rng.randrange(9), rng.choice([*METHODS, "eval"]), {"request": DEAL}, "", 0)),
        packed(Follow(("EURUSD",))),
        packed(Ping(1)),
        msgspec.msgpack.encode(
            {"t": "call", "id": 1, "method": "order_send", "arguments": {"request": {"volume": None}}}
        ),
    ]
    raw = bytearray(b"".join(framed(rng.choice(said)) for _ in range(rng.randrange(1, 4))))
    for _ in range(rng.randrange(4)):
        kind = rng.randrange(3)
        place = rng.randrange(len(raw))
        if kind == 0:
            raw[place] = rng.randrange(256)
        elif kind == 1:
            del raw[place : place + rng.randrange(1, 9)]
        else:
            raw[place:place] = rng.randbytes(rng.randrange(1, 9))
        raw = raw or bytearray(b"x")
    return bytes(raw)


async def test_bytes_when_they_are_anything_then_the_gateway_stays_and_nothing_is_called(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    """Greeted and not greeted, with seeds that are told when one fails."""
    async with gateway(made_settings(tmp_path, limits=SMALL)) as running:
        for seed in range(ROUNDS):
            rng = random.Random(seed)
            async with connected(running.address) as probe:
                if rng.random() < 0.5:
                    await probe.greet()
                probe.say_raw(_mangled(rng))
                probe.writer.write_eof()
                assert await probe.ended(), seed
        async with inside(running) as probe:
            probe.say(Ping(3))
            assert (await probe.hear(Pong)).at == 3
        assert terminal.accepted == []
        assert len(terminal.opened) == 1


async def test_arguments_when_they_are_no_mapping_of_plain_things_then_refused(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(made_settings(tmp_path)) as running, inside(running) as probe:
        strange = [
            msgspec.msgpack.Ext(1, b"x"), {"a": {"b": {}}}, [1, 2], b"bytes", None, "text", 2**64 - 1,
        ]  # fmt: skip
        for thing in strange:
            answer = await probe.send("leg/1", volume=thing)
            assert answer.error[0] == REFUSED_BY_GATEWAY, thing
        unknown: dict[str, Any] = {"\x1b[31m": 1}
        for method in METHODS:
            answer = await probe.call(method, **unknown)
            assert answer.error[0] == REFUSED_BY_GATEWAY
        assert terminal.accepted == []


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(METHODS),
    st.dictionaries(st.text(max_size=8) | st.sampled_from(["symbol", "request"]), anything, max_size=3),
)
def test_arguments_when_anything_then_checked_or_told_why(method: str, arguments: dict[str, Any]) -> None:
    try:
        found = checked(method, arguments)
    except ValueError:
        return
    assert msgspec.msgpack.encode(found)
    assert all(fault_of(request) == "" for request in found.values() if isinstance(request, dict))


@settings(max_examples=80, deadline=None)
@given(account, account, st.dictionaries(st.sampled_from(["action", "volume", "symbol", "position", "sl"]), anything))
def test_guards_when_anything_is_shown_then_only_the_pinned_and_known_passes(
    shown: dict[str, Any], terminal: dict[str, Any], request: dict[str, Any]
) -> None:
    """Fail closed: what passes is exactly a demo account with everything allowed, and a request with a known action."""
    guards = Guards(login=1, server="S")
    assert refusal_of_place(guards, (1, "S"), shown, terminal)
    if not fault_of(request) and not refusal_of_request(guards, request, shown):
        assert request["action"] in (1, 5, 6, 7, 8, 10)
        if request["action"] == 5:
            assert request.get("volume", 0) <= 1


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.integers(-(2**62), 2**62), st.integers(-(2**62), 2**62), st.integers(1, 2**62))
def test_intent_when_it_passes_then_it_is_young_enough_and_in_its_own_time(
    intent: str, at: int, until: int, now: int
) -> None:
    if not refusal_of_intent(Guards(), Call(1, ORDER_SEND, {}, intent, at, until), now):
        assert intent
        assert -10_000 <= now - at <= 130_000
        assert now <= until


@pytest.mark.parametrize("asked", [1, 3])
async def test_reader_when_it_takes_nothing_then_it_is_dropped_and_others_are_served(
    terminal: FakeTerminal, tmp_path: Path, asked: int
) -> None:
    """One answer of 2 MB stalls; three are more than may wait. Silence alone would be forgiven here."""
    terminal.set(symbols=4000)
    limits = msgspec.structs.replace(SMALL, silence_s=300.0)
    async with gateway(made_settings(tmp_path, limits=limits)) as running, inside(running) as good:
        lazy = socket.socket(socket.AF_UNIX)
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(running.address.removeprefix("unix:"))
        lazy.sendall(framed(packed(hello(trades=False, holder=""))))
        lazy.sendall(b"".join(framed(packed(Call(number, "symbols_get"))) for number in range(asked)))
        clients = running.gateway._clients
        await until(lambda: len(clients) == 2)
        await until(lambda: len(clients) == 1)
        good.say(Ping(1))
        assert (await good.hear(Pong)).at == 1
        lazy.close()


async def test_answer_when_it_is_large_then_it_arrives_whole(terminal: FakeTerminal, tmp_path: Path) -> None:
    terminal.set(symbols=5000)
    async with gateway(made_settings(tmp_path)) as running, inside(running) as probe:
        assert len((await probe.call("symbols_get")).result) == 5000


async def test_calls_when_too_many_wait_then_the_rest_is_refused_and_all_are_answered(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    terminal.trouble(symbol_info="slow")
    async with gateway(made_settings(tmp_path, limits=patient(SMALL))) as running, inside(running) as probe:
        probe.say(*(Call(number, "symbol_info", {"symbol": "EURUSD"}) for number in range(7)))
        answers = [await probe.hear(Answer) for _ in range(7)]
        refused = [answer for answer in answers if answer.error[0] == REFUSED_BY_GATEWAY]
        assert len(refused) == 3
        assert {answer.id for answer in answers} == set(range(7))


async def test_connections_when_hundreds_come_at_once_then_the_one_inside_is_served(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    async with gateway(made_settings(tmp_path, limits=SMALL)) as running, inside(running) as good:
        crowd = []
        for _ in range(300):
            one = socket.socket(socket.AF_UNIX)
            one.setblocking(False)
            try:
                one.connect(running.address.removeprefix("unix:"))
            except BlockingIOError:  # the queue is full
                one.close()
                continue
            crowd.append(one)
        good.say(Ping(1))
        assert (await good.hear(Pong)).at == 1
        assert len(running.gateway._clients) <= 3 + SPARE
        for one in crowd:
            one.close()


@pytest.mark.parametrize("version", [-1, 0, 2**31, VERSION + 1])
async def test_version_when_unknown_then_refused_before_the_token_is_looked_at(
    terminal: FakeTerminal, tmp_path: Path, version: int
) -> None:
    async with gateway(made_settings(tmp_path)) as running, connected(running.address) as probe:
        assert (await probe.refused(version=version, token="")).code == "version"


@pytest.mark.parametrize(
    "request_",
    [
        {"action": 1, "position": 7, "symbol": "GBPUSD", "volume": 9.0},
        {"action": 6, "position": 7, "symbol": "GBPUSD", "sl": 1.2},
        {"action": 7, "order": 7, "symbol": "GBPUSD", "price": 1.2},
        {"action": 8, "order": 7, "symbol": "GBPUSD"},
    ],
)
def test_symbol_when_no_longer_allowed_then_what_is_open_may_still_be_closed(request_: dict[str, Any]) -> None:
    """Guards are against opening too much; a position that cannot be closed is worse than one that is too large."""
    guards = Guards(login=1, server="S", symbols=("EURUSD",), max_lot=1.0)
    assert not refusal_of_request(guards, request_, {"margin_mode": 2})
    assert refusal_of_request(guards, {"action": 1, "symbol": "GBPUSD", "volume": 0.1}, {"margin_mode": 2})
