"""Telegram Desktop exports as a source: `result.json` of one chat, or of a whole account.

An export shows only the last text of a post. A post edited within `edit_grace` seconds is published when it was posted,
with `edited_at` set: a reader hardly saw the first version. One edited later is published at the time of its edit, so that
no text is ever traded before it existed. What was deleted is not in an export, and no reader can bring it back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import msgspec
from msgspec import Meta, Raw, Struct

from signalos_tui.clock import Clock
from signalos_tui.collect.mistakes import in_words
from signalos_tui.collect.pacing import until
from signalos_tui.errors import SourceUnreadable
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Message, Published

LARGEST_FILE = 1 << 30
LONGEST_TEXT = 1 << 16
_LATEST = 4_102_444_800_000  # the year 2100, ms UTC
_LARGEST_ID = 1 << 53
_HOW = 'export the chat in Telegram Desktop ("Export chat history") with the format "Machine-readable JSON"'
_NOT_INCLUDED = "(File "  # what the exporter writes instead of the path of a file it did not save


class Export(NamedTuple):
    """What was read. messages: in the order in which they are published (see `due`)."""

    channels: tuple[Channel, ...]
    messages: tuple[Message, ...]


class _Entity(Struct, gc=False):
    text: str | None = ""


PostNumber = Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)]
"""A number that every file keeps exactly; service messages may have a negative one."""


class _Post(Struct, gc=False):
    # One element of "messages". Everything else an exporter writes is not needed here.
    id: PostNumber
    type: str = "message"
    date: str | None = None
    date_unixtime: str | int | None = None
    edited: str | None = None
    edited_unixtime: str | int | None = None
    from_: str | None = msgspec.field(name="from", default=None)
    from_id: str | int | None = None
    text: str | list[str | _Entity] | None = None
    text_entities: list[_Entity] | None = None
    reply_to_message_id: PostNumber | None = None
    reply_to_peer_id: str | int | None = None
    forwarded_from: str | None = None
    photo: str | None = None
    file: str | None = None
    media_type: str | None = None
    action: str | None = None
    title: str | None = None


class _Chat(Struct):
    id: int | None = None
    name: str | None = None
    messages: list[Raw] | None = None


class _ChatList(Struct):
    chats: list[_Chat] | None = msgspec.field(name="list", default=None)


class _Root(_Chat):
    chats: _ChatList | None = None
    left_chats: _ChatList | None = None


_ROOT = msgspec.json.Decoder(_Root)
_POST = msgspec.json.Decoder(_Post)


def due(message: Message, edit_grace: float = 60.0) -> int:
    """When a post is published, ms UTC: when it was posted, or when it was edited more than `edit_grace` s later."""
    if message.edited_at is not None and message.edited_at - message.posted_at > edit_grace * 1000:
        return message.edited_at
    return message.posted_at


def read_export(path: Path, *, zone: tzinfo = UTC, edit_grace: float = 60.0) -> Export:
    """Read an export. path: the file, or the folder it stands in. zone: the clock of exports too old to say (before 2021).

    Raises SourceUnreadable with the place: the byte and line, or the chat, message and field.
    """
    path = path / "result.json" if path.is_dir() else path
    return parse_export(path, _content(path), zone=zone, edit_grace=edit_grace)


def parse_export(path: Path, content: bytes, *, zone: tzinfo = UTC, edit_grace: float = 60.0) -> Export:
    """The same of a file that has been read already. path: its name, for errors. Raises SourceUnreadable."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.lstrip()[:1] == b"<":
        raise SourceUnreadable(f"{path} is an export in HTML", _HOW)
    root = _decoded(path, content)
    chats = [chat for part in (root.chats, root.left_chats) if part for chat in part.chats or ()]
    if root.messages is not None:
        chats.insert(0, root)
    if not chats:
        raise SourceUnreadable(f'{path} has neither "messages" nor "chats"', _HOW)
    channels: dict[ChannelId, Channel] = {}
    messages: dict[tuple[ChannelId, int], Message] = {}
    for number, chat in enumerate(chats, start=1):
        # Never negative: that is how a chat that is read live is called, and no file may speak in its name.
        if chat.id is None or not 0 < chat.id < _LARGEST_ID:
            raise SourceUnreadable(f"{path}: chat {number} {_of_id(chat.id)}", _HOW)
        channel = ChannelId(f"tg:{chat.id}")
        channels.setdefault(channel, Channel(channel, (chat.name or f"Chat {chat.id}")[:200]))
        for message in _messages(path, channel, chat.messages or [], zone):
            if messages.setdefault((channel, message.id), message) != message:
                raise SourceUnreadable(f"{path}: {channel} has two different messages {message.id}", _HOW)
    ordered = sorted(messages.values(), key=lambda message: (due(message, edit_grace), message.channel, message.id))
    return Export(tuple(channels.values()), tuple(ordered))


def _of_id(given: int | None) -> str:
    # What is wrong with a chat's number.
    if given is None:
        return "has no id"
    if given >= 0:
        return f"has no usable id (was {str(given)[:30]})"
    return (
        f"has the negative id {str(given)[:30]}, Telegram's other way of writing a chat that is read live: "
        "it is left alone on purpose, no file may speak for such a chat"
    )


class ExportSource:
    """A `MessageSource` that publishes an export again, each post at its moment on the clock.

    `since` counts by moments as well as by numbers: a post whose edit came after the last journalled post is published.
    """

    def __init__(self, export: Export, clock: Clock, *, edit_grace: float = 60.0, name: str = "export") -> None:
        self.name = name
        self._export = export
        self._clock = clock
        self._schedule = sorted(((due(message, edit_grace), message) for message in export.messages), key=_order)

    def channels(self) -> tuple[Channel, ...]:
        """The chats of the export."""
        return self._export.channels

    async def published(self, since: Mapping[ChannelId, int]) -> AsyncIterator[Published]:
        """Everything after `since`, what lies in the clock's past at once; ends with the export."""
        last: dict[ChannelId, tuple[int, int]] = {}
        for at, message in self._schedule:
            if message.id <= since.get(message.channel, -_LARGEST_ID):
                last[message.channel] = max(last.get(message.channel, (-_LARGEST_ID, 0)), (message.id, at))
        seen = {channel: at for channel, (_, at) in last.items()}
        for at, message in self._schedule:
            if message.id <= since.get(message.channel, -_LARGEST_ID) and at <= seen[message.channel]:
                continue
            await until(self._clock, at)
            yield message


def _order(entry: tuple[int, Message]) -> tuple[int, ChannelId, int]:
    at, message = entry
    return at, message.channel, message.id


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise SourceUnreadable(
                f"{path} has {size:,} bytes, more than {LARGEST_FILE:,}", "export fewer chats or a shorter time"
            )
        content = path.read_bytes()
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror or error}", "check the path") from error
    return content


def _decoded(path: Path, content: bytes) -> _Root:
    try:
        return _ROOT.decode(content)
    except msgspec.ValidationError as error:
        raise SourceUnreadable(f"{path} is not an export of Telegram Desktop: {in_words(error)}", _HOW) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise SourceUnreadable(f"{path} is damaged{_place(str(error), content)}", _HOW) from error


def _place(text: str, content: bytes) -> str:
    # The decoder names the byte; people look for the line.
    if "truncated" in text:
        return f", it ends too early in line {_lines(content)}"
    byte = text.rpartition("(byte ")[2].rstrip(")")
    if not byte.isdecimal():
        return ": what stands in it is not JSON"
    return f" in line {_lines(content[: int(byte)])}: what stands there is not JSON"


def _lines(content: bytes) -> int:
    return content.count(b"\n") + 1


def _messages(path: Path, channel: ChannelId, raws: list[Raw], zone: tzinfo) -> Iterator[Message]:
    # One at a time: hundreds of thousands of posts held at once would keep the garbage collector busy, and with it everybody.
    for post, album in _with_albums(_posts(path, channel, raws)):
        try:
            yield _message(channel, post, album, zone)
        except ValueError as error:
            _fault(path, f"{channel}, message {str(post.id)[:30]}, {error}")


def _posts(path: Path, channel: ChannelId, raws: list[Raw]) -> Iterator[_Post]:
    for index, raw in enumerate(raws):
        try:
            yield _POST.decode(raw)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            why = in_words(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"
            _fault(path, f"{channel}, messages[{index}]{_id_of(raw)}: {why}")


def _fault(path: Path, text: str) -> NoReturn:
    raise SourceUnreadable(f"{path}: {text}", f"remove that message from the file, or {_HOW}")


def _id_of(raw: Raw) -> str:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return ""
    return f" (id {str(found.get('id'))[:30]})" if isinstance(found, dict) else ""


def _message(channel: ChannelId, post: _Post, album: str | None, zone: tzinfo) -> Message:
    if abs(post.id) >= _LARGEST_ID:
        raise ValueError(f"field id: was {str(post.id)[:30]}")
    posted_at = _moment("date", post.date_unixtime, post.date, zone)
    if posted_at is None:
        raise ValueError("field date: is missing")
    edited_at = _moment("edited", post.edited_unixtime, post.edited, zone)
    service = post.type != "message"
    text = " ".join(part for part in (post.action, post.title) if part) if service else _text(post)
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"field text: has {len(text):,} characters, more than {LONGEST_TEXT:,}")
    return Message(
        channel=channel,
        id=post.id,
        posted_at=posted_at,
        text=text,
        edited_at=edited_at if edited_at is not None and edited_at > posted_at else None,
        reply_to=None if post.reply_to_peer_id is not None else post.reply_to_message_id,
        answers_elsewhere=post.reply_to_peer_id is not None,
        forwarded_from=post.forwarded_from,
        album=album,
        media=_media(post),
        service=service,
    )


def _text(post: _Post) -> str:
    parts: str | Iterable[str | _Entity] = post.text or post.text_entities or ""
    if isinstance(parts, str):
        return parts
    return "".join(part if isinstance(part, str) else part.text or "" for part in parts)


def _media(post: _Post) -> str | None:
    # The path of the file beside the export, or its kind where the file was not saved.
    for path in (post.photo, post.file):
        if path and not path.startswith(_NOT_INCLUDED):
            return path
    return "photo" if post.photo else post.media_type or ("file" if post.file else None)


def _moment(field: str, unixtime: str | int | None, written: str | None, zone: tzinfo) -> int | None:
    seen = unixtime if unixtime is not None else written
    if seen is None or seen == "":
        return None
    try:
        if unixtime is not None:
            at = int(unixtime) * 1000
        else:
            at = int(datetime.fromisoformat(str(written)).replace(tzinfo=zone).timestamp()) * 1000
    except (ValueError, OverflowError, OSError):
        at = -1
    if not 0 <= at < _LATEST:
        raise ValueError(f"field {field}: was {str(seen)[:40]!r}")
    return at


def _with_albums(posts: Iterable[_Post]) -> Iterator[tuple[_Post, str | None]]:
    # Exports do not name albums: their posts stand one after another, by one author, in one second, each with media.
    first: _Post | None = None
    previous: _Post | None = None
    for post in posts:
        if previous is not None:
            is_one = _belong_together(previous, post)
            first = first or (previous if is_one else None)
            yield previous, f"album-{first.id}" if first else None
            first = first if is_one else None
        previous = post
    if previous is not None:
        yield previous, f"album-{first.id}" if first else None


def _belong_together(one: _Post, other: _Post) -> bool:
    if _media(one) is None or _media(other) is None or one.type != "message" or other.type != "message":
        return False
    same_time = (one.date_unixtime or one.date) == (other.date_unixtime or other.date)
    return same_time and (one.from_id or one.from_) == (other.from_id or other.from_)
