"""Teaching a channel: what it would be taught, each thing on or off, and what that would have changed in its own past.

Nothing is taught unseen. Every switch reads the channel's posts again with the lesson as it stands then, in a task that the next
switch ends; the yes is possible only after that, and only for the lesson that was rehearsed. Escape leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, tzinfo
from typing import ClassVar

from msgspec.structs import replace
from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from signalos_tui.control import Progress
from signalos_tui.errors import SignalOSError
from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.lessons import Change, Lesson, Problem, Rehearsal, Suggestion
from signalos_tui.ui import lessons
from signalos_tui.ui.actions import counted
from signalos_tui.ui.lessons import CHOICES, SPEECHLESS, Part, is_loud
from signalos_tui.ui.messages import TraceWanted
from signalos_tui.ui.phrases import reading_said
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.text import marked, plain, spaced
from signalos_tui.ui.tracing import reading_marks
from signalos_tui.ui.widgets.choice import Choice, Option
from signalos_tui.ui.widgets.curve import bar
from signalos_tui.ui.widgets.facts import ink
from signalos_tui.ui.widgets.lesson_panes import ChangeSelected, ChangesPane, PartsPane
from signalos_tui.ui.widgets.line_input import LineInput

Rehearse = Callable[[Lesson, Progress], Awaitable[Rehearsal]]
"""Reads the channel's past with a lesson, and tells how far it is."""


class TeachScreen(Card[Lesson | None]):
    """The whole lesson of a channel as it is to be from now on; None for nothing. suggestions: what it could learn."""

    CSS_PATH: ClassVar[str | list[str]] = ["card.tcss", "teach.tcss"]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012 (an instance variable in Textual)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "switch", "On or off", id="teach.switch", tooltip="Teach it, or leave it out"),
        Binding("e", "edit", "Edit", id="teach.edit", tooltip="Say it otherwise"),
        Binding("plus", "add", "Add", id="teach.add", tooltip="Something of your own"),
    ]
    FIRST = "#parts Grid"
    YES = "Teach"

    def __init__(
        self,
        channel: ChannelId,
        suggestions: Iterable[Suggestion],
        rehearse: Rehearse,
        state: DeskState,
        now: int,
        *,
        chosen: bool = True,
        zone: tzinfo = UTC,
    ) -> None:
        """chosen: the suggestions begin switched on. zone: of the times shown."""
        super().__init__(state, now)
        self._channel = channel
        self._ask = rehearse
        view = state.channels.get(channel)
        self._taught = view.lesson if view else Lesson()
        self._list = [Part(single, "taught", True) for single in self._taught.singles]
        known = {part.lesson for part in self._list}
        self._list += [
            Part(single, "suggested", chosen, lessons.why(one))
            for one in suggestions
            for single in one.lesson.singles
            if single not in known
        ]
        self._rehearsal: Rehearsal | None = None
        self._counted: Rehearsal | None = None
        self._editing: int | None = None
        self.parts = PartsPane("parts")
        self.changes = ChangesPane("changes", zone)
        self._counts = Static(id="counts", markup=False)
        self._post = Static(id="post", markup=False)
        options = [Option(*one) for one in CHOICES.items()]
        self._meaning: Choice[str] = Choice(options, "", name="meaning", letters=True)
        self._text = LineInput(placeholder="the word as it is posted", id="word", max_length=80, compact=True)
        self._edit = Horizontal(self._text, self._meaning, id="edit", classes="field")

    def body(self) -> Iterable[Widget]:
        """What is taught, the line to edit it, and what that changes."""
        yield self.parts
        yield self._edit
        yield self._counts
        yield self.changes
        yield self._post

    def on_mount(self) -> None:
        """Rehearse at once."""
        self._edit.display = False
        self.parts.give(self._list)
        self._rehearse()

    @property
    def lesson(self) -> Lesson:
        """What is switched on."""
        return lessons.together(self._list)

    # --- what it shows --------------------------------------------------------------------------------------------

    def refreshed(self) -> None:
        """Counts and the yes, as they stand."""
        view = self.state.channels.get(self._channel)
        title = f"Teach {view.channel.title if view else self._channel}"
        found = self._rehearsal
        if view is None:
            self.say(title, (), problem="The channel is no longer followed.")
        elif view.lesson != self._taught:
            self.say(title, (), problem="It was taught something else meanwhile: Esc, then look again.")
        elif self._editing is not None:
            self.say(title, (), missing="Enter takes it, Esc leaves it as it was.")
        elif self.lesson == self._taught:
            self.say(
                title, (), missing="Nothing new is switched on." if self._list else "Press + to teach it something."
            )
        elif found is None:
            self.say(title, (), missing="Wait: its posts are being read again.")
        elif found.problems:
            self.say(title, (), problem="; ".join(problem.text for problem in found.problems))
        else:
            self.say(title, (), note=_warning(found))
        if found is not None and found is not self._counted:
            self._counts.update(counts(found))
        self._counted = found

    def _rehearse(self) -> None:
        self._rehearsal = None
        self._counts.update(under_way(0, 0))
        self.workers.cancel_group(self, "rehearse")
        self.changes.give((), 0, "Reading its posts again ...")
        self._rehearsed(self.lesson)

    def _tell(self, read: int, most: int) -> None:
        if self._rehearsal is None:
            self._counts.update(under_way(read, most))

    @work(group="rehearse", exclusive=True, exit_on_error=False)
    async def _rehearsed(self, lesson: Lesson) -> None:
        try:
            found = await self._ask(lesson, self._tell)
        except SignalOSError as error:
            found = Rehearsal(self._channel, lesson, problems=(Problem("", str(error)),))
        if lesson != self.lesson:
            return
        self._rehearsal = found
        self.changes.give(
            found.changes, found.more, "Nothing would be read otherwise" if found.posts else "It has no posts yet"
        )
        self.refreshed()

    # --- switching and editing ------------------------------------------------------------------------------------

    def action_switch(self) -> None:
        """On or off."""
        place = self.parts.place
        if self._editing is not None:
            self._take()
            return
        if place is None or not self.parts.has_focus_within:
            return
        self._list[place] = replace(self._list[place], is_on=not self._list[place].is_on)
        self._changed()

    def on_trace_wanted(self, message: TraceWanted) -> None:
        """A double click does what Enter does."""
        message.stop()
        self.action_switch()

    def on_change_selected(self, message: ChangeSelected) -> None:
        """Show the whole post, with what would be read from it."""
        message.stop()
        self._post.display = message.change is not None
        self._post.update(whole(message.change) if message.change else Content())

    def on_descendant_focus(self) -> None:
        """Where there is little room, what is looked at gets it."""
        self.set_class(self.changes.has_focus_within, "-looking")

    def action_edit(self) -> None:
        """Say it otherwise."""
        place = self.parts.place
        if place is not None and self._editing is None:
            self._open(place, self._list[place].lesson)

    def action_add(self) -> None:
        """Something of one's own."""
        if self._editing is None:
            self._open(len(self._list), None)

    def _open(self, place: int, lesson: Lesson | None) -> None:
        self._editing = place
        self._meaning.choose(lessons.meaning_of(lesson) if lesson else "word:buy")
        self._text.value = lessons.text_of(lesson) if lesson else ""
        self._edit.display = True
        self._text.focus()
        self.refreshed()

    def on_choice_changed(self, event: Choice.Changed) -> None:
        """Some meanings need no words."""
        event.stop()
        self._text.disabled = self._meaning.value in SPEECHLESS

    def on_input_changed(self, event: Input.Changed) -> None:
        """Only Enter takes it."""
        event.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it; this line is not the card's own question."""
        event.stop()
        event.prevent_default()
        self._take()

    def _take(self) -> None:
        single = lessons.made(self._meaning.value, self._text.value)
        if self._editing is None or single is None:
            return
        self._list[self._editing : self._editing + 1] = [Part(single, "yours", True)]
        self._close()
        self._changed()

    def _close(self) -> None:
        self._editing = None
        self._edit.display = False
        self._text.disabled = False
        self.parts.grid.focus()
        self.refreshed()

    def _changed(self) -> None:
        self.parts.give(self._list)
        self._rehearse()
        self.refreshed()

    # --- the way out ----------------------------------------------------------------------------------------------

    def explained(self) -> str:
        """Which keys answer now."""
        if self._editing is not None:
            return "Tab the meaning, Enter takes it, Esc leaves it"
        return "Space on/off, e edit, + add, Esc no" + ("" if self.yes.disabled else ", y teach")

    def action_back(self) -> None:
        """Out of the line that is edited, else out of the card: nothing happens."""
        if self._editing is not None:
            self._close()
        else:
            self.dismiss(None)

    def accept(self) -> None:
        """The lesson that was rehearsed."""
        # Every change forgets the rehearsal before it, so this one was of this lesson.
        if self._rehearsal is not None and not self._rehearsal.problems:
            self.dismiss(self.lesson)


def under_way(read: int, most: int) -> Content:
    """How far a rehearsal is. most: 0 where that is not known yet."""
    full, rest = bar(read / most if most else 0.0, 20)
    words = f"reading {spaced(most)} posts again " if most else "reading its posts again "
    return Content.assemble((words, "$accent"), (full, "$accent"), (rest, "$faint"))


def whole(change: Change) -> Content:
    """A changed post in full, its words marked as they would be read, and both readings."""
    before, after = reading_said(change.before), reading_said(change.after)
    return Content("\n").join(
        [
            marked(change.text.strip(), reading_marks(change.after, 1)),
            Content.assemble(("until now ", "$muted"), plain(before.text)),
            Content.assemble(("then ", "$muted"), plain(after.text, style=ink("warning" if is_loud(change) else ""))),
        ]
    )


def counts(found: Rehearsal) -> Content:
    """What a rehearsal came to, in one line."""
    changed, before, after = len(found.changes) + found.more, found.before, found.after
    parts = [
        plain(f"{spaced(found.posts)} post{'s' * (found.posts != 1)} read: {changed} otherwise"),
        plain(f"acted on {before.acted} → {after.acted}", style="$muted"),
        plain(f"held {before.held} → {after.held}", style="$muted"),
        plain(f"ignored {before.ignored} → {after.ignored}", style="$muted"),
    ]
    if found.corrected:
        agrees = found.agreeing == found.corrected
        words = f"corrections {found.agreeing} of {found.corrected}"
        parts.append(plain(words, style="$accepted" if agrees else "$held"))
    return Content("   ").join(parts)


def _warning(found: Rehearsal) -> str:
    notes = list(found.remarks)
    if found.newly_acted:
        was = "was" if found.newly_acted == 1 else "were"
        notes.append(f"‼ {counted(found.newly_acted, 'post')} would have been acted on that {was} not: look at each.")
    if found.no_longer_acted:
        notes.append(f"{counted(found.no_longer_acted, 'post')} would no longer be acted on.")
    return "\n".join(notes)
