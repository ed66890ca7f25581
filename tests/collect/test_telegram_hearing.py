"""A connection that stands is not enough: what Telegram tells has to be listened to, or a call comes with the next poll."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from telethon.tl import types

from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.model.places import Standing
from tests.collect.telegram_kit import QUICK, Reading
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


async def test_start_when_refused_then_the_login_says_so_until_it_is_let_in() -> None:
    """Not "ok" while nothing is heard."""
    async with Reading(pace=DEAF) as r:
        await r.end()
        r.restart()
        r.server.refuse_next("GetState", Failed(420, "FLOOD_WAIT_2"))
        beginning = asyncio.create_task(r.begin({channel_id(r.room.id): r.room.last}))
        await asyncio.sleep(0)
        await r.until(lambda: r.source.standing.standing is Standing.BLIND)
        assert "wants a pause until" in r.source.standing.detail
        await beginning
        await r.until(lambda: r.source.standing.standing is Standing.READING)


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
