"""A stage for stories in real time: an engine on a terminal, a room to post in, prices to set. The transport is a parameter."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from msgspec.structs import replace

from signalos_tui.clock import WallClock
from signalos_tui.commands.terminals import Living, gateway_terminal
from signalos_tui.config import Config, Paper, Rules, Send
from signalos_tui.config import Engine as EngineSettings
from signalos_tui.config import Terminal as TerminalSettings
from signalos_tui.engine import Engine
from signalos_tui.execute.mt5 import Mt5Terminal, Times
from signalos_tui.execute.paper import PaperStore, PaperTerminal
from signalos_tui.execute.paper.book import TruthRow
from signalos_tui.journal import Journal
from signalos_tui.link.tls import fingerprint_of
from signalos_tui.logs import quiet
from signalos_tui.model.commands import Outcome
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import Record
from signalos_tui.model.messages import Message
from signalos_tui.model.orders import LegState
from tests.engine.kit import ROOM, Room, legs_of
from tests.transports import broker

ROOT = Path(__file__).resolve().parent.parent.parent
PRICES = {"EURUSD": (1.0850, 1.0851), "GBPUSD": (1.2700, 1.2701), "XAUUSD": (2340.0, 2340.2), "USDJPY": (150.0, 150.02)}
PATIENCE_S = 40.0
TIMES = Times(ping_s=0.2, silent_s=1.0, first_wait_s=0.05, longest_wait_s=0.2, lasting_wait_s=0.2, answer_s=5, send_s=2)
ALL = Decimal(50)
CONFIG = Config(
    rules=Rules(max_open_risk=ALL, max_daily_loss=ALL, max_open_per_symbol=0, duplicate_window_min=0),
    engine=EngineSettings(pulse_s=0.05, poll_s=0.1, reconcile_s=0.5),
    send=Send(ttl_s=5.0, call_s=6.0, settle_s=30.0),
    paper=Paper(commission=Decimal("3.5")),
)


class Place(Protocol):
    """Where a broker is. folder: what stays over lives."""

    folder: Path
    config: Config

    def terminal(self, journal: Journal) -> Living: ...

    def truth(self) -> list[TruthRow]: ...


class InProcess:
    """The paper terminal in this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = CONFIG

    def terminal(self, journal: Journal) -> Living:
        """On the prices of the same file that a gateway's worker reads."""
        feed = broker.PricesOfAFile(self.folder / "prices.json")
        return PaperTerminal(
            feed, WallClock(), broker.settings_of(self.folder), PaperStore(self.folder / "paper.db"), 1
        )

    def truth(self) -> list[TruthRow]:
        """What the broker accepted."""
        return _truth(self.folder)


class OverGateway:
    """A gateway in another process, over TLS. process: the gateway's own; its worker is a child of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()
        account = f"{broker.SERVER}/{broker.LOGIN}"
        self.config = replace(
            CONFIG,
            terminal=TerminalSettings(
                commission=CONFIG.paper.commission,
                kind="mt5",
                address=f"127.0.0.1:{(folder / 'port').read_text()}",
                account=account,
                token_file=str(folder / "token"),
                fingerprint=fingerprint_of(folder / "certificate.pem"),
            ),
        )

    def start(self) -> None:
        """Start it, and wait until it listens; again on the same port after its end."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.transports.runner", str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TEST_BROKER": str(self.folder), "PYTHONPATH": str(ROOT)},
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline(), "the gateway did not start"

    def kill(self) -> None:
        """End it as a power cut would; its worker ends with it."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def worker(self) -> int:
        """The process that is asked for everything: its number."""
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return int(listed.stdout.split()[0])

    def hang(self) -> None:
        """Let it stand still, with its lines open."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def terminal(self, journal: Journal | None) -> Mt5Terminal:
        """A client of it."""
        return gateway_terminal(self.config, WallClock(), journal, TIMES)

    def truth(self) -> list[TruthRow]:
        """What the broker accepted."""
        return _truth(self.folder)


def _truth(folder: Path) -> list[TruthRow]:
    store = PaperStore(folder / "paper.db")
    try:
        return [row for row in store.truth() if row.opens]
    finally:
        store.close()


PLACES: dict[str, Callable[[Path], InProcess | OverGateway]] = {"in process": InProcess, "over TLS": OverGateway}


class Life:
    """One life of an engine. `async with life(place) as it`."""

    def __init__(self, place: Place, number: int, room: Room) -> None:
        quiet()
        self.clock = WallClock()
        self.place = place
        self.room = room
        self.journal = Journal.open(place.folder / "journal.db", holder="test", salt=b"transports-salt.")
        self.terminal = place.terminal(self.journal)
        link = self.terminal if isinstance(self.terminal, Mt5Terminal) else None
        self.engine = Engine(
            config=place.config,
            clock=self.clock,
            journal=self.journal,
            terminal=self.terminal,
            link=link,
            sources=[room],
        )
        self.running: asyncio.Task[None]
        self.records: list[Record] = []
        self.engine._desk.listen(self._heard)
        self._keys = itertools.count(1)
        self._life = number

    def _heard(self, record: Record) -> None:
        if record.seq:
            self.records.append(record)

    @property
    def desk(self) -> DeskState:
        """The desk now."""
        return self.engine.snapshot()

    @property
    def legs(self) -> list[LegView]:
        """Every leg."""
        return legs_of(self.desk)

    @property
    def states(self) -> list[LegState]:
        """The state of every leg."""
        return [leg.state for leg in self.legs]

    def told(self, kind: type[Any]) -> list[Any]:
        """The events of a kind in this life."""
        return [record.event for record in self.records if isinstance(record.event, kind)]

    @property
    def codes(self) -> list[str]:
        """The codes of its notices."""
        return [code for record in self.records if (code := getattr(record.event, "code", None)) is not None]

    def say(self, text: str, *, reply: int | None = None, age_s: float = 0) -> Message:
        """Publish a post."""
        number = len(self.room.said) + 1
        message = Message(ROOM.id, number, self.clock.now() - round(age_s * 1000), text, reply_to=reply)
        self.room.say(message)
        return message

    def quote(self, **prices: tuple[float, float]) -> None:
        """Let prices be others."""
        write_prices(self.place.folder, **prices)

    async def press(self, kind: type[Any], **more: Any) -> Outcome:
        """Submit a command."""
        key = f"life {self._life} key {next(self._keys)}"
        return await self.engine.submit(kind(key=key, issued_at=self.clock.now(), **more))

    async def until(self, is_so: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        """Let time pass until something is so."""
        try:
            async with asyncio.timeout(within_s):
                while not is_so():
                    if self.running.done():
                        await self.running
                    await asyncio.sleep(0.01)
        except TimeoutError:
            lines = "\n".join(line.text for line in self.desk.log[-12:])
            raise AssertionError(f"it did not happen; legs {self.states}, reach {self.desk.reach}\n{lines}") from None


@contextlib.asynccontextmanager
async def life(place: Place, room: Room | None = None, number: int = 1, *, armed: bool = True) -> AsyncIterator[Life]:
    """An engine at work until the end of the block. armed: wait until it may trade."""
    it = Life(place, number, room or Room())
    terminal = asyncio.create_task(it.terminal.run())
    it.running = asyncio.create_task(it.engine.run())
    try:
        if armed:
            await it.until(lambda: it.desk.is_armed and it.desk.is_running)
        yield it
        it.engine.stop("the story is over")
        await it.running
    finally:
        for task in (it.running, terminal):
            task.cancel()
        await asyncio.gather(it.running, terminal, return_exceptions=True)
        it.terminal.close()
        it.journal.close()


def write_prices(folder: Path, **prices: tuple[float, float]) -> None:
    """Let prices be these from now on; the others stay."""
    path = folder / "prices.json"
    now = {**(json.loads(path.read_text()) if path.exists() else PRICES), **prices}
    unfinished = folder / "prices.new"
    unfinished.write_text(json.dumps(now))
    unfinished.replace(path)


@contextlib.contextmanager
def opened(kind: str, folder: Path) -> Any:
    """A place of a kind, taken apart afterwards."""
    write_prices(folder)
    place = PLACES[kind](folder)
    try:
        yield place
    finally:
        if isinstance(place, OverGateway):
            place.go_on()
            place.kill()
