"""What is missing is fetched as soon as Telegram allows it, and does not wait for the next look at the newest numbers."""

from __future__ import annotations

import asyncio
import time

from msgspec.structs import replace

from tests.collect.telegram_kit import QUICK, Reading
from tests.support.telegram.session import Failed

SELDOM = replace(QUICK, poll_s=60, heartbeat_s=60)


async def test_gap_when_a_pause_was_wanted_then_it_is_asked_for_again_as_soon_as_that_is_over() -> None:
    """Others come for the same gap during the pause, and leave it to the one that waits."""
    async with Reading(pace=SELDOM) as r:
        r.server.refuse_next("GetMessages", Failed(420, "FLOOD_WAIT_2"))
        r.world.flood(r.room, 150)
        r.world.post(r.room, "after the gap")
        await r.until(lambda: bool(r.server.requests("GetChannelDifference")), 50)  # and that gives it up
        began = time.monotonic()
        while not r.server.requests("GetMessages"):
            r.world.post(r.room, "told")
            await asyncio.sleep(0.1)
        await r.until(lambda: len(r.ids()) == r.room.last - 5, 50)
        assert r.ids() == list(range(6, r.room.last + 1))
        assert 2 <= time.monotonic() - began < 50
