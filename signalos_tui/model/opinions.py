"""What the second reader, a language model, says about a message that the rules hold.

An opinion is shown and compared. It holds no word of the model's own: every value in it was taken from the text of the post.
"""

from __future__ import annotations

from msgspec import Struct

from signalos_tui.model.signals import Reading, Reason

DAY_MS = 86_400_000


class Opinion(Struct, frozen=True, omit_defaults=True):
    """The second reader's answer about one revision of a post.

    reading: what it read, every value proven from the text; None when there is none, and `why` says the reason. agrees: equal
    to the rules' reading in every field; differs: the fields that are not. model: as the owner named it. requests: how often
    the server was asked, 0 for not at all. tokens: used by all requests.
    """

    reading: Reading | None = None
    agrees: bool = False
    differs: tuple[str, ...] = ()
    why: Reason | None = None
    model: str = ""
    requests: int = 0
    latency_ms: int = 0
    tokens: int = 0


class Usage(Struct, frozen=True):
    """What the second reader has used on one day. day: days since 1970, UTC."""

    day: int = 0
    requests: int = 0
    tokens: int = 0

    def on(self, now: int) -> Usage:
        """The usage of the day of `now`, ms UTC; a clock that steps back gives nothing back."""
        day = now // DAY_MS
        return self if day <= self.day else Usage(day)

    def plus(self, opinion: Opinion, now: int) -> Usage:
        """With one more opinion, given at `now`."""
        today = self.on(now)
        return Usage(today.day, today.requests + opinion.requests, today.tokens + opinion.tokens)
