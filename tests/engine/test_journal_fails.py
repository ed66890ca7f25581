"""The disk says no at the n-th write, for every n: nothing unwritten is sent, and trading comes back by itself (E3)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from signalos_tui.engine.desk import JOURNAL_HALT
from signalos_tui.errors import JournalFailed
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, Bench, first_signal, simulated

FROM, TO = 4, 28
"""From the first append after the boot to the last of the story."""


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("number", range(FROM, TO))
def test_e3_write_when_it_fails_then_nothing_is_sent_after_it_and_all_is_well_when_the_disk_is(
    number: int, width: int
) -> None:
    """`width` writes fail from the n-th on. The bench holds every request against what is on disk."""

    async def story(folder: Path) -> None:
        failed: list[tuple[e.Event, ...]] = []

        def fails(append: int, events: tuple[e.Event, ...]) -> bool:
            if number <= append < number + width:
                failed.append(events)
                return True
            return False

        async with Bench(folder, fails=fails) as bench:
            calls_before = 0

            def watch(record: e.Record) -> None:
                nonlocal calls_before
                if isinstance(record.event, e.TradingStateChanged) and record.seq == 0:
                    assert record.event.state is TradingState.HALTED
                    assert record.event.reason.startswith(JOURNAL_HALT)
                    calls_before = len(bench.truth)

            bench.engine._desk.listen(watch)
            call = await bench.say(CALL, wait=4)
            await bench.say("move SL to 1.0810", reply=call.id, wait=4)
            await bench.say("BUY LIMIT GBPUSD 1.2650\nSL 1.2600\nTP 1.2800", wait=4)
            await bench.press(c.CloseTrade, signal=first_signal(call), wait=4)
            await bench.say("good evening", wait=4)
            await asyncio.sleep(330)
            assert failed, "the story is shorter than TO"
            assert bench.desk.trading is TradingState.ACTIVE
            assert not bench.engine._desk.is_halted_unwritten
            # What was said is written and read once, whatever failed.
            assert [post.reading is not None for post in bench.desk.posts.values()] == [True] * 4
            assert len(bench.told(e.MessageReceived)) == 4
            magics = [row.magic for row in bench.truth]
            assert len(magics) == len(set(magics))
            # Journal and broker agree.
            held = {p.magic for p in await bench.positions()}
            assert held == {leg.magic for leg in bench.legs if leg.state is LegState.OPEN}
            assert not {LegState.INTENT, LegState.SENDING, LegState.UNKNOWN, LegState.SENT} & set(bench.states)
            sendings = [i for i, events in enumerate(failed) if isinstance(events[0], e.LegSending)]
            for place in sendings:
                leg = failed[place][0].leg  # type: ignore[union-attr]
                written = [s for s in bench.told(e.LegSending) if s.leg == leg]
                if not written:
                    assert all(one.magic not in magics for one in bench.legs if one.id == leg)

    with TemporaryDirectory() as name:
        simulated(lambda: story(Path(name)))


def test_snapshot_when_it_cannot_be_kept_then_what_was_recorded_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed snapshot is not a failed record: whoever recorded may act (found by reading: it was told "not written")."""
    monkeypatch.setattr("signalos_tui.engine.desk.SNAPSHOT_EVERY", 12)

    async def story() -> None:
        async with Bench(tmp_path) as bench:

            async def full(seq: int, blob: bytes) -> None:
                raise JournalFailed("the disk is full", "Make room")

            monkeypatch.setattr(bench.journal, "save_snapshot", full)
            await bench.say(CALL)
            await asyncio.sleep(40)
            magics = [row.magic for row in bench.truth]
            assert len(magics) == len(set(magics))
            assert not {LegState.SENDING, LegState.UNKNOWN} & set(bench.states)

    simulated(story)


def test_snapshot_when_halted_without_a_line_in_the_journal_then_it_is_not_kept(tmp_path: Path) -> None:
    """The next start must not find a halt that nobody can lift (found by reading: it did, and then failed once a second)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            bench.journal.fails = lambda number, events: not isinstance(events[0], e.EngineStopped)
            await bench.say("hello")
            assert bench.desk.trading is TradingState.HALTED
            now = bench.clock.now()
            bench.is_replayed = False  # the halt is not in the journal, that is the point
        async with Bench(tmp_path, at=now + 1000) as bench:
            assert bench.desk.trading is TradingState.ACTIVE

    simulated(story)


def test_quarantine_when_its_end_cannot_be_written_then_it_is_written_as_soon_as_that_works(tmp_path: Path) -> None:
    """The owner has looked at it and trades on; else the engine never counted as recovered (worlds 1795, 3159 and 8543)."""

    async def story() -> None:
        bench = Bench(tmp_path)
        bench.journal.mismatch = True
        async with bench:
            assert bench.desk.trading is TradingState.HALTED
            failed: list[int] = []

            def fails(number: int, events: tuple[e.Event, ...]) -> bool:
                is_end = any(isinstance(event, e.EngineArmed) for event in events) and len(failed) < 2
                failed.extend([number] * is_end)
                return is_end

            bench.journal.fails = fails
            await bench.press(c.SetTradingState, state=TradingState.ACTIVE, wait=10)
            assert len(failed) == 2
            assert bench.desk.is_armed
            assert bench.is_active

    simulated(story)


def test_journals_log_when_removed_under_the_engine_then_nothing_is_sent_and_nothing_is_lost(tmp_path: Path) -> None:
    """It traded on, and after a kill those records were gone."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say("hello")
            (tmp_path / "journal.db-wal").unlink()
            await bench.say(CALL)
            assert bench.desk.trading is TradingState.HALTED
            assert "was removed or replaced" in bench.desk.trading_reason
            assert not bench.truth
            head = bench.journal.head.seq
            bench.is_replayed = False  # the halt is not in the journal, that is the point
        async with Bench(tmp_path, at=bench.clock.now()) as again:
            assert again.records[0].seq == head + 1
            assert again.is_active

    simulated(story)
