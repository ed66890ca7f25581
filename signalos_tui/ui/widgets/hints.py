"""The last line: which keys do something now. It is the footer, in one widget and one line.

Keys that cannot act on what is selected are dimmed, and go first when the line is too narrow; those with nothing to act on are
left out. STOP and help never go, nor does the key that ends a stop; that one is there only while trading is stopped. A click on a
key presses it.
"""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from signalos_tui.ui.bindings import TABLE

ALWAYS = ("desk.stop", "app.help")
RESUME = "desk.resume"
STAYING = (*ALWAYS, RESUME)
"""What goes in no terminal, however narrow."""
_ORDER = {str(row.id): place for place, row in enumerate(TABLE)}


class Hint(NamedTuple):
    """One key and what it does. can: it would act now."""

    binding: Binding
    key: str
    can: bool

    @property
    def width(self) -> int:
        """Cells of "key Description"."""
        return len(self.key) + 1 + len(self.binding.description)


class Hints(Widget):
    """The keys of the focused place. The screen says by `can_act(action)` what would do something, by `offers` what could."""

    DEFAULT_CSS = "Hints { height: 1; padding: 0 1; dock: bottom; }"

    def __init__(self) -> None:
        super().__init__(id="hints")
        self._spots: list[tuple[int, int, str]] = []
        self._bound: list[tuple[Binding, str]] = []
        self._hints: list[Hint] = []

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[object]) -> None:
        self._bound = self._bindings_now()
        self.show()

    def show(self) -> None:
        """Look again at what the keys would do."""
        if not self.is_attached:  # its screen is being taken down, and the engine still tells what happens
            return
        can = getattr(self.screen, "can_act", lambda action: True)
        offers = getattr(self.screen, "offers", lambda action: True)
        is_stopped = getattr(self.app, "is_stopped", False)
        hints = [
            Hint(binding, key, can(binding.action))
            for binding, key in self._bound
            if (is_stopped if binding.id == RESUME else binding.id in ALWAYS or offers(binding.action))
        ]
        if hints != self._hints:
            self._hints = hints
            self.refresh()

    def render(self) -> Content:
        """The line."""
        parts: list[Content | str | tuple[str, str]] = []
        self._spots, at = [], 0
        width = self.content_size.width
        gap = 2 if _width(self._hints, 2) <= width else 1
        for hint in fitting(self._hints, width, gap):
            stop = hint.binding.id == "desk.stop"
            key = "bold $halted" if stop else "bold $accent" if hint.can else "$muted"
            words = "bold $halted" if stop else "" if hint.can else "$muted"
            parts += [(hint.key, key), " ", (hint.binding.description, words), " " * gap]
            self._spots.append((at, at + hint.width, hint.binding.action))
            at += hint.width + gap
        return Content.assemble(*parts)

    async def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        x = event.x - self.styles.padding.left
        for start, end, action in self._spots:
            if start <= x < end:
                await self.app.run_action(action, self.screen if hasattr(self.screen, f"action_{action}") else self.app)

    def _bindings_now(self) -> list[tuple[Binding, str]]:
        # One row an action, under the key the owner gave it, in the order of the table.
        found = {
            active.binding.id: (active.binding, self.app.get_key_display(active.binding))
            for active in self.screen.active_bindings.values()
            if active.binding.show and active.binding.id in _ORDER
        }
        return sorted(found.values(), key=lambda pair: _ORDER[str(pair[0].id)])


def fitting(hints: list[Hint], width: int, gap: int) -> list[Hint]:
    """The hints that fit: those that cannot act go first, then the last of the rest; what is STAYING stays."""
    kept = list(hints)
    while _width(kept, gap) > width:
        expendable = [hint for hint in kept if hint.binding.id not in STAYING]
        if not expendable:
            break
        idle = [hint for hint in expendable if not hint.can]
        kept.remove((idle or expendable)[-1])
    return kept


def _width(hints: list[Hint], gap: int) -> int:
    return sum(hint.width + gap for hint in hints) - gap
