"""A whole day on both transports at the same prices: leg by leg the two journals tell the same, but for tickets and times."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from signalos_tui.execute import constants as mt
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.ids import SignalId
from signalos_tui.model.messages import Deletion
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, GOLD, Room
from tests.transports.stage import Life, life, opened

OPEN, CLOSED, PLACED, CANCELLED = LegState.OPEN, LegState.CLOSED, LegState.PLACED, LegState.CANCELLED
LIMIT = "BUY LIMIT EURUSD 1.0820\nSL 1.0780\nTP 1.0900"
OTHERWISE = {
    "position",
    "order",
    "deal",
    "ticket",
    "latency_ms",
    "at",
    "decided_at",
    "posted_at",
    "expires_at",
    "request",
    "magic",
}
"""Fields that differ from run to run: numbers the broker gives, and times."""
LEGS = (
    e.IntentRecorded,
    e.LegSending,
    e.LegOpened,
    e.LegPlaced,
    e.LegReduced,
    e.LegClosed,
    e.LegCancelled,
    e.TargetReached,
)


async def day(it: Life, room: Room) -> None:
    """A call with two targets, gold that is closed in part, an order that is withdrawn, one that is filled, and a stop."""
    it.say(CALL)
    await it.until(lambda: it.states == [OPEN, OPEN])
    gold = it.say(GOLD)
    await it.until(lambda: it.states == [OPEN] * 4)
    it.say("close half", reply=gold.id)
    await it.until(lambda: len(it.told(e.LegReduced)) + len(it.told(e.LegClosed)) >= 1)
    await it.until(lambda: not any(leg.actions for leg in it.legs))
    limit = it.say(LIMIT)
    await it.until(lambda: PLACED in it.states)
    room.say(Deletion(limit.channel, limit.id, it.clock.now()))
    await it.until(lambda: CANCELLED in it.states)
    it.say("SELL STOP GBPUSD 1.2650\nSL 1.2700\nTP 1.2500")
    await it.until(lambda: PLACED in it.states)
    it.quote(GBPUSD=(1.2649, 1.2650))
    await it.until(lambda: PLACED not in it.states)
    it.quote(EURUSD=(1.0902, 1.0903))
    await it.until(lambda: CLOSED in it.states and any(event.number == 1 for event in it.told(e.TargetReached)))
    await it.until(lambda: not any(leg.actions for leg in it.legs))
    edited = next(post for post in room.said if getattr(post, "id", 0) == gold.id)
    room.say(replace(edited, text=GOLD.replace("2360", "2358"), edited_at=it.clock.now()))
    await it.until(lambda: any(leg.stop == Decimal(2358) for leg in it.legs))
    await it.until(lambda: not any(leg.actions for leg in it.legs))
    assert (await it.press(c.TrailStop, signal=SignalId(it.legs[-1].signal), distance=Decimal("0.0020"))).ok
    it.quote(GBPUSD=(1.2600, 1.2601))
    await it.until(lambda: it.legs[-1].stop == Decimal("1.2621"))
    assert (await it.press(c.StopTrading, mode=c.StopMode.FLATTEN)).ok
    await it.until(lambda: not {OPEN, PLACED} & set(it.states))


async def netted_day(it: Life, room: Room) -> None:
    """The same call on an account that nets: one position, a target the engine keeps, and the rest closed by its owner."""
    it.say(CALL)
    await it.until(lambda: it.states == [OPEN, OPEN])
    positions = await it.terminal.positions_get()
    assert positions is not None
    assert len(positions) == 1
    it.quote(EURUSD=(1.0902, 1.0903))
    await it.until(lambda: it.states == [CLOSED, OPEN])
    await it.until(lambda: it.legs[1].stop == it.legs[1].price_open and not it.legs[1].actions)
    assert (await it.press(c.CloseTrade, signal=SignalId(it.legs[1].signal), fraction=Decimal(1))).ok
    await it.until(lambda: it.states == [CLOSED, CLOSED])
    assert await it.terminal.positions_get() == ()


DAYS = {"hedging": (day, {}, 25), "netting": (netted_day, {"margin_mode": mt.ACCOUNT_MARGIN_MODE_RETAIL_NETTING}, 8)}


def told(it: Life) -> dict[str, list[Any]]:
    """By leg, or by the signal: what was written down, without what differs from run to run."""
    found: dict[str, list[Any]] = defaultdict(list)
    for record in it.records:
        if isinstance(record.event, LEGS):
            fields = msgspec.to_builtins(record.event)
            whose = fields.get("leg") or fields.get("signal")
            found[whose].append(_stripped(fields))
    return found


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stripped(inner) for name, inner in value.items() if name not in OTHERWISE}
    return [_stripped(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.timeout(120)
@pytest.mark.parametrize("account", DAYS)
async def test_day_when_lived_on_both_transports_then_the_journals_tell_the_same(account: str, tmp_path: Path) -> None:
    live, settings, least = DAYS[account]
    lived: dict[str, dict[str, list[Any]]] = {}
    for kind in ("in process", "over TLS"):
        folder = tmp_path / kind.replace(" ", "-")
        folder.mkdir()
        (folder / "settings.json").write_text(json.dumps(settings))
        room = Room()
        with opened(kind, folder) as place:
            async with life(place, room) as it:
                await live(it, room)
                lived[kind] = told(it)
                assert not it.told(e.TaskFailed)
                assert not it.told(e.LegUnknown)
    here, there = lived.values()
    assert list(here) == list(there)
    for name, story in here.items():
        assert story == there[name], name
    assert sum(map(len, here.values())) >= least
