"""Table E, the journal, where the whole engine is needed to show it; most rows stand with the journal's own tests."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from signalos_tui.journal import Journal
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.orders import LegState
from signalos_tui.model.signals import ReadingKind
from tests.engine.kit import BEGINS, CALL, Bench, first_signal, legs_of, simulated


def test_e10_clock_when_it_steps_back_then_order_is_by_number_and_nothing_is_done_twice(tmp_path: Path) -> None:
    """The host's clock is an hour early after a restart: what is on disk keeps its order, what was sent stays sent."""

    async def story() -> None:
        async with Bench(tmp_path, at=BEGINS + 3_600_000) as first:
            call = await first.say(CALL)
            sent = len(first.truth)
            before = [record.seq for record in first.journal.tail(0)]
        async with Bench(tmp_path, at=BEGINS, said=[call]) as bench:
            await asyncio.sleep(60)
            records = list(bench.journal.tail(0))
            assert [record.seq for record in records] == list(range(1, len(records) + 1))
            assert len(records) > len(before)
            assert records[-1].at < records[len(before) - 1].at, "the clock did not step back"
            assert len(bench.truth) == sent
            assert bench.states == [LegState.OPEN, LegState.OPEN]
            await bench.say("close now", reply=call.id)
            assert bench.states == [LegState.CLOSED, LegState.CLOSED]

    simulated(story)


def test_e10_post_when_dated_ahead_of_the_clock_then_not_traded(tmp_path: Path) -> None:
    """A clock that lags behind Telegram's by a minute makes every post one of the future: its age is not known."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL, age_s=-60)
            assert bench.desk.signals, "it was not read"
            assert not bench.terminal.calls

    simulated(story)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EMFILE])
def test_e3_note_beside_the_journal_when_it_cannot_be_written_then_nothing_acknowledged_is_lost(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second file fails in each way a disk can; the records count, and the owner is warned at the next start."""
    path = tmp_path / "journal.db"
    failed = 0
    real = os.fsync

    def fails(descriptor: int) -> None:
        nonlocal failed
        if failing:
            failed += 1
            raise OSError(code, os.strerror(code))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fails)
    failing = False

    async def story() -> None:
        nonlocal failing
        journal = Journal.open(path, threaded=False, holder="test")
        failing = True
        await journal.append([e.NoticeRaised(e.Severity.INFO, "test", "kept")], BEGINS)
        journal.close()
        failing = False
        assert failed, "the note was never written"
        again = Journal.open(path, threaded=False, holder="test")
        assert [getattr(record.event, "text", "") for record in again.tail(0)][-1] == "kept"
        again.close()

    simulated(story)


def test_e12_start_when_the_journal_is_long_then_only_what_follows_the_snapshot_is_folded(tmp_path: Path) -> None:
    """What a start costs does not grow with the years: the fold begins at the last snapshot, the legs that are live stay."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            call = await bench.say(CALL)
            for number in range(60):
                await bench.say(f"good morning {number}", wait=0.1)
            now = bench.clock.now()
            length = len(list(bench.journal.tail(0)))
        second = Bench(tmp_path, at=now + 1_000)
        folded: list[e.Record] = []
        tail = second.journal.tail

        def counted(since: int) -> object:
            for record in tail(since):
                folded.append(record)
                yield record

        setattr(second.journal, "tail", counted)  # noqa: B010 (mypy: it is a method's place)
        second.is_replayed = False
        async with second as bench:
            assert bench.desk.trading is TradingState.ACTIVE
            assert len(folded) < length / 10
            assert {leg.signal for leg in legs_of(bench.desk)} == {first_signal(call)}
            reading = bench.desk.posts[call.key].reading
            assert reading is not None
            assert reading.kind is ReadingKind.SIGNAL

    simulated(story)
