"""How an event becomes bytes, and how every record is chained to all records before it.

A record's hash covers the hash before it, so one changed byte anywhere shows in every later record. The first link hangs on
the install salt: a journal with another salt is another journal.
"""

from __future__ import annotations

import struct
from hashlib import blake2b
from typing import NamedTuple, cast

import msgspec

from signalos_tui.errors import JournalConflict
from signalos_tui.model.events import Event, Pulsed, kind_of

HASH_BYTES = 32

_PLACE = struct.Struct(">qq")
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(cast("type[Event]", Event))


class Head(NamedTuple):
    """The last record. seq: 0 when there is none. hash: hex."""

    seq: int
    hash: str


class Row(NamedTuple):
    """One record as it lies in the table `events`."""

    seq: int
    at: int
    kind: str
    body: bytes
    hash: bytes


def genesis(salt: bytes) -> bytes:
    """What the first record is chained to."""
    return blake2b(b"signalos journal\x00" + salt, digest_size=HASH_BYTES).digest()


def link(previous: bytes, seq: int, at: int, body: bytes) -> bytes:
    """The hash of a record: everything before it, its place, its time, its body."""
    return blake2b(previous + _PLACE.pack(seq, at) + body, digest_size=HASH_BYTES).digest()


def encode(event: Event) -> tuple[bytes, Event]:
    """The body of an event, and the event as it reads from that body.

    What was written is what goes on: a value that would read differently after a restart is seen now, not then.
    Raises JournalConflict for what cannot be written down and read again.
    """
    if isinstance(event, Pulsed):
        raise JournalConflict("a pulse is never journalled", "Send it to the bus only")
    try:
        body = _encoder.encode(event)
        return body, _decoder.decode(body)
    except (TypeError, ValueError, OverflowError, msgspec.MsgspecError) as error:
        raise JournalConflict(
            f"a {kind_of(event)} cannot be written down: {error}", "Whoever made the event has to check its values"
        ) from error


def decode(body: bytes) -> Event:
    """The event of a body. Raises msgspec.MsgspecError when it is not one."""
    return _decoder.decode(body)


def examine(previous: Row | None, row: Row, before: bytes) -> Event | str:
    """The event of a record, or what is wrong with the record.

    previous: the record before it, None for the first that is looked at. before: the hash it hangs on.
    """
    if previous is not None and row.seq != previous.seq + 1:
        return f"record {row.seq} follows record {previous.seq}"
    try:
        hash_now = link(before, row.seq, row.at, row.body)
    except (TypeError, struct.error):
        return "a field has the wrong type"
    if hash_now != row.hash:
        return "the hash does not fit the record and those before it"
    try:
        event = decode(row.body)
    except (msgspec.MsgspecError, ValueError) as error:
        return f"the body cannot be read: {error}"
    if kind_of(event) != row.kind:
        return f"the kind is {row.kind!r}, the body says {kind_of(event)!r}"
    return event
