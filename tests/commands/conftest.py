"""The command line within the test's own process: as quick as a call, with the words and the code a shell would get."""

from __future__ import annotations

import builtins
import getpass
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from telethon.client import telegrambaseclient

from signalos_tui import cli
from signalos_tui.commands import telegram as commands
from tests.collect.test_telegram_vault import Kept
from tests.commands.shell import Answer
from tests.commands.small_telegram import HASH, PASSPHRASE, Beside, Said
from tests.support.telegram.config import DC


class Inside(Protocol):
    """Runs a command."""

    def __call__(self, *arguments: str | Path) -> Answer: ...


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Inside:
    """Run `signalos` in this process, without this user's own files."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))

    def run(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["signalos", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            cli.main()
        code = ending.value.code
        assert isinstance(code, int)
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    """A small Telegram that this process takes for the real one, and its keyboard."""
    beside = Beside()
    beside.begin()
    monkeypatch.setattr(telegrambaseclient, "DEFAULT_DC_ID", DC)
    monkeypatch.setattr(telegrambaseclient, "DEFAULT_IPV4_IP", "127.0.0.1")
    monkeypatch.setattr(telegrambaseclient, "DEFAULT_PORT", beside.server.port)
    monkeypatch.setattr(builtins, "input", beside.answer)
    monkeypatch.setattr(getpass, "getpass", beside.answer)
    monkeypatch.setenv("MY_HASH", HASH)
    monkeypatch.setenv("MY_PASSPHRASE", PASSPHRASE)
    keyring = Kept()
    monkeypatch.setattr(commands, "system_keyring", lambda: keyring)
    yield beside
    beside.end()


@pytest.fixture
def said(inside: Inside, telegram: Beside, tmp_path: Path) -> Said:
    """Run a command on the folder of this test; typed: what the keyboard says."""
    config = tmp_path / "config.toml"
    config.write_text('[telegram]\napi_id = 4711\napi_hash_env = "MY_HASH"\n')

    def run(*arguments: str, typed: tuple[str, ...] = ()) -> Answer:
        telegram.typed = list(typed)
        places = ("--data", str(tmp_path / "data"))
        more = () if arguments[:2] == ("sessions", "list") else ("--config", str(config))
        return inside(*arguments, *places, *more)

    return run
