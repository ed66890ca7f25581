"""What must be true of a folder whatever happened to the processes that wrote in it (reference: reliability 3.7).

The broker's books are the truth, the journal is what we believe; every check compares the two, none asks the program.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from signalos_tui.commands.places import JOURNAL, PAPER
from signalos_tui.engine.desk import _Snapshot
from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper import PaperStore
from signalos_tui.execute.paper.book import Books, TruthRow
from signalos_tui.execute.translate import side_of
from signalos_tui.journal import Journal
from signalos_tui.journal.verify import verify
from signalos_tui.model.account import TradingState
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import (
    ActionSettled,
    CommandAnswered,
    IntentRecorded,
    LegSending,
    MessageRead,
    MessageReceived,
    Record,
    TaskFailed,
    TradingStateChanged,
)
from signalos_tui.model.ids import LegId, Magic
from signalos_tui.model.messages import Deletion, Message
from signalos_tui.model.orders import LEG_EDGES, LegState
from signalos_tui.state import durable, find_leg, fold
from tests.crash.story import CONFIG, SCRIPT

TRAVEL_MS = 1_000
"""The longest the paper broker takes to hear of a request."""

LATEST_MS = 330_000 + TRAVEL_MS
"""The longest a hostile terminal keeps a request before it delivers it."""

UNSETTLED = (LegState.INTENT, LegState.SENDING, LegState.SENT, LegState.UNKNOWN)


def at_any_time(folder: Path) -> Iterator[str]:
    """What is wrong right after a kill: V1, V2, V6, V7, V12 and the chain."""
    if not (folder / JOURNAL).exists():
        return
    records, books = read(folder)
    yield from _opened_once(books.truth)
    yield from _written_before(records, books.truth)
    yield from _stopped_is_stopped(records, books.truth)
    yield from _edges(records)
    yield from _nothing_broke(records)


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
    yield from _settled(state)
    yield from _agreed(state, books, records)
    yield from _replayed(folder, state)
    yield from _answered_once(records)
    if kind != "demo":
        yield from _received_once(records, state)
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


def _opening(truth: Sequence[TruthRow]) -> dict[int, list[TruthRow]]:
    rows: dict[int, list[TruthRow]] = defaultdict(list)
    for row in truth:
        if row.opens:
            rows[row.magic].append(row)
    return rows


def _opened_once(truth: Sequence[TruthRow]) -> Iterator[str]:
    for magic, rows in _opening(truth).items():
        if len(rows) > 1:
            yield f"V2: magic {magic} was accepted {len(rows)} times: {rows}"


def _written_before(records: Sequence[Record], truth: Sequence[TruthRow]) -> Iterator[str]:
    legs: dict[Magic, LegId] = {}
    intents: dict[LegId, Record] = {}
    sendings: dict[LegId, list[Record]] = defaultdict(list)
    for record in records:
        match record.event:
            case IntentRecorded(leg=leg, magic=magic):
                legs[magic], intents[leg] = leg, record
            case LegSending(leg=leg):
                sendings[leg].append(record)
    for number, rows in _opening(truth).items():
        name = legs.get(Magic(number))
        if name is None or name not in sendings:
            yield f"V1: magic {number} was accepted and never written down: {rows}"
            continue
        leg, sent = name, sendings[name]
        if sent[0].at > rows[0].at:
            yield f"V1: {leg} was accepted at {rows[0].at}, written down only at {sent[0].at}"
        intent = intents[leg]
        assert isinstance(intent.event, IntentRecorded)
        late = [record.at - intent.at for record in sent if record.at - intent.at > intent.event.ttl_ms]
        if late:
            yield f"V6: {leg} was sent {late} ms after its intent"
        if rows[0].at - sent[-1].at > LATEST_MS:
            yield f"V6: {leg} was accepted {rows[0].at - sent[-1].at} ms after it was sent"


def _stopped_is_stopped(records: Sequence[Record], truth: Sequence[TruthRow]) -> Iterator[str]:
    stopped = False
    for record in records:
        if isinstance(record.event, TradingStateChanged):
            stopped = record.event.state is not TradingState.ACTIVE
        elif isinstance(record.event, LegSending) and stopped:
            # It may have been on its way to the disk: then it must not have been sent.
            magic = record.event.request.magic
            if any(row.magic == magic and row.opens for row in truth):
                yield f"V12: {record.event.leg} was sent after the stop, record {record.seq}"


def _nothing_broke(records: Sequence[Record]) -> Iterator[str]:
    # What the journal or the supervisor had to stop never got far, and is a mistake of ours all the same.
    for record in records:
        if isinstance(record.event, TaskFailed) or getattr(record.event, "code", "") == "post-set-aside":
            yield f"record {record.seq}: {record.event}"


def _edges(records: Sequence[Record]) -> Iterator[str]:
    state = DeskState()
    for record in records:
        before, state = state, fold(state, record)
        leg = getattr(record.event, "leg", None)
        old = find_leg(before, leg) if leg is not None else None
        new = find_leg(state, leg) if leg is not None else None
        if old is None or new is None:
            continue
        if old.state is not new.state and new.state not in LEG_EDGES[old.state]:
            yield f"V7: {leg} went from {old.state} to {new.state}, record {record.seq}"
        if new.last_action < old.last_action:
            yield f"V7: the actions of {leg} went back, record {record.seq}"


def _received_once(records: Sequence[Record], state: DeskState) -> Iterator[str]:
    received = Counter(r.event.message.key for r in records if isinstance(r.event, MessageReceived))
    read_as = {(r.event.key, r.event.revision) for r in records if isinstance(r.event, MessageRead)}
    wanted: dict[str, Message] = {}
    for _, item in SCRIPT:
        if isinstance(item, Message):
            wanted[item.key] = item
        elif isinstance(item, Deletion) and item.key in state.posts and state.posts[item.key].deleted_at is None:
            yield f"V3: {item.key} was deleted and is not"
    for key, message in wanted.items():
        if received[message.key] != 1:
            yield f"V3: {key} was received {received[message.key]} times"
        elif (post := state.posts[message.key]).message.content != message.content:
            yield f"V3: {key} is not its last revision"
        elif (key, post.revision) not in read_as:
            yield f"V3: {key}, revision {post.revision}, was never read"
    for view in state.signals.values():
        if view.decision is None:
            yield f"V3: {view.id} was never decided"


def _flattened(records: Sequence[Record], state: DeskState) -> Iterator[str]:
    # Nothing is published after the owner flattened, so nothing may be left, however late it turned up; a broker that
    # refused to close it for good (10018) has been heard.
    answers = [r.event for r in records if isinstance(r.event, CommandAnswered)]
    refused = {r.event.leg for r in records if isinstance(r.event, ActionSettled) and not r.event.ok}
    if any(answer.command.key == "flatten" and answer.outcome.ok for answer in answers):
        for trade in state.trades.values():
            left = [leg.id for leg in trade.legs if leg.is_live and leg.id not in refused]
            yield from (f"C9: everything was flattened, and {leg} is left" for leg in left)


def _settled(state: DeskState) -> Iterator[str]:
    for trade in state.trades.values():
        for leg in trade.legs:
            if leg.state in UNSETTLED:
                yield f"V4: {leg.id} is still {leg.state}"
            if leg.is_live and leg.actions:
                yield f"V4: {leg.id} has actions that never ended: {leg.actions}"


def _agreed(state: DeskState, books: Books, records: Sequence[Record]) -> Iterator[str]:
    accepted = _opening(books.truth)
    held = {h.position.magic: h.position for h in books.holdings}
    waiting = {order.magic for order in books.orders}
    ours = {leg.magic: leg for trade in state.trades.values() for leg in trade.legs}
    for magic in (*held, *waiting, *accepted):
        if magic not in ours:
            yield f"V5: the broker has magic {magic}, the journal does not"
    for magic, leg in ours.items():
        position = held.get(magic)
        if (position is not None) is not leg.is_open:
            yield f"V5: {leg.id} is {leg.state}, the broker says {position}"
        elif position is not None and (side_of(position.type), Decimal(str(position.volume))) != (leg.side, leg.volume):
            yield f"V5: {leg.id} is {leg.side} {leg.volume}, the broker says {position}"
        if (magic in waiting) is not (leg.state is LegState.PLACED):
            yield f"V5: {leg.id} is {leg.state}, the broker's order waits: {magic in waiting}"
        yield from _fate(leg, accepted.get(magic, []), books)


def _fate(leg: LegView, rows: list[TruthRow], books: Books) -> Iterator[str]:
    opening = [deal for deal in books.deals if deal.magic == leg.magic and deal.entry == mt.DEAL_ENTRY_IN]
    if bool(opening) is not bool(leg.opened):
        yield f"V5: {leg.id} is {leg.state} with {leg.opened} lots opened, the broker dealt {opening}"
    if rows and not opening and leg.state not in (LegState.PLACED, LegState.CANCELLED):
        yield f"V5: {leg.id} is {leg.state}, the broker accepted {rows}"
    if leg.state is LegState.CLOSED:
        deals = [d for d in books.deals if opening and d.position_id == opening[0].position_id]
        made = sum((Decimal(str(round(d.profit + d.swap + d.commission + d.fee, 2))) for d in deals), Decimal(0))
        if abs(made - leg.profit) > Decimal("0.005") * len(deals):
            yield f"V5: {leg.id} made {leg.profit}, the broker says {made}"


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


def _answered_once(records: Sequence[Record]) -> Iterator[str]:
    answered = Counter(r.event.command.key for r in records if isinstance(r.event, CommandAnswered))
    yield from (f"F1: {key} was answered {count} times" for key, count in answered.items() if count > 1)


__all__ = ["CONFIG", "at_any_time", "at_the_end", "read"]
