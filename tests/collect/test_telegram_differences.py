"""What was missed may be told in more than one way: the source makes the same of each, and goes on listening.

Source: core.telegram.org/constructor/updates.channelDifference and its neighbours; `final` and `pts` may be absent in the scheme.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from telethon.tl import functions, types

from signalos_tui.model.messages import Deletion, Message
from tests.collect.telegram_kit import QUICK, Reading

DEAF = replace(QUICK, poll_s=60, heartbeat_s=0.3)
"""Posts that come are told; no poll finds them."""


async def test_posts_when_told_as_they_once_were_then_handed_on_as_they_became() -> None:
    """One was withdrawn and one changed since: a server may tell every event as it was."""
    async with Reading(pace=DEAF) as r:

        def as_it_happened(request: Any, answer: Any) -> Any:
            if isinstance(answer, types.updates.ChannelDifference):
                told = [update for _, update in r.world.missed(r.room, request.pts)]
                answer.new_messages = [one.message for one in told if isinstance(one, types.UpdateNewChannelMessage)]
            return answer

        r.answers(as_it_happened)
        r.world.is_telling = False
        gone, changed = r.world.post(r.room, "buy gold"), r.world.post(r.room, "buy silver")
        r.world.delete(r.room, [gone.id])
        r.world.edit(r.room, changed.id, "sell silver")
        r.world.is_telling = True
        r.world.tell(r.room, types.UpdateChannelTooLong(r.room.id))
        await r.until(lambda: bool(r.ids()))
        await r.until(lambda: any(isinstance(one, Deletion) for one in r.got))
        await asyncio.sleep(0.2)
        assert [(one.id, one.text) for one in r.got if isinstance(one, Message)] == [(changed.id, "sell silver")]


@pytest.mark.parametrize("lacks", ["an end", "an end, too long", "a place"])
async def test_difference_when_it_lacks_what_the_scheme_does_not_promise_then_listening_goes_on(lacks: str) -> None:
    """For every channel: one that is told so must not make the client hang up."""
    async with Reading("Gold", "FX", pace=DEAF) as r:
        gold, fx = r.rooms
        listening = r.client._updates_handle

        def change(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.updates.GetChannelDifferenceRequest) and lacks.startswith("an end"):
                answer.final = False
            elif isinstance(answer, types.updates.ChannelDifferenceTooLong):
                answer.dialog.pts = None
            return answer

        r.answers(change)
        r.server.too_long = 100 if lacks == "an end" else 0
        r.world.is_telling = lacks == "an end"
        r.world.flood(gold, 0 if lacks == "an end" else 3)
        r.world.is_telling = True
        r.world.tell(gold, types.UpdateChannelTooLong(gold.id))
        await r.until(lambda: bool(r.server.requests("GetChannelDifference")))
        r.world.post(fx, "for the others")
        await r.until(lambda: "for the others" in r.texts(), 3)
        await r.until(lambda: len(r.ids(gold)) == gold.last - 5)
        assert r.client._updates_handle is listening
        assert r.client.is_hearing
