"""What an answer answers, when that is out of view, imported or elsewhere: never the only trade that happens to be open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.model import commands as c
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.messages import Imported, Message
from signalos_tui.state import publishing
from tests.engine.kit import CALL, Bench, first_signal, simulated

OTHER = "BUY GBPUSD NOW\nSL 1.2600\nTP 1.2800"
ORDERS = ("Close now", "Move SL to entry", "SL to 1.0840")
HELD, DENIED = DecisionOutcome.HELD, DecisionOutcome.DENIED


async def answered(bench: Bench, message: Message, answer: str = "Close now") -> tuple[DecisionOutcome | None, str]:
    """A trade is opened, then somebody answers an older post; what becomes of that, while the trade stays as it is."""
    await bench.say(CALL)
    before = await bench.positions()
    assert len(before) == 2
    return await said(bench, answer, message.id)


async def said(bench: Bench, text: str, reply: int, **more: object) -> tuple[DecisionOutcome | None, str]:
    """Another post; how its update was decided and why, while the trade stays as it is."""
    before = await bench.positions()
    post = replace(bench.post(text, reply=reply), **more)
    bench.room.say(post)
    await asyncio.sleep(3)
    assert await bench.positions() == before
    (view,) = [one for one in bench.desk.updates.values() if one.key == post.key]
    reasons = view.decision.reasons if view.decision is not None else ()
    return view.outcome, " ".join(reason.code for reason in reasons)


def played(tmp_path: Path, story: Callable[[Bench], Awaitable[None]]) -> None:
    """Play it on a bench."""

    async def play() -> None:
        async with Bench(tmp_path) as bench:
            await story(bench)

    simulated(play)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("is_imported", [False, True])
def test_answer_when_its_post_was_never_read_then_the_owner_is_asked(
    order: str, is_imported: bool, tmp_path: Path
) -> None:
    """Nobody knows what it said; an imported post was taken in to judge by, not to be acted on."""

    async def story(bench: Bench) -> None:
        old = bench.post(OTHER, number=3, age_s=86_400)
        if is_imported:
            bench.room.say(Imported(old))
            await asyncio.sleep(1)
        bench._posts = 9
        assert await answered(bench, old, order) == (HELD, "answers_unknown")

    played(tmp_path, story)


def test_answer_when_held_for_what_it_answers_then_the_owner_can_let_it_go_on(tmp_path: Path) -> None:
    """The only trade it may mean is the one it is held for."""

    async def story(bench: Bench) -> None:
        assert await answered(bench, bench.post(OTHER, number=3)) == (HELD, "answers_unknown")
        (view,) = bench.desk.updates.values()
        assert (await bench.press(c.Approve, subject=view.id)).ok
        assert not await bench.positions()

    played(tmp_path, story)


def test_answer_when_it_stands_in_another_chat_then_the_owner_is_asked(tmp_path: Path) -> None:
    """It is no follow-up of the channel's only trade."""

    async def story(bench: Bench) -> None:
        await bench.say(CALL)
        post = replace(bench.post("Close it now!"), answers_elsewhere=True)
        bench.room.say(post)
        await asyncio.sleep(3)
        (view,) = bench.desk.updates.values()
        assert view.is_waiting
        assert await bench.positions()

    played(tmp_path, story)


@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_levels_when_they_answer_another_chat_then_they_complete_no_call_of_this_one(
    is_elsewhere: bool, tmp_path: Path
) -> None:
    """The same levels that answer nothing belong to the call before them."""

    async def story(bench: Bench) -> None:
        call = await bench.say("BUY EURUSD NOW")
        bench.room.say(replace(bench.post("SL 1.0800\nTP 1.0950"), answers_elsewhere=is_elsewhere))
        await asyncio.sleep(3)
        assert bool(bench.desk.signals[first_signal(call)].parts) is not is_elsewhere

    played(tmp_path, story)


@pytest.mark.parametrize("was_traded", [False, True])
def test_answer_when_its_call_is_long_out_of_view_then_the_journal_knows_it(
    was_traded: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call was traded and has ended, or was too old to trade; hours later somebody closes it."""
    monkeypatch.setattr(publishing, "KEEP_POSTS", 10)
    monkeypatch.setattr(publishing, "KEEP_ENDED_TRADES", 0)

    async def story(bench: Bench) -> None:
        old = await bench.say(OTHER, age_s=0 if was_traded else 7200)
        if was_traded:
            await bench.press(c.CloseTrade, signal=first_signal(old))
        remark = await bench.say("looking good", reply=old.id)
        for number in range(70):
            bench.room.say(bench.post(f"Chat {number}"))
        await asyncio.sleep(20)
        assert first_signal(old) not in bench.desk.signals
        assert remark.key not in bench.desk.posts
        assert await answered(bench, remark) == (DENIED, "not_open")
        assert await said(bench, "Close now", old.id) == (DENIED, "not_open")

    played(tmp_path, story)


def test_answer_when_it_answers_a_follow_up_out_of_view_then_it_means_that_ones_trade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The follow-up answered nothing and was bound to the only trade of that hour; now there are two."""
    monkeypatch.setattr(publishing, "KEEP_POSTS", 10)

    async def story(bench: Bench) -> None:
        await bench.say(CALL)
        moved = await bench.say("Move SL to 1.0810")
        for number in range(70):
            bench.room.say(bench.post(f"Chat {number}"))
        await asyncio.sleep(20)
        assert moved.key not in bench.desk.posts
        await bench.say(OTHER)
        await bench.say("close it now", reply=moved.id)
        assert [one.symbol for one in await bench.positions()] == ["GBPUSD"]

    played(tmp_path, story)


@pytest.mark.parametrize(
    ("text", "media", "is_followed"),
    [("Hello all", None, True), ("", "photo 1", False), ("Hello all", "photo 1", True)],
)
def test_answer_when_it_answers_a_remark_then_as_if_it_answered_nothing(
    text: str, media: str | None, is_followed: bool, tmp_path: Path
) -> None:
    """A picture without words is no remark: it may be a call that nobody here can read."""

    async def story(bench: Bench) -> None:
        bench.room.say(remark := replace(bench.post(text), media=media))
        await bench.say(CALL)
        await bench.say("Close now", reply=remark.id)
        assert bool(await bench.positions()) is not is_followed

    played(tmp_path, story)


def test_close_all_when_what_it_answers_is_not_known_then_the_owner_is_asked(tmp_path: Path) -> None:
    """As an answer it means all of what it answers."""

    async def story(bench: Bench) -> None:
        old = bench.post(OTHER, number=3)
        assert await answered(bench, old, "Close all trades now") == (HELD, "answers_unknown")

    played(tmp_path, story)
