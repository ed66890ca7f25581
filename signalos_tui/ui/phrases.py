"""Signals, updates and trades in the few words that fit into a table: what they ask for, and what became of them.

One place, so that the desk, the trace and the dialogs say the same thing about the same signal. Texts of rules and sources may
be foreign; whoever paints them makes them harmless (`text.plain`, the grid).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from signalos_tui.model.decisions import NOTHING_DONE, DecisionOutcome, Effect
from signalos_tui.model.desk import DeskState, LegView, Post, SignalView, Trade, UpdateView
from signalos_tui.model.orders import LegState
from signalos_tui.model.signals import (
    Distance,
    Level,
    Number,
    Open,
    OrderKind,
    Reading,
    ReadingVerdict,
    Signal,
    Unit,
    Update,
    UpdateAction,
    in_one_line,
)
from signalos_tui.narrate import opinion_words
from signalos_tui.ui.text import NOTHING, money, multiple, price, share

_UNITS = {Unit.PIPS: " pips", Unit.POINTS: " pts", Unit.PERCENT: " %", Unit.R: "R"}
ACTIONS = {
    UpdateAction.CLOSE: "close",
    UpdateAction.CLOSE_PARTIAL: "close part",
    UpdateAction.BREAKEVEN: "break-even",
    UpdateAction.MOVE_SL: "move SL",
    UpdateAction.MOVE_TP: "move TP",
    UpdateAction.CANCEL: "cancel",
    UpdateAction.REOPEN: "re-enter",
    UpdateAction.ADD: "add",
    UpdateAction.INFO: "report",
    UpdateAction.CONDITIONAL: "condition",
}
"""What each action is called."""


class Said(NamedTuple):
    """What became of something: a sign, the words and their tone. The sign alone tells the kind, without colour."""

    sign: str
    text: str
    tone: str


# --- what is asked for --------------------------------------------------------------------------------------------


def level(value: Level | None) -> str:
    """A price or a distance as short as it goes."""
    match value:
        case Number():
            return price(value.value)
        case Distance():
            return f"{price(value.value)}{_UNITS[value.unit]}"
        case Open():
            return "open"
    return NOTHING


def entry(signal: Signal, width: int = 0) -> str:
    """Where it wants in: "2340-2345", "limit 42480", "market". width: cells to save when it is longer, "3413.05-18.5"."""
    prices = "-".join(price(number.value) for number in signal.entry)
    if 0 < width < len(prices) and len(signal.entry) == 2:
        first, second = (price(number.value) for number in signal.entry)
        prices = f"{first}-{_without_head(first, second)}"
    if signal.order in (OrderKind.LIMIT, OrderKind.STOP):
        return f"{signal.order} {prices}".rstrip()
    return prices or "market"


def _without_head(first: str, second: str) -> str:
    # As traders write a zone: what both prices begin with stands once, two whole digits or three decimals always stay.
    if len(first.partition(".")[0]) != len(second.partition(".")[0]):
        return second
    pairs = enumerate(zip(first, second, strict=False))
    same = next((place for place, (a, b) in pairs if a != b), min(len(first), len(second)))
    whole = second.find(".") if "." in second else len(second)
    return second[min(same, whole - 2) :] if same <= whole else second[min(same, len(second) - 3) :]


def levels(values: Sequence[Level], width: int) -> str:
    """As many targets as fit into `width` cells: "2350 2360 +1"."""
    texts = [level(value) for value in values]
    whole = " ".join(texts)
    if not texts or len(whole) <= width:
        return whole or NOTHING
    for kept in range(len(texts) - 1, 0, -1):
        shorter = f"{' '.join(texts[:kept])} +{len(texts) - kept}"
        if len(shorter) <= width:
            return shorter
    return texts[0]


def asked(update: Update) -> str:
    """What an update wants: "close 50 %", "move SL"."""
    if update.fraction is not None and update.action in (UpdateAction.CLOSE, UpdateAction.CLOSE_PARTIAL):
        return f"close {share(update.fraction)}"
    return ACTIONS[update.action]


def second_said(post: Post | None) -> tuple[Said, ...]:
    """What the second reader says of a post: its suggestion and how it compares, or why there is none; () when not asked."""
    opinion = post.second if post is not None else None
    if opinion is None:
        return ()
    shade = "muted" if opinion.reading is None else "" if opinion.agrees else "held"
    return (Said("", opinion_words(opinion), shade),)


def meant(reading: Reading) -> str:
    """Everything a post asks for: "BUY XAUUSD 2340-2345 SL 2335 TP 2350 2360"; "noise" when it asks for nothing."""
    return "; ".join([*map(_called, reading.signals), *map(_followed, reading.updates)]) or "noise"


def _called(signal: Signal) -> str:
    side = signal.side.upper() if signal.side else "no side"
    stop = f" SL {level(signal.stop)}" if signal.stop else ""
    targets = f" TP {' '.join(map(level, signal.targets))}" if signal.targets else ""
    return f"{side} {signal.symbol or '?'} {entry(signal)}{stop}{targets}"


def _followed(update: Update) -> str:
    which = "" if update.action is UpdateAction.MOVE_TP else " target "
    number = f"{which}{update.target}" if update.target is not None else ""
    where = f" {level(update.price)}" if update.price else ""
    return f"{update.symbol or ''} {asked(update)}{number}{where}".strip()


def reading_said(reading: Reading) -> Said:
    """What the reader makes of a post: what it would do, why it asks, or that it passes it over."""
    if reading.verdict is ReadingVerdict.ACT:
        return Said("✓", meant(reading), "strong")
    if reading.verdict is ReadingVerdict.HOLD:
        return Said("?", f"held: {reading.reasons[0].text if reading.reasons else meant(reading)}", "held")
    return Said("·", meant(reading), "muted")


# --- what became of it --------------------------------------------------------------------------------------------


def signal_said(view: SignalView, state: DeskState) -> Said:
    """The answer to a signal: held, denied or rejected with the reason, or how its trade stands."""
    if view.rejected:
        return Said("–", view.rejected, "muted")
    if view.decision is None:
        return Said("…", "being decided", "muted")
    reason = in_one_line(view.decision.reasons)
    if view.decision.outcome is DecisionOutcome.HELD:
        return Said("?", f"held: {reason}", "held")
    if view.decision.outcome is DecisionOutcome.DENIED:
        return Said("×", f"denied: {reason}", "denied")
    trade = state.trades.get(view.id)
    return trade_said(trade) if trade else Said("✓", "accepted", "")


SENTENCE = 44
"""Cells in which most reasons have room."""


def brief(view: SignalView, state: DeskState, width: int) -> Said:
    """The same for `width` cells beside others: the sign says held or denied, and the first rule where no sentence has room."""
    said = signal_said(view, state)
    if said.sign not in ("?", "×") or view.decision is None:
        return said
    sentence = said.text.partition(": ")[2]
    rules = [one.rule.replace("_", " ") for one in view.decision.verdicts if one.effect is not Effect.PASS]
    return said._replace(text=sentence if width >= SENTENCE or not rules else rules[0])


def update_said(view: UpdateView, state: DeskState) -> Said:
    """The answer to an update."""
    if view.rejected:
        return Said("–", view.rejected, "muted")
    if view.decision is None:
        return Said("…", "being decided", "muted")
    reason = in_one_line(view.decision.reasons)
    if view.decision.outcome is DecisionOutcome.HELD:
        return Said("?", f"held: {reason}", "held")
    if view.decision.outcome is DecisionOutcome.DENIED:
        return Said("×", f"denied: {reason}", "denied")
    idle = sum(1 for one in view.decision.reasons if one.code == NOTHING_DONE)
    count = len(view.decision.signals) - idle
    if idle and count <= 0:
        return Said("–", f"nothing done: {reason}", "muted")
    return Said("✓", f"done for {count} trade{'s' * (count != 1)}{f', nothing for {idle}' if idle else ''}", "")


def trade_said(trade: Trade) -> Said:
    """How a trade stands: doubt first, then what is open, what waits, how it ended."""
    doubtful = _count(trade, LegState.UNKNOWN, LegState.SENT)
    if doubtful:
        return Said("‼", f"{doubtful} of {_legs(len(trade.legs))} unproven, being looked for", "halted")
    if not trade.legs or _count(trade, LegState.INTENT, LegState.SENDING):
        return Said("…", "being sent", "muted")
    if trade.open_legs:
        done = _count(trade, LegState.CLOSED)
        filled = len(trade.open_legs) + done
        return Said("✓", f"filled {filled}, {done} closed" if done else f"filled {_legs(filled)}", "strong")
    waiting = _count(trade, LegState.PLACED)
    if waiting:
        return Said("○", f"waiting, {waiting} order{'s' * (waiting != 1)}", "accent")
    if trade.was_opened:
        tone = "profit" if trade.realised >= 0 else "loss"
        return Said("●", f"closed {money(trade.realised, sign=True)} {multiple(result_r(trade, trade.realised))}", tone)
    refused = next((leg for leg in trade.legs if leg.state is not LegState.CLOSED), None)
    return Said("×", f"not opened: {refused.state if refused else 'no legs'}", "denied")


# --- money --------------------------------------------------------------------------------------------------------


def result_r(trade: Trade, result: Decimal) -> Decimal | None:
    """A result in units of the trade's planned risk; None when it risked nothing measurable."""
    return result / trade.risk if trade.risk else None


def opened_at(trade: Trade) -> Decimal | None:
    """The average opening price of a trade, as fine as its legs' own prices; None before one was opened.

    An average has endless digits, and a price nobody was quoted would only be looked at twice.
    """
    average = trade.price_open
    if average is None:
        return None
    exponents = [leg.price_open.as_tuple().exponent for leg in trade.legs if leg.price_open is not None]
    return average.quantize(Decimal(1).scaleb(min(exponent for exponent in exponents if isinstance(exponent, int))))


def stop_of(trade: Trade) -> tuple[Decimal | None, bool]:
    """The stop farthest from the price among the live legs, and whether every one guards at least its own opening price."""
    legs = [leg for leg in trade.legs if leg.is_live]
    stops = [leg.stop for leg in legs if leg.stop is not None] or [
        leg.plan.stop for leg in legs if leg.plan.stop is not None
    ]
    if not stops:
        return None, False
    # The farthest one is what can still be lost, so that one is shown.
    stop = min(stops, key=lambda value: value * trade.side.sign)
    return stop, all(_is_guarded(leg) for leg in legs)


def _is_guarded(leg: LegView) -> bool:
    # Legs of one signal are filled at prices of their own, and each stop goes to the price of its leg.
    return leg.stop is not None and leg.price_open is not None and (leg.stop - leg.price_open) * leg.side.sign >= 0


def targets_of(trade: Trade) -> tuple[tuple[int, Decimal], ...]:
    """The numbered targets of a trade's legs, where the broker has them or as planned."""
    return tuple((leg.number, target) for leg in trade.legs if (target := _target(leg)) is not None)


def _target(leg: LegView) -> Decimal | None:
    return leg.target if leg.is_open and leg.target is not None else leg.plan.target


def _count(trade: Trade, *states: LegState) -> int:
    return sum(1 for leg in trade.legs if leg.state in states)


def _legs(count: int) -> str:
    return f"{count} leg{'s' * (count != 1)}"
