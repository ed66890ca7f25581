"""A console whose terminal goes away, or takes nothing any more, ends in order and leaves its journal to the next."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from signalos_tui.model import events as e
from tests.commands.shell import SIGNALOS, environment, events, is_whole, reached, signalos, wait_until

SOON_S = 25.0
"""A few seconds on a machine that does nothing else; they are not what is measured."""

HANGS_UP, ONLY_GONE = True, False


class Line:
    """A terminal whose other side reads what is drawn, until it no longer does."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
        os.set_blocking(self.ours, False)
        self._end = Event()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._end.wait(0.01):
            try:
                os.read(self.ours, 65536)
            except BlockingIOError:
                continue
            except OSError:
                return

    def stall(self) -> None:
        """Read no more; the line stays."""
        self._end.set()
        self._reader.join()

    def drop(self) -> None:
        """The other side is gone."""
        self.stall()
        os.close(self.ours)
        self.ours = -1

    def close(self) -> None:
        self.stall()
        for number in (self.ours, self.theirs):
            if number >= 0:
                os.close(number)


@contextmanager
def console(data: Path, accounts: int, *, hangs_up: bool) -> Iterator[tuple[subprocess.Popen[bytes], Line]]:
    """A demo on a line that has begun to trade. hangs_up: the line is its controlling terminal, so it gets SIGHUP and SIGCONT."""
    line = Line()
    terminal = line.theirs

    def take() -> None:
        if hangs_up:
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [*SIGNALOS, "demo", "--data", str(data), *(("--accounts", str(accounts)) if accounts > 1 else ())],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment(TERM="xterm-256color", PYTHONWARNINGS=""),
        start_new_session=True,
        preexec_fn=take,
    )
    os.close(line.theirs)
    line.theirs = -1
    try:
        wait_until(process, lambda: all(reached(folder, 14) for folder in folders(data, accounts)))
        yield process, line
    finally:
        process.kill()
        process.wait()
        line.close()


def folders(data: Path, accounts: int) -> list[Path]:
    return [data] if accounts == 1 else [data / "accounts" / name for name in ("main", "prop")]


def in_order(data: Path, accounts: int) -> None:
    """Every journal ends with the end of its engine, and can be had by the next."""
    for folder in folders(data, accounts):
        last = events(folder)[-1]
        assert isinstance(last, e.EngineStopped)
        assert last.reason in ("the terminal is gone", "SIGHUP", "SIGTERM")
        assert is_whole(folder)
    more = ("--accounts", str(accounts)) if accounts > 1 else ()
    answer = signalos("demo", "--headless", "--minutes", "0.2", "--data", data, *more)
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize("accounts", [1, 2])
@pytest.mark.parametrize("hangs_up", [HANGS_UP, ONLY_GONE])
def test_console_when_its_terminal_is_gone_then_it_ends_and_the_next_gets_the_journal(
    tmp_path: Path, accounts: int, hangs_up: bool
) -> None:
    """With SIGHUP, as where a line drops; without, as where somebody else owns the terminal: writing there fails."""
    with console(tmp_path, accounts, hangs_up=hangs_up) as (process, line):
        line.drop()
        assert process.wait(SOON_S) == 0
    in_order(tmp_path, accounts)


@pytest.mark.parametrize("hangs_up", [HANGS_UP, ONLY_GONE])
def test_console_when_its_terminal_is_gone_and_it_is_told_to_end_then_it_ends(tmp_path: Path, hangs_up: bool) -> None:
    with console(tmp_path, 1, hangs_up=hangs_up) as (process, line):
        line.drop()
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON_S) == 0
    in_order(tmp_path, 1)


def test_console_when_its_terminal_takes_nothing_then_the_engine_goes_on_and_it_ends_when_told(tmp_path: Path) -> None:
    """A line that is frozen and not dropped: whoever draws there waits, and the engine must not be the one."""
    with console(tmp_path, 1, hangs_up=HANGS_UP) as (process, line):
        line.stall()
        time.sleep(4)  # long enough to fill what the line holds
        seq = len(events(tmp_path))
        wait_until(process, lambda: reached(tmp_path, seq + 10))
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON_S) == 0
    assert events(tmp_path)[-1] == e.EngineStopped("SIGTERM")
    in_order(tmp_path, 1)


def test_console_when_it_is_told_to_end_twice_then_it_is_gone_at_once(tmp_path: Path) -> None:
    """The second of a kind does not wait for a good end; the journal is whole, and free."""
    with console(tmp_path, 1, hangs_up=HANGS_UP) as (process, line):
        line.stall()
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON_S) in (0, -signal.SIGTERM)
    assert is_whole(tmp_path)
    assert signalos("demo", "--headless", "--minutes", "0.2", "--data", tmp_path).code == 0


def test_console_when_it_was_stopped_and_goes_on_then_it_still_ends(tmp_path: Path) -> None:
    """SIGSTOP comes without a warning; taking the terminal a second time must not leave a second reader of keys behind."""
    with console(tmp_path, 1, hangs_up=HANGS_UP) as (process, _):
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGCONT)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON_S) == 0
    assert events(tmp_path)[-1] == e.EngineStopped("SIGTERM")
