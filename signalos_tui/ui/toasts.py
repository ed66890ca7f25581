"""Passing notices at the lower right: few, short-lived, one line each where room is short, and gone when they are no longer true.

Textual shows every notice it is given until its time is up. A desk has days on which that is a wall over the figures, and a
notice about a state must not outlive the state; so what stands on the screen is kept here by its topic.
"""

from __future__ import annotations

from textual.app import App
from textual.notifications import Notification, SeverityLevel

from signalos_tui.model.desk import DeskState
from signalos_tui.model.ids import SignalId
from signalos_tui.ui.notices import ENDED, MOST, Notice, is_over
from signalos_tui.ui.text import safe


class Toasting(App[None]):
    """An app that shows notices; at most `MOST` stand at once, the newest of each topic."""

    def __init__(self) -> None:
        super().__init__()
        self._standing: list[tuple[Notice, Notification]] = []

    @property
    def standing(self) -> list[Notice]:
        """The notices on the screen, oldest first."""
        self._standing = [pair for pair in self._standing if not pair[1].has_expired and pair[1] in self._notifications]
        return [notice for notice, _ in self._standing]

    @property
    def told_as_ended(self) -> tuple[SignalId, ...]:
        """The trades whose end stands on the screen."""
        return next((notice.signals for notice in self.standing if notice.topic == ENDED), ())

    def tell(self, text: str, severity: SeverityLevel = "information", topic: str = "") -> None:
        """Show a passing notice. text may be foreign. topic: a newer notice on it takes its place."""
        self.show_notice(Notice(safe(text), severity, topic=topic))

    def show_notice(self, notice: Notice) -> None:
        """Show a notice in the place of those it replaces: of its topic, of its words, or the oldest quiet one."""
        topic = notice.topic.partition(" ")[0]
        for other in self.standing:
            if other.text == notice.text or (topic and other.topic.partition(" ")[0] == topic):
                self._take_away(other)
        while len(self._standing) >= MOST:
            quiet = [other for other, _ in self._standing if other.level != "error"]
            self._take_away(quiet[0] if quiet else self._standing[0][0])
        shown = Notification(notice.text, "", notice.level, notice.seconds, markup=False)
        self._standing.append((notice, shown))
        self._notifications.add(shown)
        self._refresh_notifications()

    def settle_notices(self, state: DeskState) -> None:
        """Take away what tells of a state that is over."""
        for notice in self.standing:
            if is_over(notice.topic, state.trading):
                self._take_away(notice)

    def _take_away(self, notice: Notice) -> None:
        for pair in [pair for pair in self._standing if pair[0] is notice]:
            self._standing.remove(pair)
            self._unnotify(pair[1])
