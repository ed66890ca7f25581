"""What ends a run from outside: Ctrl-C, a service manager, a terminal that is closed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator

ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end a run in order; not every system has them all."""


@contextlib.contextmanager
def heard(told: Callable[[str], None]) -> Iterator[None]:
    """Call `told` with a signal's name instead of dying of it. The second of a kind kills: it does not wait for a good end."""
    loop = asyncio.get_running_loop()

    def once(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        told(number.name)

    listening: list[signal.Signals] = []
    for number in (getattr(signal, name, None) for name in ENDING):
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, once, number)
        except (NotImplementedError, RuntimeError):  # Windows; a loop that does not run in the main thread
            continue
        listening.append(number)
    try:
        yield
    finally:
        for number in listening:
            loop.remove_signal_handler(number)


def forsake() -> None:
    """Say nothing more on a terminal that is gone or takes nothing: nobody waits for it or fails by it."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        if stream is not None:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
