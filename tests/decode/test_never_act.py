"""Talk that uses the words of calls and commands: lessons, stories, questions, other people's trades. Never acted on."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalos_tui.decode import read
from signalos_tui.model.signals import ReadingVerdict

FOLDER = Path(__file__).parent / "never_act"


def _texts() -> list[str]:
    """One text a line, "\\n" written out."""
    lines = [line for path in sorted(FOLDER.glob("*.txt")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line.replace("\\n", "\n") for line in lines if line]


@pytest.mark.parametrize("text", _texts())
def test_talk_when_read_then_never_acted_on(text: str) -> None:
    """Held or passed over: both are right, an act is not."""
    assert read(text).verdict is not ReadingVerdict.ACT


def test_talk_when_collected_then_there_is_some() -> None:
    """An empty folder would prove nothing."""
    assert len(_texts()) > 200
