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
    dc: int = 0
    """The data centre of the account; 0: whichever it comes to."""

    @property
    def tl(self) -> types.User:
        """As its own client sees it."""
        return types.User(
            id=self.id, is_self=True, access_hash=self.id * 7, first_name=self.first_name, phone=self.phone
        )


@dataclass
class Room:
    """A channel or a group. pts: the number of its last event. events: each with the pts after it and the update that tells it.

    is_small: a group whose posts are numbered across the account, and whose events are the account's. topics: of a forum, by
    number. beside: the number of the channel a group is the discussion of, or of the group beside a channel.
    """

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
    references: dict[int, bytes] = field(default_factory=dict)
    """Of each file the reference by which it is given out now."""
    file_dc: int = 0
    """The data centre its files lie in; 0: every one."""
    is_small: bool = False
    topics: dict[int, str] = field(default_factory=dict)
    beside: int = 0
    became: Room | None = None
    """The large group that a small one has become."""

    @property
    def peer(self) -> types.PeerChannel | types.PeerChat:
        """As a message names it."""
        return types.PeerChat(self.id) if self.is_small else types.PeerChannel(self.id)

    @property
    def last(self) -> int:
        """The number of the newest post."""
        return max(self.posts, default=0)

    @property
    def tl(self) -> types.Channel | types.Chat:
        """As a member's client sees it."""
        if self.is_small:
            return types.Chat(
                id=self.id,
                title=self.title,
                photo=types.ChatPhotoEmpty(),
                participants_count=len(self.members),
                date=at(0),
                version=1,
                deactivated=self.became is not None,
                migrated_to=self.became and types.InputChannel(self.became.id, self.became.id * 3),
            )
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
            has_link=bool(self.beside),
        )


def topic_of(message: Any) -> int:
    """The topic of a forum that a post stands in."""
    head = message.reply_to
    if head is None or not head.forum_topic:
        return 1
    return int(head.reply_to_top_id or head.reply_to_msg_id)


def at(seconds: float) -> datetime:
    """A moment as Telethon wants it."""
    return datetime.fromtimestamp(int(seconds), UTC)


class World:
    """Everybody and everything. tell: given by the server, sends an update to the members that are connected."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.rooms: dict[int, Room] = {}
        self.pts = 1
        self.events: list[tuple[int, TLObject]] = []
        """What happened in small groups, with the account's pts after it."""
        self.exported: dict[bytes, Person] = {}
        """Who may come in at another data centre with these bytes."""
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

    def topic(self, room: Room, title: str) -> int:
        """A new topic of a forum; its number is that of the post that opens it."""
        number = self.serve(room, types.MessageActionTopicCreate(title, 0)).id
        room.topics[number] = title
        return int(number)

    def migrate(self, group: Room) -> Room:
        """A small group becomes a large one."""
        room = self.room(group.title, is_group=True)
        room.members = set(group.members)
        group.became = room
        self.serve(group, types.MessageActionChatMigrateTo(room.id))
        self.serve(room, types.MessageActionChannelMigrateFrom(group.title, group.id))
        return room

    # --- what people do -------------------------------------------------------------------------------------------

    def post(
        self, room: Room, text: str, *, number: int | None = None, age_s: float = 0, topic: int = 0, **more: Any
    ) -> types.Message:
        """Publish. number: its id, the next one when left out. more: fields of the message (reply_to, fwd_from, media)."""
        if topic:
            more.setdefault("reply_to", types.MessageReplyHeader(reply_to_msg_id=topic, forum_topic=True))
        message = types.Message(
            id=number or self._number(room),
            peer_id=room.peer,
            message=text,
            date=at(self.clock() - age_s),
            post=not (room.is_group or room.is_small),
            **more,
        )
        self._published(room, message)
        return message

    def serve(self, room: Room, action: Any) -> types.MessageService:
        """A line of the platform itself."""
        message = types.MessageService(id=self._number(room), peer_id=room.peer, date=at(self.clock()), action=action)
        self._published(room, message)
        return message

    def picture(self, room: Room, text: str, content: bytes, *, says: int = 0) -> types.Message:
        """Publish a photo. says: the bytes it is said to have, where that is not so."""
        file = room.id * 1_000 + len(room.files)
        room.files[file] = content
        room.references[file] = b"first"
        photo = types.Photo(
            id=file,
            access_hash=1,
            file_reference=b"first",
            date=at(self.clock()),
            sizes=[types.PhotoSize("x", 800, 600, says or len(content))],
            dc_id=room.file_dc or 2,
        )
        return self.post(room, text, media=types.MessageMediaPhoto(photo=photo))

    def expire(self, room: Room, number: int) -> None:
        """The reference by which the picture of a post could be had is too old; whoever reads the post again has a new one."""
        photo = room.posts[number].media.photo
        room.references[photo.id] = photo.file_reference = b"second"

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
        if room.is_small:
            self.pts += 1
            self._happened(room, types.UpdateEditMessage(message, self.pts, 1))
        else:
            room.pts += 1
            self._happened(room, types.UpdateEditChannelMessage(message, room.pts, 1))
        return message

    def delete(self, room: Room, numbers: Iterable[int]) -> None:
        """Withdraw posts."""
        gone = list(numbers)
        for number in gone:
            room.posts.pop(number, None)
        if room.is_small:
            self.pts += len(gone)
            self._happened(room, types.UpdateDeleteMessages(gone, self.pts, len(gone)))
        else:
            room.pts += len(gone)
            self._happened(room, types.UpdateDeleteChannelMessages(room.id, gone, room.pts, len(gone)))

    def forget(self, room: Room, keep: int) -> None:
        """Let go of all but the newest posts and events: a long run stays small. Whoever asks for older ones finds none."""
        for number in sorted(room.posts)[:-keep]:
            del room.posts[number]
        del room.events[:-keep]

    def _number(self, room: Room) -> int:
        if not room.is_small:
            return max(room.given, room.last) + 1
        return max(max(one.given, one.last) for one in self.rooms.values() if one.is_small) + 1

    def _published(self, room: Room, message: types.Message | types.MessageService) -> None:
        room.posts[message.id] = message
        room.given = max(room.given, message.id)
        if room.is_small:
            self.pts += 1
            self._happened(room, types.UpdateNewMessage(message, self.pts, 1))
        else:
            room.pts += 1
            self._happened(room, types.UpdateNewChannelMessage(message, room.pts, 1))

    def _happened(self, room: Room, update: TLObject) -> None:
        if room.is_small:
            self.events.append((self.pts, update))
        else:
            room.events.append((room.pts, update))
        room.changed_at = self.clock()
        if self.is_telling:
            self.tell(room, update)

    # --- what clients ask -----------------------------------------------------------------------------------------

    def history(
        self, room: Room, *, below: int, above: int, limit: int, skip: int = 0, topic: int = 0
    ) -> list[types.Message]:
        """A window on the posts, newest first: `limit` of them from the first below `below` on, shifted by `skip`, above `above`.

        below: 0 for the newest. skip: negative for newer ones. topic: only its posts. Source: core.telegram.org/api/offsets.
        """
        numbers = sorted((n for n, one in room.posts.items() if not topic or topic_of(one) == topic), reverse=True)
        start = skip + (sum(n >= below for n in numbers) if below else 0)
        return [room.posts[n] for n in numbers[max(0, start) : max(0, start + limit)] if n > above]

    def missed(self, room: Room, pts: int) -> list[tuple[int, TLObject]]:
        """The events after a pts."""
        return [event for event in room.events if event[0] > pts]
