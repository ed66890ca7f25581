"""Why there is no opinion: the server did not answer, or what it answered is not believed.

Both carry a stable code and a sentence of our own. Nothing a server or a model wrote gets into them.
"""

from __future__ import annotations

from signalos_tui.errors import SignalOSError, Transient
from signalos_tui.model.signals import Reason


class Unanswered(Transient):
    """No answer that can be read. again: worth another attempt at once; after_s: not before so many seconds."""

    def __init__(self, code: str, text: str, remedy: str = "", *, again: bool = False, after_s: float = 0) -> None:
        super().__init__(text, remedy)
        self.code = code
        self.again = again
        self.after_s = after_s

    @property
    def reason(self) -> Reason:
        """As an opinion carries it."""
        return Reason(self.code, self.text)


class Unproven(SignalOSError):
    """An answer that fits the schema and says what the text does not."""

    def __init__(self, text: str) -> None:
        super().__init__(text)

    @property
    def reason(self) -> Reason:
        """As an opinion carries it."""
        return Reason("second_unproven", f"refused: {self.text}")
