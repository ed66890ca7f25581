from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from textual.message import Message

from signalos_tui.bus import FellBehind
from signalos_tui.clock import FrozenClock
from signalos_tui.control import RecordedControl
from signalos_tui.model.commands import Command, Outcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import NoticeRaised, Pulsed, Record, Severity
from signalos_tui.ui import bridge as bridge_module
from signalos_tui.ui.bridge import Bridge
from signalos_tui.ui.messages import DeskChanged, RecordsArrived


def notice(seq: int) -> Record:
    return Record(seq, 1000 + seq, NoticeRaised(Severity.INFO, "note", f"notice {seq}"))


class Behind(RecordedControl):
    """A control that loses its reader once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.state = DeskState(seq=7)

    def snapshot(self) -> DeskState:
        return self.state

    async def submit(self, command: Command) -> Outcome:
        return Outcome(ok=True, text="")

    async def events(self, since: int) -> AsyncIterator[Record]:
        self.asked.append(since)
        if len(self.asked) == 1:
            self.state = DeskState(seq=9)
            raise FellBehind
        yield notice(10)


def test_ten_ticks_of_a_still_desk_are_one_message() -> None:
    posted: list[Message] = []
    bridge = Bridge(RecordedControl([notice(1)]), FrozenClock(5_000), posted.append)
    for _ in range(10):
        bridge.tick()
    (message,) = posted
    assert isinstance(message, DeskChanged)
    assert message.state.seq == 1
    assert message.now == 5_000


def test_a_second_that_went_by_is_a_change_because_ages_move() -> None:
    posted: list[Message] = []
    clock = FrozenClock(5_000)
    bridge = Bridge(RecordedControl(), clock, posted.append)
    bridge.tick()
    clock.advance(999)
    bridge.tick()
    clock.advance(1)
    bridge.tick()
    assert len(posted) == 2


async def test_many_records_between_two_ticks_are_one_batch_in_order() -> None:
    posted: list[Message] = []
    control = RecordedControl([notice(1)])
    bridge = Bridge(control, FrozenClock(), posted.append)
    task = asyncio.create_task(bridge.follow())
    await asyncio.sleep(0)
    await control.play([notice(2), Record(0, 1, Pulsed()), notice(3)])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bridge.tick()
    bridge.tick()
    task.cancel()
    (batch,) = [message for message in posted if isinstance(message, RecordsArrived)]
    assert [record.seq for record in batch.records] == [2, 3]
    assert not batch.missed


async def test_after_falling_behind_it_goes_on_from_a_new_snapshot_and_says_so() -> None:
    posted: list[Message] = []
    control = Behind()
    bridge = Bridge(control, FrozenClock(), posted.append)
    await bridge.follow()
    bridge.tick()
    assert control.asked == [7, 9]
    batch = posted[-1]
    assert isinstance(batch, RecordsArrived)
    assert batch.missed
    assert [record.seq for record in batch.records] == [10]


async def test_a_flood_is_cut_and_told() -> None:
    posted: list[Message] = []
    control = RecordedControl()
    bridge = Bridge(control, FrozenClock(), posted.append)
    task = asyncio.create_task(bridge.follow())
    await asyncio.sleep(0)
    await control.play([notice(n) for n in range(1, bridge_module.KEEP + 6)])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bridge.tick()
    task.cancel()
    batch = posted[-1]
    assert isinstance(batch, RecordsArrived)
    assert batch.missed
    assert len(batch.records) == bridge_module.KEEP
