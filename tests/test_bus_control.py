"""Every follower sees every record in order, or is told that it fell behind; a recorded desk answers like a living one."""

from __future__ import annotations

import asyncio

import pytest

from signalos_tui.bus import Bus, FellBehind
from signalos_tui.control import RecordedControl
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Outcome
from signalos_tui.model.events import Record
from signalos_tui.state import fold_all


def record(seq: int) -> Record:
    """A record that changes something."""
    state = TradingState.HALTED if seq % 2 else TradingState.ACTIVE
    return Record(seq, seq * 1000, e.TradingStateChanged(state, f"reason {seq}", "test"))


async def test_followers_when_there_are_many_then_each_sees_all_in_order() -> None:
    """Publishing does not wait for anybody."""
    bus = Bus()
    one, other = bus.subscribe(), bus.subscribe()
    for seq in range(1, 6):
        bus.publish(record(seq))
    for each in (one, other):
        assert [(await each.get()).seq for _ in range(5)] == [1, 2, 3, 4, 5]
    bus.unsubscribe(one)
    bus.unsubscribe(one)
    bus.publish(record(6))
    assert (await other.get()).seq == 6


async def test_follower_when_too_slow_then_it_is_told_and_the_others_are_not() -> None:
    """It loses its place instead of memory growing without end."""
    bus = Bus(limit=3)
    slow = bus.subscribe()
    for seq in range(1, 5):
        bus.publish(record(seq))
    quick = bus.subscribe()
    bus.publish(record(5))
    with pytest.raises(FellBehind):
        await slow.get()
    assert (await quick.get()).seq == 5


async def test_follower_when_it_ends_then_the_bus_forgets_it() -> None:
    """An iterator that is closed leaves nothing behind."""
    bus = Bus()
    following = bus.records()
    waiting = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    bus.publish(record(1))
    assert (await waiting).seq == 1
    await following.aclose()  # type: ignore[attr-defined]
    assert not bus._subscriptions


async def test_recorded_desk_when_played_on_then_its_followers_and_its_state_move() -> None:
    """What screens are tested on."""
    control = RecordedControl([record(1), record(2), record(3)], answer=Outcome(ok=False, text="no"))
    seen: list[int] = []

    async def follow() -> None:
        async for each in control.events(since=1):
            seen.append(each.seq)  # noqa: PERF401 (it has no end)

    following = asyncio.create_task(follow())
    await asyncio.sleep(0)
    assert seen == [2, 3]
    await control.play([record(4)])
    await asyncio.sleep(0)
    assert seen == [2, 3, 4]
    assert control.snapshot() == fold_all([record(n) for n in range(1, 5)])
    command = c.StopTrading(key="k", issued_at=0, mode=c.StopMode.FREEZE)
    assert (await control.submit(command)).text == "no"
    assert control.submitted == [command]
    following.cancel()
