"""The hooks as a source: each is a channel, and its daybook is its history.

Any number of engines may read it at once, each from where it is; nothing is shared but what is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from signalos_tui.collect.daybook import Entry, merged
from signalos_tui.collect.webhook.letterbox import Letterbox
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Health, HealthReport, Message, Published


def channel_of(hook: str) -> ChannelId:
    """The channel that a hook is."""
    return ChannelId(f"hook:{hook}")


class WebhookSource:
    """The hooks of a letterbox."""

    def __init__(self, box: Letterbox, name: str = "webhook") -> None:
        self.name = name
        self._box = box
        self._hooks = {hook: Channel(channel_of(hook), hook) for hook in box.books}

    def channels(self) -> tuple[Channel, ...]:
        """One for each hook."""
        return tuple(self._hooks.values())

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """Everything after `since`, then each alert as it is taken. An alert that was refused makes its channel BLIND."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def told() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(news.set)

        places: dict[str, int] = {}
        lost: dict[str, str] = {}
        said = dict.fromkeys(self._hooks, "")
        for hook, channel in self._hooks.items():
            book, last = self._box.books[hook], since.get(channel.id)
            book.reach(last or 0)
            places[hook] = book.place_after(last or 0)
            if last is not None and book.first > last + 1:
                lost[hook] = f"{book.first - last - 1} alerts after number {last} are no longer kept"
        unwatch = self._box.watch(told)
        try:
            while True:
                news.clear()
                due: list[tuple[ChannelId, Entry]] = []
                for hook, channel in self._hooks.items():
                    entries, places[hook] = self._box.books[hook].page(places[hook])
                    due += [(channel.id, entry) for entry in entries]
                    if entries and said[hook] == lost.get(hook):
                        del lost[hook]
                    trouble = self._box.troubles.get(hook) or lost.get(hook, "")
                    if trouble != said[hook]:
                        said[hook] = trouble
                        yield HealthReport(channel.id, Health.BLIND if trouble else Health.OK, trouble)
                for channel_id, entry in merged(due):
                    yield _message(channel_id, entry)
                if not due:
                    await news.wait()
        finally:
            unwatch()


def _message(channel: ChannelId, entry: Entry) -> Message:
    return Message(channel, entry.id, entry.at, entry.text)
