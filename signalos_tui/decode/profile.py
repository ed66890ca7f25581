"""What a channel's own habits add to the reader: a few words, a symbol it never names, phrases to pass over.

A profile only ever makes the reader know more words or hold more often; it cannot lower the bar for acting.
"""

from __future__ import annotations

from msgspec import Struct


class Profile(Struct, frozen=True):
    """One channel's habits, as the owner writes them in config.toml.

    words: the channel's own words by concept name ("buy", "stop", "target", ... as in decode/languages).
    default_symbol: the market of a channel that never names it. ignore: a message that holds one of these phrases is noise.
    symbols: names of markets that the owner gave a meaning of his own; they are read as they stand.
    decimal_comma: this channel writes 4.061,50 and means 4061.50; None when it is not known.
    """

    name: str = ""
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    default_symbol: str | None = None
    ignore: tuple[str, ...] = ()
    decimal_comma: bool | None = None
    symbols: tuple[str, ...] = ()


DEFAULT = Profile()
"""A channel nothing is known about."""
