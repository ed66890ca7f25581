"""A line to type into that lets STOP through: whatever an owner is typing, the kill switch must not become a letter of it.

And one that keeps the order of what is typed. Textual takes letters at once, but a key that erases only after it has gone up to
the app and come back; typed fast, or into a busy machine, a correction would then erase what was typed after it.
"""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from signalos_tui.ui.bindings import BY_ID

_AT_ONCE = {
    "backspace": "delete_left",
    "delete": "delete_right",
    "left": "cursor_left",
    "right": "cursor_right",
    "home": "home",
    "end": "end",
}
"""Keys that change the line or its cursor, and the actions of `Input` they stand for."""


class LineInput(Input):
    """An `Input` that does not swallow the key of `desk.stop`.

    Asked is the key of the table, also where the owner chose another: Textual takes away what a line types before it puts the
    owner's keys in place, so this keeps the binding, and the binding then acts on his key and leaves ours to be typed.
    """

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed here instead of doing what it is bound to."""
        return key != BY_ID["desk.stop"].key and super().check_consume_key(key, character)

    def on_key(self, event: events.Key) -> None:
        """Erase and move in the order of typing."""
        action = _AT_ONCE.get(event.key)
        if action is not None:
            event.stop()
            event.prevent_default()
            getattr(self, f"action_{action}")()


class AnswerInput(LineInput):
    """A line for any answer. One that is not shown is a password, and `!` may be a letter of it: Escape first, then it stops."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed here instead of doing what it is bound to."""
        if self.password:
            return Input.check_consume_key(self, key, character)
        return super().check_consume_key(key, character)
