"""Telegram while the engine runs: log in, follow, take over, import; with the real client, an engine and its journal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from signalos_tui.clock import WallClock
from signalos_tui.collect.hub import NOWHERE
from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.readers import Readers
from signalos_tui.collect.telegram.settings import Pace
from signalos_tui.commands.fleet import FleetSession
from signalos_tui.engine.intake import Intake
from signalos_tui.errors import OperatorNeeded, SourceUnreadable
from signalos_tui.model import events as e
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Health, HealthReport, Message, Unfollowed
from signalos_tui.model.places import Chat, ChatKind, Standing
from tests.commands.house import House, Once, Typing, serving, until
from tests.support.telegram.session import Failed


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with serving(House(tmp_path), monkeypatch) as one:
        yield one


async def test_login_and_channel_when_made_while_running_then_posts_are_journalled_until_it_is_unfollowed(
    house: House,
) -> None:
    """From a run with nothing at all: wrong code, wrong password, follow, a post, unfollow, follow again, log out."""
    house.owner.password = "open sesame"
    gold = house.world.room("Gold \x1b[31mVIP", house.owner, username="goldvip")
    fx = house.world.room("FX", house.owner)
    for room in (gold, fx):
        house.world.flood(room, 5)
    async with house.running():
        assert house.door.logins() == ()
        typing = Typing("+1", house.owner.phone, "000", house.owner.code, "sesame", "open sesame")
        outcome = await house.door.log_in("main", typing)
        assert (outcome.ok, outcome.text) == (True, "logged in as Owner (phone ...701)")
        assert typing.told == [
            "That is no phone number Telegram knows.",
            "That is not the code.",
            "That is not the password.",
        ]
        assert typing.secret == ["sesame", "open sesame"]
        assert not (await house.door.log_in("main", Typing())).ok
        await until(lambda: [one.standing for one in house.door.logins()] == [Standing.READING])

        asked = len(house.server.requests("GetDialogs"))
        assert [one.title for one in await house.door.chats("main", "@GOLDV")] == [gold.title]
        assert len(await house.door.chats("main", "")) == 2
        assert len(house.server.requests("GetDialogs")) <= asked + 1
        await house.follow(gold)
        await house.follow(fx)
        assert (await house.chat(gold)).is_followed
        assert not (await house.door.follow(await house.chat(gold))).ok
        await until(lambda: house.said(gold) == house.said(fx) == [1, 2, 3, 4, 5])
        house.world.post(gold, "BUY GOLD NOW")
        await until(lambda: house.said(gold)[-1] == 6)
        assert [one.followed for one in house.door.logins()] == [2]

        mine = channel_id(gold.id)
        assert (await house.door.unfollow(mine)).ok
        assert not (await house.door.unfollow(mine)).ok
        house.world.post(gold, "nobody hears this")
        house.world.post(fx, "this they do")
        await until(lambda: house.said(fx)[-1] == 6)
        assert house.said(gold)[-1] == 6
        assert not house.control.snapshot().channels[mine].is_followed
        await house.follow(gold)
        await until(lambda: house.said(gold) == [1, 2, 3, 4, 5, 6, 7])
        assert house.control.snapshot().channels[mine].is_followed
        assert house.said(fx) == [1, 2, 3, 4, 5, 6]

        assert [one.number for one in await house.door.devices("main")] == [0]
        assert not (await house.door.end_device("main", 0)).ok
        assert (await house.door.log_out("main")).text == '"main" is logged out'
        assert house.door.logins() == ()
        await until(lambda: sum(isinstance(one, e.ChannelUnfollowed) for one in house.events()) == 3)
    assert not [one for one in house.data.rglob("telegram/main.*") if one.suffix != ".lock"]


async def test_topics_and_groups_when_followed_while_running_then_each_is_a_channel_of_its_own(house: House) -> None:
    forum = house.world.room("Traders", house.owner, is_forum=True, is_group=True)
    calls, talk = (house.world.topic(forum, title) for title in ("Calls", "Talk"))
    house.world.post(forum, "old call", topic=calls)
    async with house.running():
        await house.enter()
        [place] = await house.door.chats("main", "trad")
        assert place.kind is ChatKind.FORUM
        there = {one.title: one for one in await house.door.topics(place)}
        assert set(there) >= {"Calls", "Talk"}
        outcome = await house.door.follow(there["Calls"])
        assert outcome.text == "Traders / Calls is read from now on"
        mine = there["Calls"].id

        def heard() -> list[str]:
            return [one.message.text for one in house.events() if isinstance(one, e.MessageReceived)]

        await until(lambda: "old call" in heard())
        house.world.post(forum, "chatter", topic=talk)
        house.world.post(forum, "new call", topic=calls)
        await until(lambda: "new call" in heard())
        assert "chatter" not in heard()
        assert {one.title: one.is_followed for one in await house.door.topics(place)} == {"Calls": True, "Talk": False}
        assert (await house.door.unfollow(mine)).ok
        with pytest.raises(OperatorNeeded, match="does not see Gone any more"):
            await house.door.follow(Chat(ChannelId("tg:-1009"), "main", "Gone"))
        with pytest.raises(OperatorNeeded, match='no Telegram login "other"'):
            await house.door.chats("other")


async def test_small_group_when_it_becomes_a_large_one_then_that_is_followed_as_a_new_channel_and_said(
    house: House,
) -> None:
    group = house.world.room("Friends", house.owner, is_small=True)
    house.world.post(group, "hello")
    async with house.running():
        await house.enter()
        await until(lambda: [one.standing for one in house.door.logins()] == [Standing.READING])
        [place] = await house.door.chats("main", "friends")
        await house.door.follow(place)
        await until(lambda: any(isinstance(one, e.MessageReceived) for one in house.events()))
        large = house.world.migrate(group)
        house.world.post(large, "hello again")
        await until(lambda: house.said(large) != [])
        desk = house.control.snapshot()
        assert {name: view.is_followed for name, view in desk.channels.items()} == {
            place.id: False,
            channel_id(large.id): True,
        }
        told = [
            one.detail for one in house.events() if isinstance(one, e.ChannelHealthChanged) and one.channel == place.id
        ]
        assert told == [
            f"the group has become a large one, {channel_id(large.id)}, which is read from now on as a new channel"
        ]
    async with house.running():
        assert [one.id for one in house.following.readers.channels()] == [channel_id(large.id)]


async def test_chats_when_no_engine_reads_yet_then_they_may_be_chosen_and_a_lost_session_is_still_known(
    house: House,
) -> None:
    """While the engine waits for its terminal; and a login that was given up on is shown with what it followed."""
    gold = house.world.room("Gold", house.owner)
    house.world.flood(gold, 3)
    following = house.opened()
    await house.enter()
    await house.follow(gold)
    assert not (await house.door.import_history(channel_id(gold.id), 10)).ok
    await following.hang_up()
    following.close()
    async with house.running():
        await until(lambda: house.said(gold) == [1, 2, 3])
    (house.data / "telegram" / "main.session").unlink()
    with pytest.raises(SourceUnreadable, match="nobody is logged in"):
        house.opened(has_console=False)
    following = house.opened()
    [login] = house.door.logins()
    assert (login.is_lost, login.followed) == (True, 1)
    await house.enter()
    assert not house.door.logins()[0].is_lost
    await following.hang_up()
    following.close()


async def test_session_when_revoked_then_a_new_login_reads_on_from_where_it_was(house: House) -> None:
    """By a code that is scanned; what was posted meanwhile comes; who gives up in between leaves nothing behind."""
    gold = house.world.room("Gold", house.owner)
    house.world.flood(gold, 3)
    async with house.running():
        await house.enter()
        await house.follow(gold)
        await until(lambda: house.said(gold) == [1, 2, 3])
        view = house.control.snapshot
        house.server.door.revoke(house.owner)
        await until(lambda: view().channels[channel_id(gold.id)].health is Health.STOPPED)
        [login] = house.door.logins()
        assert (login.standing, login.is_lost) == (Standing.REVOKED, True)
        with pytest.raises(OperatorNeeded, match="ended from another device"):
            await house.door.devices("main")
        house.world.post(gold, "while it was gone")
        with pytest.raises(OperatorNeeded, match="he gave up"):
            await house.door.log_in("main", Typing(house.owner.phone))
        assert not (house.data / "telegram" / "main.session").exists()
        assert [one.is_lost for one in house.door.logins()] == [True]

        def scan() -> None:
            house.server.door.accept(list(house.server.door.tokens)[-1], house.owner)

        assert (await house.door.log_in("main", Typing(scans=scan), qr=True)).ok
        await until(lambda: house.said(gold) == [1, 2, 3, 4])
        await until(lambda: view().channels[channel_id(gold.id)].health is Health.OK)


async def test_channel_when_a_run_begins_and_telegram_does_not_answer_then_it_is_not_ok_before_it_has(
    house: House,
) -> None:
    """Quietly unknown, then blind with the reason; also where the run before ended with it blind."""
    gold = house.world.room("Gold", house.owner)
    house.world.flood(gold, 3)
    mine = channel_id(gold.id)

    def told(run: int) -> list[tuple[Health, str]]:
        events = house.events()
        begun = [at for at, one in enumerate(events) if isinstance(one, e.EngineStarted)]
        ours = events[begun[run] :] if run < len(begun) else []
        return [(one.health, one.detail) for one in ours if isinstance(one, e.ChannelHealthChanged)]

    async with house.running():
        await house.enter()
        await house.follow(gold)
        await until(lambda: house.said(gold) == [1, 2, 3])
    async with house.running():
        await until(lambda: told(1) == [(Health.CONNECTING, "Telegram has not answered yet"), (Health.OK, "")])
    await house.server.close()
    async with house.running():
        await until(lambda: [health for health, _ in told(2)] == [Health.CONNECTING, Health.BLIND])
        assert house.control.snapshot().channels[mine].health is Health.BLIND
    async with house.running():
        await until(lambda: [health for health, _ in told(3)] == [Health.CONNECTING, Health.BLIND])
        await house.server.open()
        await until(lambda: house.control.snapshot().channels[mine].health is Health.OK)


async def test_followed_chats_when_telegram_is_away_then_listed_with_the_reason_and_dropped_and_asked_when_it_is_back(
    house: House,
) -> None:
    gold, fx = (house.world.room(title, house.owner) for title in ("Gold", "FX"))
    forum = house.world.room("Traders", house.owner, is_forum=True, is_group=True)
    calls = house.world.topic(forum, "Calls")
    async with house.running():
        await house.enter()
        await until(lambda: [one.standing for one in house.door.logins()] == [Standing.READING])
        await house.follow(gold)
        await house.follow(fx)
        [place] = await house.door.chats("main", "trad")
        await house.door.follow(next(one for one in await house.door.topics(place) if one.title == "Calls"))
        await house.server.close()
        await until(lambda: [one.standing for one in house.door.logins()] == [Standing.BLIND])
        assert house.door.logins()[0].detail in (
            "Telegram does not answer",
            "Telegram hangs up",
            "Telegram cannot be reached: connection refused",
        )
        known = house.door.followed("main")
        assert [(one.title, one.kind, one.is_followed) for one in known] == [
            ("Gold", ChatKind.CHAT, True),
            ("FX", ChatKind.CHAT, True),
            ("Traders / Calls", ChatKind.TOPIC, True),
        ]
        assert (known[2].id, known[2].forum) == (channel_id(forum.id, calls), place.id)
        assert (await house.door.unfollow(channel_id(fx.id))).ok
        assert [one.title for one in house.door.followed("main")] == ["Gold", "Traders / Calls"]
        assert house.door.followed("nobody") == ()
        await house.server.open()
        await until(lambda: [one.standing for one in house.door.logins()] == [Standing.READING])
        assert {one.title: one.is_followed for one in await house.door.chats("main")} == {
            "Gold": True,
            "FX": False,
            "Traders": False,
        }
        assert (await house.door.follow(known[1])).ok


async def test_channel_when_two_logins_follow_it_then_one_reads_and_the_other_takes_over(house: House) -> None:
    """Each post once, whoever reads; what only the lost one follows stays stopped."""
    both = house.world.person("+491702")
    gold = house.world.room("Gold", house.owner, both)
    own = house.world.room("Own", house.owner)
    for room in (gold, own):
        house.world.flood(room, 3)
    async with house.running():
        await house.enter("a")
        await house.enter("b", both)
        await house.follow(gold, "a")
        await house.follow(own, "a")
        outcome = await house.door.follow(await house.chat(gold, "b"))
        assert outcome.text == 'Gold is read by "a"; "b" takes over when that one is lost'
        await until(lambda: house.said(gold) == house.said(own) == [1, 2, 3])
        house.server.door.revoke(house.owner, "USER_DEACTIVATED_BAN")
        house.world.post(gold, "right then")
        house.world.post(own, "for nobody")
        await until(lambda: house.said(gold) == [1, 2, 3, 4])
        view = house.control.snapshot
        await until(lambda: view().channels[channel_id(own.id)].health is Health.STOPPED)
        assert view().channels[channel_id(gold.id)].health is Health.OK
        assert [one.standing for one in house.door.logins()] == [Standing.BANNED, Standing.READING]
        house.world.post(gold, "and on")
        await until(lambda: house.said(gold) == [1, 2, 3, 4, 5])
        assert (await house.door.log_out("a")).ok
        house.world.post(gold, "still")
        await until(lambda: house.said(gold) == [1, 2, 3, 4, 5, 6])
        assert house.said(own) == [1, 2, 3]


async def test_small_group_when_two_accounts_are_in_it_then_only_the_first_reads_it_lost_or_not(house: House) -> None:
    """Each account has numbers of its own for its posts: another one's would pass for old posts, or for edits of them."""
    both = house.world.person("+491702")
    group = house.world.room("Friends", house.owner, both, is_small=True)
    house.world.post(group, "hello")
    async with house.running():
        await house.enter("a", both)
        await house.enter("b")
        [mine] = await house.door.chats("b", "friends")
        [other] = await house.door.chats("a", "friends")
        assert (await house.door.follow(mine)).ok
        outcome = await house.door.follow(other)
        assert (outcome.ok, outcome.text[:28]) == (False, 'Friends is read by "b", and ')
        b, a = (house.following.readers.get(name) for name in "ba")
        assert b is not None
        assert a is not None
        a.keep(b.followed)  # as a list may say that was made with no run
        house.server.door.revoke(house.owner, "USER_DEACTIVATED_BAN")
        await until(lambda: b.is_lost)
        await until(lambda: house.control.snapshot().channels[mine.id].health is Health.STOPPED)
        assert house.following.readers.owner(mine.id) is b


async def test_import_when_paused_and_killed_then_it_goes_on_further_back_and_nothing_is_traded(house: House) -> None:
    """500 posts, 100 of them read live: 350 more over a pause, an end in the middle and a new start."""
    gold = house.world.room("Gold", house.owner)
    house.world.flood(gold, 500, age_s=86_400)
    mine = channel_id(gold.id)
    async with house.running():
        await house.enter()
        await house.follow(gold)
        await until(lambda: house.said(gold) == list(range(401, 501)))
        told: list[tuple[int, int]] = []
        stood: list[Standing] = []

        def ends(read: int, of: int) -> None:
            told.append((read, of))
            stood.append(house.door.logins()[0].standing)
            if read == 100 and told.count((read, of)) == 1:
                house.server.refuse_next("GetHistory", Failed(420, "FLOOD_WAIT_1"))
            if read == 200:
                asking.cancel()

        asking = asyncio.create_task(house.door.import_history(mine, 350, ends))
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert told == [(0, 350), (100, 350), (100, 350), (200, 350)]  # once more when the pause began
        assert stood[2] is Standing.FLOODED
        house.world.post(gold, "BUY GOLD NOW")
        await until(lambda: house.said(gold)[-1] == 501)
    kept = house.said(gold, kind=e.PostImported)
    assert kept == list(range(400, 200, -1))
    async with house.running():
        await until(lambda: house.following.readers.first_of(mine) is not None)
        outcome = await house.door.import_history(mine, 1_000)
        assert outcome.ok
        assert "there are none before them" in outcome.text
        await until(lambda: house.said(gold, kind=e.PostImported) == list(range(400, 0, -1)))
        house.world.post(gold, "next")
        await until(lambda: house.said(gold)[-1] == 502)
        desk = house.control.snapshot()
        assert desk.channels[mine].imported == 400
        [report] = await house.control.reading_report(mine)
        assert report.posts == 502
        assert len(house.said(gold)) == len(set(house.said(gold)))


async def test_accounts_when_channels_come_while_they_run_then_each_has_those_of_its_routes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By id and by title; older posts reach the journals that are routed; what one lacks is read again."""
    house = House(
        tmp_path, '[accounts.a]\nchannels = ["gold"]\n[accounts.b]\nchannels = ["tg:-1005001"]\n[accounts.c]\n'
    )
    async with serving(house, monkeypatch):
        gold = house.world.room("Gold", house.owner)
        fx = house.world.room("FX", house.owner)
        for room in (gold, fx):
            house.world.flood(room, 150)
        async with house.running():
            assert isinstance(house.session, FleetSession)
            await house.enter()
            await house.follow(gold)
            await house.follow(fx)
            await until(lambda: house.said(gold, "a")[-1:] == house.said(fx, "b")[-1:] == [150])
            await until(lambda: house.said(gold, "c")[-1:] == house.said(fx, "c")[-1:] == [150])
            assert house.said(fx, "a") == house.said(gold, "b") == []
            outcome = await house.door.import_history(ChannelId("tg:-1005000"), 500)
            assert outcome.ok, outcome.text
            for account in ("a", "c"):
                await until(lambda: len(house.said(gold, account, e.PostImported)) == 50)  # noqa: B023
            assert house.said(gold, "b", e.PostImported) == []
            falls = Once(Intake._take, RuntimeError("as no test has foreseen"))
            monkeypatch.setattr(Intake, "_take", lambda *given: falls(*given))
            for _ in range(20):
                house.world.post(gold, "while one of them has fallen")
            for account in ("a", "c"):  # it stands up and reads what it lacks; the other did not notice
                await until(lambda: set(house.said(gold, account)) >= set(range(151, 171)))  # noqa: B023
            assert falls.is_over
            away = {ChannelId("tg:-1005000"): 140, ChannelId("tg:-1005001"): NOWHERE}
            readers = house.following.readers
            lacked = [one.id async for one in readers.missed(away) if isinstance(one, Message) and one.id > 140]
            assert lacked == list(range(141, 171))
            house.server.refuse_next("GetHistory", *[Failed(400, "CHANNEL_INVALID")] * 3)
            assert [one async for one in readers.missed(away)] == []  # it is owed, and comes to everybody
            await until(lambda: not house.server.refuse["GetHistory"])
            await house.door.unfollow(channel_id(fx.id))
            await until(lambda: any(isinstance(one, e.ChannelUnfollowed) for one in house.events("b")))
            await until(lambda: any(isinstance(one, e.ChannelUnfollowed) for one in house.events("c")))
            assert not [one for one in house.events("a") if isinstance(one, e.ChannelUnfollowed)]


async def test_channels_of_other_sources_when_telegram_begins_then_only_its_own_are_said_to_be_gone() -> None:
    """An export that was dropped into the folder has ids much like those of Telegram."""
    readers = Readers((), WallClock(), Pace())
    since = dict.fromkeys(map(ChannelId, ("tg:77", "hook:gold", "file:gold", "tg:-1005")), 3)
    async with contextlib.aclosing(readers.published(since)) as items:
        assert await anext(items) == Unfollowed(ChannelId("tg:-1005"))
        readers._say(HealthReport(ChannelId("tg:-1005"), Health.OK))
        assert isinstance(await anext(items), HealthReport)
