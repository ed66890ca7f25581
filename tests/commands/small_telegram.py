"""A small Telegram in a thread of its own, for commands that think they are alone with the real one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from tests.commands.shell import Answer
from tests.support.telegram.server import Server
from tests.support.telegram.world import World

HASH = "0123456789abcdef0123456789abcdef"
PASSPHRASE = "a passphrase of the tests"
PHONE = "+49170555123"


class Beside:
    """A small Telegram in a thread of its own, and somebody at the keyboard."""

    def __init__(self) -> None:
        self.world = World()
        self.owner = self.world.person(PHONE)
        self.rooms = [self.world.room(title, self.owner) for title in ("Gold VIP", "FX \x1b[31mRoom", "Gold VIP")]
        self.rooms[1].username = "fxroom"
        for room in self.rooms:
            self.world.flood(room, 3)
        self.server = Server(self.world)
        self.typed: list[str] = []
        self.asked: list[str] = []
        self.loop = asyncio.new_event_loop()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.loop.run_until_complete(self.server.__aenter__())
        self._listens.set()
        self.loop.run_forever()

    def begin(self) -> None:
        self._thread.start()
        assert self._listens.wait(10)

    def end(self) -> None:
        asyncio.run_coroutine_threadsafe(self.server.close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def answer(self, question: str = "") -> str:
        """What the keyboard says next."""
        self.asked.append(question)
        if not self.typed:
            raise EOFError
        return self.typed.pop(0)


Said = Callable[..., Answer]
"""Runs a command on the folder of the test; typed: what the keyboard says."""
