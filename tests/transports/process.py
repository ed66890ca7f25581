"""`signalos gateway --paper` as an owner starts it: over TLS, in a process of its own, and the configuration that finds it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from signalos_tui.commands.gateway import PAPER_SERVER
from tests.commands.shell import SIGNALOS, environment, signalos

ACCOUNT = f"{PAPER_SERVER}/1000001"


class Served(NamedTuple):
    """A gateway that runs. config: a file that names it."""

    process: subprocess.Popen[bytes]
    folder: Path
    address: str
    fingerprint: str
    config: Path

    def as_account(self, name: str, account: str) -> str:
        """A table of [accounts] that trades here."""
        return (
            f'[accounts.{name}.terminal]\naddress = "{self.address}"\naccount = "{account}"\n'
            f'token_file = "{self.folder / "token"}"\nfingerprint = "{self.fingerprint}"\n'
        )

    def write(self, *, source: str = "demo", **changes: str) -> Path:
        """The configuration anew, with other values; text as it stands in TOML."""
        keys = {
            "kind": '"mt5"',
            "address": f'"{self.address}"',
            "account": f'"{ACCOUNT}"',
            "token_file": f'"{self.folder / "token"}"',
            "fingerprint": f'"{self.fingerprint}"',
        }
        lines = "\n".join(f"{key} = {value}" for key, value in {**keys, **changes}.items() if value)
        self.config.write_text(
            f"{source and f'[source]{chr(10)}kind = {chr(34)}{source}{chr(34)}'}\n[terminal]\n{lines}\n"
        )
        return self.config


@contextlib.contextmanager
def served(folder: Path, more: str = "") -> Iterator[Served]:
    """Make its token and certificate, start it, and end it afterwards. more: of its configuration."""
    own = folder / "gateway.toml"
    own.write_text(f"[demo]\npace = 1\n[paper]\nlatency_ms = [5, 10]\n{more}")
    data = folder / "gateway"
    made = signalos("gateway", "--init", "--data", data)
    assert made.code == 0, made.err
    fingerprint = made.out.rpartition("fingerprint")[2].strip()
    command = [*SIGNALOS, "gateway", "--paper", "--listen", "127.0.0.1:0", "--data", str(data), "--config", str(own)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().decode()
            assert "listening on" in said, said
            address = said.rpartition(" ")[2].strip()
            it = Served(process, data, address, fingerprint, folder / "console.toml")
            it.write()
            yield it
        finally:
            process.kill()
