"""What waits together, put in the order in which it is taken in.

What lies in hand already counts: a call whose edit, deletion or channel's end waits behind it is not traded as if nobody knew. So
everything about one post is taken in one after the other, and only the last of it is read; and where the owner has dropped a
channel, that is written before its posts are read. All else keeps its order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from signalos_tui.model.ids import ChannelId, MessageKey
from signalos_tui.model.messages import Deletion, Followed, Imported, Message, Published, Unfollowed

LARGEST_ID = 1 << 53
"""Beyond this no platform counts and no file keeps a number exactly."""


class Group(NamedTuple):
    """What is taken in at once: posts of one kind, none of them twice; anything else by itself.

    is_overtaken: the next group says more of the same post.
    """

    items: Sequence[Published]
    is_overtaken: bool = False


def groups(batch: Sequence[Published]) -> Iterator[Group]:
    """A batch in the order in which it is to be taken in; takes as long as there are items."""
    told = _told_of(batch)
    first, moved = _dropped(batch)
    group: dict[MessageKey, Published] = {}
    kind: type[Published] | None = None
    for place, item in enumerate(batch):
        key = _key_of(item)
        at_once = told[key] if key is not None else [place]
        if place in moved or at_once[0] != place:
            continue  # taken in before
        post = post_in(item) if len(at_once) == 1 else None
        if group and (post is None or place in first or post.key in group or type(item) is not kind):
            yield Group(list(group.values()))
            group = {}
        if place in first:
            yield Group([first[place]])
        if post is None:
            yield from (Group([batch[one]], one != at_once[-1]) for one in at_once)
        else:
            group[post.key], kind = item, type(item)
    if group:
        yield Group(list(group.values()))


def _told_of(batch: Sequence[Published]) -> dict[MessageKey, list[int]]:
    # Where in the batch something is said of each post.
    found: dict[MessageKey, list[int]] = {}
    for place, item in enumerate(batch):
        key = _key_of(item)
        if key is not None:
            found.setdefault(key, []).append(place)
    return found


def _dropped(batch: Sequence[Published]) -> tuple[dict[int, Unfollowed], set[int]]:
    # Ends of channels that come before posts they stand behind: the place of the first of those, and their own places.
    first: dict[int, Unfollowed] = {}
    moved: set[int] = set()
    begun: dict[ChannelId, int] = {}
    for place, item in enumerate(batch):
        if isinstance(item, Message):
            begun.setdefault(item.channel, place)
        elif isinstance(item, Followed | Unfollowed):
            start = begun.pop(item.channel, None)
            if isinstance(item, Unfollowed) and start is not None:
                first[start] = item
                moved.add(place)
    return first, moved


def _key_of(item: Published) -> MessageKey | None:
    # What one post is told of live; an imported one is the past.
    if isinstance(item, Deletion):
        return item.key
    return item.key if isinstance(item, Message) and is_usable(item) else None


def post_in(item: Published) -> Message | None:
    """The post, live or from before, where it can be used."""
    post = item.message if isinstance(item, Imported) else item
    return post if isinstance(post, Message) and is_usable(post) else None


def is_usable(message: Message) -> bool:
    """Its numbers can be counted with."""
    return 0 < message.id < LARGEST_ID and (message.reply_to or 0) < LARGEST_ID
