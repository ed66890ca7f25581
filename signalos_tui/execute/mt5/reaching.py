"""Where the gateway is, and how we know that it is ours before the token is said.

A Unix socket on this machine, or TLS. A gateway shows a certificate that we know beforehand, by its fingerprint; what cannot be
proven is not spoken to.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import SupportsIndex

from msgspec import Struct

from signalos_tui.errors import OperatorNeeded, Transient
from signalos_tui.link.secret import Secret, read_secret
from signalos_tui.link.tls import check_fingerprint, client_context, fingerprint_of

LIMIT = 1 << 20
UNIX = "unix:"
WHAT = "the gateway's token"


class Unreachable(Transient):
    """There is no connection, or it has ended. code: as in `model.reach.Reach`."""

    def __init__(self, code: str, text: str, remedy: str = "") -> None:
        super().__init__(text, remedy)
        self.code = code


class Address(Struct, frozen=True):
    """Host and port, or the path of a Unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read "127.0.0.1:8765", "[::1]:8765" or "unix:/run/signalos.sock"; the configuration has checked it."""
        if text.startswith(UNIX):
            return cls(path=str(Path(text.removeprefix(UNIX)).expanduser()))
        host, _, port = text.rpartition(":")
        return cls(host.removeprefix("[").removesuffix("]"), int(port))

    def __str__(self) -> str:
        if self.path:
            return f"{UNIX}{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Trust(Struct, frozen=True):
    """How the gateway's certificate is known. fingerprint: its SHA-256. certificate_file: a copy of it, instead."""

    fingerprint: str = ""
    certificate_file: str = ""

    def expected(self) -> str:
        """The fingerprint to expect. Raises OperatorNeeded: the copy cannot be read."""
        return self.fingerprint or fingerprint_of(Path(self.certificate_file).expanduser())


class Lively(asyncio.StreamReader):
    """A reader that knows when it last got anything, also in the middle of a long message. heard_at: the loop's time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(LIMIT, loop)
        self._clock = loop.time
        self.heard_at = loop.time()

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        """Take what has come."""
        self.heard_at = self._clock()
        super().feed_data(data)


Streams = tuple[Lively, asyncio.StreamWriter]


async def dial(address: Address, trust: Trust) -> Streams:
    """A connection to the gateway, proven to be ours. Raises Unreachable."""
    loop = asyncio.get_running_loop()
    reader = Lively(loop)
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    try:
        if address.path:
            transport, _ = await loop.create_unix_connection(lambda: protocol, address.path)
            return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
        fingerprint = trust.expected()
        secured, _ = await loop.create_connection(
            lambda: protocol, address.host, address.port, ssl=client_context(), server_hostname=address.host
        )
    except OperatorNeeded as error:
        raise Unreachable("tls", error.text, error.remedy) from None
    except ssl.SSLError as error:
        text = f"no TLS with the gateway at {address} ({error.reason or type(error).__name__})"
        raise Unreachable("tls", text, "Look whether address names the gateway and not something else") from None
    except NotImplementedError:
        raise Unreachable("unreachable", f"{address}: no Unix sockets here", 'Use "host:port"') from None
    except OSError as error:
        text = f"no gateway at {address} ({_why(error)})"
        raise Unreachable("unreachable", text, "Start it (signalos gateway), check address and firewall") from None
    try:  # before a word is said
        check_fingerprint(secured.get_extra_info("ssl_object"), fingerprint)
    except OperatorNeeded as error:
        secured.abort()
        raise Unreachable("tls", error.text, error.remedy) from None
    return reader, asyncio.StreamWriter(secured, protocol, reader, loop)


def _why(error: OSError) -> str:
    # The system's own words; asyncio puts addresses and lists into them.
    if isinstance(error, socket.gaierror) or error.errno is None:
        return error.strerror or type(error).__name__
    return os.strerror(error.errno)


def read_token(variable: str, file: str, environ: Mapping[str, str] = os.environ) -> Secret:
    """The token from a variable or a file. Raises Unreachable: there is none, or it cannot be used."""
    path = Path(file).expanduser() if file else None
    try:
        token = read_secret(WHAT, variable=variable, file=path, environ=environ)
    except OperatorNeeded as error:
        raise Unreachable("token", error.text, error.remedy) from None
    if not token:
        where = f"the variable {variable}" if variable else f"the file {file}"
        raise Unreachable("token", f"{WHAT} is not in {where}", "Copy it there from the gateway's folder")
    return token
