"""What is said around a command takes it back: not, yesterday, tomorrow, if, maybe, whoever likes, an example, a question.

Every command is combined with every frame of its language, so that a frame does not depend on the wording of one command.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from signalos_tui.decode import read
from signalos_tui.model.signals import ReadingVerdict

FRAMED: dict[str, Any] = tomllib.loads((Path(__file__).parent / "framed.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "command",
    [pytest.param(command, id=f"{name}-{command}") for name, data in FRAMED.items() for command in data["commands"]],
)
def test_command_when_it_stands_alone_then_acts(command: str) -> None:
    """Otherwise the frames below would prove nothing."""
    assert read(command).verdict is ReadingVerdict.ACT


@pytest.mark.parametrize(
    ("name", "frame"),
    [pytest.param(name, frame, id=f"{name}-{frame}") for name in FRAMED for frame in FRAMED[name]["frames"]],
)
def test_command_when_framed_then_does_not_act(name: str, frame: str) -> None:
    """Every command of the language inside this frame."""
    acted = [text for text in map(frame.format, FRAMED[name]["commands"]) if read(text).verdict is ReadingVerdict.ACT]
    assert acted == []
