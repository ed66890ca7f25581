"""Stop and target of a trade, typed and checked against the market with every key, in money before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input

from signalos_tui.model.desk import DeskState, LegView, Trade
from signalos_tui.model.ids import SignalId
from signalos_tui.narrate import signal_name
from signalos_tui.ui import stakes
from signalos_tui.ui.actions import NEEDS_PRICE, Fact, Refusal, Selection, live_trade, money_fact
from signalos_tui.ui.phrases import stop_of
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.screens.entry import Field, figure

FAR = Decimal("0.5")
"""A level further from the price than this share of it is a lost digit."""


class Modification(Struct, frozen=True):
    """What to move. stop, target: the new price, None to leave it. number: which target, None for all."""

    stop: Decimal | None
    target: Decimal | None
    number: int | None


class Typed(NamedTuple):
    """The fields as typed."""

    stop: str
    target: str
    number: str


class Checked(NamedTuple):
    """The typed fields against trade and market. problem: why it cannot be sent, "" when it can."""

    wanted: Modification
    facts: tuple[Fact, ...]
    problem: str


class ModifyScreen(Card[Modification | None]):
    """A new stop, a new target, or both; None for nothing."""

    FIRST = "#stop"
    YES = "Move"

    def __init__(self, signal: SignalId, state: DeskState, now: int) -> None:
        super().__init__(state, now)
        self._signal = signal
        trade = state.trades.get(signal)
        legs = modifiable(trade) if trade else ()
        targets = {leg.number: leg.target or leg.plan.target for leg in legs}
        first = next((target for target in targets.values() if target), None)
        self._stop = Field(
            "stop", name="stop", hint=self._hint(stop_of(trade)[0] if trade else None), after="empty leaves it"
        )
        self._target = Field("target", name="target", hint=self._hint(first), after="empty leaves it")
        numbers = ", ".join(str(number) for number in targets)
        self._number = Field("which target", name="number", hint="all", after=f"{numbers}; empty for all", keys=r"\d*")
        self._number.display = len(targets) > 1

    def _hint(self, level: Decimal | None) -> str:
        trade = self.state.trades.get(self._signal)
        return stakes.quoted(level, self.state, trade.symbol) if trade else ""

    def body(self) -> Iterable[Widget]:
        """The fields above what they mean."""
        yield Vertical(self._stop, self._target, self._number, id="fields")
        yield self.facts

    @property
    def typed(self) -> Typed:
        """The fields as they stand."""
        return Typed(self._stop.text, self._target.text, self._number.text if self._number.display else "")

    def refreshed(self) -> None:
        """What the typed levels would mean."""
        trade = live_trade(self.state, Selection(trade=self._signal))
        if isinstance(trade, Refusal):
            self.say("No longer possible", (), problem=trade.text)
            return
        checked = check(trade, self.state, self.typed)
        name = Fact("trade", f"{trade.symbol} {trade.side.upper()}  {signal_name(trade.signal, self.state)}")
        missing = "" if any(self.typed[:2]) else "Type a new stop, a new target, or both."
        title, facts = f"Stop and target of {trade.symbol}", (name, *checked.facts)
        self.say(title, facts, missing=missing, problem=checked.problem, waits=NEEDS_PRICE)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check it while it is typed."""
        event.stop()
        self.refreshed()

    def accept(self) -> None:
        """The levels, checked once more against the desk of this moment."""
        trade = live_trade(self.state, Selection(trade=self._signal))
        if not isinstance(trade, Refusal):
            self.dismiss(check(trade, self.state, self.typed).wanted)


def modifiable(trade: Trade) -> tuple[LegView, ...]:
    """The legs whose levels can be moved: open ones and pending orders."""
    return (*trade.open_legs, *stakes.waiting(trade))


def check(trade: Trade, state: DeskState, typed: Typed) -> Checked:
    """The typed levels as a modification, what they mean in money, and the first thing that is wrong with them."""
    stop, target = figure(typed.stop), figure(typed.target)
    number = int(typed.number) if typed.number.isdigit() else None
    wanted = Modification(stop, target, number if target is not None else None)
    now = _reference(trade, state)
    away = partial(_misplaced, now=now, quoted=partial(stakes.quoted, state=state, symbol=trade.symbol))
    bad_stop = _unreadable("stop", typed.stop, stop) or away("stop", stop, direction=-trade.side.sign)
    bad_target = _unreadable("target", typed.target, target) or away("target", target, direction=trade.side.sign)
    no_price = "" if now else f"{trade.symbol} has no price: try again when quotes return"
    problems = (bad_stop, bad_target, no_price, _unknown_number(trade, number, target))
    sound = replace(wanted, stop=None if bad_stop else stop, target=None if bad_target else target)
    facts = _meaning(trade, state, sound, now)
    return Checked(wanted, facts, next((problem for problem in problems if problem), ""))


def _reference(trade: Trade, state: DeskState) -> Decimal | None:
    # Levels of a position stand around the price, those of an order around its entry.
    if trade.open_legs:
        return stakes.closing_price(trade, state)
    return next((leg.plan.entry for leg in stakes.waiting(trade) if leg.plan.entry is not None), None)


def _meaning(trade: Trade, state: DeskState, wanted: Modification, now: Decimal | None) -> tuple[Fact, ...]:
    current, _ = stop_of(trade)
    quoted = partial(stakes.quoted, state=state, symbol=trade.symbol)
    facts = [Fact("price" if trade.open_legs else "entry", quoted(now))]
    if wanted.stop is not None:
        facts.append(Fact("stop", f"{quoted(current)} to {quoted(wanted.stop)}"))
    else:
        facts.append(Fact("stop", f"stays at {quoted(current)}"))
    if trade.open_legs:
        stops = None if wanted.stop is None else {leg.id: wanted.stop for leg in trade.open_legs}
        facts.append(money_fact("at stop", trade, stakes.result_at_stops(trade, state, stops), state))
    for leg in modifiable(trade):
        before = leg.target if leg.target is not None else leg.plan.target
        if wanted.target is not None and wanted.number in (None, leg.number):
            facts.append(Fact(f"target {leg.number}", f"{quoted(before)} to {quoted(wanted.target)}"))
        elif before is not None:
            facts.append(Fact(f"target {leg.number}", f"stays at {quoted(before)}"))
    return tuple(facts)


def _unreadable(name: str, typed: str, value: Decimal | None) -> str:
    return f'The {name} was "{typed}": one figure, like 2345.50' if typed and value is None else ""


def _misplaced(
    name: str, level: Decimal | None, *, now: Decimal | None, direction: int, quoted: Callable[[Decimal | None], str]
) -> str:
    if level is None or now is None:
        return ""
    if abs(level - now) > now * FAR:
        return f"The {name} {level:f} is far from {quoted(now)}: a lost digit?"
    if (level - now) * direction <= 0:
        return f"The {name} {level:f} must be {'above' if direction > 0 else 'below'} {quoted(now)}"
    return ""


def _unknown_number(trade: Trade, number: int | None, target: Decimal | None) -> str:
    known = [leg.number for leg in modifiable(trade)]
    if number is None or target is None or number in known:
        return ""
    return f"There is no target {number}: {', '.join(map(str, known))}"
