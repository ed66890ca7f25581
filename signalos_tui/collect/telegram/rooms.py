"""Channels and large groups, whose posts are numbered without a gap; and forums, which are such a group cut into topics.

Topics have no numbers of their own. So topics of one forum share its ledger: it is asked once, and a post of a topic that nobody
follows is settled like any other, only not handed on. What a topic lacks from before the start is asked for by itself, because
between two of its posts there may be thousands of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from telethon.tl import functions, types

from signalos_tui.collect.telegram.ledger import Ledger
from signalos_tui.collect.telegram.posts import topic_in
from signalos_tui.collect.telegram.watched import GONE, PAGE, REMEMBERED, Ask, Home, Post, Watched, answered_to
from signalos_tui.logs import logger
from signalos_tui.model.messages import Channel, Message, Published

WIDE = 1_000
"""So far back a number that the newest posts do not have is taken for a post that was deleted."""
FAR = 1_000
"""A gap that is wider is asked from the history, which passes over numbers that have no post: after a great clearing there may be
hundreds of thousands of them."""
_log = logger("signalos.telegram")

WHOLE = 0
"""The home of every post whose topic has none of its own."""


class Room(Watched):
    """A channel, a large group or a forum. homes: by topic; `WHOLE` for all the others, where the whole is followed.

    first_posts: how many old posts of a new channel are read. ledger: None until everything from before the start is here.
    """

    def __init__(self, peer: Any, homes: Mapping[int, Home], first_posts: int) -> None:
        super().__init__(peer)
        self.homes = dict(homes)
        self.ledger: Ledger[Post] | None = None
        self.reached: dict[int, int] = {topic: home.since for topic, home in homes.items() if home.since is not None}
        self._first_posts = first_posts
        self._base: int | None = None
        self._behind: list[int] = []
        self._width = PAGE
        self._numbered_to = 0
        if list(homes) == [WHOLE] and WHOLE in self.reached:
            self._base = self.reached[WHOLE]
            self._begin()

    @property
    def channels(self) -> Sequence[Channel]:
        """Its topics, and the whole where it is followed."""
        return [home.channel for home in self.homes.values()]

    @property
    def has_begun(self) -> bool:
        """The ledger is there."""
        return self.ledger is not None

    @property
    def missing(self) -> int:
        """Numbers that are not settled and not here."""
        return self.ledger.missing if self.ledger is not None else 0

    def home_of(self, message: Any) -> Channel | None:
        """The channel of its topic, or the whole."""
        home = self.homes.get(WHOLE)
        if home is None or len(self.homes) > 1:
            home = self.homes.get(topic_in(message), home)
        return home.channel if home is not None else None

    def heard_of(self, number: int) -> None:
        """There are posts up to here. The first time it is made out where to begin."""
        self.top = max(self.top, number, *self.reached.values())
        if self.ledger is not None:
            self.ledger.heard_of(number)
        elif self._base is None:
            number = self.top
            known = self.reached.get(WHOLE, max(0, number - self._first_posts))
            self._base = known if WHOLE in self.homes else number
            new = -1 if self._first_posts else self._base
            topics = (topic for topic in self.homes if topic != WHOLE)
            self._behind = [one for one in topics if self.reached.get(one, new) < self._base]
            self._begin()

    @property
    def lacks(self) -> bool:
        """Posts from before the start, of a gap, or in doubt."""
        if self.ledger is None:
            return bool(self._behind)
        return self.ledger.missing > 0 or bool(self._doubted)

    def wanted(self) -> Ask | None:
        """A page of a topic from before the start, then a gap, then what is in doubt."""
        if self.ledger is None:
            if not self._behind:
                return None
            return Ask(self._page_of(self._behind[0]), self._take_page, self._without_past, may_fail=True)
        if (gap := self.ledger.gap) is not None:
            if gap[1] - gap[0] >= FAR and gap[1] > self._numbered_to:
                return Ask(self._window(gap[0]), partial(self._take_window, *gap), partial(self._by_numbers, gap[1]))
            first, last = gap[0], min(gap[1], gap[0] + self._width - 1)
            request = self._numbers(range(first, last + 1))
            return Ask(request, partial(self._take_gap, first, last), partial(self._narrow, first, last))
        if self._doubted:
            numbers = sorted(self._doubted)[:PAGE]
            return Ask(self._numbers(numbers), lambda found, at: self._reread(numbers, found, at))
        return None

    def take(self, post: Post) -> list[Published]:
        """A post that was told. One that was looked for in vain, and is there after all, is handed on late."""
        assert self.ledger is not None
        if post.id <= self.ledger.reached:
            return self.found(post) if self._is_gone(post.id) else []
        return self._new(self.ledger.take(post))

    def settle(self, first: int, last: int, found: Sequence[Post]) -> list[Published]:
        """What the history says of a gap; what is to be handed on, in order. What it does not have never was."""
        assert self.ledger is not None
        here = {post.id for post in found}
        remembered = range(max(first, last - REMEMBERED), last + 1)
        self._said.update((number, GONE) for number in remembered if number not in here)
        return self._new(self.ledger.settle(first, last, found))

    def withdraw(self, numbers: Iterable[int], at: int) -> list[Published]:
        """Also what waits for the posts before it."""
        gone = list(numbers)
        if self.ledger is not None:
            for number in gone:
                self.ledger.drop(number)
        return super().withdraw(gone, at)

    def revise(self, post: Post) -> list[Published]:
        """A post as it is now; one that is not settled waits for its turn."""
        assert self.ledger is not None
        return self._new(self.ledger.take(post)) if post.id > self.ledger.reached else super().revise(post)

    @property
    def settled(self) -> int:
        """Every number up to here is."""
        return self.ledger.reached if self.ledger is not None else 0

    def compare(self, newest: Sequence[Post], asked: int, at: int) -> list[Published]:
        """As read again. What is new among them needs not be fetched, where it follows what is settled.

        A history may be behind what was told. So what is newer than all of it is asked for before it counts as deleted.
        """
        if self.ledger is None:
            return []
        here = {post.id for post in newest}
        first, last, reached = min(here, default=1), max(here, default=0), self.ledger.reached
        missing = [number for number in range(max(first, asked - WIDE), min(asked, last) + 1) if number not in here]
        self.doubt(number for number in range(max(last + 1, asked - WIDE + 1), asked + 1) if not self._is_gone(number))
        known = [post for post in sorted(newest, key=lambda post: post.id) if post.id <= reached]
        changed = [item for post in known for item in self.found(post)] + self.withdraw(missing, at)
        if last > reached >= first - 1:
            changed += self.settle(reached + 1, last, [post for post in newest if post.id > reached])
        return changed

    def _take_gap(self, first: int, last: int, found: Sequence[Post], _: int) -> list[Published]:
        self._width = min(PAGE, self._width * 2)
        return self.settle(first, answered_to(found, last), found)

    def _window(self, first: int) -> Any:
        # Upwards from one post before it: that one says that nothing lies between.
        return functions.messages.GetHistoryRequest(self.peer, first, None, 1 - PAGE, PAGE, 0, 0, 0)

    def _take_window(self, first: int, last: int, found: Sequence[Post], _: int) -> list[Published]:
        top = max((post.id for post in found), default=0)
        if top < first or all(post.id >= first for post in found):
            return self._by_numbers(last)
        return self.settle(first, min(top, last), [post for post in found if first <= post.id <= last])

    def _by_numbers(self, last: int) -> list[Published]:
        self._numbered_to = last
        return []

    def _narrow(self, first: int, last: int) -> list[Published]:
        # Among these is one that cannot be read. It is found by halves and left out; the others are not lost for it.
        if first == last:
            _log.error(
                "a post cannot be read and is left out: look at it yourself", channel=self.channels[0].id, post=last
            )
            return self.settle(first, last, ())
        self._width = (last - first + 1) // 2
        return []

    def _begin(self) -> None:
        if not self._behind and self._base is not None:
            self.ledger = Ledger(self._base)
            self.ledger.heard_of(self.top)

    # --- requests -------------------------------------------------------------------------------------------------

    def _numbers(self, numbers: Sequence[int]) -> Any:
        wanted = [types.InputMessageID(number) for number in numbers]
        return functions.channels.GetMessagesRequest(
            types.InputChannel(self.peer.channel_id, self.peer.access_hash), wanted
        )

    def _page_of(self, topic: int) -> Any:
        # A known topic is read on from its last post, a new one begins with its newest.
        since = self.reached.get(topic)
        assert self._base is not None
        start, shift, limit = (self._base + 1, 0, self._first_posts) if since is None else (since + 1, -PAGE, PAGE)
        return functions.messages.GetRepliesRequest(self.peer, topic, start, None, shift, limit, 0, since or 0, 0)

    def _without_past(self) -> list[Published]:
        # A topic that is gone, say. The others, and what is live of this one, do not wait for it.
        self._behind.pop(0)
        self._begin()
        return []

    def _take_page(self, found: Sequence[Post], _: int) -> list[Published]:
        topic = self._behind[0]
        since, base = self.reached.get(topic), self._base
        assert base is not None
        new = sorted((post for post in found if (since or 0) < post.id <= base), key=lambda post: post.id)
        # A page may be shorter than what was asked for, and more may follow.
        if since is None or not new or max(post.id for post in found) >= base:
            self._behind.pop(0)
        self.reached[topic] = new[-1].id if new else (since or 0)
        handed = self._new(post for post in new if isinstance(post, Message))
        self._begin()
        return handed
