"""What was missed, as the client wants to be told it: Telegram may say it in more ways than the client can stand.

An answer tells what was posted and, beside it, what became of that. The client hands on the posts last, so of a server that tells
a post as it once was, what was withdrawn would come back and what was changed would be as before. And where the client takes for
granted what the scheme does not promise, it stops listening (Telethon 1.45, `MessageBox.apply_channel_difference`).
"""

from __future__ import annotations

from typing import Any, Final

from telethon.tl import types

TOO_MUCH: Final = (types.updates.ChannelDifferenceTooLong, types.updates.DifferenceTooLong)
EDITED: Final = (types.UpdateEditChannelMessage, types.UpdateEditMessage)
DELETED: Final = (types.UpdateDeleteChannelMessages, types.UpdateDeleteMessages)
_ENDS: Final = (types.updates.ChannelDifferenceEmpty, types.updates.ChannelDifferenceTooLong)


def settle(answer: Any) -> None:
    """Make an answer one that the client takes: nothing follows after nothing, and posts are as they became."""
    if isinstance(answer, _ENDS):
        answer.final = True
    posts = getattr(answer, "new_messages", None)
    if posts:
        answer.new_messages = _as_they_became(posts, answer.other_updates)


def says_where(answer: Any) -> bool:
    """Whether the client knows from it where it stands now."""
    return not isinstance(answer, types.updates.ChannelDifferenceTooLong) or bool(getattr(answer.dialog, "pts", None))


def _as_they_became(posts: list[Any], changes: list[Any]) -> list[Any]:
    edited = {_place(one.message): one.message for one in changes if isinstance(one, EDITED)}
    gone = {(_room(one), number) for one in changes if isinstance(one, DELETED) for number in one.messages}
    return [edited.get(_place(post), post) for post in posts if _place(post) not in gone]


def _place(post: Any) -> tuple[int, int]:
    # Outside of channels one count numbers everything.
    return getattr(post.peer_id, "channel_id", 0), post.id


def _room(deleted: Any) -> int:
    return getattr(deleted, "channel_id", 0)
