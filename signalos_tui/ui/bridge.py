"""From the engine to the screens: the one place where snapshots and events become Textual messages.

The engine changes the desk thousands of times a second when it must; a screen needs ten looks. So nothing is posted when
something happens: at each tick the bridge takes a snapshot and posts one `DeskChanged` if it is another one than before, and one
batch of the records that arrived since. Textual merges only adjacent messages, so it could not do this for us.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from signalos_tui.bus import FellBehind
from signalos_tui.clock import Clock
from signalos_tui.control import Control
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import Record
from signalos_tui.ui.messages import DeskChanged, RecordsArrived

KEEP = 2000
"""Records kept between two ticks; a flood beyond this is told as missed, the desk itself is never behind."""


class Bridge:
    """Polls the desk of one account, collects its records. `post` takes the messages to the app."""

    def __init__(self, control: Control, clock: Clock, post: Callable[[Message], object], account: str = "") -> None:
        self._account = account
        self._control = control
        self._clock = clock
        self._post = post
        self._state: DeskState | None = None
        self._second = -1
        self._fresh: list[Record] = []
        self._missed = False

    def tick(self) -> None:
        """Post what changed since the last tick; also once a second, so that ages and the clock move."""
        state, now = self._control.snapshot(), self._clock.now()
        if state is not self._state or now // 1000 != self._second:
            self._state, self._second = state, now // 1000
            self._post(DeskChanged(state, now, self._account))
        if self._fresh or self._missed:
            records, missed = tuple(self._fresh), self._missed
            self._fresh, self._missed = [], False
            self._post(RecordsArrived(records, missed, self._account))

    async def follow(self) -> None:
        """Collect every journalled record from now on; after falling behind, go on from a new snapshot."""
        while True:
            try:
                async for record in self._control.events(self._control.snapshot().seq):
                    if record.seq:
                        self._keep(record)
                return
            except FellBehind:
                self._missed = True

    def _keep(self, record: Record) -> None:
        if len(self._fresh) >= KEEP:
            self._missed = True
        else:
            self._fresh.append(record)
