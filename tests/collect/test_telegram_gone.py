"""What is deleted stays deleted, and nothing else is taken for deleted: a history may be behind what was told."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from telethon.tl import functions, types

from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.rooms import WHOLE, Room
from signalos_tui.collect.telegram.watched import Home
from signalos_tui.model.messages import Channel, Deletion, Message
from tests.collect.telegram_kit import QUICK, Reading

OFTEN = replace(QUICK, compare_s=0.3)
GOLD = Channel(channel_id(1), "Gold")


def post(number: int) -> Message:
    """A post of the channel."""
    return Message(GOLD.id, number, number, f"post {number}")


def test_post_when_it_is_deleted_while_it_waits_for_one_before_it_then_it_is_not_handed_on() -> None:
    room = Room(types.InputPeerChannel(1, 1), {WHOLE: Home(GOLD, 5)}, 20)
    assert room.take(post(7)) == []
    assert room.withdraw([7], at=9) == [Deletion(GOLD.id, 7, 9)]
    assert room.settle(6, 6, [post(6)]) == [post(6)]
    assert room.settle(7, 7, []) == []


async def test_posts_when_the_history_does_not_have_them_yet_then_not_taken_for_deleted() -> None:
    """They were told; whoever answers about the newest posts has not heard of them."""
    async with Reading(pace=OFTEN) as r:

        def behind(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.messages.GetHistoryRequest):
                answer.messages = [one for one in answer.messages if one.id < 7]
            return answer

        r.answers(behind)
        for number in range(6, 10):
            r.world.post(r.room, f"post {number}")
        asked = len(r.server.requests("GetHistory"))
        await r.until(lambda: len(r.server.requests("GetHistory")) > asked + 2)
        assert r.deleted() == []
        assert r.ids() == [6, 7, 8, 9]


async def test_posts_when_all_were_deleted_and_nobody_was_told_then_withdrawn() -> None:
    """A history that was cleared has no newest posts to compare with."""
    async with Reading(pace=OFTEN) as r:
        group = r.world.room("Small", r.owner, is_small=True)
        r.world.flood(group, 2)
        small = r.follow(group, since=0)
        await r.until(lambda: len(r.ids(small)) == 2)
        r.world.is_telling = False
        for room in (r.room, group):
            r.world.delete(room, list(room.posts))
        await r.until(lambda: sorted(r.deleted()) == [1, 1, 2, 2, 3, 4, 5])
