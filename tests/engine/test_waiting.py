"""What lies in hand already counts: an edit, a deletion or an unfollow that waits behind a call is known before it is read."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.engine.waiting import Group, groups
from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.messages import Channel, Deletion, Followed, Imported, Message, Published, Unfollowed
from signalos_tui.model.orders import LegState
from tests.engine.kit import BEGINS, CALL, GOLD, ROOM, Bench, first_signal, simulated
from tests.engine.test_backlog import CHATTER, TEXTS

BUY = "BUY EURUSD NOW\nSL 1.0800\nTP1 1.0900"
SELL = "SELL EURUSD NOW\nSL 1.0900\nTP1 1.0800"


def post(number: int, text: str = CHATTER, edited: int | None = None, channel: Channel = ROOM) -> Message:
    """A post, or its revision so many ms later."""
    return Message(channel.id, number, BEGINS, text, edited_at=BEGINS + edited if edited is not None else None)


def gone(number: int) -> Deletion:
    """A post is withdrawn."""
    return Deletion(ROOM.id, number, BEGINS)


def played(tmp_path: Path, story: Callable[[Bench], Awaitable[None]]) -> None:
    """Play it on a bench."""

    async def play() -> None:
        async with Bench(tmp_path) as bench:
            await story(bench)

    simulated(play)


async def at_once(bench: Bench, *items: Published) -> None:
    """All of it waits when the first is looked at."""
    for item in items:
        bench.room.say(item)
    await asyncio.sleep(5)


def test_call_when_its_edit_waits_behind_it_then_the_edit_is_what_counts(tmp_path: Path) -> None:
    """Each revision is written down; only the last one is read."""

    async def story(bench: Bench) -> None:
        await at_once(bench, post(1, BUY), post(2), post(1, BUY, 1), post(1, SELL, 2), post(3))
        assert [row.type for row in bench.truth] == [1]
        (received,) = [one.message.text for one in bench.told(e.MessageReceived) if one.message.id == 1]
        assert received == BUY
        assert [(one.message.text, one.revision) for one in bench.told(e.MessageEdited)] == [(SELL, 1)]
        assert [one.key for one in bench.told(e.MessageRead)].count(post(1).key) == 1

    played(tmp_path, story)


def test_call_when_its_deletion_waits_behind_it_then_it_is_never_traded(tmp_path: Path) -> None:
    async def story(bench: Bench) -> None:
        await at_once(bench, post(1, CALL), post(2), gone(1))
        assert not bench.truth
        assert bench.desk.posts[post(1).key].deleted_at is not None

    played(tmp_path, story)


def test_call_when_the_owners_unfollow_waits_behind_it_then_it_is_denied(tmp_path: Path) -> None:
    """As one that comes after it; what is posted after he follows it again is traded."""

    async def story(bench: Bench) -> None:
        await at_once(bench, post(1, CALL), post(2, GOLD), Unfollowed(ROOM.id), Followed(ROOM), post(3, GOLD))
        outcomes = [bench.desk.signals[first_signal(post(number))].outcome for number in (1, 2, 3)]
        assert outcomes == [DecisionOutcome.DENIED, DecisionOutcome.DENIED, DecisionOutcome.ACCEPTED]
        assert {row.symbol for row in bench.truth} == {"XAUUSD"}

    played(tmp_path, story)


def test_edit_of_a_trade_when_a_better_one_waits_behind_it_then_its_stop_never_stands_in_between(
    tmp_path: Path,
) -> None:
    """A slip of the pen that would have closed it at once."""

    async def story(bench: Bench) -> None:
        call = await bench.say(BUY)
        slip = replace(call, text=BUY.replace("1.0800", "1.0849"), edited_at=bench.clock.now())
        await at_once(bench, slip, replace(call, text=BUY.replace("1.0800", "1.0810"), edited_at=bench.clock.now()))
        assert [one.revision for one in bench.told(e.MessageEdited)] == [1, 2]
        assert [float(one.action.stop or 0) for one in bench.told(e.ActionIntended)] == [1.081]
        assert bench.states == [LegState.OPEN]

    played(tmp_path, story)


@pytest.mark.parametrize("is_known", [False, True])
def test_post_when_an_older_revision_waits_behind_a_newer_one_then_the_newer_is_read(
    is_known: bool, tmp_path: Path
) -> None:
    """What comes late takes nothing back, and leaves nothing unread."""

    async def story(bench: Bench) -> None:
        if is_known:
            await at_once(bench, post(1))
        await at_once(bench, post(1, BUY, 5), post(1, SELL, 3))
        assert bench.desk.posts[post(1).key].reading is not None
        assert bench.desk.posts[post(1).key].message.text == BUY
        assert [row.type for row in bench.truth] == [0]

    played(tmp_path, story)


def test_call_when_writing_its_edit_fails_then_the_old_text_is_not_traded_meanwhile(tmp_path: Path) -> None:
    """The edit is tried again until it is on disk; then it is read."""

    async def story() -> None:
        failed = [0]

        def fails(_: int, events: tuple[e.Event, ...]) -> bool:
            failed[0] += isinstance(events[0], e.MessageEdited)
            return isinstance(events[0], e.MessageEdited) and failed[0] < 4

        async with Bench(tmp_path, fails=fails) as bench:
            await at_once(bench, post(1, BUY), post(1, SELL, 1))
            assert failed[0] == 4
            assert bench.desk.signals[first_signal(post(1))].signal.side == "sell"
            assert all(row.type == 1 for row in bench.truth)

    simulated(story)


@pytest.mark.parametrize("seed", range(20))
def test_backlog_when_edited_and_deleted_in_hand_then_each_post_is_read_once_or_not_at_all(
    seed: int, tmp_path: Path
) -> None:
    """Read is what it says at last; what was withdrawn is not read."""
    rng = random.Random(seed)
    said: list[Published] = [post(number, text or "x") for number, text in enumerate(rng.choices(TEXTS, k=30), 1)]
    for edit in range(1, rng.randrange(8)):
        first = rng.choice([item for item in said if isinstance(item, Message)])
        later: Published = replace(first, text=rng.choice(TEXTS) or "edited", edited_at=BEGINS + edit)
        said.insert(
            rng.randrange(said.index(first) + 1, len(said) + 1), later if rng.random() < 0.6 else gone(first.id)
        )

    async def story() -> None:
        async with Bench(tmp_path, said=said) as bench:
            await asyncio.sleep(60)
            read = [one.key for one in bench.told(e.MessageRead)]
            assert len(read) == len(set(read))
            for seen in bench.desk.posts.values():
                assert (seen.reading is None) == (seen.deleted_at is not None)
                assert seen.message.edited_at in (None, max(edits_of(said, seen.message), default=None))

    simulated(story)


def edits_of(said: list[Published], message: Message) -> list[int]:
    """When a post was edited before it was withdrawn."""
    found: list[int] = []
    for item in said:
        if isinstance(item, Deletion) and item.key == message.key:
            break
        if isinstance(item, Message) and item.key == message.key and item.edited_at is not None:
            found.append(item.edited_at)
    return found


def test_batch_when_nothing_is_said_twice_then_it_is_taken_in_together_in_its_order() -> None:
    batch: list[Published] = [post(1), post(2), Imported(post(3)), Imported(post(4)), post(5), gone(9), post(6)]
    assert list(groups([batch[2], batch[2]])) == [Group([batch[2]])] * 2, "an imported post twice is two"
    assert list(groups(batch)) == [
        *(Group(batch[:2]), Group(batch[2:4]), Group([batch[4]]), Group([batch[5]]), Group([batch[6]]))
    ]


def test_batch_when_a_channel_ends_in_it_then_before_its_posts_and_no_other_channels() -> None:
    """A channel that ended before its posts, or has none here, ends where it did."""
    other = Channel(ROOM.id.__class__("test:other"), "Other")
    far = post(7, channel=other)
    end, again = Unfollowed(ROOM.id), Followed(ROOM)
    assert list(groups([far, post(1), end])) == [Group([far]), Group([end]), Group([post(1)])]
    assert list(groups([post(1), again, end])) == [Group([post(1)]), Group([again]), Group([end])]
    assert list(groups([far, end, post(1)])) == [Group([far]), Group([end]), Group([post(1)])]


def test_batch_when_long_then_its_order_takes_as_long_as_there_are_items() -> None:
    """No look at everything for each."""
    said: list[Published] = [post(number) for number in range(1, 20_001)]
    said += [post(number, SELL, 1) for number in range(1, 20_001)]
    begun = time.process_time()
    assert sum(len(group.items) for group in groups(said)) == 40_000
    assert time.process_time() - begun < 2
