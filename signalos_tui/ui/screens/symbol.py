"""Which of the broker's instruments is meant: every one that may be, with its lot, its digits and its spread, under a number.

A key marks one and changes nothing; only the yes after it says so. What waited for the answer goes through every rule again, so
the card says what will follow before it is given.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId
from signalos_tui.model.symbols import Candidate, SymbolView, TradeMode, market
from signalos_tui.narrate import number, signal_name
from signalos_tui.ui.actions import Fact, counted
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.text import cut, price

MOST = 9
"""As many as there are figures to press."""
NAME, WORDS = 24, 80
"""Cells of a name and of the broker's own words."""


class Chosen(NamedTuple):
    """The answer. name: exactly the broker's; None for never."""

    name: str | None


class SymbolScreen(Card[Chosen | None]):
    """The candidates of a market; the answer, or None for nothing."""

    YES = "Choose"
    NO = "Leave it open"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(place), f"mark({place})", f"{place}", show=False, id=f"symbol.{place}", tooltip="Mark this one")
            for place in range(1, MOST + 1)
        ),
        Binding("x", "never", "Never", id="symbol.never", tooltip="Never trade it on this account"),
    ]

    def __init__(self, name: str, state: DeskState, now: int) -> None:
        super().__init__(state, now)
        self._market = name
        self._marked: Chosen | None = None

    @property
    def choices(self) -> tuple[Candidate, ...]:
        """Those that can be chosen, in the order of their numbers."""
        view = self.state.symbols.get(self._market)
        found = view.match.candidates if view is not None else ()
        return tuple(one for one in found if one.listed.mode is TradeMode.FULL)[:MOST]

    def refreshed(self) -> None:
        """The candidates as they are now; one that is gone is marked no longer."""
        view = self.state.symbols.get(self._market)
        if view is None:
            self.say(f"What is {self._market}?", (), problem="The broker's list does not have it any more.")
            return
        choices = self.choices
        marked = self._marked
        if marked is not None and marked.name is not None and all(one.name != marked.name for one in choices):
            self._marked = marked = None
        title = f"Which one is {self._market} on this account?"
        facts = (*self._asked(view), *self._listed(view, choices))
        if marked is None:
            first = "Press the number of the one that is meant, " if choices else ""
            self.say(title, facts, missing=f"{first}x if it is never to be traded here.")
        else:
            self.say(title, facts, note=self._follows(marked), verb="Choose" if marked.name else "Never")

    def explained(self) -> str:
        """Which keys answer now."""
        count = len(self.choices)
        marks = f"1-{count}, x" if count > 1 else "1, x" if count else "x"
        return f"{marks} mark, {'' if self.yes.disabled else 'y yes, '}Esc no"

    def action_mark(self, place: int) -> None:
        """Mark one of them."""
        choices = self.choices
        if place <= len(choices):
            self._marked = Chosen(choices[place - 1].name)
            self.refreshed()

    def action_never(self) -> None:
        """Mark that it is never traded."""
        self._marked = Chosen(None)
        self.refreshed()

    def accept(self) -> None:
        """What is marked."""
        self.dismiss(self._marked)

    # --- words ----------------------------------------------------------------------------------------------------

    def _asked(self, view: SymbolView) -> list[Fact]:
        facts = [Fact("asked by", signal_name(one, self.state)) for one in self._waiting()[:2]]
        if view.lapsed:
            facts.append(Fact("before", view.lapsed, "held"))
        if view.choice is not None:
            facts.append(Fact("now", view.choice.name or "never traded", "accent"))
        elif view.name:
            facts.append(Fact("now", f"{view.name}, the only one that fits", "accent"))
        return facts

    def _listed(self, view: SymbolView, choices: tuple[Candidate, ...]) -> list[Fact]:
        numbers = {one.name: str(place) for place, one in enumerate(choices, 1)}
        marked = self._marked.name if self._marked is not None else None
        facts: list[Fact] = []
        for one in view.match.candidates:
            sign = f"{'›' if one.name == marked else ' '} {numbers.get(one.name, '–')}  {cut(one.name, NAME)}"
            tone = "accent" if one.name == marked else "" if one.name in numbers else "muted"
            facts.append(Fact(sign, figures(one, self.state), tone))
            facts += [Fact("", one.note, "held")] if one.note else []
            facts += [Fact("", words, "muted")] if (words := described(one)) else []
        is_never = self._marked is not None and self._marked.name is None
        facts.append(
            Fact(f"{'›' if is_never else ' '} x  never", "not traded on this account", "accent" if is_never else "")
        )
        return facts

    def _follows(self, marked: Chosen) -> str:
        waiting = len(self._waiting())
        if marked.name is None:
            return f"Signals for {self._market} are denied from now on" + (", also what waits." if waiting else ".")
        if not waiting:
            return f"From now on {self._market} is traded as {marked.name}."
        held = f"{counted(waiting, 'held signal')} {'goes' if waiting == 1 else 'go'}"
        return f"{held} through every rule again, as old as {'it is' if waiting == 1 else 'they are'}, and may be traded at once."

    def _waiting(self) -> list[SignalId]:
        views = self.state.signals.values()
        return [view.id for view in views if view.is_waiting and market(view.signal.symbol or "") == self._market]


def described(one: Candidate) -> str:
    """The broker's own words for it, without its name once more."""
    listed = one.listed
    folder = listed.path.removesuffix(listed.name).rstrip("\\")
    return cut("  ".join(part for part in (listed.description, folder) if part), WORDS)


def figures(one: Candidate, state: DeskState) -> str:
    """What an instrument is sized and priced by, in a line: its spread of now where it is quoted, else that of the list."""
    listed = one.listed
    parts = [f"{number(listed.contract_size)} a lot" if listed.contract_size is not None else "lot not told"]
    parts += [f"{listed.digits} digits"] if listed.digits is not None else []
    quote = state.quotes.get(listed.name)
    spread = quote.spread if quote is not None else listed.spread
    parts.append(f"spread {price(spread, listed.digits)}" if spread is not None else "spread not known")
    return ", ".join(parts)
