"""`signalos` as a user starts it: a process of its own, its words, its exit code, and the journal it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from signalos_tui.journal import queries
from signalos_tui.journal.note import read_note
from signalos_tui.journal.verify import verify
from signalos_tui.model.events import Event, Record

SIGNALOS = (sys.executable, "-m", "signalos_tui")
PATIENCE_S = 60.0

TINY_DISK = """
import ctypes, os, shutil, sys
from pathlib import Path
size, folder, copy, *arguments = sys.argv[1:]
user, group = os.getuid(), os.getgid()
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000 | 0x00020000):  # CLONE_NEWUSER | CLONE_NEWNS
    sys.exit(77)
Path("/proc/self/setgroups").write_text("deny")
Path("/proc/self/uid_map").write_text(f"0 {user} 1")
Path("/proc/self/gid_map").write_text(f"0 {group} 1")
if libc.mount(b"none", folder.encode(), b"tmpfs", 0, f"size={size}".encode()):
    sys.exit(77)
from signalos_tui.cli import main
sys.argv[1:] = arguments
try:
    main()
finally:
    shutil.copytree(folder, copy, dirs_exist_ok=True)
"""
"""Runs `signalos` with a folder on a file system of its own, as small as told, and keeps what is in there afterwards."""

SMALL_FILES = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from signalos_tui.cli import main
main()
"""
"""Runs `signalos` with no file allowed to grow beyond a size."""

WITHOUT_PRIVILEGE = """
import ctypes, os, sys
if sys.platform == "linux" and os.getuid() == 0:
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Runs a command that may not look past the permissions of files, as root otherwise does."""


class Answer(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of SignalOS, and with homes of nobody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SIGNALOS_", "XDG_"))}
    return kept | {"PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"} | more


def signalos(*arguments: str | Path, given: str | bytes = b"", **more: str) -> Answer:
    """Run a command to its end. given: its standard input. more: of the environment."""
    return ran([*SIGNALOS, *map(str, arguments)], given=given, **more)


def ran(command: Sequence[str], given: str | bytes = b"", **more: str) -> Answer:
    """Run any command line to its end."""
    text = given.encode() if isinstance(given, str) else given
    done = subprocess.run(command, input=text, capture_output=True, timeout=PATIENCE_S, env=environment(**more))
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def started(*arguments: str | Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs; it is killed at the end where it still does."""
    with subprocess.Popen(
        [*SIGNALOS, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**more),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[bytes], number: signal.Signals | None = None) -> Answer:
    """How a started command ends, after a signal where one is given."""
    if number is not None:
        process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE_S)
    return Answer(process.returncode, (out or b"").decode(), (err or b"").decode())


def drained(terminal: int) -> bytes:
    """Everything that is written to a terminal, until nobody can write to it any more."""
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            return shown
        if not piece:
            return shown
        shown += piece


def wait_until(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    """Return as soon as a condition holds; the process has to live until then."""
    for _ in range(int(PATIENCE_S / 0.005)):
        if condition():
            return
        try:
            process.wait(timeout=0.005)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"it ended with {process.returncode} before that")
    raise AssertionError("it did not happen")


def reached(folder: Path, seq: int) -> bool:
    """Whether the journal in a folder has come as far as record `seq`."""
    try:
        note = read_note(folder / "journal.db")
    except ValueError:  # read while it was written
        return False
    return note is not None and note.seq >= seq


def records(folder: Path) -> list[Record]:
    """Everything in the journal of a folder."""
    return queries.tail(folder / "journal.db", 1 << 30)


def events(folder: Path) -> list[Event]:
    """The same without places and times."""
    return [record.event for record in records(folder)]


def is_whole(folder: Path) -> bool:
    """Whether the journal of a folder passes every check."""
    findings = verify(folder / "journal.db")
    assert findings.ok, findings.findings
    return findings.ok


def is_one_line(text: str) -> bool:
    """Whether this is one error as users should see it."""
    assert "Traceback" not in text, text
    return text.startswith("signalos: ") and text.count("\n") == 1 and text.endswith("\n")
