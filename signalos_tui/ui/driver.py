"""The terminal as the console uses it: one that is slow, hung up or gone never holds up the loop the engine runs on.

Textual's own driver hands what it draws to a thread through a short queue. When the terminal is gone that thread dies, the queue
fills, and the next thing drawn waits for ever, on the loop. It also starts anew at every SIGCONT, and a terminal that hangs up
sends one along with its SIGHUP. Here what is drawn waits in a line that nobody has to wait at.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

BEHIND = 4_000_000
"""Characters that may wait for a terminal that does not take them. What is drawn beyond that is drawn anew later."""

GOOD_END_S = 2.0
"""So long the last of them are waited for. Seconds."""


class Outlet(threading.Thread):
    """Writes to a terminal; `write` never waits. lost: told once, in this thread, that it is gone. again: to draw all of it."""

    def __init__(self, fileno: int, lost: Callable[[], None], again: Callable[[], None]) -> None:
        super().__init__(daemon=True, name="textual-output")
        self._fileno = fileno
        self._lost, self._again = lost, again
        self._changed = threading.Condition()  # may be entered twice by one thread: a signal comes at any time
        self._waiting: deque[str] = deque()
        self._length = 0
        self._has_left_out = self._is_ending = self._is_gone = False

    def write(self, text: str) -> None:
        """Put in line."""
        with self._changed:
            if self._is_gone:
                return
            if self._length > BEHIND:
                self._has_left_out = True
                return
            self._waiting.append(text)
            self._length += len(text)
            self._changed.notify()

    def stop(self) -> bool:
        """Write the rest and end. Returns False where the terminal did not take it in time: the thread is left to itself."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self.join(GOOD_END_S)
        return not self.is_alive()

    def run(self) -> None:
        """Write what comes, until `stop` or until the terminal is gone."""
        try:
            while (text := self._next()) is not None:
                self._out(text.encode(errors="replace"))
        except OSError:  # EIO: hung up
            with self._changed:
                self._is_gone = True
                self._waiting.clear()
            self._lost()

    def _next(self) -> str | None:
        with self._changed:
            while not self._waiting and not self._is_ending:
                if self._has_left_out:
                    self._has_left_out = False
                    self._again()
                self._changed.wait()
            text = "".join(self._waiting)
            self._waiting.clear()
            self._length = 0
            return text or None

    def _out(self, data: bytes) -> None:
        # Not through the stream: its lock, held in a write that never returns, would stop whoever prints, and the end of Python.
        while data:
            try:
                data = data[os.write(self._fileno, data) :]
            except BlockingIOError:  # somebody who shares the terminal made it so
                select.select([], [self._fileno], [], 1)


class TerminalDriver(LinuxDriver):
    """Textual's driver with an outlet that does not wait. is_lost: the terminal is gone, or takes nothing any more."""

    def __init__(self, app: App[Any], **settings: Any) -> None:
        super().__init__(app, **settings)
        self.is_lost = False
        self._outlet: Outlet | None = None

    def write(self, data: str) -> None:
        """Draw, as soon as the terminal takes it. Never waits."""
        if self._outlet is not None:
            self._outlet.write(data)

    def start_application_mode(self) -> None:
        """Take the terminal."""
        self.is_lost = False
        stream = self._file
        assert stream is not None, "a console has a terminal"
        self._outlet = Outlet(stream.fileno(), self._lose, self._draw_anew)
        self._outlet.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's

    def close(self) -> None:
        """Let the terminal have the last of what was drawn, as long as it takes it."""
        outlet, self._outlet = self._outlet, None
        if outlet is not None and not outlet.stop():
            self.is_lost = True
        super().close()

    def run_input_thread(self) -> None:
        """Read keys until the end, or until there is nobody left to press them."""
        try:
            super().run_input_thread()
        except OSError:  # EIO: hung up
            self._lose()

    def _sigcont_application(self, *_: object) -> None:
        # After Ctrl-Z Textual has let the terminal go, and takes it again. After a SIGSTOP it has not: starting twice would leave
        # a second reader of keys behind. And a terminal that hangs up says SIGCONT with its SIGHUP: there is nothing to take.
        if not os.isatty(self.fileno):
            return
        if self._auto_restart and not self._must_signal_resume:
            if self._outlet is None:
                return
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()

    def _lose(self) -> None:
        self.is_lost = True
        with contextlib.suppress(RuntimeError):  # the loop has ended before
            self._loop.call_soon_threadsafe(self._app.exit)

    def _draw_anew(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: self._app.refresh(layout=True))
