"""Numbers that no post has: after a great clearing a channel goes on hundreds of thousands further up."""

from __future__ import annotations

from typing import Any

import pytest
from telethon.tl import functions

from tests.collect.telegram_kit import Reading
from tests.collect.test_telegram_unreadable import Strange


async def test_channel_when_its_numbers_go_on_far_up_then_a_few_requests_bring_all_that_is_there() -> None:
    async with Reading() as r:
        asked = len(r.server.asked)
        r.world.post(r.room, "far", number=300_000)
        r.world.post(r.room, "told")
        await r.numbers(300_000, 300_001)
        assert len(r.server.asked) - asked < 20


@pytest.mark.parametrize("habit", ["reads only downwards", "gives the newest", "cannot be read"])
async def test_wide_gap_when_the_history_does_not_say_what_follows_then_asked_for_by_number(habit: str) -> None:
    """A window that does not begin where it was wanted proves nothing of what lies before it."""
    async with Reading() as r:

        def change(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.messages.GetHistoryRequest) and request.add_offset < 0:
                below = request.offset_id if habit == "reads only downwards" else 0
                answer.messages = r.world.history(r.room, below=below, above=0, limit=100)
            return answer

        r.answers(change)
        r.world.is_telling = False
        r.world.flood(r.room, 1_500)
        if habit == "cannot be read":
            r.room.posts[700].__class__ = Strange
        await r.numbers(*(number for number in range(6, 1_506) if number in r.room.posts and _is_plain(r, number)))


def _is_plain(r: Reading, number: int) -> bool:
    return not isinstance(r.room.posts[number], Strange)
