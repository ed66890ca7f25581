"""What a source of messages is: the one door through which foreign text comes in.

Numbers make it loss-free: the engine says which post of each channel it journalled last, and the source owes it
everything after that before anything new. A source may repeat itself, it must not leave anything out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Published


def is_seen_at_once(source: MessageSource) -> bool:
    """Its channels are well until it says otherwise; of one that connects nothing is known until it says so."""
    return not getattr(source, "connects", False)


class MessageSource(Protocol):
    """Somewhere people publish. name: for the owner and the logs, unique among the sources of an engine.

    One with `connects` (`is_seen_at_once`) has to be let in somewhere first, and says of each channel when it is seen.
    """

    name: str

    def channels(self) -> tuple[Channel, ...]:
        """The channels this source reads."""
        ...

    def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """Everything published after `since`, oldest first, then live; ends when the source has nothing more to come.

        since: the number of the last journalled post of each channel; a channel that is absent is read from its start.
        Raises SourceUnreadable when the owner has to do something, Transient when trying again may help.
        """
        ...
