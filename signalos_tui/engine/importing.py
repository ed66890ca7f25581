"""Posts from before a channel was followed, taken into a journal that no engine has: written as an engine would write them."""

from __future__ import annotations

from signalos_tui.clock import Clock
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.intake import followed, imported, is_usable
from signalos_tui.journal import Journal
from signalos_tui.model.messages import Channel, Imported


class Importing:
    """A journal that takes in a channel's past. Nothing is read, decided or sent."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        """journal: open, and closed by whoever opened it. Raises JournalUnusable."""
        self._desk = Desk(journal, clock)
        self._desk.load()

    async def begin(self, channel: Channel) -> None:
        """The channel whose past it is. Raises JournalFailed."""
        await followed(self._desk, channel)

    async def take(self, item: Imported) -> None:
        """One post; one that is known is no news. Raises JournalFailed."""
        if is_usable(item.message):
            await imported(self._desk, item.message.clean())
