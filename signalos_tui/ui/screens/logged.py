"""One line of the log, whole: when it happened, how loud it is, what happened, and what to do about it.

In a table a line is cut where the terminal ends, and what to do stands at its end; here it is wrapped.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from signalos_tui.model.desk import LogLine
from signalos_tui.model.events import Severity
from signalos_tui.ui.actions import Fact
from signalos_tui.ui.text import date, moment, plain
from signalos_tui.ui.widgets.facts import Facts

_LOUDNESS = {
    Severity.INFO: ("for your information", ""),
    Severity.WARNING: ("warning", "warning"),
    Severity.ALARM: ("alarm", "halted"),
}


class LoggedScreen(ModalScreen[None]):
    """Shows one line of the log until it is closed. zone: of the time it shows."""

    CSS_PATH = "logged.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss", "Back", id="logged.back", tooltip="Back to the log"),
    ]

    def __init__(self, line: LogLine, zone: tzinfo) -> None:
        super().__init__()
        self._line = line
        self._zone = zone

    def compose(self) -> ComposeResult:
        """The facts of the line; a long one can be scrolled."""
        with VerticalScroll(id="logged") as frame:
            frame.border_title = plain(f"Log, record {self._line.seq} of the journal")
            frame.border_subtitle = Content("Esc")
            yield Facts(logged_facts(self._line, self._zone))


def logged_facts(line: LogLine, zone: tzinfo) -> tuple[Fact, ...]:
    """Everything a line of the log says."""
    loudness, tone = _LOUDNESS[line.severity]
    at = f"{date(line.at, zone)} {moment(line.at, zone, seconds=True)}"
    facts = [Fact("when", at), Fact("how loud", loudness, tone), Fact("what", line.what)]
    if line.remedy:
        facts.append(Fact("to do", line.remedy, "strong"))
    return tuple(facts)
