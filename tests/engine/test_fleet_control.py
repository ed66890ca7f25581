"""The control of an account while its engine comes and goes, and one live source for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.clock import Clock
from signalos_tui.collect.hub import Hub
from signalos_tui.collect.scripted import ScriptedSource
from signalos_tui.engine.fleet import Berth, Trouble, idle
from signalos_tui.errors import JournalUnusable, Transient
from signalos_tui.journal import Journal
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Message, Published
from signalos_tui.model.reach import Reach
from tests.engine.harbour import (
    POSTS,
    Boat,
    Harbour,
    Troubling,
    disk_is_full,
    engine_crashes,
    ran,
    terminal_hangs,
)
from tests.engine.kit import BEGINS, ROOM, simulated


async def follow(berth: Berth, heard: list[int]) -> None:
    """The numbers of what an account writes."""
    async for record in berth.events(berth.snapshot().seq):
        heard.extend([record.seq] if record.seq else [])


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
