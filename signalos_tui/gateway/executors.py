"""The one seat from which an account is traded (reference: reliability R7, R9, D23).

Who wants it names itself (`holder`, the same after a reconnect and only then) and the generation of its journal (`fence`):

- a fence below the highest one seen is an older copy of the journal: refused, whoever it is and whoever sits there;
- the seat is free: it is given, and the fence remembered on disk;
- the same holder sits there: that connection is the dead one of a reconnect; it is closed and the seat passes on;
- another holder sits there: refused, also with a higher fence. A console that is alive is never pushed out by a second one;
  one that is dead loses the seat with its connection, at the latest after the time of silence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from msgspec import Struct

from signalos_tui.gateway.intents import IntentStore
from signalos_tui.link.messages import Hello, Refused


class Sitting(Struct, frozen=True):
    """Who has the seat. close: ends its connection."""

    connection: int
    holder: str
    close: Callable[[Refused], None]


class Seat:
    """Given to one connection at a time."""

    def __init__(self, store: IntentStore) -> None:
        self._store = store
        self._sitting: Sitting | None = None

    def take(self, connection: int, hello: Hello, close: Callable[[Refused], None]) -> Refused | None:
        """Give the seat to a connection that has shown its token; None when it is given."""
        if not hello.holder:
            return Refused("executor", "who wants to trade has to name itself", "Update the console")
        if hello.fence < self._store.fence:
            text = f"the journal is of generation {hello.fence}, generation {self._store.fence} has traded here already"
            return Refused("fence", text, "This is an older copy of the journal: use the newer one")
        sitting = self._sitting
        if sitting is not None and sitting.holder != hello.holder:
            text = "another console trades this account"
            return Refused(
                "executor", text, "End the other one first; after a crash its place is free in half a minute"
            )
        try:
            self._store.raise_fence(hello.fence)
        except sqlite3.Error as error:
            return Refused("executor", f"the gateway's store cannot be written: {error}", "Check the gateway's disk")
        self._sitting = Sitting(connection, hello.holder, close)
        if sitting is not None:
            sitting.close(Refused("executor", "the same console has connected anew", "Nothing, if it was you"))
        return None

    def leave(self, connection: int) -> None:
        """A connection has ended."""
        if self._sitting is not None and self._sitting.connection == connection:
            self._sitting = None

    def is_held_by(self, connection: int) -> bool:
        """Whether this connection may send."""
        return self._sitting is not None and self._sitting.connection == connection
