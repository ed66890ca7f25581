"""One connection: handshake or known key, then requests in and answers and updates out.

A request is answered by the server's `serve`; what it raises as `Failed` becomes an rpc_error. Containers, acknowledgements and
pings are dealt with here.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from telethon.extensions import BinaryReader
from telethon.tl import TLObject, TLRequest, functions, types
from telethon.tl.core import GzipPacked, MessageContainer

from tests.support.telegram.handshake import Handshake
from tests.support.telegram.transport import Key, Packets

_RPC_RESULT = 0xF35C6D01
TOO_OLD_S, TOO_NEW_S = 300, 30
"""A message whose number is of another time is refused, with what the time is (core.telegram.org/mtproto/description)."""


class Unanswered(Exception):
    """A request that nobody ever answers, on a connection that stands."""


class Failed(Exception):
    """A request that is refused: code and name as Telegram says them (400, "PHONE_CODE_INVALID")."""

    def __init__(self, code: int, name: str) -> None:
        super().__init__(f"{code} {name}")
        self.code = code
        self.name = name


class Session:
    """A client's connection. key: None until a known key was used. is_muted: nothing is sent any more, though it stands.

    ended_by: what the client said wrong, "" when it left.
    """

    def __init__(
        self,
        packets: Packets,
        writer: asyncio.StreamWriter,
        keys: dict[bytes, Key],
        serve: Callable[[Session, TLObject], Awaitable[Any]],
        ahead_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.key: Key | None = None
        self.is_muted = False
        self.wants_updates = True
        self.ended_by = ""
        self._packets = packets
        self._writer = writer
        self._keys = keys
        self._serve = serve
        self._ahead_s = ahead_s
        self._session = 0
        self._salt = 0
        self._sequence = 0
        self._last_id = 0
        self._handshake = Handshake()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until the client or the server ends the connection."""
        try:
            while True:
                packet = await self._packets.read()
                if packet[:8] == bytes(8):
                    self._plain(packet)
                else:
                    await self._sealed(packet)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except ValueError as broken:
            self.ended_by = str(broken)
        finally:
            for task in self._tasks:
                task.cancel()
            self.drop()

    def drop(self) -> None:
        """End the connection at once."""
        self._writer.close()

    # --- what comes -----------------------------------------------------------------------------------------------

    def _plain(self, packet: bytes) -> None:
        request = BinaryReader(packet[20:]).tgread_object()
        body = bytes(self._handshake.answer(request))
        self._packets.write(bytes(8) + struct.pack("<qi", self._next_id(), len(body)) + body)
        if self._handshake.key is not None:
            self._keys[self._handshake.key.id] = self._handshake.key

    async def _sealed(self, packet: bytes) -> None:
        key = self._keys.get(packet[:8])
        if key is None:
            self._packets.write(struct.pack("<i", -404))
            raise ValueError("an unknown key")
        plain = key.decrypt(packet)
        _, session, msg_id, _, length = struct.unpack("<qqqii", plain[:32])
        if session != self._session:
            self.key, self._session, self._sequence = key, session, 0
            self.send(types.NewSessionCreated(msg_id, 0, self._salt))
        late_s = time.time() + self._ahead_s() - (msg_id >> 32)
        if late_s > TOO_OLD_S or late_s < -TOO_NEW_S:
            self.send(types.BadMsgNotification(msg_id, 0, 16 if late_s > 0 else 17))
            return
        await self._message(msg_id, plain[32 : 32 + length])

    async def _message(self, msg_id: int, body: bytes) -> None:
        message = BinaryReader(body).tgread_object()
        if isinstance(message, GzipPacked):
            message = BinaryReader(message.data).tgread_object()
        match message:
            case MessageContainer():
                for inner in message.messages:
                    await self._object(inner.msg_id, inner.obj)
            case _:
                await self._object(msg_id, message)

    async def _object(self, msg_id: int, message: object) -> None:
        match message:
            case GzipPacked():
                await self._object(msg_id, BinaryReader(message.data).tgread_object())
            case types.MsgsAck() | types.MsgsStateReq() | types.MsgResendReq():
                return
            case functions.PingRequest() | functions.PingDelayDisconnectRequest():
                self.send(types.Pong(msg_id, message.ping_id))
            case TLRequest():
                task = asyncio.create_task(self._answer(msg_id, message))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            case _:
                raise ValueError(f"{type(message).__name__} is nothing a client says")

    async def _answer(self, msg_id: int, request: TLRequest) -> None:
        try:
            result = await self._serve(self, request)
        except Unanswered:
            return
        except Failed as failed:
            result = types.RpcError(failed.code, failed.name)
        body = _encoded(result)
        packed = GzipPacked.gzip_if_smaller(True, body) if len(body) > 512 else body
        self._send(struct.pack("<Iq", _RPC_RESULT, msg_id) + packed, is_answer=True)
        with suppress(ConnectionError):
            await self._packets.drain()

    # --- what goes ------------------------------------------------------------------------------------------------

    def send(self, message: TLObject) -> None:
        """Say something that was not asked for: an update, a pong."""
        self._send(bytes(message), is_answer=False)

    def _send(self, body: bytes, *, is_answer: bool) -> None:
        if self.key is None or self.is_muted or self._writer.is_closing():
            return
        sequence, self._sequence = self._sequence * 2 + 1, self._sequence + 1
        head = struct.pack("<qqqii", self._salt, self._session, self._next_id(is_answer), sequence, len(body))
        self._packets.write(self.key.encrypt(head + body))

    def _next_id(self, is_answer: bool = True) -> int:
        # Unix time in the upper half; answers are 1 modulo 4, notifications 3.
        value = int((time.time() + self._ahead_s()) * 2**32) & ~3 | (1 if is_answer else 3)
        if value <= self._last_id:
            value = (self._last_id & ~3) + 4 | (1 if is_answer else 3)
        self._last_id = value
        return value


def _encoded(result: Any) -> bytes:
    match result:
        case bool():
            return struct.pack("<I", 0x997275B5 if result else 0xBC799737)
        case list():
            return struct.pack("<Ii", 0x1CB5C415, len(result)) + b"".join(map(bytes, result))
        case _:
            return bytes(result)
