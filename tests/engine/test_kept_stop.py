"""A STOP for an account that is away holds over the end of the console, however it ended and whatever the disk says."""

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
from tests.engine.kit import BEGINS, simulated

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
    again.done()
    assert KeptStop(tmp_path).wish is None
    assert "nothing is kept" in KeptStop(None).keep(STOP)
