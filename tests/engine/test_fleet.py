"""Several engines side by side: what troubles one account is its own trouble, and everybody can see it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from signalos_tui.errors import JournalUnusable, Transient
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import StopMode
from signalos_tui.model.events import Event
from tests.engine.harbour import (
    Boat,
    Harbour,
    Troubling,
    disk_is_full,
    engine_crashes,
    ran,
    terminal_hangs,
)
from tests.engine.kit import simulated


async def a_task_is_cancelled(boat: Boat) -> None:
    await asyncio.sleep(6)
    raise asyncio.CancelledError


async def gateway_is_lost(boat: Boat) -> None:
    await asyncio.sleep(4)
    boat.terminal.breaks = Transient
    boat.terminal.is_connected = False


async def gateway_was_never_there(boat: Boat) -> None:
    boat.terminal.other_login = 4

    async def nothing() -> None:
        return None

    setattr(boat.terminal, "account_info", nothing)  # noqa: B010


TROUBLES = (terminal_hangs, disk_is_full, engine_crashes, a_task_is_cancelled, gateway_is_lost, gateway_was_never_there)


def lived(folder: Path, trouble: Troubling | None) -> list[tuple[int, int, Event]]:
    """What main wrote beside another account that is in trouble, or alone."""
    found: list[tuple[int, int, Event]] = []

    async def work() -> None:
        harbour = Harbour(folder, **({"prop": trouble} if trouble else {}))
        await ran(harbour.fleet("main", "prop") if trouble else harbour.fleet("main"), 120)
        found.extend(harbour.written("main"))

    simulated(work)
    return found


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_an_account_when_another_is_in_trouble_then_every_event_and_its_moment_are_the_same(
    tmp_path: Path, trouble: Troubling
) -> None:
    """Not only the same decisions: written, sent and answered in the same millisecond as without the other account."""
    alone = lived(tmp_path / "alone", None)
    beside = lived(tmp_path / "beside", trouble)
    assert len([event for *_, event in alone if isinstance(event, e.LegOpened)]) >= 5
    assert beside == alone


def test_the_account_in_trouble_then_it_says_so_and_trades_nothing_meanwhile(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, prop=engine_crashes)
        fleet = harbour.fleet("main", "prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(6.5)
        prop = fleet.accounts["prop"]
        assert not prop.is_up
        again = c.SetTradingState(key="1", issued_at=harbour.clock.now(), state=TradingState.ACTIVE)
        assert not (await prop.submit(again)).ok
        await asyncio.sleep(100)
        assert prop.starts >= 3
        fleet.stop("over")
        await running

    simulated(work)


# --- starting ---------------------------------------------------------------------------------------------------------


def test_an_account_when_it_cannot_start_then_it_says_why_and_is_tried_again_with_longer_pauses(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        harbour.refuse["prop"] = JournalUnusable("the journal is held by process 7", "End it")
        fleet = harbour.fleet("main", "prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(2)
        prop, main = fleet.accounts["prop"], fleet.accounts["main"]
        assert main.snapshot().is_running
        state = prop.snapshot()
        assert state is prop.snapshot()
        assert (state.is_running, state.trading, state.account) == (False, TradingState.HALTED, None)
        assert state.trading_reason == "the journal is held by process 7. End it"
        first = prop.trouble
        assert first is not None
        await asyncio.sleep(30)
        later = prop.trouble
        assert later is not None
        assert later.again_at is not None
        assert first.again_at is not None
        assert later.again_at - harbour.clock.now() <= 60_000
        del harbour.refuse["prop"]
        await asyncio.sleep(60)
        assert prop.is_up
        assert prop.trouble is None
        assert prop.snapshot().is_running
        fleet.stop("over")
        await running

    simulated(work)


@pytest.mark.parametrize("mode", list(StopMode))
def test_an_account_when_stopped_while_it_is_away_then_it_does_not_come_back_trading(
    tmp_path: Path, mode: StopMode
) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        harbour.refuse["prop"] = JournalUnusable("held", "End it")
        fleet = harbour.fleet("main", "prop")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(2)
        prop = fleet.accounts["prop"]
        outcome = await prop.submit(c.StopTrading(key="stop", issued_at=harbour.clock.now(), mode=mode))
        assert outcome.ok is (mode is StopMode.FREEZE)
        assert "It is stopped before it trades again" in outcome.text
        assert ("nothing of it was closed" in outcome.text) is (mode is StopMode.FLATTEN)
        del harbour.refuse["prop"]
        await asyncio.sleep(100)
        assert prop.is_up
        assert prop.snapshot().trading is TradingState.HALTED
        kinds = [type(event) for *_, event in harbour.written("prop")]
        assert kinds.index(e.TradingStateChanged) < kinds.index(e.EngineStarted) < kinds.index(e.EngineArmed)
        assert e.IntentRecorded not in kinds
        assert e.LegOpened in [type(event) for *_, event in harbour.written("main")]
        resume = c.SetTradingState(key="r", issued_at=harbour.clock.now(), state=TradingState.ACTIVE)
        assert (await prop.submit(resume)).ok
        assert prop.snapshot().trading is TradingState.ACTIVE
        fleet.stop("over")
        await running

    simulated(work)


def test_two_accounts_when_they_are_one_at_the_broker_then_the_second_is_turned_away_before_it_writes(
    tmp_path: Path,
) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        fleet = harbour.fleet("one", "two")  # neither has a login of its own
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(5)
        up = [name for name, berth in fleet.accounts.items() if berth.is_up]
        (refused,) = set(fleet.accounts) - set(up)
        assert len(up) == 1
        assert f"is traded by {up[0]} already" in fleet.accounts[refused].snapshot().trading_reason
        assert [record for boat in harbour.boats[refused] for record in boat.records] == []
        fleet.stop("over")
        await running

    simulated(work)


def test_an_account_when_the_one_that_had_it_has_ended_then_it_may_have_it(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, one=engine_crashes)
        fleet = harbour.fleet("one", "two")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(30)
        assert [berth.is_up for berth in fleet.accounts.values()].count(True) == 1
        fleet.stop("over")
        await running

    simulated(work)


# --- ending -----------------------------------------------------------------------------------------------------------


def test_a_fleet_when_stopped_then_every_engine_says_its_last_word(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path)
        fleet = harbour.fleet("main", "prop", "third")
        await ran(fleet, 10)
        for name, berth in fleet.accounts.items():
            assert berth.unfinished == ""
            *_, (_, _, last) = harbour.written(name)
            assert last == e.EngineStopped("the test is over")

    simulated(work)


def test_a_fleet_when_one_hangs_then_it_ends_within_its_time_and_names_it(tmp_path: Path) -> None:
    async def hangs_at_the_end(boat: Boat) -> None:
        async def never() -> None:
            await asyncio.Event().wait()

        setattr(boat.engine, "_end", never)  # noqa: B010

    async def work() -> None:
        harbour = Harbour(tmp_path, prop=hangs_at_the_end)
        fleet = harbour.fleet("main", "prop", end_s=20)
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(10)
        began = harbour.clock.now()
        fleet.stop("Ctrl-C")
        await running
        assert harbour.clock.now() - began <= 22_500
        assert fleet.accounts["prop"].unfinished == "it did not end within 20 s"
        assert fleet.accounts["main"].unfinished == ""
        assert harbour.written("main")[-1][2] == e.EngineStopped("Ctrl-C")

    simulated(work)


def test_a_fleet_when_one_is_still_looking_for_its_terminal_then_it_ends_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, prop=gateway_was_never_there)
        harbour.refuse["third"] = JournalUnusable("held", "End it")
        fleet = harbour.fleet("main", "prop", "third")
        running = asyncio.create_task(fleet.run())
        await asyncio.sleep(1)
        began = harbour.clock.now()
        fleet.stop("Ctrl-C")
        await running
        assert harbour.clock.now() - began <= 3000
        assert not any(berth.unfinished for berth in fleet.accounts.values())

    simulated(work)


def test_a_fleet_when_an_end_cannot_be_written_then_that_account_says_so(tmp_path: Path) -> None:
    async def work() -> None:
        harbour = Harbour(tmp_path, prop=fails_at_the_end)
        fleet = harbour.fleet("main", "prop")
        await ran(fleet, 10)
        assert fleet.accounts["prop"].unfinished == "ArithmeticError: a fault of ours"
        assert fleet.accounts["main"].unfinished == ""

    async def fails_at_the_end(boat: Boat) -> None:
        async def broken() -> None:
            raise ArithmeticError("a fault of ours")

        setattr(boat.engine, "_end", broken)  # noqa: B010
        await asyncio.Event().wait()

    simulated(work)
