"""The chats a source watches, found by channel, by what an update names, and by the numbers of posts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from telethon.tl import types

from signalos_tui.collect.telegram.groups import SmallGroup
from signalos_tui.collect.telegram.posts import topic_of
from signalos_tui.collect.telegram.rooms import Room
from signalos_tui.collect.telegram.watched import Home, Watched
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel


class Chats:
    """What is watched. Topics of one forum are one chat. first_posts: how many old posts of a new channel are read."""

    def __init__(self, first_posts: int) -> None:
        self._first_posts = first_posts
        self._rooms: dict[int, Room] = {}
        self._groups: dict[int, SmallGroup] = {}
        self._by_channel: dict[ChannelId, Watched] = {}

    def all(self) -> list[Watched]:
        """Every chat."""
        return [*self._rooms.values(), *self._groups.values()]

    def of(self, channel: ChannelId) -> Watched:
        """The chat of a channel. Raises KeyError: it is not watched."""
        return self._by_channel[channel]

    def at(self, peer: Any) -> Watched | None:
        """The chat that a message or a dialog stands in."""
        if isinstance(peer, types.PeerChannel):
            return self._rooms.get(peer.channel_id)
        return self._groups.get(peer.chat_id) if isinstance(peer, types.PeerChat) else None

    def beside(self, channel: int) -> Sequence[Watched]:
        """The chats whose events are counted together. channel: bare; 0: all small groups."""
        if channel:
            return [self._rooms[channel]] if channel in self._rooms else []
        return list(self._groups.values())

    def with_posts(self, channel: int, numbers: Sequence[int]) -> Iterator[tuple[Watched, Sequence[int]]]:
        """The chats that have these posts, each with its own. channel: bare; 0: Telegram does not say, a small group it is."""
        if channel:
            if channel in self._rooms:
                yield self._rooms[channel], numbers
            return
        for group in self._groups.values():
            known = [number for number in numbers if group.knows(number)]
            if known:
                yield group, known

    def add(self, channel: Channel, peer: Any, since: int | None) -> Watched:
        """Watch one more. A forum with another topic begins anew, each topic from its last post."""
        home = Home(channel, since)
        if isinstance(peer, types.InputPeerChat):
            group = self._groups[peer.chat_id] = SmallGroup(peer, home, self._first_posts)
            self._by_channel[channel.id] = group
            return group
        homes = self._homes(peer.channel_id)
        homes[topic_of(channel.id)] = home
        return self._room(peer, homes)

    def remove(self, channel: ChannelId) -> Watched | None:
        """Watch it no more; the chat it was in."""
        watched = self._by_channel.pop(channel, None)
        if isinstance(watched, Room):
            homes = self._homes(watched.peer.channel_id)
            del homes[topic_of(channel)]
            del self._rooms[watched.peer.channel_id]
            if homes:
                self._room(watched.peer, homes).sight = watched.sight  # the others are seen as before
        elif watched is not None:
            del self._groups[watched.peer.chat_id]
        return watched

    def _homes(self, number: int) -> dict[int, Home]:
        room = self._rooms.get(number)
        if room is None:
            return {}
        return {
            topic: Home(home.channel, room.last.get(home.channel.id, home.since)) for topic, home in room.homes.items()
        }

    def _room(self, peer: Any, homes: dict[int, Home]) -> Room:
        room = self._rooms[peer.channel_id] = Room(peer, homes, self._first_posts)
        self._by_channel.update((home.channel.id, room) for home in homes.values())
        return room
