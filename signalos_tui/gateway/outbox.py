"""What waits to be sent to one client: answers in order, of the rest only the newest.

A slow reader never makes the gateway wait and never fills its memory: ticks of one symbol replace each other, the answers have
an upper size, and who takes nothing at all for a while is dropped (reference: reliability F9).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from signalos_tui.gateway.settings import Limits
from signalos_tui.link.frames import framed
from signalos_tui.link.messages import Changed, Health, Message, Ticked, packed

_PIECE = 64 * 1024


class Outbox:
    """Filled by anybody, emptied by `run`."""

    def __init__(self, writer: asyncio.StreamWriter, limits: Limits) -> None:
        self._writer, self._limits = writer, limits
        self._answers: deque[bytes] = deque()
        self._bytes = 0
        self._ticks: dict[str, Any] = {}
        self._changed = False
        self._health: Health | None = None
        self._something = asyncio.Event()
        self._is_last = False
        writer.transport.set_write_buffer_limits(high=_PIECE)

    def put(self, message: Message) -> None:
        """An answer. Too many of them unread end the connection."""
        frame = framed(packed(message))
        self._bytes += len(frame)
        if self._bytes > self._limits.queued_bytes:
            self._writer.transport.abort()
            return
        self._answers.append(frame)
        self._something.set()

    def put_last(self, message: Message) -> None:
        """The last word; `run` ends after it."""
        self.put(message)
        self._is_last = True

    def put_ticks(self, ticks: dict[str, Any]) -> None:
        """New quotes, in the place of older ones that have not gone yet."""
        self._ticks.update(ticks)
        self._something.set()

    def put_changed(self) -> None:
        """Once, however often it is said before it goes."""
        self._changed = True
        self._something.set()

    def put_health(self, health: Health) -> None:
        """The newest one."""
        self._health = health
        self._something.set()

    def keep_ticks(self, symbols: frozenset[str]) -> None:
        """Forget waiting ticks of other symbols."""
        self._ticks = {name: tick for name, tick in self._ticks.items() if name in symbols}

    async def run(self) -> None:
        """Send until the last word. Raises TimeoutError: nobody reads; ConnectionError: nobody is there."""
        while not (self._is_last and not self._answers):
            await self._something.wait()
            self._something.clear()
            while (frame := self._next()) is not None:
                await self._send(frame)

    def _next(self) -> bytes | None:
        if self._answers:
            frame = self._answers.popleft()
            self._bytes -= len(frame)
            return frame
        if self._health is not None:
            health, self._health = self._health, None
            return framed(packed(health))
        if self._changed:
            self._changed = False
            return framed(packed(Changed()))
        if self._ticks:
            ticks, self._ticks = self._ticks, {}
            return framed(packed(Ticked(ticks)))
        return None

    async def _send(self, frame: bytes) -> None:
        for start in range(0, len(frame), _PIECE):
            self._writer.write(frame[start : start + _PIECE])
            async with asyncio.timeout(self._limits.stalled_s):
                await self._writer.drain()
