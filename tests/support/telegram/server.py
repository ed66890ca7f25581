"""The listening socket and the requests of a reading client: config, dialogs, history, differences, files; faults on demand.

Limits are Telegram's: at most 100 posts a page of history; a channel that is more than `too_long` events behind is answered
with "too long" and no posts (reference: reliability, finding 3).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Self

from telethon.tl import TLObject, functions, patched, types

from tests.support.telegram.config import DC, config
from tests.support.telegram.handshake import trust_this_server
from tests.support.telegram.login import Doorman
from tests.support.telegram.session import Failed, Session, Unanswered
from tests.support.telegram.transport import Key, Packets
from tests.support.telegram.world import Person, Room, World, at

PAGE = 100
_EMPTY = patched.MessageEmpty.__bases__[1]
"""What Telegram sends for a post that is not there; Telethon's own class of that name is for reading."""
_WRAPPERS = (
    functions.InvokeWithLayerRequest,
    functions.InitConnectionRequest,
    functions.InvokeWithoutUpdatesRequest,
    functions.InvokeAfterMsgRequest,
)


class Server:
    """`async with Server(world) as server`: it listens on `port`. asked: every request, in order.

    refuse: errors for the next requests of a type, by its name without "Request" ("GetHistory"). delay_s: of every answer.
    answered: called with who asked, each request of a reader, and what it is answered. dc: the number of the data centre it is.
    ports: of every data centre, itself included. ahead_s: its clock against this machine's.
    """

    def __init__(self, world: World, port: int = 0, *, dc: int = DC) -> None:
        self.world = world
        self.dc = dc
        self.door = Doorman(world, dc)
        self.port = port
        self.ports: dict[int, int] = {}
        self.ahead_s = 0.0
        self.sessions: list[Session] = []
        self.asked: list[TLObject] = []
        self.refuse: dict[str, deque[Failed | Unanswered]] = {}
        self.delay_s = 0.0
        self.answered: Callable[[Session, TLObject, Any], None] = lambda session, request, answer: None
        self.too_long = 100
        self._keys: dict[bytes, Key] = {}
        self._server: asyncio.Server | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._before = world.tell  # another data centre of the same world
        world.tell = self._happened

    async def __aenter__(self) -> Self:
        trust_this_server()
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Listen, again on the same port after a `close`."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self.ports[self.dc] = self.port

    async def close(self) -> None:
        """Drop everybody and refuse connections."""
        assert self._server is not None
        self._server.close()
        self.drop()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._server.wait_closed()

    def drop(self) -> None:
        """End every connection at once."""
        for session in list(self.sessions):
            session.drop()

    def refuse_next(self, method: str, *failures: Failed | Unanswered) -> None:
        """The next requests of a type fail like this, one each, or are never answered."""
        self.refuse.setdefault(method, deque()).extend(failures)

    def tell(self, room: Room, update: TLObject) -> None:
        """Send an update to every member who is connected."""
        for session in self.sessions:
            person = self._inside(session)
            if person is not None and person.id in room.members and session.wants_updates:
                session.send(types.Updates([update], [], _with_successors([room]), at(self.world.clock()), 0))

    def _happened(self, room: Room, update: TLObject) -> None:
        self._before(room, update)
        self.tell(room, update)

    def requests(self, method: str) -> list[TLObject]:
        """The requests of a type so far, by its name without "Request"."""
        return [one for one in self.asked if type(one).__name__ == f"{method}Request"]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        session = Session(Packets(reader, writer), writer, self._keys, self._serve, lambda: self.ahead_s)
        self.sessions.append(session)
        try:
            await session.run()
        except asyncio.CancelledError:
            session.drop()
        finally:
            self.sessions.remove(session)
            self._running.discard(task)

    def _inside(self, session: Session) -> Person | None:
        try:
            return self.door.person(session) if session.key else None
        except Failed:
            return None

    async def _serve(self, session: Session, request: TLObject) -> Any:
        while isinstance(request, _WRAPPERS):
            if isinstance(request, functions.InvokeWithoutUpdatesRequest):
                session.wants_updates = False
            request = request.query
        self.asked.append(request)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        failures = self.refuse.get(type(request).__name__.removesuffix("Request"))
        if failures:
            raise failures.popleft()
        if isinstance(request, functions.help.GetConfigRequest):
            return config(self.dc, self.ports, at(self.world.clock() + self.ahead_s))
        answer = self.door.answer(session, request)
        if answer is not NotImplemented:
            return answer
        answer = self._reading(self.door.person(session), request)
        self.answered(session, request, answer)
        return answer

    def _reading(self, me: Person, request: TLObject) -> Any:
        match request:
            case functions.users.GetUsersRequest():
                return [me.tl for _ in request.id]
            case functions.updates.GetStateRequest():
                return self._state()
            case functions.updates.GetDifferenceRequest():
                return self._account_difference(me, request.date, request.pts)
            case functions.updates.GetChannelDifferenceRequest():
                return self._difference(self._room(me, request.channel), request)
            case functions.messages.GetDialogsRequest():
                return self._dialogs(me, request)
            case functions.messages.GetPeerDialogsRequest():
                rooms = [self._room(me, one.peer) for one in request.peers]
                tops = [room.posts[room.last] for room in rooms if room.posts]
                here = _with_successors(rooms)
                return types.messages.PeerDialogs([_dialog(room) for room in rooms], tops, here, [], self._state())
            case functions.messages.GetHistoryRequest():
                return self._history(self._room(me, request.peer), request)
            case functions.channels.GetMessagesRequest():
                room = self._room(me, request.channel)
                found = [room.posts.get(one.id) or _EMPTY(one.id) for one in request.id]
                return types.messages.ChannelMessages(room.pts, len(found), found, [], [room.tl], [])
            case functions.channels.GetChannelsRequest():
                return types.messages.Chats([self._room(me, one).tl for one in request.id])
            case functions.upload.GetFileRequest():
                return self._file(me, request)
            case _:
                return self._more(me, request)

    def _more(self, me: Person, request: TLObject) -> Any:
        # Forums, the groups beside channels, and small groups.
        match request:
            case functions.messages.GetRepliesRequest():
                return self._history(self._room(me, request.peer), request, topic=request.msg_id)
            case functions.messages.GetForumTopicsRequest():
                return self._topics(self._room(me, request.peer), request)
            case functions.channels.GetFullChannelRequest():
                return self._full(self._room(me, request.channel))
            case functions.messages.GetMessagesRequest():
                small = [room for room in self._rooms_of(me) if room.is_small]
                posts = {number: one for room in small for number, one in room.posts.items()}
                found = [posts.get(one.id) or _EMPTY(one.id) for one in request.id]
                return types.messages.Messages(found, [], [room.tl for room in small], [])
            case _:
                raise Failed(400, f"{type(request).__name__}_NOT_HERE".upper())

    def _account_difference(self, me: Person, since: Any, pts: int) -> TLObject:
        # Channels keep their own count: the account's difference only says which of them have moved.
        rooms = list(self._rooms_of(me))
        moved = [room for room in rooms if since and room.changed_at >= since.timestamp() and not room.is_small]
        missed = [update for number, update in self.world.events if number > pts]
        if not moved and not missed:
            return types.updates.DifferenceEmpty(at(self.world.clock()), 1)
        new = [update.message for update in missed if isinstance(update, types.UpdateNewMessage)]
        other = [update for update in missed if not isinstance(update, types.UpdateNewMessage)]
        other += [types.UpdateChannelTooLong(room.id, room.pts) for room in moved]
        return types.updates.Difference(new, [], other, _with_successors(rooms), [me.tl], self._state())

    def _state(self) -> TLObject:
        return types.updates.State(self.world.pts, 0, at(self.world.clock()), 1, 0)

    def _room(self, me: Person, peer: Any) -> Room:
        room = self.world.rooms.get(getattr(peer, "channel_id", 0) or getattr(peer, "chat_id", 0))
        if room is None or me.id not in room.members:
            raise Failed(400, "CHANNEL_INVALID")
        if room.is_private:
            raise Failed(400, "CHANNEL_PRIVATE")
        return room

    def _difference(self, room: Room, request: functions.updates.GetChannelDifferenceRequest) -> TLObject:
        missed = self.world.missed(room, request.pts)
        if not missed:
            return types.updates.ChannelDifferenceEmpty(room.pts, final=True)
        if len(missed) > min(self.too_long, request.limit):
            newest = self.world.history(room, below=0, above=0, limit=1)
            return types.updates.ChannelDifferenceTooLong(_dialog(room), newest, [room.tl], [], final=True)
        told = [update.message.id for _, update in missed if isinstance(update, types.UpdateNewChannelMessage)]
        new = [room.posts[number] for number in told if number in room.posts]  # as they are now
        other = [update for _, update in missed if not isinstance(update, types.UpdateNewChannelMessage)]
        return types.updates.ChannelDifference(room.pts, new, other, [room.tl], [], final=True)

    def _dialogs(self, me: Person, request: functions.messages.GetDialogsRequest) -> TLObject:
        rooms = [room for room in self.world.rooms.values() if me.id in room.members and not room.is_private]
        rooms.sort(key=lambda room: (-_newest(room), room.id))
        ids = [room.id for room in rooms]
        after = getattr(request.offset_peer, "channel_id", 0) or getattr(request.offset_peer, "chat_id", 0)
        start = ids.index(after) + 1 if after in ids else 0
        page = rooms[start : start + min(request.limit, PAGE)]
        tops = [room.posts[room.last] for room in page if room.posts]
        return types.messages.DialogsSlice(
            len(rooms), [_dialog(room) for room in page], tops, [room.tl for room in page], [me.tl]
        )

    def _history(self, room: Room, request: Any, topic: int = 0) -> TLObject:
        below = request.offset_id
        if request.max_id:
            below = min(below, request.max_id) if below else request.max_id
        limit = min(request.limit, PAGE)
        found = self.world.history(
            room, below=below, above=request.min_id, limit=limit, skip=request.add_offset, topic=topic
        )
        if room.is_small:
            return types.messages.MessagesSlice(len(room.posts), found, [], _with_successors([room]), [])
        return types.messages.ChannelMessages(room.pts, len(room.posts), found, [], [room.tl], [])

    def _topics(self, room: Room, request: functions.messages.GetForumTopicsRequest) -> TLObject:
        numbers = sorted(room.topics, reverse=True)
        start = numbers.index(request.offset_topic) + 1 if request.offset_topic in numbers else 0
        page = [_topic(room, number) for number in numbers[start : start + request.limit]]
        return types.messages.ForumTopics(len(numbers), page, [], [room.tl], [], room.pts)

    def _full(self, room: Room) -> TLObject:
        other = self.world.rooms.get(room.beside)
        full = types.ChannelFull(
            id=room.id,
            about="",
            read_inbox_max_id=0,
            read_outbox_max_id=0,
            unread_count=0,
            chat_photo=types.PhotoEmpty(0),
            notify_settings=types.PeerNotifySettings(),
            bot_info=[],
            pts=room.pts,
            linked_chat_id=room.beside or None,
        )
        return types.messages.ChatFull(full, [one.tl for one in (room, other) if one is not None], [])

    def _file(self, me: Person, request: functions.upload.GetFileRequest) -> TLObject:
        number = getattr(request.location, "id", 0)
        for room in self._rooms_of(me):
            data = room.files.get(number)
            if data is not None and room.file_dc not in (0, self.dc):
                raise Failed(303, f"FILE_MIGRATE_{room.file_dc}")
            if data is not None and request.location.file_reference == room.references.get(number, b""):
                part = data[request.offset : request.offset + request.limit]
                return types.upload.File(types.storage.FileJpeg(), int(self.world.clock()), part)
        raise Failed(400, "FILE_REFERENCE_EXPIRED")

    def _rooms_of(self, me: Person) -> Iterable[Room]:
        return (room for room in self.world.rooms.values() if me.id in room.members)


def _with_successors(rooms: Iterable[Room]) -> list[TLObject]:
    return [one.tl for room in rooms for one in (room, room.became) if one is not None]


def _topic(room: Room, number: int) -> types.ForumTopic:
    return types.ForumTopic(
        id=number,
        date=at(0),
        peer=room.peer,
        title=room.topics[number],
        icon_color=0,
        top_message=number,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        from_id=types.PeerUser(1),
        notify_settings=types.PeerNotifySettings(),
    )


def _newest(room: Room) -> float:
    return room.posts[room.last].date.timestamp() if room.posts else 0.0


def _dialog(room: Room) -> types.Dialog:
    return types.Dialog(
        peer=room.peer,
        top_message=room.last,
        read_inbox_max_id=0,
        read_outbox_max_id=0,
        unread_count=0,
        unread_mentions_count=0,
        unread_reactions_count=0,
        unread_poll_votes_count=0,
        notify_settings=types.PeerNotifySettings(),
        pts=None if room.is_small else room.pts,
    )
