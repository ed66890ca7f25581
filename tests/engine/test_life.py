"""Starting is recovering, failing is seen: the boot, the supervisor, and the end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.engine.desk import Desk
from signalos_tui.engine.supervisor import FAULTS, Supervisor
from signalos_tui.errors import OperatorNeeded, SourceUnreadable, Transient
from signalos_tui.execute.paper.faults import Delay, LoseReply
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.orders import LegState
from signalos_tui.state import durable
from tests.engine.kit import CALL, Bench, ShakyJournal, simulated

OPEN = LegState.OPEN


def _kinds(bench: Bench) -> list[object]:
    return [type(record.event) for record in bench.records]


def test_boot_when_legs_are_unsettled_then_all_are_compared_before_anything_is_armed_or_sent(tmp_path: Path) -> None:
    """Lock, fold, connect, compare, arm, then read (R10)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[LoseReply()]) as bench:
            bench.room.say(bench.post(CALL))
            await bench.until(lambda: LegState.UNKNOWN in bench.states or LegState.SENDING in bench.states)
            now, said = bench.clock.now(), bench.room.said
        assert LegState.OPEN not in bench.states or len(bench.truth) <= 2
        async with Bench(tmp_path, at=now + 1000, said=said) as bench:
            kinds = _kinds(bench)
            assert kinds[0] is e.EngineStarted
            armed = kinds.index(e.EngineArmed)
            assert e.LegSending not in kinds[:armed]
            opened = [i for i, kind in enumerate(kinds) if kind is e.LegOpened]
            assert not opened or opened[0] < armed
            await asyncio.sleep(3)
            assert LegState.UNKNOWN not in bench.states

    simulated(story)


def test_boot_when_ended_while_sending_then_the_leg_is_unknown_and_never_sent_again(tmp_path: Path) -> None:
    """SENDING at boot proves nothing (3.6)."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Delay(30)]) as bench:
            bench.room.say(bench.post("BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"))
            await bench.until(lambda: bench.states == [LegState.SENDING])
            now, said = bench.clock.now(), bench.room.said
        async with Bench(tmp_path, at=now + 1000, said=said) as bench:
            (lost,) = bench.told(e.LegUnknown)
            assert "ended while" in lost.text
            await asyncio.sleep(340)
            assert bench.states == [LegState.UNFILLED]
            assert not bench.terminal.calls

    simulated(story)


def test_boot_when_the_broker_cannot_be_seen_clearly_then_it_waits_and_then_gives_up(tmp_path: Path) -> None:
    """No arming on a look that proves nothing (found by reading: it armed)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            now, said = bench.clock.now(), bench.room.said
        late = Bench(tmp_path, at=now + 1000, said=said)
        late.terminal.is_blind = True
        entering = asyncio.create_task(late.__aenter__())
        await asyncio.sleep(10)
        assert not late.told(e.EngineArmed)
        late.terminal.is_blind = False
        await entering
        assert len(late.told(e.EngineArmed)) == 1
        await late.__aexit__(None, None, None)
        never = Bench(tmp_path, at=now + 60_000, said=said)
        never.terminal.is_blind = True
        with pytest.raises(Transient, match="cannot be compared"):
            await never.__aenter__()
        assert not never.told(e.EngineArmed)
        await never.kill()
        never.paper.close()
        never.journal.close()

    simulated(story)


def test_boot_when_the_terminal_shows_another_account_then_it_refuses(tmp_path: Path) -> None:
    """The journal belongs to one account (C11)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            now = bench.clock.now()
        other = Bench(tmp_path, at=now + 1000)
        other.terminal.other_login = 4711
        with pytest.raises(OperatorNeeded, match="4711"):
            await other.__aenter__()
        await other.kill()
        other.paper.close()
        other.journal.close()

    simulated(story)


def test_e7_boot_when_the_journal_is_older_than_its_note_then_nothing_is_sent_until_the_owner_says_so(
    tmp_path: Path,
) -> None:
    """A restored backup: quarantine (R9)."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            now = bench.clock.now()
        kept = (tmp_path / "journal.db").read_bytes()
        async with Bench(tmp_path, at=now + 1000) as bench:
            call = await bench.say(CALL)
            magics = {row.magic for row in bench.truth}
            now = bench.clock.now()
        for name in ("journal.db-wal", "journal.db-shm"):
            (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / "journal.db").write_bytes(kept)
        async with Bench(tmp_path, at=now + 1000, said=[replace(call, posted_at=now)]) as bench:
            await asyncio.sleep(5)
            assert bench.desk.trading is TradingState.HALTED
            assert not bench.desk.is_armed
            assert not bench.terminal.calls
            assert (await bench.press(c.SetTradingState, state=TradingState.ACTIVE)).ok
            assert len(bench.told(e.EngineArmed)) == 1
            assert {row.magic for row in bench.truth} == magics

    simulated(story)


def test_e12_state_when_loaded_from_a_snapshot_and_the_rest_then_it_is_the_fold_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Snapshot and tail equal the full fold (V9), byte for byte of what a snapshot would hold."""
    monkeypatch.setattr("signalos_tui.engine.desk.SNAPSHOT_EVERY", 7)

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            await bench.stop()
            await bench.press(c.SetTradingState, state=TradingState.ACTIVE)
            state = durable(bench.desk)
            desk = Desk(bench.journal, bench.clock)
            assert desk.load() < len(bench.records)
            assert durable(desk.state) == state

    simulated(story)


def test_journal_when_another_engine_holds_it_then_the_second_refuses(tmp_path: Path) -> None:
    """Two executors, one account (D23)."""

    async def story() -> None:
        async with Bench(tmp_path):
            with pytest.raises(OperatorNeeded, match="held by"):
                ShakyJournal.open(tmp_path / "journal.db", threaded=False)

    simulated(story)


def test_task_when_it_fails_then_it_is_started_again_and_trading_goes_on(tmp_path: Path) -> None:
    """The terminal breaks for a moment under the watching task."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            bench.terminal.breaks = ConnectionResetError
            await bench.until(lambda: bool(bench.told(e.TaskFailed)), within_s=60)
            bench.terminal.breaks = None
            await asyncio.sleep(5)
            await bench.say("SELL XAUUSD NOW\nSL 2360\nTP1 2330")
            assert bench.states == [OPEN, OPEN, OPEN]

    simulated(story)


def test_task_when_it_keeps_failing_then_trading_is_halted_where_everybody_sees_it(tmp_path: Path) -> None:
    """Three faults in five minutes."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            bench.terminal.breaks = ZeroDivisionError
            await bench.until(lambda: bench.desk.trading is TradingState.HALTED, within_s=300)
            assert len(bench.told(e.TaskFailed)) >= FAULTS
            assert "ZeroDivisionError" in bench.desk.trading_reason
            bench.terminal.breaks = None

    simulated(story)


@pytest.mark.parametrize(
    ("error", "halts"), [(SourceUnreadable("x"), True), (Transient("x"), False), (KeyError("x"), False)]
)
def test_supervisor_when_a_task_fails_then_its_error_says_what_follows(
    error: Exception, halts: bool, tmp_path: Path
) -> None:
    """OperatorNeeded halts at once, Transient never, a fault of ours when it keeps coming."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            supervisor = Supervisor(bench.engine._desk)
            runs = 0

            async def work() -> None:
                nonlocal runs
                runs += 1
                if runs == 1:
                    raise error

            supervisor.start("work", work)
            await asyncio.sleep(5)
            assert runs == 2
            assert (bench.desk.trading is TradingState.HALTED) is halts
            assert bench.told(e.TaskFailed)[-1].task == "work"
            await supervisor.stop()

    simulated(story)


def test_end_when_told_to_stop_then_answers_that_are_out_are_waited_for(tmp_path: Path) -> None:
    """The last word is in the journal, with a snapshot."""

    async def story() -> None:
        async with Bench(tmp_path, faults=[Delay(2)]) as bench:
            bench.room.say(bench.post("BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"))
            await bench.until(lambda: LegState.SENDING in bench.states)
            bench.engine.stop("enough")
            await bench.running
            assert bench.states == [OPEN]
            assert isinstance(bench.records[-1].event, e.EngineStopped)
            snapshot = bench.journal.snapshot
            assert snapshot is not None
            assert snapshot[0] == bench.desk.seq

    simulated(story)


def test_followers_when_they_come_back_then_they_miss_nothing(tmp_path: Path) -> None:
    """`events(since)` gives the past without a gap, then what happens."""

    async def story() -> None:
        async with Bench(tmp_path) as bench:
            await bench.say(CALL)
            since = 3
            seen: list[int] = []

            async def follow() -> None:
                async for record in bench.engine.events(since):
                    seen.extend([record.seq] if record.seq else [])

            following = asyncio.create_task(follow())
            await bench.say("hello")
            assert seen == list(range(since + 1, bench.desk.seq + 1))
            following.cancel()

    simulated(story)
