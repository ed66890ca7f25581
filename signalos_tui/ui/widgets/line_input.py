"""A line to type into that lets STOP through: whatever an owner is typing, the kill switch must not become a letter of it."""

from __future__ import annotations

from textual.widgets import Input

from signalos_tui.ui.bindings import BY_ID


class LineInput(Input):
    """An `Input` that does not swallow the key of `desk.stop`.

    Asked is the key of the table, also where the owner chose another: Textual takes away what a line types before it puts the
    owner's keys in place, so this keeps the binding, and the binding then acts on his key and leaves ours to be typed.
    """

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed here instead of doing what it is bound to."""
        return key != BY_ID["desk.stop"].key and super().check_consume_key(key, character)
