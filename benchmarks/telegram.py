"""From a post on Telegram to the journal, and catching up with what was missed. Run: `python -m benchmarks.telegram [--quick]`.

A small Telegram listens in this process; the reader works in another, and so does what it is judged by. The floor of a post is
the bare Telethon client with a handler that does nothing: between the two lie the order of numbers, one commit, and the engine's
loop. The floor of catching up is the same client asking for the same history page by page and throwing it away: between the two
lie the journal and the reading of every post.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from telethon import TelegramClient, events
from telethon.sessions import MemorySession
from telethon.tl import functions, types

from benchmarks.figure import Figure
from signalos_tui.clock import WallClock
from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.readonly import ReadOnlyClient
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.source import TelegramSource
from signalos_tui.commands.places import JOURNAL
from signalos_tui.commands.session import Session
from signalos_tui.config import Config
from signalos_tui.execute.feeds.synthetic import SyntheticMarket
from signalos_tui.journal import Journal
from signalos_tui.model.events import MessageReceived
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel
from tests.support.telegram.config import DC
from tests.support.telegram.handshake import trust_this_server
from tests.support.telegram.server import Server
from tests.support.telegram.world import Person, Room, World

CHANNELS = 40
PAUSE_S = 0.02
PATIENCE_S = 600.0
Followed = dict[ChannelId, tuple[Channel, Any]]
TEXT = "Market is slow today. We wait for a clean setup."


# --- the readers, each in a process of its own ------------------------------------------------------------------------


async def _logged_in(kind: type[TelegramClient], port: int, phone: str) -> TelegramClient:
    trust_this_server()
    session = MemorySession()
    session.set_dc(DC, "127.0.0.1", port)
    client = kind(session, 1, "0" * 32, sequential_updates=True, connection_retries=-1)
    await client.connect()
    await client.send_code_request(phone)
    await client.sign_in(phone, "12345")
    await client.get_dialogs()
    return client


async def _bare(port: int, phone: str) -> None:
    # The floor of a post: it has reached a handler.
    client = await _logged_in(TelegramClient, port, phone)

    async def heard(event: events.NewMessage.Event) -> None:
        _tell(event.message.id, time.perf_counter_ns())

    client.add_event_handler(heard, events.NewMessage())
    _tell("ready")
    await client.run_until_disconnected()


async def _followed(client: TelegramClient) -> Followed:
    # Every channel of the account.
    there = [one.entity for one in await client.get_dialogs()]
    return {
        channel_id(one.id): (Channel(channel_id(one.id), one.title), types.InputPeerChannel(one.id, one.access_hash))
        for one in there
    }


@contextlib.asynccontextmanager
async def _reading(client: ReadOnlyClient, follow: Followed, folder: Path) -> AsyncIterator[Session]:
    # An engine on the paper terminal. Its source connects the client and hangs up.
    clock = WallClock()
    source = TelegramSource("telegram", client, follow, clock, Pace())
    journal = Journal.open(folder / JOURNAL, holder="benchmark")
    session = Session(
        Config(), clock, folder, journal=journal, feed=SyntheticMarket(1, weekend=False), sources=[source]
    )
    running = asyncio.create_task(session.run())
    try:
        yield session
    finally:
        session.engine.stop("measured")
        await running
        session.close()


async def _read(port: int, phone: str, folder: Path) -> None:
    # Each post, when it is durable and everybody was told.
    client = await _logged_in(ReadOnlyClient, port, phone)
    follow = await _followed(client)
    async with _reading(client, follow, folder) as session:
        async for record in session.engine.events(0):
            if isinstance(record.event, MessageReceived):
                _tell(record.event.message.id, time.perf_counter_ns())


async def _catch_up(port: int, phone: str, folder: Path, missed: int) -> None:
    # Begins, goes away, comes back: by a bare loop over the history first, then as the product does.
    client = await _logged_in(ReadOnlyClient, port, phone)
    follow = await _followed(client)
    async with _reading(client, follow, folder) as session:
        await _reached(session, CHANNELS)
    _tell("away")
    await asyncio.to_thread(sys.stdin.readline)
    await client.connect()
    started, found = time.perf_counter(), 0
    for _, peer in follow.values():
        below = 0
        while True:
            page = await client(functions.messages.GetHistoryRequest(peer, below, None, 0, 100, 0, 1, 0))
            found += len(page.messages)
            if len(page.messages) < 100:
                break
            below = page.messages[-1].id
    bare = time.perf_counter() - started
    assert found == CHANNELS * missed, f"the bare loop found {found} posts"
    await client.disconnect()
    started = time.perf_counter()
    async with _reading(client, follow, folder) as session:
        await _reached(session, CHANNELS * (missed + 1))
        _tell(bare, time.perf_counter() - started)


async def _reached(session: Session, posts: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while sum(session.journal.cursors().values()) < posts:  # noqa: ASYNC110 (another thread writes)
            await asyncio.sleep(0.02)


def _tell(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


# --- the measuring ----------------------------------------------------------------------------------------------------


class _Reader:
    """A process of this module. lines: what it says."""

    def __init__(self, what: str, *arguments: object) -> None:
        command = [sys.executable, "-m", "benchmarks.telegram", what, *map(str, arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    async def line(self) -> list[str]:
        """The next one."""
        assert self.process.stdout is not None
        said = await asyncio.wait_for(asyncio.to_thread(self.process.stdout.readline), PATIENCE_S)
        assert said, "the reader ended before it was measured"
        return said.split()

    def go(self) -> None:
        """Let it go on."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()


@contextlib.contextmanager
def _begun(what: str, *arguments: object) -> Iterator[_Reader]:
    reader = _Reader(what, *arguments)
    try:
        yield reader
    finally:
        reader.process.kill()
        reader.process.communicate()


def _account(world: World, phone: str, channels: int) -> tuple[Person, list[Room]]:
    person = world.person(phone)
    rooms = [world.room(f"Channel {number}", person) for number in range(channels)]
    for room in rooms:
        world.flood(room, 1)
    return person, rooms


async def _latency(folder: Path, posts: int) -> tuple[list[float], list[float]]:
    # Microseconds from a post to the bare handler and to the journal, one after the other on the same machine.
    world = World()
    (one, (bare, *_)), (other, (journalled, *_)) = _account(world, "+491701", 1), _account(world, "+491702", 1)
    async with Server(world) as server:
        with (
            _begun("bare", server.port, one.phone) as floor,
            _begun("read", server.port, other.phone, folder) as reader,
        ):
            await floor.line()
            await reader.line()  # the post that was there
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(posts):
                for heard, room, spent in ((floor, bare, times[0]), (reader, journalled, times[1])):
                    started = time.perf_counter_ns()
                    world.post(room, TEXT)
                    number, at = await heard.line()
                    assert int(number) == room.last, f"post {number} came, {room.last} was awaited"
                    spent.append((int(at) - started) / 1e3)
                    await asyncio.sleep(PAUSE_S)
    return times


async def _caught_up(folder: Path, missed: int) -> tuple[float, float]:
    # Seconds of the bare loop and of the product.
    world = World()
    owner, rooms = _account(world, "+491701", CHANNELS)
    async with Server(world) as server:
        with _begun("catch-up", server.port, owner.phone, folder, missed) as reader:
            await reader.line()
            for room in rooms:
                world.flood(room, missed)
            reader.go()
            bare, own = await reader.line()
            return float(bare), float(own)


def measure(quick: bool = False) -> list[Figure]:
    """Microseconds from a post to the journal, seconds to catch up."""
    posts, missed = (60, 50) if quick else (400, 500)
    with tempfile.TemporaryDirectory(dir=os.environ.get("SIGNALOS_BENCH_DIR", ".")) as name:
        bare, journalled = asyncio.run(_latency(Path(name) / "one", posts))
        floor, seconds = asyncio.run(_caught_up(Path(name) / "two", missed))
    handler, last = "bare Telethon handler", 98
    return [
        Figure("post to journal, p50", median(journalled), "us", handler, median(bare), "<= the floor + 5,000 us"),
        Figure(
            "post to journal, p99",
            quantiles(journalled, n=100)[last], "us", handler, quantiles(bare, n=100)[last], "-",
        ),
        Figure(f"{CHANNELS} channels x {missed} missed posts", seconds, "s", "bare GetHistory loop", floor, "seconds"),
    ]  # fmt: skip


WORK: dict[str, Callable[..., Awaitable[None]]] = {"bare": _bare, "read": _read, "catch-up": _catch_up}


def main() -> None:
    """As a command: the figures, or one of the processes."""
    if len(sys.argv) > 2:
        what, port, phone, *more = sys.argv[1:]
        places = [Path(more[0])] if more else []
        work = WORK[what](int(port), phone, *places, *map(int, more[1:]))
        asyncio.run(work)  # type: ignore[arg-type] # a coroutine is what each of them is
        return
    for figure in measure("--quick" in sys.argv):
        print(figure)


if __name__ == "__main__":
    main()
