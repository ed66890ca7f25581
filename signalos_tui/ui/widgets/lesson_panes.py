"""Two tables of teaching: the single things a lesson says, each on or off, and the posts that would be read otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Any, ClassVar

from textual.message import Message

from signalos_tui.model.desk import DeskState
from signalos_tui.model.lessons import Change
from signalos_tui.ui.lessons import Part, is_loud, said
from signalos_tui.ui.phrases import reading_said
from signalos_tui.ui.text import date, moment
from signalos_tui.ui.widgets.cells import Column, Row, cell
from signalos_tui.ui.widgets.grid import Grid
from signalos_tui.ui.widgets.pane import Pane

_TONES = {"taught": "muted", "suggested": "accent", "yours": "symbol"}


class ChangeSelected(Message):
    """The cursor stands on a changed post; None on nothing."""

    def __init__(self, change: Change | None) -> None:
        super().__init__()
        self.change = change


class PartsPane(Pane[Part]):
    """What could be taught, one thing a row."""

    TITLE_TEXT = "Lesson"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("on", "", 3),
        Column("said", "what it is taught", 30, weight=6),
        Column("why", "because", 9, weight=1, limit=24, drop=1, right=True),
        Column("origin", "from", 9),
    )
    EMPTY = "Nothing is taught yet\nPress + for something of your own"
    HEADER = False

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self._parts: dict[str, Part] = {}

    def give(self, parts: Iterable[Part]) -> None:
        """Show these."""
        self._parts = {str(number): part for number, part in enumerate(parts)}
        self.show(self.state, self.now)

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """What was given."""
        return (self._parts,)

    def rows(self, state: DeskState) -> dict[str, Part]:
        """As given."""
        return self._parts

    def cells(self, row: Part) -> Row:
        """On or off, in a sign."""
        tone = "" if row.is_on else "muted"
        return (
            cell("[x]" if row.is_on else "[ ]", "profit" if row.is_on else "muted"),
            cell(said(row.lesson), tone),
            cell(row.why, "muted"),
            cell(row.origin, _TONES.get(row.origin, "muted")),
        )

    def words(self, row: Part) -> str:
        """All of it."""
        return f"{said(row.lesson)} {row.origin}"

    def caption(self) -> str:
        """Where to look next."""
        return "Tab: what would change" if self._parts else ""

    @property
    def place(self) -> int | None:
        """The number of the row under the cursor, from 0."""
        key = self.grid.cursor_key
        return int(key) if key is not None else None


class ChangesPane(Pane[Change]):
    """The posts a lesson would change; what would be acted on anew stands first and loud."""

    TITLE_TEXT = "What would change"
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("loud", "", 2),
        Column("time", "posted", 11, drop=2),
        Column("text", "post", 14, weight=3, limit=44),
        Column("before", "until now", 16, weight=3, drop=1),
        Column("after", "then", 20, weight=4),
    )
    EMPTY = "Nothing would change"

    def __init__(self, place: str, zone: tzinfo = UTC) -> None:
        super().__init__(place)
        self._zone = zone
        self._changes: dict[str, Change] = {}
        self._more = 0

    def give(self, changes: Iterable[Change], more: int, empty: str) -> None:
        """Show these. more: changed posts that are not among them. empty: what to say where there are none."""
        self._more = more
        ordered = sorted(changes, key=lambda change: (not is_loud(change), -change.posted_at))
        self._changes = {str(change.key): change for change in ordered}
        self._empty = self.grid.empty = empty
        self.grid.repaint()
        self.show(self.state, self.now)
        self.post_message(ChangeSelected(self.selected))

    def sources(self, state: DeskState) -> tuple[Any, ...]:
        """What was given."""
        return (self._changes,)

    def rows(self, state: DeskState) -> dict[str, Change]:
        """Loud ones first, then the newest."""
        return self._changes

    def cells(self, row: Change) -> Row:
        """Before and after, in a few words each."""
        before, after, loud = reading_said(row.before), reading_said(row.after), is_loud(row)
        first = next((line for line in row.text.splitlines() if line.strip()), "")
        at = row.posted_at
        return (
            cell("‼" if loud else "→", "warning" if loud else "muted"),
            cell(f"{date(at, self._zone)[5:]} {moment(at, self._zone)}", "muted"),
            cell(first),
            cell(f"{before.sign} {before.text}", "muted"),
            cell(f"{'NOW ACTS: ' if loud else f'{after.sign} '}{after.text}", "warning" if loud else after.tone),
        )

    def words(self, row: Change) -> str:
        """The post and both readings."""
        return f"{row.text} {reading_said(row.before).text} {reading_said(row.after).text}"

    def caption(self) -> str:
        """How many are loud, and how many are not shown."""
        loud = sum(1 for change in self._changes.values() if is_loud(change))
        notes = [f"{loud} acted on anew" if loud else "", f"{self._more} more not shown" if self._more else ""]
        return ", ".join(note for note in notes if note)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """Tell which one is selected."""
        event.stop()
        self.post_message(ChangeSelected(self.selected))
