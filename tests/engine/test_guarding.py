"""What has to be true before anything is sent: times that fit (R5), and a journal that is not older than the gateway (R9)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from signalos_tui.config import Config, Send
from signalos_tui.engine.guarding import disagreement, require_times
from signalos_tui.errors import ConfigInvalid
from signalos_tui.execute.paper.faults import LoseRequest
from signalos_tui.execute.terminal import GatewayNote
from signalos_tui.model import commands as c
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState
from signalos_tui.model.orders import LegState
from tests.engine.kit import CALL, GOLD, Bench, WatchedTerminal, simulated
from tests.execute.legs import AT, SIGNAL, leg, trade

SLOW = Send(ttl_s=30, call_s=60, settle_s=240)


@pytest.mark.parametrize(
    ("config", "limit"),
    [
        (Config(send=Send(ttl_s=120, call_s=120, settle_s=240)), 0),
        (Config(send=SLOW), 210),
        (Config(send=SLOW, symbols={"XAUUSD": {"send": {"ttl_s": 120}}}), 120),
        (Config(send=SLOW, channels={"a:b": {"send": {"ttl_s": 120}}}), 120),
        (Config(send=SLOW, channels={"a:b": {"symbols": {"XAUUSD": {"send": {"ttl_s": 120}}}}}), 120),
    ],
)
def test_times_when_absence_could_be_proven_before_the_right_to_send_ends_then_there_is_no_start(
    config: Config, limit: float
) -> None:
    """In every layer, and with a gateway that lets a call take longer than we wait for it (R5)."""
    with pytest.raises(ConfigInvalid, match="settle_s was 240, not above ttl_s"):
        require_times(config, GatewayNote(call_limit_s=limit))


def test_times_when_they_fit_then_there_is_a_start() -> None:
    """The defaults, alone and with a gateway that ends its calls."""
    require_times(Config(), None)
    require_times(Config(), GatewayNote(call_limit_s=209))


SENT = replace(leg(LegState.OPEN), intent_at=AT)
KNOWN = DeskState(trades={SIGNAL: trade(SENT)}, vouched_at=AT)


@pytest.mark.parametrize(
    ("note", "state", "says"),
    [
        (None, KNOWN, ""),
        (GatewayNote(fence=3, opening_at=AT), KNOWN, ""),
        (GatewayNote(fence=1, opening_at=AT), KNOWN, ""),
        (GatewayNote(fence=4, opening_at=AT), KNOWN, "the gateway has served start 4 of a journal, this is start 3"),
        (GatewayNote(fence=3, opening_at=AT + 1), KNOWN, "an order of 2026-01-05 09:00:00 UTC"),
        (GatewayNote(fence=3), KNOWN, "the gateway remembers no order"),
        (GatewayNote(fence=3), DeskState(), ""),
        (GatewayNote(fence=3), DeskState(trades={SIGNAL: trade(leg(LegState.SENDING))}), ""),
        (GatewayNote(fence=3), DeskState(trades={SIGNAL: trade(replace(SENT, attempt=0))}), ""),
    ],
)
def test_journal_when_compared_with_the_gateway_then_an_older_one_is_found(
    note: GatewayNote | None, state: DeskState, says: str
) -> None:
    """Older, newer, or as it should be; a leg that never reached the gateway is no disagreement."""
    found = disagreement(note, state, 3)
    assert says in found
    assert bool(says) is bool(found)


class _Noted(WatchedTerminal):
    # A terminal behind a gateway with a memory.
    note = GatewayNote()

    async def ledger_note(self) -> GatewayNote:
        return self.note


def _noted(bench: Bench, note: GatewayNote) -> None:
    bench.terminal.__class__ = _Noted
    setattr(bench.terminal, "note", note)  # noqa: B010 (mypy: it was another class a moment ago)


def test_boot_when_the_gateway_sent_what_the_journal_does_not_have_then_nothing_is_sent_until_the_owner_says_so(
    tmp_path: Path,
) -> None:
    """Journal and note put back together, a snapshot of the whole machine: only the gateway can tell (R9, E7)."""

    async def story() -> None:
        lost = Bench(tmp_path)
        now = lost.clock.now()
        post = lost.post(CALL)
        _noted(lost, GatewayNote(fence=1, opening_at=now + 1))
        lost.room.say(post)
        async with lost as bench:
            await asyncio.sleep(5)
            assert bench.desk.trading is TradingState.HALTED
            assert bench.codes[:1] == ["gateway-doubt"]
            assert [bench.desk.is_armed, bench.terminal.calls] == [False, []]
            assert (await bench.press(c.SetTradingState, state=TradingState.ACTIVE)).ok
            assert bench.desk.is_armed
            await bench.say(GOLD)
            now = bench.clock.now()
            said = bench.room.said
        after = Bench(tmp_path, at=now + 1000, said=said)
        _noted(after, GatewayNote(fence=2, opening_at=now - 3600_000))
        async with after as bench:
            assert bench.is_active  # the owner has looked at it; it is not asked again
            assert bench.desk.is_armed

    simulated(story)


def test_post_when_older_than_a_quarantined_start_then_not_even_the_owners_yes_sends_it(tmp_path: Path) -> None:
    """It may have been sent from the journal that is lost; only what is posted from now on is sent first (R9)."""

    async def story() -> None:
        first = Bench(tmp_path)
        _noted(first, GatewayNote(fence=1, opening_at=first.clock.now() + 1))
        old = first.post(CALL)
        async with first as bench:
            await asyncio.sleep(2)
            await bench.press(c.SetTradingState, state=TradingState.ACTIVE, wait=0)
            bench.room.say(replace(old, posted_at=old.posted_at - 1))
            await asyncio.sleep(5)
            assert bench.states == [LegState.EXPIRED, LegState.EXPIRED]
            assert "gone back in time" in bench.told(e.LegExpired)[0].text
            await bench.say(GOLD)
            assert bench.states[2:] == [LegState.OPEN, LegState.OPEN]

    simulated(story)


def test_d23_account_when_another_program_takes_it_over_then_trading_halts_and_watching_goes_on(tmp_path: Path) -> None:
    """The gateway has given the right to send to somebody else (R7)."""

    async def story() -> None:
        first = Bench(tmp_path)
        _noted(first, GatewayNote(fence=1))
        async with first as bench:
            await bench.say(CALL)
            _noted(bench, GatewayNote(fence=2, holds=False, opening_at=bench.clock.now()))
            await asyncio.sleep(40)
            assert bench.desk.trading is TradingState.HALTED
            assert "another program" in bench.desk.trading_reason
            assert len(bench.told(e.TradingStateChanged)) == 1
            await bench.quote("EURUSD", 1.0790, wait=3)  # the stop
            assert bench.states == [LegState.CLOSED, LegState.CLOSED]

    simulated(story)


def test_absence_when_the_gateway_lost_its_terminal_in_between_then_it_is_counted_anew(tmp_path: Path) -> None:
    """Each look is clean, and still it was not connected all the time (R4)."""

    async def story() -> None:
        first = Bench(tmp_path, faults=[LoseRequest()])
        _noted(first, GatewayNote(link=1))
        async with first as bench:
            await bench.say("BUY EURUSD NOW\nSL 1.0800\nTP 1.0900")
            await asyncio.sleep(235)
            for link in range(2, 12):
                _noted(bench, GatewayNote(link=link))
                await asyncio.sleep(20)
            assert bench.states == [LegState.UNKNOWN]
            await asyncio.sleep(40)
            assert bench.states == [LegState.UNFILLED]

    simulated(story)
