"""The door: a Unix socket in a folder of our own, or a TCP port, with TLS wherever the machine's own loopback is left.

Connections are taken one by one and counted before anything is spent on them. Nothing here is missing on Windows, where there
are no Unix sockets to listen on (reference: reliability T11, T12, F9).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway import local
from signalos_tui.gateway.strangers import Strangers
from signalos_tui.link import tcp
from signalos_tui.link.tls import server_context
from signalos_tui.logs import logger

UNIX = "unix:"
ENDING_S = 1.0
"""The longest the next connection waits for one that makes room."""
_log = logger("signalos.gateway")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Serve(Protocol):
    """Who speaks with a connection."""

    def __call__(self, streams: Streams, let_in: Callable[[], object]) -> Awaitable[None]:
        """From the first byte to the last. let_in: to be called as soon as it has shown who it is."""
        ...


class Place(Struct, frozen=True):
    """Where to listen: a path, or a host and a port."""

    path: Path | None = None
    host: str = ""
    port: int = 0

    @property
    def is_local(self) -> bool:
        """Reached from this machine only."""
        if self.path is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def place_of(text: str) -> Place:
    """Read "unix:PATH" or "HOST:PORT" ("[::1]:8750" for IPv6). Raises OperatorNeeded."""
    if text.startswith(UNIX):
        return Place(path=Path(text.removeprefix(UNIX)).expanduser())
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not port.isascii() or int(port) > 65_535:
        raise OperatorNeeded(f'listen was "{text}"', 'Write "unix:PATH" or "HOST:PORT", such as "127.0.0.1:8750"')
    return Place(host=host.removeprefix("[").removesuffix("]"), port=int(port))


class _Caller:
    # A connection that was not let in yet.

    def __init__(self, address: str) -> None:
        self.address = address
        self.transport: asyncio.BaseTransport | None = None
        self.has_to_go = False

    def end(self, task: asyncio.Task[None]) -> None:
        self.has_to_go = True
        task.cancel()
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()  # it would wait for the goodbye of one that says nothing


async def _made_room(waiting: dict[asyncio.Task[None], _Caller]) -> bool:
    if not waiting:
        return False
    count = Counter(caller.address for caller in waiting.values())
    most = max(count.values())
    task, caller = next(one for one in waiting.items() if count[one[1].address] == most)
    del waiting[task]
    caller.end(task)
    await asyncio.wait((task,), timeout=ENDING_S)
    return True


def _address(taken: socket.socket) -> str:
    try:
        peer = taken.getpeername()
    except OSError:  # gone already
        return ""
    return str(peer[0]) if isinstance(peer, tuple) else ""


class Door:
    """An open listening socket. context: the TLS of its connections, None for none."""

    def __init__(self, sock: socket.socket, place: Place, context: ssl.SSLContext | None) -> None:
        self._socket, self._place, self._context = sock, place, context

    @property
    def address(self) -> str:
        """What a client connects to, as `listen` spells it; with the real port where 0 was asked for."""
        if self._place.path is not None:
            return f"{UNIX}{self._place.path}"
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def take(self, most: int, serve: Serve, strangers: Strangers) -> None:
        """Take connections for ever, at most so many at a time. Cancelled to end.

        When all places are taken, one that was not let in yet makes room: of the address with the most of them, the one that
        has waited longest. So whoever says nothing keeps out nobody, and one that was let in stays.
        """
        loop = asyncio.get_running_loop()
        busy: set[asyncio.Task[None]] = set()
        waiting: dict[asyncio.Task[None], _Caller] = {}
        try:
            while True:
                try:
                    taken, _ = await loop.sock_accept(self._socket)
                except OSError as error:  # out of descriptors, say: what is open goes on
                    _log.error("a connection cannot be taken", why=str(error))
                    await asyncio.sleep(0.2)
                    continue
                if not (self._place.path is None or local.is_ours(taken)):
                    taken.close()
                    continue
                if len(busy) >= most and not await _made_room(waiting):
                    taken.close()
                    continue
                caller = _Caller(_address(taken))
                task = asyncio.create_task(self._greet(taken, caller, serve, waiting, strangers), name="client")
                busy.add(task)
                waiting[task] = caller
                task.add_done_callback(busy.discard)
                task.add_done_callback(lambda ended: waiting.pop(ended, None))
                await asyncio.sleep(0)  # it has the socket before anything can end it
        finally:
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)

    async def _greet(
        self,
        taken: socket.socket,
        caller: _Caller,
        serve: Serve,
        waiting: dict[asyncio.Task[None], _Caller],
        strangers: Strangers,
    ) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "a connection is served in a task"
        taken.setblocking(False)
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        limits = {"ssl_handshake_timeout": 5.0, "ssl_shutdown_timeout": 1.0} if self._context is not None else {}
        try:
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, taken, ssl=self._context, **limits)
            caller.transport = transport
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            await serve((reader, writer), lambda: waiting.pop(task, None))
        except asyncio.CancelledError:
            if caller.has_to_go:
                strangers.seen("silent", "another connection came, and this one had said nothing")
            raise
        except (OSError, ssl.SSLError) as error:
            if caller.transport is not None:
                raise
            taken.close()
            strangers.seen("handshake", str(error))
        finally:
            if caller.transport is not None:
                caller.transport.close()  # cancelled a second time, it may not have come to that

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
        if self._place.path is not None:
            with contextlib.suppress(OSError):
                self._place.path.unlink()


def open_door(listen: str, certificate: Path | None, key: Path | None) -> Door:
    """Start to listen. Raises OperatorNeeded: the place is taken, cannot be used, or would be open to others."""
    place = place_of(listen)
    context = None
    if place.path is None and certificate is not None and key is not None:
        context = server_context(certificate, key)
    if not place.is_local and context is None:
        text = f"{listen} can be reached from other machines, and there is no certificate"
        raise OperatorNeeded(text, "Make one with signalos gateway --init, or listen on 127.0.0.1")
    try:
        sock = local.listening(place.path) if place.path is not None else tcp.listening(place.host, place.port)
    except OSError as error:
        text = f"{listen} cannot be listened on: {error.strerror or error}"
        raise OperatorNeeded(text, "End what uses it, or name another place with --listen") from None
    return Door(sock, place, context)
