"""A gateway that is not there, dies, hangs, or refuses: nothing is doubled, nothing is lost, and the owner is told.

Reference: reliability, tables C and D; the numbers are in the names.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.link.messages import VERSION, WORKER_LOST
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, Room
from tests.transports.stage import Life, OverGateway, life, opened

OPEN, CLOSED = LegState.OPEN, LegState.CLOSED
ONE = "BUY EURUSD NOW\nSL 1.0800\nTP 1.0900"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[OverGateway]:
    """A gateway."""
    with opened("over TLS", tmp_path) as there:
        yield there


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[OverGateway]:
    """A gateway whose orders travel for a second."""
    (tmp_path / "latency").write_text("1000")
    with opened("over TLS", tmp_path) as there:
        yield there


def notice(it: Life, code: str) -> e.NoticeRaised:
    """The last notice with a code."""
    found = [event for event in it.told(e.NoticeRaised) if event.code == code]
    assert found, f"{code} was not told, but {it.codes}"
    return found[-1]  # type: ignore[no-any-return]


def is_reached(it: Life) -> bool:
    """What a screen shows of the way."""
    return it.desk.reach is not None and it.desk.reach.is_open


# --- not there yet ------------------------------------------------------------------------------------------------


async def test_gateway_when_not_there_at_the_start_then_said_and_waited_for_and_nothing_is_traded(
    place: OverGateway,
) -> None:
    place.kill()
    async with life(place, armed=False) as it:
        it.say(CALL)
        await it.until(lambda: "link-unreachable" in it.codes)
        told = notice(it, "link-unreachable")
        assert told.severity is e.Severity.ALARM
        assert "no gateway at 127.0.0.1" in told.text
        assert "signalos gateway" in told.remedy
        assert not is_reached(it)
        assert not it.desk.is_armed
        place.start()
        await it.until(lambda: it.desk.is_armed)
        await it.until(lambda: it.states == [OPEN, OPEN])
        await it.until(lambda: "link-ok" in it.codes)
        assert is_reached(it)
        assert len(place.truth()) == 2
        assert it.codes.count("link-unreachable") == 1


async def test_owner_when_he_leaves_before_the_gateway_was_there_then_nothing_keeps_him(place: OverGateway) -> None:
    place.kill()
    async with life(place, armed=False) as it:
        await it.until(lambda: "link-unreachable" in it.codes)
        it.engine.stop("enough")
        async with asyncio.timeout(2):
            await it.running
        assert not it.told(e.EngineStarted)


async def test_token_when_wrong_then_said_what_to_do_and_let_in_once_it_is_right(place: OverGateway) -> None:
    token = place.folder / "mine"
    token.write_text("another-token\n")
    token.chmod(0o600)
    place.config = replace(place.config, terminal=replace(place.config.terminal, token_file=str(token)))
    async with life(place, armed=False) as it:
        await it.until(lambda: "link-token" in it.codes)
        assert "Copy" in notice(it, "link-token").remedy
        right = (place.folder / "token").read_text()
        assert "another-token" not in repr(it.records) + repr(it.desk)
        token.write_text(right)
        await it.until(lambda: it.desk.is_armed)


async def test_version_when_the_gateway_speaks_another_then_said_what_to_install(
    place: OverGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalos_tui.execute.mt5.terminal.VERSION", VERSION + 1)
    async with life(place, armed=False) as it:
        await it.until(lambda: "link-version" in it.codes)
        told = notice(it, "link-version")
        assert f"version {VERSION}," in told.text
        assert str(VERSION + 1) in told.text
        assert told.remedy
        assert not it.desk.is_armed


async def test_certificate_when_another_one_is_shown_then_the_token_is_never_said(place: OverGateway) -> None:
    place.config = replace(place.config, terminal=replace(place.config.terminal, fingerprint="ab" * 32))
    async with life(place, armed=False) as it:
        await it.until(lambda: "link-tls" in it.codes)
        assert "fingerprint" in notice(it, "link-tls").text
        assert not it.desk.is_armed


async def test_c11_account_when_it_is_another_one_then_refused_and_nothing_is_looked_at(place: OverGateway) -> None:
    place.config = replace(place.config, terminal=replace(place.config.terminal, account="Other-Live/7"))
    async with life(place, armed=False) as it:
        await it.until(lambda: "link-account" in it.codes)
        assert notice(it, "link-account").remedy
        assert not it.desk.is_armed
        assert it.desk.account is None


async def test_d23_second_console_when_one_trades_already_then_it_waits_and_the_first_trades_on(
    place: OverGateway, tmp_path: Path
) -> None:
    """One executor per account, also from another folder; when the first has ended the second may."""
    async with life(place) as first:
        (tmp_path / "second").mkdir()
        other = replace_folder(place, tmp_path / "second")
        async with life(other, armed=False) as second:
            await second.until(lambda: "link-executor" in second.codes)
            assert not second.desk.is_armed
            first.say(ONE)
            await first.until(lambda: first.states == [OPEN])
            assert "link-executor" not in first.codes


def replace_folder(place: OverGateway, folder: Path) -> OverGateway:
    """The same gateway for a journal elsewhere."""
    other = OverGateway.__new__(OverGateway)
    other.folder, other.config, other.process = folder, place.config, place.process
    return other


# --- lost while it works ------------------------------------------------------------------------------------------


async def test_gateway_when_killed_and_started_again_then_told_and_compared_and_traded_on(place: OverGateway) -> None:
    """An outage with a trade open: its target is reached meanwhile, which is found when we see again (D16)."""
    async with life(place) as it:
        it.say(ONE)
        await it.until(lambda: it.states == [OPEN])
        place.kill()
        await it.until(lambda: "link-unreachable" in it.codes)
        assert it.states == [OPEN]
        it.quote(EURUSD=(1.0902, 1.0903))
        place.start()
        await it.until(lambda: it.states == [CLOSED])
        assert it.legs[0].profit > 0
        await it.until(lambda: "link-ok" in it.codes)
        it.say("BUY GBPUSD NOW\nSL 1.2600\nTP 1.2800")
        await it.until(lambda: it.states == [CLOSED, OPEN])
        assert len(place.truth()) == 2
        assert not it.told(e.TaskFailed)
        assert it.desk.trading is TradingState.ACTIVE


@pytest.mark.parametrize("wait_s", [0.0, 0.3, 0.8])
async def test_d14_gateway_when_killed_in_the_middle_of_an_order_then_it_is_sent_once_and_settled(
    wait_s: float, slow: OverGateway
) -> None:
    """On its way there, on its way back: the leg is in doubt, then what the broker shows; it is never sent again."""
    async with life(slow) as it:
        it.say(ONE)
        await it.until(lambda: it.states == [LegState.SENDING])
        await asyncio.sleep(wait_s)
        slow.kill()
        await it.until(lambda: it.states == [LegState.UNKNOWN])
        await it.until(lambda: "link-unreachable" in it.codes)
        slow.start()
        await it.until(lambda: "link-ok" in it.codes)
        if slow.truth():
            await it.until(lambda: it.states == [OPEN])
        assert len(slow.truth()) <= 1
        assert len(it.told(e.LegSending)) == 1
        assert it.states[0] in (OPEN, LegState.UNKNOWN)


async def test_d9_gateway_when_it_hangs_in_the_middle_of_an_order_then_in_doubt_told_and_settled(
    slow: OverGateway,
) -> None:
    """SIGSTOP: the line stands and nobody speaks. It is dropped, and found again when the gateway goes on."""
    async with life(slow) as it:
        it.say(ONE)
        await it.until(lambda: it.states == [LegState.SENDING])
        await asyncio.sleep(0.3)  # on its way to the broker; on a busy machine perhaps not even in the gateway yet
        slow.hang()
        await it.until(lambda: it.states == [LegState.UNKNOWN])
        await it.until(lambda: "link-silent" in it.codes)
        assert "said nothing" in notice(it, "link-silent").text
        slow.go_on()
        await it.until(lambda: "link-ok" in it.codes)
        await it.until(lambda: it.states == [OPEN] or not slow.truth())
        assert len(slow.truth()) <= 1
        assert it.states[0] in (OPEN, LegState.UNKNOWN)
        assert len(it.told(e.LegSending)) == 1


async def test_d9_terminal_when_its_process_dies_in_the_middle_of_an_order_then_the_line_stands_and_it_settles(
    slow: OverGateway,
) -> None:
    """The gateway says that the call was lost; the leg is in doubt until the broker shows it."""
    async with life(slow) as it:
        it.say(ONE)
        await it.until(lambda: it.states == [LegState.SENDING])
        await asyncio.sleep(
            0.4
        )  # in the worker by now; where the machine is too busy for that, the next one has it or nobody
        os.kill(slow.worker(), signal.SIGKILL)
        await it.until(lambda: it.states != [LegState.SENDING])
        assert {lost.retcode for lost in it.told(e.LegUnknown)} <= {WORKER_LOST}
        assert it.states[0] in (LegState.UNKNOWN, OPEN, LegState.REJECTED)
        await it.until(lambda: is_reached(it))
        assert len(it.told(e.LegSending)) == 1
        assert len(slow.truth()) <= 1
        assert it.states != [LegState.REJECTED] or not slow.truth(), "a no is a no"


async def test_close_when_the_gateway_dies_then_it_is_done_once_it_is_back(slow: OverGateway) -> None:
    """A wish to close outlives the outage (D20): it is absolute, so it is said again."""
    async with life(slow) as it:
        it.say(ONE)
        await it.until(lambda: it.states == [OPEN])
        assert (await it.press(c.CloseTrade, signal=it.legs[0].signal, fraction=Decimal(1))).ok
        await asyncio.sleep(0.2)
        slow.kill()
        await it.until(lambda: "link-unreachable" in it.codes)
        slow.start()
        await it.until(lambda: it.states == [CLOSED])
        assert await it.terminal.positions_get() == ()
        assert len(slow.truth()) == 1


async def test_restart_of_the_console_when_the_gateway_is_away_then_it_waits_and_takes_everything_up(
    place: OverGateway,
) -> None:
    room = Room()
    async with life(place, room) as it:
        it.say(CALL)
        await it.until(lambda: it.states == [OPEN, OPEN])
    place.kill()
    async with life(place, room, 2, armed=False) as it:
        await it.until(lambda: "link-unreachable" in it.codes)
        assert it.states == [OPEN, OPEN]
        it.quote(EURUSD=(1.0902, 1.0903))
        place.start()
        await it.until(lambda: it.states == [CLOSED, OPEN])
        assert it.desk.trading is TradingState.ACTIVE
        assert len(place.truth()) == 2
