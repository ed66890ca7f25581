"""What an owner teaches about a channel, and what he sees before he does: lessons, rehearsals, reports.

A lesson is data. It can make the reader know more words, hold less for want of a name, or pass a post over; what contradicts
itself stays held whatever a lesson says. Nothing here reads a text: `decode` does.
"""

from __future__ import annotations

from msgspec import Struct

from signalos_tui.model.ids import ChannelId, MessageKey
from signalos_tui.model.messages import Message
from signalos_tui.model.signals import Reading, ReadingVerdict, Reason

Named = tuple[tuple[str, tuple[str, ...]], ...]
"""Words under the name of what they mean."""


MEANINGS = {
    "buy": "buy",
    "sell": "sell",
    "now": "at once, at market",
    "limit": "a limit order",
    "stop_order": "a stop order",
    "entry": "the entry price",
    "stop": "the stop loss",
    "target": "a target",
    "open": "a target left open",
    "none": "there is none",
    "leverage": "leverage",
    "symbol_label": "heads the market's name",
    "side_label": "heads the direction",
    "other": "heads a number that is no level",
    "pips": "pips",
    "points": "points",
    "move": "move a level",
    "close": "close the trade",
    "closed": "a report: it was closed",
    "partial": "close a part",
    "everything": "all trades",
    "breakeven": "stop to break-even",
    "cancel": "cancel the order",
    "cancelled": "a report: it was cancelled",
    "reopen": "enter again",
    "add": "add to the trade",
    "hold": "hold on to it",
    "hit": "a report: a level was reached",
    "optional": "leaves it to the reader",
    "condition": "only if something happens",
    "negation": "not",
    "recap": "a report on past trades",
    "idea": "an example, no call",
    "refusal": "do not take it",
    "waiting": "later, not now",
    "past": "an old trade",
    "neutral": "means nothing",
}
"""What a channel's word can be taught to mean: the concept's name in `decode/languages`, and what an owner calls it."""


class Lesson(Struct, frozen=True, omit_defaults=True):
    """How one channel writes. Everything left out is left to the reader.

    words: the channel's own words by concept name ("buy", "stop", "target", ... as in `decode/languages`); a label that
    means something else here is a word under that concept. markets: its own names of markets, by symbol ("XAUUSD").
    default_symbol: the market when a post names none. ignore: phrases, "*" for anything within a line; a post that holds
    one is noise. decimal_comma: 1,085 is 1.085 (True) or 1085 (False). side_from_levels: a post without a direction goes
    the way its stop and targets lie.
    """

    words: Named = ()
    default_symbol: str | None = None
    ignore: tuple[str, ...] = ()
    decimal_comma: bool | None = None
    side_from_levels: bool | None = None
    markets: Named = ()

    @property
    def is_empty(self) -> bool:
        """It says nothing."""
        return self == Lesson()

    @property
    def entries(self) -> int:
        """How many single things it says."""
        told = (self.default_symbol, self.decimal_comma, self.side_from_levels)
        words = sum(len(known) for _, known in (*self.words, *self.markets))
        return words + len(self.ignore) + sum(value is not None for value in told)

    def merged(self, other: Lesson) -> Lesson:
        """Both together; where both say something about one thing, `other` counts. A word has one meaning only."""
        taken = {word for _, words in (*other.words, *other.markets) for word in words}
        return Lesson(
            words=_united(self.words, other.words, taken),
            default_symbol=self.default_symbol if other.default_symbol is None else other.default_symbol,
            ignore=tuple(dict.fromkeys((*self.ignore, *other.ignore))),
            decimal_comma=self.decimal_comma if other.decimal_comma is None else other.decimal_comma,
            side_from_levels=self.side_from_levels if other.side_from_levels is None else other.side_from_levels,
            markets=_united(self.markets, other.markets, taken),
        )

    @property
    def singles(self) -> tuple[Lesson, ...]:
        """Every single thing it says, each as a lesson of its own; merged they are this lesson again."""
        found = [Lesson(words=((concept, (word,)),)) for concept, words in self.words for word in words]
        found += [Lesson(markets=((symbol, (word,)),)) for symbol, words in self.markets for word in words]
        found += [Lesson(default_symbol=self.default_symbol)] if self.default_symbol is not None else []
        found += [Lesson(decimal_comma=self.decimal_comma)] if self.decimal_comma is not None else []
        found += [Lesson(side_from_levels=self.side_from_levels)] if self.side_from_levels is not None else []
        return (*found, *(Lesson(ignore=(phrase,)) for phrase in self.ignore))

    def without(self, single: Lesson) -> Lesson:
        """What is left when one of its `singles` is forgotten."""
        kept = Lesson()
        for mine in self.singles:
            kept = kept if mine == single else kept.merged(mine)
        return kept

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says, in the owner's words, in the order of `singles`. Words and phrases are foreign text."""
        found = [f'"{word}": {MEANINGS.get(concept, concept)}' for concept, words in self.words for word in words]
        found += [f'"{word}": the market {symbol}' for symbol, words in self.markets for word in words]
        found += [f"Posts that name no market mean {self.default_symbol}"] if self.default_symbol is not None else []
        if self.decimal_comma is not None:
            found.append("A comma before three digits is a decimal comma" if self.decimal_comma else _THOUSANDS)
        if self.side_from_levels is not None:
            found.append(_SIDE_FROM_LEVELS if self.side_from_levels else "A direction is never taken from the levels")
        return (*found, *(f'Posts with "{phrase}" are noise' for phrase in self.ignore))


_THOUSANDS = "A comma before three digits marks thousands"
_SIDE_FROM_LEVELS = "A post without a direction goes the way its stop and targets lie"


def _united(mine: Named, others: Named, taken: set[str]) -> Named:
    words = {name: tuple(word for word in known if word not in taken) for name, known in mine}
    for name, known in others:
        words[name] = tuple(dict.fromkeys((*words.get(name, ()), *known)))
    return tuple((name, known) for name, known in words.items() if known)


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


class PastPost(Struct, frozen=True):
    """A post as the journal knows it. message: its newest revision. reading: what the reader made of that revision.

    corrected: what the owner says it means; a correction of an earlier revision does not count.
    """

    message: Message
    revision: int
    reading: Reading | None = None
    corrected: Reading | None = None
    is_deleted: bool = False


class Change(Struct, frozen=True):
    """One post that would be read otherwise. posted_at: ms UTC. text: foreign, as published (its newest revision)."""

    key: MessageKey
    posted_at: int
    text: str
    before: Reading
    after: Reading

    @property
    def is_loud(self) -> bool:
        """It would be acted on, and was not, or not so."""
        was, then = self.before, self.after
        if then.verdict is not ReadingVerdict.ACT:
            return False
        return was.verdict is not ReadingVerdict.ACT or (was.signals, was.updates) != (then.signals, then.updates)


class Rehearsal(Struct, frozen=True):
    """What a lesson would change over the newest posts of its channel. before: as the channel is read today.

    posts: how many were read again. changes: the loud ones first, then newest first, at most as many as a screen can use;
    more: further changed posts. newly_acted, no_longer_acted: posts that cross that line. corrected: posts the owner
    corrected; agreeing: those of them that the lesson reads as he did. problems: why it cannot be taught; then nothing was
    tried. remarks: what should be known about it all the same, such as a word that meant something else so far.
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
    remarks: tuple[str, ...] = ()


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
