"""Which events come to the owner, and how loudly: the policy between "tell me" and "leave me alone".

The log has everything. A notice is for what changes money or waits for the owner: alarms stay long and may ring, what is held
asks, warnings pass by, and of good news only how a trade ended. One event gives at most one notice, a flood gives a few and
a count, alarms never fall out of it, and answers to the console's own keys are told where they were asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from textual.notifications import SeverityLevel

from signalos_tui.model import events as e
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Event, Record, Severity
from signalos_tui.narrate import money, narrate, signal_name
from signalos_tui.state import signal_of
from signalos_tui.ui.text import multiple, safe

MOST = 4
"""Notices of one batch; more are counted. Alarms do not count against it."""
_SECONDS = {Severity.INFO: 5.0, Severity.WARNING: 10.0, Severity.ALARM: 45.0}
_LEVELS: dict[Severity, SeverityLevel] = {
    Severity.INFO: "information",
    Severity.WARNING: "warning",
    Severity.ALARM: "error",
}
_GOOD_NEWS = (e.EngineArmed, e.TradingStateChanged, e.NoticeRaised)


class Notice(Struct, frozen=True):
    """A passing notice, harmless. seconds: how long it stays. rings: an alarm, for those who want the bell."""

    text: str
    title: str = ""
    level: SeverityLevel = "information"
    seconds: float = 5.0
    rings: bool = False


def notices(records: Sequence[Record], state: DeskState, *, missed: bool = False) -> tuple[Notice, ...]:
    """What a batch of records is worth telling, alarms first. state: the desk after them."""
    found = [notice for record in records if (notice := notice_of(record.event, state)) is not None]
    alarms = [notice for notice in found if notice.rings]
    others = [notice for notice in found if not notice.rings]
    # What asks something of the owner before what only tells him.
    others.sort(key=lambda notice: notice.level == "information")
    shown = [*alarms, *others[:MOST]]
    left = len(others) - MOST
    if left > 0:
        shown.append(Notice(f"and {left} more: the log has them"))
    if missed:
        shown.append(
            Notice("The console could not follow for a moment: the desk is right, the log has what was missed")
        )
    return tuple(shown)


def notice_of(event: Event, state: DeskState) -> Notice | None:
    """What one event is worth telling; None for what the log says well enough."""
    if isinstance(event, e.CommandAnswered):
        return None if event.command.by == "console" else _told(event, state)
    if isinstance(event, e.LegClosed):
        return _ended(event, state)
    if isinstance(event, e.SignalDecided | e.UpdateDecided) and event.decision.outcome is not DecisionOutcome.HELD:
        return None
    return _told(event, state)


def _told(event: Event, state: DeskState) -> Notice | None:
    line = narrate(event, state)
    if line is None or (line.severity is Severity.INFO and not isinstance(event, _GOOD_NEWS)):
        return None
    held = isinstance(event, e.SignalDecided | e.UpdateDecided) and line.severity is Severity.WARNING
    return Notice(
        safe(line.text),
        "Held: waits for you" if held else "",
        _LEVELS[line.severity],
        _SECONDS[line.severity],
        rings=line.severity is Severity.ALARM,
    )


def _ended(event: e.LegClosed, state: DeskState) -> Notice | None:
    # A trade ends once: with the last of its legs.
    trade = state.trades.get(signal_of(event.leg))
    if (
        trade is None
        or trade.is_live
        or max(trade.legs, key=lambda leg: (leg.closed_at or 0, leg.number)).id != event.leg
    ):
        return None
    result = trade.realised
    text = (
        f"{trade.symbol} of {signal_name(trade.signal, state)} ended {money(result)}  {multiple(state.result_r(trade))}"
    )
    return Notice(safe(text), level="information", seconds=8.0)
