"""A line to type into that lets STOP through: whatever an owner is typing, the kill switch must not become a letter of it."""

from __future__ import annotations

from textual.widgets import Input

from signalos_tui.ui.bindings import BY_ID


class LineInput(Input):
    """An `Input` that does not swallow the key of `desk.stop`."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed here instead of doing what it is bound to."""
        return key != BY_ID["desk.stop"].key and super().check_consume_key(key, character)
