"""A paper terminal on an event loop of its own, in a thread of its own: the other process a real terminal would be.

The official package is synchronous, prices move between its calls, and the terminal goes on trading while nobody asks. So the
terminal lives on a loop in the background; callers hand it a question and wait. Its books are opened, used and closed by that
thread alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from signalos_tui.execute.paper.terminal import PaperTerminal

_T = TypeVar("_T")


class TerminalGone(RuntimeError):
    """The terminal has ended, or was never started."""


class Background:
    """Runs a terminal. build: makes it, called in the thread. pumps: whether it has a feed to run."""

    def __init__(self, build: Callable[[], PaperTerminal], *, pumps: bool) -> None:
        """Start it. Raises what `build` raises: ConfigInvalid, SourceUnreadable, OperatorNeeded."""
        self._build = build
        self._pumps = pumps
        self._loop = asyncio.new_event_loop()
        self._ended: asyncio.Event = asyncio.Event()
        self._terminal: PaperTerminal | None = None
        self._refusal: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="paper terminal", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._terminal is None:
            self._thread.join()
            self._raise()

    @property
    def terminal(self) -> PaperTerminal:
        """The terminal; to be touched on its own loop only."""
        assert self._terminal is not None, "a terminal that could not be built is never handed out"
        return self._terminal

    def ask(self, question: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Put a question to the terminal and wait for the answer, however long it takes. Raises TerminalGone."""
        if not self._thread.is_alive() or self._ended.is_set():
            msg = "the paper terminal has ended"
            raise TerminalGone(msg)
        return asyncio.run_coroutine_threadsafe(question(), self._loop).result()

    def close(self) -> None:
        """End the terminal: the last quotes are kept, the books are let go. Twice does no harm.

        Raises OperatorNeeded when the books could not be kept.
        """
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop ended by itself in this moment
                self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join()
            self._raise()

    def _raise(self) -> None:
        if self._refusal is not None:
            raise self._refusal

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that started this one
            self._refusal = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _live(self) -> None:
        self._terminal = terminal = self._build()
        self._ready.set()
        pump = asyncio.create_task(terminal.run(), name="paper feed") if self._pumps else None
        try:
            await self._ended.wait()
        finally:
            if pump is not None:
                pump.cancel()
                # A pump that failed has failed every call since: a broker without books answers nothing.
                await asyncio.gather(pump, return_exceptions=True)
            terminal.close()
