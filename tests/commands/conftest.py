"""The command line within the test's own process: as quick as a call, with the words and the code a shell would get."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol

import pytest

from signalos_tui import cli
from tests.commands.shell import Answer


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
