"""Table A, taking in: the real Telethon client against a small Telegram that drops, repeats, floods and revokes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace
from telethon.tl import types

from signalos_tui.collect.telegram.lock import Lock, SessionBusy
from signalos_tui.collect.telegram.posts import channel_id
from signalos_tui.collect.telegram.readonly import NotAllowed
from signalos_tui.model.messages import Health, Message
from signalos_tui.model.places import Standing
from tests.collect.telegram_kit import QUICK, Reading
from tests.support.telegram.session import Failed


async def test_a1_gap_when_larger_than_a_hundred_then_filled_from_the_history_each_post_once() -> None:
    """Telethon gets nothing of 250 missed posts; the numbers say that they exist."""
    async with Reading() as r:
        r.world.flood(r.room, 250)
        r.world.post(r.room, "after the gap")
        await r.numbers(*range(6, 257))
        assert r.texts()[-1] == "after the gap"


async def test_a1_gap_when_telegram_says_only_that_it_is_too_long_then_not_left_to_the_next_poll() -> None:
    """The connection stands; what was missed on it is more than is told, and the next poll is far away."""
    async with Reading(pace=replace(QUICK, poll_s=60)) as r:
        r.world.is_telling = False
        r.world.flood(r.room, 250)
        r.world.is_telling = True
        r.world.tell(r.room, types.UpdateChannelTooLong(r.room.id, r.room.pts))
        await r.numbers(*range(6, 256))


async def test_a2_post_when_never_told_then_the_poll_finds_it() -> None:
    """The history has it, no update ever comes."""
    async with Reading() as r:
        r.world.is_telling = False
        r.world.post(r.room, "quiet")
        await r.numbers(6)


async def test_a3_post_when_told_polled_and_compared_then_handed_on_once() -> None:
    """The same post arrives on three ways."""
    async with Reading(pace=replace(QUICK, compare_s=0.2, poll_s=0.2)) as r:
        post = r.world.post(r.room, "once")
        for _ in range(3):
            r.world.tell(r.room, types.UpdateNewChannelMessage(post, r.room.pts, 1))
        await asyncio.sleep(1.2)
        assert r.ids() == [6]


async def test_a4_first_post_after_a_restart_then_captured() -> None:
    """Published while nobody listened, and the very first that is told afterwards."""
    async with Reading() as r:
        await r.end()
        r.world.post(r.room, "while away")
        await r.begin({channel_id(r.room.id): 5})
        r.world.post(r.room, "first after")
        await r.numbers(6, 7)


async def test_a5_source_when_ended_before_a_post_was_written_then_it_owes_it_again() -> None:
    """The cursor is the journal's: what was handed on and not written down comes again."""
    async with Reading() as r:
        r.world.post(r.room, "handed on")
        await r.numbers(6)
        await r.end()
        r.got.clear()
        await r.begin({channel_id(r.room.id): 5})
        await r.numbers(6)


async def test_a6_edit_when_it_comes_before_the_original_then_one_post_in_order() -> None:
    """The edit of a post that was never told brings it, and what is before it first."""
    async with Reading() as r:
        r.world.is_telling = False
        r.world.post(r.room, "before")
        r.world.post(r.room, "BUY GOLD")
        r.world.is_telling = True
        r.world.edit(r.room, 7, "SELL GOLD")
        await r.numbers(6, 7)
        assert r.texts() == ["before", "SELL GOLD"]


@pytest.mark.parametrize("is_hidden", [True, False])
async def test_a7_reaction_when_told_as_an_edit_then_nobody_hears_of_it(is_hidden: bool) -> None:
    """The words are the same, so nothing happened."""
    async with Reading() as r:
        r.world.post(r.room, "BUY GOLD")
        await r.numbers(6)
        for _ in range(5):
            r.world.edit(r.room, 6, is_hidden=is_hidden)
        r.world.post(r.room, "next")
        await r.numbers(6, 7)


async def test_a8_edit_when_told_then_a_new_revision_of_the_same_post() -> None:
    """What a traded call says now is for the engine to compare; here it is one more revision."""
    async with Reading() as r:
        r.world.post(r.room, "BUY GOLD SL 4000")
        r.world.edit(r.room, 6, "BUY GOLD SL 4010")
        await r.numbers(6, 6)
        last = [one for one in r.got if isinstance(one, Message)][-1]
        assert (last.text, last.edited_at is not None) == ("BUY GOLD SL 4010", True)


async def test_a9_edit_when_made_while_away_then_found_by_comparing() -> None:
    """Another symbol, written while the connection was gone: Telegram tells nobody later."""
    async with Reading() as r:
        r.world.post(r.room, "BUY EURUSD")
        await r.numbers(6)
        r.world.is_telling = False
        r.world.edit(r.room, 6, "BUY GBPUSD")
        r.world.is_telling = True
        r.server.drop()
        await r.numbers(6, 6)
        assert r.texts()[-1] == "BUY GBPUSD"


@pytest.mark.parametrize("is_told", [True, False])
async def test_a10_deletion_when_told_or_made_while_away_then_handed_on_once(is_told: bool) -> None:
    """Deleted in a gap: the newest posts are read again after the connection is back, and this number is missing."""
    async with Reading() as r:
        r.world.post(r.room, "BUY GOLD")
        r.world.post(r.room, "good luck")
        await r.numbers(6, 7)
        r.world.is_telling = is_told
        r.world.delete(r.room, [6])
        r.world.is_telling = True
        r.server.drop()
        await r.until(lambda: 6 in r.deleted())
        r.world.post(r.room, "next")
        await r.numbers(6, 7, 8)
        assert r.deleted() == [6]


async def test_a11_reply_forward_album_and_service_line_then_each_is_told_apart() -> None:
    """What answers, what is somebody else's, what belongs together, and what only the platform says."""
    async with Reading() as r:
        answer = types.MessageReplyHeader(reply_to_msg_id=3)
        origin = types.MessageFwdHeader(date=r.room.posts[1].date, from_name="Other Room")
        topic = types.MessageReplyHeader(reply_to_msg_id=2, forum_topic=True)
        r.world.post(r.room, "close half", reply_to=answer)
        r.world.post(r.room, "BUY GOLD", fwd_from=origin)
        r.world.post(r.room, "one", grouped_id=77)
        r.world.post(r.room, "in a topic", reply_to=topic)
        await r.numbers(6, 7, 8, 9)
        posts = [one for one in r.got if isinstance(one, Message)]
        assert [post.reply_to for post in posts] == [3, None, None, None]
        assert [post.forwarded_from for post in posts] == [None, "Other Room", None, None]
        assert posts[2].album == "77"


@pytest.mark.parametrize("seconds", [1, 3600, 82_800])
async def test_a12_flood_wait_then_the_pause_is_seen_and_nothing_is_assumed_absent(seconds: int) -> None:
    """Requests have to wait; the channel is BLIND with the hour, and a short wait is made up for afterwards."""
    async with Reading() as r:
        r.server.refuse_next("GetMessages", Failed(420, f"FLOOD_WAIT_{seconds}"))
        r.world.flood(r.room, 250)
        await r.until(lambda: any(h is Health.BLIND and "pause until" in why for h, why in r.health()))
        assert r.source.standing.standing is Standing.FLOODED
        if seconds == 1:
            await r.numbers(*range(6, 256))
        else:
            assert not r.ids()
            assert r.source.standing.until >= (time.time() + seconds - 60) * 1000
            return
        await r.until(lambda: r.health()[-1][0] is Health.OK)
        await r.until(lambda: r.source.standing.standing is Standing.READING)


@pytest.mark.parametrize(
    ("name", "says", "standing"),
    [
        ("SESSION_REVOKED", "ended from another device", Standing.REVOKED),
        ("AUTH_KEY_DUPLICATED", "two places at once", Standing.DUPLICATED),
        ("USER_DEACTIVATED_BAN", "banned", Standing.BANNED),
    ],
)
async def test_a13_session_when_lost_then_stopped_loudly_and_the_source_does_not_end(
    name: str, says: str, standing: Standing
) -> None:
    """It waits for the owner; whatever is open goes on being managed, because nothing is raised."""
    async with Reading() as r:
        r.server.door.revoke(r.owner, name)
        await r.until(lambda: bool(r.health()) and r.health()[-1][0] is Health.STOPPED)
        assert says in r.health()[-1][1]
        assert ("n on f logs it in again" in r.health()[-1][1]) is (standing is not Standing.BANNED)
        assert (r.source.standing.standing, r.source.standing.since > 0) == (standing, True)
        await asyncio.sleep(0.5)
        assert not r.reading.done()


def test_a14_login_when_a_second_process_wants_it_then_refused_with_the_one_that_has_it(tmp_path: Path) -> None:
    """Two with one key and Telegram ends it for good. The lock ends with its process, however that ends."""
    hold = (
        "import sys; from pathlib import Path; from signalos_tui.collect.telegram.lock import Lock\n"
        "lock = Lock(Path(sys.argv[1]), 'main', 'signalos run'); print('held', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "main.lock"
    command = [sys.executable, "-c", hold, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(SessionBusy) as caught:
            Lock(path, "main", "signalos login")
        assert f'the Telegram login "main" is used by process {other.pid} (signalos run), since ' in caught.value.text
        other.kill()
    Lock(path, "main", "signalos login").release()


async def test_a15_connection_when_it_stands_and_says_nothing_then_blind_and_brought_back() -> None:
    """A zombie: the heartbeat gets no answer, so it is hung up and dialled again, and nothing is missing."""
    async with Reading(pace=replace(QUICK, answer_s=0.4)) as r:
        for session in r.server.sessions:
            session.is_muted = True
        r.world.post(r.room, "into the void")
        await r.until(lambda: any(h is Health.BLIND for h, _ in r.health()))
        await r.numbers(6)
        await r.until(lambda: r.health()[-1][0] is Health.OK)


async def test_a16_post_when_dated_by_telegram_then_its_date_is_the_one_that_counts() -> None:
    """Its age is Telegram's, not that of its arrival; what is in the future stays in the future and is held by age."""
    async with Reading() as r:
        r.world.post(r.room, "old", age_s=3600)
        r.world.post(r.room, "ahead", age_s=-120)
        await r.numbers(6, 7)
        old, ahead = (one for one in r.got if isinstance(one, Message))
        assert ahead.posted_at - old.posted_at == 3_720_000


async def test_a17_flood_of_posts_then_all_come_in_order() -> None:
    """Two thousand in a moment, and a text of 4,096 combining marks."""
    async with Reading() as r:
        r.world.flood(r.room, 2_000)
        r.world.post(r.room, "Z" + "\u0335" * 4_095)
        await r.until(lambda: len(r.ids()) == 2_001, 30)
        assert r.ids() == list(range(6, 2_007))
        assert len(r.texts()[-1]) == 4_096


async def test_a18_channel_when_renamed_then_it_is_the_same_by_its_number() -> None:
    """The title and the username belong to whoever has them today."""
    async with Reading("Gold", "Silver") as r:
        r.rooms[0].title, r.rooms[1].title = r.rooms[1].title, r.rooms[0].title
        r.world.post(r.rooms[0], "BUY GOLD")
        await r.numbers(6, room=r.rooms[0])
        assert r.ids(r.rooms[1]) == []


async def test_t1_client_when_asked_to_say_something_then_nothing_leaves_the_machine() -> None:
    """It reads: every other request is refused before it is sent."""
    async with Reading() as r:
        asked = len(r.server.asked)
        with pytest.raises(NotAllowed):
            await r.client.send_message("me", "x")
        with pytest.raises(NotAllowed):
            await r.client.delete_messages(r.room.tl, [1])
        with pytest.raises(NotAllowed):
            await r.client.send_read_acknowledge(r.room.tl)
        await asyncio.sleep(0.05)
        assert not [one for one in r.server.asked[asked:] if "Send" in type(one).__name__]
