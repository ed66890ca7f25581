"""One of a few, by the arrow keys: a side, a kind, an action. It stands in one line beside the lines that are typed into.

Letters are left alone where they answer a card; a long choice takes them, each goes to the next option that begins with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from signalos_tui.ui.widgets.facts import ink

T = TypeVar("T")


class Option(NamedTuple, Generic[T]):
    """One thing to choose: what it is, how it is called, in which tone."""

    value: T
    label: str
    tone: str = ""


class Choice(Widget, Generic[T], can_focus=True):
    """Shows the chosen option; left and right go round."""

    DEFAULT_CSS = "Choice { height: 1; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "Before", show=False, id="choice.before", tooltip="The option before"),
        Binding("right,space", "turn(1)", "Next", show=False, id="choice.next", tooltip="The next option"),
    ]

    class Changed(Message):
        """Another option was chosen."""

        def __init__(self, choice: Choice[Any]) -> None:
            super().__init__()
            self.choice = choice

        @property
        def control(self) -> Choice[Any]:
            """The choice it happened in."""
            return self.choice

    def __init__(self, options: Sequence[Option[T]], value: T, *, name: str, letters: bool = False) -> None:
        """options: at least one; the first stands where `value` is none of them. letters: they choose, too."""
        super().__init__(id=name)
        self._letters = letters
        self._options = tuple(options)
        self._place = next((place for place, one in enumerate(self._options) if one.value == value), 0)

    @property
    def value(self) -> T:
        """What is chosen."""
        return self._options[self._place].value

    def choose(self, value: T) -> None:
        """Choose it without a message; nothing happens when it is no option."""
        self._place = next((place for place, one in enumerate(self._options) if one.value == value), self._place)
        self.refresh()

    def render(self) -> Content:
        """The option, and at the right the arrows that choose another."""
        option = self._options[self._place]
        arrows = "‹ ›" if len(self._options) > 1 else ""
        label = Content.styled(option.label, ink(option.tone) or "$foreground")
        room = max(1, self.content_size.width - len(arrows) - 1)
        label = label.truncate(room, ellipsis=True, pad=True)
        return Content.assemble(label, " ", (arrows, "bold $accent" if self.has_focus else "$muted"))

    def action_turn(self, step: int) -> None:
        """The next option, or the one before."""
        self._place = (self._place + step) % len(self._options)
        self.refresh()
        self.post_message(self.Changed(self))

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the next option that begins with it."""
        if not self._letters or event.character is None or not event.character.isalpha():
            return
        event.stop()
        event.prevent_default()
        rest = [*self._options[self._place + 1 :], *self._options[: self._place + 1]]
        found = next((one for one in rest if one.label.startswith(event.character.lower())), None)
        if found is not None:
            self.action_turn(self._options.index(found) - self._place)

    def on_click(self, event: events.Click) -> None:
        """A click turns it as well."""
        event.stop()
        self.action_turn(1)
