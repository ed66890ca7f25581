"""What a simulated world is held to at its end."""

from __future__ import annotations

from collections.abc import Iterator

from signalos_tui.state import durable, fold_all
from tests.proof import invariants as v
from tests.proof.disk import SALT
from tests.proof.world import End

PROVES_NOTHING = ("down", "frozen", "blind", "stranger")
MOST_ATTEMPTS = 3


def wrong(end: End) -> list[str]:
    """All that is wrong with a world, in sentences; none for a sound one."""
    return list(_wrong(end))


def _wrong(end: End) -> Iterator[str]:
    yield from end.seen
    records, books, story = end.records, end.books, end.story
    yield from v.opened_once(books.truth)
    if not end.is_settled:
        why = end.broken or end.state.trading_reason or "something never came to its end"
        yield f"V4: after {end.seconds:.0f} s it is not settled: {why}"
        yield from v.settled(end.state)
        return
    state = fold_all(records)
    if durable(state) != end.state:
        yield "V9: the state is not the fold of the journal"
    if not end.restored:
        yield from v.written_before(records, books.truth, None)
        yield from v.stopped_is_stopped(records, books.truth)
        yield from v.decided_whole(records)
        if all(
            fate.after < story.config.send.settle_s for fate in story.fates
        ):  # beyond it a part may be asked for again
            yield from v.reduced_no_further(records, books)
    if not story.jumps and not end.restored:
        unseen = [(window.start, window.end) for window in story.windows if window.kind in PROVES_NOTHING]
        yield from v.given_up_in_time(records, round(story.config.send.settle_s * 1000), unseen)
    yield from v.tried_at_most(records, MOST_ATTEMPTS)
    yield from v.edges(records)
    yield from v.received_once(records, state, [entry.item for entry in story.entries])
    yield from v.settled(state)
    yield from v.agreed(state, books, is_whole=not end.restored)
    yield from v.named_for_what_was_published(state, SALT, state.account_name, [entry.item for entry in story.entries])
    yield from v.closed_whole(records, state)
    yield from v.flattened(records, state)
    yield from v.answered_once(records)
    if not (story.failures or story.windows):
        yield from v.nothing_broke(records)
