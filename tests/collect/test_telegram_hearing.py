"""A connection that stands is not enough: what Telegram tells has to be listened to, or a call comes with the next poll."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from telethon.tl import functions, types

from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.collect.telegram.source import TelegramSource
from signalos_tui.model.messages import Health, HealthReport
from signalos_tui.model.places import Standing
from tests.collect.telegram_kit import QUICK, Reading, RealClock
from tests.support.telegram.session import Failed, Unanswered

DEAF = replace(QUICK, poll_s=60, answer_s=0.5)
"""Nothing is found by a poll within a test: what comes was told."""


async def _told_at_once(r: Reading) -> None:
    for number in range(3):
        r.world.post(r.room, f"told {number}")
    await r.until(lambda: r.texts()[-3:] == ["told 0", "told 1", "told 2"], 3)
    assert r.client.is_hearing
    assert r.client._updates_queue.qsize() == 0


@pytest.mark.parametrize("method", ["GetState", "GetDifference", "GetUsers", "GetConfig"])
@pytest.mark.parametrize("refusal", [Failed(420, "FLOOD_WAIT_1"), Failed(500, "INTERNAL"), Unanswered()], ids=repr)
async def test_start_when_refused_in_the_midst_of_it_then_connected_anew_and_what_is_told_is_heard(
    method: str, refusal: Failed | Unanswered
) -> None:
    """The client is connected then and listens to nothing: posts came only with a poll, and what was told piled up."""
    async with Reading(pace=DEAF) as r:
        await r.end()
        r.restart()
        r.server.refuse_next(method, refusal)
        await r.begin({channel_id(r.room.id): r.room.last})
        await _told_at_once(r)


@pytest.mark.parametrize("method", ["GetState", "GetUsers"])
async def test_start_when_a_long_pause_is_wanted_in_the_midst_of_it_then_polls_find_what_comes(method: str) -> None:
    """An hour is long: nothing is told, so it is asked for; what is told all the same does not pile up."""
    async with Reading(pace=replace(DEAF, poll_s=0.3, heartbeat_s=0.1)) as r:
        await r.end()
        r.restart()
        r.server.refuse_next(method, Failed(420, "FLOOD_WAIT_3600"))
        await r.begin({channel_id(r.room.id): r.room.last})
        assert r.source.standing.standing is Standing.FLOODED
        r.world.post(r.room, "close now")
        await r.until(lambda: r.texts()[-1:] == ["close now"], 3)
        await r.until(lambda: not r.client._updates_queue.qsize(), 3)


async def test_connection_when_somebody_hangs_up_in_the_midst_of_making_it_then_it_is_made_anew() -> None:
    """Telethon does so itself, at times; the keeper of the connection must not end with it."""
    async with Reading(pace=DEAF) as r:
        begun = _slow_to_begin(r)
        await r.client.disconnect()
        await r.until(begun.is_set)
        await r.client.disconnect()
        await r.until(lambda: r.client.is_hearing)
        await _told_at_once(r)


async def test_connection_when_two_make_it_at_once_then_neither_hangs_up_on_the_other() -> None:
    """A list of chats connects, too."""
    async with Reading(pace=DEAF) as r:
        begun = _slow_to_begin(r)
        await r.client.disconnect()
        await r.until(begun.is_set)
        await asyncio.gather(r.client.connect(), r.client.connect())
        assert r.client.is_hearing
        await _told_at_once(r)


def _slow_to_begin(r: Reading) -> asyncio.Event:
    # The first answer on a new connection takes a while; set when it was asked for.
    begun, serve = asyncio.Event(), r.server._serve

    async def slow(session: Any, request: Any) -> Any:
        if isinstance(request, functions.InvokeWithLayerRequest):
            begun.set()
            await asyncio.sleep(0.2)
        return await serve(session, request)

    r.server._serve = slow  # type: ignore[method-assign]
    return begun


@pytest.mark.parametrize("refusal", [Failed(500, "HISTORY_GET_FAILED"), Unanswered()], ids=repr)
async def test_chat_when_telegram_cannot_serve_it_then_it_alone_is_blind(refusal: Failed | Unanswered) -> None:
    """The others are polled and read on, and nobody is compared again and again for it."""
    async with Reading("Gold", "FX", pace=replace(QUICK, answer_s=3 if isinstance(refusal, Failed) else 0.3)) as r:
        gold, fx = r.rooms
        answer, asked = r.server._reading, len(r.server.requests("GetHistory"))

        def reading(me: Any, request: Any) -> Any:
            peer = getattr(request, "peer", None) or getattr(request, "channel", None)
            if getattr(peer, "channel_id", 0) == gold.id and not isinstance(
                request, functions.updates.GetChannelDifferenceRequest
            ):
                raise refusal
            return answer(me, request)

        r.server._reading = reading  # type: ignore[method-assign]
        r.world.is_telling = False
        r.world.flood(gold, 3)
        await r.until(lambda: any(health is Health.BLIND for health, _ in r.health()))
        r.world.post(fx, "for the others")
        await r.until(lambda: "for the others" in r.texts(), 5)
        assert {item.channel for item in r.got if isinstance(item, HealthReport)} == {channel_id(gold.id)}
        assert sum(one.peer.channel_id == fx.id for one in r.server.requests("GetHistory")[asked:]) <= 1


@pytest.mark.parametrize("refusal", [Failed(420, "FLOOD_WAIT_1"), Failed(500, "INTERNAL"), Unanswered()], ids=repr)
async def test_gap_when_asking_for_it_is_refused_or_never_answered_then_listening_goes_on(
    refusal: Failed | Unanswered,
) -> None:
    """One channel's missed posts hold up nobody's next ones."""
    async with Reading("Gold", "FX", pace=DEAF) as r:
        gold, fx = r.rooms
        r.server.refuse_next("GetChannelDifference", refusal)
        r.world.tell(gold, types.UpdateChannelTooLong(gold.id, gold.pts))
        await r.until(lambda: bool(r.server.requests("GetChannelDifference")))
        r.world.post(fx, "for the others")
        await r.until(lambda: "for the others" in r.texts(), 3)


async def test_listening_when_it_ended_then_connected_anew() -> None:
    """Whatever ended it: a fault of Telethon's own among them."""
    async with Reading(pace=DEAF) as r:
        r.client._updates_handle.cancel()
        await r.until(lambda: not r.client.is_hearing)
        await r.until(lambda: r.client.is_hearing)
        await _told_at_once(r)


def test_pace_of_a_day_then_what_is_never_answered_keeps_no_gap_open_for_long() -> None:
    """A gap is closed within 15 s of the reconnection, also where its first request is lost."""
    assert Pace().answer_s + Pace().retry_s < 15


async def test_start_when_every_answer_takes_a_while_then_connected_all_the_same() -> None:
    """The client asks several things one after the other; none of them is late."""
    async with Reading() as r:
        await r.end()
        r.restart()
        r.world.post(r.room, "meanwhile")
        r.server.delay_s = QUICK.answer_s * 0.3
        r.source = TelegramSource("telegram", r.client, r.source._follow, RealClock(), r.pace)
        r.reading = asyncio.create_task(r._read({channel_id(r.room.id): 5}))
        await r.until(lambda: "meanwhile" in r.texts())
