"""Why: message, reading, checks, orders and price of one signal or update on one screen.

Wide, it is a table of two by two over the chart; narrow, the same parts stand under one another and the screen scrolls. The keys
of the desk work here too, on what is traced.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import ClassVar, Protocol, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from signalos_tui.clock import Clock
from signalos_tui.model.desk import DeskState, Post
from signalos_tui.model.ids import SignalId, UpdateId
from signalos_tui.ui import asking, tracing
from signalos_tui.ui.actions import Fact, Selection
from signalos_tui.ui.bindings import bindings
from signalos_tui.ui.pictures import picture
from signalos_tui.ui.screens.acting import Acting
from signalos_tui.ui.text import age, marked, moment, plain
from signalos_tui.ui.tracing import Subject
from signalos_tui.ui.widgets.chart import Chart
from signalos_tui.ui.widgets.facts import Facts, ink
from signalos_tui.ui.widgets.hints import Hints


class Console(Protocol):
    """What the trace needs of the app."""

    state: DeskState
    clock: Clock

    def ask(self, action: str, selection: Selection) -> None:
        """Carry an action through."""
        ...


class TraceScreen(Acting, Screen[None]):
    """The trace of `subject`, following the desk. zone: of the times shown. account: whose desk, "" for the only one."""

    MODE = "trace"
    CSS_PATH = "trace.tcss"
    AUTO_FOCUS = "#trace"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 (an instance variable in Textual)
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("trade", "held", "reading", "channel", "view.back"),
        Binding("backspace", "back", "Back", show=False, id="trace.back", tooltip="Back to where you were"),
    ]
    GONE = "It is no longer in view; the journal still has it. Esc goes back."
    NEVER = "It is not in view of this account: its channel goes to others, or it is too old. Esc goes back."

    def __init__(self, subject: SignalId | UpdateId, zone: tzinfo = UTC, account: str = "") -> None:
        super().__init__()
        self.subject = subject
        self.account = account
        self._zone = zone
        self._state = DeskState()
        self._who = Static(id="who", markup=False)
        self._became = Static(id="became", markup=False)
        self._words = Static(id="words", markup=False)
        self._reading, self._checks, self._orders = Facts(), Facts(), Facts(label_width=8)
        self._chart = Chart(zone)
        self._parts = {
            name: _part(name, inner)
            for name, inner in (
                ("message", self._words),
                ("reading", self._reading),
                ("checks", self._checks),
                ("orders", self._orders),
                ("price", self._chart),
            )
        }
        self.hints = Hints()

    def compose(self) -> ComposeResult:
        """Headline, the four parts, the chart, the keys."""
        with Horizontal(id="headline"):
            yield self._who
            yield self._became
        with VerticalScroll(id="trace"):
            with Grid(id="columns"):
                yield Vertical(self._parts["message"], self._parts["checks"])
                yield Vertical(self._parts["reading"], self._parts["orders"])
            yield self._parts["price"]
        yield self.hints

    def on_screen_resume(self) -> None:
        """Show the desk of this moment, also after another screen was in front."""
        desk = cast("Console", self.app)
        self.show(desk.state, desk.clock.now())

    @property
    def selection(self) -> Selection:
        """What the keys act on."""
        return Selection(subject=self.subject)

    def can_act(self, action: str) -> bool:
        """Whether a key would do something now."""
        return asking.can(action, self._state, self.selection)

    def action_back(self) -> None:
        """Back to the screen behind it."""
        self.app.pop_screen()

    def ask_for(self, action: str) -> None:
        """Carry an action through with what is traced."""
        cast("Console", self.app).ask(action, self.selection)

    def show(self, state: DeskState, now: int) -> None:
        """Show the signal as it stands. now: ms UTC."""
        self._state = state
        found = tracing.subject(state, self.subject)
        if found is None:
            gone = f"{self.account}: {self.NEVER}" if self.account else self.GONE
            self._who.update(plain(gone, style="$muted"))
            return
        whose = (Fact("", self.account, "accent"),) if self.account else ()
        self._who.update(_row((*whose, *tracing.headline(found, state))))
        self._became.update(_row(tracing.outcome(found, state, now)))
        self._words.update(_message(found, self._zone))
        self._reading.show(tracing.reading_facts(found))
        self._checks.show(tracing.check_facts(found, state))
        self._orders.show(tracing.order_facts(found, state, self._zone))
        shown = picture(found, state, now)
        self._chart.show(shown)
        self._parts["price"].display = bool(shown.levels or shown.samples)
        self._parts["message"].border_subtitle = plain(_posted(found.post, now, self._zone))
        self._parts["reading"].border_subtitle = plain(tracing.confidence(found))
        self._parts["orders"].border_subtitle = plain(tracing.at_risk(found, state))
        self.hints.show()


def _part(name: str, inner: Widget) -> Vertical:
    part = Vertical(inner, id=f"part-{name}", classes="part")
    part.border_title = Content(name.capitalize())
    return part


def _row(facts: Sequence[Fact]) -> Content:
    return Content("  ").join([plain(fact.text, style=ink(fact.tone)) for fact in facts])


def _message(found: Subject, zone: tzinfo) -> Content:
    # The words with what was read from them, then what the post said before it was edited.
    post = found.post
    if post is None:
        return Content.styled("Its message is no longer in view.", "$muted")
    parts = [marked(post.message.text, tracing.marks(found.view))]
    if post.message.media:
        parts.append(plain(f"[{post.message.media}]", style="$muted"))
    if post.message.forwarded_from:
        parts.append(plain(f"forwarded from {post.message.forwarded_from}", style="$muted"))
    for number, revision in reversed(list(enumerate(post.earlier))):
        parts.append(
            Content.styled(f"\nBefore, revision {number} of {moment(revision.at, zone, seconds=True)}:", "$held")
        )
        parts.append(plain(revision.text, style="$muted", lines=True))
    for other in found.others:
        message = other.post.message
        gone = ", deleted" if other.post.deleted_at is not None else ""
        head = f"\nOne call with #{message.id} of {moment(message.posted_at, zone, seconds=True)}{gone}:"
        parts.append(Content.styled(head, "$accent"))
        parts.append(marked(message.text, tracing.other_marks(found, other)))
    return Content("\n").join(parts)


def _posted(post: Post | None, now: int, zone: tzinfo) -> str:
    if post is None:
        return ""
    return f"{moment(post.message.posted_at, zone, seconds=True)}, {age(now - post.message.posted_at)} ago"
