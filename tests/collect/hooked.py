"""Hooks on a port of their own: a letterbox, its server, and a client that says whatever it is told."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from signalos_tui.clock import FrozenClock
from signalos_tui.collect.webhook.answering import Doorman, Rules
from signalos_tui.collect.webhook.letterbox import Letterbox
from signalos_tui.collect.webhook.server import Server, bound
from signalos_tui.link.secret import Secret
from signalos_tui.model.ids import ChannelId

TOKEN = "kR7-this-is-the-token-nobody-may-see"
GOLD = ChannelId("hook:gold")
NOW = 1_795_264_200_000
PATIENCE_S = 30.0


class Hooks:
    """A letterbox and its server, on a port of its own."""

    def __init__(self, folder: Path, clock: FrozenClock | None = None, repeat_s: float = 60, **rules: Any) -> None:
        self.clock = clock or FrozenClock(NOW)
        self.box = Letterbox(folder, ("gold", "euro"), self.clock, repeat_s=repeat_s)
        doorman = Doorman(self.box, Secret(TOKEN), Rules(**{"per_minute": 10_000, **rules}), self.clock)
        self.server = Server(bound("127.0.0.1:0"), doorman)
        self.port = int(self.server.address.rpartition(":")[2])

    def close(self) -> None:
        self.server.close()
        self.box.close()

    def post(
        self, body: bytes | Mapping[str, Any], path: str = "/hook/gold", method: str = "POST", **headers: str
    ) -> tuple[int, str]:
        raw = body if isinstance(body, bytes) else json.dumps({"token": TOKEN, **body}).encode()
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(wire):
            wire.request(method, path, raw, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = wire.getresponse()
            return answer.status, answer.read().decode().strip()

    def say(self, raw: bytes) -> bytes:
        """What comes back for raw bytes until the server hangs up, or has nothing more to say."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as wire:
            wire.sendall(raw)
            wire.shutdown(socket.SHUT_WR)
            parts = []
            with contextlib.suppress(ConnectionError):
                while part := wire.recv(65_536):
                    parts.append(part)
            return b"".join(parts)

    def texts(self, hook: str = "gold") -> list[tuple[int, str]]:
        return [(entry.id, entry.text) for entry in self.box.books[hook].entries()]


@contextlib.contextmanager
def at(folder: Path, clock: FrozenClock | None = None, **rules: Any) -> Iterator[Hooks]:
    made = Hooks(folder, clock, **rules)
    try:
        yield made
    finally:
        made.close()


def text(words: str, **more: str) -> dict[str, str]:
    return {"text": words, **more}
