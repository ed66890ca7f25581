"""How well a channel is read: what became of its posts, why some were held, and what could be taught to mend it.

Fed post by post, newest first, and asked in the end. What is proposed was tried: only a lesson that would have had at least a
few posts read, or that an owner's own correction shows, is worth his time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from signalos_tui.decode.lessons import problems
from signalos_tui.decode.pipeline import read
from signalos_tui.decode.profile import Profile, profile_of
from signalos_tui.decode.teaching import propose
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.lessons import Lesson, PastPost, ReadingReport, Suggestion, Week
from signalos_tui.model.signals import Reading, ReadingVerdict, Reason

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS
"""The first Monday since 1970."""

MOST_CORRECTIONS = 40
MOST_HELD = 60
"""So many corrected and held posts are looked at for what they could teach: the newest."""

MOST_SUGGESTIONS = 8
ENOUGH = 3
"""So many posts that a lesson would have had read make it worth proposing."""
MOST_WEEKS = 520

_FAILED = frozenset({"reader_failed", "deciding_failed"})
_HABITS = frozenset({"symbol_missing", "side_missing", "two_readings"})


class Reporting:
    """One channel. lesson: how it is read today. symbols: the owner's own names of markets. since: ms UTC, 0 for all."""

    def __init__(
        self, channel: ChannelId, title: str, lesson: Lesson, symbols: tuple[str, ...] = (), since: int = 0
    ) -> None:
        self._channel, self._title = channel, title
        self._lesson, self._symbols = lesson, symbols
        self._since = since
        self._weeks: dict[int, Counter[str]] = {}
        self._reasons: Counter[str] = Counter()
        self._texts: dict[str, Reason] = {}
        self._markets: Counter[str] = Counter()
        self._corrected: list[PastPost] = []
        self._held: list[str] = []
        self._count = 0
        self._profile: Profile | None = None

    def take(self, post: PastPost) -> bool:
        """Count one more post. False when it is older than what was asked for: then so are all after it."""
        message = post.message
        if message.posted_at < self._since:
            return False
        if message.service:
            return True
        counts = self._weeks.setdefault(week_of(message.posted_at), Counter())
        counts["posts"] += 1
        if post.corrected is not None:
            self._count += 1
            if len(self._corrected) < MOST_CORRECTIONS:
                self._corrected.append(post)
        self._read(post, post.reading or self._as_today(message.text), counts)
        return True

    def _as_today(self, text: str) -> Reading:
        # A post from before the channel was followed was never read to be acted on: it counts as it would be read today.
        if self._profile is None:
            self._profile = profile_of(self._lesson, self._symbols)
        return read(text, self._profile)

    def _read(self, post: PastPost, reading: Reading, counts: Counter[str]) -> None:
        if is_failed(post):
            counts["failed"] += 1
        else:
            counts[_AS[reading.verdict]] += 1
        if reading.verdict is ReadingVerdict.ACT:
            self._markets.update({signal.symbol for signal in reading.signals if signal.symbol is not None})
        elif reading.verdict is ReadingVerdict.HOLD:
            for reason in {reason.code: reason for reason in reading.reasons}.values():
                self._reasons[reason.code] += 1
                self._texts.setdefault(reason.code, reason)
            if len(self._held) < MOST_HELD and not _HABITS.isdisjoint(reason.code for reason in reading.reasons):
                self._held.append(post.message.text)

    def report(self) -> ReadingReport:
        """What was found so far."""
        weeks = tuple(self._each_week())
        return ReadingReport(
            channel=self._channel,
            title=self._title,
            posts=sum(week.posts for week in weeks),
            acted=sum(week.acted for week in weeks),
            held=sum(week.held for week in weeks),
            ignored=sum(week.ignored for week in weeks),
            failed=sum(week.failed for week in weeks),
            corrected=self._count,
            reasons=tuple((self._texts[code], count) for code, count in self._reasons.most_common()),
            weeks=weeks,
            suggestions=self._suggestions(),
        )

    def _each_week(self) -> Iterator[Week]:
        if not self._weeks:
            return
        last = max(self._weeks)
        for start in range(max(min(self._weeks), last - MOST_WEEKS * WEEK_MS), last + 1, WEEK_MS):
            counts = self._weeks.get(start, Counter())
            yield Week(start, counts["posts"], counts["acted"], counts["held"], counts["ignored"], counts["failed"])

    # --- what could be taught ---------------------------------------------------------------------------------------

    def _suggestions(self) -> tuple[Suggestion, ...]:
        found: Counter[Lesson] = Counter()
        told: dict[Lesson, str] = {}
        for post in self._corrected:
            if post.corrected is not None:
                for one in propose(post.message.text, post.corrected, self._lesson, self._symbols):
                    found[one.lesson] += 1
                    told[one.lesson] = one.text
        for lesson in self._habits():
            count = sum(self._would_read(text, lesson) for text in self._held)
            if count >= ENOUGH:
                found[lesson] += count
                told[lesson] = lesson.sentences[0]
        best = found.most_common(MOST_SUGGESTIONS)
        return tuple(Suggestion(lesson, f"{told[lesson]} ({count} post{'s' * (count > 1)})") for lesson, count in best)

    def _habits(self) -> Iterator[Lesson]:
        # What a channel may do without ever being corrected: leave out its only market, its direction, write one comma.
        only = list(self._markets)
        if len(only) == 1 and self._markets[only[0]] >= ENOUGH and self._lesson.default_symbol is None:
            yield Lesson(default_symbol=only[0])
        if self._lesson.side_from_levels is None:
            yield Lesson(side_from_levels=True)

    def _would_read(self, text: str, lesson: Lesson) -> bool:
        if problems(lesson):
            return False
        now = read(text, profile_of(self._lesson, self._symbols))
        then = read(text, profile_of(self._lesson.merged(lesson), self._symbols))
        return then.verdict is ReadingVerdict.ACT and now.verdict is ReadingVerdict.HOLD


_AS = {ReadingVerdict.ACT: "acted", ReadingVerdict.HOLD: "held", ReadingVerdict.IGNORE: "ignored"}


def is_failed(post: PastPost) -> bool:
    """The reader broke on it, or ignored what the owner read something in."""
    reading, corrected = post.reading, post.corrected
    if reading is None:
        return False
    if any(reason.code in _FAILED for reason in reading.reasons):
        return True
    is_missed = corrected is not None and corrected.verdict is not ReadingVerdict.IGNORE
    return is_missed and reading.verdict is ReadingVerdict.IGNORE


def week_of(at: int) -> int:
    """The Monday, 00:00 UTC, before a time; both ms UTC."""
    return (at - MONDAY_MS) // WEEK_MS * WEEK_MS + MONDAY_MS
