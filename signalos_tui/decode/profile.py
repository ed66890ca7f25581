"""What a channel's own habits add to the reader: a few words, a symbol it never names, phrases to pass over.

A profile makes the reader know more words or hold more often. It cannot lower the bar for acting: what contradicts itself
without the channel's words is never acted on with them (`pipeline`). The one thing it may allow is a direction that is only
implied by the levels, where the owner says so.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.model.lessons import Lesson, Named


class Profile(Struct, frozen=True):
    """One channel's habits: what config.toml says of it and what the owner taught in the console.

    words: the channel's own words by concept name ("buy", "stop", "target", ... as in decode/languages).
    markets: its own names of markets, by symbol. default_symbol: the market of a channel that never names it.
    ignore: a message that holds one of these phrases is noise; "*" stands for anything within a line.
    symbols: names of markets that the owner gave a meaning of his own; they are read as they stand.
    decimal_comma: this channel writes 4.061,50 and means 4061.50; None when it is not known.
    side_from_levels: a call without a direction goes the way its stop and targets lie.
    """

    name: str = ""
    words: Named = ()
    default_symbol: str | None = None
    ignore: tuple[str, ...] = ()
    decimal_comma: bool | None = None
    symbols: tuple[str, ...] = ()
    markets: Named = ()
    side_from_levels: bool = False

    @property
    def reads_otherwise(self) -> bool:
        """It gives words a meaning or allows what nobody wrote, so that a reading is compared with the plain one."""
        return bool(self.words or self.markets or self.side_from_levels)

    @property
    def plain(self) -> Profile:
        """The same channel without what makes its readings another's."""
        return replace(self, words=(), markets=(), side_from_levels=False)


DEFAULT = Profile()
"""A channel nothing is known about."""


def profile_of(lesson: Lesson, symbols: Iterable[str] = (), name: str = "") -> Profile:
    """How a channel is read that was taught this. symbols: the owner's own names of markets (`[aliases]`)."""
    return Profile(
        name=name,
        words=lesson.words,
        default_symbol=lesson.default_symbol or None,
        ignore=lesson.ignore,
        decimal_comma=lesson.decimal_comma,
        symbols=tuple(symbols),
        markets=lesson.markets,
        side_from_levels=bool(lesson.side_from_levels),
    )
