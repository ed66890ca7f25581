"""Work that may block, done beside the event loop in a thread that nobody has to wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T], undo: Callable[[T], None] | None = None) -> T:
    """The result of `work`, done in a thread that nothing waits for. undo: for a result nobody wants any more.

    A thread of a pool would be waited for when the program ends, and one that hangs in the disk would keep it from ending.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if error is not None:
            if not future.cancelled():
                future.set_exception(error)
        elif not future.cancelled():
            future.set_result(result)  # type: ignore[arg-type]  # a result without an error is one
        elif undo is not None:
            undo(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as caught:  # noqa: BLE001 (goes to whoever waits)
            error = caught
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:  # the loop is closed
            if result is not None and undo is not None:
                undo(result)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await future
