"""Posts from before a channel was followed, taken into a journal that no engine has: written as an engine would write them."""

from __future__ import annotations

from signalos_tui.clock import Clock
from signalos_tui.config import Config
from signalos_tui.engine.desk import Desk
from signalos_tui.engine.intake import followed, imported
from signalos_tui.engine.waiting import LARGEST_ID, is_usable
from signalos_tui.journal import Journal
from signalos_tui.model.messages import Channel, Imported


class Importing:
    """A journal that takes in a channel's past. Nothing is read, decided or sent.

    oldest: the number of the first post of the channel that it knows.
    """

    def __init__(self, journal: Journal, clock: Clock, config: Config, oldest: int | None = None) -> None:
        """journal: open, and closed by whoever opened it. Raises JournalUnusable."""
        self.oldest = oldest
        self._config = config
        self._desk = Desk(journal, clock)
        self._desk.load()
        self._below = 0

    async def begin(self, channel: Channel, first: int) -> int:
        """The channel whose past it is. first: what a journal that has nothing of it reads live. Raises JournalFailed.

        Returns where its past ends: posts before this number are wanted.
        """
        await followed(self._desk, channel, self._config)
        below = first if self.oldest is None else self.oldest
        # Where something was read live, everything before that is past, whatever is lacking there.
        self._below = LARGEST_ID if self._desk.state.channels[channel.id].messages else below
        return below

    async def take(self, item: Imported) -> None:
        """One post; one that is known is no news, one that is still to be read live is left to that. Raises JournalFailed."""
        if is_usable(item.message) and item.message.id < self._below:
            await imported(self._desk, item.message.clean())
