"""How the way to a terminal that stands elsewhere is: open, or what is in it and what to do about that."""

from __future__ import annotations

from msgspec import Struct

OPEN = "ok"


class Reach(Struct, frozen=True):
    """The way to the terminal at one moment.

    code: "ok", or a stable word for what is in the way. text: the same as a clause, lower case. remedy: the next step, one
    sentence. since: ms UTC.
    """

    code: str
    text: str
    remedy: str = ""
    since: int = 0

    @property
    def is_open(self) -> bool:
        """Questions are answered."""
        return self.code == OPEN
