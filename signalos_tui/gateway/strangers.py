"""Those who never got in: counted by what became of them, and told in one line a minute each, however many there are."""

from __future__ import annotations

import time
from collections.abc import Callable

from signalos_tui.logs import logger

EVERY_S = 60.0
LONGEST_REASON = 200
_log = logger("signalos.gateway.client")


class Strangers:
    """Counts connections that ended before they were let in. A log that anybody can fill is one nobody reads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """now: seconds, never going back."""
        self._now = now
        self._counts: dict[str, int] = {}
        self._told: dict[str, float] = {}

    def seen(self, code: str, why: str) -> None:
        """One more. code: one of few words; why: of this one. The line has the number since the last line of its code."""
        self._counts[code] = self._counts.get(code, 0) + 1
        now = self._now()
        if now - self._told.get(code, -EVERY_S) < EVERY_S:
            return
        self._told[code] = now
        _log.warning("not let in", code=code, why=why[:LONGEST_REASON], connections=self._counts.pop(code))
