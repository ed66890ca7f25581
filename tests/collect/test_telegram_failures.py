"""What stands in the way to Telegram, in an owner's words: no name of a class, and no number."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from signalos_tui.collect.telegram.failures import unreached


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TimeoutError(), "Telegram does not answer"),
        (ConnectionError("Connection to Telegram failed 5 time(s)"), "Telegram does not answer"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Telegram does not answer"),
        (asyncio.IncompleteReadError(b"", 4), "Telegram hangs up"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "Telegram hangs up"),
        (OSError(errno.ENETUNREACH, "x"), "Telegram cannot be reached: network is unreachable"),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "the login's file cannot be written: No space left on device",
        ),
    ],
    ids=repr,
)
def test_way_when_it_is_broken_then_why_in_plain_words(error: Exception, said: str) -> None:
    assert unreached(error) == said
