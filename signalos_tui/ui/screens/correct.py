"""What a post says, read by its owner: its words above, the reading below, each field checked against the post while it is typed.

A figure that does not stand in the post cannot be corrected into it, so a slip of a finger never becomes a price. What the card
sends is what the engine proved (`examine`), never what was typed; between a change and its proof nothing can be sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace
from rich.cells import cell_len
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from signalos_tui.errors import SignalOSError
from signalos_tui.model.desk import DeskState, Post
from signalos_tui.model.ids import MessageKey
from signalos_tui.model.lessons import Examined, Problem, Suggestion
from signalos_tui.model.signals import OrderKind, Reading, ReadingKind, Side, UpdateAction
from signalos_tui.narrate import post_name
from signalos_tui.ui import correcting
from signalos_tui.ui.correcting import FIELDS, Faults, Form
from signalos_tui.ui.phrases import ACTIONS, reading_said
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.text import marked, plain, share
from signalos_tui.ui.tracing import reading_marks
from signalos_tui.ui.widgets.choice import Choice, Option
from signalos_tui.ui.widgets.line_input import LineInput

Examine = Callable[[Reading], Awaitable[Examined]]
"""Asks the engine what a correction of this post would be."""

_LABELS = {"entry": "entry", "price": "level", "fraction": "part", "target": "target no.", "action": "asks for"}
_HINTS = {
    "symbol": "like XAUUSD",
    "entry": "market; price or zone",
    "stop": "none",
    "targets": "none; blanks between",
    "leverage": "none",
    "fraction": "not said; percent",
    "price": "none",
    "target": "not said; 1, 2 ...",
}


class Correction(Struct, frozen=True):
    """What the owner says a post means, proven, and what it could teach."""

    revision: int
    reading: Reading
    suggestions: tuple[Suggestion, ...]


class CorrectScreen(Card[Correction | None]):
    """Corrects the reading of a post; None for nothing. number: which signal or update of the post is meant."""

    CSS_PATH: ClassVar[str | list[str]] = ["card.tcss", "correct.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-normal"), (110, "-wide")]  # noqa: RUF012 (an instance variable in Textual)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "line(-1)", "Up", show=False, priority=True, id="correct.up", tooltip="The line above"),
        Binding("down", "line(1)", "Down", show=False, priority=True, id="correct.down", tooltip="The line below"),
        Binding("pageup", "read(-1)", "Up", show=False, id="correct.page-up", tooltip="Scroll the post up"),
        Binding("pagedown", "read(1)", "Down", show=False, id="correct.page-down", tooltip="Scroll the post down"),
    ]
    FIRST = "#kind"
    YES = "Correct"

    def __init__(self, key: MessageKey, number: int, examine: Examine, state: DeskState, now: int) -> None:
        super().__init__(state, now)
        self._key, self._number, self._examine = key, number, examine
        self._post: Post | None = state.posts.get(key)
        self._before = (self._post.corrected or self._post.reading) if self._post else None
        self._was = self._form = correcting.form_of(self._before, number)
        self._examined: Examined | None = None
        self._faults: Faults = {}
        self._drawn: object = None
        self._words = Static(id="post", markup=False)
        self._lines = {name: _Line(name, widget) for name, widget in _widgets(self._was).items()}

    # --- what it shows --------------------------------------------------------------------------------------------

    def body(self) -> Iterable[Widget]:
        """The post, and the reading line by line."""
        with Horizontal(id="both"):
            yield VerticalScroll(self._words, id="said", can_focus=False)
            yield Vertical(*self._lines.values(), id="fields")

    def refreshed(self) -> None:
        """The post with what is read from it, and which lines are changed or wrong."""
        post, now = self._post, self.state.posts.get(self._key)
        if post is None:
            self.say("No longer in view", (), problem="The post is no longer in view: the journal still has it.")
            return
        differing = correcting.changes(self._form, self._was)
        self._draw(post, differing)
        if self._before is not None:
            self.frame.border_subtitle = plain(_read(self._before), 60)
        title = f"What does {post_name(self._key, self.state)} mean?"
        if now is None or now.revision != post.revision or now.deleted_at is not None:
            self.say(title, (), problem="The post changed meanwhile: Esc, then look at it again.")
            return
        self.say(title, (), note=self._meaning(), missing=self._missing(differing), problem=self._faults.get("", ""))

    def _draw(self, post: Post, differing: dict[str, str]) -> None:
        now = (self._form, self._examined, dict(self._faults), self.size)
        if now == self._drawn:
            return  # the desk moved, this did not: laying it out again would cost more than everything else
        self._drawn = now
        read = self._examined.reading if self._examined and self._examined.reading else self._before
        self._words.update(marked(post.message.text, reading_marks(read, self._number) if read else ()))
        shown = ("kind", *FIELDS[self._form.kind])
        for name, line in self._lines.items():
            line.display = name in shown
            line.tell(differing.get(name), self._faults.get(name, ""))

    def on_resize(self) -> None:
        """What is wrong is told beside its line where there is room."""
        self._drawn = None
        self.call_after_refresh(self.refreshed)

    def _meaning(self) -> str:
        if self.state.was_acted_on(self._key):
            return "It was acted on already: this is for the record and for teaching. Its trade stays as it is."
        if self._form.kind is ReadingKind.NOISE:
            return "Nothing in it will be traded; what is held of it is turned down."
        return "It will be held as you say. Nothing is traded until you approve it."

    def _missing(self, differing: dict[str, str]) -> str:
        if not differing:
            return "Change what is wrong; every figure has to stand in the post."
        if self._faults:
            name, text = next(iter(self._faults.items()))
            return f"{_LABELS.get(name, name)}: {text}"
        return "" if self._examined and self._examined.reading else "Looking for it in the post ..."

    # --- typing ---------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check it while it is typed."""
        event.stop()
        self._changed()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Another kind has other lines."""
        event.stop()
        self._changed()

    def _changed(self) -> None:
        self._form = _typed(self._form, self._lines)
        self._examined = None
        reading, self._faults = correcting.corrected(self._form, self._before, self._number)
        self.workers.cancel_group(self, "examine")
        if not self._faults and self._form != self._was:
            self._prove(reading)
        self.refreshed()

    @work(group="examine", exclusive=True, exit_on_error=False)
    async def _prove(self, reading: Reading) -> None:
        try:
            examined = await self._examine(reading)
        except SignalOSError as error:
            examined = Examined(None, (Problem("", str(error)),))
        self._examined = examined
        for problem in examined.problems:
            name = problem.field.partition(" ")[0]
            name = "targets" if name == "target" and self._form.kind is ReadingKind.SIGNAL else name
            known = name if name in FIELDS[self._form.kind] else ""
            self._faults.setdefault(known, problem.text)
        self.refreshed()

    def explained(self) -> str:
        """Which keys answer now."""
        if isinstance(self.focused, Choice):
            return "← → choose, Tab goes on, " + ("Esc no" if self.yes.disabled else "y yes, Esc no")
        if isinstance(self.focused, Input):
            return "Enter, Tab go on, Esc no"
        return super().explained()

    def action_line(self, step: int) -> None:
        """Up and down go from line to line, also where the card is higher than the terminal."""
        if self._is_ready:
            self.focus_next() if step > 0 else self.focus_previous()

    def action_read(self, pages: int) -> None:
        """Scroll a long post."""
        self.query_one("#said", VerticalScroll).scroll_relative(y=pages * 4, animate=False)

    def accept(self) -> None:
        """What was proven."""
        if self._post is not None and self._examined is not None and self._examined.reading is not None:
            found = self._examined
            self.dismiss(Correction(self._post.revision, self._examined.reading, found.suggestions))


class _Line(Horizontal):
    """A label, what is typed or chosen, and what it was or what is wrong with it."""

    def __init__(self, name: str, control: Widget) -> None:
        super().__init__(classes="field", id=f"line-{name}")
        self.control = control
        self._label = _LABELS.get(name, name)
        self._after = Static(classes="after", markup=False)

    def compose(self) -> ComposeResult:
        """In one line."""
        yield Static(Content(self._label), markup=False)
        yield self.control
        yield self._after

    def tell(self, was: str | None, fault: str) -> None:
        """Say what it was before (None where nothing changed), or what is wrong."""
        if fault:
            words = f"× {fault}"
            room = self._after.content_size.width
            self._after.update(plain(words if cell_len(words) <= room else "× see below", style="$error"))
        elif was is not None:
            self._after.update(plain(f"● was {was or 'none'}", style="$accent"))
        else:
            self._after.update(Content())


def _read(reading: Reading) -> str:
    said = reading_said(reading)
    return f"read {share(reading.confidence)} sure, {said.text}" if said.sign == "?" else f"read: {said.text}"


def _widgets(form: Form) -> dict[str, Widget]:
    kinds = [Option(kind, str(kind)) for kind in ReadingKind]
    sides: list[Option[Side | None]] = [
        Option(Side.BUY, "BUY", "buy"),
        Option(Side.SELL, "SELL", "sell"),
        Option(None, "not said", "muted"),
    ]
    orders = [Option(one, "not said" if one is OrderKind.UNSPECIFIED else str(one)) for one in OrderKind]
    asks = [Option(one, ACTIONS[one], "strong") for one in UpdateAction]
    found: dict[str, Widget] = {
        "kind": Choice(kinds, form.kind, name="kind"),
        "side": Choice(sides, form.side, name="side"),
        "action": Choice(asks, form.action, name="action"),
        "symbol": _input("symbol", form, 20),
        "order": Choice(orders, form.order, name="order"),
    }
    for name, longest in (("entry", 40), ("stop", 20), ("targets", 200), ("leverage", 10)):
        found[name] = _input(name, form, longest)
    for name, longest in (("fraction", 8), ("price", 20), ("target", 2)):
        found[name] = _input(name, form, longest)
    return found


def _input(name: str, form: Form, longest: int) -> Widget:
    return LineInput(
        getattr(form, name),
        placeholder=_HINTS.get(name, ""),
        id=name,
        max_length=longest,
        compact=True,
        select_on_focus=False,
    )


def _typed(form: Form, lines: dict[str, _Line]) -> Form:
    values = {
        name: line.control.value.strip() if isinstance(line.control, Input) else line.control.value
        for name, line in lines.items()
        if isinstance(line.control, Input | Choice)
    }
    return replace(form, **values)
