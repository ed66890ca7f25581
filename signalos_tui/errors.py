"""Errors, sorted by what happens next.

    SignalOSError
    ├── OperatorNeeded      trading stops; says what the owner has to do
    │   ├── ConfigInvalid   the configuration cannot be used
    │   ├── JournalUnusable the journal cannot be opened, is held by another process, or failed a check
    │   ├── JournalFailed   a write did not reach the disk; nothing is sent until one does
    │   └── SourceUnreadable a file or account that was named cannot be read
    ├── Transient           tried again with back-off
    └── JournalConflict     events that contradict the journal: a mistake in the program, nothing of them is written

Not being able to read a message is an outcome, not an error. Messages name the value seen; `remedy` names the next step.
"""

from __future__ import annotations


class SignalOSError(Exception):
    """Base of all our own errors. remedy: the next step, one sentence."""

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.text}. {self.remedy}" if self.remedy else self.text


class OperatorNeeded(SignalOSError):
    """Stops trading until the owner has done something."""


class ConfigInvalid(OperatorNeeded):
    """The configuration cannot be used."""


class JournalUnusable(OperatorNeeded):
    """The journal cannot be opened, is held by another process, or failed a check."""


class JournalFailed(OperatorNeeded):
    """A write did not reach the disk. Whoever wrote must not act on it."""


class SourceUnreadable(OperatorNeeded):
    """A file or account that was named as a source cannot be read."""


class Transient(SignalOSError):
    """Passes by itself: tried again with back-off."""


class JournalConflict(SignalOSError):
    """Events that contradict what is written: a post received twice, a magic used twice, a leg moved along no edge."""
