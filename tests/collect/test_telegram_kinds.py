"""Chats of every kind, read by the real client: topics of forums, discussion groups, small groups, and what they become."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from telethon.tl import types

from signalos_tui.collect.telegram.asking import chats, topics
from signalos_tui.collect.telegram.logins import App, Followed, Login, open_login
from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.vault import Vault
from signalos_tui.link.secret import Secret
from signalos_tui.model import messages as m
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Deletion, Health, HealthReport, Message
from signalos_tui.model.places import ChatKind
from tests.collect.telegram_kit import QUICK, Reading
from tests.support.telegram.config import DC
from tests.support.telegram.world import Room


def forum_of(r: Reading) -> tuple[Room, int, int]:
    """A forum with two topics that have posts, one after the other."""
    forum = r.world.room("Forum", r.owner, is_group=True, is_forum=True)
    r.world.post(forum, "welcome")
    gold, silver = r.world.topic(forum, "Gold"), r.world.topic(forum, "Silver")
    for number in range(5):
        r.world.post(forum, f"gold {number}", topic=gold)
        r.world.post(forum, f"silver {number}", topic=silver)
    return forum, gold, silver


def texts(r: Reading, channel: ChannelId) -> list[str]:
    """What the posts of a channel say."""
    return [one.text for one in r.got if isinstance(one, Message) and one.channel == channel]


# --- topics -------------------------------------------------------------------------------------------------------


async def test_topic_when_followed_then_its_posts_alone_with_the_forums_numbers() -> None:
    """What stands in another topic is settled and not handed on; the general one has no header."""
    async with Reading() as r:
        forum, gold, silver = forum_of(r)
        r.world.is_telling = False
        mine = r.follow(forum, gold, since=gold)
        await r.numbers(4, 6, 8, 10, 12, room=mine)
        r.world.is_telling = True
        r.world.post(forum, "general")
        r.world.post(forum, "silver", topic=silver)
        answer = r.world.post(
            forum,
            "close half",
            reply_to=types.MessageReplyHeader(reply_to_msg_id=12, reply_to_top_id=gold, forum_topic=True),
        )
        await r.numbers(4, 6, 8, 10, 12, answer.id, room=mine)
        last = [one for one in r.got if isinstance(one, Message)][-1]
        assert (last.channel, last.reply_to) == (ChannelId(f"tg:-100{forum.id}/{gold}"), 12)
        assert {one.reply_to for one in r.got if isinstance(one, Message) and one.id < 13} == {None}


async def test_topics_when_two_of_one_forum_are_followed_then_one_ledger_and_one_request_serve_both() -> None:
    """A gap of the forum is asked for once, and each topic gets its own part of it, in order."""
    async with Reading() as r:
        forum, gold, silver = forum_of(r)
        first, second = r.follow(forum, gold, since=12), r.follow(forum, silver, since=13)
        await r.until(lambda: r.source.has_begun(first))
        asked = len(r.server.requests("GetMessages"))
        r.world.is_telling = False
        for number in range(40):
            r.world.post(forum, f"{number}", topic=(gold, silver)[number % 2])
        r.world.is_telling = True
        r.world.post(forum, "told", topic=silver)
        await r.until(lambda: len(texts(r, second)) == 21)
        await r.until(lambda: len(texts(r, first)) == 20)
        assert texts(r, first) == [str(number) for number in range(0, 40, 2)]
        assert texts(r, second) == [*(str(number) for number in range(1, 40, 2)), "told"]
        assert len(r.server.requests("GetMessages")) - asked <= 1
        r.world.edit(forum, 53, "silver, changed")
        r.world.delete(forum, [52])
        await r.until(lambda: texts(r, second)[-1] == "silver, changed")
        await r.until(lambda: Deletion(first, 52, 0).key in {one.key for one in r.got if isinstance(one, Deletion)})


async def test_forum_when_followed_as_a_whole_beside_one_topic_then_each_post_has_one_home() -> None:
    """A call is not traded twice because two channels show it."""
    async with Reading() as r:
        forum, gold, silver = forum_of(r)
        whole = r.follow(forum, since=forum.last)
        topic = r.follow(forum, gold, since=forum.last)
        await r.until(lambda: r.source.has_begun(topic))
        r.world.post(forum, "in gold", topic=gold)
        r.world.post(forum, "in silver", topic=silver)
        r.world.post(forum, "in general")
        await r.until(lambda: len(texts(r, whole)) == 2)
        assert texts(r, whole) == ["in silver", "in general"]
        assert texts(r, topic) == ["in gold"]
        r.source.unfollow(topic)
        await r.until(lambda: r.source.has_begun(whole))
        r.world.post(forum, "in gold again", topic=gold)
        await r.until(lambda: texts(r, whole)[-1] == "in gold again")


async def test_topic_when_thousands_of_other_posts_lie_between_then_only_its_own_are_asked_for() -> None:
    """After a long pause a quiet topic does not cost the whole forum."""
    async with Reading() as r:
        forum, gold, silver = forum_of(r)
        for _ in range(20):
            r.world.is_telling = False
            for number in range(99):
                r.world.post(forum, f"noise {number}", topic=silver)
            r.world.post(forum, "signal", topic=gold)
        r.world.is_telling = True
        mine = r.follow(forum, gold, since=12)
        await r.until(lambda: len(texts(r, mine)) == 20, 30)
        assert len(r.server.requests("GetReplies")) == 1
        assert texts(r, mine) == ["signal"] * 20
        new = r.follow(forum, silver)  # one that is new begins with its newest
        await r.until(lambda: len(texts(r, new)) == r.pace.first_posts)
        older = await r.source.older(mine, 100)
        assert [one.id for one in older] == [12, 10, 8, 6, 4]


# --- small groups -------------------------------------------------------------------------------------------------


async def test_small_group_when_followed_then_gaps_in_its_numbers_mean_nothing() -> None:
    """Two groups share one count; each post comes at once, a lost one with the next look, edits and deletions too."""
    async with Reading() as r:
        group = r.world.room("Friends", r.owner, is_small=True)
        other = r.world.room("Others", r.owner, is_small=True)
        r.world.flood(group, 3)
        r.world.flood(other, 3)
        mine = r.follow(group)
        assert mine == f"tg:-{group.id}"
        await r.numbers(1, 2, 3, room=mine)
        r.world.post(other, "theirs")
        r.world.post(group, "BUY GOLD")
        await r.numbers(1, 2, 3, 8, room=mine)
        r.world.is_telling = False
        r.world.post(group, "lost on the way")
        r.world.is_telling = True
        await r.numbers(1, 2, 3, 8, 9, room=mine)
        r.world.edit(group, 8)  # a reaction
        r.world.edit(group, 8, "SELL GOLD")
        r.world.delete(other, [7])
        r.world.delete(group, [9])
        await r.until(lambda: r.deleted() == [9])
        assert texts(r, mine)[-1] == "SELL GOLD"
        assert r.ids(mine) == [1, 2, 3, 8, 9, 8]
        r.world.is_telling = False
        r.world.delete(group, [8])
        r.world.is_telling = True
        r.server.drop()
        await r.until(lambda: r.deleted() == [9, 8])


async def test_small_group_when_it_was_away_then_it_goes_on_after_its_last_post() -> None:
    """More than a page, in order, once."""
    async with Reading() as r:
        group = r.world.room("Friends", r.owner, is_small=True)
        r.world.flood(group, 250)
        mine = r.follow(group, since=10)
        await r.numbers(*range(11, 251), room=mine)
        r.world.post(group, "next")
        await r.numbers(*range(11, 252), room=mine)


async def test_small_group_when_it_is_busy_then_its_history_is_asked_for_once_a_look_and_not_for_every_post() -> None:
    """Telegram pauses who asks that often."""
    async with Reading(pace=replace(QUICK, poll_s=2)) as r:
        group = r.world.room("Friends", r.owner, is_small=True)
        r.world.flood(group, 1)
        mine = r.follow(group)
        await r.numbers(1, room=mine)
        asked = len(r.server.requests("GetHistory"))
        for number in range(30):
            r.world.post(group, f"post {number}")
            await asyncio.sleep(0.005)
        await r.numbers(*range(1, 32), room=mine)
        assert len(r.server.requests("GetHistory")) - asked <= 4


@pytest.mark.parametrize("is_told", [True, False])
async def test_small_group_when_it_becomes_a_large_one_then_that_is_read_under_its_title(is_told: bool) -> None:
    """Telegram gives it another number; its owner is told, nothing that is posted there is missed."""
    async with Reading() as r:
        group = r.world.room("Friends", r.owner, is_small=True)
        r.world.flood(group, 2)
        old = r.follow(group)
        await r.numbers(1, 2, room=old)
        r.world.is_telling = is_told
        large = r.world.migrate(group)
        r.world.post(large, "BUY GOLD")
        r.world.is_telling = True
        new = channel_id(large.id)
        await r.until(lambda: "BUY GOLD" in texts(r, new))
        assert m.Followed(Channel(new, "Friends")) in r.got
        assert m.Unfollowed(old) in r.got
        [stopped] = [one for one in r.got if isinstance(one, HealthReport) and one.channel == old]
        assert (stopped.health, stopped.detail) == (
            Health.STOPPED,
            f"the group has become a large one, {new}, which is read from now on",
        )
        assert {one.id for one in r.source.channels()} == {channel_id(r.room.id), new}


# --- what there is ------------------------------------------------------------------------------------------------


def login_of(r: Reading, folder: Path) -> Login:
    """The reader's account as a login."""
    login = open_login(Vault(folder, bytes(32)), "main", App(1, Secret("0" * 32)), "test")
    login.session.set_dc(DC, "127.0.0.1", r.server.port)
    return login


async def test_chats_when_listed_then_each_with_its_kind_and_a_channel_with_the_group_beside_it(tmp_path: Path) -> None:
    """Broadcast, large and small groups, forums and their topics; no group that has become another one."""
    async with Reading("Gold VIP") as r:
        beside = r.world.room("Gold talk", r.owner, is_group=True, beside=r.room.id)
        r.room.beside = beside.id
        forum, gold, _ = forum_of(r)
        small = r.world.room("Friends", r.owner, is_small=True)
        gone = r.world.room("Was small", r.owner, is_small=True)
        r.world.post(gone, "x")
        large = r.world.migrate(gone)
        login = login_of(r, tmp_path)
        await login.client.connect()
        await login.client.send_code_request(r.owner.phone)
        await login.client.sign_in(r.owner.phone, r.owner.code)
        seen = await chats(login)
        kinds = {one.chat.id: one.chat.kind for one in seen}
        assert kinds == {
            channel_id(r.room.id): ChatKind.CHANNEL,
            channel_id(beside.id): ChatKind.DISCUSSION,
            channel_id(forum.id): ChatKind.FORUM,
            ChannelId(f"tg:-{small.id}"): ChatKind.SMALL_GROUP,
            channel_id(large.id): ChatKind.GROUP,
        }
        [channel] = [one.chat for one in seen if one.chat.kind is ChatKind.CHANNEL]
        assert channel.discussion == channel_id(beside.id)
        [place] = [one.followed for one in seen if one.chat.id == channel_id(forum.id)]
        found = await topics(login, place)
        assert [(one.chat.title, one.chat.kind, one.chat.forum) for one in found] == [
            ("Silver", ChatKind.TOPIC, place.id),
            ("Gold", ChatKind.TOPIC, place.id),
        ]
        assert found[1].followed == Followed(forum.id, forum.id * 3, "Forum / Gold", gold)
        assert found[1].followed.id == f"tg:-100{forum.id}/{gold}"
        await login.client.disconnect()
        login.close()


# --- how well it is seen ------------------------------------------------------------------------------------------


async def test_channel_when_much_is_missing_then_it_says_how_much_it_is_fetching_and_when_it_is_done() -> None:
    """Once each; what comes with one request is not worth a word."""
    async with Reading() as r:
        r.world.flood(r.room, 20)
        await r.numbers(*range(6, 26))
        assert r.health() == []
        r.server.refuse_next("GetHistory")
        r.world.flood(r.room, 320)
        await r.until(lambda: len(r.ids()) == 340, 30)
        await r.until(lambda: len(r.health()) == 2)
        assert r.health() == [(Health.CATCHING_UP, "320 posts"), (Health.OK, "")]
        assert r.ids() == list(range(6, 346))


async def test_channel_when_it_becomes_private_then_it_alone_is_blind_and_seen_again_when_it_is_open() -> None:
    """One request asks about all channels; one that may not be seen must not hide the others."""
    async with Reading("Gold", "Silver", "FX") as r:
        closed, others = r.rooms[1], (r.rooms[0], r.rooms[2])
        closed.is_private = True
        r.world.is_telling = False
        await r.until(lambda: any(h is Health.BLIND and "private" in why for h, why in r.health()))
        for room in others:
            r.world.post(room, "goes on")
            await r.numbers(6, room=room)
        blind = {one.channel for one in r.got if isinstance(one, HealthReport) and one.health is not Health.OK}
        assert blind == {channel_id(closed.id)}
        closed.is_private = False
        r.world.post(closed, "open again")
        r.server.drop()  # or in its turn, with the comparison
        await r.numbers(6, room=closed)
        await r.until(lambda: r.health()[-1][0] is Health.OK)


async def test_channel_when_followed_while_nothing_can_be_seen_then_it_is_blind_like_the_others() -> None:
    """And read like them when Telegram answers again."""
    async with Reading() as r:
        new = r.world.room("Silver", r.owner)
        r.world.flood(new, 3)
        await r.server.close()
        await r.until(lambda: bool(r.health()) and r.health()[-1][0] is Health.BLIND, 30)
        mine = r.follow(new)
        await r.until(lambda: any(isinstance(one, HealthReport) and one.channel == mine for one in r.got), 30)
        assert r.health()[-1][0] is Health.BLIND
        await r.server.open()
        await r.numbers(1, 2, 3, room=mine)
        await r.until(lambda: [one for one in r.got if isinstance(one, HealthReport)][-1].health is Health.OK, 30)


async def test_posts_when_nobody_takes_them_then_no_more_wait_than_there_is_room_and_none_is_lost() -> None:
    """Told one by one to a reader that stands still: memory has a limit, the history has the rest."""
    async with Reading(pace=replace(QUICK, answer_s=30)) as r:  # server and client share a loop that is busy
        await r.end()
        items = r.source.published({channel_id(r.room.id): 5})
        first = await asyncio.wait_for(anext(items), 30)
        for number in range(1_600):
            r.world.post(r.room, f"post {number}")
            if number % 50 == 0:
                await asyncio.sleep(0)
        async with asyncio.timeout(60):
            while len(r.source.waiting) < r.source.waiting.limit:  # noqa: ASYNC110 (bounded)
                await asyncio.sleep(0.01)
        r.world.edit(r.room, 7, "edited while nobody had time")
        r.world.delete(r.room, [8])
        await asyncio.sleep(0.5)
        assert len(r.source.waiting) <= r.source.waiting.limit + 2 * 100
        got: list[m.Published] = [first]
        async with asyncio.timeout(60):
            while not any(isinstance(one, Message) and one.id == 1_605 for one in got):
                got.append(await anext(items))
            while not any(isinstance(one, Deletion) and one.id == 8 for one in got):
                got.append(await anext(items))
        new = [one for one in got if isinstance(one, Message) and one.id > 5 and one.edited_at is None]
        assert sorted({one.id for one in new} | {7, 8}) == list(range(6, 1_606))
        assert any(isinstance(one, Message) and one.text == "edited while nobody had time" for one in got)
        await items.aclose()
