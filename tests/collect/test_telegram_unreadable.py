"""What the library cannot read (words of a newer Telegram, or of an older one) costs one post, not a channel and not a login."""

from __future__ import annotations

from typing import Any

from telethon.tl import functions, types

from signalos_tui.model.messages import Health
from tests.collect.telegram_kit import QUICK, Reading


class Strange(types.Message):  # type: ignore[misc] # Telethon has no types
    """A post in words that nobody knows."""

    def _bytes(self) -> bytes:
        return b"\xef\xbe\xad\xde" + bytes(12)


async def test_post_when_it_cannot_be_read_then_the_others_are_and_no_other_channel_notices() -> None:
    async with Reading("Gold", "FX") as r:
        gold, fx = r.rooms
        for number in range(8):
            r.world.is_telling = number != 3  # the client drops such an update, and asks for it
            post = r.world.post(gold, f"post {number}")
            post.__class__ = Strange if number == 3 else post.__class__
        r.world.post(fx, "for the others")
        await r.until(lambda: "for the others" in r.texts())
        await r.until(lambda: r.ids(gold)[-1:] == [gold.last])
        assert [number for number in range(6, gold.last + 1) if number not in r.ids(gold)] == [9]
        assert all(health is Health.OK for health, _ in r.health())


async def test_gap_when_a_post_in_it_cannot_be_read_then_that_one_alone_is_left_out() -> None:
    async with Reading() as r:
        r.world.is_telling = False
        r.world.flood(r.room, 150)
        r.room.posts[60].__class__ = Strange
        await r.numbers(*(number for number in range(6, 156) if number != 60))


async def test_answers_when_they_cannot_be_read_since_the_client_came_back_by_itself_then_dialled_anew() -> None:
    """A connection that is made anew in the client says nothing of what it can read (Telethon#4726)."""
    async with Reading(pace=QUICK) as r:
        known, serve = set[Any](), r.server._serve

        async def layered(session: Any, request: Any) -> Any:
            if isinstance(request, functions.InvokeWithLayerRequest):
                known.add(session)
            answer = await serve(session, request)
            return answer if session in known else Strange(0, None, None, "")

        r.server._serve = layered  # type: ignore[method-assign]
        r.server.drop()
        r.world.is_telling = False
        r.world.flood(r.room, 3)
        await r.numbers(6, 7, 8)
        assert known
