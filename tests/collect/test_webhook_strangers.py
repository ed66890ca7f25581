"""The hooks over real loopback sockets: no stranger uses up anything, and every one is told."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.collect.webhook import server as server_module
from signalos_tui.collect.webhook.answering import Doorman, Rules
from signalos_tui.collect.webhook.server import CONNECTIONS, Server, bound
from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway.certificate import make_certificate
from signalos_tui.link.secret import Secret
from signalos_tui.link.tls import client_context, server_context
from tests.collect.hooked import PATIENCE_S, TOKEN, Hooks, at, text

UNFINISHED = b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"
UNWANTED = b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\nab"
CHUNK = b"400\r\n" + b"x" * 1024 + b"\r\n"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/hooks", 404),
        ("POST", "/hook/../etc", 404),
        ("POST", "/hook/gold?token=x", 404),
        ("POST", "/hook/nowhere", 404),
        ("GET", "/hook/gold", 405),
        ("DELETE", "/hook/gold", 405),
    ],
)
def test_place_when_there_is_none_then_said(hooks: Hooks, method: str, path: str, status: int) -> None:
    assert hooks.post(text("x"), path, method)[0] == status
    assert hooks.texts() == []


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\x16\x03\x01 this is TLS\r\n\r\n", b"400"),
        (b"GET /hook/gold HTTP/1.1\r\n\r\n", b"400"),
        (b"POST /hook/gold HTTP/1.1\r\nHost: x\r\n" + b"A: " + b"x" * 20_000 + b"\r\n\r\n", b"431"),
        (b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nabc", b"413"),
        (b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n", b"413"),
        (b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", b"400"),
        (b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", b"415"),
        (b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNK * 99, b"413"),
        (b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nContent-Length: 3\r\n\r\nabc", b"400"),
    ],
)  # fmt: skip
def test_request_when_hostile_then_a_short_no(hooks: Hooks, raw: bytes, status: bytes) -> None:
    answer = hooks.say(raw)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert len(answer) < 500
    assert hooks.post(text("still here"))[0] == 200


def test_body_when_endless_then_its_sender_is_hung_up_on(hooks: Hooks) -> None:
    with socket.create_connection(("127.0.0.1", hooks.port), timeout=PATIENCE_S) as wire:
        wire.sendall(b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        ends, is_open = time.monotonic() + PATIENCE_S, True
        while is_open and time.monotonic() < ends:
            try:
                wire.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            except ConnectionError:
                is_open = False
        assert not is_open
    assert hooks.post(text("still here")) == (200, "taken as 1")


@pytest.mark.parametrize("said", [b"", b"POST /hook/gold HTTP/1.1\r\nHo", UNFINISHED, UNWANTED])
def test_connections_when_slow_ones_take_all_then_an_alert_still_comes_in(hooks: Hooks, said: bytes) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS + 20):
            wire = stack.enter_context(socket.create_connection(("127.0.0.1", hooks.port), timeout=PATIENCE_S))
            with contextlib.suppress(ConnectionError):
                wire.sendall(said)
        assert hooks.post(text("in between")) == (200, "taken as 1")


def test_client_when_it_never_finishes_then_told_and_hung_up_on(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "HEAD_S", 0.2)
    monkeypatch.setattr(server_module, "BODY_S", 0.2)
    for raw in (b"POST /hook/gold HTT", b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"):
        with socket.create_connection(("127.0.0.1", hooks.port), timeout=PATIENCE_S) as wire:
            wire.sendall(raw)
            answer = b""
            while part := wire.recv(4096):
                answer += part
            assert answer.startswith(b"HTTP/1.1 408")


def test_requests_when_pipelined_then_answered_in_order(hooks: Hooks) -> None:
    def request(words: str) -> bytes:
        body = json.dumps({"token": TOKEN, "text": words}).encode()
        return b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    answer = hooks.say(b"".join(request(f"post {number}") for number in range(1, 6)))
    assert [line for line in answer.decode().splitlines() if line.startswith("taken")] == [
        f"taken as {number}" for number in range(1, 6)
    ]


def test_address_when_not_allowed_then_refused_and_a_proxy_is_believed_from_here_alone(tmp_path: Path) -> None:
    allowed: dict[str, Any] = {"allow_from": ("52.89.214.238", "10.0.0.0/8"), "client_header": "X-Forwarded-For"}
    with at(tmp_path, **allowed) as hooks:
        assert hooks.post(text("a"))[0] == 403
        assert hooks.post(text("a"), X_Forwarded_For="52.89.214.238, 6.6.6.6")[0] == 403
        assert hooks.post(text("a"), X_Forwarded_For="unknown")[0] == 403
        assert hooks.post(text("a"), X_Forwarded_For="6.6.6.6, 52.89.214.238")[0] == 200
        assert hooks.post(text("b"), X_Forwarded_For="::ffff:10.1.2.3")[0] == 200
    with at(tmp_path, allow_from=("52.89.214.238",)) as hooks:
        assert hooks.post(text("c"), X_Forwarded_For="52.89.214.238")[0] == 403


def test_port_when_in_use_then_the_owner_is_told_which(hooks: Hooks) -> None:
    with pytest.raises(OperatorNeeded, match=f"127.0.0.1:{hooks.port} cannot be listened on") as refused:
        bound(f"127.0.0.1:{hooks.port}")
    assert "name another one" in refused.value.remedy


def test_server_when_it_fails_then_every_hook_says_so_and_it_serves_again(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "AGAIN_S", 0.01)
    serve = Server._serve
    failed = threading.Event()

    async def fail(server: Server) -> None:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("no more of anything")
        await serve(server)

    monkeypatch.setattr(Server, "_serve", fail)
    doorman = Doorman(hooks.box, Secret(TOKEN), Rules(), hooks.clock)
    second = Server(bound("127.0.0.1:0"), doorman)
    try:
        hooks.port = int(second.address.rpartition(":")[2])
        assert hooks.post(text("again")) == (200, "taken as 1")
        assert hooks.box.troubles == {"euro": "the webhook server failed: RuntimeError: no more of anything"}
    finally:
        second.close()


def test_connection_when_tls_is_wanted_then_nothing_is_taken_without_it(hooks: Hooks, tmp_path: Path) -> None:
    make_certificate(tmp_path / "c.pem", tmp_path / "k.pem", ("127.0.0.1",), WallClock().now())
    context = server_context(tmp_path / "c.pem", tmp_path / "k.pem")
    doorman = Doorman(hooks.box, Secret(TOKEN), Rules(), hooks.clock)
    second = Server(bound("127.0.0.1:0"), doorman, context)
    try:
        port = int(second.address.rpartition(":")[2])
        trusted = client_context(tmp_path / "c.pem", is_own=True)
        wire = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_S, context=trusted)
        with contextlib.closing(wire):
            for number in (1, 2):
                wire.request("POST", "/hook/gold", json.dumps({"token": TOKEN, "text": f"post {number}"}))
                assert wire.getresponse().read() == f"taken as {number}\n".encode()
        hooks.port = port
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            hooks.post(text("in clear"))
    finally:
        second.close()
    assert len(hooks.texts()) == 2
