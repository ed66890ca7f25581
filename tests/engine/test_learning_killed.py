"""Killed while the owner corrects and teaches: after it, either all of it is there or nothing, and nothing was traded."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.commands import Command
from signalos_tui.model.lessons import Lesson
from tests.engine.corrected import KNOWS, ODD, buys
from tests.engine.kit import ROOM, Bench, first_signal, simulated


@pytest.mark.parametrize("turns", range(0, 30, 2))
def test_owner_when_killed_in_between_then_all_of_it_counts_or_nothing(turns: int, tmp_path: Path) -> None:
    """The same keys are pressed again afterwards, and then it is as if nothing had happened."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(ODD)
            now = bench.clock.now()
            commands: list[Command] = [
                c.TeachChannel(key="teach", issued_at=now, channel=ROOM.id, lesson=KNOWS),
                c.CorrectReading(key="correct", issued_at=now, message=call.key, revision=0, reading=buys()),
                c.TeachChannel(key="more", issued_at=now, channel=ROOM.id, lesson=Lesson(ignore=("vip offer",))),
            ]
            pressing = asyncio.ensure_future(_press(bench, commands))
            for _ in range(turns):
                await asyncio.sleep(0.0005)
            await bench.kill()
            pressing.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await pressing
            said = bench.room.said
        async with Bench(tmp_path, at=now + 1_000, said=said) as bench:
            _is_whole(bench, call.key)
            assert not bench.truth
            answers = await _press(bench, commands)
            assert all(answers)
            view = bench.desk.signals[first_signal(call)]
            assert view.is_waiting
            assert bench.desk.posts[call.key].corrected == view.reading
            assert bench.desk.channels[ROOM.id].lesson == Lesson(ignore=("vip offer",))
            records = list(bench.journal.tail(0))
            kinds = [type(record.event) for record in records]
            assert (kinds.count(e.ReadingCorrected), kinds.count(e.ChannelTaught)) == (1, 2)
            assert not bench.truth

    simulated(story)


async def _press(bench: Bench, commands: list[Command]) -> list[bool]:
    return [(await bench.engine.submit(command)).ok for command in commands]


def _is_whole(bench: Bench, key: str) -> None:
    # A correction and the decision that holds it are one group, an answer and what it answers as well.
    records = list(bench.journal.tail(0))
    corrected = [record for record in records if isinstance(record.event, e.ReadingCorrected)]
    answered = [record.event.command.key for record in records if isinstance(record.event, e.CommandAnswered)]
    held = [
        record
        for record in records
        if isinstance(record.event, e.SignalDecided) and "corrected" in {r.code for r in record.event.decision.reasons}
    ]
    taught = [record for record in records if isinstance(record.event, e.ChannelTaught)]
    assert len(corrected) == len(held) == answered.count("correct")
    assert len(taught) == answered.count("teach") + answered.count("more")
