"""What was looked for and not there: how often, how far apart, and whether those looks prove anything.

Absence needs an unbroken row of clean looks at a view that is alive (reference: reliability R4). A row that was
interrupted begins anew; a frozen cache, a machine that slept and a terminal that was away for a moment prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalos_tui.execute.look import Look, Signs
from signalos_tui.model.desk import LegView
from signalos_tui.model.events import Event, NoticeRaised, Severity
from signalos_tui.model.ids import LegId

LOOKS = 3
BETWEEN_LOOKS_MS = 15_000
LONGEST_GAP_MS = 60_000
"""Two looks further apart do not belong to one row: what was in between was not watched."""


class Absences:
    """How often each unsettled leg was cleanly not there, and when last. Forgotten at restart, which only delays."""

    def __init__(self) -> None:
        self._seen: dict[LegId, tuple[int, int, Signs]] = {}
        self._last: Look | None = None
        self._before = Signs()
        self.foreign: set[int] = set()
        self.told: set[LegId] = set()

    def looked(self, seen: Look) -> None:
        """Take note of a look. Only an unbroken row of clean ones proves anything: what lies between two that are too far
        apart, or on either side of a connection that was lost, nobody has seen (R4).
        """
        last, self._last = self._last, seen
        if last is not None:
            self._before = last.signs
        is_unbroken = last is None or 0 <= seen.at - last.at <= LONGEST_GAP_MS
        if not seen.is_clean or not is_unbroken or _is_other_link(last, seen):
            self._seen.clear()

    def missed(self, leg: LegId, seen: Look, *, must_live: bool = True) -> bool:
        """Note one clean absence; True when there were enough of them, far enough apart, in a view that was alive."""
        count, last, signs = self._seen.get(leg, (0, seen.at - BETWEEN_LOOKS_MS, self._before))
        if seen.at - last >= BETWEEN_LOOKS_MS and (seen.signs.newer_than(signs) or not must_live):
            count, last, signs = count + 1, seen.at, seen.signs
            self._seen[leg] = (count, last, signs)
        return count >= LOOKS

    def found(self, leg: LegId) -> None:
        """The leg was seen."""
        self._seen.pop(leg, None)


def _is_other_link(last: Look | None, seen: Look) -> bool:
    # Only looks that missed something have asked for the link.
    return last is not None and bool(last.link and seen.link) and last.link != seen.link


def unexplained(leg: LegView, seen: Look, absences: Absences, what: str) -> Iterator[Event]:
    """An alarm when broker and journal stay at odds: told once, after as many looks as prove an absence.

    Books and deals of a broker may lag behind one another for a moment.
    """
    name = LegId(f"{leg.id}?{what}")
    if not seen.is_clean or name in absences.told or not absences.missed(name, seen, must_live=False):
        return
    absences.told.add(name)
    yield NoticeRaised(
        Severity.ALARM,
        "unexplained",
        f"leg {leg.id} {leg.side} {leg.symbol} {what}",
        "Compare the account with the desk: what the broker shows is what you have",
    )
