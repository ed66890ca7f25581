"""Importing what a channel posted before it was followed: how much, then how far it is.

It goes on when the card is closed: a thousand posts with a pause in between take longer than anybody looks at a bar. The row of
the chat shows it, the same key brings the card back, and a notice tells the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from signalos_tui.model.desk import DeskState
from signalos_tui.model.places import Chat, LoginView, Standing
from signalos_tui.ui.actions import Fact
from signalos_tui.ui.errands import Errands, Import
from signalos_tui.ui.places import clock
from signalos_tui.ui.screens.card import Card
from signalos_tui.ui.screens.entry import Field
from signalos_tui.ui.text import spaced
from signalos_tui.ui.widgets.curve import bar

USUAL = 500
MOST = 20_000
BAR = 40
LOOK_S = 0.2
JUDGED = "None of them is traded: they are read to judge the channel by, and stay in the journal."


class ImportScreen(Card[None]):
    """Asks how many posts of a chat to import, starts it, and shows it. login: how the chat's login stands now."""

    CSS_PATH: ClassVar[str | list[str]] = ["card.tcss", "importing.tcss"]
    FIRST = "#posts"
    YES = "Import"

    def __init__(
        self,
        chat: Chat,
        errands: Errands,
        login: Callable[[], LoginView | None],
        state: DeskState,
        now: int,
        *,
        zone: tzinfo = UTC,
    ) -> None:
        """zone: of the times shown."""
        super().__init__(state, now)
        self._chat = chat
        self._errands = errands
        self._login = login
        self._zone = zone
        self._field = Field("posts", name="posts", value=str(USUAL), after="newest first", keys=r"\d*")
        self._field.input.max_length = len(str(MOST))
        self._bar = Static(id="bar", markup=False)
        self._version = -1
        self._begun_here = False

    def body(self) -> Iterable[Widget]:
        """The number, or the bar."""
        yield self.facts
        yield self._field
        yield self._bar

    def on_mount(self) -> None:
        """Look at it oftener than the desk changes."""
        self.set_interval(LOOK_S, self._look)

    def _begin(self) -> None:
        super()._begin()
        if self.running is not None:
            self.no.focus()

    def _look(self) -> None:
        if self._errands.version != self._version:
            self.refreshed()

    @property
    def running(self) -> Import | None:
        """The import that is shown: one that runs, or that has ended before the owner's eyes."""
        one = self._errands.imports.get(self._chat.id)
        return one if one is not None and (one.is_running or self._begun_here) else None

    @property
    def posts(self) -> int | None:
        """How many, as typed; None for none or too many."""
        text = self._field.text
        return int(text) if text.isdecimal() and 0 < int(text) <= MOST else None

    # --- what it shows --------------------------------------------------------------------------------------------

    def refreshed(self) -> None:
        """The question, the bar, or the end."""
        self._version = self._errands.version
        one = self.running
        self._field.display = one is None
        self._bar.display = one is not None
        if one is None:
            self._ask()
            return
        self._begun_here = True
        self._bar.update(progress(one))
        outcome = one.outcome
        if outcome is None:
            self.say("Importing history", self._facts(), note=self._pause(), verb="Stop it", back="Leave it running")
            return
        facts = (*self._facts(), Fact("ended", outcome.text, "profit" if outcome.ok else "held"))
        self.say("Importing history", facts, verb="Once more", back="Close")

    def _ask(self) -> None:
        missing = "" if self.posts is not None else f"Type how many posts: 1 to {spaced(MOST)}."
        self.say("Import history?", self._facts(), note=JUDGED, missing=missing, verb="Import", back=self.NO)

    def _facts(self) -> tuple[Fact, ...]:
        view = self.state.channels.get(self._chat.id)
        facts = [Fact("channel", self._chat.title)]
        if view is not None and view.imported:
            facts.append(Fact("so far", f"{spaced(view.imported)} older posts are in the journal", "muted"))
        return tuple(facts)

    def _pause(self) -> str:
        login = self._login()
        if login is None:
            return "Its login is gone: nothing more comes."
        if login.standing is Standing.FLOODED:
            until = f" until {clock(login.until, self.now, self._zone)}" if login.until else ""
            return f"Telegram wants a pause{until}. It goes on by itself after that."
        if login.standing is not Standing.READING:
            return f"The login {login.name} is not reading: {login.standing}."
        return ""

    def explained(self) -> str:
        """Which keys answer now."""
        one = self.running
        if one is None:
            return super().explained()
        return "y stops it, Esc leaves it" if one.is_running else "y once more, Esc closes"

    # --- what is answered -----------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Whether it is a number."""
        event.stop()
        self.refreshed()

    def accept(self) -> None:
        """Import, stop, or ask once more."""
        one = self.running
        if one is not None and one.is_running:
            one.stop()
        elif one is not None:
            self._begun_here = False
            self.refreshed()
            self._field.input.focus()
        elif self.posts is not None:
            self._begun_here = True
            self._errands.import_history(self._chat, self.posts)
            self.refreshed()
            self.no.focus()


def progress(one: Import) -> Content:
    """A bar with its count; where it is not known how many there are, what was asked for."""
    most = one.most or one.posts
    share = 1.0 if one.outcome is not None and one.outcome.ok else one.read / most
    full, rest = bar(share, BAR)
    count = f"  {spaced(one.read)} of {'' if one.most else 'at most '}{spaced(most)}"
    return Content.assemble((full, "$accent"), (rest, "$faint"), count)
