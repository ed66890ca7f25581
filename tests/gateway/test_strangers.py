"""Strangers who say nothing, as many as like: a console comes in all the same, stays in, and the log stays short."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.gateway import strangers as strangers_module
from signalos_tui.gateway.certificate import make_certificate
from signalos_tui.gateway.serving import SPARE
from signalos_tui.gateway.settings import Limits
from signalos_tui.gateway.strangers import EVERY_S, Strangers
from signalos_tui.link.messages import Ping, Pong
from signalos_tui.link.tls import client_context
from tests.gateway.kit import FakeTerminal, Probe, connected, gateway, hello, inside, settings

PATIENT = Limits(connections=3, hello_s=60.0)
"""A stranger may say nothing for a minute, so that none of them goes by himself."""
CROWD = 3 + SPARE + 40


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is logged of strangers."""
    lines: list[dict[str, Any]] = []

    class Log:
        def warning(self, text: str, **fields: Any) -> None:
            lines.append({"text": text, **fields})

    monkeypatch.setattr(strangers_module, "_log", Log())
    return lines


async def crowd(stack: contextlib.AsyncExitStack, address: str, count: int = CROWD) -> list[Probe]:
    """Connections that say nothing, each taken before the next one comes."""
    probes = []
    for _ in range(count):
        probes.append(await stack.enter_async_context(connected(address)))
        await asyncio.sleep(0)
    return probes


@pytest.mark.parametrize("listen", ["", "127.0.0.1:0"])
async def test_console_when_silent_strangers_have_every_place_then_it_comes_in_and_stays(
    terminal: FakeTerminal, tmp_path: Path, said: list[dict[str, Any]], listen: str
) -> None:
    made = settings(tmp_path, limits=PATIENT, **({"listen": listen} if listen else {}))
    async with gateway(made) as running, inside(running, trades=False) as before, contextlib.AsyncExitStack() as stack:
        probes = await crowd(stack, running.address)
        async with inside(running) as console:
            assert (await console.send("leg/1")).result["retcode"] == 10009
            assert await probes[0].ended(), "who has waited longest makes room"
            before.say(Ping(1))
            assert (await before.hear(Pong)).at == 1
            assert len(running.gateway._clients) <= 3 + SPARE
        async with inside(running):  # and back after a short break
            pass
        assert [line["code"] for line in said] == ["silent"]


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac has one loopback address only (2026-11-22)")
async def test_console_when_strangers_come_from_another_address_then_its_greeting_may_take_its_time(
    terminal: FakeTerminal, tmp_path: Path
) -> None:
    made = settings(tmp_path, limits=PATIENT, listen="127.0.0.1:0")
    async with gateway(made) as running, contextlib.AsyncExitStack() as stack:
        host, _, port = running.address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), local_addr=("127.0.0.2", 0))
        stack.callback(writer.close)
        slow = Probe(reader, writer)
        await crowd(stack, running.address, 2 * CROWD)
        await slow.greet()


async def test_tls_when_strangers_say_nothing_then_a_console_comes_in(terminal: FakeTerminal, tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make_certificate(certificate, key, ("localhost", "127.0.0.1"), 1_767_603_600_000)
    made = settings(tmp_path, limits=PATIENT, listen="127.0.0.1:0", certificate=certificate, key=key)
    async with gateway(made) as running, contextlib.AsyncExitStack() as stack:
        probes = await crowd(stack, running.address)  # not even a handshake
        async with connected(running.address, client_context()) as console:
            await console.greet()
            assert await probes[0].ended()


async def test_refused_when_many_are_then_one_line_says_so(
    terminal: FakeTerminal, tmp_path: Path, said: list[dict[str, Any]]
) -> None:
    async with gateway(settings(tmp_path)) as running:
        for _ in range(5):
            async with connected(running.address) as probe:
                assert (await probe.refused(token="another")).code == "token"
        async with connected(running.address) as probe:
            probe.say(hello(version=9))
            assert await probe.ended()
    assert [(line["code"], line["connections"]) for line in said] == [("token", 1), ("version", 1)]


def test_line_when_a_minute_has_passed_then_it_has_the_number_of_all_since(said: list[dict[str, Any]]) -> None:
    strangers = Strangers(iter((0.0, 1.0, EVERY_S - 1, EVERY_S)).__next__)
    for _ in range(4):
        strangers.seen("silent", "x" * 1000)
    assert [line["connections"] for line in said] == [1, 3]
    assert len(said[1]["why"]) == 200
