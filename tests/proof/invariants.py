"""What must be true whatever happened: the broker's books against the journal (reference: reliability 3.7).

The broker's books are the truth, the journal is what we believe; every check compares the two, none asks the program. Each
yields a sentence for each thing that is wrong, beginning with the number of the invariant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from signalos_tui.execute import constants as mt
from signalos_tui.execute.paper.book import Books, TruthRow
from signalos_tui.execute.translate import side_of
from signalos_tui.model.account import TradingState
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.desk import DeskState, LegView
from signalos_tui.model.events import (
    ActionIntended,
    ActionSettled,
    CommandAnswered,
    IntentRecorded,
    LegOpened,
    LegSending,
    LegUnfilled,
    LegUnknown,
    MessageRead,
    MessageReceived,
    Record,
    Severity,
    SignalDecided,
    TaskFailed,
    TradingStateChanged,
)
from signalos_tui.model.ids import LegId, Magic, MessageKey, leg_id, magic
from signalos_tui.model.messages import Deletion, Message
from signalos_tui.model.orders import LEG_EDGES, ActionKind, LegState
from signalos_tui.narrate import narrate
from signalos_tui.state import find_leg, fold

BETWEEN_LOOKS_MS = 15_000
UNSETTLED = (LegState.INTENT, LegState.SENDING, LegState.SENT, LegState.UNKNOWN)


def opening(truth: Sequence[TruthRow]) -> dict[int, list[TruthRow]]:
    """What was accepted and can add a position, by magic."""
    rows: dict[int, list[TruthRow]] = defaultdict(list)
    for row in truth:
        if row.opens:
            rows[row.magic].append(row)
    return rows


def opened_once(truth: Sequence[TruthRow]) -> Iterator[str]:
    """V2: at most one accepted opening order for each magic, at all times."""
    for number, rows in opening(truth).items():
        if len(rows) > 1:
            yield f"V2: magic {number} was accepted {len(rows)} times: {rows}"


def written_before(records: Sequence[Record], truth: Sequence[TruthRow], latest_ms: int | None) -> Iterator[str]:
    """V1, V6: whatever was accepted had been written down before, within its time.

    latest_ms: the longest a request may be on its way; None where the machine's clock cannot be believed.
    """
    legs: dict[Magic, LegId] = {}
    intents: dict[LegId, Record] = {}
    sendings: dict[LegId, list[Record]] = defaultdict(list)
    for record in records:
        match record.event:
            case IntentRecorded(leg=leg, magic=number):
                legs[number], intents[leg] = leg, record
            case LegSending(leg=leg):
                sendings[leg].append(record)
    for accepted, rows in opening(truth).items():
        name = legs.get(Magic(accepted))
        if name is None or name not in sendings:
            yield f"V1: magic {accepted} was accepted and never written down: {rows}"
        elif latest_ms is not None:
            yield from _in_time(name, sendings[name], intents[name], rows, latest_ms)


def _in_time(
    leg: LegId, sent: Sequence[Record], intent: Record, rows: Sequence[TruthRow], latest_ms: int
) -> Iterator[str]:
    if sent[0].at > rows[0].at:
        yield f"V1: {leg} was accepted at {rows[0].at}, written down only at {sent[0].at}"
    assert isinstance(intent.event, IntentRecorded)
    late = [record.at - intent.at for record in sent if record.at - intent.at > intent.event.ttl_ms]
    if late:
        yield f"V6: {leg} was sent {late} ms after its intent"
    if rows[0].at - sent[-1].at > latest_ms:
        yield f"V6: {leg} was accepted {rows[0].at - sent[-1].at} ms after it was sent"


def stopped_is_stopped(records: Sequence[Record], truth: Sequence[TruthRow]) -> Iterator[str]:
    """V12: nothing is sent while the kill switch or a quarantine is on disk."""
    stopped = False
    accepted = {row.magic for row in truth if row.opens}
    for record in records:
        if isinstance(record.event, TradingStateChanged):
            stopped = record.event.state is not TradingState.ACTIVE
        elif isinstance(record.event, LegSending) and stopped and record.event.request.magic in accepted:
            # One that was on its way to the disk then may stand there; it must not have been sent.
            yield f"V12: {record.event.leg} was sent after the stop, record {record.seq}"


def nothing_broke(records: Sequence[Record]) -> Iterator[str]:
    """What the journal or the supervisor had to stop never got far, and is a mistake of ours all the same."""
    for record in records:
        if isinstance(record.event, TaskFailed) or getattr(record.event, "code", "") == "post-set-aside":
            yield f"record {record.seq}: {record.event}"


def edges(records: Sequence[Record]) -> Iterator[str]:
    """V7, V10: legs move along the edges of the protocol, action numbers only grow, and the owner is told once of each alarm."""
    state = DeskState()
    for record in records:
        before, state = state, fold(state, record)
        event = record.event
        yield from _told(record, before, state)
        leg = getattr(event, "leg", None)
        if leg is None or isinstance(event, IntentRecorded):
            continue
        old, new = find_leg(before, leg), find_leg(state, leg)
        if old is None or new is None:
            continue
        if old.state is not new.state and new.state not in LEG_EDGES[old.state]:
            yield f"V7: {leg} went from {old.state} to {new.state}, record {record.seq}"
        if new.last_action < old.last_action:
            yield f"V7: the actions of {leg} went back, record {record.seq}"


def _told(record: Record, before: DeskState, after: DeskState) -> Iterator[str]:
    event = record.event
    if not (isinstance(event, LegUnknown | LegUnfilled) or (isinstance(event, LegOpened) and event.adopted)):
        return
    line = narrate(event, after)
    if line is None or line.severity not in (Severity.WARNING, Severity.ALARM):
        yield f"V10: record {record.seq} tells the owner nothing: {event}"
    if [line.seq for line in after.log[-2:]].count(record.seq) != 1:
        yield f"V10: record {record.seq} is told {[line.seq for line in after.log].count(record.seq)} times"


def received_once(
    records: Sequence[Record], state: DeskState, published: Iterable[Message | Deletion]
) -> Iterator[str]:
    """V3: everything that was published is in the journal once, in its last revision, read and decided."""
    received = Counter(r.event.message.key for r in records if isinstance(r.event, MessageReceived))
    read_as = {(r.event.key, r.event.revision) for r in records if isinstance(r.event, MessageRead)}
    wanted: dict[MessageKey, Message] = {}
    gone: set[MessageKey] = set()
    for item in published:
        if isinstance(item, Message):
            wanted[item.key] = item
        else:
            gone.add(item.key)
            if item.key in state.posts and state.posts[item.key].deleted_at is None:
                yield f"V3: {item.key} was deleted and is not"
    for key, message in wanted.items():
        if key in gone:  # it may have been gone before anybody saw it, or before its last revision was
            if received[key] > 1:
                yield f"V3: {key} was received {received[key]} times"
        elif received[key] != 1:
            yield f"V3: {key} was received {received[key]} times"
        elif (post := state.posts[key]).message.content != message.content:
            yield f"V3: {key} is not its last revision"
        elif (key, post.revision) not in read_as:
            yield f"V3: {key}, revision {post.revision}, was never read"
    for view in state.signals.values():
        if view.decision is None:
            yield f"V3: {view.id} was never decided"


def settled(state: DeskState) -> Iterator[str]:
    """V4: when there was time, no leg and no action is without its end."""
    for trade in state.trades.values():
        for leg in trade.legs:
            if leg.state in UNSETTLED:
                yield f"V4: {leg.id} is still {leg.state}"
            if leg.is_live and leg.actions:
                yield f"V4: {leg.id} has actions that never ended: {leg.actions}"


def agreed(state: DeskState, books: Books, *, is_whole: bool = True) -> Iterator[str]:
    """V5: what the journal believes is what the broker has: position, volume, side, order and money.

    is_whole: the journal never went back in time; one that did does not know what was sent before.
    """
    accepted = opening(books.truth)
    held = {h.position.magic: h.position for h in books.holdings}
    waiting = {order.magic for order in books.orders}
    ours = {leg.magic: leg for trade in state.trades.values() for leg in trade.legs}
    if is_whole:
        for number in dict.fromkeys((*held, *waiting, *accepted)):
            if number not in ours:
                yield f"V5: the broker has magic {number}, the journal does not"
    for number, leg in ours.items():
        position = held.get(number)
        if (position is not None) is not leg.is_open:
            yield f"V5: {leg.id} is {leg.state}, the broker says {position}"
        elif position is not None and (side_of(position.type), Decimal(str(position.volume))) != (leg.side, leg.volume):
            yield f"V5: {leg.id} is {leg.side} {leg.volume}, the broker says {position}"
        if (number in waiting) is not (leg.state is LegState.PLACED):
            yield f"V5: {leg.id} is {leg.state}, the broker's order waits: {number in waiting}"
        yield from _fate(leg, accepted.get(number, []), books)


def agreed_on_netting(state: DeskState, books: Books, *, is_whole: bool = True) -> Iterator[str]:
    """V5 where a symbol has one position: what all legs of it believe together, and what each was opened with."""
    legs = [leg for trade in state.trades.values() for leg in trade.legs]
    known = {leg.magic for leg in legs} | {closing.magic for leg in legs for closing in leg.closings}
    waiting = {order.magic for order in books.orders}
    if is_whole:
        for number in dict.fromkeys((*waiting, *opening(books.truth))):
            if number not in known:
                yield f"V5: the broker has magic {number}, the journal does not"
    held: dict[str, Decimal] = defaultdict(Decimal)
    for holding in books.holdings:
        position = holding.position
        held[position.symbol] += Decimal(str(position.volume)) * side_of(position.type).sign
    believed: dict[str, Decimal] = defaultdict(Decimal)
    for leg in legs:
        believed[leg.symbol] += leg.volume * leg.side.sign if leg.is_open else Decimal(0)
        if (leg.magic in waiting) is not (leg.state is LegState.PLACED):
            yield f"V5: {leg.id} is {leg.state}, the broker's order waits: {leg.magic in waiting}"
        deals = [d for d in books.deals if d.magic == leg.magic and d.entry in (mt.DEAL_ENTRY_IN, mt.DEAL_ENTRY_INOUT)]
        if bool(deals) is not bool(leg.opened):
            yield f"V5: {leg.id} is {leg.state} with {leg.opened} lots opened, the broker dealt {deals}"
    if is_whole:
        for symbol in sorted({*held, *believed}):
            if held[symbol] != believed[symbol]:
                yield f"V5: the broker has {held[symbol]} lots of {symbol}, the journal {believed[symbol]}"


def _fate(leg: LegView, rows: list[TruthRow], books: Books) -> Iterator[str]:
    deals = [deal for deal in books.deals if deal.magic == leg.magic and deal.entry == mt.DEAL_ENTRY_IN]
    if bool(deals) is not bool(leg.opened):
        yield f"V5: {leg.id} is {leg.state} with {leg.opened} lots opened, the broker dealt {deals}"
    if rows and not deals and leg.state not in (LegState.PLACED, LegState.CANCELLED):
        yield f"V5: {leg.id} is {leg.state}, the broker accepted {rows}"
    if leg.state is LegState.CLOSED and deals:
        of_it = [d for d in books.deals if d.position_id == deals[0].position_id]
        made = sum((Decimal(str(round(d.profit + d.swap + d.commission + d.fee, 2))) for d in of_it), Decimal(0))
        if abs(made - leg.profit) > Decimal("0.005") * len(of_it):
            yield f"V5: {leg.id} made {leg.profit}, the broker says {made}"


def given_up_in_time(
    records: Sequence[Record], settle_ms: int, unseen: Sequence[tuple[int, int]] = ()
) -> Iterator[str]:
    """R4, R5: a leg is given up only after the time in which it can appear, three looks long, at a broker that can be seen.

    unseen: spans of time (ms UTC) in which the terminal showed nothing that proves anything.
    """
    sent: dict[LegId, int] = {}
    for record in records:
        event = record.event
        if isinstance(event, LegSending):
            sent[event.leg] = record.at
        elif isinstance(event, LegUnfilled):
            waited = record.at - sent.get(event.leg, 0)
            if waited <= settle_ms + 2 * BETWEEN_LOOKS_MS:
                yield f"R4: {event.leg} was given up {waited} ms after it was sent, {settle_ms} and three looks are due"
            if any(start < record.at < end for start, end in unseen):
                yield f"R4: {event.leg} was given up at {record.at}, when the broker could not be seen"


def tried_at_most(records: Sequence[Record], attempts: int) -> Iterator[str]:
    """R13: a leg is asked for again a few times at most."""
    tries = Counter(r.event.leg for r in records if isinstance(r.event, LegSending))
    yield from (f"R13: {leg} was sent {count} times" for leg, count in tries.items() if count > attempts)


def decided_whole(records: Sequence[Record]) -> Iterator[str]:
    """R2: what was accepted has all its legs."""
    intended = Counter(r.event.signal for r in records if isinstance(r.event, IntentRecorded))
    for record in records:
        if isinstance(record.event, SignalDecided):
            decision = record.event.decision
            plan = decision.plan
            is_accepted = decision.outcome is DecisionOutcome.ACCEPTED and plan is not None
            if is_accepted and plan is not None and intended[decision.signal] < len(plan.legs):
                yield f"R2: {decision.signal} was accepted with {len(plan.legs)} legs, {intended[decision.signal]} are written"


def reduced_no_further(records: Sequence[Record], books: Books) -> Iterator[str]:
    """R12: a part that was to be closed is closed once, however often it was asked for."""
    floors: dict[LegId, Decimal] = {}
    whole: set[LegId] = set()
    magics = {r.event.leg: r.event.magic for r in records if isinstance(r.event, IntentRecorded)}
    for record in records:
        if isinstance(record.event, ActionIntended):
            action = record.event.action
            if action.kind is ActionKind.REDUCE:
                floors[action.leg] = min(floors.get(action.leg, action.volume), action.volume)
            elif action.kind is ActionKind.CLOSE:
                whole.add(action.leg)
    for leg, floor in floors.items():
        deals = [d for d in books.deals if d.magic == magics.get(leg)]
        opened = sum(Decimal(str(d.volume)) for d in deals if d.entry == mt.DEAL_ENTRY_IN)
        taken = sum(Decimal(str(d.volume)) for d in deals if d.entry != mt.DEAL_ENTRY_IN and d.reason in _ASKED_FOR)
        if leg not in whole and opened and opened - taken < min(floor, opened):
            yield f"R12: {leg} was to keep {floor} lots, {taken} of {opened} were closed"


def closed_whole(records: Sequence[Record], state: DeskState) -> Iterator[str]:
    """R12: a close that is done leaves nothing."""
    closes: set[tuple[LegId, int]] = set()
    for record in records:
        event = record.event
        if isinstance(event, ActionIntended) and event.action.kind is ActionKind.CLOSE:
            closes.add((event.action.leg, event.action.number))
        elif isinstance(event, ActionSettled) and event.ok and event.retcode and (event.leg, event.number) in closes:
            leg = find_leg(state, event.leg)
            if leg is not None and leg.is_open:
                yield f"R12: the close of {leg.id} was done ({event.retcode}), and {leg.volume} lots are left"


_ASKED_FOR = (mt.DEAL_REASON_EXPERT, mt.DEAL_REASON_CLIENT)


def named_for_what_was_published(
    state: DeskState, salt: bytes, account: str, published: Iterable[Message | Deletion]
) -> Iterator[str]:
    """V11: however posts came, the legs are those of the posts, and their magics a function of nothing else."""
    known = {item.key for item in published}
    for trade in state.trades.values():
        for leg in trade.legs:
            key = MessageKey(leg.signal.rpartition("#")[0])
            if key not in known or leg.id not in (leg_id(leg.signal, leg.number), *_issued(leg)):
                yield f"V11: {leg.id} is no leg of a post"
            if leg.magic != magic(salt, account, leg.id):
                yield f"V11: {leg.id} has magic {leg.magic}"


def _issued(leg: LegView) -> tuple[LegId, ...]:
    return tuple(leg_id(leg.signal, leg.number, issue) for issue in (1, 2, 3))


def flattened(records: Sequence[Record], state: DeskState) -> Iterator[str]:
    """C9: after the owner flattened nothing is left, however late it turned up; a broker that refuses for good is heard."""
    answers = [r.event for r in records if isinstance(r.event, CommandAnswered)]
    refused = {r.event.leg for r in records if isinstance(r.event, ActionSettled) and not r.event.ok}
    if state.trading is TradingState.ACTIVE or not any(a.command.key == "flatten" and a.outcome.ok for a in answers):
        return
    for trade in state.trades.values():
        left = [leg.id for leg in trade.legs if leg.is_live and leg.id not in refused]
        yield from (f"C9: everything was flattened, and {leg} is left" for leg in left)


def answered_once(records: Sequence[Record]) -> Iterator[str]:
    """F1: a command is answered once."""
    answered = Counter(r.event.command.key for r in records if isinstance(r.event, CommandAnswered))
    yield from (f"F1: {key} was answered {count} times" for key, count in answered.items() if count > 1)
