"""The many ways channels word the same command: every one is read as that command, and acted on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.decode import read, to_json

_FIELDS = ("action", "fraction", "price", "symbol")
_HERE = Path(__file__).parent
_FILES = (_HERE / "commands.toml", *sorted((_HERE / "commands").glob("*.toml")))
_GROUPS = [group for file in _FILES for group in tomllib.loads(file.read_text(encoding="utf-8"))["command"]]


def _commands() -> list[Any]:
    """Every text with the command of its group."""
    return [
        pytest.param(text, {name: group[name] for name in _FIELDS if name in group}, id=text)
        for group in _GROUPS
        for text in group["texts"]
    ]


@pytest.mark.parametrize(("text", "expected"), _commands())
def test_command_when_worded_otherwise_then_means_the_same(text: str, expected: dict[str, str]) -> None:
    """One command, nothing beside it but information."""
    reading = to_json("m", read(text))
    commands = [update for update in reading["updates"] if update["action"] != "info"]
    assert (reading["verdict"], len(commands)) == ("act", 1)
    assert {name: commands[0][name] for name in _FIELDS if commands[0][name] is not None} == expected
