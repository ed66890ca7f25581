"""Events the tests write: a post, its reading, a decision, and the life of one leg."""

from __future__ import annotations

from decimal import Decimal

from signalos_tui.model import events as e
from signalos_tui.model.commands import CloseTrade, Outcome
from signalos_tui.model.decisions import Decision, DecisionOutcome
from signalos_tui.model.ids import ChannelId, LegId, Magic, SignalId, Ticket, leg_id, signal_id
from signalos_tui.model.messages import Channel, Message
from signalos_tui.model.orders import CloseReason, Plan, PlannedLeg, TradeRequest
from signalos_tui.model.signals import OrderKind, Reading, ReadingKind, ReadingVerdict, Reason, Side, Signal

AT = 1_767_603_600_000
GOLD = ChannelId("tg:-1001")


def notice(text: str = "something", code: str = "test") -> e.NoticeRaised:
    """A notice, which no projection remembers."""
    return e.NoticeRaised(e.Severity.INFO, code, text)


def post(number: int, text: str = "BUY XAUUSD", channel: ChannelId = GOLD) -> Message:
    """One post."""
    return Message(channel, number, AT, text)


def received(number: int, text: str = "BUY XAUUSD", channel: ChannelId = GOLD) -> e.MessageReceived:
    """A post came in."""
    message = post(number, text, channel)
    return e.MessageReceived(message, message.content)


def signal_of(number: int, channel: ChannelId = GOLD) -> SignalId:
    """The first signal of a post."""
    return signal_id(post(number, channel=channel).key, 1)


def leg_of(number: int, leg: int = 1) -> LegId:
    """A leg of the first signal of a post."""
    return leg_id(signal_of(number), leg)


def followed(title: str = "Gold VIP", channel: ChannelId = GOLD) -> e.ChannelFollowed:
    """A channel with its title."""
    return e.ChannelFollowed(Channel(channel, title))


def read(number: int) -> e.MessageRead:
    """A post read as one signal to buy gold."""
    reading = Reading(
        ReadingKind.SIGNAL, ReadingVerdict.ACT, 0.99, signals=(Signal(number=1, side=Side.BUY, symbol="XAUUSD"),)
    )
    return e.MessageRead(post(number).key, 0, reading)


def planned(number: int = 1, volume: str = "0.10") -> PlannedLeg:
    """A leg at market with a stop and a target."""
    return PlannedLeg(number, OrderKind.MARKET, Decimal(volume), None, Decimal(2335), Decimal(2350), Decimal(50))


def decided(number: int, outcome: DecisionOutcome = DecisionOutcome.ACCEPTED, *codes: str) -> e.SignalDecided:
    """The rules' answer to the signal of a post."""
    plan = Plan(signal_of(number), "XAUUSD.m", Side.BUY, (planned(),), Decimal(50))
    reasons = tuple(Reason(code, f"because of {code}") for code in codes)
    return e.SignalDecided(Decision(signal_of(number), outcome, (), reasons, plan))


def intended(number: int, leg: int = 1, magic: int | None = None) -> e.IntentRecorded:
    """A leg that may be sent."""
    value = Magic(number * 100 + leg if magic is None else magic)
    return e.IntentRecorded(
        leg_of(number, leg), signal_of(number), value, "XAUUSD.m", Side.BUY, planned(leg), AT, 30_000
    )


def sending(number: int, attempt: int = 1, leg: int = 1) -> e.LegSending:
    """The request is about to leave."""
    return e.LegSending(leg_of(number, leg), attempt, TradeRequest(action=1, symbol="XAUUSD.m", volume=Decimal("0.10")))


def opened(number: int, leg: int = 1) -> e.LegOpened:
    """The position is open."""
    return e.LegOpened(leg_of(number, leg), Ticket(7), Decimal("0.10"), Decimal("2343.10"))


def reduced(number: int, profit: str = "12.10") -> e.LegReduced:
    """Half of it was closed."""
    return e.LegReduced(
        leg_of(number), Decimal("0.05"), Decimal("0.05"), Decimal(2350), Decimal(profit), CloseReason.TARGET, Ticket(8)
    )


def closed(number: int, profit: str = "30.25", leg: int = 1) -> e.LegClosed:
    """The position is gone."""
    return e.LegClosed(
        leg_of(number, leg), Decimal("0.05"), Decimal(2350), Decimal(profit), CloseReason.TARGET, Ticket(9)
    )


def answered(key: str = "key-1", number: int = 1) -> e.CommandAnswered:
    """A command and its answer."""
    return e.CommandAnswered(CloseTrade(key=key, issued_at=AT, signal=signal_of(number)), Outcome(True, "closing"))


def life(number: int) -> list[e.Event]:
    """A post from its arrival to the end of its leg."""
    return [
        received(number),
        read(number),
        decided(number),
        intended(number),
        sending(number),
        opened(number),
        reduced(number),
        closed(number),
        answered(f"key-{number}", number),
    ]
