"""`signalos run --headless` as a process of its own: logged in, forty channels followed, ended in order or killed.

It is the program as it is installed, with nothing exchanged in it but the address and the key of Telegram's data centre.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from signalos_tui.collect.telegram.asking import chats
from signalos_tui.collect.telegram.logins import FOLDER, App, open_login
from signalos_tui.collect.telegram.vault import open_vault
from signalos_tui.link.secret import Secret
from tests.support.telegram.config import DC
from tests.support.telegram.world import Person

ROOT = Path(__file__).parent.parent.parent
HASH = "0123456789abcdef0123456789abcdef"
PASSPHRASE = "a passphrase of the soak"
ENDS_WITHIN_S = 60.0
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

CONFIG = """
[source]
kind = "telegram"
[telegram]
api_id = 4711
api_hash_file = {hash!r}
passphrase_file = {passphrase!r}
{pace}
[logging]
level = "error"
"""
"""Everything else is as it is shipped, and so is the pace at which Telegram is asked unless a soak says otherwise."""


class Product:
    """A data folder and the process that works in it. lives: how often it was started."""

    def __init__(self, folder: Path, port: int, pace: str = "") -> None:
        """pace: lines for [telegram] in its configuration."""
        self.data = folder / "data"
        self.lives = 0
        self._folder = folder
        self._port = port
        self._pace = pace
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def journal(self) -> Path:
        """Its journal."""
        return self.data / "journal.db"

    async def prepare(self, owner: Person) -> None:
        """Log in and follow every channel, as `signalos login` and `signalos channels follow` do."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, secret in (("hash", HASH), ("passphrase", PASSPHRASE)):
            (self._folder / name).write_text(secret)
            (self._folder / name).chmod(0o600)
        places = {name: str(self._folder / name) for name in ("hash", "passphrase")}
        config = CONFIG.format(**places, pace=self._pace)
        (self._folder / "config.toml").write_text(config)
        vault = open_vault(self.data / FOLDER, None, lambda _: Secret(PASSPHRASE), prefers_passphrase=True)
        login = open_login(vault, "main", App(4711, Secret(HASH)), "the soak")
        try:
            login.session.set_dc(DC, "127.0.0.1", self._port)
            await login.client.connect()
            await login.client.send_code_request(owner.phone)
            await login.client.sign_in(owner.phone, owner.code)
            login.follow([one.followed for one in await chats(login)])
            await login.client.disconnect()
        finally:
            login.close()

    def start(self) -> None:
        """Begin a life."""
        self.lives += 1
        command = [sys.executable, "-c", HERE, str(self._port), "run", "--headless"]
        places = ["--data", str(self.data), "--config", str(self._folder / "config.toml")]
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [*command, *places],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=_environment(),
                cwd=ROOT,
            )

    async def stop(self) -> None:
        """Ask it to end, and wait."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_WITHIN_S):
            await asyncio.to_thread(process.wait)
        assert process.returncode == 0, f"it ended with {process.returncode}: {self.said()}"

    async def kill(self) -> None:
        """SIGKILL."""
        process = self._running()
        process.kill()
        await asyncio.to_thread(process.wait)

    def close(self) -> None:
        """Let nothing of it run on."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def is_running(self) -> bool:
        """It was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        """The end of what it wrote to its output."""
        return (self._folder / "output").read_bytes()[-2_000:].decode("utf-8", "replace")

    def memory(self) -> int:
        """Bytes it holds in memory; 0 when that cannot be known here."""
        try:
            pages = Path(f"/proc/{self._running().pid}/statm").read_text().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SIGNALOS_", "XDG_"))}
    return kept | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "PYTHONIOENCODING": "utf-8"}
