"""Runs a program in a pseudo terminal and watches it from outside: when it painted, how much it wrote, what it cost.

The program cannot flatter itself: bytes are counted where a terminal would read them, CPU and memory come from /proc.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Start(NamedTuple):
    """The first frame. ms: from exec to the marker on screen. mb: resident memory at that moment."""

    ms: float
    mb: float


class Load(NamedTuple):
    """A stretch of running. cpu: percent of one core. rate: bytes a second written to the terminal. mb: resident at the end."""

    cpu: float
    rate: float
    mb: float


class Program:
    """A Python module in a terminal of `size` (columns, rows). Use as a context: it is ended at the end."""

    def __init__(self, module: Sequence[str], size: tuple[int, int]) -> None:
        self._command = [sys.executable, "-m", *module]
        self._size = size

    def __enter__(self) -> Self:
        """Start it."""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", self._size[1], self._size[0], 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "TEXTUAL_ANIMATIONS": "none"}
        self._started = time.perf_counter()
        self._process = subprocess.Popen(
            self._command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._master)

    def first_frame(self, marker: str, patience: float = 30.0) -> Start:
        """Wait until `marker` is on screen. Raises TimeoutError with what was seen instead."""
        seen = b""
        wanted = marker.encode()
        while time.perf_counter() - self._started < patience:
            seen += self._read(0.05)
            if wanted in seen:
                return Start((time.perf_counter() - self._started) * 1000, self._memory())
        raise TimeoutError(f"{marker!r} was not painted within {patience:g} s; the end was {seen[-400:]!r}")

    def watch(self, seconds: float) -> Load:
        """Let it run and count."""
        cpu, began, count = self._cpu(), time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            count += len(self._read(0.05))
        wall = time.perf_counter() - began
        return Load((self._cpu() - cpu) / wall * 100, count / wall, self._memory())

    def _read(self, patience: float) -> bytes:
        ready, _, _ = select.select([self._master], [], [], patience)
        if not ready:
            return b""
        try:
            return os.read(self._master, 1 << 16)
        except OSError:
            return b""  # it has closed its end

    def _cpu(self) -> float:
        # Seconds of CPU so far, user and system. The name in /proc/PID/stat may hold spaces, so count from its bracket.
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def _memory(self) -> float:
        return int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]) * PAGE / 1e6
