"""What a simulated world is held to at its end."""

from __future__ import annotations

from collections.abc import Iterator

from signalos_tui.state import durable, fold_all
from tests.proof import invariants as v
from tests.proof.broker import UNSEEN
from tests.proof.disk import SALT
from tests.proof.story import Story
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
        if not story.netting and parts_are_closed_once(story, end.requests):
            yield from v.reduced_no_further(records, books)
    if not story.jumps and not end.restored:
        unseen = [(window.start, window.end) for window in story.windows if window.kind in PROVES_NOTHING]
        yield from v.given_up_in_time(records, round(story.config.send.settle_s * 1000), unseen)
    yield from v.tried_at_most(records, MOST_ATTEMPTS)
    yield from v.edges(records)
    yield from v.received_once(records, state, [entry.item for entry in story.entries])
    yield from v.settled(state)
    compare = v.agreed_on_netting if story.netting else v.agreed
    yield from compare(state, books, is_whole=not end.restored)
    yield from v.named_for_what_was_published(state, SALT, state.account_name, [entry.item for entry in story.entries])
    yield from v.closed_whole(records, state)
    yield from v.flattened(records, state)
    yield from v.answered_once(records)
    if not (story.failures or story.windows):
        yield from v.nothing_broke(records)


def parts_are_closed_once(story: Story, requests: int) -> bool:
    """Nothing is late for longer than the protocol waits, and what is shown is not older than what was done.

    requests: how many were made. Where that does not hold, a part can be closed twice: what is left is computed from what the
    terminal shows.
    """
    is_seen = all(window.kind not in ("lagging", "frozen") for window in story.windows)
    met = story.fates[:requests]
    return is_seen and all(fate.reply != UNSEEN and fate.after < story.config.send.settle_s for fate in met)
