"""Lines of a label and a text, the text wrapped beside its label: what dialogs and the trace are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from signalos_tui.ui.actions import Fact
from signalos_tui.ui.text import plain

GAP = 2
_INKS = {"": "", "strong": "bold", "rail": "$faint", "halted": "bold $halted"}


def ink(tone: str) -> str:
    """The style of a tone; tones are named like the theme's variables."""
    return _INKS.get(tone, f"${tone}")


class Facts(Widget):
    """Facts under one another. label_width: cells of the labels; None for the longest of them."""

    DEFAULT_CSS = "Facts { height: auto; width: 1fr; }"

    def __init__(
        self, facts: Iterable[Fact] = (), *, label_width: int | None = None, name: str = "", classes: str = ""
    ) -> None:
        super().__init__(id=name or None, classes=classes)
        self._facts = tuple(facts)
        self._label_width = label_width

    def show(self, facts: Iterable[Fact]) -> None:
        """Show these; nothing is painted when they are the same."""
        facts = tuple(facts)
        if facts != self._facts:
            self._facts = facts
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the wrapped texts take."""
        return max(1, len(self._lines(width)))

    def render(self) -> Content:
        """The lines."""
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        label_width = self._label_width
        if label_width is None:
            label_width = max((len(fact.label) for fact in self._facts), default=0)
        return lines(self._facts, label_width, width)


def lines(facts: Sequence[Fact], label_width: int, width: int) -> list[Content]:
    """The facts in lines of `width` cells; where that is too narrow for two columns, labels stand before their texts."""
    found: list[Content] = []
    beside = label_width + GAP if label_width else 0
    narrow = width - beside < 12
    for fact in facts:
        text = plain(fact.text, style=ink(fact.tone), lines=True)
        label = plain(fact.label, style="$muted")
        if narrow:
            joined = Content.assemble(label, " ", text) if fact.label else text
            found += joined.wrap(max(1, width))
            continue
        first = label.truncate(label_width, pad=True) if beside else label
        for number, line in enumerate(text.wrap(width - beside) or [Content()]):
            start = first if number == 0 else Content(" " * label_width)
            found.append(Content.assemble(start, " " * GAP, line) if beside else line)
    return found
