"""The HTTP server of the hooks, in a thread of its own: whatever the engine does, an alert is answered within three seconds.

It speaks HTTP/1.1 through h11, takes small requests and nothing else, and has a limit for everything a stranger could use up:
connections, seconds, bytes, requests on one connection. When all connections are taken, the one whose request has been awaited
the longest makes room, so that slow clients keep out nobody (reference: reliability T9, T12).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from http import HTTPStatus

import h11

from signalos_tui.collect.webhook.answering import LARGEST_BODY, Doorman, Head, Reply
from signalos_tui.errors import OperatorNeeded
from signalos_tui.link import tcp
from signalos_tui.logs import logger

CONNECTIONS = 64
REQUESTS = 100
"""Requests on one connection."""
HEAD_BYTES = 8_192
HEAD_S = 10.0
"""The longest a connection may take to say what it wants, idle or slow."""
BODY_S = 5.0
REPLY_S = 2.0
LINGER_S = 1.0
"""How long a body nobody wants is read and thrown away, so that its sender sees the answer."""
AGAIN_S = 1.0
CLOSE_S = 5.0
_READ = 16_384

_log = logger("signalos.webhook")


def bound(listen: str) -> socket.socket:
    """A listening socket. listen: "host:port". Raises OperatorNeeded: the port is taken, or the host is not this machine's."""
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        return tcp.listening(host, int(port))
    except OSError as error:
        text = f"webhook.listen {listen} cannot be listened on: {error.strerror or error}"
        raise OperatorNeeded(text, "End what uses the port, or name another one under [webhook]") from None


class Server:
    """Serves from the moment it is made until `close`. context: the TLS of its connections, None for none."""

    def __init__(self, sock: socket.socket, doorman: Doorman, context: ssl.SSLContext | None = None) -> None:
        self._socket = sock
        self._doorman = doorman
        self._context = context
        self._busy: set[asyncio.Task[None]] = set()
        self._quiet: dict[asyncio.Task[None], None] = {}
        self._is_ending = threading.Event()
        self._end: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it listens, with the real port where 0 was asked for."""
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def close(self) -> None:
        """Answer what is being asked, and stop listening."""
        self._is_ending.set()
        with contextlib.suppress(RuntimeError):  # its loop has ended already
            if self._loop is not None and self._end is not None:
                self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(CLOSE_S)
        self._socket.close()

    def _run(self) -> None:
        while not self._is_ending.is_set():
            try:
                asyncio.run(self._serve())
            except Exception as error:  # noqa: BLE001 (the edge of its thread: it says so and serves again)
                why = f"the webhook server failed: {type(error).__name__}: {error}"
                _log.error(why)
                self._doorman.closed(why)
                self._is_ending.wait(AGAIN_S)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(
            self._take,
            sock=self._socket.dup(),
            limit=_READ,
            ssl=self._context,
            ssl_handshake_timeout=BODY_S if self._context else None,
            ssl_shutdown_timeout=LINGER_S if self._context else None,
        )
        async with server:
            if not self._is_ending.is_set():
                await self._end.wait()
            server.close()
            for task in list(self._quiet):
                task.cancel()
            if self._busy:
                await asyncio.wait(self._busy, timeout=CLOSE_S / 2)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "a connection is served in a task"
        if len(self._busy) >= CONNECTIONS:
            longest = next(iter(self._quiet), None)
            if longest is None:
                writer.close()
                return
            longest.cancel()
            self._quiet.pop(longest)
        self._busy.add(task)
        try:
            await self._talk(_Wire(reader, writer), task)
        except (OSError, ssl.SSLError, TimeoutError, h11.ProtocolError, asyncio.CancelledError):
            pass  # its end; nobody is left to be told
        finally:
            self._busy.discard(task)
            self._quiet.pop(task, None)
            writer.close()

    async def _talk(self, wire: _Wire, task: asyncio.Task[None]) -> None:
        for _ in range(REQUESTS):
            self._quiet.pop(task, None)
            self._quiet[task] = None  # awaited the shortest
            try:
                async with asyncio.timeout(HEAD_S):
                    head = await wire.head()
            except TimeoutError:
                await wire.refuse(Reply(HTTPStatus.REQUEST_TIMEOUT, "too slow"))
                return
            except h11.RemoteProtocolError as error:
                await wire.refuse(Reply(HTTPStatus(error.error_status_hint), "this is no request"))
                return
            if head is None or not await self._one(wire, head, task):
                return

    async def _one(self, wire: _Wire, head: Head, task: asyncio.Task[None]) -> bool:
        # Whether the connection goes on.
        refusal = self._doorman.refusal(head)
        if refusal is not None:
            await wire.refuse(refusal)
            return False
        try:
            async with asyncio.timeout(BODY_S):
                body = await wire.body()
        except TimeoutError:
            await wire.refuse(Reply(HTTPStatus.REQUEST_TIMEOUT, "too slow"))
            return False
        except h11.RemoteProtocolError:
            await wire.refuse(Reply(HTTPStatus.BAD_REQUEST, "this is no request"))
            return False
        if body is None:
            await wire.refuse(Reply(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"an alert has at most {LARGEST_BODY} bytes"))
            return False
        self._quiet.pop(task, None)  # whole: from here on it is answered, whoever else comes
        return await wire.reply(await self._doorman.answer(head, body))


class _Wire:
    # One connection: h11 on a stream.

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self._peer = str(writer.get_extra_info("peername", ("?",))[0])

    async def head(self) -> Head | None:
        """The next request's head; None when there is none any more. Raises h11.RemoteProtocolError."""
        event = await self._next()
        if not isinstance(event, h11.Request):
            return None
        headers = {name.decode("ascii").lower(): value.decode("latin-1") for name, value in event.headers}
        return Head(event.method.decode("ascii"), event.target.decode("latin-1"), headers, self._peer)

    async def body(self) -> bytes | None:
        """The body; None when it is longer than an alert may be. Raises h11.RemoteProtocolError."""
        if self._http.they_are_waiting_for_100_continue:
            await self._send(h11.InformationalResponse(status_code=100, headers=[]))
        parts = bytearray()
        while isinstance(event := await self._next(), h11.Data):
            parts += event.data
            if len(parts) > LARGEST_BODY:
                return None
        return bytes(parts) if isinstance(event, h11.EndOfMessage) else None

    async def reply(self, reply: Reply, *, is_last: bool = False) -> bool:
        """Answer. Returns whether another request may follow."""
        text = f"{reply.text or reply.status.phrase}\n".encode("ascii", "replace")
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(text))),
            ("Cache-Control", "no-store"),
        ]
        if is_last:
            headers.append(("Connection", "close"))
        if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
            headers.append(("Retry-After", "60"))
        if reply.status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers.append(("Allow", "POST"))
        head = h11.Response(status_code=reply.status.value, headers=headers, reason=reply.status.phrase)
        await self._send(head, h11.Data(data=text), h11.EndOfMessage())
        if is_last or self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def refuse(self, reply: Reply) -> None:
        """Answer and hang up, whatever else is being sent."""
        if self._http.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        await self.reply(reply, is_last=True)
        with contextlib.suppress(OSError, TimeoutError):
            if self._writer.can_write_eof():
                self._writer.write_eof()
            async with asyncio.timeout(LINGER_S):
                while await self._reader.read(_READ):
                    pass

    async def _next(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_READ))
        return event

    async def _send(self, *events: h11.Event) -> None:
        self._writer.write(b"".join(self._http.send(event) or b"" for event in events))
        async with asyncio.timeout(REPLY_S):
            await self._writer.drain()
