"""What happens in a soak, step by step: a pure function of its seed, so that a failing seed is the same story again.

Nothing here waits or knows of a clock. When the reader is where is up to the machine; what is published, changed, kept from it
and broken is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from random import Random

from msgspec import Struct


class Posts(Struct, frozen=True):
    """Publish. is_told: the reader hears of it at once; else an update is lost."""

    room: int
    count: int
    is_told: bool = True


class Silent(Struct, frozen=True):
    """Publish without telling, and then nothing more in this channel until it was found: only a poll can."""

    room: int
    count: int


class Found(Struct, frozen=True):
    """Wait until what was published silently in this channel is in the journal."""

    room: int


class Edit(Struct, frozen=True):
    """Change the words of a post. back: 1 for the newest that is there."""

    room: int
    back: int
    is_told: bool = True


class Delete(Struct, frozen=True):
    """Withdraw `count` posts that follow each other, the newest of them `back`."""

    room: int
    back: int
    count: int
    is_told: bool = True


class React(Struct, frozen=True):
    """Somebody reacts or looks: told as an edit, and not a word is another. is_hidden: marked as such, which Telegram forgets."""

    room: int
    back: int
    is_hidden: bool


class Twice(Struct, frozen=True):
    """The last thing that happened in a channel is told again."""

    room: int


class Swapped(Struct, frozen=True):
    """Posts are told in the wrong order."""

    room: int
    count: int


class Gone(Struct, frozen=True):
    """The reader hears nothing from here on. how: one of `WAYS`."""

    how: str


class Back(Struct, frozen=True):
    """It can hear again; how it comes back is its own affair."""


class Flood(Struct, frozen=True):
    """The next request of this kind has to wait."""

    method: str
    seconds: int


class Calm(Struct, frozen=True):
    """Wait until everything published is in the journal, and every comparison that is due was made."""


Step = Posts | Silent | Found | Edit | Delete | React | Twice | Swapped | Gone | Back | Flood | Calm

WAYS = ("drop", "away", "slow", "half-open", "stop", "kill")
"""drop: the connection is cut, and can be made again at once. away: nobody listens for a while. slow: it stands, every answer
takes seconds and updates are lost. half-open: it stands and nothing comes any more, until the reader gives it up. stop, kill: the
program is ended, by SIGTERM and by SIGKILL.
"""
ENDING = ("stop", "kill")

FLOODED = ("GetHistory", "GetMessages", "GetPeerDialogs", "GetState", "GetChannelDifference")
SEEN = 60
"""Changes made while nobody hears of them are made to posts at most so far back: a comparison reads the newest hundred."""


class Plan:
    """A soak. posts: to be published, at least. Iterate over it once; `published` says how many it has planned so far."""

    def __init__(self, seed: int, posts: int, rooms: int, ways: Sequence[str] = WAYS) -> None:
        """ways: the kinds of outages; one outage every 8,000 posts, each kind at least once. None ends the program in the last
        third of a soak, so that one long life shows what grows.
        """
        self.published = 0
        self._random = Random(seed)
        self._posts = posts
        self._rooms = rooms
        self._ways = ways
        self._outages = max(len(ways), posts // 8_000)
        self._weights = list(accumulate(1 / (room + 3) for room in range(rooms)))
        self._silent: dict[int, int] = {}
        self._step = 0

    def end_soon(self) -> None:
        """Nothing new happens; what is under way comes to its end."""
        self._posts = 0

    def __iter__(self) -> Iterator[Step]:
        for room in range(self._rooms):
            yield self._publish(room, 8)
        done = 0
        while self.published < self._posts:
            yield from self._quiet()
            if self.published >= self._posts * (done + 1) // (self._outages + 1) and done < self._outages:
                yield from self._outage(done)
                done += 1
            else:
                yield from self._usual()
        for room in sorted(self._silent):
            yield Found(room)
        self._silent.clear()
        yield Calm()
        yield Gone("drop")  # once more everything is compared
        yield Back()
        yield Calm()

    # --- an ordinary hour -----------------------------------------------------------------------------------------

    def _usual(self) -> Iterator[Step]:
        random, room = self._random, self._room()
        self._step += 1
        match random.choices(range(10), (620, 20, 5, 2, 90, 25, 130, 40, 40, 4))[0]:
            case 0:
                yield self._publish(room, min(1 + int(random.expovariate(0.3)), 60))
            case 1:  # an update lost here and there; the next one shows it
                yield self._publish(room, random.randint(1, 12), is_told=False)
                yield self._publish(room, 1)
            case 2:  # more than Telethon fetches
                yield self._publish(room, random.randint(101, 260), is_told=False)
                yield self._publish(room, 1)
            case 3:
                yield Silent(room, self._publish(room, random.randint(1, 140)).count)
                self._silent[room] = self._step + 1_500
            case 4:
                yield Edit(room, self._back(), random.random() < 0.9)
            case 5:
                yield Delete(room, self._back(), min(1 + int(random.expovariate(1)), 6), random.random() < 0.9)
            case 6:
                yield React(room, self._back(), random.random() < 0.7)
            case 7:
                yield Twice(room)
            case 8:
                count = random.randint(2, 5)
                self.published += count
                yield Swapped(room, count)
            case 9:
                yield Flood(random.choice(FLOODED), random.randint(1, 3))

    def _quiet(self) -> Iterator[Step]:
        # Channels that were silent long enough: by now the poll has found what they say.
        for room in [room for room, until in self._silent.items() if until <= self._step]:
            yield Found(room)
            del self._silent[room]

    # --- an outage ------------------------------------------------------------------------------------------------

    def _outage(self, number: int) -> Iterator[Step]:
        random = self._random
        ways = self._ways
        if self._outages > len(ways) and number >= self._outages * 2 // 3:
            ways = [how for how in ways if how not in ENDING]
        how = ways[number % len(ways)]
        yield Gone(how)
        for _ in range(random.randint(5, 60)):
            room = self._room()
            match random.randrange(10):
                case 0 | 1:
                    yield Edit(room, random.randint(1, SEEN), is_told=False)
                case 2:
                    yield Delete(room, random.randint(1, SEEN), random.randint(1, 3), is_told=False)
                case 3:
                    yield React(room, random.randint(1, SEEN), random.random() < 0.5)
                case _:
                    yield self._publish(room, min(1 + int(random.expovariate(0.2)), 20), is_told=False)
        if random.random() < 0.5:
            yield self._publish(self._room(), random.randint(101, 400), is_told=False)
        if random.random() < 0.3:
            yield Flood(random.choice(FLOODED), random.randint(1, 2))
        yield Back()

    # --- small things ---------------------------------------------------------------------------------------------

    def _room(self) -> int:
        # Not one that is silent for now. Some channels write much more than others.
        while True:
            room = self._random.choices(range(self._rooms), cum_weights=self._weights)[0]
            if room not in self._silent or len(self._silent) == self._rooms:
                return room

    def _back(self) -> int:
        # Mostly among the newest, now and then long ago.
        return self._random.randint(1, 400 if self._random.random() < 0.1 else 40)

    def _publish(self, room: int, count: int, *, is_told: bool = True) -> Posts:
        self.published += count
        return Posts(room, count, is_told)
