"""What the tests of the engine share: a bench with an engine on it, in simulated time.

The bench watches while it works: every folded transition of a leg must be an edge of the protocol (V7), and whatever opens a
position must have been written down as SENDING before, while trading was ACTIVE (V1, V12).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from msgspec.structs import replace

from signalos_tui.clock import LoopClock, VirtualTimeLoop
from signalos_tui.config import Config, Rules
from signalos_tui.config import Engine as EngineSettings
from signalos_tui.engine import Engine, Reader
from signalos_tui.engine.kept_stop import KeptStop
from signalos_tui.errors import JournalFailed
from signalos_tui.execute import constants as mt
from signalos_tui.execute.feeds.feed import FeedTick
from signalos_tui.execute.paper import PaperSettings, PaperStore, PaperTerminal
from signalos_tui.execute.paper.book import TruthRow
from signalos_tui.execute.paper.faults import Fault, FaultyTerminal
from signalos_tui.execute.structs import AccountInfo, OrderSendResult, TerminalInfo, TradePosition
from signalos_tui.execute.terminal import Intent
from signalos_tui.journal import Journal
from signalos_tui.logs import quiet
from signalos_tui.model import commands as c
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.desk import DeskState, LegView, Trade
from signalos_tui.model.events import Event, Record
from signalos_tui.model.ids import ChannelId, LegId, SignalId
from signalos_tui.model.messages import Channel, Deletion, Message, Published
from signalos_tui.model.orders import LEG_EDGES, LegState
from signalos_tui.state import durable, find_leg, fold_all

T = TypeVar("T")

BEGINS = 1_767_603_600_000
"""Monday, 5 January 2026, 09:00 UTC."""

ROOM = Channel(ChannelId("test:room"), "Test Room", "Tests")
CONFIG = Config(
    rules=Rules(max_open_risk=Decimal(50), max_daily_loss=Decimal(50), max_open_per_symbol=0),
    engine=EngineSettings(pulse_s=1.0),
)
PAPER = PaperSettings(latency_ms=(50, 50), slippage_points=0)
PRICES = {"EURUSD": (1.0850, 1.0851), "GBPUSD": (1.2700, 1.2701), "XAUUSD": (2340.0, 2340.2)}

CALL = "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0900\nTP2 1.0950"
"""A call of two legs: 10 000 USD, half a percent at risk."""

GOLD = "SELL XAUUSD NOW\nSL 2360\nTP1 2330\nTP2 2320"


def simulated(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in simulated time."""
    quiet()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work())


class Room:
    """A source whose posts a test publishes; an engine that starts again hears all of them again."""

    name = "room"

    def __init__(self) -> None:
        self.said: list[Published] = []
        self._grown = asyncio.Event()

    def channels(self) -> tuple[Channel, ...]:
        """The one channel."""
        return (ROOM,)

    def say(self, item: Published) -> None:
        """Publish."""
        self.said.append(item)
        self._grown.set()

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """All that was said, then live."""
        place = 0
        while True:
            while place < len(self.said):
                place += 1
                yield self.said[place - 1]
            self._grown.clear()
            await self._grown.wait()


class ShakyJournal(Journal):
    """A journal whose writes fail when told to. appends: how many groups were asked to be written."""

    fails: Callable[[int, tuple[Event, ...]], bool] = staticmethod(lambda number, events: False)
    appends = 0

    async def append(self, events: Any, at: int) -> list[Record]:
        """Write, or do not."""
        self.appends += 1
        if self.fails(self.appends, tuple(events)):
            raise JournalFailed("the disk is full", "Make room")
        await asyncio.sleep(0.001)  # a write takes a moment, others get their turn meanwhile
        return await super().append(events, at)


class WatchedTerminal(FaultyTerminal):
    """A faulty terminal that holds every request against the desk, and can be cut off or log in to another account."""

    def __init__(self, inner: PaperTerminal, faults: Iterable[Fault]) -> None:
        super().__init__(inner, faults)
        self.desk: Callable[[], DeskState] = DeskState
        self.is_connected = True
        self.other_login = 0
        self.breaks: type[Exception] | None = None

    async def order_send(self, request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        """Send, after a look at the desk."""
        opens = request["action"] == mt.TRADE_ACTION_PENDING or (
            request["action"] == mt.TRADE_ACTION_DEAL and not request.get("position")
        )
        if opens:
            leg = next(leg for leg in legs_of(self.desk()) if leg.magic == request["magic"])
            assert leg.state is LegState.SENDING, f"{leg.id} is sent and is {leg.state}"
            assert self.desk().trading is TradingState.ACTIVE, (
                f"{leg.id} is sent while trading is {self.desk().trading}"
            )
        return await super().order_send(request, intent)

    async def terminal_info(self) -> TerminalInfo | None:
        """The terminal's state; not connected while cut off."""
        if self.breaks is not None:
            raise self.breaks
        info = await super().terminal_info()
        return replace(info, connected=self.is_connected) if info else None

    async def account_info(self) -> AccountInfo | None:
        """The account, or another one."""
        info = await super().account_info()
        return replace(info, login=self.other_login or info.login) if info else None

    async def positions_get(
        self, *, symbol: str | None = None, ticket: int | None = None
    ) -> tuple[TradePosition, ...] | None:
        """The positions; an empty view while cut off or at another account."""
        if not self.is_connected or self.other_login:
            return ()
        return await super().positions_get(symbol=symbol, ticket=ticket)


def legs_of(desk: DeskState) -> list[LegView]:
    """Every leg in view."""
    return [leg for trade in desk.trades.values() for leg in trade.legs]


class Bench:
    """An engine at work: `async with Bench(folder) as bench`. A second bench in the same folder is the next life."""

    def __init__(
        self,
        folder: Path,
        *,
        config: Config = CONFIG,
        faults: Iterable[Fault] = (),
        paper: PaperSettings = PAPER,
        at: int = BEGINS,
        said: Iterable[Published] = (),
        fails: Callable[[int, tuple[Event, ...]], bool] | None = None,
        second: Reader | None = None,
        is_paper: bool = True,
    ) -> None:
        """is_paper: the money is nobody's; where not, it is what the trade mode in `paper` says."""
        self.clock = LoopClock(asyncio.get_running_loop(), at)
        salt = blake2b(b"bench", digest_size=16).digest()
        opened = ShakyJournal.open(folder / "journal.db", threaded=False, salt=salt, holder="test")
        assert isinstance(opened, ShakyJournal)
        self.journal = opened
        if fails is not None:
            setattr(self.journal, "fails", fails)  # noqa: B010 (mypy: it is a method's place)
        self.paper = PaperTerminal(None, self.clock, paper, PaperStore(folder / "paper.db"))
        self.terminal = WatchedTerminal(self.paper, faults)
        self.room = Room()
        self.room.said.extend(said)
        self.prices: dict[str, tuple[float, float]] = dict(PRICES)
        self.engine = Engine(
            config=config,
            clock=self.clock,
            journal=self.journal,
            terminal=self.terminal,
            sources=[self.room],
            second=second,
            is_paper=is_paper,
            kept_stop=KeptStop(folder),
        )
        self.terminal.desk = self.engine.snapshot
        self.records: list[Record] = []
        self.transitions: list[tuple[str, LegState, LegState]] = []
        self.wrong: list[str] = []
        self.is_replayed = True
        self._before = DeskState()
        self._posts = max((item.id for item in said if isinstance(item, Message)), default=0)
        self._keys = 0
        self.engine._desk.listen(self._heard)

    def _heard(self, record: Record) -> None:
        after = self.engine.snapshot()
        leg = getattr(record.event, "leg", None)
        old, new = (
            (find_leg(self._before, LegId(leg)), find_leg(after, LegId(leg))) if isinstance(leg, str) else (None, None)
        )
        if old is not None and new is not None and old.state is not new.state:
            self.transitions.append((new.id, old.state, new.state))
            if new.state not in LEG_EDGES[old.state]:
                self.wrong.append(f"{new.id} went from {old.state} to {new.state} by {record}")
        self._before = after
        if record.seq:
            self.records.append(record)

    async def __aenter__(self) -> Self:
        self._ticking = asyncio.create_task(self._tick())
        self.running = asyncio.create_task(self.engine.run())
        await self.until(lambda: self.desk.is_running and (self.desk.is_armed or not self.is_active))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        try:
            if not self.running.done():
                self.engine.stop("the test is over")
                await self.running
            await self.terminal.settled()
            if kind is None:
                assert not self.wrong, self.wrong
                assert not self.is_replayed or durable(self.desk) == durable(fold_all(self.journal.tail(0))), (
                    "the state is not its fold (V9)"
                )
        finally:
            await self.kill()
            self.close()

    def close(self) -> None:
        """Let go of the files."""
        self.paper.close()
        self.journal.close()

    async def kill(self) -> None:
        """End it without a word, as far as that goes in one process."""
        for task in (self.running, self._ticking):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def _tick(self) -> None:
        while True:
            for symbol, (bid, ask) in self.prices.items():
                self.paper.apply(FeedTick(self.clock.now(), symbol, bid, ask))
            await asyncio.sleep(0.5)

    # What a test does

    def post(self, text: str, *, reply: int | None = None, number: int | None = None, age_s: float = 0) -> Message:
        """A new post, not yet published."""
        self._posts = number or self._posts + 1
        return Message(ROOM.id, self._posts, self.clock.now() - round(age_s * 1000), text, reply_to=reply)

    async def say(self, text: str, *, reply: int | None = None, age_s: float = 0, wait: float = 3) -> Message:
        """Publish a post and let it be dealt with for `wait` seconds."""
        message = self.post(text, reply=reply, age_s=age_s)
        self.room.say(message)
        await asyncio.sleep(wait)
        return message

    async def quote(self, symbol: str, bid: float, wait: float = 1) -> None:
        """Let a price change, a pip wide, and be seen."""
        self.prices[symbol] = (bid, round(bid + 0.0001, 5))
        await asyncio.sleep(wait)

    async def edit(self, message: Message, text: str, *, wait: float = 3) -> Message:
        """Publish a new revision."""
        edited = replace(message, text=text, edited_at=self.clock.now())
        self.room.say(edited)
        await asyncio.sleep(wait)
        return edited

    async def delete(self, message: Message, *, wait: float = 3) -> None:
        """Withdraw a post."""
        self.room.say(Deletion(message.channel, message.id, self.clock.now()))
        await asyncio.sleep(wait)

    async def press(
        self, kind: type[Any], *, key: str = "", at: int | None = None, wait: float = 3, **more: Any
    ) -> Outcome:
        """Submit a command."""
        self._keys += 1
        command: Command = kind(
            key=key or f"key {self._keys}", issued_at=self.clock.now() if at is None else at, **more
        )
        outcome = await self.engine.submit(command)
        await asyncio.sleep(wait)
        return outcome

    async def stop(self, mode: c.StopMode = c.StopMode.FREEZE, *, wait: float = 3) -> Outcome:
        """Throw the switch."""
        return await self.press(c.StopTrading, mode=mode, wait=wait)

    async def until(self, is_so: Callable[[], bool], within_s: float = 900) -> None:
        """Let time pass until something is so."""
        async with asyncio.timeout(within_s):
            while not is_so():
                if self.running.done():
                    await self.running
                await asyncio.sleep(0.05)

    # What a test sees

    @property
    def desk(self) -> DeskState:
        """The desk now."""
        return self.engine.snapshot()

    @property
    def is_active(self) -> bool:
        """Trading goes on."""
        return self.desk.trading is TradingState.ACTIVE

    @property
    def truth(self) -> list[TruthRow]:
        """Every opening order the broker accepted."""
        return [row for row in self.paper.truth if row.opens]

    @property
    def legs(self) -> list[LegView]:
        """Every leg in view."""
        return legs_of(self.desk)

    @property
    def states(self) -> list[LegState]:
        """The state of every leg."""
        return [leg.state for leg in self.legs]

    @property
    def trade(self) -> Trade:
        """The only trade."""
        (trade,) = self.desk.trades.values()
        return trade

    @property
    def codes(self) -> list[str]:
        """The codes of the notices so far."""
        return [code for record in self.records if (code := getattr(record.event, "code", None)) is not None]

    def told(self, kind: type[T]) -> list[T]:
        """The events of a kind so far."""
        return [record.event for record in self.records if isinstance(record.event, kind)]

    async def positions(self) -> list[TradePosition]:
        """What is really open."""
        return list(await self.paper.positions_get() or ())


def first_signal(message: Message) -> SignalId:
    """The id of the first signal of a post."""
    return SignalId(f"{message.key}#1")
