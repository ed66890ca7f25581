"""The hooks over real loopback sockets: every alert once and on disk, and no stranger uses up anything."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest

from signalos_tui.clock import FrozenClock, WallClock
from signalos_tui.collect.daybook import Daybook
from signalos_tui.collect.webhook import server as server_module
from signalos_tui.collect.webhook.answering import Doorman, Rules
from signalos_tui.collect.webhook.letterbox import Letterbox
from signalos_tui.collect.webhook.server import CONNECTIONS, Server, bound
from signalos_tui.collect.webhook.source import WebhookSource
from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway.certificate import make_certificate
from signalos_tui.link.secret import Secret
from signalos_tui.link.tls import client_context, server_context
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Health, HealthReport, Message, Published

TOKEN = "kR7-this-is-the-token-nobody-may-see"
GOLD = ChannelId("hook:gold")
NOW = 1_795_264_200_000
PATIENCE_S = 30.0
UNFINISHED = b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"
UNWANTED = b"POST /hook/gold HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\nab"
CHUNK = b"400\r\n" + b"x" * 1024 + b"\r\n"


class Hooks:
    """A letterbox and its server, on a port of its own."""

    def __init__(self, folder: Path, clock: FrozenClock | None = None, repeat_s: float = 60, **rules: Any) -> None:
        self.clock = clock or FrozenClock(NOW)
        self.box = Letterbox(folder, ("gold", "euro"), self.clock, repeat_s=repeat_s)
        doorman = Doorman(self.box, Secret(TOKEN), Rules(**{"per_minute": 10_000, **rules}), self.clock)
        self.server = Server(bound("127.0.0.1:0"), doorman)
        self.port = int(self.server.address.rpartition(":")[2])

    def close(self) -> None:
        self.server.close()
        self.box.close()

    def post(
        self, body: bytes | Mapping[str, Any], path: str = "/hook/gold", method: str = "POST", **headers: str
    ) -> tuple[int, str]:
        raw = body if isinstance(body, bytes) else json.dumps({"token": TOKEN, **body}).encode()
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(wire):
            wire.request(method, path, raw, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = wire.getresponse()
            return answer.status, answer.read().decode().strip()

    def say(self, raw: bytes) -> bytes:
        """What comes back for raw bytes until the server hangs up, or has nothing more to say."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as wire:
            wire.sendall(raw)
            wire.shutdown(socket.SHUT_WR)
            parts = []
            with contextlib.suppress(ConnectionError):
                while part := wire.recv(65_536):
                    parts.append(part)
            return b"".join(parts)

    def texts(self, hook: str = "gold") -> list[tuple[int, str]]:
        return [(entry.id, entry.text) for entry in self.box.books[hook].entries()]


@pytest.fixture
def hooks(tmp_path: Path) -> Iterator[Hooks]:
    made = Hooks(tmp_path)
    yield made
    made.close()


@contextlib.contextmanager
def at(folder: Path, clock: FrozenClock | None = None, **rules: Any) -> Iterator[Hooks]:
    made = Hooks(folder, clock, **rules)
    try:
        yield made
    finally:
        made.close()


def text(words: str, **more: str) -> dict[str, str]:
    return {"text": words, **more}


# --- the token ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"GOLD BUY", b"token: wrong\nGOLD BUY", b'{"text": "GOLD BUY"}', b'{"token": 1}']
)
def test_token_when_missing_or_wrong_then_nothing_is_taken_and_little_is_said(
    hooks: Hooks, body: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    assert hooks.post(body) == (401, "the token is missing or wrong")
    assert hooks.post(body, "/hook/nowhere") == (401, "the token is missing or wrong")
    assert hooks.texts() == []
    assert hooks.box.troubles == {}


def test_token_when_right_then_taken_from_header_json_or_first_line(hooks: Hooks) -> None:
    assert hooks.post(text("one")) == (200, "taken as 1")
    assert hooks.post(f"token: {TOKEN}\ntwo".encode()) == (200, "taken as 2")
    assert hooks.post(b"three", authorization=f"Bearer {TOKEN}") == (200, "taken as 3")
    assert hooks.post(b"three", authorization="Bearer no") == (401, "the token is missing or wrong")
    assert hooks.texts() == [(1, "one"), (2, "two"), (3, "three")]
    assert hooks.post(text("four"), "/hook/euro") == (200, "taken as 1")


def test_token_when_it_would_be_posted_or_named_then_refused_without_saying_it(hooks: Hooks, tmp_path: Path) -> None:
    for body in (text(f"my token is {TOKEN}"), {"symbol": "EURUSD", "action": TOKEN[:20], TOKEN: "x"}):
        status, said = hooks.post(body)
        assert status == 400
        assert TOKEN not in said
        assert TOKEN not in hooks.box.troubles["gold"]
    assert TOKEN not in "".join(path.read_text() for path in tmp_path.glob("*.jsonl"))


# --- once, in order, for good -------------------------------------------------------------------------------------


def test_alert_when_it_comes_again_then_posted_once_also_after_a_restart(tmp_path: Path) -> None:
    clock = FrozenClock(NOW)
    with at(tmp_path, clock) as first:
        assert first.post(text("GOLD BUY")) == (200, "taken as 1")
        assert first.post(text("GOLD BUY", id="a")) == (200, "taken as 2")
        assert first.post(text("GOLD BUY")) == (200, "known as 1")
        assert first.post(text("GOLD BUY", id="a")) == (200, "known as 2")
    clock.advance(30_000)
    with at(tmp_path, clock) as second:
        assert second.post(text("GOLD BUY")) == (200, "known as 1")
        assert second.post(text("GOLD BUY", id="a")) == (200, "known as 2")
        clock.advance(40_000)
        assert second.post(text("GOLD BUY")) == (200, "taken as 3")
        assert second.post(text("GOLD BUY", id="a")) == (200, "known as 2")
        status, said = second.post(text("GOLD SELL", id="a"))
        assert (status, "its id was another alert's" in said) == (409, True)
        assert "its id was" in second.box.troubles["gold"]
        assert [number for number, _ in second.texts()] == [1, 2, 3]


def test_alert_when_two_posts_then_both_at_once_or_none(hooks: Hooks) -> None:
    turn = {"symbol": "EURUSD", "action": "buy", "market_position": "long", "prev_market_position": "short"}
    assert hooks.post(turn) == (200, "taken as 1")
    assert hooks.post(turn) == (200, "known as 1")
    assert hooks.post(text("next")) == (200, "taken as 3")
    assert hooks.texts() == [(1, "Close EURUSD"), (2, "BUY EURUSD NOW"), (3, "next")]


@pytest.mark.parametrize(("age_s", "status"), [(5, 200), (59, 200), (61, 400), (-59, 200), (-70, 400)])
def test_time_when_said_then_only_fresh_alerts_are_taken_and_none_is_from_the_future(
    hooks: Hooks, age_s: int, status: int
) -> None:
    assert hooks.post({"text": "x", "sent": (NOW // 1000) - age_s})[0] == status
    assert [entry.at for entry in hooks.box.books["gold"].entries()] == [NOW - max(age_s, 0) * 1000] * (status == 200)


def test_flood_when_many_post_at_once_then_each_is_numbered_without_a_hole(hooks: Hooks) -> None:
    def one(number: int) -> tuple[int, str]:
        return hooks.post(text(f"alert {number}"))

    with ThreadPoolExecutor(16) as crowd:
        answers = list(crowd.map(one, range(300)))
    assert {status for status, _ in answers} == {200}
    assert sorted(int(said.removeprefix("taken as ")) for _, said in answers) == list(range(1, 301))
    told = {f"alert {place}": int(said.removeprefix("taken as ")) for place, (_, said) in enumerate(answers)}
    assert {words: number for number, words in hooks.texts()} == told


def test_flood_when_over_the_limit_then_refused_aloud_and_room_again_later(tmp_path: Path) -> None:
    with at(tmp_path, per_minute=3) as hooks:
        assert [hooks.post(text(str(number)))[0] for number in range(5)] == [200, 200, 200, 429, 429]
        assert "more than 3 in a minute" in hooks.box.troubles["gold"]
        assert hooks.post(text("elsewhere"), "/hook/euro")[0] == 200
        hooks.clock.advance(60_000)
        assert hooks.post(text("later")) == (200, "taken as 4")
        assert hooks.box.troubles == {}


# --- a disk that says no, or nothing ------------------------------------------------------------------------------


def test_disk_when_full_then_said_and_the_same_alert_is_taken_later(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        assert hooks.post(text("one", id="1")) == (503, "the disk takes nothing, nothing was kept")
    assert hooks.post(text("one", id="1")) == (200, "taken as 1")


def test_disk_when_it_hangs_then_answered_within_three_seconds(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    write = Daybook.append

    def slow(book: Daybook, entries: Any) -> None:
        go_on.wait(PATIENCE_S)
        write(book, entries)

    monkeypatch.setattr(Daybook, "append", slow)
    began = time.monotonic()
    status, said = hooks.post(text("one"))
    assert (status, "not known" in said) == (503, True)
    assert time.monotonic() - began < 15  # two seconds, and a busy machine
    go_on.set()
    assert hooks.post(text("two")) == (200, "taken as 2")
    assert hooks.texts() == [(1, "one"), (2, "two")]


# --- strangers ----------------------------------------------------------------------------------------------------


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


# --- killed -------------------------------------------------------------------------------------------------------

SERVES = """
import sys, time
from pathlib import Path
from signalos_tui.clock import WallClock
from signalos_tui.collect.webhook.answering import Doorman, Rules
from signalos_tui.collect.webhook.letterbox import Letterbox
from signalos_tui.collect.webhook.server import Server, bound
from signalos_tui.gateway.certificate import make_certificate
from signalos_tui.link.secret import Secret
from signalos_tui.link.tls import client_context, server_context
clock = WallClock()
box = Letterbox(Path(sys.argv[1]), ("gold",), clock, repeat_s=60)
server = Server(bound("127.0.0.1:0"), Doorman(box, Secret(sys.argv[2]), Rules(per_minute=10_000), clock))
print(server.address, flush=True)
time.sleep(60)
"""


def test_alerts_when_the_process_is_killed_then_all_that_were_answered_are_kept_once(
    hooks: Hooks, tmp_path: Path
) -> None:
    """Three real SIGKILLs in the middle of a flood; who got no answer sends the same again."""
    folder, answered = tmp_path / "kept", dict[str, int]()
    for kill in range(3):
        with subprocess.Popen([sys.executable, "-c", SERVES, folder, TOKEN], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            hooks.port = int(process.stdout.readline().rpartition(b":")[2])
            killing = threading.Timer(0.2 + 0.1 * kill, process.kill)
            killing.start()
            with ThreadPoolExecutor(8) as crowd:
                for words, number in crowd.map(lambda each: attempt(hooks, each), range(400)):
                    if number:
                        assert answered.setdefault(words, number) == number
            killing.join()
    with contextlib.closing(Daybook(folder / "gold.jsonl")) as book:
        kept = [(entry.id, entry.text) for entry in book.entries()]
    assert [number for number, _ in kept] == list(range(1, len(kept) + 1))
    assert len({words for _, words in kept}) == len(kept)
    assert {words: number for number, words in kept}.items() >= answered.items()
    assert len(answered) > 10


def attempt(hooks: Hooks, each: int) -> tuple[str, int]:
    """Post one alert. Its number, 0 when nobody answered."""
    words = f"alert {each}"
    try:
        status, said = hooks.post(text(words, id=words))
    except (OSError, http.client.HTTPException):
        return words, 0
    return words, int(said.rpartition(" ")[2]) if status == 200 else 0


# --- read by engines ----------------------------------------------------------------------------------------------


async def heard(source: WebhookSource, since: Mapping[ChannelId, int], count: int) -> list[Published]:
    found: list[Published] = []
    stream = cast("AsyncGenerator[Published, None]", source.published(since))
    async with asyncio.timeout(PATIENCE_S), aclosing(stream):
        while len(found) < count:
            found.append(await anext(stream))
    return found


async def test_source_when_two_engines_read_then_each_from_where_it_is(hooks: Hooks) -> None:
    for number in range(1, 5):
        await asyncio.to_thread(hooks.post, text(f"post {number}"))
    source = WebhookSource(hooks.box)
    assert [channel.id for channel in source.channels()] == [GOLD, "hook:euro"]
    one, other = await asyncio.gather(heard(source, {}, 5), late(hooks, source))
    assert one == [Message(GOLD, number, NOW, f"post {number}") for number in range(1, 6)]
    assert other == one[3:]


async def late(hooks: Hooks, source: WebhookSource) -> list[Published]:
    reading = asyncio.create_task(heard(source, {GOLD: 3}, 2))
    await asyncio.to_thread(hooks.post, text("post 5"))
    return await reading


async def test_source_when_an_alert_is_refused_then_its_channel_is_blind_until_one_is_taken(hooks: Hooks) -> None:
    async with aclosing(cast("AsyncGenerator[Published, None]", WebhookSource(hooks.box).published({}))) as stream:
        await asyncio.to_thread(hooks.post, {"symbol": "EURUSD", "action": "buy", "sl": "NaN"})
        blind = await anext(stream)
        assert isinstance(blind, HealthReport)
        assert blind.health is Health.BLIND
        assert blind.detail.endswith('12:30:00 UTC was not taken: sl was "NaN", a price is written like 1.0850')
        await asyncio.to_thread(hooks.post, {"symbol": "EURUSD", "action": "buy"})
        assert await anext(stream) == HealthReport(GOLD, Health.OK)
        assert await anext(stream) == Message(GOLD, 1, NOW, "BUY EURUSD NOW")


async def test_source_when_the_journal_knows_more_than_is_kept_then_numbers_go_on_and_what_is_lost_is_said(
    hooks: Hooks,
) -> None:
    source = WebhookSource(hooks.box)
    reading = asyncio.create_task(heard(source, {GOLD: 57}, 1))
    await asyncio.sleep(0)
    assert (await asyncio.to_thread(hooks.post, text("x")))[1] == "taken as 58"
    assert await reading == [Message(GOLD, 58, NOW, "x")]
    blind, post = await heard(source, {GOLD: 50}, 2)
    assert blind == HealthReport(GOLD, Health.BLIND, "7 alerts after number 50 are no longer kept")
    assert post == Message(GOLD, 58, NOW, "x")
