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
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from signalos_tui.errors import OperatorNeeded
from signalos_tui.gateway import local
from signalos_tui.link import tcp
from signalos_tui.link.tls import server_context
from signalos_tui.logs import logger

UNIX = "unix:"
_log = logger("signalos.gateway")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


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

    async def take(self, most: int, serve: Callable[[Streams], Awaitable[None]]) -> None:
        """Take connections for ever, at most so many at a time; one more is hung up on. Cancelled to end."""
        loop = asyncio.get_running_loop()
        busy: set[asyncio.Task[None]] = set()
        try:
            while True:
                try:
                    taken, _ = await loop.sock_accept(self._socket)
                except OSError as error:  # out of descriptors, say: what is open goes on
                    _log.error("a connection cannot be taken", why=str(error))
                    await asyncio.sleep(0.2)
                    continue
                if len(busy) >= most or not (self._place.path is None or local.is_ours(taken)):
                    taken.close()
                    continue
                task = asyncio.create_task(self._greet(taken, serve), name="client")
                busy.add(task)
                task.add_done_callback(busy.discard)
        finally:
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)

    async def _greet(self, taken: socket.socket, serve: Callable[[Streams], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        taken.setblocking(False)
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        limits = {"ssl_handshake_timeout": 5.0, "ssl_shutdown_timeout": 1.0} if self._context is not None else {}
        try:
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, taken, ssl=self._context, **limits)
        except (OSError, ssl.SSLError) as error:
            taken.close()
            _log.warning("a connection is not ours", why=str(error)[:200])
            return
        await serve((reader, asyncio.StreamWriter(transport, protocol, reader, loop)))

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
