"""A model server on the loopback: speaks HTTP/1.1 over a socket of this process, and behaves as badly as a test wants."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, NamedTuple, Self


class Heard(NamedTuple):
    """One request as it came over the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def asked(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Said(NamedTuple):
    """One reply. A body is sent as it is, whatever the headers promise."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


Behaviour = Callable[[Heard], Awaitable[Said] | Said]


class ModelServer:
    """`async with ModelServer(behaviour) as server`: listens at `server.url`, remembers what it `heard`."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.heard: list[Heard] = []
        self._behaviour = behaviour
        self._working: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._working.add(task)
        try:
            heard = await _read(reader)
            self.heard.append(heard)
            said = self._behaviour(heard)
            said = said if isinstance(said, Said) else await said
            lines = [f"HTTP/1.1 {said.status} X", f"content-length: {len(said.body)}", "connection: close"]
            lines += [f"{name}: {value}" for name, value in said.headers]
            writer.write("\r\n".join([*lines, "", ""]).encode() + said.body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._working.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Heard(method, path, headers, body)
