"""How much of a trade to close, with the money of that part while it is typed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from textual.widget import Widget
from textual.widgets import Input

from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId
from signalos_tui.ui.actions import Refusal, Selection, close
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.screens.entry import Field, part


class PartScreen(Card[Decimal | None]):
    """A part, above 0 and at most 1; None for nothing."""

    DANGEROUS = True
    FIRST = "#part"
    YES = "Close"

    def __init__(self, signal: SignalId, state: DeskState, now: int) -> None:
        super().__init__(state, now)
        self._signal = signal
        self._field = Field("close", name="part", value="25", after="%  or a part: 1/3", keys=r"[\d.,/ %]*")

    def body(self) -> Iterable[Widget]:
        """The part above what it means."""
        yield self._field
        yield self.facts

    @property
    def chosen(self) -> Decimal | None:
        """The part as typed."""
        return part(self._field.text)

    def refreshed(self) -> None:
        """What the typed part would close."""
        fraction = self.chosen
        answer = close(self.state, Selection(trade=self._signal), fraction or Decimal(1))
        if isinstance(answer, Refusal):
            self.say("No longer possible", (), problem=answer.text)
        elif not self._field.text:
            self.say("Close a part?", answer.facts[:1], missing="Type which part: 25 for a quarter, or 1/4.")
        elif fraction is None:
            problem = f'The part was "{self._field.text}": a figure above 0 and at most 100, or 1/3'
            self.say("Close a part?", answer.facts[:1], problem=problem)
        else:
            self.say("Close a part?", answer.facts, note=answer.warning, verb=answer.verb, waits=answer.waits)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show it while it is typed."""
        event.stop()
        self.refreshed()

    def accept(self) -> None:
        """The part."""
        self.dismiss(self.chosen)
