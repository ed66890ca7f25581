"""Listening on TCP: no answer waits for the other side's acknowledgement, and a port has one owner."""

from __future__ import annotations

import asyncio
import socket

import pytest

from signalos_tui.link.tcp import listening


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_what_is_accepted_sends_at_once(host: str) -> None:
    async def accepted() -> int:
        loop = asyncio.get_running_loop()
        try:
            sock = listening(host, 0)
        except OSError:
            if host == "::1":
                pytest.skip("this machine has no IPv6")
            raise
        with sock, socket.socket(sock.family, socket.SOCK_STREAM) as caller:
            caller.setblocking(False)
            await loop.sock_connect(caller, sock.getsockname()[:2])
            taken, _ = await loop.sock_accept(sock)
            transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, taken)
            try:
                own: socket.socket = transport.get_extra_info("socket")
                return own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            finally:
                transport.close()

    assert asyncio.run(accepted()) != 0


def test_a_port_that_is_taken_is_an_error() -> None:
    with listening("127.0.0.1", 0) as first, pytest.raises(OSError, match="in use"):
        listening("127.0.0.1", first.getsockname()[1])
