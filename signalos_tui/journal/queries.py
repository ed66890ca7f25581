"""Questions from outside: the CLI and reports read a journal that another process may be writing.

Each opens the file read-only, answers with values and closes it again. What is damaged is never passed over in silence.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from signalos_tui.errors import JournalUnusable
from signalos_tui.journal import reading
from signalos_tui.journal.codec import decode
from signalos_tui.journal.connection import VERIFY, connect_reader, guarded
from signalos_tui.journal.rows import ChannelStatistics, Exported
from signalos_tui.journal.schema import version
from signalos_tui.journal.subjects import is_about
from signalos_tui.model.events import Record
from signalos_tui.model.ids import ChannelId, SignalId, channel_of, message_of, number_of
from signalos_tui.model.messages import Channel
from signalos_tui.model.orders import ENDED, LegState

FOREVER = 1 << 62
"""A time after all others, ms UTC."""

# What a terminal would obey or hide; a JSON string may hold it raw, an export shall not.
_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to a journal. Raises JournalUnusable when there is none or it cannot be read."""
    if not path.is_file() or path.stat().st_size == 0:
        raise JournalUnusable(f"there is no journal at {path}", "Name its folder with --data")
    with guarded(path), contextlib.closing(connect_reader(path)) as connection:
        if version(connection) == 0:
            raise JournalUnusable(f"there is no journal in {path}", "Name its folder with --data")
        yield connection


def tail(path: Path, count: int) -> list[Record]:
    """The last `count` records, oldest first."""
    with opened(path) as connection:
        rows = connection.execute("SELECT seq, at, body FROM events ORDER BY seq DESC LIMIT ?", (count,)).fetchall()
        return [_record(*row) for row in reversed(rows)]


def of_kinds(path: Path, kinds: Collection[str]) -> list[Record]:
    """Every record of some kinds ("symbol-chosen"), oldest first. Reads through the whole journal."""
    marks = ",".join("?" * len(kinds))
    with opened(path) as connection:
        rows = connection.execute(
            f"SELECT seq, at, body FROM events WHERE kind IN ({marks}) ORDER BY seq",  # noqa: S608 (only question marks)
            tuple(kinds),
        ).fetchall()
        return [_record(*row) for row in rows]


def channels(path: Path) -> list[Channel]:
    """Every channel that was ever followed, under its last title, by id."""
    with opened(path) as connection:
        rows = connection.execute("SELECT channel, title, provider FROM channels ORDER BY channel").fetchall()
        return [Channel(*row) for row in rows]


def cursors(path: Path) -> dict[ChannelId, int]:
    """The number of the last post of each channel. Raises JournalUnusable."""
    with opened(path) as connection:
        return reading.cursors(connection)


def history(path: Path, signal: SignalId) -> list[Record]:
    """Everything that was written about a signal: its post, its reading, decisions, legs, updates and commands."""
    with opened(path) as connection:
        try:
            post = (channel_of(message_of(signal)), number_of(message_of(signal)))
        except ValueError:
            return []
        rows = connection.execute(
            """WITH post AS (SELECT first_seq FROM messages WHERE channel = ? AND id = ?)
            SELECT seq, at, body FROM events
            WHERE seq IN (SELECT first_seq FROM post UNION SELECT seq FROM mentions WHERE post IN post)
            ORDER BY seq""",
            post,
        ).fetchall()
        records = [_record(*row) for row in rows]
    return [record for record in records if is_about(record.event, signal)]


def export(path: Path, out: Path, fmt: str = "jsonl") -> Exported:
    """Write every record as one line of JSON (seq, at, event), checked against the chain as it goes.

    A damaged journal is exported up to the damage. Raises JournalUnusable without a journal, ValueError for another format,
    OSError when `out` cannot be written.
    """
    if fmt != "jsonl":
        raise ValueError(f"the format was {fmt!r}; known is jsonl")
    count = 0
    with opened(path) as connection, out.open("w", encoding="utf-8", newline="\n") as file:
        try:
            salt = connection.execute("SELECT value FROM meta WHERE name = 'salt'").fetchone()
            for record in reading.tail(connection, 0, bytes(salt[0]) if salt else b""):
                file.write(_UNSEEN.sub(_escaped, msgspec.json.encode(record).decode()) + "\n")
                count += 1
        except (JournalUnusable, sqlite3.Error) as error:
            return Exported(count, str(error))
    return Exported(count)


def statistics(path: Path, since: int = 0, until: int = FOREVER) -> list[ChannelStatistics]:
    """What came of each channel from `since` to before `until` (ms UTC), by channel id. A leg counts with its signal's time."""
    with opened(path) as connection:
        span = (since, until)
        titles = dict(connection.execute("SELECT channel, title FROM channels").fetchall())
        posts = connection.execute(
            """SELECT channel, count(*), sum(revision > 0), sum(deleted) FROM messages
            WHERE at >= ? AND at < ? GROUP BY channel""",
            span,
        ).fetchall()
        signals = connection.execute(
            "SELECT channel, outcome, reasons FROM signals WHERE at >= ? AND at < ? ORDER BY at, signal", span
        ).fetchall()
        legs = connection.execute(
            """SELECT s.channel, l.state, l.profit, l.risk, l.opened_at FROM legs l JOIN signals s ON s.signal = l.signal
            WHERE s.at >= ? AND s.at < ? ORDER BY l.leg""",
            span,
        ).fetchall()
        channels = {row[0] for row in (*posts, *signals, *legs)} | titles.keys()
        by_channel = {row[0]: row[1:] for row in posts}
        return [
            _statistics(
                channel,
                titles.get(channel, ""),
                by_channel.get(channel, (0, 0, 0)),
                [row for row in signals if row[0] == channel],
                [row for row in legs if row[0] == channel],
            )
            for channel in sorted(channels)
        ]


def results(path: Path, channel: ChannelId) -> list[tuple[Decimal, Decimal]]:
    """Result and planned risk (account money) of a channel's trades that were opened and have ended, in that order."""
    with opened(path) as connection:
        rows = connection.execute(
            """SELECT l.signal, l.state, l.profit, l.risk, l.opened_at, l.closed_at FROM legs l
            JOIN signals s ON s.signal = l.signal WHERE s.channel = ? ORDER BY l.leg""",
            (channel,),
        ).fetchall()
    trades: dict[str, list[Any]] = {}
    for row in rows:
        trades.setdefault(row[0], []).append(row)
    ended = [
        (max(row[5] or 0 for row in legs), sum((Decimal(row[2]) for row in legs), Decimal(0)), legs)
        for legs in trades.values()
        if all(LegState(row[1]) in ENDED for row in legs) and any(row[4] is not None for row in legs)
    ]
    ended.sort(key=lambda one: one[0])
    return [(profit, sum((Decimal(row[3]) for row in legs), Decimal(0))) for _, profit, legs in ended]


def _statistics(
    channel: str, title: str, posts: tuple[int, int, int], signals: list[Any], legs: list[Any]
) -> ChannelStatistics:
    outcomes = Counter(outcome for _, outcome, _ in signals)
    reasons = Counter(codes.splitlines()[0] for _, outcome, codes in signals if outcome in ("denied", "held") and codes)
    profits = [Decimal(profit) for _, _, profit, _, _ in legs]
    closed = [Decimal(profit) for _, state, profit, _, _ in legs if state == LegState.CLOSED]
    return ChannelStatistics(
        channel=ChannelId(channel),
        title=title,
        messages=posts[0],
        edited=posts[1],
        deleted=posts[2],
        signals=len(signals),
        accepted=outcomes["accepted"],
        held=outcomes["held"],
        denied=outcomes["denied"],
        rejected=outcomes["rejected"],
        reasons=dict(sorted(reasons.items())),
        legs=len(legs),
        open_legs=sum(LegState(state) not in ENDED for _, state, _, _, _ in legs),
        won=sum(profit > 0 for profit in closed),
        lost=sum(profit < 0 for profit in closed),
        profit=sum(profits, Decimal(0)),
        risk=sum((Decimal(risk) for _, _, _, risk, opened_at in legs if opened_at is not None), Decimal(0)),
    )


def _record(seq: int, at: int, body: bytes) -> Record:
    try:
        return Record(seq, at, decode(body))
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalUnusable(f"the journal is damaged at record {seq}: {error}", VERIFY) from error


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
