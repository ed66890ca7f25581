"""What supervisor and worker say to one another over the worker's standard input and output: the wire's frames, two messages.

The worker reads with blocking calls: it has nothing else to do, and the vendor's module would hold up a loop anyway.
"""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

OPEN = "open"
LOOK = "look"
FACTS = "facts"
CLOSE = "close"
"""What a worker does besides the methods of the wire."""

IPC_FAILED = -10_000
NO_IPC = -10_004
IPC_TIMEOUT = -10_005
"""`last_error` of the vendor's module when it has lost its terminal; -10000 to -10005."""


def is_ipc(code: int) -> bool:
    """Whether a `last_error` says that the module does not reach its terminal."""
    return IPC_TIMEOUT <= code <= IPC_FAILED


_LENGTH = struct.Struct(">I")
LONGEST_ASK = 256 * 1024


class Ask(Struct, frozen=True, forbid_unknown_fields=True):
    """Do something. until: ms UTC; a worker that gets to it later (it was stopped, say) must not do it any more."""

    id: int
    do: str
    arguments: dict[str, Any] = {}
    until: int = 0


class Told(Struct, frozen=True, forbid_unknown_fields=True):
    """What came of it. result: already encoded, it goes to the client as it is."""

    id: int
    result: msgspec.Raw
    error: tuple[int, str]


NOTHING = msgspec.Raw(msgspec.msgpack.encode(None))

encode = msgspec.msgpack.Encoder().encode
decode_ask = msgspec.msgpack.Decoder(Ask).decode
decode_told = msgspec.msgpack.Decoder(Told).decode


def read_blocking(stream: BinaryIO) -> bytes | None:
    """The next message; None when the supervisor is gone, in whatever way."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST_ASK:
        return None
    payload = stream.read(length)
    return payload if len(payload) == length else None


def write_blocking(stream: BinaryIO, payload: bytes) -> None:
    """Send a message. Raises OSError: nobody reads any more."""
    stream.write(_LENGTH.pack(len(payload)) + payload)
    stream.flush()
