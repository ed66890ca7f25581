"""What a soak showed: its figures as a table, and what must not be."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from statistics import quantiles

from signalos_tui.journal.verify import verify
from tests.telegram_soak.director import Director
from tests.telegram_soak.plan import WAYS

CLOSED_WITHIN_S = 15.0
HEARD_WITHIN_S, MOST_WAITED = 5.0, 0.05
"""Somebody listens: all but a small part of what is told is in the journal soon. The rest waits behind a gap, or a pause."""
GROWS_AT_MOST = 0.05
"""Of what it holds when its caches are full, over the longest life."""


def judged(director: Director, closed_within_s: float = CLOSED_WITHIN_S) -> list[str]:
    """Everything that is wrong, in words."""
    wrong = list(dict.fromkeys(director.books.wrong))
    slow = [gap for gap in director.books.closed if gap.took_s > closed_within_s]
    wrong += [
        f"a gap of {gap.size} posts ({gap.how}), up to {gap.last}, was open for {gap.took_s:.1f} s" for gap in slow
    ]
    waited = [seconds for seconds in director.books.heard if seconds > HEARD_WITHIN_S]
    if len(waited) > MOST_WAITED * len(director.books.heard):
        wrong.append(f"{len(waited):,} of {len(director.books.heard):,} posts came late though they were told of")
    growth = _growth(director)
    if growth is not None and growth > GROWS_AT_MOST:
        wrong.append(f"memory grew by {growth:.1%} over the longest life")
    found = verify(director.product.journal).findings
    return wrong + [f"the journal does not verify: {one.where}: {one.text}" for one in found]


def table(director: Director) -> Iterator[str]:
    """The figures."""
    books, counts, memory = director.books, director.counts, director.memory
    spent = time.monotonic() - director.began
    journal = director.product.journal
    told = f"{counts['Twice']:,}; {counts['Swapped']:,}"
    size = journal.stat().st_size / 1e6 if journal.exists() else 0.0
    rows = [
        ("posts published, in the journal", f"{director.published:,}", f"{books.received:,}"),
        ("    deleted before anybody could read them; told of late", f"{books.never_given:,}", f"{books.late:,}"),
        ("edits, deletions in the journal", f"{books.edits:,}", f"{books.deletions:,}"),
        ("    changes that no comparison could show", f"{books.out_of_reach:,}", ""),
        ("reactions and views; told twice; told in the wrong order", f"{counts['React']:,}", told),
        *((f"outages: {how}", f"{counts[how]:,}", "") for how in WAYS),
        ("flood waits", f"{counts['Flood']:,}", ""),
        ("gaps, more than a hundred posts", f"{len(books.closed):,}", f"{sum(g.size > 100 for g in books.closed):,}"),
        *_spread("seconds until a gap was closed", [gap.took_s for gap in books.closed]),
        *(
            row
            for how in (*WAYS, "lost", "silent")
            for row in _spread(f"    {how}", [gap.took_s for gap in books.closed if gap.how == how])
        ),
        *_spread("seconds until a change was known", books.delays),
        *_spread("seconds until a post that was told of was there", books.heard),
        ("memory, most and growth over the longest life", f"{memory.peak / 1e6:.0f} MB", _grown(director)),
        ("the journal", f"{size:,.0f} MB", ""),
        ("seconds, posts a second", f"{spent:,.0f}", f"{books.received / spent:,.0f}"),
    ]
    for name, value, more in rows:
        yield f"  {name:58} {value:>14}  {more}"


def _spread(name: str, seconds: Iterable[float]) -> Iterator[tuple[str, str, str]]:
    found = sorted(seconds)
    if len(found) > 1:
        middle, late = quantiles(found, n=100)[49], quantiles(found, n=100)[98]
        yield name, f"p50 {middle:.2f}", f"p99 {late:.2f}, longest {found[-1]:.2f}, of {len(found):,}"


def _growth(director: Director) -> float | None:
    slope, life = director.memory.slope, director.memory.longest
    return None if slope is None else slope * (life[-1].posts - life[0].posts) / life[0].held


def _grown(director: Director) -> str:
    growth, slope, life = _growth(director), director.memory.slope, director.memory.longest
    if growth is None or slope is None:
        return "too short to say"
    return f"{growth:+.1%} over {life[-1].posts - life[0].posts:,} posts ({slope:+.1f} bytes a post)"
