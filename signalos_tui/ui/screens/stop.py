"""STOP: freeze or flatten, with what each of them means for the money that is at work now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from signalos_tui.model.commands import StopMode
from signalos_tui.model.desk import DeskState
from signalos_tui.ui import stakes
from signalos_tui.ui.actions import Fact, counted, in_currency, tone
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.widgets.facts import Facts

CHOICES = (
    Fact("f  Freeze", "At once: nothing new is sent. What is open keeps its stops and targets."),
    Fact("l  Flatten", "Asks once more, then everything is closed at the market and every order cancelled."),
    Fact("", "Resume on the desk trades again.", "muted"),
)
UNSEEN = "unknown: its terminal has not been reached"
FLATTENS = "Everything that is open is closed at the market now, every order is cancelled, and nothing new is sent."

WAITS = "the closes wait until it does"


class StopScreen(Card[StopMode | None]):
    """FREEZE or FLATTEN; None for nothing.

    Freezing costs nothing and can be taken back, so one key does it, as fast as it can be pressed. Flattening cannot, so it is
    asked for by name and then answered like any other dangerous question. With several accounts one key widens it to all of them.
    desks: of every account by its name, () where there is one. is_for_all: what the answer is about.
    """

    DANGEROUS = True
    YES = "Freeze"
    NO = "Flatten"
    FIRST = "#yes"
    AT_ONCE = frozenset({"escape", "f", "a"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "scope", "All accounts", id="stop.scope", tooltip="This account, or all of them"),
        Binding("f", "freeze", "Freeze", id="stop.freeze", tooltip="Send nothing new, leave what is open"),
        Binding("l", "flatten", "Flatten", id="stop.flatten", tooltip="Also close and cancel everything"),
    ]

    def __init__(
        self,
        state: DeskState,
        now: int,
        desks: Callable[[], Mapping[str, DeskState]] = dict,
        *,
        is_for_all: bool = False,
    ) -> None:
        super().__init__(state, now)
        self.is_for_all = is_for_all
        self._desks = desks
        self._choices = Facts(CHOICES, label_width=10, name="choices-explained")
        self._is_flattening = False

    def body(self) -> Iterable[Widget]:
        """What is at work, then what the two do."""
        yield self.facts
        yield self._choices

    def refreshed(self) -> None:
        """The money that is at work now."""
        desks = self._desks()
        self.is_of_account = not self.is_for_all
        facts = at_work_everywhere(desks) if self.is_for_all else at_work(self.state)
        where = f" on all {len(desks)} accounts" if self.is_for_all else ""
        if self._is_flattening:
            self.say(
                f"FLATTEN everything{where}?",
                facts,
                note=FLATTENS,
                verb="Flatten",
                waits="" if self.is_for_all else WAITS,
            )
            return
        if desks:
            other = "a  One" if self.is_for_all else f"a  All {len(desks)}"
            why = (
                f"Only {self.account} instead of all."
                if self.is_for_all
                else f"Every account instead of {self.account}."
            )
            self._choices.show((*CHOICES[:2], Fact(other, why), CHOICES[2]))
        self.say(f"STOP trading{where}?", facts, verb=self.YES)

    def explained(self) -> str:
        """The keys of this step."""
        if self._is_flattening:
            return super().explained()
        scope = f"a {'one' if self.is_for_all else 'all'}, " if self._desks() else ""
        return f"f freeze, l flatten, {scope}Esc no"

    def action_scope(self) -> None:
        """Widen it to all accounts, or take that back."""
        if self._desks() and not self._is_flattening:
            self.is_for_all = not self.is_for_all
            self.refreshed()

    def accept(self) -> None:
        """Freeze, or flatten where that was asked for."""
        self.dismiss(StopMode.FLATTEN if self._is_flattening else StopMode.FREEZE)

    def decline(self) -> None:
        """The second button: ask about flattening, or leave that question."""
        if self._is_flattening:
            self.action_back()
        else:
            self.action_flatten()

    def action_freeze(self) -> None:
        """Freeze now."""
        self.dismiss(StopMode.FREEZE)

    def action_flatten(self) -> None:
        """Ask whether everything shall be closed."""
        if not self._is_flattening:
            self._is_flattening = True
            self._choices.display = False
            self.no.label = Content("Keep")
            self.set_class(True, "-flattening")
            self.refreshed()
            self.no.focus()

    def action_yes(self) -> None:
        """Yes to flattening; before that there is no yes, only two choices."""
        if self._is_flattening:
            super().action_yes()


def _is_unseen(state: DeskState) -> bool:
    # Nothing is known of an account that never answered, and nothing is not none.
    return state.account is None and not state.live_trades


def at_work_everywhere(desks: Mapping[str, DeskState]) -> tuple[Fact, ...]:
    """The same of every account, each in a line; money of different currencies is not added up."""
    facts = []
    for name, state in desks.items():
        if _is_unseen(state):
            facts.append(Fact(name, UNSEEN, "held"))
            continue
        legs = sum(len(trade.open_legs) for trade in state.live_trades)
        orders = sum(len(stakes.waiting(trade)) for trade in state.live_trades)
        parts = [counted(legs, "position")]
        parts += [counted(orders, "pending order")] if orders else []
        parts.append(f"{in_currency(state.open_risk, state)} at risk")
        parts += [] if state.is_running else ["not running: stopped when it comes back"]
        facts.append(Fact(name, ", ".join(parts), "" if state.is_running else "held"))
    return tuple(facts)


def at_work(state: DeskState) -> tuple[Fact, ...]:
    """Positions, orders and money that a stop is about."""
    if _is_unseen(state):
        return (Fact("open", UNSEEN, "held"), Fact("risk", "unknown", "held"))
    live = state.live_trades
    legs = sum(len(trade.open_legs) for trade in live)
    trades = sum(1 for trade in live if trade.open_legs)
    orders = sum(len(stakes.waiting(trade)) for trade in live)
    doubtful = sum(len(stakes.doubtful(trade)) for trade in live)
    results = [stakes.floating(trade, state) for trade in live]
    known = [result for result in results if result is not None]
    facts = [Fact("open", f"{counted(legs, 'position')} in {counted(trades, 'trade')}")]
    if len(known) < len(results):
        facts.append(Fact("result", "not known: a price is missing", "muted"))
    elif legs:
        result = sum(known, Decimal(0))
        facts.append(Fact("result", f"about {in_currency(result, state, sign=True)} if closed now", tone(result)))
    facts.append(Fact("risk", f"{in_currency(state.open_risk, state)} if every stop were hit"))
    if orders:
        facts.append(Fact("orders", f"{counted(orders, 'pending order')}"))
    if doubtful:
        facts.append(Fact("unproven", f"{counted(doubtful, 'leg')}, being looked for", "halted"))
    return tuple(facts)
