"""Several engines side by side: what troubles one account is its own trouble, and everybody can see it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
from msgspec.structs import replace

from signalos_tui.clock import Clock, LoopClock
from signalos_tui.collect.hub import Branch, Hub
from signalos_tui.collect.scripted import ScriptedSource
from signalos_tui.engine.fleet import AtWork, Berth, Fleet, Trouble, idle
from signalos_tui.errors import JournalUnusable, Transient
from signalos_tui.journal import Journal
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import StopMode
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Message, Published
from signalos_tui.model.reach import Reach
from tests.engine.kit import BEGINS, CALL, GOLD, PAPER, ROOM, Bench, simulated

LOGINS = {"main": 1_000_001, "prop": 2_000_002, "third": 3_000_003}
POSTS = ((5.0, CALL), (20.0, GOLD), (40.0, "Close half now"), (60.0, "BUY GBPUSD NOW\nSL 1.2650\nTP 1.2750"))
"""Seconds after the start, and what the room says then, to every account."""


class Boat(Bench):
    """A bench as an account of a fleet. trouble: begun when it works, on itself."""

    def __init__(self, folder: Path, name: str, trouble: Troubling | None, at: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, paper=replace(PAPER, login=LOGINS.get(name, 9)), at=at)
        self._trouble = trouble
        self._has_room = True

    async def run(self) -> None:
        """Work, with prices, posts and trouble."""
        tasks = [asyncio.create_task(self._tick()), asyncio.create_task(self._publish())]
        engine = asyncio.create_task(self.engine.run())
        trouble = asyncio.create_task(self._trouble(self) if self._trouble else asyncio.Event().wait())
        try:
            done, _ = await asyncio.wait([engine, trouble], return_when=asyncio.FIRST_COMPLETED)
            if trouble in done:
                await trouble
            await engine
        finally:
            for task in (*tasks, trouble, engine):
                task.cancel()
            await asyncio.gather(*tasks, trouble, engine, return_exceptions=True)

    def share(self, branch: Branch) -> None:
        """Read a source that others read too, instead of a room of its own."""
        self._has_room = False
        self.engine._sources = (branch,)

    async def _publish(self) -> None:
        if not self._has_room:
            await asyncio.Event().wait()
        for number, (second, text) in enumerate(POSTS, 1):
            at = BEGINS + round(second * 1000)
            if at >= self.clock.now():
                await asyncio.sleep((at - self.clock.now()) / 1000)
                self.room.say(Message(ROOM.id, number, at, text))

    def close(self) -> None:
        """Let go of the files."""
        self.paper.close()
        self.journal.close()


Troubling = Callable[[Boat], Coroutine[Any, Any, None]]


class Harbour:
    """Opens boats, keeps what each of them wrote, and lets some be in trouble."""

    def __init__(self, folder: Path, **troubles: Troubling) -> None:
        self.folder = folder
        self.clock = LoopClock(asyncio.get_running_loop(), BEGINS)
        self.troubles = troubles
        self.boats: dict[str, list[Boat]] = {}
        self.refuse: dict[str, Exception] = {}
        self.branches: dict[str, Branch] = {}

    def opening(self, name: str) -> Callable[[], Awaitable[AtWork]]:
        async def opened() -> Boat:
            if name in self.refuse:
                raise self.refuse[name]
            boat = Boat(self.folder / name, name, self.troubles.get(name), at=self.clock.now())
            if name in self.branches:
                boat.share(self.branches[name])
            self.boats.setdefault(name, []).append(boat)
            return boat

        return opened

    def fleet(self, *names: str, end_s: float = 20.0) -> Fleet:
        folders = {name: self.folder / name for name in names}
        return Fleet({name: self.opening(name) for name in names}, self.clock, folders=folders, end_s=end_s)

    def written(self, name: str) -> list[tuple[int, int, Event]]:
        return [(record.seq, record.at, record.event) for boat in self.boats[name] for record in boat.records]


async def ran(fleet: Fleet, seconds: float) -> None:
    running = asyncio.create_task(fleet.run())
    await asyncio.sleep(seconds)
    fleet.stop("the test is over")
    await running


async def follow(berth: Berth, heard: list[int]) -> None:
    """The numbers of what an account writes."""
    async for record in berth.events(berth.snapshot().seq):
        heard.extend([record.seq] if record.seq else [])


# --- what troubles one -----------------------------------------------------------------------------------------------


async def terminal_hangs(boat: Boat) -> None:
    async def never(*_: object, **__: object) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    await asyncio.sleep(4)
    for call in ("order_send", "positions_get", "orders_get", "account_info", "symbol_info_tick"):
        setattr(boat.terminal, call, never)


async def disk_is_full(boat: Boat) -> None:
    await asyncio.sleep(4)
    setattr(boat.journal, "fails", lambda number, events: True)  # noqa: B010


async def a_task_is_cancelled(boat: Boat) -> None:
    await asyncio.sleep(6)
    raise asyncio.CancelledError


async def engine_crashes(boat: Boat) -> None:
    await asyncio.sleep(6)
    raise ArithmeticError("a fault of ours")


async def gateway_is_lost(boat: Boat) -> None:
    await asyncio.sleep(4)
    boat.terminal.breaks = Transient
    boat.terminal.is_connected = False


async def gateway_was_never_there(boat: Boat) -> None:
    boat.terminal.other_login = 4

    async def nothing() -> None:
        return None

    setattr(boat.terminal, "account_info", nothing)  # noqa: B010


TROUBLES = (terminal_hangs, disk_is_full, engine_crashes, a_task_is_cancelled, gateway_is_lost, gateway_was_never_there)


def lived(folder: Path, trouble: Troubling | None) -> list[tuple[int, int, Event]]:
    """What main wrote beside another account that is in trouble, or alone."""
    found: list[tuple[int, int, Event]] = []

    async def work() -> None:
        harbour = Harbour(folder, **({"prop": trouble} if trouble else {}))
        await ran(harbour.fleet("main", "prop") if trouble else harbour.fleet("main"), 120)
        found.extend(harbour.written("main"))

    simulated(work)
    return found


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_an_account_when_another_is_in_trouble_then_every_event_and_its_moment_are_the_same(
    tmp_path: Path, trouble: Troubling
) -> None:
    """Not only the same decisions: written, sent and answered in the same millisecond as without the other account."""
    alone = lived(tmp_path / "alone", None)
    beside = lived(tmp_path / "beside", trouble)
    assert len([event for *_, event in alone if isinstance(event, e.LegOpened)]) >= 5
    assert beside == alone


def test_the_account_in_trouble_then_it_says_so_and_trades_nothing_meanwhile(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, prop=engine_crashes)
        fleet = harbour.fleet("main", "prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(6.5)
        prop = fleet.accounts["prop"]
        assert not prop.is_up
        again = c.SetTradingState(key="1", issued_at=harbour.clock.now(), state=TradingState.ACTIVE)
        assert not (await prop.submit(again)).ok
        await asyncio.sleep(100)
        assert prop.starts >= 3
        fleet.stop("over")
        await running

    simulated(work)


# --- starting ---------------------------------------------------------------------------------------------------------


def test_an_account_when_it_cannot_start_then_it_says_why_and_is_tried_again_with_longer_pauses(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        harbour.refuse["prop"] = JournalUnusable("the journal is held by process 7", "End it")
        fleet = harbour.fleet("main", "prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(2)
        prop, main = fleet.accounts["prop"], fleet.accounts["main"]
        assert main.snapshot().is_running
        state = prop.snapshot()
        assert state is prop.snapshot()
        assert (state.is_running, state.trading, state.account) == (False, TradingState.HALTED, None)
        assert state.trading_reason == "the journal is held by process 7. End it"
        first = prop.trouble
        assert first is not None
        await asyncio.sleep(30)
        later = prop.trouble
        assert later is not None
        assert later.again_at is not None
        assert first.again_at is not None
        assert later.again_at - harbour.clock.now() <= 60_000
        del harbour.refuse["prop"]
        await asyncio.sleep(60)
        assert prop.is_up
        assert prop.trouble is None
        assert prop.snapshot().is_running
        fleet.stop("over")
        await running

    simulated(work)


@pytest.mark.parametrize("mode", list(StopMode))
def test_an_account_when_stopped_while_it_is_away_then_it_does_not_come_back_trading(
    tmp_path: Path, mode: StopMode
) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        harbour.refuse["prop"] = JournalUnusable("held", "End it")
        fleet = harbour.fleet("main", "prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(2)
        prop = fleet.accounts["prop"]
        outcome = await prop.submit(c.StopTrading(key="stop", issued_at=harbour.clock.now(), mode=mode))
        assert outcome.ok is (mode is StopMode.FREEZE)
        assert "It is stopped before it trades again" in outcome.text
        assert ("nothing of it was closed" in outcome.text) is (mode is StopMode.FLATTEN)
        del harbour.refuse["prop"]
        await asyncio.sleep(100)
        assert prop.is_up
        assert prop.snapshot().trading is TradingState.HALTED
        kinds = [type(event) for *_, event in harbour.written("prop")]
        assert kinds.index(e.TradingStateChanged) < kinds.index(e.EngineStarted) < kinds.index(e.EngineArmed)
        assert e.IntentRecorded not in kinds
        assert e.LegOpened in [type(event) for *_, event in harbour.written("main")]
        resume = c.SetTradingState(key="r", issued_at=harbour.clock.now(), state=TradingState.ACTIVE)
        assert (await prop.submit(resume)).ok
        assert prop.snapshot().trading is TradingState.ACTIVE
        fleet.stop("over")
        await running

    simulated(work)


def test_two_accounts_when_they_are_one_at_the_broker_then_the_second_is_turned_away_before_it_writes(
    tmp_path: Path,
) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        fleet = harbour.fleet("one", "two")  # neither has a login of its own
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(5)
        up = [name for name, berth in fleet.accounts.items() if berth.is_up]
        (refused,) = set(fleet.accounts) - set(up)
        assert len(up) == 1
        assert f"is traded by {up[0]} already" in fleet.accounts[refused].snapshot().trading_reason
        assert [record for boat in harbour.boats[refused] for record in boat.records] == []
        fleet.stop("over")
        await running

    simulated(work)


def test_an_account_when_the_one_that_had_it_has_ended_then_it_may_have_it(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, one=engine_crashes)
        fleet = harbour.fleet("one", "two")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(30)
        assert [berth.is_up for berth in fleet.accounts.values()].count(True) == 1
        fleet.stop("over")
        await running

    simulated(work)


# --- ending -----------------------------------------------------------------------------------------------------------


def test_a_fleet_when_stopped_then_every_engine_says_its_last_word(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        fleet = harbour.fleet("main", "prop", "third")
        await ran(fleet, 10)
        for name, berth in fleet.accounts.items():
            assert berth.unfinished == ""
            *_, (_, _, last) = harbour.written(name)
            assert last == e.EngineStopped("the test is over")

    simulated(work)


def test_a_fleet_when_one_hangs_then_it_ends_within_its_time_and_names_it(tmp_path: Path) -> None:
    async def hangs_at_the_end(boat: Boat) -> None:
        async def never() -> None:
            await asyncio.Event().wait()

        setattr(boat.engine, "_end", never)  # noqa: B010

    async def work() -> None:
        harbour = Harbour(tmp_path, prop=hangs_at_the_end)
        fleet = harbour.fleet("main", "prop", end_s=20)
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(10)
        began = harbour.clock.now()
        fleet.stop("Ctrl-C")
        await running
        assert harbour.clock.now() - began <= 22_500
        assert fleet.accounts["prop"].unfinished == "it did not end within 20 s"
        assert fleet.accounts["main"].unfinished == ""
        assert harbour.written("main")[-1][2] == e.EngineStopped("Ctrl-C")

    simulated(work)


def test_a_fleet_when_one_is_still_looking_for_its_terminal_then_it_ends_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, prop=gateway_was_never_there)
        harbour.refuse["third"] = JournalUnusable("held", "End it")
        fleet = harbour.fleet("main", "prop", "third")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(1)
        began = harbour.clock.now()
        fleet.stop("Ctrl-C")
        await running
        assert harbour.clock.now() - began <= 3000
        assert not any(berth.unfinished for berth in fleet.accounts.values())

    simulated(work)


def test_a_fleet_when_an_end_cannot_be_written_then_that_account_says_so(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, prop=fails_at_the_end)
        fleet = harbour.fleet("main", "prop")
        await ran(fleet, 10)
        assert fleet.accounts["prop"].unfinished == "ArithmeticError: a fault of ours"
        assert fleet.accounts["main"].unfinished == ""

    async def fails_at_the_end(boat: Boat) -> None:
        async def broken() -> None:
            raise ArithmeticError("a fault of ours")

        setattr(boat.engine, "_end", broken)  # noqa: B010
        await asyncio.Event().wait()

    simulated(work)


# --- the control of an account ----------------------------------------------------------------------------------------


def test_events_when_followed_then_over_the_ends_and_starts_of_the_engine_without_a_gap(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, prop=engine_crashes)
        fleet = harbour.fleet("prop")
        heard: list[int] = []
        following = asyncio.create_task(follow(fleet.accounts["prop"], heard))
        await ran(fleet, 60)
        await asyncio.sleep(1)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        assert fleet.accounts["prop"].starts >= 3
        assert heard == [seq for seq, *_ in harbour.written("prop")]

    simulated(work)


def test_events_when_asked_before_a_used_account_starts_then_only_what_is_new(tmp_path: Path) -> None:
    async def work() -> None:
        before = Harbour(tmp_path)
        await ran(before.fleet("main"), 30)
        head = before.written("main")[-1][0]
        harbour = Harbour(tmp_path)
        harbour.clock = before.clock
        fleet = harbour.fleet("main")
        heard: list[int] = []
        following = asyncio.create_task(follow(fleet.accounts["main"], heard))
        await ran(fleet, 5)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        assert heard
        assert min(heard) == head + 1

    simulated(work)


def test_an_account_when_it_waits_for_its_gateway_then_it_says_what_is_in_the_way() -> None:
    state = DeskState(seq=3, is_running=True, reach=Reach("refused", "the gateway refuses the token", "Give it anew"))
    waiting = idle(state, None)
    assert (waiting.is_running, waiting.trading) == (False, TradingState.HALTED)
    assert waiting.trading_reason == "the gateway refuses the token. Give it anew"
    assert idle(state, Trouble("the journal is held")).trading_reason == "the journal is held"
    assert idle(DeskState(), None).trading_reason == "it is being started"


def test_questions_when_there_is_no_engine_then_refused_with_the_reason(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        harbour.refuse["main"] = JournalUnusable("the journal is held", "End it")
        fleet = harbour.fleet("main")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(0.5)
        with pytest.raises(Transient, match="the account main is not running: the journal is held"):
            await fleet.accounts["main"].reading_report()
        fleet.stop("over")
        await running

    simulated(work)


def test_journals_when_all_has_ended_then_they_can_be_opened_again(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, prop=terminal_hangs, third=disk_is_full)
        await ran(harbour.fleet("main", "prop", "third"), 30)

    simulated(work)
    for name in ("main", "prop", "third"):
        Journal.open(tmp_path / name / "journal.db", threaded=False).close()


# --- one live source for all of them ----------------------------------------------------------------------------------


class Line:
    """A live source that several engines share: it may be read once at a time and never ends."""

    name = "line"

    def __init__(self, clock: Clock) -> None:
        said: list[tuple[float, str]] = [(second, f"chatter {second}") for second in range(1, 101)]
        said = sorted([*said, *((second + 0.005, text) for second, text in POSTS)])
        script = [
            (at, Message(ROOM.id, number, at, text))
            for number, (second, text) in enumerate(said, 1)
            for at in (BEGINS + round(second * 1000),)
        ]
        self.reads = 0
        self._script = ScriptedSource([ROOM], script, clock)

    def channels(self) -> tuple[Channel, ...]:
        """The one channel."""
        return self._script.channels()

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """The script, then silence."""
        self.reads += 1
        async for item in self._script.published(since):
            yield item
        await asyncio.Event().wait()


def shared(folder: Path, trouble: Troubling | None) -> tuple[list[tuple[int, int, Event]], Harbour, Line]:
    """What main wrote beside another engine on the same source."""
    kept: list[Any] = []

    async def work() -> None:
        harbour = Harbour(folder, **({"prop": trouble} if trouble else {}))
        line = Line(harbour.clock)
        hub = Hub(line, limit=5)
        harbour.branches = {name: hub.branch() for name in ("main", "prop")}
        await ran(harbour.fleet("main", "prop"), 200)
        kept.extend((harbour.written("main"), harbour, line))

    simulated(work)
    return kept[0], kept[1], kept[2]


def test_a_shared_source_when_one_engine_cannot_write_for_a_minute_then_it_alone_reads_up_and_misses_nothing(
    tmp_path: Path,
) -> None:
    async def full_for_a_minute(boat: Boat) -> None:
        await asyncio.sleep(10)
        setattr(boat.journal, "fails", lambda number, events: True)  # noqa: B010
        await asyncio.sleep(60)
        setattr(boat.journal, "fails", lambda number, events: False)  # noqa: B010
        await asyncio.Event().wait()

    calm, _, _ = shared(tmp_path / "calm", None)
    beside, harbour, line = shared(tmp_path / "troubled", full_for_a_minute)
    assert beside == calm
    assert harbour.branches["prop"].lapses >= 1
    assert harbour.branches["main"].lapses == 0
    assert line.reads >= 2
    posts = [event.message.id for *_, event in harbour.written("prop") if isinstance(event, e.MessageReceived)]
    assert posts == list(range(1, 101 + len(POSTS)))
