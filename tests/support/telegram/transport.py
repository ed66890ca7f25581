"""The lowest layer: packets of the "full" transport, and the encryption of MTProto 2 seen from the server's side.

Source: core.telegram.org/mtproto (transports, description). Sizes in bytes, little-endian unless said otherwise.
"""

from __future__ import annotations

import asyncio
import os
import struct
from hashlib import sha1, sha256
from zlib import crc32

from telethon.crypto import AES

LONGEST = 16 * 1024 * 1024


class Packets:
    """Packets over one TCP connection: length, counter, payload, checksum."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sent = 0

    async def read(self) -> bytes:
        """The next payload. Raises asyncio.IncompleteReadError at the end, ValueError on a broken packet."""
        head = await self._reader.readexactly(8)
        length, _ = struct.unpack("<ii", head)
        if not 12 <= length <= LONGEST:
            raise ValueError(f"a packet of {length} bytes")
        body = await self._reader.readexactly(length - 8)
        if struct.unpack("<I", body[-4:])[0] != crc32(head + body[:-4]):
            raise ValueError("the checksum is wrong")
        return body[:-4]

    def write(self, payload: bytes) -> None:
        """Send a payload."""
        head = struct.pack("<ii", len(payload) + 12, self._sent)
        self._sent += 1
        self._writer.write(head + payload + struct.pack("<I", crc32(head + payload)))

    async def drain(self) -> None:
        """Wait until what was written is under way."""
        await self._writer.drain()


class Key:
    """An authorization key, as both sides computed it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        digest = sha1(data).digest()
        self.aux = digest[:8]
        self.id = digest[12:20]

    def decrypt(self, packet: bytes) -> bytes:
        """What a client's packet says: salt, session, message id, sequence, length, body. Raises ValueError."""
        msg_key, sealed = packet[8:24], packet[24:]
        plain: bytes = AES.decrypt_ige(sealed[: len(sealed) - len(sealed) % 16], *self._aes(msg_key, from_client=True))
        if sha256(self.data[88:120] + plain).digest()[8:24] != msg_key:
            raise ValueError("the message key does not fit")
        return plain

    def encrypt(self, plain: bytes) -> bytes:
        """A packet for the client."""
        plain += os.urandom(-(len(plain) + 12) % 16 + 12)
        msg_key = sha256(self.data[96:128] + plain).digest()[8:24]
        sealed: bytes = AES.encrypt_ige(plain, *self._aes(msg_key, from_client=False))
        return self.id + msg_key + sealed

    def _aes(self, msg_key: bytes, *, from_client: bool) -> tuple[bytes, bytes]:
        x = 0 if from_client else 8
        a = sha256(msg_key + self.data[x : x + 36]).digest()
        b = sha256(self.data[x + 40 : x + 76] + msg_key).digest()
        return a[:8] + b[8:24] + a[24:32], b[:8] + a[8:24] + b[24:32]
