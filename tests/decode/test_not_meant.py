"""Sentences that sound like a call or a command and are none, language by language: none is ever acted on."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from signalos_tui.decode import read
from signalos_tui.model.signals import ReadingVerdict

SENTENCES = tomllib.loads((Path(__file__).parent / "not_meant.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=f"{name}-{at}") for name, texts in SENTENCES.items() for at, text in enumerate(texts, 1)],
)
def test_sentence_when_it_means_no_instruction_then_never_acted_on(text: str) -> None:
    """Held or ignored, whichever; the owner may look at it, the desk does nothing."""
    assert read(text).verdict is not ReadingVerdict.ACT
