"""What an owner teaches about a channel, and what he sees before he does: lessons, rehearsals, reports.

A lesson is data. It can make the reader know more words, hold less for want of a name, or pass a post over; what contradicts
itself stays held whatever a lesson says. Nothing here reads a text: `decode` does.
"""

from __future__ import annotations

from msgspec import Struct

from signalos_tui.model.ids import ChannelId, MessageKey
from signalos_tui.model.signals import Reading, Reason


class Lesson(Struct, frozen=True, omit_defaults=True):
    """How one channel writes. Everything left out is left to the reader.

    words: the channel's own words by concept name ("buy", "stop", "target", ... as in `decode/languages`); a label that
    means something else here is a word under that concept. default_symbol: the market when a post names none. ignore:
    phrases, "*" for anything within a line; a post that holds one is noise. decimal_comma: 1,085 is 1.085 (True) or 1085
    (False). side_from_levels: a post without a direction goes the way its stop and targets lie.
    """

    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    default_symbol: str | None = None
    ignore: tuple[str, ...] = ()
    decimal_comma: bool | None = None
    side_from_levels: bool | None = None

    @property
    def is_empty(self) -> bool:
        """It says nothing."""
        return self == Lesson()

    @property
    def entries(self) -> int:
        """How many single things it says."""
        told = (self.default_symbol, self.decimal_comma, self.side_from_levels)
        return sum(len(words) for _, words in self.words) + len(self.ignore) + sum(value is not None for value in told)

    def merged(self, other: Lesson) -> Lesson:
        """Both together; where both say something about one thing, `other` counts. A word has one meaning only."""
        taken = {word for _, words in other.words for word in words}
        words: dict[str, tuple[str, ...]] = {
            concept: tuple(word for word in known if word not in taken) for concept, known in self.words
        }
        for concept, known in other.words:
            words[concept] = tuple(dict.fromkeys((*words.get(concept, ()), *known)))
        return Lesson(
            words=tuple((concept, known) for concept, known in words.items() if known),
            default_symbol=self.default_symbol if other.default_symbol is None else other.default_symbol,
            ignore=tuple(dict.fromkeys((*self.ignore, *other.ignore))),
            decimal_comma=self.decimal_comma if other.decimal_comma is None else other.decimal_comma,
            side_from_levels=self.side_from_levels if other.side_from_levels is None else other.side_from_levels,
        )


class Suggestion(Struct, frozen=True):
    """One thing that could be taught. lesson: that thing alone, to be merged. text: the sentence for the owner."""

    lesson: Lesson
    text: str


class Problem(Struct, frozen=True):
    """Why a correction or a lesson cannot be taken as it is. field: which part ("stop", "target 2", "words"), "" for all."""

    field: str
    text: str


class Examined(Struct, frozen=True):
    """What a correction would be: proven from the text, or why not, and what it could teach.

    reading: as the owner means it, every number with its place in the text; None when there are problems.
    """

    reading: Reading | None
    problems: tuple[Problem, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()


class Verdicts(Struct, frozen=True):
    """How many posts are acted on, held and ignored."""

    acted: int = 0
    held: int = 0
    ignored: int = 0


class Change(Struct, frozen=True):
    """One post that would be read otherwise. posted_at: ms UTC. text: foreign, as published (its newest revision)."""

    key: MessageKey
    posted_at: int
    text: str
    before: Reading
    after: Reading


class Rehearsal(Struct, frozen=True):
    """What a lesson would change over the newest posts of its channel. before: as the channel is read today.

    posts: how many were read again. changes: newest first, at most as many as a screen can use; more: further changed
    posts. newly_acted, no_longer_acted: posts that cross that line. corrected: posts the owner corrected; agreeing: those
    of them that the lesson reads as he did. problems: why it cannot be taught; then nothing was tried.
    """

    channel: ChannelId
    lesson: Lesson
    posts: int = 0
    changes: tuple[Change, ...] = ()
    more: int = 0
    before: Verdicts = Verdicts()
    after: Verdicts = Verdicts()
    newly_acted: int = 0
    no_longer_acted: int = 0
    corrected: int = 0
    agreeing: int = 0
    problems: tuple[Problem, ...] = ()


class Week(Struct, frozen=True):
    """One week of a channel. starts_at: Monday 00:00, ms UTC. Posts by what the reader said of them."""

    starts_at: int
    posts: int = 0
    acted: int = 0
    held: int = 0
    ignored: int = 0
    failed: int = 0


class ReadingReport(Struct, frozen=True):
    """How well a channel is read. posts: received in the time asked for; each counts by the reading of its newest revision.

    failed: the reader broke, or ignored a post that the owner corrected. corrected: posts with a correction by the owner.
    reasons: why posts were held, with how often, most frequent first. weeks: without gaps, oldest first.
    """

    channel: ChannelId
    title: str
    posts: int = 0
    acted: int = 0
    held: int = 0
    ignored: int = 0
    failed: int = 0
    corrected: int = 0
    reasons: tuple[tuple[Reason, int], ...] = ()
    weeks: tuple[Week, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
