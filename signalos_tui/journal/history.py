"""Channels as they were read: every post with its reading and the owner's correction, newest first, a page at a time.

For those who read a channel's past again: rehearsals, reports, training sets. Only a page is ever in memory, and no cursor stays
open between pages, so a reader of a long past holds nobody up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from signalos_tui.errors import JournalUnusable
from signalos_tui.journal.codec import decode
from signalos_tui.journal.connection import VERIFY
from signalos_tui.journal.queries import opened
from signalos_tui.model import events as e
from signalos_tui.model.ids import ChannelId
from signalos_tui.model.lessons import Lesson, PastPost
from signalos_tui.model.messages import Channel

PAGE = 100
NO_END = 1 << 62
"""A post number after all others."""

_PAGE = """SELECT m.id, m.first_seq, m.deleted, e.body FROM messages m JOIN events e ON e.seq = m.first_seq
    WHERE m.channel = ? AND m.id < ? ORDER BY m.id DESC LIMIT ?"""
_LATER = """SELECT x.seq, e.body FROM mentions x JOIN events e ON e.seq = x.seq
    WHERE x.post = ? AND e.kind IN ('message-edited', 'message-read', 'reading-corrected') ORDER BY x.seq"""


def lessons(path: Path) -> list[tuple[Channel, Lesson]]:
    """Every channel that was ever followed, by id, with what it was taught last. Raises JournalUnusable."""
    with opened(path) as connection:
        has_lessons = any(row[1] == "lesson" for row in connection.execute("PRAGMA table_info(channels)"))
        column = "lesson" if has_lessons else "NULL"  # a journal that no newer engine has opened yet
        rows = connection.execute(
            f"SELECT channel, title, provider, {column} FROM channels ORDER BY channel"  # noqa: S608 (one of two names)
        ).fetchall()
        return [(Channel(ChannelId(row[0]), row[1], row[2]), _lesson(row[3])) for row in rows]


def oldest(path: Path, channel: ChannelId) -> int | None:
    """The number of the first post of a channel that is known; None when none is. Raises JournalUnusable."""
    with opened(path) as connection:
        found = connection.execute("SELECT min(id) FROM messages WHERE channel = ?", (channel,)).fetchone()[0]
        return int(found) if found is not None else None


def past(path: Path, channel: ChannelId, newest: int | None = None) -> Iterator[list[PastPost]]:
    """The posts of a channel, newest first, in pages. newest: so many at most. Raises JournalUnusable."""
    before, left = NO_END, newest
    with opened(path) as connection:
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            rows = connection.execute(_PAGE, (channel, before, size)).fetchall()
            if rows:
                yield [_post(connection, *row[1:]) for row in rows]
            if len(rows) < size:
                return
            before = rows[-1][0]
            left = None if left is None else left - len(rows)


def _post(connection: sqlite3.Connection, first: int, deleted: int, body: bytes) -> PastPost:
    received = _event(first, body)
    if not isinstance(received, e.MessageReceived | e.PostImported):
        raise JournalUnusable(f"the journal is damaged at record {first}: no post was received there", VERIFY)
    post = PastPost(received.message, 0, is_deleted=bool(deleted))
    for seq, later in connection.execute(_LATER, (first,)).fetchall():
        match _event(seq, later):
            case e.MessageEdited(message=message, revision=revision):
                post = PastPost(message, revision, is_deleted=post.is_deleted)
            case e.MessageRead(revision=revision, reading=reading) if revision == post.revision:
                post = msgspec.structs.replace(post, reading=reading)
            case e.ReadingCorrected(revision=revision, reading=reading) if revision == post.revision:
                post = msgspec.structs.replace(post, corrected=reading)
            case _:
                pass
    return post


def _event(seq: int, body: bytes) -> e.Event:
    try:
        return decode(body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalUnusable(f"the journal is damaged at record {seq}: {error}", VERIFY) from error


def _lesson(kept: Any) -> Lesson:
    return msgspec.json.decode(kept, type=Lesson) if kept else Lesson()
