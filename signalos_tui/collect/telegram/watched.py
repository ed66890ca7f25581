"""A chat as it is watched: what was handed on of it, what its newest posts said, and what has to be asked next.

A chat is asked for what is missing with one request at a time, which it names itself (`wanted`); who sends it knows nothing of
gaps or topics. What the posts of a chat mean for its channels is decided here once, however they came.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from telethon.tl import types

from signalos_tui.collect.telegram.posts import post_of
from signalos_tui.collect.telegram.sight import Sight
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.messages import Channel, Deletion, HealthReport, Message, Published

PAGE = 100
"""Posts that one request brings at most."""
GONE = ""
"""What a post says that was deleted or never was."""
REMEMBERED = 1_000
"""Posts of a chat whose last known text is kept, to tell an edit from a reaction."""


class Elsewhere(NamedTuple):
    """A post of a topic that nobody follows: it counts, and nobody hears of it."""

    id: int


Post = Message | Elsewhere


class Home(NamedTuple):
    """A channel that posts of a chat belong to. since: the last one that is known, None for a new channel."""

    channel: Channel
    since: int | None


class Ask(NamedTuple):
    """A request, and who takes the posts it finds and the moment, ms UTC.

    without: what is to be handed on when the answer cannot be read; something else is wanted then. may_fail: also when this alone
    is refused.
    """

    request: Any
    take: Callable[[Sequence[Post], int], list[Published]]
    without: Callable[[], list[Published]] | None = None
    may_fail: bool = False


class Watched(ABC):
    """A followed chat. peer: as a request names it. top: the newest number heard of. sight: how well it is seen.

    last: the newest post of each channel that was handed on. is_fetching: somebody asks for what is wanted. is_barred:
    Telegram answers no question about it.
    """

    def __init__(self, peer: Any) -> None:
        self.peer = peer
        self.sight = Sight()
        self.is_fetching = False
        self.is_barred = False
        self.top = 0
        self.last: dict[ChannelId, int] = {}
        self._said: dict[int, str] = {}
        self._dated: dict[int, tuple[int, bool]] = {}
        self._doubted: set[int] = set()

    # --- what it is -----------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def channels(self) -> Sequence[Channel]:
        """The channels its posts are handed on under."""

    @property
    @abstractmethod
    def has_begun(self) -> bool:
        """It is known where to go on, so posts may come."""

    @property
    @abstractmethod
    def missing(self) -> int:
        """Posts that are known to exist and are not here; 0 where nobody can know."""

    @property
    @abstractmethod
    def lacks(self) -> bool:
        """Something is wanted."""

    @abstractmethod
    def wanted(self) -> Ask | None:
        """What to ask next; None: nothing is missing."""

    @abstractmethod
    def heard_of(self, number: int) -> None:
        """There are posts up to this number, whoever said so."""

    @abstractmethod
    def take(self, post: Post) -> list[Published]:
        """A post that was told; what is to be handed on, in order."""

    @property
    @abstractmethod
    def settled(self) -> int:
        """What is asked for now has every post up to this number, if it still is there."""

    @abstractmethod
    def compare(self, newest: Sequence[Post], asked: int, at: int) -> list[Published]:
        """The newest posts, read again: what was edited or deleted while nobody told us (Telegram never does later).

        asked: what was `settled` when they were asked for. at: ms UTC.
        """

    @abstractmethod
    def home_of(self, message: Any) -> Channel | None:
        """The channel a message belongs to; None: none that is followed."""

    # --- what it does, whatever it is -----------------------------------------------------------------------------

    def post_of(self, message: Any) -> Post:
        """A message of Telegram's as a post of one of the channels."""
        home = self.home_of(message)
        return Elsewhere(message.id) if home is None else post_of(home.id, message)

    def posts(self, messages: Iterable[Any]) -> list[Post]:
        """An answer's messages; those that are not there any more are left out."""
        return [self.post_of(one) for one in messages if not isinstance(one, types.MessageEmpty)]

    def knows(self, number: int) -> bool:
        """A post that was handed on lately."""
        return bool(self._said.get(number))

    def _is_gone(self, number: int) -> bool:
        return self._said.get(number) == GONE

    def doubt(self, numbers: Iterable[int]) -> None:
        """Something became of these posts, and there was no time to hear what: they are read again."""
        for number in numbers:
            if len(self._doubted) < REMEMBERED:
                self._doubted.add(number)

    def revise(self, post: Post) -> list[Published]:
        """A settled post as it was told to be: handed on when it says something else than before, or when it was not known.

        What is told may come late, behind what was read since, and Telegram's times are whole seconds: of two edits in the same
        one nobody can say which is the newer, so the post is read again.
        """
        if (
            isinstance(post, Message)
            and self._is_news(post)
            and post.edited_at
            and self._dated.get(post.id) == dated(post)
        ):
            self.doubt([post.id])
            return []
        return self.found(post)

    def found(self, post: Post) -> list[Published]:
        """A settled post as the history has it; handed on when it says something else than before, or was not known."""
        return self._new([post]) if isinstance(post, Message) and self._is_news(post) else []

    def withdraw(self, numbers: Iterable[int], at: int) -> list[Published]:
        """Posts that were deleted, or that a look at the history no longer finds. at: ms UTC."""
        gone: list[Published] = []
        for number in numbers:
            if not self._is_gone(number):
                gone.extend(Deletion(channel.id, number, at) for channel in self.channels)
                self._said[number] = GONE
        self._forget()
        return gone

    def news(self) -> list[Published]:
        """How well its channels are seen, when that is news."""
        self.sight.fetch(self.missing)
        now = self.sight.news()
        return [] if now is None else [HealthReport(channel.id, *now) for channel in self.channels]

    def _is_news(self, post: Message) -> bool:
        return self._said.get(post.id) != post.content and dated(post) >= self._dated.get(post.id, (0, False))

    def _new(self, posts: Iterable[Post]) -> list[Published]:
        handed: list[Published] = []
        for post in posts:
            if isinstance(post, Message):
                self._said[post.id] = post.content
                self._dated[post.id] = dated(post)
                self.last[post.channel] = max(post.id, self.last.get(post.channel, 0))
                handed.append(post)
        self._forget()
        return handed

    def _reread(self, numbers: list[int], found: Sequence[Post], at: int) -> list[Published]:
        # What became of doubted posts.
        last = answered_to(found, max(numbers))
        numbers = [number for number in numbers if number <= last]
        self._doubted.difference_update(numbers)
        here = {post.id for post in found}
        changed = [item for post in sorted(found, key=lambda post: post.id) for item in self.found(post)]
        return changed + self.withdraw([number for number in numbers if number not in here], at)

    def _forget(self) -> None:
        if len(self._said) > 2 * REMEMBERED:
            for number in sorted(self._said)[:-REMEMBERED]:
                del self._said[number]
                self._dated.pop(number, None)


def answered_to(found: Sequence[Post], last: int) -> int:
    """Up to which number an answer counts, of those asked for up to `last`.

    Who asks for a hundred posts may be given fewer of them, the first ones, with no word of the others. What comes after the last
    one that is there is asked for again, by itself; an answer with none at all means that there is none.
    """
    return max((post.id for post in found if post.id <= last), default=last)


def dated(post: Message) -> tuple[int, bool]:
    """What puts the revisions of a post in order: the second, ms UTC, and within one the edited after the first."""
    return post.edited_at or post.posted_at, post.edited_at is not None
