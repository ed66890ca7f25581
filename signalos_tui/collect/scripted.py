"""A source that says what a script tells it to: for tests, scenarios and drills, where every post has its known moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

from signalos_tui.clock import Clock
from signalos_tui.collect.pacing import until
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Deletion, Message, Published


class ScriptedSource:
    """A `MessageSource` with a fixed history.

    script: what is published and when (ms UTC), in any order; entries of the same moment keep theirs. `since` leaves out
    the posts an engine has journalled, but not what came after them about an older post: its edits and its deletion.
    """

    def __init__(
        self,
        channels: Sequence[Channel],
        script: Iterable[tuple[int, Published]],
        clock: Clock,
        name: str = "script",
    ) -> None:
        self.name = name
        self._channels = tuple(channels)
        self._script = sorted(script, key=lambda entry: entry[0])
        self._clock = clock

    def channels(self) -> tuple[Channel, ...]:
        """The channels of the script."""
        return self._channels

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """The script after `since`, each entry at its moment, the past at once; then it ends."""
        seen = _places(self._script, since)
        for place, (at, item) in enumerate(self._script):
            if place <= seen.get(item.channel, -1) and not _is_newer(item, since):
                continue
            await until(self._clock, at)
            yield item


def _places(script: Sequence[tuple[int, Published]], since: Mapping[ChannelId, int]) -> dict[ChannelId, int]:
    # Where in the script each channel's last journalled post first appeared.
    places: dict[ChannelId, int] = {}
    for place, (_, item) in enumerate(script):
        if isinstance(item, Message) and item.edited_at is None and item.id <= since.get(item.channel, -1):
            places[item.channel] = place
    return places


def _is_newer(item: Published, since: Mapping[ChannelId, int]) -> bool:
    return isinstance(item, Message | Deletion) and item.id > since.get(item.channel, -1)
