"""Answers in parts: a page may be shorter than what was asked for while more follows, and it hides no post and no chat.

Source: TDLib, getChatHistory ("fewer messages may be returned than specified by the limit, even if the end of the message history
has not been reached"); Telethon, client/messages.py ("Telegram may decide to not send them at all").
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from telethon.tl import functions

from signalos_tui.collect.telegram import asking
from tests.collect.telegram_kit import Reading
from tests.collect.test_telegram_kinds import forum_of
from tests.support.telegram import server

FEW = 20


def login_of(r: Reading) -> Any:
    """The reading client as a login that is asked for its chats."""
    return SimpleNamespace(name="main", client=r.client)


def the_first_few(request: Any, answer: Any) -> Any:
    """Upwards the oldest ones, downwards the newest: those next to where it was asked for."""
    if isinstance(request, functions.messages.GetHistoryRequest | functions.messages.GetRepliesRequest):
        answer.messages = answer.messages[-FEW:] if request.add_offset < 0 else answer.messages[:FEW]
    if isinstance(request, functions.channels.GetMessagesRequest | functions.messages.GetMessagesRequest):
        answer.messages = answer.messages[:FEW]
    return answer


async def test_small_group_when_its_history_comes_in_short_pages_then_all_of_it_is_read() -> None:
    async with Reading() as r:
        group = r.world.room("Small", r.owner, is_small=True)
        r.world.flood(group, 3 * FEW)
        r.answers(the_first_few)
        await r.numbers(*range(2, 3 * FEW + 1), room=r.follow(group, since=1))


async def test_topic_when_its_past_comes_in_short_pages_then_all_of_it_is_read() -> None:
    async with Reading() as r:
        forum, gold, _ = forum_of(r)
        for number in range(3 * FEW):
            r.world.post(forum, f"gold {number}", topic=gold)
        r.answers(the_first_few)
        await r.numbers(4, 6, 8, 10, 12, *range(14, 14 + 3 * FEW), room=r.follow(forum, gold, since=gold))


async def test_gap_when_fewer_posts_come_than_were_asked_for_then_the_others_are_asked_for_again() -> None:
    """They are not taken for posts that never were."""
    async with Reading() as r:
        r.answers(the_first_few)
        r.world.flood(r.room, 3 * FEW)
        await r.numbers(*range(6, 3 * FEW + 6))


async def test_doubted_posts_when_fewer_come_than_were_asked_for_then_none_is_withdrawn() -> None:
    async with Reading() as r:
        r.world.flood(r.room, 2 * FEW)
        await r.numbers(*range(6, 2 * FEW + 6))
        r.answers(the_first_few)
        watched = r.source._chats.all()[0]
        watched.doubt(range(6, 2 * FEW + 6))
        r.source._fetching.soon(watched)
        await r.until(lambda: not watched.lacks)
        assert r.deleted() == []


async def test_chats_when_pages_are_shorter_than_asked_then_all_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Reading() as r:
        for number in range(3 * FEW):
            r.world.post(r.world.room(f"room {number}", r.owner), "here", age_s=number)
        monkeypatch.setattr(server, "PAGE", FEW)
        assert len(await asking.chats(login_of(r))) == 3 * FEW + 1
