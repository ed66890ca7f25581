"""Posts that wait together are written together: it is quicker, and nothing else is different."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from signalos_tui.engine import intake
from signalos_tui.engine.joining import Joining
from signalos_tui.errors import Transient
from signalos_tui.journal import Journal
from signalos_tui.model import events as e
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Message, Published
from signalos_tui.model.orders import LegState
from signalos_tui.model.signals import Reading
from tests.engine.kit import BEGINS, CALL, GOLD, ROOM, Bench, Room, ShakyJournal, simulated

CHATTER = "Market is slow today. We wait for a clean setup."
TEXTS = (
    *(CHATTER, "Good morning traders!", "TP1 was hit, +50 pips", "") * 2,
    *(CALL, GOLD, "GOLD", "BUY NOW", "SL 2320 TP 2350", "GOLD BUY NOW", "SL 1.0790", "Move SL to entry"),
)


def _posts(texts: list[str], *, first: int = 1) -> list[Published]:
    return [
        Message(ROOM.id, number, BEGINS, text, service=not text, reply_to=number - 3 if number % 5 == 0 else None)
        for number, text in enumerate(texts, first)
    ]


def _outcome(said: list[Published]) -> tuple[Any, ...]:
    """What became of posts that all waited: of each one by itself, and at the broker."""

    async def story() -> tuple[Any, ...]:
        with TemporaryDirectory() as folder:
            async with Bench(Path(folder), said=said) as bench:
                await asyncio.sleep(60)
                desk = bench.desk
                posts = [(key, post.revision, post.reading, post.deleted_at) for key, post in desk.posts.items()]
                signals = [
                    (one.id, one.signal, one.parts, one.decision and (one.decision.outcome, one.decision.reasons))
                    for one in desk.signals.values()
                ]
                updates = [
                    (name, one.update, one.decision and (one.decision.outcome, one.decision.reasons))
                    for name, one in desk.updates.items()
                ]
                truth = [(row.symbol, row.type, row.volume, row.price) for row in bench.truth]
                return posts, signals, updates, truth, sorted(leg.id for leg in bench.legs)

    return simulated(story)


@pytest.mark.parametrize("seed", range(40))
def test_backlog_when_read_together_then_all_becomes_of_it_what_becomes_one_by_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stands beside what: calls, their parts, follow-ups, repeats and chatter."""
    monkeypatch.setattr(ShakyJournal, "append", Journal.append)  # writing takes no time: the same moments for both
    rng = random.Random(seed)
    said = _posts(rng.choices(TEXTS, k=30))
    for _ in range(rng.randrange(6)):
        post = rng.choice([item for item in said if isinstance(item, Message)])
        said.insert(said.index(post) + 1 + rng.randrange(4), post)
    together = _outcome(said)
    monkeypatch.setattr(intake, "AHEAD", 1)
    assert _outcome(said) == together


def test_backlog_when_long_then_a_commit_for_many_posts(tmp_path: Path) -> None:
    """Each write is awaited by the disk; a post of a backlog does not pay for one of its own."""

    async def story() -> None:
        async with Bench(tmp_path, said=_posts([CHATTER] * 500)) as bench:
            await bench.until(lambda: len(bench.told(e.MessageRead)) == 500)
            assert [one.message.id for one in bench.told(e.MessageReceived)] == list(range(1, 501))
            assert bench.journal.appends < 60

    simulated(story)


def test_post_when_alone_then_it_waits_for_no_other(tmp_path: Path) -> None:
    """Two writes of a millisecond, as ever."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.room.say(bench.post(CHATTER))
            await bench.until(lambda: bool(bench.told(e.MessageRead)), within_s=0.2)

    simulated(story)


@pytest.mark.parametrize("number", range(1, 9))
def test_backlog_when_a_write_fails_then_each_post_once_and_no_leg_twice(number: int, tmp_path: Path) -> None:
    """The n-th write: nothing of its group has happened, and the group comes again."""

    async def story() -> None:
        said = _posts([CHATTER, CALL, *[CHATTER] * 70, GOLD, CHATTER])
        seen = [0]

        def fails(_: int, events: tuple[e.Event, ...]) -> bool:
            seen[0] += any(isinstance(event, e.MessageReceived | e.MessageRead) for event in events)
            return seen[0] == number and isinstance(events[0], e.MessageReceived | e.MessageRead)

        async with Bench(tmp_path, said=said, fails=fails) as bench:
            await bench.until(lambda: len(bench.told(e.MessageRead)) >= len(said), within_s=60)
            await asyncio.sleep(5)
            assert [one.message.id for one in bench.told(e.MessageReceived)] == list(range(1, len(said) + 1))
            assert sorted(one.key for one in bench.told(e.MessageRead)) == sorted(
                item.key for item in said if isinstance(item, Message)
            )
            assert len({row.magic for row in bench.truth}) == len(bench.truth)
            assert all(one.decision is not None for one in bench.desk.signals.values())
            # Some are kept back while nothing can be written.
            assert {leg.state for leg in bench.legs} <= {LegState.OPEN, LegState.REJECTED, LegState.EXPIRED}
            assert seen[0] >= number

    simulated(story)


def test_backlog_when_ended_between_writing_and_reading_then_the_next_life_reads_it(tmp_path: Path) -> None:
    """All of a group is on disk and none of it read."""

    async def story() -> None:
        said = _posts([CHATTER, CALL, *[CHATTER] * 40])
        seen: list[int] = []

        def fails(_: int, events: tuple[e.Event, ...]) -> bool:
            if isinstance(events[0], e.MessageReceived):
                seen.append(len(events))
            return bool(seen) and any(isinstance(event, e.MessageRead) for event in events)

        async with Bench(tmp_path, said=said, fails=fails) as first:
            first.is_replayed = False
            await asyncio.sleep(2)
            assert seen == [42]
            await first.kill()
        async with Bench(tmp_path, said=said) as bench:
            await asyncio.sleep(5)
            assert all(post.reading is not None for post in bench.desk.posts.values())
            assert len(bench.told(e.MessageReceived)) == 0
            assert len(bench.truth) == 2

    simulated(story)


def test_backlog_when_one_post_breaks_the_reading_then_only_that_one_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the group it came with (B16)."""
    real: Callable[..., Any] = Joining.of

    def of(self: Joining, message: Message, own: Reading, state: Any) -> Any:
        if message.text == "break":
            raise ZeroDivisionError
        return real(self, message, own, state)

    monkeypatch.setattr(Joining, "of", of)

    async def story() -> None:
        async with Bench(tmp_path, said=_posts([CHATTER, CHATTER, "break", CHATTER, CALL])) as bench:
            await asyncio.sleep(5)
            assert len(bench.told(e.MessageRead)) == 5
            assert bench.codes.count("post-set-aside") == 1
            assert len(bench.truth) == 2

    simulated(story)


def test_source_when_it_fails_then_what_it_said_before_is_taken_in_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read ahead or not: nothing that was handed on is dropped, and the fault is told."""
    lives = [0]

    async def published(self: Room, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        lives[0] += 1
        if lives[0] == 1:
            for item in self.said:
                yield item
            raise Transient("the line is dead", "wait")
        assert since == {ROOM.id: 60}
        await asyncio.Event().wait()

    monkeypatch.setattr(Room, "published", published)

    async def story() -> None:
        async with Bench(tmp_path, said=_posts([CHATTER] * 60)) as bench:
            await bench.until(lambda: lives[0] == 2)
            assert len(bench.told(e.MessageReceived)) == 60
            assert [one.error for one in bench.told(e.TaskFailed)] == ["the line is dead. wait"]

    simulated(story)
