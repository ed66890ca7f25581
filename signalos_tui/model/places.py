"""Where channels come from: the logins of a messenger, the chats each of them sees, and how far a reading of old posts is.

Names, titles and what a messenger says of itself are foreign text.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from signalos_tui.model.ids import ChannelId


class Standing(StrEnum):
    """How a login stands with its messenger."""

    CONNECTING = "connecting"
    READING = "reading"
    BLIND = "blind"
    """It does not answer; it is tried again for ever."""
    FLOODED = "flooded"
    """It wants a pause; `LoginView.until` says how long."""
    REVOKED = "session revoked"
    """The owner logs in again."""
    DUPLICATED = "used elsewhere"
    """Its session was used in two places at once, which ends it."""
    BANNED = "banned"
    """The account is gone; another one is needed."""


class LoginView(Struct, frozen=True):
    """One login. detail: in words, "" when all is well. since, until: ms UTC, 0 where there is none. followed: channels read."""

    name: str
    standing: Standing
    followed: int = 0
    detail: str = ""
    since: int = 0
    until: int = 0

    @property
    def is_lost(self) -> bool:
        """Only its owner can bring it back."""
        return self.standing in (Standing.REVOKED, Standing.DUPLICATED, Standing.BANNED)


class ChatKind(StrEnum):
    """What a chat is."""

    CHAT = "chat"
    """Followed, and not asked yet what it is."""
    CHANNEL = "channel"
    """Its owner posts."""
    GROUP = "group"
    """Everybody posts."""
    DISCUSSION = "discussion"
    """The group beside a channel, where its posts are talked about."""
    FORUM = "forum"
    """A group of topics; followed as a whole, or one topic at a time."""
    TOPIC = "topic"
    SMALL_GROUP = "small group"
    """Its posts are numbered across the whole account, so gaps in them mean nothing."""


class Chat(Struct, frozen=True):
    """A chat that a login sees. login: the login's name. username: without @, "" for none. forum: of a topic, its forum's id.

    discussion: the group beside a channel, "" for none. is_followed: it is read, by this login or another one.
    """

    id: ChannelId
    login: str
    title: str
    kind: ChatKind = ChatKind.CHANNEL
    username: str = ""
    forum: str = ""
    discussion: str = ""
    is_followed: bool = False


class Device(Struct, frozen=True):
    """A place where a login's account is logged in. number: 0 for this one. used_at: ms UTC."""

    number: int
    what: str
    used_at: int
