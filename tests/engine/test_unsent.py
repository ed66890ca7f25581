"""What was accepted and is not sent yet, when its channel corrects it, or the owner pauses or drops the channel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.engine.permitting import DROPPED, PAUSED, SWITCHED_OFF
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.faults import Refuse
from signalos_tui.execute.structs import OrderSendResult
from signalos_tui.execute.terminal import Intent
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.messages import Message, Unfollowed
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, CONFIG, ROOM, Bench, simulated

Change = Callable[[Bench, Message], Awaitable[object]]
SELL = "SELL EURUSD NOW\nSL 1.0900\nTP1 1.0800\nTP2 1.0750"
OTHER = "BUY GBPUSD NOW\nSL 1.2600\nTP1 1.2800"
JOINED = ("BUY EURUSD NOW", "SL 1.0800\nTP1 1.0900\nTP2 1.0950")


async def _sell(bench: Bench, call: Message) -> None:
    await bench.edit(call, SELL, wait=0)


async def _other_market(bench: Bench, call: Message) -> None:
    await bench.edit(call, OTHER, wait=0)


async def _pause(bench: Bench, _: Message) -> None:
    await bench.press(c.PauseChannel, channel=ROOM.id, wait=0)


async def _unfollow(bench: Bench, _: Message) -> None:
    bench.room.say(Unfollowed(ROOM.id))


CHANGES = [
    pytest.param(_sell, "an edit made it into sell EURUSD before it was sent", id="sell"),
    pytest.param(_other_market, "an edit made it into buy GBPUSD before it was sent", id="other market"),
    pytest.param(_pause, PAUSED, id="pause"),
    pytest.param(_unfollow, DROPPED, id="unfollow"),
]


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_legs_when_they_wait_and_the_call_is_no_more_then_none_is_sent(
    tmp_path: Path, change: Change, why: str
) -> None:
    """The terminal is away for a moment."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.engine._desk.listen(lambda record: _cut(bench, record.event))
            bench.room.say(call := bench.post(CALL))
            await bench.until(lambda: len(bench.legs) == 2)
            await change(bench, call)
            await asyncio.sleep(3)
            bench.terminal.is_connected = True
            await asyncio.sleep(10)
            assert bench.truth == []
            assert bench.states[:2] == [LegState.EXPIRED, LegState.EXPIRED]
            assert all(why in event.text for event in bench.told(e.LegExpired))
            if "edit" in why:
                (told,) = [n for n in bench.told(e.NoticeRaised) if n.code == "edit-swapped"]
                assert "before it was sent" in told.text
                assert "It is not sent" in told.remedy

    simulated(story)


@pytest.mark.parametrize(("change", "why"), CHANGES)
def test_legs_when_the_first_is_out_and_the_call_is_no_more_then_the_second_stays(
    tmp_path: Path, change: Change, why: str
) -> None:
    """Its call takes four seconds, as at news; what it opened stands with its stop."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            calls = _slow(bench)
            bench.room.say(call := bench.post(CALL))
            await bench.until(lambda: bool(calls))
            await change(bench, call)
            await asyncio.sleep(20)
            assert len(bench.truth) == 1
            assert bench.states[:2] == [LegState.OPEN, LegState.EXPIRED]
            (expired,) = bench.told(e.LegExpired)
            assert why in expired.text
            assert not any(leg.actions for leg in bench.legs)
            if "edit" in why:
                (told,) = [n for n in bench.told(e.NoticeRaised) if n.code == "edit-swapped"]
                assert "What was not sent never is" in told.remedy

    simulated(story)


def test_leg_when_its_price_is_refused_and_the_call_is_no_more_then_it_is_not_priced_again(tmp_path: Path) -> None:
    """Between two attempts it was sent, and nothing came of it."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Refuse(mt.TRADE_RETCODE_REQUOTE)]) as bench:
            calls = _slow(bench)
            bench.room.say(call := bench.post("BUY EURUSD NOW\nSL 1.0800\nTP1 1.0900"))
            await bench.until(lambda: bool(calls))
            await _sell(bench, call)
            await asyncio.sleep(20)
            assert len(calls) == 1
            assert not await bench.positions()

    simulated(story)


def test_legs_when_one_call_is_joined_from_posts_and_becomes_another_then_what_waits_is_not_sent(
    tmp_path: Path,
) -> None:
    """The first post turns round; the second has no direction of its own."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            first = await bench.say(JOINED[0], wait=1)
            bench.engine._desk.listen(lambda record: _cut(bench, record.event))
            await bench.say(JOINED[1], wait=2)
            assert bench.states == [LegState.INTENT, LegState.INTENT]
            await bench.edit(first, "SELL EURUSD NOW", wait=2)
            bench.terminal.is_connected = True
            await asyncio.sleep(10)
            assert bench.truth == []

    simulated(story)


@pytest.mark.parametrize("off", [False, True])
def test_legs_when_paused_or_switched_off_before_the_next_start_then_never_sent(tmp_path: Path, *, off: bool) -> None:
    """What the last life knew of them died with it."""
    config = replace(CONFIG, channels={ROOM.id: {"enabled": False}}) if off else CONFIG

    async def story() -> None:
        async with Bench(tmp_path, fails=_no_end) as bench:
            bench.is_replayed = False
            bench.engine._desk.listen(lambda record: _cut(bench, record.event))
            await bench.say(CALL, wait=2)
            assert bench.states == [LegState.INTENT, LegState.INTENT]
            if not off:
                await bench.press(c.PauseChannel, channel=ROOM.id, wait=0)
            assert bench.states == [LegState.INTENT, LegState.INTENT]
            now, heard = bench.clock.now(), bench.room.said
            await bench.kill()
        async with Bench(tmp_path, at=now + 500, said=heard, config=config) as bench:
            await asyncio.sleep(10)
            assert bench.truth == []
            assert [event.text.partition(";")[0] for event in bench.told(e.LegExpired)] == 2 * [
                SWITCHED_OFF if off else PAUSED
            ]

    simulated(story)


def _cut(bench: Bench, event: object) -> None:
    if isinstance(event, e.IntentRecorded):
        bench.terminal.is_connected = False


def _no_end(_: int, events: tuple[object, ...]) -> bool:
    # Killed before the end of a leg was on disk.
    return any(isinstance(event, e.LegExpired) for event in events)


def _slow(bench: Bench) -> list[object]:
    # Every call takes four seconds.
    real = bench.terminal.order_send
    calls: list[object] = []

    async def slow(request: Mapping[str, object], intent: Intent | None = None) -> OrderSendResult | None:
        calls.append(request["magic"])
        await asyncio.sleep(4)
        return await real(request, intent)

    setattr(bench.terminal, "order_send", slow)  # noqa: B010 (mypy: it is a method's place)
    return calls
