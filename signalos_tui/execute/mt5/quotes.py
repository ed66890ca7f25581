"""The newest ticks as the gateway streams them, and when they came; and which symbols it is to stream.

A tick that came a moment ago answers `symbol_info_tick` without a round trip. An older one does not: whether the market is quiet
or the stream has died cannot be told from here, so the terminal is asked, and how old its quote is tells the rule (reference:
reliability C4).
"""

from __future__ import annotations

from signalos_tui.execute.structs import Tick

FRESH_MS = 1_000
RECENT_MS = 20_000
FORGET_MS = 900_000
MOST = 200


class Quotes:
    """Of one connection; a new one begins with nothing."""

    def __init__(self) -> None:
        self._ticks: dict[str, tuple[Tick, int]] = {}
        self._asked: dict[str, int] = {}

    def came(self, symbol: str, tick: Tick, now: int) -> None:
        """A tick has arrived at `now`, ms UTC."""
        if symbol in self._asked:
            self._ticks[symbol] = (tick, now)

    def fresh(self, symbol: str, now: int, within_ms: int = FRESH_MS) -> Tick | None:
        """The newest tick if it came a moment ago."""
        tick, at = self._ticks.get(symbol, (None, 0))
        return tick if 0 <= now - at <= within_ms else None

    def follow(self, symbol: str, now: int) -> bool:
        """Note that somebody wants this symbol; True when the gateway has to be told another list.

        A symbol nobody has asked for in a quarter of an hour is let go when a new one comes.
        """
        is_new = symbol not in self._asked
        self._asked[symbol] = now
        if is_new:
            kept = {name: at for name, at in self._asked.items() if 0 <= now - at <= FORGET_MS}
            newest = sorted(kept, key=lambda name: kept[name])[-MOST:]
            self._asked = {name: kept[name] for name in newest}
            self._ticks = {name: seen for name, seen in self._ticks.items() if name in self._asked}
        return is_new

    @property
    def followed(self) -> tuple[str, ...]:
        """The symbols to stream, sorted."""
        return tuple(sorted(self._asked))

    def lost(self) -> None:
        """The connection is gone: what came over it is of no use, what was wanted still is."""
        self._ticks.clear()
