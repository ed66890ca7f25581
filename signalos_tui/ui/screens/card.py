"""The dialog all others are: a card in the middle of the screen that says what a key would do and lets one of two happen.

A card shows the desk as it is, not as it was when the key was pressed: `show` runs with every change, and when what was asked
for has become impossible meanwhile, the button says so and cannot be pressed (reference: reliability G5). Nothing that moves
money is where an Enter falls by itself: the focus begins on the way out, a figure that was typed only leads on to the question,
and the yes is a letter of its own. What was typed before the card could be read is not taken for an answer to it; Escape is,
because it always means that nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from signalos_tui.model.desk import DeskState
from signalos_tui.ui.actions import Fact
from signalos_tui.ui.outage import outage
from signalos_tui.ui.text import plain
from signalos_tui.ui.widgets.facts import Facts

R = TypeVar("R")


class Card(ModalScreen[R], Generic[R]):
    """Title, facts, a warning or problem, and the two choices. Subclasses fill them in `refreshed` and answer in `accept`."""

    CSS_PATH: ClassVar[str | list[str]] = "card.tcss"  # type: ignore[assignment]
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-normal")]  # noqa: RUF012 (an instance variable in Textual)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "yes", "Yes", id="card.yes", tooltip="Do it"),
        Binding("n", "back", "No", id="card.no", tooltip="Do nothing"),
        Binding("escape", "back", "Back", id="card.back", tooltip="Nothing happens"),
        Binding("up", "scroll(-1)", "Up", show=False, id="card.up", tooltip="Scroll up"),
        Binding("down", "scroll(1)", "Down", show=False, id="card.down", tooltip="Scroll down"),
        Binding("left,right", "other", "Other button", show=False, id="card.other", tooltip="The other button"),
    ]
    DANGEROUS: ClassVar[bool] = False
    FIRST: ClassVar[str] = "#no"
    """Where the focus begins: the way out, or the line to type into."""
    AT_ONCE: ClassVar[frozenset[str]] = frozenset({"escape"})
    """Keys that are safe to act on even when they were pressed before the card could be read."""
    TYPED_AHEAD_S: ClassVar[float] = 0.25
    YES: ClassVar[str] = "Yes"
    NO: ClassVar[str] = "Back"

    def __init__(self, state: DeskState, now: int) -> None:
        super().__init__()
        self.state = state
        self.now = now
        self.account = ""
        """Whose question it is; "" where there is one account."""
        self.is_of_account = True
        """It is about that account alone, and its title says so."""
        self.quote_age_s = 20.0
        """After so long without a word the terminal does not answer."""
        self.frame = VerticalScroll(id="card", can_focus=False)
        self.facts = Facts(name="facts")
        self.note = Static(id="note", markup=False)
        self.way_out = Static(id="way-out", markup=False)
        self._is_ready = False
        self.yes = Button(Content(self.YES), id="yes", compact=True)
        self.no = Button(Content(self.NO), id="no", compact=True)

    def compose(self) -> ComposeResult:
        """The card; what is not under it stays the desk."""
        with self.frame:
            yield from self.body()
            yield self.note
            with Horizontal(id="choices"):
                yield self.yes
                yield self.no
                yield self.way_out

    def body(self) -> Iterable[Widget]:
        """What stands above the choices."""
        yield self.facts

    def on_mount(self) -> None:
        """Show it for the first time."""
        self.set_class(self.DANGEROUS, "-dangerous")
        self.refreshed()
        if self.TYPED_AHEAD_S:
            self.set_timer(self.TYPED_AHEAD_S, self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        self._is_ready = True
        self.query_one(self.FIRST).focus()

    def on_key(self, event: events.Key) -> None:
        """What was typed ahead goes nowhere."""
        if not self._is_ready and event.key not in self.AT_ONCE:
            event.stop()
            event.prevent_default()

    def show(self, state: DeskState, now: int) -> None:
        """Follow the desk. now: ms UTC."""
        self.state, self.now = state, now
        if self.is_mounted:
            self.refreshed()

    def refreshed(self) -> None:
        """Say everything again from `state`."""
        raise NotImplementedError

    def say(
        self,
        title: str,
        facts: Iterable[Fact],
        *,
        note: str = "",
        missing: str = "",
        problem: str = "",
        verb: str = "",
        back: str = "",
        waits: str = "",
    ) -> None:
        """Fill the card. missing, problem: what must come or change before the first choice can be taken.

        verb, back: what the two choices are called, where that is not what it was. waits: what becomes of it while the terminal
        does not answer.
        """
        whose = f"{self.account}: " if self.account and self.is_of_account else ""
        self.frame.border_title = plain(f"{whose}{title}")
        self.facts.show((*outage(self.state, self.now, self.quote_age_s, waits), *facts))
        self.note.update(plain(problem or missing or note, lines=True))
        self.note.display = bool(problem or missing or note)
        self.set_class(bool(problem), "-impossible")
        self.set_class(bool(missing), "-incomplete")
        self.yes.disabled = bool(problem or missing)
        for button, words in ((self.yes, verb), (self.no, back)):
            if words and str(button.label) != words:
                button.label = plain(words)
                button.refresh(layout=True)
        if self.yes.disabled and self.focused is self.yes:
            self.no.focus()
        self._explain()

    def on_descendant_focus(self) -> None:
        """Other keys do something now."""
        self._explain()

    def _explain(self) -> None:
        self.way_out.update(Content(self.explained()))

    def explained(self) -> str:
        """Which keys answer now."""
        if isinstance(self.focused, Input):
            return "Enter goes on, Esc no"
        return "Esc no" if self.yes.disabled else "y yes, Esc no"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a line goes on to the next one, and after the last to the question; it never answers it."""
        event.stop()
        fields = [field for field in self.query(Input) if field.display and field.parent and field.parent.display]
        after = fields[fields.index(event.input) + 1 :] if self.yes.disabled else []
        if after:
            after[0].focus()
        elif not self.yes.disabled:
            self.no.focus()

    def accept(self) -> None:
        """The first choice was taken."""
        raise NotImplementedError

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of the two."""
        event.stop()
        if event.button is self.yes:
            self.accept()
        else:
            self.decline()

    def decline(self) -> None:
        """The second choice was taken: nothing happens, where a card does not say otherwise."""
        self.action_back()

    def action_yes(self) -> None:
        """Yes, by its letter; not while it is impossible."""
        if not self.yes.disabled:
            self.accept()

    def action_back(self) -> None:
        """Nothing happens."""
        self.dismiss(None)

    def action_other(self) -> None:
        """Go to the other button."""
        other = self.no if self.focused is self.yes else self.yes
        (self.no if other.disabled else other).focus()

    def action_scroll(self, lines: int) -> None:
        """Scroll a card that is higher than the terminal."""
        self.frame.scroll_relative(y=lines, animate=False)
