"""What people publish: channels, posts, and the ways a post changes.

A source yields these and nothing else; what a vendor's own types say stops at its module in `collect/`.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from signalos_tui.model.ids import ChannelId, MessageKey, message_key


class Health(StrEnum):
    """What a channel's silence means: nothing new (OK), or that we may not see what is posted (all others)."""

    OK = "ok"
    CONNECTING = "connecting"
    """Nobody has answered yet in this run; until then nothing is known."""
    CATCHING_UP = "catching up"
    """Older posts are being fetched; what is new waits its turn behind them."""
    BLIND = "blind"
    STOPPED = "stopped"


class Policy(StrEnum):
    """What a channel's signals may do. A channel that is new is on paper."""

    PAPER = "paper"
    """Traded on paper and demo accounts; with real money it is judged and shown, and nothing is opened."""
    ASK = "ask"
    """Every signal waits for the owner."""
    TRADE = "trade"


class Channel(Struct, frozen=True):
    """Where a provider publishes. `title` and `provider` are foreign text."""

    id: ChannelId
    title: str
    provider: str = ""


class Message(Struct, frozen=True, omit_defaults=True, gc=False):
    """One revision of one post.

    id: the post's number in its channel. posted_at, edited_at: the source's clock, ms UTC. text: as published, foreign.
    reply_to: the number of the post it answers. album: one name for the posts of an album. service: a line of the
    platform itself ("pinned a message"), never a signal. answers_elsewhere: it answers something that is no post of its
    channel (another chat's post, a story), which nobody here can look up.
    """

    channel: ChannelId
    id: int
    posted_at: int
    text: str
    edited_at: int | None = None
    reply_to: int | None = None
    forwarded_from: str | None = None
    album: str | None = None
    media: str | None = None
    service: bool = False
    answers_elsewhere: bool = False

    @property
    def key(self) -> MessageKey:
        """The post's key, the same for every revision."""
        return message_key(self.channel, self.id)

    @property
    def content(self) -> str:
        """A hash of what a reader sees; two revisions with the same content differ in nothing that matters."""
        text = "\n".join(line.rstrip() for line in self.text.strip().splitlines())
        return blake2b(f"{text}\x00{self.media or ''}".encode(), digest_size=16).hexdigest()

    def clean(self) -> Message:
        """The message in valid Unicode: half a surrogate pair, which no file can hold, becomes a question mark."""
        if all(value is None or value.isascii() for value in (self.text, self.forwarded_from, self.album, self.media)):
            return self
        return replace(
            self,
            text=_whole(self.text) or "",
            forwarded_from=_whole(self.forwarded_from),
            album=_whole(self.album),
            media=_whole(self.media),
        )


def _whole(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "replace").decode()


class Deletion(Struct, frozen=True):
    """A post was withdrawn. at: the source's clock, ms UTC."""

    channel: ChannelId
    id: int
    at: int

    @property
    def key(self) -> MessageKey:
        """The key of the withdrawn post."""
        return message_key(self.channel, self.id)


class HealthReport(Struct, frozen=True):
    """A source says how well it sees a channel."""

    channel: ChannelId
    health: Health
    detail: str = ""


class Followed(Struct, frozen=True):
    """A channel is read from now on, or is called otherwise."""

    info: Channel

    @property
    def channel(self) -> ChannelId:
        """Its id."""
        return self.info.id


class Unfollowed(Struct, frozen=True):
    """A channel is read no more."""

    channel: ChannelId


class Imported(Struct, frozen=True):
    """A post from before the channel was followed: kept to judge the channel by, never acted on."""

    message: Message

    @property
    def channel(self) -> ChannelId:
        """Where it was posted."""
        return self.message.channel


Published = Message | Deletion | HealthReport | Followed | Unfollowed | Imported
"""What a source yields."""
