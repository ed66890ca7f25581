"""What must be true of a folder whatever happened to the processes that wrote in it (reference: reliability 3.7).

The broker's books are the truth, the journal is what we believe; every check compares the two, none asks the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from signalos_tui.commands.places import JOURNAL, PAPER
from signalos_tui.engine.desk import _Snapshot
from signalos_tui.execute.paper import PaperStore
from signalos_tui.execute.paper.book import Books
from signalos_tui.journal import Journal
from signalos_tui.journal.verify import verify
from signalos_tui.model.desk import DeskState
from signalos_tui.model.events import ActionSettled, CommandAnswered, Record
from signalos_tui.model.messages import Deletion, Message
from signalos_tui.state import durable, fold
from tests.crash.story import CONFIG, SCRIPT
from tests.proof import invariants as v

TRAVEL_MS = 1_000
"""The longest the paper broker takes to hear of a request."""

LATEST_MS = 330_000 + TRAVEL_MS
"""The longest a hostile terminal keeps a request before it delivers it."""


def at_any_time(folder: Path) -> Iterator[str]:
    """What is wrong right after a kill: V1, V2, V6, V7, V12 and the chain."""
    if not (folder / JOURNAL).exists():
        return
    records, books = read(folder)
    yield from v.opened_once(books.truth)
    yield from v.written_before(records, books.truth, LATEST_MS)
    yield from v.stopped_is_stopped(records, books.truth)
    yield from v.edges(records)
    yield from v.nothing_broke(records)


def at_the_end(folder: Path, kind: str) -> Iterator[str]:
    """What is wrong when everything had time to settle: all of it."""
    yield from at_any_time(folder)
    findings = verify(folder / JOURNAL)
    if not findings.ok:
        yield f"the journal does not verify: {findings}"
    records, books = read(folder)
    state = DeskState()
    for record in records:
        state = fold(state, record)
    yield from v.settled(state)
    yield from v.agreed(state, books)
    yield from v.decided_whole(records)
    yield from v.closed_whole(records, state)
    yield from _replayed(folder, state)
    yield from v.answered_once(records)
    if kind != "demo":
        yield from v.received_once(records, state, [item for _, item in SCRIPT if isinstance(item, Message | Deletion)])
        yield from _flattened(records, state)


def read(folder: Path) -> tuple[list[Record], Books]:
    """The records of the journal, and the broker's books."""
    journal = Journal.open(folder / JOURNAL, threaded=False)
    records = list(journal.tail(0))
    journal.close()
    store = PaperStore(folder / PAPER)
    books = store.load()
    store.close()
    return records, books


def _flattened(records: Sequence[Record], state: DeskState) -> Iterator[str]:
    # Nothing is published after the owner flattened, so nothing may be left, however late it turned up; a broker that
    # refused to close it for good (10018) has been heard.
    answers = [r.event for r in records if isinstance(r.event, CommandAnswered)]
    refused = {r.event.leg for r in records if isinstance(r.event, ActionSettled) and not r.event.ok}
    if any(answer.command.key == "flatten" and answer.outcome.ok for answer in answers):
        for trade in state.trades.values():
            left = [leg.id for leg in trade.legs if leg.is_live and leg.id not in refused]
            yield from (f"C9: everything was flattened, and {leg} is left" for leg in left)


def _replayed(folder: Path, state: DeskState) -> Iterator[str]:
    journal = Journal.open(folder / JOURNAL, threaded=False)
    stored = journal.snapshot
    if stored is not None:
        again = msgspec.msgpack.decode(stored[1], type=_Snapshot).state
        for record in journal.tail(stored[0]):
            again = fold(again, record)
        if durable(again) != durable(state):
            yield "V9: the snapshot and what came after it are not the fold of all"
    journal.close()


__all__ = ["CONFIG", "at_any_time", "at_the_end", "read"]
