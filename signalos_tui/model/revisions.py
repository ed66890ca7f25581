"""How posts change, and how several of them make one call: what a new revision made different, and which post gave what."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from signalos_tui.model.ids import MessageKey, SignalId, UpdateId


class Part(Struct, frozen=True):
    """Another post of a call. fields: what of the signal stands there ("stop", "targets"); their spans are places in its text."""

    key: MessageKey
    fields: tuple[str, ...]


class DifferenceKind(StrEnum):
    """SAME: nothing that matters. COMPLETED: what was missing is there now. SWAPPED: another market or direction."""

    SAME = "same"
    LEVELS = "levels"
    COMPLETED = "completed"
    ADDED = "added"
    WITHDRAWN = "withdrawn"
    SWAPPED = "swapped"


class Difference(Struct, frozen=True):
    """What an edit did to one signal or update. text: for the owner ("buy XAUUSD: stop 4046 -> 4044")."""

    subject: SignalId | UpdateId
    kind: DifferenceKind
    text: str
