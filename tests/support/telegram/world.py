"""What this small Telegram knows: people, channels, their posts, and the numbered events by which clients keep up (pts).

A test publishes, edits and deletes here; the server tells it to whoever is connected, or does not, if the test says so. Times
are seconds, UTC, as in Telegram.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from telethon.tl import TLObject, types


@dataclass
class Person:
    """An account that can log in. code: what the server "sends". password: of the second step, "" for none."""

    id: int
    phone: str
    code: str = "12345"
    password: str = ""
    first_name: str = "Owner"

    @property
    def tl(self) -> types.User:
        """As its own client sees it."""
        return types.User(
            id=self.id, is_self=True, access_hash=self.id * 7, first_name=self.first_name, phone=self.phone
        )


@dataclass
class Room:
    """A channel. pts: the number of its last event. events: each with the pts after it and the update that tells it."""

    id: int
    title: str
    pts: int = 1
    posts: dict[int, types.Message] = field(default_factory=dict)
    given: int = 0
    """The highest number a post ever had: the number of one that was deleted is not given again."""
    events: list[tuple[int, TLObject]] = field(default_factory=list)
    changed_at: float = 0.0
    members: set[int] = field(default_factory=set)
    username: str | None = None
    is_forum: bool = False
    is_group: bool = False
    is_private: bool = False
    """Closed to its members since: requests for it fail."""
    files: dict[int, bytes] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The number of the newest post."""
        return max(self.posts, default=0)

    @property
    def tl(self) -> types.Channel:
        """As a member's client sees it."""
        return types.Channel(
            id=self.id,
            title=self.title,
            photo=types.ChatPhotoEmpty(),
            date=at(0),
            access_hash=self.id * 3,
            username=self.username,
            broadcast=not self.is_group,
            megagroup=self.is_group,
            forum=self.is_forum,
        )


def at(seconds: float) -> datetime:
    """A moment as Telethon wants it."""
    return datetime.fromtimestamp(int(seconds), UTC)


class World:
    """Everybody and everything. tell: given by the server, sends an update to the members that are connected."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.rooms: dict[int, Room] = {}
        self.is_telling = True
        """False: what happens is in the history and is not told to anybody, as when an update is lost."""
        self.clock: Callable[[], float] = time.time
        self.tell: Callable[[Room, TLObject], None] = lambda room, update: None

    def person(self, phone: str, **more: Any) -> Person:
        """Somebody new."""
        someone = Person(1_000 + len(self.people), phone, **more)
        self.people[someone.id] = someone
        return someone

    def room(self, title: str, *members: Person, **more: Any) -> Room:
        """A new channel with members."""
        room = Room(5_000 + len(self.rooms), title, members={one.id for one in members}, **more)
        self.rooms[room.id] = room
        return room

    # --- what people do -------------------------------------------------------------------------------------------

    def post(self, room: Room, text: str, *, number: int | None = None, age_s: float = 0, **more: Any) -> types.Message:
        """Publish. number: its id, the next one when left out. more: fields of the message (reply_to, fwd_from, media)."""
        message = types.Message(
            id=number or max(room.given, room.last) + 1,
            peer_id=types.PeerChannel(room.id),
            message=text,
            date=at(self.clock() - age_s),
            post=not room.is_group,
            **more,
        )
        room.posts[message.id] = message
        room.given = max(room.given, message.id)
        room.pts += 1
        self._happened(room, types.UpdateNewChannelMessage(message, room.pts, 1))
        return message

    def flood(self, room: Room, count: int, *, age_s: float = 0) -> None:
        """Publish many posts without telling anybody."""
        told, self.is_telling = self.is_telling, False
        for _ in range(count):
            self.post(room, f"post {room.last + 1}", age_s=age_s)
        self.is_telling = told

    def edit(self, room: Room, number: int, text: str | None = None, *, is_hidden: bool = False) -> types.Message:
        """Change a post; with no text only its reactions or views, which Telegram tells as an edit too."""
        was = room.posts[number]
        message = types.Message(
            id=was.id,
            peer_id=was.peer_id,
            message=was.message if text is None else text,
            date=was.date,
            edit_date=at(self.clock()),
            edit_hide=is_hidden,
            post=was.post,
            reply_to=was.reply_to,
            fwd_from=was.fwd_from,
            media=was.media,
            grouped_id=was.grouped_id,
            views=(was.views or 0) + 1,
            forwards=0,
        )
        room.posts[number] = message
        room.pts += 1
        self._happened(room, types.UpdateEditChannelMessage(message, room.pts, 1))
        return message

    def delete(self, room: Room, numbers: Iterable[int]) -> None:
        """Withdraw posts."""
        gone = list(numbers)
        for number in gone:
            room.posts.pop(number, None)
        room.pts += len(gone)
        self._happened(room, types.UpdateDeleteChannelMessages(room.id, gone, room.pts, len(gone)))

    def forget(self, room: Room, keep: int) -> None:
        """Let go of all but the newest posts and events: a long run stays small. Whoever asks for older ones finds none."""
        for number in sorted(room.posts)[:-keep]:
            del room.posts[number]
        del room.events[:-keep]

    def _happened(self, room: Room, update: TLObject) -> None:
        room.events.append((room.pts, update))
        room.changed_at = self.clock()
        if self.is_telling:
            self.tell(room, update)

    # --- what clients ask -----------------------------------------------------------------------------------------

    def history(self, room: Room, *, below: int, above: int, limit: int, skip: int = 0) -> list[types.Message]:
        """Posts with above < number < below, newest first; below 0: from the newest."""
        numbers = sorted((n for n in room.posts if n > above and (not below or n < below)), reverse=True)
        return [room.posts[n] for n in numbers[max(skip, 0) : max(skip, 0) + limit]]

    def missed(self, room: Room, pts: int) -> list[tuple[int, TLObject]]:
        """The events after a pts."""
        return [event for event in room.events if event[0] > pts]
