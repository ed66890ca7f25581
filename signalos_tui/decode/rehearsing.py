"""What a lesson would change: posts of the past read twice, as the channel is read today and as it would be read with it.

Fed post by post and asked in the end, so that a long past needs little memory and can be gone through in pieces.
"""

from __future__ import annotations

from collections import Counter

from signalos_tui.decode.pipeline import read
from signalos_tui.decode.profile import Profile
from signalos_tui.decode.teaching import disagreement
from signalos_tui.model.lessons import Change, PastPost, Rehearsal, Verdicts
from signalos_tui.model.signals import Reading, ReadingVerdict

MOST_CHANGES = 200
"""So many changed posts are kept to be shown; the rest is counted."""

_ACT = ReadingVerdict.ACT


class Rehearsing:
    """One lesson on one channel. rehearsal: what is known beforehand, the channel and the lesson."""

    def __init__(self, rehearsal: Rehearsal, today: Profile, taught: Profile) -> None:
        self._rehearsal = rehearsal
        self._today = today
        self._taught = taught
        self._loud: list[Change] = []
        self._quiet: list[Change] = []
        self._before: Counter[ReadingVerdict] = Counter()
        self._after: Counter[ReadingVerdict] = Counter()
        self._counts: Counter[str] = Counter()

    def take(self, post: PastPost) -> None:
        """Read one more post. A line of the platform and a post that was withdrawn are nobody's to read."""
        message, counts = post.message, self._counts
        if message.service or post.is_deleted:
            return
        before, after = read(message.text, self._today), read(message.text, self._taught)
        counts["posts"] += 1
        self._before[before.verdict] += 1
        self._after[after.verdict] += 1
        counts["newly"] += after.verdict is _ACT is not before.verdict
        counts["no longer"] += before.verdict is _ACT is not after.verdict
        if post.corrected is not None:
            counts["corrected"] += 1
            counts["agreeing"] += disagreement(after, post.corrected) == 0
        if _is_other(before, after):
            counts["changed"] += 1
            change = Change(message.key, message.posted_at, message.text, before, after)
            kept = self._loud if change.is_loud else self._quiet
            if len(kept) < MOST_CHANGES:
                kept.append(change)

    @property
    def count(self) -> int:
        """How many posts were read so far."""
        return self._counts["posts"]

    def result(self) -> Rehearsal:
        """What was found so far."""
        counts = self._counts
        changes = (*self._loud, *self._quiet)[:MOST_CHANGES]
        return Rehearsal(
            channel=self._rehearsal.channel,
            lesson=self._rehearsal.lesson,
            posts=counts["posts"],
            changes=changes,
            more=counts["changed"] - len(changes),
            before=_verdicts(self._before),
            after=_verdicts(self._after),
            newly_acted=counts["newly"],
            no_longer_acted=counts["no longer"],
            corrected=counts["corrected"],
            agreeing=counts["agreeing"],
            remarks=self._rehearsal.remarks,
        )


def _is_other(before: Reading, after: Reading) -> bool:
    return before is not after and (before.verdict is not after.verdict or disagreement(before, after) > 0)


def _verdicts(counts: Counter[ReadingVerdict]) -> Verdicts:
    return Verdicts(counts[_ACT], counts[ReadingVerdict.HOLD], counts[ReadingVerdict.IGNORE])
