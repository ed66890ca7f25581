"""STOP: freeze or flatten, with what each of them means for the money that is at work now."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from signalos_tui.model.commands import StopMode
from signalos_tui.model.desk import DeskState
from signalos_tui.ui import stakes
from signalos_tui.ui.actions import Fact, counted, tone
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.text import money
from signalos_tui.ui.widgets.facts import Facts

CHOICES = (
    Fact("f  Freeze", "Nothing new is sent. What is open keeps its stops and targets."),
    Fact("l  Flatten", "The same, and everything is closed at the market and every order cancelled."),
    Fact("Enter", "Does what is chosen. Resume on the desk trades again.", "muted"),
)


class StopScreen(Card[StopMode | None]):
    """FREEZE or FLATTEN; None for nothing. Two keys for either: choose it, then Enter."""

    DANGEROUS = True
    YES = "Freeze"
    NO = "Flatten"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "choose('yes')", "Freeze", id="stop.freeze", tooltip="Send nothing new, leave what is open"),
        Binding("l", "choose('no')", "Flatten", id="stop.flatten", tooltip="Also close and cancel everything"),
    ]

    def __init__(self, state: DeskState, now: int) -> None:
        super().__init__(state, now)
        self._choices = Facts(CHOICES, label_width=10, name="choices-explained")

    def body(self) -> Iterable[Widget]:
        """What is at work, then what the two do."""
        yield self.facts
        yield self._choices

    def refreshed(self) -> None:
        """The money that is at work now."""
        self.say("STOP trading?", at_work(self.state))

    def accept(self) -> None:
        """Freeze."""
        self.dismiss(StopMode.FREEZE)

    def decline(self) -> None:
        """Flatten: the second button of this card is a choice too."""
        self.dismiss(StopMode.FLATTEN)

    def action_choose(self, button: str) -> None:
        """Put the focus on a choice; Enter does it."""
        self.query_one(f"#{button}").focus()


def at_work(state: DeskState) -> tuple[Fact, ...]:
    """Positions, orders and money that a stop is about."""
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
        facts.append(Fact("result", f"about {money(result, sign=True)} if closed now", tone(result)))
    facts.append(Fact("risk", f"{money(state.open_risk)} if every stop were hit"))
    if orders:
        facts.append(Fact("orders", f"{counted(orders, 'pending order')}"))
    if doubtful:
        facts.append(Fact("unproven", f"{counted(doubtful, 'leg')}, being looked for", "halted"))
    return tuple(facts)
