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
from concurrent.futures import CancelledError
from typing import Any, TypeVar

from signalos_tui.execute.paper.terminal import PaperTerminal
from signalos_tui.logs import logger

_T = TypeVar("_T")

_log = logger("signalos.paper")

_GONE = "the paper terminal has ended"
_LOOK_S = 1.0  # how often whoever waits for an answer looks whether there is anybody left to give it


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
            raise TerminalGone(_GONE)
        coroutine = question()
        try:
            answer = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError:  # the loop was closed in this moment
            coroutine.close()
            raise TerminalGone(_GONE) from None
        while True:
            try:
                return answer.result(_LOOK_S)
            except CancelledError:
                raise TerminalGone(_GONE) from None
            except TimeoutError:
                if answer.done():
                    raise
                if not self._thread.is_alive():
                    raise TerminalGone(_GONE) from None

    def close(self) -> None:
        """End the terminal: the last quotes are kept, the books are let go. Twice does no harm.

        Raises what it has ended of, once: OperatorNeeded when the books could not be kept, whatever its feed failed with.
        """
        if self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # the loop ended by itself in this moment
                self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()
        self._raise()

    def has_ended(self) -> bool:
        """Whether there is nobody left to answer; when it is about to end, the end is waited for."""
        if self._ended.is_set():
            self._thread.join()
        return not self._thread.is_alive()

    def _raise(self) -> None:
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that started this one
            self._refusal = error
            if self._terminal is not None:
                _log.error("the paper terminal has ended", reason=str(error))
        finally:
            self._ready.set()
            self._loop.close()

    async def _live(self) -> None:
        self._terminal = terminal = self._build()
        self._ready.set()
        told = asyncio.create_task(self._ended.wait(), name="paper terminal's end")
        pump = asyncio.create_task(self._pump(terminal), name="paper feed")
        try:
            await asyncio.wait((told, pump), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._ended.set()
            if not pump.done():
                pump.cancel()
            others = asyncio.all_tasks() - {asyncio.current_task(), told, pump}
            for task in others:  # whoever is still waited for gets to know that there will be no answer
                task.cancel()
            await asyncio.gather(*others, told, pump, return_exceptions=True)
            terminal.close()
        if not pump.cancelled() and (failure := pump.exception()) is not None:
            raise failure

    async def _pump(self, terminal: PaperTerminal) -> None:
        # A feed that ends leaves quotes to go stale; one that breaks, or books that cannot be kept, end the terminal.
        if self._pumps:
            await terminal.run()
        await self._ended.wait()
