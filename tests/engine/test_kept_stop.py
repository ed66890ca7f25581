"""A STOP that the journal could not take holds over the end of the program, however it ended and whatever the disk says."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from signalos_tui.engine.kept_stop import FILE, KeptStop
from signalos_tui.errors import JournalUnusable
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import StopMode, StopTrading
from tests.engine.harbour import Harbour
from tests.engine.kit import BEGINS, CALL, Bench, simulated

STOP = StopTrading(key="stop", issued_at=BEGINS, by="owner", mode=StopMode.FREEZE)


@pytest.mark.parametrize("is_damaged", [False, True])
def test_stop_of_an_account_that_was_away_when_the_console_ended_then_it_holds_at_the_next_start(
    tmp_path: Path, is_damaged: bool
) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        harbour.refuse["prop"] = JournalUnusable("held", "End it")
        fleet = harbour.fleet("prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(2)
        stop = c.StopTrading(key="stop", issued_at=harbour.clock.now(), mode=StopMode.FREEZE)
        assert (await fleet.accounts["prop"].submit(stop)).ok
        fleet.stop("over")
        await running
        if is_damaged:
            (tmp_path / "prop" / FILE).write_text("{")

        del harbour.refuse["prop"]
        fleet = harbour.fleet("prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(60)
        prop = fleet.accounts["prop"]
        assert prop.is_up
        assert prop.snapshot().trading is TradingState.HALTED
        assert e.IntentRecorded not in [type(event) for *_, event in harbour.written("prop")]
        assert not (tmp_path / "prop" / FILE).exists(), "the journal has it now"
        resume = c.SetTradingState(key="r", issued_at=harbour.clock.now(), state=TradingState.ACTIVE)
        assert (await prop.submit(resume)).ok
        fleet.stop("over")
        await running

        # What the owner took back stays taken back.
        fleet = harbour.fleet("prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(30)
        assert fleet.accounts["prop"].snapshot().trading is TradingState.ACTIVE
        fleet.stop("over")
        await running

    simulated(work)


def test_stop_when_it_cannot_be_written_then_that_is_said_and_it_holds_as_long_as_the_console_runs(
    tmp_path: Path,
) -> None:
    (tmp_path / "prop").write_text("a file where the folder should be")

    async def work() -> None:
        harbour = Harbour(tmp_path)
        harbour.refuse["prop"] = JournalUnusable("held", "End it")
        fleet = harbour.fleet("prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(2)
        stop = c.StopTrading(key="stop", issued_at=harbour.clock.now(), mode=StopMode.FREEZE)
        outcome = await fleet.accounts["prop"].submit(stop)
        assert not outcome.ok
        assert "as long as this console is not ended" in outcome.text
        (tmp_path / "prop").unlink()
        del harbour.refuse["prop"]
        await asyncio.sleep(100)
        assert fleet.accounts["prop"].snapshot().trading is TradingState.HALTED
        fleet.stop("over")
        await running

    simulated(work)


def test_stop_when_kept_then_read_back_as_it_was_by_its_owner_alone(tmp_path: Path) -> None:
    assert KeptStop(tmp_path).wish is None
    assert KeptStop(tmp_path).keep(STOP) == ""
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    again = KeptStop(tmp_path)
    assert again.wish == STOP
    again.heard(e.Record(0, BEGINS, e.TradingStateChanged(TradingState.HALTED, "shown, not written", "engine")))
    again.heard(e.Record(7, BEGINS, e.TradingStateChanged(TradingState.ACTIVE, "the journal can be written", "engine")))
    assert KeptStop(tmp_path).wish == STOP, "the journal does not have it"
    again.heard(e.Record(8, BEGINS, e.TradingStateChanged(TradingState.HALTED, "stopped by owner", "owner")))
    assert KeptStop(tmp_path).wish is None
    assert "nothing is kept" in KeptStop(None).keep(STOP)


@pytest.mark.parametrize("what_fails", ["everything", "only the halt"])
def test_kept_stop_when_the_disk_is_full_at_the_start_then_it_is_kept_until_the_journal_has_it(
    tmp_path: Path, what_fails: str
) -> None:
    """It was thrown away with the first engine that held it in memory only; with room again the account traded."""

    async def work() -> None:
        harbour = Harbour(tmp_path)
        harbour.refuse["prop"] = JournalUnusable("held", "End it")
        harbour.is_full = lambda events: (
            what_fails == "everything" or any(isinstance(event, e.TradingStateChanged) for event in events)
        )
        fleet = harbour.fleet("prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(2)
        prop = fleet.accounts["prop"]
        stop = c.StopTrading(key="stop", issued_at=harbour.clock.now(), mode=StopMode.FREEZE)
        assert (await prop.submit(stop)).ok
        del harbour.refuse["prop"]
        await asyncio.sleep(10)
        assert harbour.boats["prop"]
        assert prop.snapshot().trading is TradingState.HALTED
        assert (tmp_path / "prop" / FILE).exists()
        harbour.is_full = None
        await asyncio.sleep(120)
        assert prop.is_up
        assert prop.snapshot().trading is TradingState.HALTED
        assert e.IntentRecorded not in [type(event) for *_, event in harbour.written("prop")]
        assert not (tmp_path / "prop" / FILE).exists()
        fleet.stop("over")
        await running

    simulated(work)


@pytest.mark.parametrize("is_killed", [True, False])
def test_stop_when_the_journal_cannot_be_written_then_it_holds_at_the_next_start(
    tmp_path: Path, is_killed: bool
) -> None:
    """A session of one account: it was told "Stopped", and the next start traded."""

    async def work() -> None:
        bench = Bench(tmp_path)
        await bench.__aenter__()
        bench.journal.fails = lambda number, events: True
        outcome = await bench.stop()
        assert outcome.ok
        assert "kept in a file" in outcome.text
        assert bench.desk.trading is TradingState.HALTED
        if not is_killed:
            bench.engine.stop("the owner quits")
            await bench.running
        await bench.kill()
        bench.close()
        async with Bench(tmp_path, at=bench.clock.now()) as again:
            await again.say(CALL)
            assert again.desk.trading is TradingState.HALTED
            assert again.desk.trading_reason == "stopped by console"
            assert not again.truth
            assert not (tmp_path / FILE).exists()
            (halt,) = again.told(e.TradingStateChanged)
            assert halt.state is TradingState.HALTED
            assert (await again.press(c.SetTradingState, state=TradingState.ACTIVE)).ok
        async with Bench(tmp_path, at=again.clock.now()) as last:
            assert last.is_active

    simulated(work)


def test_stop_when_it_could_not_be_written_and_then_can_then_the_journal_has_it_and_the_file_is_gone(
    tmp_path: Path,
) -> None:
    async def work() -> None:
        async with Bench(tmp_path) as bench:
            bench.journal.fails = lambda number, events: True
            await bench.stop()
            assert (tmp_path / FILE).exists()
            bench.journal.fails = lambda number, events: False
            await asyncio.sleep(3)
            assert not (tmp_path / FILE).exists()
            (halt,) = [event for event in bench.told(e.TradingStateChanged) if event.by == "engine"]
            assert halt.state is TradingState.HALTED

    simulated(work)


def test_stop_when_neither_journal_nor_file_takes_it_then_that_is_said_loudly(tmp_path: Path) -> None:
    async def work() -> None:
        async with Bench(tmp_path) as bench:
            bench.engine.keep_stop_in(KeptStop(None))
            heard: list[e.Event] = []
            bench.engine._desk.listen(lambda record: heard.append(record.event))
            bench.journal.fails = lambda number, events: True
            outcome = await bench.stop(wait=0)
            assert not outcome.ok
            assert "This stop ends with this program" in outcome.text
            (notice,) = [event for event in heard if isinstance(event, e.NoticeRaised)]
            assert notice.severity is e.Severity.ALARM
            assert "ends with this program" in bench.desk.trading_reason
            await bench.say(CALL)
            assert not bench.truth
            # Ended while there is room again: that is the last chance, and it is taken.
            bench.journal.fails = lambda number, events: isinstance(events[0], e.MessageReceived)
            bench.engine.stop("the owner quits")
            await bench.running
        async with Bench(tmp_path, at=bench.clock.now()) as again:
            assert again.desk.trading is TradingState.HALTED

    simulated(work)
