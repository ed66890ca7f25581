"""The reader against the corpus: kind, verdict, reasons and every field of every signal and update."""

from __future__ import annotations

from typing import Any

import pytest

from signalos_tui.decode import read, to_json
from tests.decode.corpus import messages


def _said(item: dict[str, Any]) -> dict[str, Any]:
    """The fields that hold something; the corpus leaves the empty ones out."""
    return {name: value for name, value in item.items() if value not in (None, [], False)}


@pytest.mark.parametrize("message", [pytest.param(message, id=name) for name, message in messages()])
def test_message_when_read_then_means_what_the_corpus_says(message: dict[str, Any]) -> None:
    """One message of the corpus."""
    reading = to_json("m", read(message["text"]))
    assert (reading["kind"], reading["verdict"]) == (message["kind"], message["verdict"])
    assert [_said(signal) for signal in reading["signals"]] == message.get("signals", [])
    if reading["verdict"] != "ignore":
        assert [_said(update) for update in reading["updates"]] == message.get("updates", [])
        assert [reason["code"] for reason in reading["reasons"]] == message.get("reasons", [])


def test_corpus_when_loaded_then_covers_every_language() -> None:
    """A language file without a message here is untested, and has no place in the product."""
    from signalos_tui.decode.lexicon import ORDER

    assert {name.rpartition("-")[0] for name, _ in messages()} == set(ORDER)
