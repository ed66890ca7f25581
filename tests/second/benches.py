"""A bench with a second reader on it, in simulated time: the model is a function from the text of a post to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from signalos_tui.config import SecondReader
from signalos_tui.decode import Profile
from signalos_tui.model.events import IntentRecorded, SecondReading
from signalos_tui.model.opinions import Opinion, Usage
from signalos_tui.model.signals import Reading
from signalos_tui.second import ModelReader
from tests.engine.kit import CONFIG, Bench
from tests.second.answers import FakeLink

EASY = replace(CONFIG, rules=replace(CONFIG.rules, min_confidence=0.5))
"""Where the reader's reasons hold, not its confidence."""

ON = SecondReader(enabled=True, model="m", timeout_s=20)
TRADING = SecondReader(enabled=True, model="m", timeout_s=20, trade_on_agreement=True)

UNLABELLED = "BUY EURUSD 1.0850\nSL 1.0800\nTP 1.0900\nalso watch 1.0870"
"""Held for a lesser doubt alone: a number that could be a price has no label."""

ASKING = "BUY EURUSD 1.0850 SL 1.0800 TP 1.0900?"
"""Held because it asks: never released."""


class Broken:
    """A reader that breaks whenever it is asked."""

    def __init__(self) -> None:
        self.closed = 0

    async def ask(self, text: str, profile: Profile, rules: Reading, used: Usage, now: int) -> Opinion:
        """Break, with the text in the error."""
        raise RuntimeError(text)

    async def close(self) -> None:
        """Let go."""
        self.closed += 1


def bench(
    folder: Path, answer: Callable[[str], Any] | Any, settings: SecondReader = ON, **more: Any
) -> tuple[Bench, FakeLink]:
    """A bench whose second reader answers with what `answer` makes of each post."""
    link = FakeLink(answer)
    environ: Mapping[str, str] = {}
    reader = ModelReader(settings, jitter=lambda: 0.5, link=link, environ=environ)
    return Bench(folder, config=replace(EASY, second_reader=settings), second=reader, **more), link


def opinions(desk: Bench) -> list[Opinion]:
    """What the second reader said so far."""
    return [event.opinion for event in desk.told(SecondReading)]


def intents(desk: Bench) -> list[IntentRecorded]:
    """What was intended to be sent."""
    return desk.told(IntentRecorded)
