"""`signalos login` and `signalos run` as processes of their own, on a terminal, with the real client against a small Telegram."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from signalos_tui.model.events import PostImported
from tests.commands.shell import environment, events, reached, wait_until
from tests.commands.small_telegram import HASH, PASSPHRASE, PHONE, Beside
from tests.support.telegram.config import DC

ROOT = Path(__file__).parent.parent.parent
HERE = f"""
import sys
from telethon.client import telegrambaseclient as base
from tests.support.telegram.handshake import trust_this_server
base.DEFAULT_DC_ID, base.DEFAULT_IPV4_IP, base.DEFAULT_PORT = {DC}, "127.0.0.1", int(sys.argv.pop(1))
trust_this_server()
from signalos_tui.cli import main
main()
"""
"""Runs `signalos` with the Telegram that listens on a port of this machine in the place of the real one."""
NO_KEYRING = "keyring.backends.fail.Keyring"


class Terminal:
    """A process on a terminal of its own."""

    def __init__(self, process: subprocess.Popen[bytes], number: int) -> None:
        self.process = process
        self.shown = b""
        self._number = number

    def until(self, text: str) -> None:
        """Wait for a text; what was shown before it is passed."""
        while text.encode() not in self.shown:
            try:
                self.shown += os.read(self._number, 65_536)
            except OSError:
                raise AssertionError(f"it ended before {text!r}: {self.shown.decode(errors='replace')}") from None
        self.shown = self.shown.partition(text.encode())[2]

    def type(self, text: str) -> None:
        """Press keys and Enter."""
        os.write(self._number, text.encode() + b"\n")

    def press(self, key: bytes) -> None:
        """Press one key."""
        os.write(self._number, key)

    def echoes(self) -> bool:
        """What is typed is shown."""
        flags: int = termios.tcgetattr(self._number)[3]
        return bool(flags & termios.ECHO)


@contextmanager
def terminal(telegram: Beside, *arguments: str | Path) -> Iterator[Terminal]:
    """A command in a session of its own, so that the keys of its terminal reach it."""
    ours, its = pty.openpty()
    command = [sys.executable, "-c", HERE, str(telegram.server.port), *map(str, arguments)]
    env = environment(MY_HASH=HASH, PYTHON_KEYRING_BACKEND=NO_KEYRING)

    def take() -> None:
        os.setsid()
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # the terminal that is opened first is the one that controls it

    with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=env, cwd=ROOT, preexec_fn=take) as process:
        os.close(its)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            os.close(ours)


def waits(process: int) -> bool:
    """It sleeps: having asked, it listens. Between the two a signal would be noticed only with the next key."""
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(") ")[2].startswith("S")


@pytest.fixture
def telegram() -> Iterator[Beside]:
    beside = Beside()
    beside.begin()
    yield beside
    beside.end()


@pytest.fixture
def places(tmp_path: Path) -> tuple[str, ...]:
    """A folder and a configuration without anything that holds a passphrase."""
    text = '[source]\nkind = "telegram"\n[telegram]\napi_id = 4711\napi_hash_env = "MY_HASH"\n'
    (tmp_path / "c.toml").write_text(text)
    return "--data", str(tmp_path / "data"), "--config", str(tmp_path / "c.toml")


def test_login_when_on_a_terminal_then_secrets_are_not_shown_and_a_run_reads_what_is_followed(
    telegram: Beside, places: tuple[str, ...], tmp_path: Path
) -> None:
    """Without a keyring: the passphrase is asked, twice when it is new, and again by every command.

    And older posts are imported until Ctrl-C, which keeps what is there.
    """
    telegram.world.flood(telegram.rooms[1], 497)
    telegram.owner.password = "open sesame"
    with terminal(telegram, "login", *places) as at:
        for question in ("New passphrase for the Telegram sessions: ", "The same once more: "):
            at.until(question)
            at.type(PASSPHRASE)
        at.until("Phone number")
        assert at.echoes()
        at.type(PHONE)
        at.until("Code")
        at.type("12345")
        at.until("Password of the second step: ")
        assert not at.echoes()
        at.type("open sesame")
        at.until('logged in as Owner (phone ...123); here this login is "main"')
        assert b"sesame" not in at.shown
        at.until("Next: signalos channels list")
        assert at.process.wait(20) == 0
    with terminal(telegram, "channels", "follow", "@fxroom", *places) as at:
        at.until("Passphrase of the sessions: ")
        at.type(PASSPHRASE)
        at.until("following")
        at.until("docs/rules.md")
        assert at.process.wait(20) == 0
    with terminal(telegram, "run", "--headless", *places) as at:
        at.until("Passphrase of the sessions: ")
        at.type(PASSPHRASE)
        folder = tmp_path / "data"
        wait_until(at.process, lambda: reached(folder, 3))
        wait_until(at.process, lambda: sum(type(one).__name__ == "MessageReceived" for one in events(folder)) == 100)
        with terminal(telegram, "sessions", "test", *places) as second:
            second.until("Passphrase of the sessions: ")
            second.type(PASSPHRASE)
            second.until(f'the Telegram login "main" is used by process {at.process.pid} (signalos run --headless)')
            assert second.process.wait(20) == 1
        at.process.send_signal(signal.SIGTERM)
        assert at.process.wait(20) == 0
    with terminal(telegram, "channels", "import", f"tg:-100{telegram.rooms[1].id}", *places) as at:
        at.until("Passphrase of the sessions: ")
        at.type(PASSPHRASE)
        at.until("100 of 2000 posts")
        at.press(b"\x03")
        at.until("older posts are in the journal; asked again, it goes on from there")
        at.until("signalos: interrupted")
        assert at.process.wait(20) == 130
    kept = [one.message.id for one in events(folder) if isinstance(one, PostImported)]
    assert kept[:100] == list(range(400, 300, -1))


@pytest.mark.parametrize("question", ["New passphrase", "Phone number", "Code", "Password"])
def test_login_when_interrupted_at_a_question_then_it_ends_at_once_and_the_terminal_is_as_it_was(
    telegram: Beside, places: tuple[str, ...], tmp_path: Path, question: str
) -> None:
    """One Ctrl-C is enough wherever it is pressed."""
    telegram.owner.password = "open sesame"
    typed = {
        "New passphrase": PASSPHRASE,
        "The same": PASSPHRASE,
        "Phone number": PHONE,
        "Code": "12345",
        "Password": "",
    }
    with terminal(telegram, "login", *places) as at:
        for asked, answer in typed.items():
            at.until(asked)
            if asked == question:
                at.until(": ")
                wait_until(at.process, lambda: waits(at.process.pid))
                at.press(b"\x03")
                break
            at.type(answer)
        at.until("signalos: interrupted")
        assert at.process.wait(20) == 130
        assert at.echoes()
    assert list((tmp_path / "data").rglob("*.session")) == []
