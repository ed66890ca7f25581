"""What each event changes in the tables that answer questions: a pure function of the record.

The tables also guard the promises: a post is received once, a magic is given once, a leg only moves along `LEG_EDGES`, an
action number only grows. A record that would break one is refused before it is written, so it can never happen silently.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import Any, NamedTuple

import msgspec

from signalos_tui.errors import JournalConflict
from signalos_tui.journal.codec import decode
from signalos_tui.journal.subjects import posts_of
from signalos_tui.model import events as e
from signalos_tui.model.decisions import Decision
from signalos_tui.model.ids import LegId, channel_of, message_of, number_of, signal_id
from signalos_tui.model.orders import LEG_EDGES, LegState
from signalos_tui.model.signals import ReadingKind

PROJECTIONS = ("channels", "messages", "signals", "legs", "commands", "mentions")
"""The tables that are a pure function of the events."""

_BATCH = 2_000


class Statement(NamedTuple):
    """One way to change a table. wrong: what it means when a row violates a constraint or, if must, changes nothing."""

    sql: str
    wrong: str
    must: bool = True


class Change(NamedTuple):
    """One row to change. subject: whom it is about, for the text of a refusal."""

    statement: Statement
    values: tuple[Any, ...]
    subject: str


_FOLLOW = Statement(
    """INSERT INTO channels (channel, title, provider) VALUES (?, ?, ?)
    ON CONFLICT (channel) DO UPDATE SET title = excluded.title, provider = excluded.provider""",
    "the channel cannot be written",
)
_TEACH = Statement("UPDATE channels SET lesson = ? WHERE channel = ?", "the channel is unknown, so it cannot be taught")
_RECEIVE = Statement(
    "INSERT INTO messages (channel, id, content, revision, deleted, first_seq, at) VALUES (?, ?, ?, 0, 0, ?, ?)",
    "the post was received before",
)
_EDIT = Statement(
    "UPDATE messages SET content = ?, revision = ? WHERE channel = ? AND id = ? AND revision < ?",
    "the post is unknown, or has that revision already",
)
_DELETE = Statement("UPDATE messages SET deleted = 1 WHERE channel = ? AND id = ?", "", must=False)
_READ = Statement(
    """INSERT INTO signals (signal, channel, at, symbol, side, outcome) VALUES (?, ?, ?, ?, ?, 'read')
    ON CONFLICT (signal) DO UPDATE SET symbol = excluded.symbol, side = excluded.side WHERE outcome = 'read'""",
    "",
    must=False,
)
_DECIDE = Statement(
    """INSERT INTO signals (signal, channel, at, symbol, side, outcome, reasons) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (signal) DO UPDATE SET outcome = excluded.outcome, reasons = excluded.reasons,
        symbol = iif(excluded.symbol = '', symbol, excluded.symbol), side = iif(excluded.side = '', side, excluded.side)""",
    "the decision cannot be written",
)
_REJECT = Statement("UPDATE signals SET outcome = 'rejected' WHERE signal = ?", "", must=False)
_INTEND = Statement(
    """INSERT INTO legs (leg, magic, signal, state, symbol, side, volume, remaining, risk)
    VALUES (?, ?, ?, 'intent', ?, ?, ?, '0', ?)""",
    "the leg or its magic was recorded before",
)
_MOVE = Statement(
    "UPDATE legs SET state = ? WHERE leg = ? AND instr(?, '|' || state || '|') > 0",
    "the leg is unknown, or in a state this event does not follow",
)
_ATTEMPT = Statement(
    "UPDATE legs SET state = 'sending', attempt = ? WHERE leg = ? AND attempt < ? AND instr(?, '|' || state || '|') > 0",
    "the leg is unknown, was tried with that number, or must not be sent again",
)
_OPEN = Statement(
    """UPDATE legs SET state = 'open', volume = ?, remaining = ?, opened_at = ?
    WHERE leg = ? AND instr(?, '|' || state || '|') > 0""",
    "the leg is unknown, or in a state that does not open",
)
_FILL = Statement(
    "UPDATE legs SET volume = ?, remaining = ? WHERE leg = ? AND state = 'open'",
    "the leg is not open, so no more of it can be filled",
)
_REDUCE = Statement(
    "UPDATE legs SET remaining = ?, profit = decimal_add(profit, ?) WHERE leg = ? AND state = 'open'",
    "the leg is not open, so no part of it can be closed",
)
_CLOSE = Statement(
    """UPDATE legs SET state = 'closed', remaining = '0', profit = decimal_add(profit, ?), closed_at = ?
    WHERE leg = ? AND instr(?, '|' || state || '|') > 0""",
    "the leg is unknown, or in a state that does not close",
)
_EARN = Statement(
    "UPDATE signals SET profit = decimal_add(profit, ?) WHERE signal = (SELECT signal FROM legs WHERE leg = ?)",
    "",
    must=False,
)
_ACT = Statement(
    "UPDATE legs SET action = ? WHERE leg = ? AND action < ?",
    "the leg is unknown, or had an action with that number or a later one",
)
_ANSWER = Statement("INSERT INTO commands (key, at, outcome) VALUES (?, ?, ?)", "the command was answered before")
# Only posts that were there already: what is told of a post before it came must not depend on how records were grouped.
_MENTION = """INSERT INTO mentions (post, seq) SELECT first_seq, ?1 FROM messages
    WHERE channel = ?2 AND id = ?3 AND first_seq < ?1"""

_SOURCES: dict[LegState, str] = {
    target: "|" + "".join(f"{source}|" for source in LegState if target in LEG_EDGES[source]) for target in LegState
}
"""For each state the ones it may be reached from, as "|sent|unknown|"."""


def _move(leg: LegId, target: LegState) -> Change:
    return Change(_MOVE, (target, leg, _SOURCES[target]), leg)


def _read(record: e.Record, event: e.MessageRead) -> Iterable[Change]:
    if event.reading.kind is not ReadingKind.SIGNAL:
        return
    channel = channel_of(event.key)
    for signal in event.reading.signals:
        name = signal_id(event.key, signal.number)
        yield Change(_READ, (name, channel, record.at, signal.symbol or "", signal.side or ""), name)


def _joined(record: e.Record, event: e.PostsJoined) -> Iterable[Change]:
    signal = event.reading.signals[0]
    channel = channel_of(message_of(event.signal))
    yield Change(_READ, (event.signal, channel, record.at, signal.symbol or "", signal.side or ""), event.signal)


def _decided(record: e.Record, decision: Decision) -> Change:
    name, plan = decision.signal, decision.plan
    reasons = "\n".join(reason.code for reason in decision.reasons)
    symbol, side = (plan.symbol, str(plan.side)) if plan else ("", "")
    channel = channel_of(message_of(name))
    return Change(_DECIDE, (name, channel, record.at, symbol, side, decision.outcome, reasons), name)


def _intended(event: e.IntentRecorded) -> Change:
    plan = event.plan
    values = (event.leg, event.magic, event.signal, event.symbol, event.side, str(plan.volume), str(plan.risk))
    return Change(_INTEND, values, event.leg)


def _edited(event: e.MessageEdited) -> Change:
    post = event.message
    return Change(_EDIT, (event.content, event.revision, post.channel, post.id, event.revision), post.key)


def _sending(event: e.LegSending) -> Change:
    return Change(_ATTEMPT, (event.attempt, event.leg, event.attempt, _SOURCES[LegState.SENDING]), event.leg)


def _opened(record: e.Record, event: e.LegOpened) -> Change:
    volume = str(event.volume)
    return Change(_OPEN, (volume, volume, record.at, event.leg, _SOURCES[LegState.OPEN]), event.leg)


def _reduced(event: e.LegReduced) -> Iterable[Change]:
    profit = str(event.profit)
    yield Change(_REDUCE, (str(event.remaining), profit, event.leg), event.leg)
    yield Change(_EARN, (profit, event.leg), event.leg)


def _closed(record: e.Record, event: e.LegClosed) -> Iterable[Change]:
    profit = str(event.profit)
    yield Change(_CLOSE, (profit, record.at, event.leg, _SOURCES[LegState.CLOSED]), event.leg)
    yield Change(_EARN, (profit, event.leg), event.leg)


def _refused(event: e.LegRejected) -> Change:
    # A refusal that is not final leaves the leg where it is: it is priced again (R13).
    if event.final:
        return _move(event.leg, LegState.REJECTED)
    return Change(_MOVE, (LegState.SENDING, event.leg, f"|{LegState.SENDING}|"), event.leg)


def _answered(record: e.Record, event: e.CommandAnswered) -> Change:
    key = event.command.key
    return Change(_ANSWER, (key, record.at, msgspec.json.encode(event.outcome)), key)


_CHANGES: dict[type, Callable[[e.Record, Any], Iterable[Change]]] = {
    e.ChannelFollowed: lambda _, x: [
        Change(_FOLLOW, (x.channel.id, x.channel.title, x.channel.provider), x.channel.id)
    ],
    e.ChannelTaught: lambda _, x: [Change(_TEACH, (msgspec.json.encode(x.lesson), x.channel), x.channel)],
    e.MessageReceived: lambda r, x: [
        Change(_RECEIVE, (x.message.channel, x.message.id, x.content, r.seq, r.at), x.message.key)
    ],
    e.PostImported: lambda r, x: [
        Change(_RECEIVE, (x.message.channel, x.message.id, x.content, r.seq, r.at), x.message.key)
    ],
    e.MessageEdited: lambda _, x: [_edited(x)],
    e.MessageDeleted: lambda _, x: [Change(_DELETE, (channel_of(x.key), number_of(x.key)), x.key)],
    e.MessageRead: _read,
    e.PostsJoined: _joined,
    e.SignalDecided: lambda r, x: [_decided(r, x.decision)],
    e.SignalRejected: lambda _, x: [Change(_REJECT, (x.signal,), x.signal)],
    e.IntentRecorded: lambda _, x: [_intended(x)],
    e.LegSending: lambda _, x: [_sending(x)],
    e.LegSent: lambda _, x: [_move(x.leg, LegState.SENT)],
    e.LegPlaced: lambda _, x: [_move(x.leg, LegState.PLACED)],
    e.LegOpened: lambda r, x: [_opened(r, x)],
    e.LegRejected: lambda _, x: [_refused(x)],
    e.LegUnknown: lambda _, x: [_move(x.leg, LegState.UNKNOWN)],
    e.LegUnfilled: lambda _, x: [_move(x.leg, LegState.UNFILLED)],
    e.LegExpired: lambda _, x: [_move(x.leg, LegState.EXPIRED)],
    e.LegCancelled: lambda _, x: [_move(x.leg, LegState.CANCELLED)],
    e.ActionIntended: lambda _, x: [
        Change(_ACT, (x.action.number, x.action.leg, x.action.number), f"{x.action.leg} action {x.action.number}")
    ],
    e.LegReduced: lambda _, x: _reduced(x),
    e.LegClosed: _closed,
    e.LegFilled: lambda _, x: [Change(_FILL, (str(x.opened), str(x.volume), x.leg), x.leg)],
    e.CommandAnswered: lambda r, x: [_answered(r, x)],
}


def changes(record: e.Record) -> Iterable[Change]:
    """What a record changes in the projections, in order; the index of mentions aside."""
    find = _CHANGES.get(type(record.event))
    return find(record, record.event) if find else ()


def apply(connection: sqlite3.Connection, records: Iterable[e.Record], *, singly: bool = False) -> None:
    """Write what `records` change, inside the transaction that is open.

    singly: one statement a row, so that a refusal names its subject. Raises JournalConflict; the caller rolls back.
    """
    wanted: list[Change] = []
    mentions: list[tuple[int, str, int]] = []
    for record in records:
        try:
            wanted.extend(changes(record))
            if not isinstance(record.event, e.MessageReceived):
                mentions.extend((record.seq, channel_of(post), number_of(post)) for post in posts_of(record.event))
        except ValueError as error:
            raise JournalConflict(f"an id in a {e.kind_of(record.event)} is not one of ours: {error}") from error
    if singly:
        for change in wanted:
            _write(connection, change.statement, [change])
    else:
        for statement, group in groupby(wanted, key=lambda change: change.statement):
            _write(connection, statement, list(group))
    if mentions:
        connection.executemany(_MENTION, mentions)


def _write(connection: sqlite3.Connection, statement: Statement, rows: list[Change]) -> None:
    try:
        done = connection.executemany(statement.sql, [row.values for row in rows]).rowcount
    except (sqlite3.IntegrityError, OverflowError) as error:
        raise _conflict(statement, rows) from error
    if statement.must and done != len(rows):
        raise _conflict(statement, rows)


def _conflict(statement: Statement, rows: list[Change]) -> JournalConflict:
    who = rows[0].subject if len(rows) == 1 else f"one of {len(rows)}, the first is {rows[0].subject}"
    return JournalConflict(
        f"{statement.wrong}: {who}", "Nothing of this group was written; report it, it is our mistake"
    )


def rebuild(connection: sqlite3.Connection, records: Iterable[e.Record] | None = None) -> int:
    """Make every projection anew, in the open transaction, from `records` (default: the events of the same file).

    Returns the number of records. Raises JournalConflict when they contradict one another.
    """
    for table in PROJECTIONS:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 (our own table names)
    source = iter(_stored(connection) if records is None else records)
    count = 0
    while batch := list(islice(source, _BATCH)):
        apply(connection, batch)
        count += len(batch)
    return count


def _stored(connection: sqlite3.Connection) -> Iterator[e.Record]:
    for seq, at, body in connection.execute("SELECT seq, at, body FROM events ORDER BY seq"):
        yield e.Record(seq, at, decode(body))
