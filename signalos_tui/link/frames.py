"""Frames: four bytes of length, most significant first, then that many bytes of one message.

The length is looked at before anything is read, so a frame of 1 GB costs four bytes.
"""

from __future__ import annotations

import asyncio
import struct

from signalos_tui.errors import SignalOSError

LONGEST_FROM_CLIENT = 64 * 1024
LONGEST_FROM_GATEWAY = 32 * 1024 * 1024
"""A broker may list ten thousand symbols of 96 fields."""

_LENGTH = struct.Struct(">I")


class FrameBroken(SignalOSError):
    """What came is no frame: too long, empty, or cut off in the middle."""


def framed(payload: bytes) -> bytes:
    """A message with its length before it."""
    return _LENGTH.pack(len(payload)) + payload


async def read_frame(reader: asyncio.StreamReader, longest: int) -> bytes | None:
    """The next message; None when the other side has ended between two. Raises FrameBroken, ConnectionError."""
    try:
        head = await reader.readexactly(_LENGTH.size)
    except asyncio.IncompleteReadError as cut:
        if not cut.partial:
            return None
        raise FrameBroken("the connection ended in the middle of a frame") from None
    (length,) = _LENGTH.unpack(head)
    if not 0 < length <= longest:
        raise FrameBroken(f"a frame of {length} bytes was announced, 1 to {longest} are allowed")
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError:
        raise FrameBroken("the connection ended in the middle of a frame") from None
