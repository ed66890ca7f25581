"""Links to a second reader that is slow, or of another opinion."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from signalos_tui.second import ModelReader
from signalos_tui.second.wire import Reply
from tests.engine.kit import Bench
from tests.second.answers import FakeLink, perfect, price
from tests.second.benches import EASY, TRADING


def differing(text: str) -> dict[str, Any]:
    """A model that puts the stop where the target is."""
    answer = perfect(text)
    answer["signals"][0]["stop"] = price("1.0900")
    return answer


# --- nothing waits, nothing breaks --------------------------------------------------------------------------------


class SlowLink(FakeLink):
    """A server that takes its time."""

    def __init__(self, answer: Any, delay_s: float) -> None:
        super().__init__(answer)
        self._delay_s = delay_s

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One question."""
        await asyncio.sleep(self._delay_s)
        return await super().post(url, headers, body)


def slow_bench(folder: Path, delay_s: float, config: Any = EASY, settings: Any = TRADING) -> tuple[Bench, SlowLink]:
    link = SlowLink(perfect, delay_s)
    reader = ModelReader(settings, jitter=lambda: 0.5, link=link, environ={})
    return Bench(folder, config=replace(config, second_reader=settings), second=reader), link
