"""Answers in parts: a page may be shorter than what was asked for while more follows, and it hides no post and no chat.

Source: TDLib, getChatHistory ("fewer messages may be returned than specified by the limit, even if the end of the message history
has not been reached"); Telethon, client/messages.py ("Telegram may decide to not send them at all").
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from telethon.tl import functions, types

from signalos_tui.collect.telegram import asking
from signalos_tui.collect.telegram.logins import Followed
from signalos_tui.collect.telegram.posts import channel_id
from tests.collect.telegram_kit import Reading
from tests.collect.test_telegram_kinds import forum_of
from tests.support.telegram import server
from tests.support.telegram.world import at

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


async def test_chats_when_some_are_in_a_folder_then_they_are_listed_too() -> None:
    """A folder stands among the chats in the place of what is in it (core.telegram.org/api/folders)."""
    async with Reading("Gold", "Old") as r:
        gold, old = r.rooms

        def folded(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.messages.GetDialogsRequest):
                in_it = old if request.folder_id == 1 else gold
                answer.dialogs = [one for one in answer.dialogs if one.peer.channel_id == in_it.id]
                answer.count = 1
                if in_it is gold:
                    folder = types.DialogFolder(types.Folder(1, "Archive"), old.peer, old.last, 0, 0, 0, 0)
                    answer.dialogs.insert(0, folder)
            return answer

        r.answers(folded)
        assert [one.chat.title for one in await asking.chats(login_of(r))] == ["Gold", "Old"]


async def test_chat_when_it_comes_without_its_hash_then_listed_and_another_one_is_read() -> None:
    """A request for it can be written; that it is refused is this chat's own trouble."""
    async with Reading("Gold", "Bare") as r:
        bare = r.rooms[1]

        def change(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.messages.GetDialogsRequest):
                for one in answer.chats:
                    one.access_hash = None if one.id == bare.id else one.access_hash
            return answer

        r.answers(change)
        seen = {one.chat.title: one.followed for one in await asking.chats(login_of(r))}
        assert bytes(seen["Bare"].peer)


async def test_topics_when_one_was_deleted_or_a_page_comes_again_then_each_is_listed_once() -> None:
    async with Reading() as r:
        forum, _, _ = forum_of(r)

        def change(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.messages.GetForumTopicsRequest):
                answer = r.server._topics(forum, functions.messages.GetForumTopicsRequest(None, None, 0, 0, 100))
                answer.topics.append(types.ForumTopicDeleted(99))
                answer.count, answer.messages = 3, [server._EMPTY(12)]
            return answer

        r.answers(change)
        async with asyncio.timeout(5):
            found = await asking.topics(login_of(r), Followed(forum.id, forum.id * 3, "Forum"))
        assert [one.chat.title for one in found] == ["Silver", "Gold"]


async def test_device_when_telegram_does_not_say_when_it_was_active_then_when_it_came() -> None:
    """0 stands for that; Telegram's own desktop app shows the day it was made then."""
    async with Reading() as r:
        answer, made = r.server.door.answer, at(1_700_000_000)

        def change(session: Any, request: Any) -> Any:
            found = answer(session, request)
            if isinstance(request, functions.account.GetAuthorizationsRequest):
                for one in found.authorizations:
                    one.date_active, one.date_created = at(0), made
            return found

        r.server.door.answer = change  # type: ignore[method-assign]
        assert [one.used_at for one in await asking.devices(login_of(r))] == [1_700_000_000_000]


async def test_older_posts_when_they_come_the_other_way_round_then_newest_first_and_none_twice() -> None:
    """Whoever asks for more goes on below the last one: an import would never end."""
    async with Reading(posts=150) as r:

        def change(request: Any, answer: Any) -> Any:
            if isinstance(request, functions.messages.GetHistoryRequest):
                answer.messages.reverse()
            return answer

        r.answers(change)
        first = await r.source.older(channel_id(r.room.id), 0)
        second = await r.source.older(channel_id(r.room.id), first[-1].id)
        assert [one.id for one in (*first, *second)] == list(range(150, 0, -1))
