"""Which events come to the owner, and how loudly: the policy between "tell me" and "leave me alone".

The log has everything. A notice is for what changes money or waits for the owner: alarms may ring, what is held asks, warnings
pass by, and of good news only how trades ended. All are short-lived, because what lasts stands elsewhere on the desk. One event
gives at most one notice, a flood gives few and a count with the loudest first, trades that end together are told together, and
answers to the console's own keys are told where they were asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace
from textual.notifications import SeverityLevel

from signalos_tui.model import events as e
from signalos_tui.model.account import TradingState
from signalos_tui.model.commands import Approve
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState, Trade
from signalos_tui.model.events import Event, Record, Severity
from signalos_tui.model.ids import SignalId
from signalos_tui.narrate import Line, money, narrate, signal_name
from signalos_tui.state import signal_of
from signalos_tui.ui.text import cut, multiple, safe

MOST = 3
"""Notices on the screen at once, and of one batch; more are counted in the last."""
CELLS = 270
"""As much of one event as a notice has room for, in the smallest terminal too; the log has all of it."""
SECONDS: dict[SeverityLevel, float] = {"information": 4.0, "warning": 4.0, "error": 8.0}
_LEVELS: dict[Severity, SeverityLevel] = {
    Severity.INFO: "information",
    Severity.WARNING: "warning",
    Severity.ALARM: "error",
}
_LOUDEST: tuple[SeverityLevel, ...] = ("error", "warning", "information")
_GOOD_NEWS = (e.EngineArmed, e.TradingStateChanged)
ENDED = "ended"
"""The topic of how trades ended."""


class Notice(Struct, frozen=True):
    """A passing notice, harmless. level: how loud. rings: an alarm, for those who want the bell.

    topic: a newer notice with the same one takes its place. signals: the trades whose end it tells.
    """

    text: str
    level: SeverityLevel = "information"
    rings: bool = False
    topic: str = ""
    signals: tuple[SignalId, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it stays."""
        return SECONDS[self.level]


def trading_topic(state: TradingState) -> str:
    """The topic of notices that are true only as long as trading is in this state."""
    return f"trading {state}"


def is_over(topic: str, trading: TradingState) -> bool:
    """Whether a notice on this topic tells of a state of trading that has passed."""
    return topic.startswith("trading ") and topic != trading_topic(trading)


def notices(
    records: Sequence[Record], state: DeskState, *, missed: bool = False, ended: Sequence[SignalId] = ()
) -> tuple[Notice, ...]:
    """What a batch of records is worth telling, the loudest first. state: the desk after them.

    ended: trades whose end stands on the screen already; those that end now are told together with them.
    """
    events = _unanswered([record.event for record in records])
    found = [notice for event in events if (notice := notice_of(event, state)) is not None]
    over = [notice.signals[0] for notice in found if notice.topic == ENDED]
    found = [notice for notice in found if notice.topic != ENDED]
    if over:
        found.append(_together(tuple(dict.fromkeys((*ended, *over))), state))
    if missed:
        found.append(
            Notice("The console could not follow for a moment: the desk is right, the log has what was missed")
        )
    found = [notice for notice in found if not is_over(notice.topic, state.trading)]
    found.sort(key=lambda notice: _LOUDEST.index(notice.level))
    if len(found) <= MOST:
        return tuple(found)
    left = found[MOST - 1 :]
    count = replace(left[0], text=f"and {len(left)} more: the log has them", topic="", signals=())
    return (*found[: MOST - 1], count)


def _unanswered(events: Sequence[Event]) -> list[Event]:
    # What a signal is still held for after the owner's own approval was told him as the answer to it.
    asked = [
        event.command for event in events if isinstance(event, e.CommandAnswered) and event.command.by == "console"
    ]
    told = {command.subject for command in asked if isinstance(command, Approve)}
    return [event for event in events if not (isinstance(event, e.SignalDecided) and event.decision.signal in told)]


def of_account(notice: Notice, account: str, *, is_shown: bool) -> Notice:
    """The notice with its account's name. One of an account that is not shown outlives what it tells: no topic takes it away."""
    if not account:
        return notice
    text = f"{account}: {notice.text}"
    return replace(notice, text=text) if is_shown else replace(notice, text=text, topic="", signals=())


def notice_of(event: Event, state: DeskState) -> Notice | None:
    """What one event is worth telling; None for what the log says well enough."""
    if isinstance(event, e.CommandAnswered):
        return None if event.command.by == "console" else _told(event, state)
    if isinstance(event, e.TradingStateChanged):
        told = None if event.by == "console" else _told(event, state)
        return replace(told, topic=trading_topic(event.state)) if told else None
    if isinstance(event, e.LegClosed):
        return _ended(event, state)
    if isinstance(event, e.SignalDecided | e.UpdateDecided) and event.decision.outcome is not DecisionOutcome.HELD:
        return None
    return _told(event, state)


def _told(event: Event, state: DeskState) -> Notice | None:
    line = narrate(event, state)
    if line is None or (line.severity is Severity.INFO and not isinstance(event, _GOOD_NEWS)):
        return None
    return Notice(_bounded(line), _LEVELS[line.severity], rings=line.severity is Severity.ALARM)


def _bounded(line: Line) -> str:
    # Foreign words may be of any length; what to do stands at the end and is never what they push out.
    remedy = cut(line.remedy, CELLS // 2)
    what = cut(line.text.removesuffix(line.remedy).rstrip(), CELLS - len(remedy))
    return f"{what} {remedy}".rstrip()


def _ended(event: e.LegClosed, state: DeskState) -> Notice | None:
    # A trade ends once: with the last of its legs.
    trade = state.trades.get(signal_of(event.leg))
    if (
        trade is None
        or trade.is_live
        or max(trade.legs, key=lambda leg: (leg.closed_at or 0, leg.number)).id != event.leg
    ):
        return None
    return Notice("", topic=ENDED, signals=(trade.signal,))


def _together(signals: tuple[SignalId, ...], state: DeskState) -> Notice:
    trades: list[Trade] = [state.trades[signal] for signal in signals if signal in state.trades]
    if len(trades) == 1:
        (trade,) = trades
        result = f"{money(trade.realised, state.currency)}  {multiple(state.result_r(trade))}"
        text = f"{trade.symbol} of {signal_name(trade.signal, state)} ended {result}"
    else:
        text = f"{len(trades)} trades ended, {money(sum((trade.realised for trade in trades), Decimal(0)), state.currency)}"
    return Notice(safe(text), topic=ENDED, signals=signals)
