"""The questions asked of a journal through a connection that only reads.

Records are fetched in pages: no cursor stays open, so no reader holds the write-ahead log from being folded in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import msgspec

from signalos_tui.errors import JournalUnusable
from signalos_tui.journal.codec import Row, decode, examine, genesis
from signalos_tui.journal.connection import VERIFY
from signalos_tui.journal.ledger import snapshot_check
from signalos_tui.journal.rows import Recalled
from signalos_tui.model.commands import Outcome
from signalos_tui.model.decisions import DecisionOutcome
from signalos_tui.model.events import Event, MessageRead, MessageReceived, PostsJoined, Record, UpdateDecided
from signalos_tui.model.ids import ChannelId, LegId, Magic, MessageKey, SignalId, channel_of, message_of, number_of
from signalos_tui.model.signals import Reading

PAGE = 1_000

_MADE_OF_IT = """SELECT x.seq, e.body FROM mentions x JOIN events e ON e.seq = x.seq
    WHERE x.post = ? AND e.kind IN ('message-read', 'posts-joined', 'update-decided') ORDER BY x.seq"""

_CURSORS = """
WITH RECURSIVE each(channel) AS (
    SELECT min(channel) FROM messages
    UNION ALL
    SELECT (SELECT min(channel) FROM messages WHERE channel > each.channel) FROM each WHERE each.channel IS NOT NULL
)
SELECT channel, number FROM (
    SELECT channel, (
        SELECT m.id FROM messages m JOIN events e ON e.seq = m.first_seq
        WHERE m.channel = each.channel AND e.kind <> 'post-imported' ORDER BY m.id DESC LIMIT 1
    ) AS number FROM each WHERE channel IS NOT NULL
) WHERE number IS NOT NULL
"""


def rows(connection: sqlite3.Connection, after: int) -> Iterator[Row]:
    """The raw records after `after`, in order."""
    while True:
        page = connection.execute(
            "SELECT seq, at, kind, body, hash FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (after, PAGE)
        ).fetchall()
        yield from map(Row._make, page)
        if len(page) < PAGE:
            return
        after = page[-1][0]


def last(connection: sqlite3.Connection) -> int:
    """The number of the last record; 0 without one."""
    return int(connection.execute("SELECT max(seq) FROM events").fetchone()[0] or 0)


def tail(connection: sqlite3.Connection, after: int, salt: bytes) -> Iterator[Record]:
    """The records after `after`, each checked against the chain. Raises JournalUnusable at the first that is damaged."""
    previous: Row | None = None
    before = genesis(salt)
    for row in rows(connection, max(after, 1) - 1):
        if previous is None and after > 0 and row.seq == after:
            before, previous = row.hash, row
            continue
        found = examine(previous, row, before)
        if previous is None and row.seq != after + 1:
            found = f"it stands where record {after + 1} should"
        if isinstance(found, str):
            raise JournalUnusable(f"the journal is damaged at record {row.seq}: {found}", VERIFY)
        yield Record(row.seq, row.at, found)
        before, previous = row.hash, row


def snapshot(connection: sqlite3.Connection) -> tuple[int, bytes] | None:
    """The newest snapshot that fits the record it was taken at."""
    found = connection.execute(
        'SELECT s.seq, s.blob, s."check", e.hash FROM snapshots s JOIN events e ON e.seq = s.seq ORDER BY s.seq DESC'
    ).fetchall()
    for seq, blob, check, record_hash in found:
        if snapshot_check(record_hash, blob) == check:
            return seq, blob
    return None


def cursors(connection: sqlite3.Connection) -> dict[ChannelId, int]:
    """The highest post number of every channel; jumps from channel to channel in the index. Posts from before count nothing."""
    return {ChannelId(channel): number for channel, number in connection.execute(_CURSORS).fetchall()}


def cursor(connection: sqlite3.Connection, channel: ChannelId) -> int | None:
    """The highest post number of one channel; posts from before count nothing."""
    found = connection.execute(
        """SELECT m.id FROM messages m JOIN events e ON e.seq = m.first_seq
        WHERE m.channel = ? AND e.kind <> 'post-imported' ORDER BY m.id DESC LIMIT 1""",
        (channel,),
    ).fetchone()
    return int(found[0]) if found else None


def message_content(connection: sqlite3.Connection, key: MessageKey) -> tuple[str, int] | None:
    """The content hash and revision of a post."""
    found = connection.execute(
        "SELECT content, revision FROM messages WHERE channel = ? AND id = ?", (channel_of(key), number_of(key))
    ).fetchone()
    return (found[0], found[1]) if found else None


def is_deleted(connection: sqlite3.Connection, key: MessageKey) -> bool:
    """Whether a post is known and was withdrawn."""
    place = (channel_of(key), number_of(key))
    return bool(connection.execute("SELECT 1 FROM messages WHERE channel = ? AND id = ? AND deleted", place).fetchone())


def recalled(connection: sqlite3.Connection, key: MessageKey) -> Recalled | None:
    """What a post was and what was made of it; None when it was never taken in to be read. Raises JournalUnusable."""
    place = (channel_of(key), number_of(key))
    found = connection.execute(
        "SELECT m.first_seq, e.body FROM messages m JOIN events e ON e.seq = m.first_seq WHERE m.channel = ? AND m.id = ?",
        place,
    ).fetchone()
    received = _event(*found) if found else None
    if not isinstance(received, MessageReceived):
        return None
    # Every id that begins with the post's key and "#", which "$" follows.
    calls = connection.execute(
        "SELECT signal FROM signals WHERE signal >= ? AND signal < ? ORDER BY signal", (f"{key}#", f"{key}$")
    )
    signals = [SignalId(row[0]) for row in calls.fetchall()]
    last: Reading | None = None
    followed: list[SignalId] = []
    for seq, body in connection.execute(_MADE_OF_IT, (found[0],)).fetchall():
        match _event(seq, body):
            case MessageRead(reading=said):
                last = said
            case PostsJoined(signal=signal, parts=parts) if any(part.key == key for part in parts):
                signals.append(signal)
            case UpdateDecided(decision=decision) if message_of(decision.update) == key:
                followed += decision.signals if decision.outcome is DecisionOutcome.ACCEPTED else ()
            case _:
                pass
    return Recalled(received.message, last, tuple(dict.fromkeys(signals)), tuple(dict.fromkeys(followed)))


def _event(seq: int, body: bytes) -> Event:
    try:
        return decode(body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalUnusable(f"the journal is damaged at record {seq}: {error}", VERIFY) from error


def magic_owner(connection: sqlite3.Connection, magic: Magic) -> LegId | None:
    """The leg a magic belongs to."""
    found = connection.execute("SELECT leg FROM legs WHERE magic = ?", (magic,)).fetchone()
    return LegId(found[0]) if found else None


def answer_of(connection: sqlite3.Connection, key: str) -> Outcome | None:
    """The answer a command got."""
    found = connection.execute("SELECT outcome FROM commands WHERE key = ?", (key,)).fetchone()
    return msgspec.json.decode(found[0], type=Outcome) if found else None
