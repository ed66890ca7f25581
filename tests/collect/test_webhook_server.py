"""The hooks over real loopback sockets: every alert once, in order and on disk, whatever the disk and the process do."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

import pytest

from signalos_tui.clock import FrozenClock
from signalos_tui.collect.daybook import Daybook
from signalos_tui.collect.webhook.source import WebhookSource
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Health, HealthReport, Message, Published
from tests.collect.hooked import GOLD, NOW, PATIENCE_S, TOKEN, Hooks, at, text

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


# --- killed -------------------------------------------------------------------------------------------------------

SERVES = """
import sys, time
from pathlib import Path
from signalos_tui.clock import WallClock
from signalos_tui.collect.webhook.answering import Doorman, Rules
from signalos_tui.collect.webhook.letterbox import Letterbox
from signalos_tui.collect.webhook.server import Server, bound
from signalos_tui.link.secret import Secret
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


async def test_source_when_the_clock_was_set_back_then_alerts_are_handed_on_as_they_came(hooks: Hooks) -> None:
    """The close was handed on before the call that it closes, and the trade stayed."""
    await asyncio.to_thread(hooks.post, text("BUY EURUSD"))
    hooks.clock.advance(-500)
    await asyncio.to_thread(hooks.post, text("Close EURUSD"))
    found = await heard(WebhookSource(hooks.box), {}, 2)
    assert [(one.id, one.text) for one in found if isinstance(one, Message)] == [(1, "BUY EURUSD"), (2, "Close EURUSD")]


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
