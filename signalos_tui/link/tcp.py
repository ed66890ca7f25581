"""A listening TCP socket, for the gateway and for the webhook."""

from __future__ import annotations

import socket
import sys

_BACKLOG = 128


def listening(host: str, port: int) -> socket.socket:
    """A non-blocking socket that listens on host (a name, IPv4 or IPv6) and port (0: any free one).

    Its protocol is named, and the sockets it accepts inherit that: asyncio turns Nagle's algorithm off only for a socket that
    says it is TCP (asyncio.base_events._set_nodelay). Left on, an answer in two pieces waits for the other side's delayed
    acknowledgement, 40 ms. Raises OSError.
    """
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let a second process take the port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        sock.bind((host, port))
        sock.listen(_BACKLOG)
    except BaseException:
        sock.close()
        raise
    sock.setblocking(False)
    return sock
