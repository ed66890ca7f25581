"""The owner hears of what changes money or waits for him, once, and a flood does not drown an alarm."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from signalos_tui.execute.retcodes import text_of, words_of
from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Outcome, PauseChannel
from signalos_tui.model.events import Event, Record, Severity
from signalos_tui.model.ids import ChannelId, LegId, MessageKey, SignalId, Ticket
from signalos_tui.model.messages import Health
from signalos_tui.model.orders import CloseReason
from signalos_tui.ui.notices import MOST, notice_of, notices
from tests.scenarios import load
from tests.ui.stage import DENIED, GOLD, HELD, desk

WARNING = e.NoticeRaised(Severity.WARNING, "quiet", "Crypto K has been quiet", "Check it")
ALARM = e.NoticeRaised(Severity.ALARM, "disk", "The disk is full", "Free some space")


def records(*events: Event) -> list[Record]:
    """Events as journalled one after another."""
    return [Record(number, number, event) for number, event in enumerate(events, 1)]


def decided(signal: SignalId) -> e.SignalDecided:
    """The decision of a signal on the desk, as an event."""
    view = desk().signals[signal]
    assert view.decision is not None
    return e.SignalDecided(view.decision)


def test_a_held_signal_when_it_comes_then_the_owner_is_asked() -> None:
    notice = notice_of(decided(HELD), desk())
    assert notice is not None
    assert ": held: " in notice.text
    assert notice.level == "warning"


def test_a_channel_when_its_messenger_is_only_being_reached_then_nobody_is_told_until_it_is_blind() -> None:
    first = next(iter(desk().channels))
    assert notice_of(e.ChannelHealthChanged(first, Health.CONNECTING, "not yet"), desk()) is None
    told = notice_of(e.ChannelHealthChanged(first, Health.BLIND, "no answer"), desk())
    assert told is not None
    assert told.level == "warning"


@pytest.mark.parametrize("signal", [DENIED, GOLD])
def test_a_denied_or_accepted_signal_when_it_comes_then_the_desk_is_enough(signal: SignalId) -> None:
    assert notice_of(decided(signal), desk()) is None


def test_an_alarm_when_it_comes_then_it_rings_and_stays_a_little_longer() -> None:
    notice = notice_of(e.LegUnknown(LegId(f"{GOLD}.1"), 10012, "timed out"), desk())
    assert notice is not None
    assert (notice.level, notice.rings) == ("error", True)
    assert notice.seconds == 8


@pytest.mark.parametrize("kind", [e.LegRejected, e.LegUnknown])
def test_a_result_code_when_told_then_once(kind: Callable[[LegId, int, str], Event]) -> None:
    notice = notice_of(kind(LegId(f"{GOLD}.1"), 10015, text_of(10015)), desk())
    assert notice is not None
    assert notice.text.count("10015") == 1
    assert notice.text.count(words_of(10015).what) == 1


def test_our_own_command_when_answered_then_it_was_told_already_and_anothers_is_told_when_it_failed() -> None:
    command = PauseChannel(key="k", issued_at=1, channel=ChannelId("tg:-1001401"))
    failed = Outcome(ok=False, text="no")
    assert notice_of(e.CommandAnswered(command, failed), desk()) is None
    assert notice_of(e.CommandAnswered(replace(command, by="bot:42"), failed), desk()) is not None


def test_a_trade_when_its_last_leg_closes_then_its_result_is_told_once() -> None:
    trade = desk().trades[GOLD]
    closed = [leg.id for leg in trade.legs]
    ended = replace(
        trade,
        legs=tuple(
            replace(leg, state="closed", closed_at=number, profit=Decimal(10)) for number, leg in enumerate(trade.legs)
        ),
    )
    state = replace(desk(), trades={GOLD: ended})
    events = [e.LegClosed(leg, Decimal(1), Decimal(1), Decimal(10), CloseReason.TARGET, Ticket(1)) for leg in closed]
    told = notices(records(*events), state)
    assert [notice.text for notice in told] == ["XAUUSD of Gold VIP #2041 ended +30.00  +0.3R"]
    assert notices(records(*events[:2]), desk()) == ()


def test_a_flood_when_it_comes_then_alarms_are_first_and_the_rest_is_counted() -> None:
    told = notices(records(*[WARNING] * 20, ALARM, e.EngineArmed(1, 0)), desk())
    assert told[0].text.startswith("The disk is full")
    assert len(told) == MOST
    assert told[-1].text == "and 20 more: the log has them"
    assert not told[-1].rings


def test_a_flood_of_alarms_when_it_comes_then_their_count_rings_too() -> None:
    told = notices(records(*[ALARM] * 12, WARNING), desk())
    assert len(told) == MOST
    assert (told[-1].text, told[-1].level, told[-1].rings) == ("and 11 more: the log has them", "error", True)


def test_what_is_so_already_when_told_then_only_in_the_log() -> None:
    assert notice_of(e.NoticeRaised(Severity.INFO, "update-not-done", "buy XAUUSD: nothing done"), desk()) is None


def test_trades_when_they_end_together_then_one_notice_tells_them() -> None:
    ended = {
        SignalId(f"tg:1/{number}#1"): replace(
            desk().trades[GOLD],
            signal=SignalId(f"tg:1/{number}#1"),
            legs=tuple(
                replace(
                    leg, id=LegId(f"tg:1/{number}#1.{n}"), state="closed", closed_at=number, profit=Decimal("-0.25")
                )
                for n, leg in enumerate(desk().trades[GOLD].legs[:1], 1)
            ),
        )
        for number in range(18)
    }
    state = replace(desk(), trades=ended)
    closed = [
        e.LegClosed(trade.legs[0].id, Decimal(1), Decimal(1), Decimal(1), CloseReason.FLATTEN, Ticket(1))
        for trade in ended.values()
    ]
    (first,) = notices(records(*closed[:5]), state)
    assert first.text == "5 trades ended, -1.25"
    (rest,) = notices(records(*closed[5:]), state, ended=first.signals)
    assert rest.text == "18 trades ended, -4.50"
    assert rest.topic == first.topic


def test_a_console_when_it_fell_behind_then_it_says_so() -> None:
    assert "could not follow" in notices((), desk(), missed=True)[0].text


def test_a_notice_when_its_words_are_foreign_then_they_are_harmless() -> None:
    channel = desk().channels[ChannelId("tg:-1001401")]
    hostile = replace(channel, channel=replace(channel.channel, title="\x1b[6n[SL]\u202e"))
    state = replace(desk(), channels={channel.channel.id: hostile})
    notice = notice_of(e.MessageDeleted(MessageKey("tg:-1001401/2041")), state)
    assert notice is not None
    assert notice.text == "␛[6n[SL] #2041 was deleted"


def test_trading_when_it_changes_then_it_is_told_both_ways() -> None:
    stopped = notice_of(e.TradingStateChanged(TradingState.HALTED, "stopped", "bot"), desk())
    resumed = notice_of(e.TradingStateChanged(TradingState.ACTIVE, "set", "bot"), desk())
    assert stopped is not None
    assert resumed is not None
    assert (stopped.rings, resumed.rings) == (True, False)


def test_a_whole_day_when_told_then_few_of_its_events_are_notices() -> None:
    recorded = [record for record in load("desk") if record.seq]
    told = [notice for record in recorded if (notice := notice_of(record.event, desk()))]
    assert 0 < len(told) < len(recorded) / 6
