"""From Telethon's messages to ours. What a quotation or a forwarded head says is told apart from what the post says.

A quotation stands in a reply's head and never becomes text; formatting is left out and alters no character. Reactions, views and
pins change a message without changing a word of it; the content's hash stays the same and nobody hears of it (reference:
reliability A7).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from telethon.tl import types

from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Message

PICTURES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
"""Files that are pictures, and how their names end."""
LONGEST = 16_384
"""Characters of a text that are kept; Telegram allows 4,096."""


def channel_id(number: int, topic: int = 0) -> ChannelId:
    """A channel or large group by its bare number, or a topic of it: by what never changes, not by title or username.

    Source: reference, reliability A18.
    """
    return ChannelId(f"tg:-100{number}/{topic}" if topic else f"tg:-100{number}")


def group_id(number: int) -> ChannelId:
    """A small group by its bare number."""
    return ChannelId(f"tg:-{number}")


def topic_of(channel: ChannelId) -> int:
    """The topic a channel's id names; 0: it is a whole chat."""
    return int(channel.partition("/")[2] or 0)


def topic_in(message: Any) -> int:
    """The topic of a forum that a message stands in; 1, the general one, where nothing is said."""
    if isinstance(getattr(message, "action", None), types.MessageActionTopicCreate):
        return int(message.id)
    head = message.reply_to
    if not isinstance(head, types.MessageReplyHeader) or not head.forum_topic:
        return 1
    return int(head.reply_to_top_id or head.reply_to_msg_id or 1)


def bare(channel: ChannelId) -> int:
    """The bare number of a channel. Raises ValueError: it is none of Telegram's."""
    return int(channel.removeprefix("tg:-100"))


def post_of(channel: ChannelId, message: types.Message | types.MessageService) -> Message:
    """One revision of a post."""
    edited = getattr(message, "edit_date", None)
    is_service = isinstance(message, types.MessageService)
    return Message(
        channel=channel,
        id=message.id,
        posted_at=_at(message.date) or 0,
        text="" if is_service else (message.message or "")[:LONGEST],
        edited_at=_at(edited),
        reply_to=_answered(message),
        answers_elsewhere=_answers_elsewhere(message),
        forwarded_from=_origin(getattr(message, "fwd_from", None)),
        album=str(message.grouped_id) if getattr(message, "grouped_id", None) else None,
        media=_media(getattr(message, "media", None)),
        service=is_service,
    )


def _at(moment: datetime | None) -> int | None:
    # A date of nothing is the library's None; a post of that date is too old for anything.
    return round(moment.timestamp() * 1000) if moment is not None else None


def _answered(message: Any) -> int | None:
    # In a forum the topic's first post is "answered" by all of them: that is a place, not an answer.
    head = message.reply_to
    if not isinstance(head, types.MessageReplyHeader) or _answers_elsewhere(message):
        return None
    if head.forum_topic and head.reply_to_top_id is None:
        return None
    number: int | None = head.reply_to_msg_id
    return number


def _answers_elsewhere(message: Any) -> bool:
    # Another chat's post (also one that is only quoted, because its chat is closed to us), or a story.
    head = message.reply_to
    if not isinstance(head, types.MessageReplyHeader):
        return head is not None
    return head.reply_to_peer_id is not None or head.reply_from is not None


def _origin(head: Any) -> str | None:
    if head is None:
        return None
    peer = head.from_id
    if isinstance(peer, types.PeerChannel):
        return head.from_name or str(channel_id(peer.channel_id))
    number = getattr(peer, "user_id", None)
    return head.from_name or (f"tg:{number}" if number else "somebody")


_KINDS = {
    types.MessageMediaPhoto: "photo",
    types.MessageMediaDocument: "document",
    types.MessageMediaPoll: "poll",
    types.MessageMediaWebPage: None,
}


def _media(media: Any) -> str | None:
    if media is None:
        return None
    kind = _KINDS.get(type(media), type(media).__name__.removeprefix("MessageMedia").lower())
    if kind == "photo" and getattr(media, "photo", None) is not None:
        return f"photo {media.photo.id}"
    if kind == "document" and isinstance(getattr(media, "document", None), types.Document):
        return f"{_document(media.document)} {media.document.id}"
    return kind


def _document(document: types.Document) -> str:
    # What an app would call it. A voice note is an audio file that says so, a sticker has a size like a video.
    kinds = {type(one): one for one in document.attributes}
    if types.DocumentAttributeSticker in kinds:
        return "sticker"
    if types.DocumentAttributeAnimated in kinds:
        return "animation"
    if types.DocumentAttributeVideo in kinds:
        return "video"
    if types.DocumentAttributeAudio in kinds:
        return "voice" if kinds[types.DocumentAttributeAudio].voice else "audio"
    return "picture" if document.mime_type in PICTURES else "document"
