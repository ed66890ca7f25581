"""A source cut to the channels that one account trades.

The promise of `collect/source.py` holds for what is left: everything after `since`, in order, nothing of it left out. What
belongs to other accounts never reaches the engine, so it cannot end up in its journal either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from signalos_tui.collect.source import MessageSource, is_seen_at_once
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Followed, Published, Unfollowed

Wants = Callable[[Channel], bool]


class Routed:
    """A `MessageSource` with the channels of another one that `wants` takes."""

    def __init__(self, source: MessageSource, wants: Wants) -> None:
        self.name = source.name
        self.connects = not is_seen_at_once(source)
        self._source = source
        self._wants = wants
        self._known: dict[ChannelId, bool] = {}

    def channels(self) -> tuple[Channel, ...]:
        """Those that are wanted, as the source has them now."""
        return tuple(channel for channel in self._source.channels() if self._wants(channel))

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """What is published in them."""
        async for item in self._source.published(since):
            if self._hears(item):
                yield item

    def _hears(self, item: Published) -> bool:
        match item:
            case Followed(info=channel):
                return self._known.setdefault(channel.id, self._wants(channel))
            case Unfollowed(channel=gone):
                return self._known.pop(gone, False)
            case _:
                return self._takes(item.channel)

    def _takes(self, channel: ChannelId) -> bool:
        # A live source may come to know a channel only later; one it does not name is nobody's.
        if channel not in self._known:
            self._known.update((one.id, self._wants(one)) for one in self._source.channels())
        return self._known.get(channel, False)


def among(names: Sequence[str]) -> Wants:
    """Channels with one of these ids or titles; a title may be written in any case. () for every channel."""
    wanted = {name.casefold() for name in names}
    return lambda channel: not wanted or channel.id.casefold() in wanted or channel.title.casefold() in wanted


def unknown(names: Sequence[str], channels: Sequence[Channel]) -> tuple[str, ...]:
    """The names that no channel has: a slip, or a channel that was renamed."""
    return tuple(name for name in names if not any(among((name,))(channel) for channel in channels))
