"""The door to the broker: one leg at a time, openings through `sending`, everything later through `acting`.

While a leg's answer is awaited nobody else speaks about it: not a second send, not an action, not `reconcile`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from signalos_tui.clock import Clock
from signalos_tui.config import Send
from signalos_tui.execute.acting import Acting
from signalos_tui.execute.calls import Ledger
from signalos_tui.execute.sending import Sending
from signalos_tui.execute.terminal import Terminal
from signalos_tui.model.desk import LegView
from signalos_tui.model.ids import LegId
from signalos_tui.model.orders import LegAction

__all__ = ["Dispatcher", "Ledger"]


class Dispatcher(Sending, Acting):
    """Sends legs and carries out actions on one account. in_flight: legs whose answer is awaited right now."""

    def __init__(
        self,
        terminal: Terminal,
        ledger: Ledger,
        clock: Clock,
        account: Callable[[], str],
        ahead_s: Callable[[], int | None] = lambda: 0,
    ) -> None:
        super().__init__(terminal, ledger, clock, account, ahead_s)
        self._withdrawn = {}
        self._not_before = 0
        self._doubts = {}
        self._delays = set()

    async def finish(self, within_s: float) -> None:
        """Wait until no answer is awaited any more, at most `within_s` seconds."""
        deadline = self._clock.now() + within_s * 1000
        while self._in_flight and self._clock.now() < deadline:  # noqa: ASYNC110 (bounded, at the end only)
            await asyncio.sleep(0.05)

    @property
    def in_flight(self) -> frozenset[LegId]:
        """Legs that only this process may speak about now."""
        return frozenset(self._in_flight)

    async def send(self, leg: LegView, send: Send) -> None:
        """Carry an intent to its answer. Returns when the answer, or the lack of one, is on disk. Raises JournalFailed."""
        if leg.id in self._in_flight:
            return
        self._in_flight[leg.id] = None
        try:
            await self._send(leg, send)
        finally:
            self._in_flight.pop(leg.id, None)

    async def act(self, leg: LegView, action: LegAction, send: Send) -> None:
        """Carry out one intended action. An answer that is lost leaves it intended: all are absolute and are repeated."""
        if leg.id in self._in_flight:
            return
        self._in_flight[leg.id] = None
        try:
            await self._act(leg, action, send)
        finally:
            self._in_flight.pop(leg.id, None)
