"""Small groups, whose posts are numbered across everything an account sees: a number that is missing means nothing.

So there is no ledger. What is told is handed on at once, and whenever the group has a newer post than was found in its history,
the history is read from there on: what was lost on the way is in it, late and perhaps out of order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from telethon.tl import functions, types

from signalos_tui.collect.telegram.watched import PAGE, Ask, Home, Post, Watched
from signalos_tui.model.messages import Channel, Published


class SmallGroup(Watched):
    """A small group. first_posts: how many old posts of a new one are read."""

    def __init__(self, peer: Any, home: Home, first_posts: int) -> None:
        super().__init__(peer)
        self.home = home
        self.reached = home.since
        self._first_posts = first_posts
        self._has_begun = home.since is not None

    @property
    def channels(self) -> Sequence[Channel]:
        """Itself."""
        return (self.home.channel,)

    @property
    def has_begun(self) -> bool:
        """Its newest posts are here, or it is known from before."""
        return self._has_begun

    @property
    def missing(self) -> int:
        """Nobody can know."""
        return 0

    def home_of(self, message: Any) -> Channel | None:
        """Itself."""
        return self.home.channel

    def heard_of(self, number: int) -> None:
        """There is a post of this number."""
        self.top = max(self.top, number)
        if self.reached is None and not self._first_posts:
            self.reached, self._has_begun = self.top, True

    @property
    def lacks(self) -> bool:
        """There is something newer than what was found, or something is in doubt."""
        return self.top > (self.reached or 0) or bool(self._doubted)

    def wanted(self) -> Ask | None:
        """The history after what was read of it, then what is in doubt."""
        if self.top > (self.reached or 0):
            return Ask(self._page(), partial(self._take_page, top=self.top))
        if self._doubted:
            numbers = sorted(self._doubted)[:PAGE]
            request = functions.messages.GetMessagesRequest([types.InputMessageID(number) for number in numbers])
            return Ask(request, lambda found, at: self._reread(numbers, found, at))
        return None

    def take(self, post: Post) -> list[Published]:
        """A post that was told. What is before it may be missing, and nobody can know before the next look at the numbers."""
        if post.id <= (self.reached or 0) or post.id in self._said:
            return []
        return self._new([post])

    @property
    def settled(self) -> int:
        """Everything up to here was there when it was told or found."""
        return max(self.top, self.last.get(self.home.channel.id, 0))

    def compare(self, newest: Sequence[Post], asked: int, at: int) -> list[Published]:
        """As read again. Only what was handed on can be seen to be gone; what is newer than all that was read is asked for."""
        here = {post.id for post in newest}
        first, last = min(here, default=1), max(here, default=0)
        self.doubt(number for number in self._said if last < number <= asked and self.knows(number))
        gone = [number for number in sorted(self._said) if first <= number <= min(asked, last) and number not in here]
        known = sorted(newest, key=lambda post: post.id)
        return [item for post in known for item in self.found(post)] + self.withdraw(gone, at)

    def _page(self) -> Any:
        since = self.reached
        start, shift, limit = (0, 0, self._first_posts) if since is None else (since + 1, -PAGE, PAGE)
        return functions.messages.GetHistoryRequest(self.peer, start, None, shift, limit, 0, since or 0, 0)

    def _take_page(self, found: Sequence[Post], _: int, *, top: int) -> list[Published]:
        # top: the newest number when it was asked; what is newer may not be in it.
        since = self.reached or 0
        new = sorted((post for post in found if post.id > since), key=lambda post: post.id)
        # A page may be shorter than what was asked for, and more may follow (TDLib: getChatHistory).
        is_last = self.reached is None or not new or new[-1].id >= top
        self.reached = max(top, new[-1].id if new else 0) if is_last else new[-1].id
        self._has_begun = True
        return self._new(post for post in new if post.id not in self._said)
